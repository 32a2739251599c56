// SPDX-License-Identifier: MPL-2.0
// The client as its owner sees it: what may be posted, what is pending, and a thread
// that ends whatever the broker and the owner do.

#include "common/chat_client.h"

#include "common/socket.h"
#include "tests/unit/chat_broker.h"

static zr_chat_client_t *s_client;
static zr_chat_event_t *s_event;

static int
s_open (void **state)
{
    (void) state;
    s_broker_name ("client");
    s_broker_open ();
    s_client = zr_chat_client_new (s_broker.endpoint, "ana");
    return s_client ? 0 : -1;
}

static int
s_close (void **state)
{
    (void) state;
    zr_chat_client_destroy (&s_client);
    zr_chat_client_destroy (&s_client); // does nothing
    zr_chat_event_destroy (&s_event);
    s_broker_close ();
    return 0;
}

static void
s_hear (const char *message)
{
    zmq_pollitem_t item = {zsock_resolve (s_broker.router), 0, ZMQ_POLLIN, 0};
    zmq_poll (&item, 1, BROKER_PATIENCE_MS);
    const char *said = s_broker_read ();
    assert_string_equal (said ? said : "(nothing)", message);
}

static const zr_chat_event_t *
s_told (zr_chat_event_kind_t kind)
{
    zr_chat_event_destroy (&s_event);
    zpoller_t *poller = zpoller_new (zr_chat_client_pollable (s_client), NULL);
    while (!(s_event = zr_chat_client_read (s_client)) &&
           zpoller_wait (poller, BROKER_PATIENCE_MS))
        ;
    zpoller_destroy (&poller);
    assert_non_null (s_event);
    assert_int_equal (s_event->kind, kind);
    return s_event;
}

static int
s_say (const char *text)
{
    return zr_chat_client_post (s_client, ZR_CHAT_SAY, NULL, text, strlen (text));
}

static void
s_join (void)
{
    s_hear ("JOIN * - | ana");
    s_broker_say ("WELCOME ana 10 0");
    s_told (ZR_CHAT_EVENT_UP);
}

static void
s_test_pending (void **state)
{
    (void) state;
    assert_true (zr_chat_client_fd (s_client) >= 0);
    assert_int_equal (s_say ("a"), 0);
    assert_int_equal (s_say ("b"), 0);
    assert_int_equal (zr_chat_client_pending (s_client), 2);
    s_join ();
    s_hear ("SAY 1 | a");
    s_hear ("SAY 2 | b");
    s_broker_say ("ERROR text-bad 1 | no");
    s_told (ZR_CHAT_EVENT_MESSAGE);
    assert_int_equal (zr_chat_client_pending (s_client), 1);
    s_broker_say ("ERROR unstored 2 | full");
    s_told (ZR_CHAT_EVENT_MESSAGE);
    assert_int_equal (zr_chat_client_pending (s_client), 1);
    s_broker_say ("ACK 2 11");
    s_told (ZR_CHAT_EVENT_STORED);
    assert_int_equal (zr_chat_client_pending (s_client), 0);
    s_told (ZR_CHAT_EVENT_IDLE);
}

static void
s_test_idle (void **state)
{
    (void) state;
    s_join ();
    s_say ("a");
    s_hear ("SAY 1 | a");
    s_broker_say ("ACK 1 11");
    s_told (ZR_CHAT_EVENT_STORED);
    s_say ("b"); // before the IDLE of the first was read
    s_hear ("SAY 2 | b");
    s_broker_say ("NOTICE | not idle");
    s_told (ZR_CHAT_EVENT_MESSAGE);
    s_broker_say ("ACK 2 12");
    s_told (ZR_CHAT_EVENT_STORED);
    s_told (ZR_CHAT_EVENT_IDLE);
}

