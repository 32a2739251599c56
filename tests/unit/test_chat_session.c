// SPDX-License-Identifier: MPL-2.0
// The life of a client's link to the room: joining, being refused, breaks.

#include "tests/unit/chat_stage.h"

static int
s_open (void **state)
{
    (void) state;
    return s_stage_open ("session");
}

static int
s_timeout (void)
{
    return zr_chat_session_timeout (s_stage.session, zclock_mono ());
}

static void
s_test_join (void **state)
{
    (void) state;
    s_hear ("JOIN * - | ana");
    s_broker_say ("WELCOME Ana 10 0");
    const zr_chat_event_t *event = s_told (ZR_CHAT_EVENT_UP);
    assert_string_equal (event->message.nick, "Ana");
    assert_int_equal (event->message.number, 10);
    s_request (ZR_CHAT_WHO, NULL, NULL);
    s_hear ("WHO");
    s_broker_say ("NAMES 2 | Ana\nbob");
    assert_string_equal (s_told_message (ZR_CHAT_NAMES)->text, "Ana\nbob");
    s_request (ZR_CHAT_LEAVE, NULL, NULL);
    s_hear ("LEAVE");
    s_later (100000);
    assert_null (s_broker_read ());
}

static void
s_test_nobody_there (void **state)
{
    (void) state;
    s_broker_close ();
    zr_chat_session_destroy (&s_stage.session);
    s_broker_name ("nobody");
    s_stage.session =
        zr_chat_session_new (s_broker.endpoint, "ana", s_stage_emit, NULL);
    s_later (700);
    assert_int_equal (zlist_size (s_stage.events), 0);
    s_later (1000);
    assert_int_equal (zlist_size (s_stage.events), 1);
    s_told_down (" does not answer yet");
    s_later (100000); // said once
    assert_int_equal (zlist_size (s_stage.events), 0);
    s_broker_open ();
    s_join ();
}

static void
s_test_break (void **state)
{
    (void) state;
    s_join ();
    char token[sizeof s_broker.token];
    memcpy (token, s_broker.token, sizeof token);
    s_broker_close ();
    s_told_down (" does not answer any more");
    s_broker_open ();
    s_hear ("JOIN * 10 | ana"); // nothing shown yet: newest
    assert_string_equal (s_broker.token, token);
    s_broker_say ("WELCOME ana 12 0");
    s_told (ZR_CHAT_EVENT_UP);
    s_broker_say ("LINE 11 5 say bob | hello");
    s_told_message (ZR_CHAT_LINE);
    s_broker_close ();
    s_told_down (" does not answer any more");
    s_broker_open ();
    s_hear ("JOIN * 11 | ana");
}

static void
s_test_no_room (void **state)
{
    (void) state;
    s_hear ("JOIN * - | ana");
    s_later (4800);
    assert_int_equal (zlist_size (s_stage.events), 0);
    s_later (5100);
    s_told_down (" answers, but is no room");
    s_stage_turn ();
    assert_null (s_broker_read ());
    s_later (2000);
    s_hear ("JOIN * - | ana");
    s_later (6000); // said once
    s_later (2000);
    s_join ();
}

static void
s_test_version (void **state)
{
    (void) state;
    s_hear ("JOIN * - | ana");
    zframe_send (&s_broker.peer, s_broker.router, ZFRAME_MORE | ZFRAME_REUSE);
    zstr_send (s_broker.router, "zroom/2 HELLO");
    s_told_down (" speaks another version of the chat");
    s_later (2000);
    s_hear ("JOIN * - | ana");
    s_broker_say ("ERROR version | zroom/0 only");
    s_later (2000);
    s_join ();
}

static void
s_test_closed (void **state)
{
    (void) state;
    s_hear ("JOIN * - | ana");
    s_broker_close ();
    s_told_down (" answers, but is no room");
    s_broker_open ();
    assert_true (s_timeout () > 500); // it may be the same again
    s_later (1000);
    s_join ();
}

