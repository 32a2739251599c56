// SPDX-License-Identifier: MPL-2.0
// What a client does at what the broker says: lines in, lines out, and answers that no
// honest broker gives.

#include "tests/unit/chat_stage.h"

static int
s_open (void **state)
{
    (void) state;
    return s_stage_open ("answers");
}

// A break and a fresh JOIN that names last.
static void
s_break (const char *last)
{
    char join[64];
    s_broker_close ();
    s_told (ZR_CHAT_EVENT_DOWN);
    s_broker_open ();
    snprintf (join, sizeof join, "JOIN * %s | ana", last);
    s_hear (join);
}

static void
s_told_line (int64_t number, const char *text)
{
    const zr_chat_event_t *event = s_told_message (ZR_CHAT_LINE);
    assert_int_equal (event->message.number, number);
    assert_string_equal (event->text, text);
}

static void
s_test_lines (void **state)
{
    (void) state;
    s_join ();
    s_broker_say ("LINE 8 1732150000123 me bob | waves");
    s_told_line (8, "waves");
    assert_int_equal (s_stage.event->message.kind, ZR_CHAT_ME);
    assert_int_equal (s_stage.event->message.time_ms, 1732150000123);
    s_broker_say ("LINE 8 5 say bob | again");
    s_broker_say ("LINE 7 5 say bob | old");
    s_broker_say ("LINE 11 5 msg bob ana | psst");
    s_told_line (11, "psst");
    assert_string_equal (s_stage.event->message.to, "ana");
    s_broker_say ("LINE 11 5 say bob | again");
    s_quiet ();
    s_break ("11");
    s_broker_say ("LINE 12 5 say bob | before WELCOME");
    s_broker_say ("WELCOME ana 12 0");
    s_told (ZR_CHAT_EVENT_UP);
    s_broker_say ("LINE 12 5 say bob | after");
    s_told_line (12, "after");
}

static void
s_test_post (void **state)
{
    (void) state;
    s_say ("early");
    s_hear ("JOIN * - | ana");
    s_broker_say ("WELCOME ana 0 0");
    s_told (ZR_CHAT_EVENT_UP);
    s_hear ("SAY 1 | early");
    s_request (ZR_CHAT_ME, NULL, "waves");
    s_hear ("ME 2 | waves");
    s_request (ZR_CHAT_MSG, "bob", "psst");
    s_hear ("MSG 3 bob | psst");
    s_broker_say ("ACK 1 41");
    s_told_stored (1, 41);
    s_broker_say ("ACK 1 41");
    s_broker_say ("ACK 3 43"); // not 2 with it
    s_told_stored (3, 43);
    s_broker_say ("ACK 2 0");
    s_told_stored (2, 0);
    s_told (ZR_CHAT_EVENT_IDLE);
    s_broker_say ("ACK 4 44"); // never sent
    s_quiet ();
}

static void
s_test_resend (void **state)
{
    (void) state;
    s_join ();
    s_say ("a");
    s_say ("b");
    s_say ("c");
    s_hear ("SAY 1 | a");
    s_hear ("SAY 2 | b");
    s_hear ("SAY 3 | c");
    s_broker_say ("ACK 1 11");
    s_told_stored (1, 11);
    s_break ("10");
    s_say ("d");
    s_broker_say ("WELCOME ana 12 2"); // 2 is stored, its ACK was lost
    s_told (ZR_CHAT_EVENT_UP);
    s_told_stored (2, 0);
    s_hear ("SAY 3 | c");
    s_hear ("SAY 4 | d");
    s_broker_say ("ACK 3 13");
    s_broker_say ("ACK 4 14");
    s_told_stored (3, 13);
    s_told_stored (4, 14);
    s_told (ZR_CHAT_EVENT_IDLE);
}

