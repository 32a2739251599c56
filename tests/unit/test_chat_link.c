// SPDX-License-Identifier: MPL-2.0
// One connection to a broker: whole messages, its state, and nothing left over.

#include "common/chat_link.h"

#include "tests/unit/chat_broker.h"

static zr_chat_link_t *s_link;

static int
s_open (void **state)
{
    (void) state;
    s_broker_name ("link");
    s_broker_open ();
    s_link = zr_chat_link_new (s_broker.endpoint);
    return s_link ? 0 : -1;
}

static int
s_close (void **state)
{
    (void) state;
    zr_chat_link_destroy (&s_link, 0);
    zr_chat_link_destroy (&s_link, 0); // does nothing
    s_broker_close ();
    return 0;
}

static void
s_await (void *handle)
{
    zmq_pollitem_t item = {handle, 0, ZMQ_POLLIN, 0};
    assert_int_equal (zmq_poll (&item, 1, BROKER_PATIENCE_MS), 1);
}

static void
s_await_event (zr_socket_event_t wanted)
{
    zr_socket_event_t event;
    do {
        s_await (zr_chat_link_monitor (s_link));
        event = zr_chat_link_event (s_link);
    } while (event == ZR_SOCKET_RETRY);
    assert_int_equal (event, wanted);
}

static void
s_join (const char *nick)
{
    const zr_chat_message_t join = {.verb = ZR_CHAT_JOIN,
                                    .token = "00112233445566778899aabbccddeeff",
                                    .number = 7,
                                    .text = nick,
                                    .text_len = strlen (nick)};
    assert_int_equal (zr_chat_link_send (s_link, &join), 0);
}

static void
s_test_messages (void **state)
{
    (void) state;
    zr_chat_message_t message;
    zr_chat_code_t code;
    s_await_event (ZR_SOCKET_UP);
    assert_int_equal (zr_chat_link_receive (s_link, &message, &code), 0);
    s_join ("ana");
    zr_chat_link_send (s_link, &(zr_chat_message_t){.verb = ZR_CHAT_WHO});
    s_await (zsock_resolve (s_broker.router));
    assert_string_equal (s_broker_read (), "JOIN * 7 | ana");
    s_await (zsock_resolve (s_broker.router));
    assert_string_equal (s_broker_read (), "WHO");
    s_broker_say ("NOTICE | hello");
    s_await (zr_chat_link_socket (s_link));
    assert_int_equal (zr_chat_link_receive (s_link, &message, &code), 1);
    assert_int_equal (message.verb, ZR_CHAT_NOTICE);
    assert_int_equal (message.text_len, 5);
    assert_memory_equal (message.text, "hello", 5);
    s_broker_say ("SAY 1 | a client's");
    s_await (zr_chat_link_socket (s_link));
    assert_int_equal (zr_chat_link_receive (s_link, &message, &code), -1);
    assert_int_equal (code, ZR_CHAT_MALFORMED);
}

static void
s_test_many_parts (void **state)
{
    (void) state;
    zr_chat_message_t message;
    zr_chat_code_t code;
    s_join ("ana");
    s_await (zsock_resolve (s_broker.router));
    s_broker_read ();
    zframe_send (&s_broker.peer, s_broker.router, ZFRAME_MORE | ZFRAME_REUSE);
    for (int i = 0; i < 1000; i++)
        zstr_sendm (s_broker.router, "zroom/1 NOTICE");
    zstr_send (s_broker.router, "the last");
    s_broker_say ("NOTICE | hello");
    s_await (zr_chat_link_socket (s_link));
    assert_int_equal (zr_chat_link_receive (s_link, &message, &code), -1);
    s_await (zr_chat_link_socket (s_link));
    assert_int_equal (zr_chat_link_receive (s_link, &message, &code), 1);
}

static void
s_test_huge (void **state)
{
    (void) state;
    s_await_event (ZR_SOCKET_UP);
    s_join ("ana");
    s_await (zsock_resolve (s_broker.router));
    s_broker_read ();
    zframe_send (&s_broker.peer, s_broker.router, ZFRAME_MORE | ZFRAME_REUSE);
    zframe_t *frame = zframe_new (NULL, ZR_CHAT_NAMES_MAX + 1);
    memset (zframe_data (frame), 'x', zframe_size (frame));
    zframe_send (&frame, s_broker.router, 0);
    s_await_event (ZR_SOCKET_DOWN);
}

static void
s_test_nothing_left (void **state)
{
    (void) state;
    s_broker_close ();
    zr_chat_link_destroy (&s_link, 0);
    s_broker_name ("link-again");
    s_link = zr_chat_link_new (s_broker.endpoint);
    s_join ("unsent");
    zr_chat_link_destroy (&s_link, 0);
    zclock_sleep (200); // libzmq closes it in a thread of its own, and tells nobody
    s_broker_open ();
    s_link = zr_chat_link_new (s_broker.endpoint);
    s_join ("fresh");
    s_await (zsock_resolve (s_broker.router));
    assert_string_equal (s_broker_read (), "JOIN * 7 | fresh");
    zmq_pollitem_t item = {zsock_resolve (s_broker.router), 0, ZMQ_POLLIN, 0};
    assert_int_equal (zmq_poll (&item, 1, 250), 0); // the old one would be back by now
    s_broker_close ();
    s_await_event (ZR_SOCKET_UP);
    s_await_event (ZR_SOCKET_DOWN);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"messages of one and two parts go both ways", s_test_messages, s_open, s_close,
         NULL},
        {"a message of too many parts is none", s_test_many_parts, s_open, s_close,
         NULL},
        {"a part above the limit ends the connection", s_test_huge, s_open, s_close,
         NULL},
        {"nothing unsent is left over for the next link", s_test_nothing_left, s_open,
         s_close, NULL},
    };
    zsys_init ();
    return cmocka_run_group_tests (tests, NULL, NULL);
}
