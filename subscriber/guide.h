// SPDX-License-Identifier: MPL-2.0
// Where a subscriber that was given no address looks: it joins a room, takes in the
// free-standing publishers beside it, and lets go of those that are gone. It has the
// receiver connect accordingly. Main thread; nothing here waits.

#ifndef ZR_GUIDE_H
#define ZR_GUIDE_H

#include "common/room_finder.h"
#include "subscriber/receiver.h"

typedef struct zr_guide zr_guide_t;

// finder and receiver are borrowed. room is the one to begin with; without an address:
// the first that comes.
zr_guide_t *zr_guide_new (zr_room_finder_t *finder, const zr_room_t *room,
                          zr_receiver_t *receiver);
void zr_guide_destroy (zr_guide_t **self_p);

// Takes what has come since; to be called some times a second, or more often.
void zr_guide_poll (zr_guide_t *self);

// The endpoint of the room's chat, until the next poll; NULL: there is none now.
const char *zr_guide_chat (const zr_guide_t *self);

// For people, while nothing is shown: which of these streams (names and patterns; none:
// any) is waited for, and where, in text (size bytes).
void zr_guide_notice (const zr_guide_t *self, const zr_list_t *streams, char *text,
                      size_t size);

#endif