static void
s_test_window (void **state)
{
    (void) state;
    char message[32];
    s_join ();
    for (int i = 0; i < ZR_CHAT_WINDOW + 2; i++)
        s_say ("x");
    for (int i = 1; i <= ZR_CHAT_WINDOW; i++) {
        snprintf (message, sizeof message, "SAY %d | x", i);
        s_hear (message);
    }
    s_quiet ();
    s_broker_say ("ACK 1 11");
    snprintf (message, sizeof message, "SAY %d | x", ZR_CHAT_WINDOW + 1);
    s_hear (message);
}

static void
s_test_wait (void **state)
{
    (void) state;
    s_join ();
    s_say ("a");
    s_say ("b");
    s_hear ("SAY 1 | a");
    s_hear ("SAY 2 | b");
    s_broker_say ("WAIT 1 20000");
    s_broker_say ("ERROR gap 2 | 1 first");
    s_quiet ();
    s_later (19900);
    assert_null (s_broker_read ());
    s_later (20001);
    s_hear ("SAY 1 | a");
    s_hear ("SAY 2 | b");
    s_broker_say ("WAIT 1 9223372036854775807"); // forever
    s_quiet ();
    s_later (59000);
    assert_null (s_broker_read ());
    s_later (61000);
    s_hear ("SAY 1 | a");
}

static void
s_test_gap (void **state)
{
    (void) state;
    s_join ();
    s_say ("a");
    s_say ("b");
    s_hear ("SAY 1 | a");
    s_hear ("SAY 2 | b");
    s_broker_say ("ERROR gap 9 | 1 first"); // not ours
    s_broker_say ("WAIT 9 60000");
    s_broker_say ("ERROR gap 2 | 1 first");
    s_hear ("SAY 1 | a"); // a tenth of a second later
    s_hear ("SAY 2 | b");
}

static void
s_test_refused_line (void **state)
{
    (void) state;
    s_join ();
    s_request (ZR_CHAT_MSG, "bob", "a");
    s_say ("b");
    s_say ("c");
    s_hear ("MSG 1 bob | a");
    s_hear ("SAY 2 | b");
    s_hear ("SAY 3 | c");
    s_broker_say ("ACK 3 11");
    s_told_stored (3, 11);
    s_broker_say ("ERROR nobody 1 | no bob");
    const zr_chat_event_t *event = s_told_message (ZR_CHAT_ERROR);
    assert_int_equal (event->message.n, 1);
    assert_int_equal (event->message.code, ZR_CHAT_NOBODY);
    s_broker_say ("ERROR nobody 1 | no bob"); // known
    s_broker_say ("ERROR text-bad 2 | control characters");
    assert_int_equal (s_told_message (ZR_CHAT_ERROR)->message.n, 2);
    s_told (ZR_CHAT_EVENT_IDLE);
    s_broker_say ("ERROR too-long | your name");
    assert_int_equal (s_told_message (ZR_CHAT_ERROR)->message.n, -1);
    s_say ("d");
    s_hear ("SAY 4 | d"); // the numbers are used up
}

static void
s_test_unstored (void **state)
{
    (void) state;
    s_join ();
    s_say ("a");
    s_hear ("SAY 1 | a");
    s_broker_say ("ERROR unstored 1 | the disk is full");
    const zr_chat_event_t *event = s_told_message (ZR_CHAT_ERROR);
    assert_int_equal (event->message.n, -1); // not done
    s_later (1001);
    s_hear ("SAY 1 | a");
    s_broker_say ("ERROR unstored 1 | the disk is full"); // said once
    s_later (1001);
    s_hear ("SAY 1 | a");
    s_broker_say ("ACK 1 11");
    s_told_stored (1, 11);
    s_told (ZR_CHAT_EVENT_IDLE);
}

