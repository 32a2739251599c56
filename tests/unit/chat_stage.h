// SPDX-License-Identifier: MPL-2.0
// A session and a scripted broker in one thread. Time can be jumped over.

#ifndef ZR_TESTS_CHAT_STAGE_H
#define ZR_TESTS_CHAT_STAGE_H

#include "common/chat_session.h"
#include "tests/unit/chat_broker.h"

static struct {
    zr_chat_session_t *session;
    zlist_t *events;
    zr_chat_event_t *event; // the last one taken
} s_stage;

static void
s_stage_emit (void *arg, zr_chat_event_t **event_p)
{
    (void) arg;
    zlist_append (s_stage.events, *event_p);
    *event_p = NULL;
}

// One turn of the client's thread.
static void
s_stage_turn (void)
{
    zmq_pollitem_t items[3] = {{NULL, 0, 0, 0}};
    int count = zr_chat_session_items (s_stage.session, items);
    if (s_broker.router)
        items[count++] =
            (zmq_pollitem_t){zsock_resolve (s_broker.router), 0, ZMQ_POLLIN, 0};
    int64_t now_ms = zclock_mono ();
    int timeout = zr_chat_session_timeout (s_stage.session, now_ms);
    zmq_poll (items, count, timeout < 0 || timeout > 20 ? 20 : timeout);
    zr_chat_session_serve (s_stage.session);
    zr_chat_session_tick (s_stage.session, zclock_mono ());
}

// As if so much time had passed.
static void UNUSED
s_later (int ms)
{
    s_stage_turn ();
    zr_chat_session_tick (s_stage.session, zclock_mono () + ms);
    s_stage_turn ();
}

// The broker hears this next.
static void UNUSED
s_hear (const char *message)
{
    int64_t deadline = zclock_mono () + BROKER_PATIENCE_MS;
    const char *said;
    while (!(said = s_broker_read ()) && zclock_mono () < deadline)
        s_stage_turn ();
    assert_string_equal (said ? said : "(nothing)", message);
}

// The owner is told this next.
static const zr_chat_event_t *UNUSED
s_told (zr_chat_event_kind_t kind)
{
    int64_t deadline = zclock_mono () + BROKER_PATIENCE_MS;
    zr_chat_event_destroy (&s_stage.event);
    while (!(s_stage.event = zlist_pop (s_stage.events)) && zclock_mono () < deadline)
        s_stage_turn ();
    assert_non_null (s_stage.event);
    assert_int_equal (s_stage.event->kind, kind);
    return s_stage.event;
}

static const zr_chat_event_t *UNUSED
s_told_message (zr_chat_verb_t verb)
{
    const zr_chat_event_t *event = s_told (ZR_CHAT_EVENT_MESSAGE);
    assert_int_equal (event->message.verb, verb);
    return event;
}

static void UNUSED
s_told_down (const char *end)
{
    const char *text = s_told (ZR_CHAT_EVENT_DOWN)->text;
    assert_true (strlen (text) > strlen (end));
    assert_string_equal (text + strlen (text) - strlen (end), end);
}

static void UNUSED
s_told_stored (int64_t n, int64_t number)
{
    const zr_chat_event_t *event = s_told (ZR_CHAT_EVENT_STORED);
    assert_int_equal (event->message.n, n);
    assert_int_equal (event->message.number, number);
}

// Neither the owner nor the broker hears anything, though what is on its way comes:
// it is followed by something that is heard.
static void UNUSED
s_quiet (void)
{
    s_broker_say ("NOTICE | quiet");
    assert_string_equal (s_told_message (ZR_CHAT_NOTICE)->text, "quiet");
    assert_null (s_broker_read ());
}

static void UNUSED
s_request (zr_chat_verb_t verb, const char *to, const char *text)
{
    zr_chat_line_t *line = zr_chat_line_new (verb, to, text, text ? strlen (text) : 0);
    zr_chat_session_request (s_stage.session, &line);
}

static void UNUSED
s_say (const char *text)
{
    s_request (ZR_CHAT_SAY, NULL, text);
}

static void UNUSED
s_join (void)
{
    s_hear ("JOIN * - | ana");
    s_broker_say ("WELCOME ana 10 0");
    s_told (ZR_CHAT_EVENT_UP);
}

static int UNUSED
s_stage_open (const char *test)
{
    s_broker_name (test);
    s_stage.events = zlist_new ();
    s_broker_open ();
    s_stage.session =
        zr_chat_session_new (s_broker.endpoint, "ana", s_stage_emit, NULL);
    return s_stage.session ? 0 : -1;
}

static int UNUSED
s_stage_close (void **state)
{
    (void) state;
    zr_chat_session_destroy (&s_stage.session);
    zr_chat_event_destroy (&s_stage.event);
    while ((s_stage.event = zlist_pop (s_stage.events)) != NULL)
        zr_chat_event_destroy (&s_stage.event);
    zlist_destroy (&s_stage.events);
    s_broker_close ();
    return 0;
}

#endif
