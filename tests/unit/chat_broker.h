// SPDX-License-Identifier: MPL-2.0
// A broker that says what a test tells it to, for the tests of the chat's client. The
// text of a message stands behind " | "; the client's token is written "*".

#ifndef ZR_TESTS_CHAT_BROKER_H
#define ZR_TESTS_CHAT_BROKER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <czmq.h>

#define BROKER_PATIENCE_MS 5000
#define BROKER_TEXT_MAX 8192
#define UNUSED __attribute__ ((unused))

static struct {
    char endpoint[64];
    zsock_t *router;
    zframe_t *peer; // who spoke last
    char token[33]; // of the last JOIN
    char said[BROKER_TEXT_MAX];
} s_broker;

static void UNUSED
s_broker_open (void)
{
    s_broker.router = zsock_new (ZMQ_ROUTER);
    zsock_set_rcvtimeo (s_broker.router, 0);
    zsock_set_linger (s_broker.router, 100); // with 0, libzmq 4.3.4 may abort
    zsock_set_sndhwm (s_broker.router, 0);   // drops nothing
    // libzmq closes in the background: the address may still be in use.
    int64_t deadline = zclock_mono () + BROKER_PATIENCE_MS;
    while (zmq_bind (zsock_resolve (s_broker.router), s_broker.endpoint)) {
        assert_true (zclock_mono () < deadline);
        zclock_sleep (1);
    }
}

// As when it is killed.
static void UNUSED
s_broker_close (void)
{
    zsock_destroy (&s_broker.router);
    zframe_destroy (&s_broker.peer);
}

static void UNUSED
s_broker_name (const char *test)
{
    snprintf (s_broker.endpoint, sizeof s_broker.endpoint, "ipc://@zroom-%s-%d", test,
              (int) getpid ());
}

// Reads one message without waiting. Returns what it says, or NULL if there is none.
static const char *UNUSED
s_broker_read (void)
{
    zframe_t *peer = zframe_recv (s_broker.router);
    if (!peer)
        return NULL;
    zframe_destroy (&s_broker.peer);
    s_broker.peer = peer;
    char *head = zstr_recv (s_broker.router);
    char *text = zsock_rcvmore (s_broker.router) ? zstr_recv (s_broker.router) : NULL;
    assert_false (zsock_rcvmore (s_broker.router));
    assert_non_null (head);
    assert_int_equal (strncmp (head, "zroom/1 ", 8), 0);
    const char *say = head + 8, *star = "";
    if (strncmp (say, "JOIN ", 5) == 0) {
        memcpy (s_broker.token, say + 5, 32);
        say += 37;
        star = "JOIN *";
    }
    snprintf (s_broker.said, sizeof s_broker.said, "%s%s%s%s", star, say,
              text ? " | " : "", text ? text : "");
    zstr_free (&head);
    zstr_free (&text);
    return s_broker.said;
}

// To who spoke last.
static void UNUSED
s_broker_say (const char *message)
{
    char head[BROKER_TEXT_MAX];
    const char *bar = strstr (message, " | ");
    snprintf (head, sizeof head, "zroom/1 %.*s",
              (int) (bar ? bar - message : (ptrdiff_t) strlen (message)), message);
    assert_non_null (s_broker.peer);
    zframe_send (&s_broker.peer, s_broker.router, ZFRAME_MORE | ZFRAME_REUSE);
    if (bar) {
        zstr_sendm (s_broker.router, head);
        zstr_send (s_broker.router, bar + 3);
    } else
        zstr_send (s_broker.router, head);
}

#endif
