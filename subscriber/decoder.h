// SPDX-License-Identifier: MPL-2.0
// The decoding thread: makes pictures of messages, and records them if asked.

#ifndef ZR_DECODER_H
#define ZR_DECODER_H

#include "subscriber/recorder.h"
#include "subscriber/stream.h"

#define ZR_STREAMS_MAX 64

typedef struct zr_decoder zr_decoder_t;

zr_decoder_t *zr_decoder_new (void);

// Stops the thread and ends a recording. The streams are not touched afterwards.
// Accepts NULL inside.
void zr_decoder_destroy (zr_decoder_t **self_p);

// Has a stream decoded from now on; borrowed until it is removed or the decoder is
// destroyed. Any thread. Returns -1 if there are ZR_STREAMS_MAX already.
int zr_decoder_add (zr_decoder_t *self, zr_stream_t *stream);

// The stream is not touched any more when this returns, which takes one picture's
// decoding at most. Any thread but the decoder's; nothing happens if it is not there.
void zr_decoder_remove (zr_decoder_t *self, zr_stream_t *stream);

// Something waits in a stream: what its notify_decoder is to call. Any thread.
void zr_decoder_wake (void *self);

// Records every picture from now on, until the recording is taken back with NULL or
// replaced. Takes over *recorder_p and nulls it; recorder_p may be NULL. Main thread.
void zr_decoder_record (zr_decoder_t *self, zr_recorder_t **recorder_p);

// Pictures in the running recording, or -1 without one. Main thread.
int64_t zr_decoder_recorded (zr_decoder_t *self);

// Messages so far that were no pictures. Any thread.
uint64_t zr_decoder_bad (zr_decoder_t *self);

#endif
