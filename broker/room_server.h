// SPDX-License-Identifier: MPL-2.0
// The room's thread: moves messages between the ROUTER, the room (room.h) and the
// history. It decides nothing about the chat itself.

#ifndef ZR_ROOM_SERVER_H
#define ZR_ROOM_SERVER_H

#include <czmq.h>

typedef struct {
    const char *endpoint; // to listen on, complete
    const char *history;  // file, or NULL: in memory
    int64_t keep;         // lines kept at least
} zr_room_server_settings_t;

typedef struct {
    uint32_t people;     // in the room
    uint64_t lines;      // said since the start
    uint64_t deliveries; // messages sent since the start
    double lines_s;      // over the last second
} zr_room_server_report_t;

typedef struct zr_room_server zr_room_server_t;

// Binds, opens the history and starts the thread. NULL if it cannot; logged.
zr_room_server_t *zr_room_server_new (const zr_room_server_settings_t *settings);

// Stops it. Everything acknowledged is on disk. Accepts NULL inside.
void zr_room_server_destroy (zr_room_server_t **self_p);

// What to poll for reports, one a second, and reading the one that waits. Returns -1
// if it was interrupted.
void *zr_room_server_pollable (zr_room_server_t *self);
int zr_room_server_read (zr_room_server_t *self, zr_room_server_report_t *report);

#endif
