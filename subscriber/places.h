// SPDX-License-Identifier: MPL-2.0
// The receiver's table of streams. A stream has its place for as long as it may come
// back, so that it is the same one then; when places run out, the stream gone longest
// is given up: the receiver's thread marks it, and the main thread, which alone knows
// that nobody looks at it, frees it. Receiver's thread, but for zr_places_list.

#ifndef ZR_PLACES_H
#define ZR_PLACES_H

#include "subscriber/decoder.h"
#include "subscriber/feed.h"

// What tells a stream from another is where it comes from and its name. Only places.c
// writes to the first five.
typedef struct {
    int origin; // -1: of an endpoint that is forgotten
    char name[ZR_WIRE_LABEL_MAX];
    zr_stream_t *stream; // NULL before it has appeared
    bool present;        // there is such a stream now
    bool used;
    zr_feed_t *feed; // NULL: it is not fed by links of its own; owned
    bool standing;   // asked for by name: subscribed at any rate
    bool announced;  // there is word of it

    // places.c's own.
    bool doomed;     // to be freed by the main thread, which sets stream to NULL
    int64_t gone_us; // when it went, monotonic
    uint64_t number; // in the order of coming
} zr_place_t;

typedef struct {
    int max_age_ms;                 // for zr_stream_new, as the next three
    zr_decoder_t *decoder;          // gets every stream; borrowed
    zr_slot_notify_fn *notify_view; // also when a stream comes or goes
    void *view;
} zr_places_settings_t;

typedef struct zr_places zr_places_t;

zr_places_t *zr_places_new (const zr_places_settings_t *settings);

// Frees streams and feeds. Accepts NULL inside.
void zr_places_destroy (zr_places_t **self_p);

// The place number i of ZR_STREAMS_MAX; NULL if it is not in use.
zr_place_t *zr_places_at (zr_places_t *self, int i);

// The place of that stream, made if it is new; NULL if there are too many: said once.
zr_place_t *zr_places_find (zr_places_t *self, int origin, const char *name);

// The stream is there now (from is where, for people), or not any more; said.
void zr_places_appear (zr_places_t *self, zr_place_t *place, const char *from);
void zr_places_disappear (zr_places_t *self, zr_place_t *place);

// The number of an endpoint is given to another one.
void zr_places_forget (zr_places_t *self, int origin);

// Main thread: as zr_receiver_streams.
int zr_places_list (zr_places_t *self, zr_stream_t *streams[ZR_STREAMS_MAX]);

#endif
