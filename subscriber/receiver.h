// SPDX-License-Identifier: MPL-2.0
// The receiving thread: it does nothing but empty SUB sockets into the streams' slots,
// so that no picture waits anywhere. One socket for each endpoint.

#ifndef ZR_RECEIVER_H
#define ZR_RECEIVER_H

#include "common/options.h"
#include "subscriber/decoder.h"

typedef struct {
    zr_list_t endpoints;   // complete ones, to connect to
    zr_list_t streams;     // names wanted; none: all
    int max_age_ms;        // for zr_stream_new
    zr_decoder_t *decoder; // gets every stream; borrowed
    zr_slot_notify_fn *notify_view;
    void *view;
} zr_receiver_settings_t;

typedef struct zr_receiver zr_receiver_t;

// Connects and starts the thread. Publishers need not be there yet. Texts in the
// settings must outlive it. NULL if an endpoint cannot be used; logged.
zr_receiver_t *zr_receiver_new (const zr_receiver_settings_t *settings);

// Stops the thread and closes the sockets. The streams live on until destroy.
void zr_receiver_stop (zr_receiver_t *self);

// Frees everything. The decoder must be destroyed before. Accepts NULL inside.
void zr_receiver_destroy (zr_receiver_t **self_p);

// The streams met so far, in the order in which they came; they stay. Main thread.
int zr_receiver_streams (zr_receiver_t *self, zr_stream_t *streams[ZR_STREAMS_MAX]);

// Whether at least one endpoint has answered and is connected. Any thread.
bool zr_receiver_is_connected (zr_receiver_t *self);

// Messages of no known form so far. Any thread.
uint64_t zr_receiver_bad (zr_receiver_t *self);

#endif
