// SPDX-License-Identifier: MPL-2.0
// The monitor is read for whether the endpoint must be dialled again from here
// (zr_socket_redial), and for whether anybody has answered.

#include "subscriber/link.h"

#include <assert.h>
#include <czmq.h>

#include "common/endpoint.h"
#include "common/frame.h"
#include "common/log.h"
#include "common/multicast.h"
#include "common/socket.h"

#define QUEUE_MAX 64 // messages on their way to this thread, which never lingers

struct zr_link {
    char endpoint[ZR_ENDPOINT_MAX];
    zsock_t *socket; // SUB
    zsock_t *monitor;
    bool is_multicast;
    zr_multicast_t multicast; // if it is
    bool tells;               // the monitor has said something
    int connections;          // up now
    int64_t lost_us; // since when libzmq has not tried again, monotonic; 0: it has
};

zr_link_t *
zr_link_new (const char *endpoint)
{
    assert (endpoint && strlen (endpoint) < ZR_ENDPOINT_MAX);
    zr_link_t *self = zmalloc (sizeof *self);
    snprintf (self->endpoint, sizeof self->endpoint, "%s", endpoint);
    self->socket = zsock_new (ZMQ_SUB);
    assert (self->socket);
    zr_socket_prepare (self->socket, ZR_FRAME_SIZE_MAX);
    zsock_set_linger (self->socket, 0); // it sends nothing that somebody waits for
    zsock_set_rcvhwm (self->socket, QUEUE_MAX);
    self->monitor = zr_socket_monitor (self->socket);
    return self;
}

void
zr_link_destroy (zr_link_t **self_p)
{
    assert (self_p);
    zr_link_t *self = *self_p;
    if (!self)
        return;
    zr_socket_unmonitor (self->socket, &self->monitor);
    zsock_destroy (&self->socket);
    freen (self);
    *self_p = NULL;
}

void
zr_link_subscribe (zr_link_t *self, const void *prefix, size_t len)
{
    zmq_setsockopt (zr_link_socket (self), ZMQ_SUBSCRIBE, prefix, len);
}

void
zr_link_unsubscribe (zr_link_t *self, const void *prefix, size_t len)
{
    zmq_setsockopt (zr_link_socket (self), ZMQ_UNSUBSCRIBE, prefix, len);
}

int
zr_link_connect (zr_link_t *self)
{
    self->is_multicast = zr_multicast_is (self->endpoint);
    if (self->is_multicast)
        return zr_multicast_open (&self->multicast, self->socket, self->endpoint,
                                  "subscriber");
    return zr_socket_connect (self->socket, self->endpoint, "subscriber");
}

void *
zr_link_socket (const zr_link_t *self)
{
    return zsock_resolve (self->socket);
}

bool
zr_link_receive (zr_link_t *self, zr_link_message_t *message)
{
    void *handle = zr_link_socket (self);
    bool more = true;
    message->count = 0;
    zmq_msg_init (&message->parts[0]);
    zmq_msg_init (&message->parts[1]);
    while (more) {
        zmq_msg_t rest;
        zmq_msg_t *part = message->count < 2 ? &message->parts[message->count] : &rest;
        if (part == &rest)
            zmq_msg_init (&rest);
        if (zmq_msg_recv (part, handle, ZMQ_DONTWAIT) < 0)
            break;
        more = zmq_msg_more (part);
        message->count++;
        if (part == &rest)
            zmq_msg_close (&rest);
    }
    if (more)
        zr_link_release (message);
    else if (self->is_multicast)
        zr_multicast_hear (&self->multicast);
    return !more;
}

void
zr_link_release (zr_link_message_t *message)
{
    zmq_msg_close (&message->parts[0]);
    zmq_msg_close (&message->parts[1]);
}

int
zr_link_watch (zr_link_t *self)
{
    int fd;
    zr_socket_event_t event;
    if (self->is_multicast)
        zr_multicast_watch (&self->multicast, self->socket);
    while ((event = zr_socket_event (self->monitor, &fd)) != ZR_SOCKET_NONE) {
        self->tells = true;
        self->lost_us = event == ZR_SOCKET_DOWN ? zclock_usecs () : 0;
        if (event == ZR_SOCKET_UP)
            self->connections++;
        else if (event == ZR_SOCKET_DOWN && self->connections > 0)
            self->connections--;
        if (event != ZR_SOCKET_RETRY)
            zr_log_debug ("subscriber", "%s: %s", self->endpoint,
                          event == ZR_SOCKET_UP ? "connected" : "disconnected");
    }
    zr_socket_redial (self->socket, self->endpoint, "subscriber", "32 MiB",
                      &self->lost_us, zclock_usecs ());
    return self->tells ? self->connections : -1;
}