static void
s_test_post (void **state)
{
    (void) state;
    char text[ZR_CHAT_TEXT_MAX + 2];
    memset (text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal (s_say (""), -1);
    assert_int_equal (s_say (text), -1);
    text[ZR_CHAT_TEXT_MAX] = '\0';
    assert_int_equal (s_say (text), 0);
    assert_int_equal (zr_chat_client_post (s_client, ZR_CHAT_MSG, "no name!", "x", 1),
                      -1);
    assert_int_equal (zr_chat_client_post (s_client, ZR_CHAT_MSG, "", "x", 1), -1);
    assert_int_equal (zr_chat_client_post (s_client, ZR_CHAT_MSG, "bob", "x", 1), 0);
    assert_int_equal (zr_chat_client_pending (s_client), 2);
}

static void
s_test_requests (void **state)
{
    (void) state;
    s_hear ("JOIN * - | ana");
    s_broker_say ("REFUSED name-taken | taken");
    s_told (ZR_CHAT_EVENT_MESSAGE);
    zr_chat_client_nick (s_client, "eve");
    s_hear ("JOIN * - | eve");
    s_broker_say ("WELCOME eve 10 0");
    s_told (ZR_CHAT_EVENT_UP);
    zr_chat_client_who (s_client);
    s_hear ("WHO");
    zr_chat_client_destroy (&s_client);
    s_hear ("LEAVE");
}

// The owner reads nothing while the broker says more than any pipe takes.
static void
s_test_lazy_owner (void **state)
{
    (void) state;
    s_join ();
    for (int i = 0; i < 10000; i++)
        s_broker_say ("NOTICE | blah");
    assert_int_equal (s_say ("a"), 0); // not held up
    s_hear ("SAY 1 | a");
    for (int i = 0; i < 3000; i++)
        s_told (ZR_CHAT_EVENT_MESSAGE);
    // And destroys it with thousands unread.
}

static void
s_test_too_lazy (void **state)
{
    (void) state;
    char line[4096];
    s_join ();
    int len = snprintf (line, sizeof line, "LINE 11 5 say bob | ");
    memset (line + len, 'x', sizeof line - (size_t) len - 1);
    line[sizeof line - 1] = '\0';
    zsock_t *monitor = zr_socket_monitor (s_broker.router);
    s_broker_say (line);
    memcpy (line, "NOTICE | ", 9);
    for (int i = 0; i < 5000; i++)
        s_broker_say (line);
    zmq_pollitem_t item = {zsock_resolve (monitor), 0, ZMQ_POLLIN, 0};
    int fd;
    assert_int_equal (zmq_poll (&item, 1, BROKER_PATIENCE_MS), 1);
    assert_int_equal (zr_socket_event (monitor, &fd), ZR_SOCKET_DOWN);
    zr_socket_unmonitor (s_broker.router, &monitor);
    int64_t deadline = zclock_mono () + BROKER_PATIENCE_MS;
    const char *said = NULL;
    while (!(said = s_broker_read ()) && zclock_mono () < deadline) {
        zr_chat_event_destroy (&s_event);
        s_event = zr_chat_client_read (s_client); // brings it back
    }
    assert_string_equal (said ? said : "(nothing)", "JOIN * 11 | ana");
}

static void
s_test_bad_endpoint (void **state)
{
    (void) state;
    assert_null (zr_chat_client_new ("nonsense://x", "ana"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a line is pending until it is stored or refused", s_test_pending, s_open,
         s_close, NULL},
        {"idle means that nothing is pending", s_test_idle, s_open, s_close, NULL},
        {"what cannot be said is not taken", s_test_post, s_open, s_close, NULL},
        {"names, questions and the goodbye are sent", s_test_requests, s_open, s_close,
         NULL},
        {"an owner that does not read holds up nothing but itself", s_test_lazy_owner,
         s_open, s_close, NULL},
        {"one that never reads is hung up on until it does", s_test_too_lazy, s_open,
         s_close, NULL},
        {"an endpoint that cannot be is refused", s_test_bad_endpoint, s_open, s_close,
         NULL},
    };
    zsys_init ();
    return cmocka_run_group_tests (tests, NULL, NULL);
}
