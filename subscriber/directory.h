// SPDX-License-Identifier: MPL-2.0
// Which named streams there are: what the info/ and room/ messages of all endpoints
// tell (PROTOCOL.md, "The room"). A stream that is met by two ways, and a room that is,
// count once, for the way that was first. Pure: messages and the clock (monotonic,
// microseconds) are handed in; bounded, and nothing that is read is trusted.

#ifndef ZR_DIRECTORY_H
#define ZR_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/room_message.h"

#define ZR_DIRECTORY_STREAMS_MAX 256 // more are left out until others are gone
#define ZR_DIRECTORY_ORIGINS_MAX 64
#define ZR_DIRECTORY_GONE_US 3000000 // silent for so long: gone

// A stream at one origin, by which the caller means one endpoint.
typedef struct {
    int origin;
    char name[ZR_WIRE_NAME_MAX + 1];
    zr_room_info_t info; // the newest; of the full picture
    int64_t heard_us;    // when it was last told of
    int64_t alive_us;    // when that, or a picture, last came
} zr_directory_stream_t;

typedef struct zr_directory zr_directory_t;

zr_directory_t *zr_directory_new (void);
void zr_directory_destroy (zr_directory_t **self_p);

// Whether a first part begins as those that this class reads.
bool zr_directory_concerns (const void *part, size_t len);

// Reads both parts of such a message. origin is below ZR_DIRECTORY_ORIGINS_MAX. Returns
// 0; -1 if it is not what it must be. Numbers that cannot be true are read as 0.
int zr_directory_hear (zr_directory_t *self, int origin, zmq_msg_t parts[2],
                       int64_t now_us);

// A picture of that stream came at that time.
void zr_directory_picture (zr_directory_t *self, int origin, const char *name,
                           int64_t when_us);

// Drops what has been silent for ZR_DIRECTORY_GONE_US.
void zr_directory_expire (zr_directory_t *self, int64_t now_us);

// Drops all that came from there.
void zr_directory_forget (zr_directory_t *self, int origin);

// The streams in the order in which they came. Pointers are good until the next call
// that changes anything. find gives NULL if there is none of that name.
int zr_directory_count (const zr_directory_t *self);
const zr_directory_stream_t *zr_directory_at (const zr_directory_t *self, int i);
const zr_directory_stream_t *zr_directory_find (const zr_directory_t *self, int origin,
                                                const char *name);

// Whether the same publisher was met before by another way that still lives.
bool zr_directory_is_double (const zr_directory_t *self,
                             const zr_directory_stream_t *stream);

// Whether the room there was met before at another origin that still lives.
bool zr_directory_is_double_room (const zr_directory_t *self, int origin);

#endif
