// SPDX-License-Identifier: MPL-2.0
// Getting the room's messages to its peers, each as fast as it reads. A peer whose pipe
// is full gets nothing more until it has room again; then WELCOME, NAMES and the lines
// it missed, out of the history. So a slow reader costs no memory and nobody waits for
// it. The room server's thread.

#ifndef ZR_DELIVERY_H
#define ZR_DELIVERY_H

#include <czmq.h>

#include "broker/history.h"
#include "broker/peers.h"

typedef struct zr_delivery zr_delivery_t;

// Everything is borrowed. router: a ROUTER with MANDATORY.
zr_delivery_t *zr_delivery_new (zsock_t *router, zr_peers_t *peers, zr_room_t *room,
                                zr_history_t *history);
void zr_delivery_destroy (zr_delivery_t **self_p);

// To one peer, in its place among what it gets. entry may be NULL: nobody.
void zr_delivery_send (zr_delivery_t *self, zr_peers_entry_t *entry,
                       const zr_chat_message_t *message);

// To everybody in the room but except (0: to all).
void zr_delivery_broadcast (zr_delivery_t *self, zr_room_peer_t except,
                            const zr_chat_message_t *message);

// A line that was just stored: to everybody who may see it.
void zr_delivery_line (zr_delivery_t *self, const zr_room_line_t *line);

// A peer has joined under token: it gets the names, and the lines after number (-1:
// the newest 50), from now on.
void zr_delivery_join (zr_delivery_t *self, zr_peers_entry_t *entry, const char *token,
                       int64_t number);

// Goes on with those who are behind. Call it at least every 20 ms while it returns
// true. Tells the room of those who took nothing for 5 s.
bool zr_delivery_serve (zr_delivery_t *self, int64_t now_ms);

// Whether somebody is behind.
bool zr_delivery_is_pending (const zr_delivery_t *self);

// The line up to which everybody has got everything; INT64_MAX if nobody is behind.
int64_t zr_delivery_oldest (zr_delivery_t *self);

// Messages sent since the start.
uint64_t zr_delivery_count (const zr_delivery_t *self);

#endif
