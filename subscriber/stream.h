// SPDX-License-Identifier: MPL-2.0
// One stream on its way through the subscriber: message in, picture out. Three threads
// meet here, each with functions of its own; between them are slots, where the newest
// wins.
//
//     receiver --offer--> [slot] --decode--> [slot] --take--> view

#ifndef ZR_STREAM_H
#define ZR_STREAM_H

#include <limits.h>
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
    zr_jpeg_header_t header;
    zr_picture_t picture; // may be smaller: not below the size that is wanted
    int64_t time_us; // Unix time: of capture if the picture says one, else of arrival
    int64_t counted; // the decoder's: bytes of memory that it has counted
} zr_shown_t;

// name is what people see, printable UTF-8. notify_decoder and notify_view are called
// when something waits for them (slot.h). notify_view may be NULL: nobody waits for
// pictures, and each counts as shown when it is decoded. max_age_ms: older pictures
// count as late; 0: none do.
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

// Receiver's thread: what is offered from now on comes by another connection, in that
// tier (a constant text, NULL: none was named); what is missing before it is not lost.
void zr_stream_resume (zr_stream_t *self, const char *tier);

// Any thread: the tier; NULL if none was named.
const char *zr_stream_tier (const zr_stream_t *self);

typedef enum {
    ZR_STREAM_NOTHING, // nothing is to be done
    ZR_STREAM_PICTURE, // a picture was handed on to the view
    ZR_STREAM_HIDDEN,  // the stream is not shown now: its picture waits, as JPEG
    ZR_STREAM_BAD,     // it was no picture; said once
} zr_stream_result_t;

// Called with each picture before the view gets it, on the decoder's thread; also of a
// stream that is not shown, where shown->picture has nothing in it.
typedef void (zr_stream_tap_fn) (void *arg, const zr_stream_t *self,
                                 const zr_shown_t *shown);

// Decoder's thread: unpacks the newest message, if there is one, and decodes it at the
// size that is wanted, if it is. A picture that waited is decoded when it is wanted,
// and counts as skipped when a newer one takes its place. *room is how many bytes the
// pictures of all streams may still take: what this one takes more than before is
// subtracted, and a picture that would take more than there is is bad. tap may be NULL.
zr_stream_result_t zr_stream_decode (zr_stream_t *self, zr_jpeg_t *jpeg, int64_t *room,
                                     zr_stream_tap_fn *tap, void *arg);

// Bytes that decode has subtracted from *room so far: to be given back when the stream
// goes. Decoder's thread, or any when that is done with the stream.
int64_t zr_stream_memory (const zr_stream_t *self);

// Main thread: the newest picture since the last call, or NULL. It stays valid until
// the next call that returns one.
const zr_shown_t *zr_stream_take (zr_stream_t *self);

// Main thread: the picture that take gave last, or NULL before the first.
const zr_shown_t *zr_stream_shown (const zr_stream_t *self);

// Main thread: decodes the picture that take gave last once more if it is smaller than
// what is wanted now. Returns whether it has changed.
bool zr_stream_sharpen (zr_stream_t *self, zr_jpeg_t *jpeg);

// Main thread: the stream is shown at so many pixels from now on; 0, 0: not at all.
// Before the first call it is shown at full size. Wakes the decoder when a picture
// may be waiting for it.
void zr_stream_want (zr_stream_t *self, int width, int height);

// Any thread: what zr_stream_want said last; ZR_STREAM_FULL_SIZE both before that.
#define ZR_STREAM_FULL_SIZE INT_MAX // larger than any picture
void zr_stream_wanted (const zr_stream_t *self, int *width, int *height);

// Any thread: the size of the newest JPEG, shown or not; 0, 0 before the first.
void zr_stream_size (const zr_stream_t *self, int *width, int *height);

// Main thread: figures as of now (meter.h), and for how long nothing arrived.
void zr_stream_report (zr_stream_t *self, bool restart, zr_meter_report_t *report);
int64_t zr_stream_silence_us (zr_stream_t *self);

#endif
