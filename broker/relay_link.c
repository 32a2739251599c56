// SPDX-License-Identifier: MPL-2.0
// The monitor is read for whether the connection is up, and whether the endpoint must
// be dialled again from here (zr_socket_redial).

#include "broker/relay_link.h"

#include <assert.h>

#include "common/log.h"
#include "common/socket.h"

#define QUEUE_MAX 4 // pictures that wait for the relay, which reads all the time

struct zr_relay_link {
    const char *endpoint;
    zsock_t *socket; // SUB
    zsock_t *monitor;
    bool up;
    int64_t lost_us; // since when libzmq has not tried again; 0: it has
};

zr_relay_link_t *
zr_relay_link_new (const char *endpoint, int64_t message_max)
{
    assert (endpoint);
    zsock_t *socket = zsock_new (ZMQ_SUB);
    if (!socket) {
        zr_log_error ("relay", "%s: no more sockets (%s); see ulimit -n", endpoint,
                      zmq_strerror (errno));
        return NULL;
    }
    zr_relay_link_t *self = zmalloc (sizeof *self);
    self->endpoint = endpoint;
    self->socket = socket;
    zr_socket_prepare (socket, message_max);
    zsock_set_rcvhwm (socket, QUEUE_MAX);
    self->monitor = zr_socket_monitor (socket);
    if (zr_socket_connect (socket, endpoint, "relay"))
        zr_relay_link_destroy (&self);
    return self;
}

void
zr_relay_link_destroy (zr_relay_link_t **self_p)
{
    assert (self_p);
    zr_relay_link_t *self = *self_p;
    if (!self)
        return;
    zr_socket_unmonitor (self->socket, &self->monitor);
    zsock_destroy (&self->socket);
    free (self);
    *self_p = NULL;
}

void
zr_relay_link_subscribe (zr_relay_link_t *self, const void *topic, size_t len)
{
    assert (self);
    zmq_setsockopt (zsock_resolve (self->socket), ZMQ_SUBSCRIBE, topic, len);
}

void *
zr_relay_link_socket (const zr_relay_link_t *self)
{
    return zsock_resolve (self->socket);
}

bool
zr_relay_link_watch (zr_relay_link_t *self, int64_t now_us, bool *lost)
{
    int fd;
    zr_socket_event_t event;
    while ((event = zr_socket_event (self->monitor, &fd)) != ZR_SOCKET_NONE) {
        self->lost_us = event == ZR_SOCKET_DOWN ? now_us : 0;
        self->up = event == ZR_SOCKET_UP;
        if (lost && event == ZR_SOCKET_DOWN)
            *lost = true;
    }
    zr_socket_redial (self->socket, self->endpoint, "relay", "the limit",
                      &self->lost_us, now_us);
    return self->up;
}
