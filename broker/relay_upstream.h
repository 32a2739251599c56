// SPDX-License-Identifier: MPL-2.0
// A broker above ours: one control connection, by which it is judged (PROTOCOL.md, The
// room), and one connection for each subscription that came from below, so that each
// stream crosses once and newest wins on each by itself. The relay's thread.

#ifndef ZR_RELAY_UPSTREAM_H
#define ZR_RELAY_UPSTREAM_H

#include "broker/relay_topics.h"
#include "common/room_message.h"

#define ZR_RELAY_LINKS_MAX 128 // of one upstream, without the control connection

typedef enum {
    ZR_RELAY_WAITING, // not reached, or not heard yet; or met twice: the other one is
                      // up
    ZR_RELAY_UP,
    ZR_RELAY_LOOP, // refused
} zr_relay_state_t;

typedef struct zr_relay_upstream zr_relay_upstream_t;

// Begins to connect; texts are borrowed. own: our id. NULL if it cannot; logged.
zr_relay_upstream_t *zr_relay_upstream_new (const char *endpoint, const char *own);
void zr_relay_upstream_destroy (zr_relay_upstream_t **self_p);

zr_relay_state_t zr_relay_upstream_state (const zr_relay_upstream_t *self);

// What it said of itself last. While UP.
const zr_room_self_t *zr_relay_upstream_room (const zr_relay_upstream_t *self);

// Takes a room/ message that came by the control connection. twin: the endpoint by
// which the same broker is used already, or NULL.
void zr_relay_upstream_hear (zr_relay_upstream_t *self, const zr_room_self_t *room,
                             const char *twin, int64_t now_us);

// Looks after the connections; to be called some times a second.
void zr_relay_upstream_tick (zr_relay_upstream_t *self, int64_t now_us);

// Opens and closes connections, so that there is one for each root while it is UP, and
// none otherwise. Returns whether that changed anything.
bool zr_relay_upstream_want (zr_relay_upstream_t *self,
                             const zr_relay_topic_t *const *roots, size_t count);

// libzmq's handles: of the control connection, and of the others by number, NULL behind
// the last one. Valid until the next want.
void *zr_relay_upstream_control (const zr_relay_upstream_t *self);
void *zr_relay_upstream_socket (const zr_relay_upstream_t *self, size_t number);

const char *zr_relay_upstream_endpoint (const zr_relay_upstream_t *self);

#endif
