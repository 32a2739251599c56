// SPDX-License-Identifier: MPL-2.0
// The receiving thread: it does nothing but empty SUB sockets into the streams' slots,
// so that no picture waits anywhere. Each endpoint has a scout, which hears what
// streams there are; each stream that is wanted has a connection of its own
// (PROTOCOL.md, "The room"). Streams come and go; one that comes back is the same as
// before.

#ifndef ZR_RECEIVER_H
#define ZR_RECEIVER_H

#include "common/options.h"
#include "subscriber/decoder.h"

typedef struct {
    zr_list_t endpoints;            // complete ones, to connect to; more may come later
    zr_list_t streams;              // names and patterns wanted; none: all
    int max_age_ms;                 // for zr_stream_new
    zr_tier_t tier;                 // the one to take; ZR_TIERS: whichever fits
    zr_decoder_t *decoder;          // gets every stream; borrowed
    zr_slot_notify_fn *notify_view; // also when a stream comes or goes
    void *view;
} zr_receiver_settings_t;

typedef struct zr_receiver zr_receiver_t;

// Connects and starts the thread. Publishers need not be there yet. Texts in streams
// must outlive it. NULL if an endpoint cannot be used; logged.
zr_receiver_t *zr_receiver_new (const zr_receiver_settings_t *settings);

// Stops the thread and closes the sockets. The streams live on until destroy.
void zr_receiver_stop (zr_receiver_t *self);

// Frees everything. The decoder must be destroyed before. Accepts NULL inside.
void zr_receiver_destroy (zr_receiver_t **self_p);

// One more complete endpoint, or one less: what came from there is gone. Nothing
// happens if it is there already, or is not there. Main thread, until stop.
void zr_receiver_add (zr_receiver_t *self, const char *endpoint);
void zr_receiver_remove (zr_receiver_t *self, const char *endpoint);

// The endpoint is removed as soon as it has no connection; one that delivers stays. To
// add it takes that back. Main thread, until stop.
void zr_receiver_release (zr_receiver_t *self, const char *endpoint);

// The streams that there are now, in the order in which they were met first; one that
// is announced may have had no picture yet. A stream that is no longer among them may
// be freed by this very call: hold no pointer from an earlier one. Main thread.
int zr_receiver_streams (zr_receiver_t *self, zr_stream_t *streams[ZR_STREAMS_MAX]);

// Whether streams are wanted in full even if they are not shown: for a recording. Any
// thread.
void zr_receiver_keep (zr_receiver_t *self, bool keep);

// Whether at least one endpoint has answered and is connected. Any thread.
bool zr_receiver_is_connected (zr_receiver_t *self);

// Messages of no known form so far. Any thread.
uint64_t zr_receiver_bad (zr_receiver_t *self);

#endif
