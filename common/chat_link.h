// SPDX-License-Identifier: MPL-2.0
// One connection to a room's broker: a DEALER and its monitor, whole messages in and
// out. Made anew after every break, so that nothing unsent is left over. One thread.

#ifndef ZR_CHAT_LINK_H
#define ZR_CHAT_LINK_H

#include <czmq.h>

#include "common/chat_proto.h"
#include "common/socket.h"

typedef struct zr_chat_link zr_chat_link_t;

// Begins to connect. NULL if the endpoint cannot be used; logged.
zr_chat_link_t *zr_chat_link_new (const char *endpoint);

// linger_ms: how long what was sent may still take to leave, in the background.
void zr_chat_link_destroy (zr_chat_link_t **self_p, int linger_ms);

// For zmq_poll (3): libzmq's handles.
void *zr_chat_link_socket (const zr_chat_link_t *self);
void *zr_chat_link_monitor (const zr_chat_link_t *self);

// What became of the connection, without waiting.
zr_socket_event_t zr_chat_link_event (zr_chat_link_t *self);

// Returns 0, or -1 if nothing more can be sent now.
int zr_chat_link_send (zr_chat_link_t *self, const zr_chat_message_t *message);

// The next message, without waiting. Returns 1; 0 if there is none; -1 if one came that
// is none of the room's, with *code saying why. Its text is borrowed until the next
// call.
int zr_chat_link_receive (zr_chat_link_t *self, zr_chat_message_t *message,
                          zr_chat_code_t *code);

#endif
