// SPDX-License-Identifier: MPL-2.0
// The connections of the room's ROUTER: routing id, descriptor, how far each has got.
// One thread.

#ifndef ZR_PEERS_H
#define ZR_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/room.h"

#define ZR_PEERS_MAX 16384  // connections that have said something
#define ZR_PEERS_ID_MAX 255 // bytes of a routing id (ZMTP)

typedef struct {
    zr_room_peer_t peer; // its number in the room, not 0
    size_t place;        // among all; the table's own
    uint8_t id[ZR_PEERS_ID_MAX];
    size_t id_len;
    int fd;      // descriptor of the connection, -1: unknown
    bool closed; // the connection is gone; forgotten at the end of the turn
    bool silent; // it was, before it was closed
    bool joined;
    char token[ZR_CHAT_TOKEN_LEN + 1]; // of the participant, once joined
    int64_t cursor;                    // newest line that it was sent, or may not see
    bool behind;        // lines above cursor are to be read from the history
    bool deaf;          // its pipe was full: it needs WELCOME and NAMES anew
    int64_t blocked_us; // since when nothing could be sent, monotonic; 0: it can
} zr_peers_entry_t;

typedef struct zr_peers zr_peers_t;

zr_peers_t *zr_peers_new (void);
void zr_peers_destroy (zr_peers_t **self_p);

// The connection with that routing id; made if it is new. NULL if there are
// ZR_PEERS_MAX. Entries stay where they are until they are removed.
zr_peers_entry_t *zr_peers_at (zr_peers_t *self, const uint8_t *id, size_t id_len);

// By its number in the room, or descriptor; NULL if there is none.
zr_peers_entry_t *zr_peers_by_number (zr_peers_t *self, zr_room_peer_t peer);
zr_peers_entry_t *zr_peers_by_fd (zr_peers_t *self, int fd);

// All of them, in no order; valid until one is added or removed.
zr_peers_entry_t *const *zr_peers_all (zr_peers_t *self, size_t *count);

void zr_peers_remove (zr_peers_t *self, zr_peers_entry_t **entry_p);

#endif
