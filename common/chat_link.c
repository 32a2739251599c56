// SPDX-License-Identifier: MPL-2.0
// Nothing is believed before zr_chat_parse has read it. A part above the size of the
// longest list of names closes the connection (libzmq), and of a message's parts two
// are kept. How many messages wait is not bounded here, since libzmq's heartbeats must
// not be held up (socket.c): the thread reads all the time, and hangs up instead.

#include "common/chat_link.h"

#include <assert.h>

#define CONNECT_TIMEOUT_MS                                                             \
    3000 // else a host that is silent now is asked next in minutes

struct zr_chat_link {
    zsock_t *socket; // DEALER
    zsock_t *monitor;
    zmq_msg_t parts[2]; // of the message received last
};

zr_chat_link_t *
zr_chat_link_new (const char *endpoint)
{
    assert (endpoint);
    zr_chat_link_t *self = zmalloc (sizeof *self);
    zmq_msg_init (&self->parts[0]);
    zmq_msg_init (&self->parts[1]);
    self->socket = zsock_new (ZMQ_DEALER);
    assert (self->socket);
    const int part_max = ZR_CHAT_NAMES_MAX;
    zr_socket_prepare (self->socket, part_max);
    zr_socket_heartbeat (self->socket);
    zsock_set_connect_timeout (self->socket, CONNECT_TIMEOUT_MS);
    self->monitor = zr_socket_monitor (self->socket);
    if (zr_socket_connect (self->socket, endpoint, "chat"))
        zr_chat_link_destroy (&self, 0);
    return self;
}

void
zr_chat_link_destroy (zr_chat_link_t **self_p, int linger_ms)
{
    assert (self_p);
    zr_chat_link_t *self = *self_p;
    if (!self)
        return;
    zmq_msg_close (&self->parts[0]);
    zmq_msg_close (&self->parts[1]);
    zsock_set_linger (self->socket, linger_ms);
    zr_socket_unmonitor (self->socket, &self->monitor);
    zsock_destroy (&self->socket);
    freen (self);
    *self_p = NULL;
}

void *
zr_chat_link_socket (const zr_chat_link_t *self)
{
    return zsock_resolve (self->socket);
}

void *
zr_chat_link_monitor (const zr_chat_link_t *self)
{
    return zsock_resolve (self->monitor);
}

zr_socket_event_t
zr_chat_link_event (zr_chat_link_t *self)
{
    int fd;
    return zr_socket_event (self->monitor, &fd);
}

int
zr_chat_link_send (zr_chat_link_t *self, const zr_chat_message_t *message)
{
    void *handle = zsock_resolve (self->socket);
    char head[ZR_CHAT_HEAD_MAX];
    size_t len = zr_chat_pack (message, head);
    int more = message->text ? ZMQ_SNDMORE : 0;
    if (zmq_send (handle, head, len, ZMQ_DONTWAIT | more) < 0)
        return -1;
    // Where the first part went, the second one goes.
    if (more)
        zmq_send (handle, message->text, message->text_len, ZMQ_DONTWAIT);
    return 0;
}

int
zr_chat_link_receive (zr_chat_link_t *self, zr_chat_message_t *message,
                      zr_chat_code_t *code)
{
    void *handle = zsock_resolve (self->socket);
    zmq_msg_t *head = &self->parts[0], *text = &self->parts[1];
    if (zmq_msg_recv (head, handle, ZMQ_DONTWAIT) < 0)
        return 0;
    int count = 1;
    for (bool more = zmq_msg_more (head); more; count += count < 3) {
        zmq_msg_t rest;
        zmq_msg_init (&rest);
        zmq_msg_t *part = count == 1 ? text : &rest;
        more = zmq_msg_recv (part, handle, ZMQ_DONTWAIT) >= 0 && zmq_msg_more (part);
        zmq_msg_close (&rest);
    }
    *code = zr_chat_parse (zmq_msg_data (head), zmq_msg_size (head),
                           count > 1 ? zmq_msg_data (text) : NULL,
                           count > 1 ? zmq_msg_size (text) : 0, count, false, message);
    return *code == ZR_CHAT_CODE_NONE ? 1 : -1;
}
