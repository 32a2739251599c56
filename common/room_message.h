// SPDX-License-Identifier: MPL-2.0
// The small messages of a room (PROTOCOL.md, The room): info/ of publishers and room/
// of brokers. Pure, but for the making of ids, and trusts nothing.

#ifndef ZR_ROOM_MESSAGE_H
#define ZR_ROOM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/wire.h"

#define ZR_ROOM_ID_LEN 32        // hexadecimal digits, lower case
#define ZR_ROOM_JSON_MAX 4096    // bytes
#define ZR_ROOM_ABOVE_MAX 64     // brokers above one that are told of
#define ZR_ROOM_HOST_NAME_MAX 65 // bytes with the NUL
#define ZR_ROOM_SOURCE_MAX 64    // bytes with the NUL; longer is cut

typedef char zr_room_id_t[ZR_ROOM_ID_LEN + 1];

// What a publisher says of its stream. Numbers are 0 while unknown.
typedef struct {
    zr_room_id_t id; // of this run of the publisher
    int width, height;
    double fps, kbit_s;
    unsigned tiers;                  // 1 << zr_tier_t for each that is offered; never 0
    bool exact;                      // also under exact topics (wire.h)
    char source[ZR_ROOM_SOURCE_MAX]; // what is captured, printable; may be empty
} zr_room_info_t;

// What a broker says of itself.
typedef struct {
    zr_room_id_t id;
    char name[ZR_ROOM_HOST_NAME_MAX];
    int chat; // port, 0: none
    zr_room_id_t above[ZR_ROOM_ABOVE_MAX];
    int above_count;
} zr_room_self_t;

// Makes a new id, for a run of this program.
void zr_room_id_make (zr_room_id_t id);

// Whether the topic begins with "info/", or "room/".
bool zr_room_topic_is_info (const void *topic, size_t len);
bool zr_room_topic_is_room (const void *topic, size_t len);

// Reads both parts of an info/ message. Returns 0, or -1 if one is not what it must be;
// numbers that cannot be true are read as 0.
int zr_room_info_read (zr_room_info_t *info, char name[ZR_WIRE_NAME_MAX + 1],
                       zmq_msg_t parts[2]);

// The same of a room/ message. Brokers above that are too many are left out.
int zr_room_self_read (zr_room_self_t *room, zmq_msg_t parts[2]);

// The second part of a room/ message, for free(3).
char *zr_room_self_write (const zr_room_self_t *room);

// A number from 0 to below end, end above 0, that two ids hardly share: what brokers
// must not do all at the same time, they do at times that differ by it.
int zr_room_id_number (const char *id, int end);

// Adds one that is not there yet; left out if there are too many.
void zr_room_self_add_above (zr_room_self_t *room, const char *id);

#endif
