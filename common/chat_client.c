// SPDX-License-Identifier: MPL-2.0
// The owner's side, and the thread around the session. Over the pipe between them go
// pointers: requests (zr_chat_line_t) one way, events the other; NULL, behind the
// answer to LEAVE, is the last. "$TERM" ends the thread.
//
// The thread never waits for its owner: events that the pipe does not take stay in a
// list. If too much lies unread, as when a terminal stands still, it hangs up, and
// comes back when the owner has read on: then the room sends what is missing.

#include "common/chat_client.h"

#include <assert.h>
#include <czmq.h>
#include <stdatomic.h>

#include "common/chat_session.h"
#include "common/nick.h"
#include "common/socket.h"

#define POINTER ((int) sizeof (void *)) // what goes over the pipe
#define REQUESTS_MAX 256                // taken at once
#define UNREAD_MAX 16777216             // bytes of events: 16 MiB
#define HELD_MS 100                     // until it is looked whether the owner has read

struct zr_chat_client {
    zactor_t *actor;
    size_t pending;       // lines posted, less those whose end the owner has read
    atomic_size_t unread; // bytes of events emitted and not read

    // The thread's own.
    const char *endpoint, *nick; // until it has started
    bool failed;                 // it has not
    zsock_t *pipe;
    zr_chat_session_t *session;
    zlist_t *events; // that the pipe did not take
    bool held;       // the session
};

// ---- the thread ---------------------------------------------------------------------

static bool
s_deliver (zr_chat_client_t *self, zr_chat_event_t *event, int flags)
{
    return zmq_send (zsock_resolve (self->pipe), &event, POINTER, flags) >= 0;
}

static size_t
s_bytes (const zr_chat_event_t *event)
{
    return sizeof *event + event->message.text_len;
}

static void
s_emit (void *arg, zr_chat_event_t **event_p)
{
    zr_chat_client_t *self = arg;
    atomic_fetch_add (&self->unread, s_bytes (*event_p));
    if (zlist_size (self->events) || !s_deliver (self, *event_p, ZMQ_DONTWAIT))
        zlist_append (self->events, *event_p);
    *event_p = NULL;
}

static void
s_flush (zr_chat_client_t *self)
{
    while (zlist_size (self->events) &&
           s_deliver (self, zlist_first (self->events), ZMQ_DONTWAIT))
        zlist_pop (self->events);
}

// The owner reads until it has got the NULL, so here may be waited.
static void
s_say_goodbye (zr_chat_client_t *self)
{
    zr_chat_event_t *event;
    while ((event = zlist_pop (self->events)) != NULL)
        zr_chat_event_destroy (&event);
    s_deliver (self, NULL, 0);
}

// Returns whether the thread is to go on.
static bool
s_take_requests (zr_chat_client_t *self)
{
    zr_chat_line_t *line;
    for (int i = 0; i < REQUESTS_MAX; i++) {
        int size = zmq_recv (zsock_resolve (self->pipe), &line, POINTER, ZMQ_DONTWAIT);
        if (size < 0)
            return true;
        if (size != POINTER)
            return false; // "$TERM"
        bool leaves = line->verb == ZR_CHAT_LEAVE;
        zr_chat_session_request (self->session, &line);
        if (leaves)
            s_say_goodbye (self);
    }
    return true;
}

static void
s_hold (zr_chat_client_t *self)
{
    size_t unread = atomic_load (&self->unread);
    if (unread > UNREAD_MAX)
        self->held = true;
    else if (unread < UNREAD_MAX / 2)
        self->held = false;
    zr_chat_session_hold (self->session, self->held);
}

static int
s_timeout (const zr_chat_client_t *self)
{
    int timeout = zr_chat_session_timeout (self->session, zclock_mono ());
    return self->held && (timeout < 0 || timeout > HELD_MS) ? HELD_MS : timeout;
}

static void
s_loop (zr_chat_client_t *self)
{
    bool running = true;
    while (running) {
        zmq_pollitem_t items[3] = {{zsock_resolve (self->pipe), 0, ZMQ_POLLIN, 0}};
        if (zlist_size (self->events))
            items[0].events |= ZMQ_POLLOUT;
        int count = 1 + zr_chat_session_items (self->session, items + 1);
        zmq_poll (items, count, s_timeout (self));
        s_flush (self);
        running = s_take_requests (self);
        zr_chat_session_serve (self->session);
        s_hold (self);
        zr_chat_session_tick (self->session, zclock_mono ());
    }
}

