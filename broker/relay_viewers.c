// SPDX-License-Identifier: MPL-2.0
// A small receive mark on the XPUB keeps a viewer that subscribes without end from
// holding the thread up: libzmq reads a pipe of subscriptions until it is empty, which
// is soon only if little fits in. What such a viewer subscribed to is given back when
// its connection is ended here.

#include "broker/relay_viewers.h"

#include <assert.h>
#include <netdb.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/socket.h"

#define SUBSCRIPTION_QUEUE 16 // that wait for us, of one viewer
#define TURN_MAX 1000         // subscriptions read in one turn
#define SWEEP_US 1000000      // even if nobody is known to be gone

struct zr_relay_viewers {
    zsock_t *out;
    zsock_t *monitor;
    zr_relay_topics_t *topics;
    zr_viewers_t *machines; // that they are connected from
    int count;
    bool gone; // somebody is, since the last sweep
    int64_t swept_us;
    int fds;                                    // above all that asked for something
    uint64_t cookies[ZR_RELAY_CONNECTIONS_MAX]; // of those that did; 0: none
    bool said_flood;
};

zr_relay_viewers_t *
zr_relay_viewers_new (zsock_t *out)
{
    assert (out);
    zr_relay_viewers_t *self = zmalloc (sizeof *self);
    self->out = out;
    zsock_set_rcvhwm (out, SUBSCRIPTION_QUEUE);
    zsock_set_xpub_verboser (out, 1); // who wants what: relay_topics.c
    self->monitor = zr_socket_monitor (out);
    self->topics = zr_relay_topics_new ();
    self->machines = zr_viewers_new ("relay");
    return self;
}

void
zr_relay_viewers_destroy (zr_relay_viewers_t **self_p)
{
    assert (self_p);
    zr_relay_viewers_t *self = *self_p;
    if (!self)
        return;
    zr_socket_unmonitor (self->out, &self->monitor);
    zr_relay_topics_destroy (&self->topics);
    zr_viewers_destroy (&self->machines);
    free (self);
    *self_p = NULL;
}

static void
s_put_out (zr_relay_viewers_t *self, int fd)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof address;
    char host[NI_MAXHOST];
    if (getpeername (fd, (struct sockaddr *) &address, &size) ||
        address.ss_family == AF_UNIX ||
        getnameinfo ((struct sockaddr *) &address, size, host, sizeof host, NULL, 0,
                     NI_NUMERICHOST))
        snprintf (host, sizeof host, "this machine");
    if (!self->said_flood)
        zr_log_warn ("relay",
                     "a viewer on %s subscribes to more than any viewer needs (%d); it "
                     "is put out, and so are others like it",
                     host, ZR_RELAY_TOPICS_OF_ONE);
    self->said_flood = true;
    shutdown (fd, SHUT_RDWR);
}

// The descriptor of the connection that a message came by, or -1.
static int
s_fd (const zmq_msg_t *message)
{
    const char *number = zmq_msg_gets (message, "__fd"); // what ZMQ_SRCFD reads
    return number ? (int) strtol (number, NULL, 10) : -1;
}

// Returns whether the connection is up, and that of the descriptor's former owner is
// forgotten. What libzmq itself takes back, of one that is gone, has no descriptor.
static bool
s_know (zr_relay_viewers_t *self, int fd)
{
    uint64_t cookie = 0;
    if (fd >= 0 && fd < ZR_RELAY_CONNECTIONS_MAX)
        cookie = zr_socket_cookie (fd);
    if (!cookie)
        return false;
    if (self->cookies[fd] && self->cookies[fd] != cookie)
        zr_relay_topics_forget (self->topics, fd);
    self->cookies[fd] = cookie;
    self->fds = fd < self->fds ? self->fds : fd + 1;
    return true;
}

void
zr_relay_viewers_tick (zr_relay_viewers_t *self)
{
    assert (self);
    int64_t now_us = zr_clock_us ();
    if (!self->gone && now_us - self->swept_us < SWEEP_US)
        return;
    self->gone = false;
    self->swept_us = now_us;
    for (int fd = 0; fd < self->fds; fd++)
        if (self->cookies[fd] && self->cookies[fd] != zr_socket_cookie (fd)) {
            zr_relay_topics_forget (self->topics, fd);
            self->cookies[fd] = 0;
        }
}

// The monitor is read after the messages and before anybody is put out, since a
// descriptor can be given to the next connection at once.
void
zr_relay_viewers_listen (zr_relay_viewers_t *self)
{
    assert (self);
    zmq_msg_t message;
    zmq_msg_init (&message);
    int fd, bad_fd = -1;
    for (int i = 0; i < TURN_MAX; i++) {
        if (zmq_msg_recv (&message, zsock_resolve (self->out), ZMQ_DONTWAIT) < 0)
            break;
        fd = s_fd (&message);
        if (!s_know (self, fd))
            self->gone = true;
        else if (zr_relay_topics_take (self->topics, zmq_msg_data (&message),
                                       zmq_msg_size (&message), fd))
            bad_fd = fd;
    }
    zmq_msg_close (&message);
    zr_socket_event_t event;
    while ((event = zr_socket_event (self->monitor, &fd)) != ZR_SOCKET_NONE) {
        if (event == ZR_SOCKET_UP) {
            zr_socket_keep_fresh (fd);
            zr_viewers_want (self->machines, fd, 1);
            self->count++;
        } else if (event == ZR_SOCKET_DOWN) {
            self->count -= self->count > 0;
            self->gone = true;
            bad_fd = bad_fd == fd ? -1 : bad_fd;
        }
    }
    if (bad_fd >= 0)
        s_put_out (self, bad_fd);
}

void *
zr_relay_viewers_monitor (const zr_relay_viewers_t *self)
{
    return zsock_resolve (self->monitor);
}

zr_relay_topics_t *
zr_relay_viewers_topics (const zr_relay_viewers_t *self)
{
    return self->topics;
}

int
zr_relay_viewers_count (const zr_relay_viewers_t *self)
{
    return self->count;
}

void
zr_relay_viewers_list (zr_relay_viewers_t *self, zr_viewers_list_t *list)
{
    assert (self && list);
    zr_viewers_sample (self->machines, list);
}