static void
s_test_anew (void **state)
{
    (void) state;
    s_join ();
    s_broker_say ("LINE 900 5 say bob | old");
    s_told_line (900, "old");
    s_say ("a");
    s_hear ("SAY 1 | a");
    s_broker_say ("ACK 1 901");
    s_told_stored (1, 901);
    s_told (ZR_CHAT_EVENT_IDLE);
    s_say ("b");
    s_hear ("SAY 2 | b");
    s_break ("900");
    s_broker_say ("WELCOME ana 3 0"); // a broker without a history
    s_told (ZR_CHAT_EVENT_UP);
    s_broker_say ("LINE 3 5 say bob | new");
    s_told_line (3, "new");
    s_hear ("SAY 1 | b");
    s_break ("3");
}

// The room could not tell everything, and begins again.
static void
s_test_welcome_again (void **state)
{
    (void) state;
    s_join ();
    s_say ("a");
    s_say ("b");
    s_hear ("SAY 1 | a");
    s_hear ("SAY 2 | b");
    s_broker_say ("WELCOME ana 11 1");
    s_told_stored (1, 0);
    s_hear ("SAY 2 | b");
}

static void
s_test_lies (void **state)
{
    (void) state;
    s_say ("a");
    s_hear ("JOIN * - | ana");
    s_broker_say ("ACK 1 1");
    s_broker_say ("NAMES 1 | ana");
    s_broker_say ("ERROR nobody 1 | before WELCOME");
    s_broker_say ("WELCOME ana 10 9223372036854775807");
    s_told (ZR_CHAT_EVENT_UP);
    const char *said;
    while (!(said = s_broker_read ()))
        s_stage_turn ();
    assert_string_equal (said + strlen (said) - 4, " | a"); // not lost
    s_broker_say ("WELCOME ana");
    s_broker_say ("nonsense");
    s_broker_say ("JOIN 00112233445566778899aabbccddeeff - | x");
    s_broker_say ("LINE 12 5 say bob");
    s_broker_say ("ERROR version | what?");
    zframe_send (&s_broker.peer, s_broker.router, ZFRAME_MORE | ZFRAME_REUSE);
    for (int i = 0; i < 50; i++)
        zstr_sendm (s_broker.router, "zroom/1 NOTICE");
    zstr_send (s_broker.router, "end");
    s_quiet ();
}

static void
s_test_people (void **state)
{
    (void) state;
    s_join ();
    s_broker_say ("JOINED bob");
    assert_string_equal (s_told_message (ZR_CHAT_JOINED)->message.nick, "bob");
    s_broker_say ("RENAMED bob ana2");
    assert_string_equal (s_told_message (ZR_CHAT_RENAMED)->message.to, "ana2");
    s_broker_say ("LEFT ana2 silent");
    assert_int_equal (s_told_message (ZR_CHAT_LEFT)->message.code, ZR_CHAT_WHY_SILENT);
    s_break ("10"); // still ana
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"each line is passed on once", s_test_lines, s_open, s_stage_close, NULL},
        {"lines are sent in order and known to be stored", s_test_post, s_open,
         s_stage_close, NULL},
        {"what was not stored before a break is sent after it", s_test_resend, s_open,
         s_stage_close, NULL},
        {"no more than the window are on their way", s_test_window, s_open,
         s_stage_close, NULL},
        {"a client waits as it is told, and sends again", s_test_wait, s_open,
         s_stage_close, NULL},
        {"lines out of order are sent again", s_test_gap, s_open, s_stage_close, NULL},
        {"a refused line is done", s_test_refused_line, s_open, s_stage_close, NULL},
        {"a line that cannot be stored is kept, which is said once", s_test_unstored,
         s_open, s_stage_close, NULL},
        {"a room that begins anew is followed", s_test_anew, s_open, s_stage_close,
         NULL},
        {"a second WELCOME tells what is stored", s_test_welcome_again, s_open,
         s_stage_close, NULL},
        {"a broker that lies is not believed", s_test_lies, s_open, s_stage_close,
         NULL},
        {"who comes, goes and is renamed is passed on", s_test_people, s_open,
         s_stage_close, NULL},
    };
    zsys_init ();
    return cmocka_run_group_tests (tests, NULL, NULL);
}