static void
s_run (zsock_t *pipe, void *arg)
{
    zr_chat_client_t *self = arg;
    self->pipe = pipe;
    self->events = zlist_new ();
    self->session = zr_chat_session_new (self->endpoint, self->nick, s_emit, self);
    self->failed = !self->session;
    zsock_signal (pipe, 0);
    if (self->session)
        s_loop (self);
    zr_chat_session_destroy (&self->session);
    zr_chat_event_t *event;
    while ((event = zlist_pop (self->events)) != NULL)
        zr_chat_event_destroy (&event);
    zlist_destroy (&self->events);
}

// ---- the owner ----------------------------------------------------------------------

zr_chat_client_t *
zr_chat_client_new (const char *endpoint, const char *nick)
{
    assert (endpoint && nick);
    zr_chat_client_t *self = zmalloc (sizeof *self);
    self->endpoint = endpoint;
    self->nick = nick;
    sigset_t former; // the thread keeps them held: it makes sockets at any time
    zr_socket_hold_signals (&former);
    self->actor = zactor_new (s_run, self);
    zr_socket_release_signals (&former);
    assert (self->actor);
    self->endpoint = self->nick = NULL;
    if (self->failed) {
        zr_socket_end_actor (&self->actor);
        freen (self);
        return NULL;
    }
    return self;
}

static void
s_request (zr_chat_client_t *self, zr_chat_line_t *line)
{
    // The thread always reads, so this ends, though a signal may come between.
    while (zmq_send (zsock_resolve (self->actor), &line, POINTER, 0) < 0)
        assert (errno == EINTR);
}

void
zr_chat_client_destroy (zr_chat_client_t **self_p)
{
    assert (self_p);
    zr_chat_client_t *self = *self_p;
    if (!self)
        return;
    s_request (self, zr_chat_line_new (ZR_CHAT_LEAVE, NULL, NULL, 0));
    for (bool left = false; !left;) {
        zr_chat_event_t *event;
        int size = zmq_recv (zsock_resolve (self->actor), &event, POINTER, 0);
        assert (size >= 0 || errno == EINTR);
        left = size >= 0 && !event;
        if (size >= 0)
            zr_chat_event_destroy (&event);
    }
    zr_socket_end_actor (&self->actor);
    freen (self);
    *self_p = NULL;
}

int
zr_chat_client_post (zr_chat_client_t *self, zr_chat_verb_t kind, const char *to,
                     const char *text, size_t len)
{
    assert (self && text);
    assert (kind == ZR_CHAT_SAY || kind == ZR_CHAT_ME || kind == ZR_CHAT_MSG);
    assert (!to == (kind != ZR_CHAT_MSG));
    char nick[ZR_CHAT_NICK_MAX], key[ZR_NICK_KEY_MAX];
    if (len == 0 || len > ZR_CHAT_TEXT_MAX || self->pending >= ZR_CHAT_POST_MAX)
        return -1;
    if (to && zr_nick_read (to, strlen (to), nick, key))
        return -1;
    self->pending++;
    s_request (self, zr_chat_line_new (kind, to ? nick : NULL, text, len));
    return 0;
}

void
zr_chat_client_nick (zr_chat_client_t *self, const char *nick)
{
    assert (self && nick);
    size_t len = strnlen (nick, ZR_CHAT_TEXT_MAX);
    s_request (self, zr_chat_line_new (ZR_CHAT_NICK, NULL, nick, len));
}

void
zr_chat_client_who (zr_chat_client_t *self)
{
    assert (self);
    s_request (self, zr_chat_line_new (ZR_CHAT_WHO, NULL, NULL, 0));
}

void *
zr_chat_client_pollable (zr_chat_client_t *self)
{
    return self->actor;
}

int
zr_chat_client_fd (zr_chat_client_t *self)
{
    return (int) zsock_fd (self->actor);
}

zr_chat_event_t *
zr_chat_client_read (zr_chat_client_t *self)
{
    assert (self);
    zr_chat_event_t *event;
    while (zmq_recv (zsock_resolve (self->actor), &event, POINTER, ZMQ_DONTWAIT) ==
           POINTER) {
        atomic_fetch_sub (&self->unread, s_bytes (event));
        bool refused = event->kind == ZR_CHAT_EVENT_MESSAGE &&
                       event->message.verb == ZR_CHAT_ERROR && event->message.n >= 0;
        if (event->kind == ZR_CHAT_EVENT_STORED || refused) {
            assert (self->pending > 0);
            self->pending--;
        }
        // One that was posted meanwhile will bring its own.
        if (event->kind != ZR_CHAT_EVENT_IDLE || self->pending == 0)
            return event;
        zr_chat_event_destroy (&event);
    }
    return NULL;
}

void
zr_chat_event_destroy (zr_chat_event_t **self_p)
{
    assert (self_p);
    if (*self_p)
        freen ((*self_p)->text);
    freen (*self_p);
    *self_p = NULL;
}

size_t
zr_chat_client_pending (zr_chat_client_t *self)
{
    return self->pending;
}