static void
s_test_name (void **state)
{
    (void) state;
    s_hear ("JOIN * - | ana");
    s_broker_say ("REFUSED name-taken | taken");
    assert_string_equal (s_told_message (ZR_CHAT_REFUSED)->text, "taken");
    s_later (100000); // waits for a name
    assert_null (s_broker_read ());
    s_request (ZR_CHAT_NICK, NULL, "anna");
    s_hear ("JOIN * - | anna");
    s_request (ZR_CHAT_NICK, NULL, "annie"); // before the answer
    s_broker_say ("REFUSED name-bad | bad");
    s_hear ("JOIN * - | annie");
    s_request (ZR_CHAT_NICK, NULL, "eve");
    s_broker_say ("WELCOME annie 10 0");
    s_told (ZR_CHAT_EVENT_UP);
    s_hear ("NICK | eve");
    s_broker_say ("RENAMED annie eve");
    s_told_message (ZR_CHAT_RENAMED);
    s_request (ZR_CHAT_NICK, NULL, "bob");
    s_hear ("NICK | bob");
    s_broker_say ("REFUSED name-taken | taken");
    s_told_message (ZR_CHAT_REFUSED);
    s_broker_close ();
    s_told_down (" does not answer any more");
    s_broker_open ();
    s_hear ("JOIN * 10 | eve"); // as it was called last
    s_broker_say ("REFUSED name-taken | taken");
    s_told_message (ZR_CHAT_REFUSED);
    s_broker_close ();
    s_broker_open ();
    s_later (1000);
    s_hear ("JOIN * 10 | eve");
}

static void
s_test_name_apart (void **state)
{
    (void) state;
    s_join ();
    s_broker_close ();
    s_told_down (" does not answer any more");
    s_request (ZR_CHAT_NICK, NULL, "eve");
    s_broker_open ();
    s_hear ("JOIN * 10 | eve");
}

static void
s_test_busy (void **state)
{
    (void) state;
    s_hear ("JOIN * - | ana");
    s_broker_say ("REFUSED busy | too many at once");
    s_told_down (" lets nobody in now: too many at once");
    assert_in_range (s_timeout (), 500, 1000);
    s_later (1000);
    s_hear ("JOIN * - | ana");
    s_broker_say ("REFUSED full | 4096 are here");
    s_later (2000);
    s_join ();
}

static void
s_test_replaced (void **state)
{
    (void) state;
    s_join ();
    s_broker_say ("REFUSED replaced | elsewhere");
    const zr_chat_event_t *event = s_told (ZR_CHAT_EVENT_DOWN);
    assert_int_equal (event->message.code, ZR_CHAT_REPLACED);
    s_later (100000);
    s_request (ZR_CHAT_NICK, NULL, "eve");
    s_request (ZR_CHAT_WHO, NULL, NULL);
    s_say ("x");
    s_stage_turn ();
    assert_null (s_broker_read ());
    assert_int_equal (s_timeout (), -1);
}

static void
s_test_forgotten (void **state)
{
    (void) state;
    s_join ();
    s_broker_say ("ERROR not-joined | who are you?");
    s_broker_say ("ERROR not-joined | who are you?");
    s_hear ("JOIN * 10 | ana");
    s_broker_say ("ERROR already-joined | again?");
    s_later (1000);
    s_hear ("JOIN * 10 | ana"); // on a fresh link
    s_broker_say ("WELCOME ana 10 0");
    s_told (ZR_CHAT_EVENT_UP);
    s_quiet ();
}

static void
s_test_bad_endpoint (void **state)
{
    (void) state;
    assert_null (zr_chat_session_new ("nonsense://x", "ana", s_stage_emit, NULL));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a client joins, asks who is there, and leaves", s_test_join, s_open,
         s_stage_close, NULL},
        {"a broker that is not there is said to be so within a second",
         s_test_nobody_there, s_open, s_stage_close, NULL},
        {"a client that lost its broker comes back with what it has shown",
         s_test_break, s_open, s_stage_close, NULL},
        {"what does not answer a JOIN is no room, and asked again", s_test_no_room,
         s_open, s_stage_close, NULL},
        {"another version is no room", s_test_version, s_open, s_stage_close, NULL},
        {"one that hangs up on everybody is not asked without a pause", s_test_closed,
         s_open, s_stage_close, NULL},
        {"a refused name waits for another one", s_test_name, s_open, s_stage_close,
         NULL},
        {"a name asked for during a break is joined under", s_test_name_apart, s_open,
         s_stage_close, NULL},
        {"a busy room is asked again", s_test_busy, s_open, s_stage_close, NULL},
        {"one that was replaced does not come back", s_test_replaced, s_open,
         s_stage_close, NULL},
        {"one whom the room does not know joins again", s_test_forgotten, s_open,
         s_stage_close, NULL},
        {"an endpoint that cannot be is refused", s_test_bad_endpoint, s_open,
         s_stage_close, NULL},
    };
    zsys_init ();
    return cmocka_run_group_tests (tests, NULL, NULL);
}
