// SPDX-License-Identifier: MPL-2.0
// One stream on its way through the subscriber: message in, picture out. Three threads
// meet here, each with functions of its own; between them are slots, where the newest
// wins.
//
//     receiver --offer--> [slot] --decode--> [slot] --take--> view

#ifndef ZR_STREAM_H
#define ZR_STREAM_H

#include <zmq.h>

#include "common/frame.h"
#include "common/jpeg.h"
#include "common/meter.h"
#include "common/slot.h"
#include "common/wire.h"

typedef struct zr_stream zr_stream_t;

// A decoded picture, with the JPEG it was made from.
typedef struct {
    zr_frame_t frame;
    zr_picture_t picture;
    int64_t time_us; // Unix time: of capture if the picture says one, else of arrival
} zr_shown_t;

// name is what people see, printable UTF-8. notify_decoder and notify_view are called
// when something waits for them (slot.h). max_age_ms: older pictures count as late; 0:
// none do.
typedef struct {
    const char *name;
    zr_slot_notify_fn *notify_decoder;
    void *decoder;
    zr_slot_notify_fn *notify_view;
    void *view;
    int max_age_ms;
} zr_stream_settings_t;

zr_stream_t *zr_stream_new (const zr_stream_settings_t *settings);

// After all threads have let go of it. Accepts NULL inside.
void zr_stream_destroy (zr_stream_t **self_p);

// Any thread; lives as long as the stream.
const char *zr_stream_name (const zr_stream_t *self);

// Receiver's thread: takes over the payload, message is empty afterwards.
void zr_stream_offer (zr_stream_t *self, zmq_msg_t *message);

typedef enum {
    ZR_STREAM_NOTHING, // no message waits
    ZR_STREAM_PICTURE, // *shown was handed on to the view
    ZR_STREAM_BAD,     // it was no picture; said once
} zr_stream_result_t;

// Called with each picture before the view gets it, on the decoder's thread.
typedef void (zr_stream_tap_fn) (void *arg, const zr_stream_t *self,
                                 const zr_shown_t *shown);

// Decoder's thread: decodes the newest message, if there is one. *room is how many
// bytes the pictures of all streams may still take: what this one takes more than
// before is subtracted, and a picture that would take more than there is is bad. tap
// may be NULL.
zr_stream_result_t zr_stream_decode (zr_stream_t *self, zr_jpeg_t *jpeg, int64_t *room,
                                     zr_stream_tap_fn *tap, void *arg);

// Main thread: the newest picture since the last call, or NULL. It stays valid until
// the next call that returns one.
const zr_shown_t *zr_stream_take (zr_stream_t *self);

// Main thread: the picture that take gave last, or NULL before the first.
const zr_shown_t *zr_stream_shown (const zr_stream_t *self);

// Main thread: figures as of now (meter.h), and for how long nothing arrived.
void zr_stream_report (zr_stream_t *self, bool restart, zr_meter_report_t *report);
int64_t zr_stream_silence_us (zr_stream_t *self);

#endif
