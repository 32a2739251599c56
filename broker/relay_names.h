// SPDX-License-Identifier: MPL-2.0
// The streams of a room: who has which name and from where it comes, and who must take
// another name. Learned from info/ messages only. Pure.

#ifndef ZR_RELAY_NAMES_H
#define ZR_RELAY_NAMES_H

#include <stdint.h>

#include "common/room_message.h"

#define ZR_RELAY_STREAMS_MAX 256
#define ZR_RELAY_SILENT_MS 3000 // after so long a stream is gone
#define ZR_RELAY_HERE 0         // a source: our own publishers. Upstreams are 1, 2, ...

typedef struct {
    char name[ZR_WIRE_NAME_MAX + 1];
    zr_room_info_t info; // the newest
    int source;
    int64_t heard_ms;
    bool holds;                       // the name is its own; else it is another's
    bool said;                        // that it is another's
    char given[ZR_WIRE_NAME_MAX + 1]; // the name that it is to take; may be empty
    int64_t told_ms;                  // when it was told so
} zr_relay_stream_t;

// What follows from an info/ message.
typedef struct {
    bool pass; // it goes on to the viewers
    bool full; // it was not kept: there are too many
    // Who is to take the name "given", or, where given is empty, cannot be told; NULL:
    // nobody now. first: for the first time, so that it is worth a line.
    const zr_relay_stream_t *rename;
    bool first;
} zr_relay_names_answer_t;

typedef struct zr_relay_names zr_relay_names_t;

zr_relay_names_t *zr_relay_names_new (void);
void zr_relay_names_destroy (zr_relay_names_t **self_p);

// Takes what the publisher of name said. now_ms never goes back. Pointers in the answer
// are valid until the next call.
zr_relay_names_answer_t zr_relay_names_take (zr_relay_names_t *self, const char *name,
                                             const zr_room_info_t *info, int source,
                                             int64_t now_ms);

// Forgets the streams that are gone.
void zr_relay_names_expire (zr_relay_names_t *self, int64_t now_ms);

// Whether pictures under this topic (TIER/NAME, =TIER/NAME/) may come from there: not
// if the name's holder is known to be somewhere else, since the same stream may come by
// two ways.
bool zr_relay_names_is_from (const zr_relay_names_t *self, const void *topic,
                             size_t len, int source);

// The streams, valid until the next call; those that do not hold their name too.
const zr_relay_stream_t *zr_relay_names_all (const zr_relay_names_t *self,
                                             size_t *count);

#endif
