// SPDX-License-Identifier: MPL-2.0
// What travels between the threads is recycled: the view's slot has a counterpart in
// which pictures go back to the decoder, so that a stream has four of them at most
// and none is allocated once it is warm.
// Loss is told from the sequence numbers: what is missing between two decoded pictures
// and did not arrive here is lost; what arrived and was replaced by a newer one is
// skipped, as is what was not decoded since nobody saw the stream.

#include "subscriber/stream.h"

#include <assert.h>
#include <czmq.h>
#include <stdatomic.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"

#define SHOWN_MAX 4 // one waits, one is in a slot, one is the view's
#define DAY_US (INT64_C (86400) * 1000000)
#define FRAME_FACTOR 3   // of a message's size: what it takes to unpack it, at most
#define LEAP_MAX 1000000 // pictures lost at once; a number that leaps further is none

// A message on its way to the decoder.
typedef struct {
    zmq_msg_t message;
    uint64_t index;     // counts the messages of the stream
    unsigned turn;      // of zr_stream_resume
    int64_t arrived_us; // Unix time
} arrival_t;

struct zr_stream {
    char name[ZR_WIRE_LABEL_MAX];
    int max_age_ms;
    zr_meter_t *meter;   // any thread
    zr_slot_t *arrivals; // arrival_t: receiver to decoder
    zr_slot_t *pictures; // zr_shown_t: decoder to view
    zr_slot_t *used;     // zr_shown_t: view back to decoder
    zr_slot_t *emptied;  // arrival_t without a message: back to the receiver
    _Atomic int64_t last_arrival_us;                 // monotonic
    _Atomic uint64_t wanted;                         // by the view: s_pack_size
    _Atomic uint64_t size;                           // of the newest JPEG, likewise
    zr_slot_notify_fn *notify_decoder, *notify_view; // the second may be NULL
    void *decoder;

    _Atomic (const char *) tier;

    uint64_t count; // receiver's: messages so far
    unsigned turn;  // and times that it resumed

    zr_shown_t *spares[SHOWN_MAX]; // decoder's
    int spare_count;
    int64_t memory;     // that its pictures were counted with
    zr_shown_t *hidden; // unpacked, to be decoded when the stream is shown; or NULL
    uint64_t last_seq, last_index;
    unsigned last_turn;
    bool last_known; // the two above are of a picture
    bool said_bad;

    zr_shown_t *shown; // main thread's, or NULL
};

// In one number, so that no thread ever sees half of a change.
static uint64_t
s_pack_size (int width, int height)
{
    return (uint64_t) (uint32_t) width << 32 | (uint32_t) height;
}

static void
s_unpack_size (uint64_t packed, int *width, int *height)
{
    *width = (int) (packed >> 32);
    *height = (int) (uint32_t) packed;
}

zr_stream_t *
zr_stream_new (const zr_stream_settings_t *settings)
{
    assert (settings && settings->name);
    zr_stream_t *self = zmalloc (sizeof *self);
    snprintf (self->name, sizeof self->name, "%s", settings->name);
    self->max_age_ms = settings->max_age_ms;
    self->meter = zr_meter_new ();
    self->arrivals = zr_slot_new (settings->notify_decoder, settings->decoder);
    self->pictures = zr_slot_new (settings->notify_view, settings->view);
    self->used = zr_slot_new (NULL, NULL);
    self->emptied = zr_slot_new (NULL, NULL);
    self->notify_decoder = settings->notify_decoder;
    self->notify_view = settings->notify_view;
    self->decoder = settings->decoder;
    atomic_store (&self->last_arrival_us, zclock_usecs ());
    atomic_store (&self->wanted,
                  s_pack_size (ZR_STREAM_FULL_SIZE, ZR_STREAM_FULL_SIZE));
    return self;
}

static void
s_arrival_destroy (arrival_t *arrival)
{
    if (!arrival)
        return;
    zmq_msg_close (&arrival->message);
    freen (arrival);
}

static void
s_shown_destroy (zr_shown_t *shown)
{
    if (!shown)
        return;
    zr_frame_release (&shown->frame);
    zr_picture_release (&shown->picture);
    freen (shown);
}

void
zr_stream_destroy (zr_stream_t **self_p)
{
    assert (self_p);
    zr_stream_t *self = *self_p;
    if (!self)
        return;
    s_arrival_destroy (zr_slot_take (self->arrivals));
    s_arrival_destroy (zr_slot_take (self->emptied));
    s_shown_destroy (zr_slot_take (self->pictures));
    s_shown_destroy (zr_slot_take (self->used));
    s_shown_destroy (self->hidden);
    while (self->spare_count)
        s_shown_destroy (self->spares[--self->spare_count]);
    s_shown_destroy (self->shown);
    zr_slot_destroy (&self->arrivals);
    zr_slot_destroy (&self->pictures);
    zr_slot_destroy (&self->used);
    zr_slot_destroy (&self->emptied);
    zr_meter_destroy (&self->meter);
    freen (self);
    *self_p = NULL;
}

const char *
zr_stream_name (const zr_stream_t *self)
{
    return self->name;
}

// Lets go of the message at once; the rest is for the next one. Accepts NULL.
static void
s_recycle (zr_stream_t *self, arrival_t *arrival)
{
    if (!arrival)
        return;
    zmq_msg_close (&arrival->message);
    zmq_msg_init (&arrival->message);
    s_arrival_destroy (zr_slot_put (self->emptied, arrival));
}

// One without a message.
static arrival_t *
s_take_empty (zr_stream_t *self)
{
    arrival_t *arrival = zr_slot_take (self->emptied);
    if (arrival)
        return arrival;
    arrival = zmalloc (sizeof *arrival);
    zmq_msg_init (&arrival->message);
    return arrival;
}

void
zr_stream_offer (zr_stream_t *self, zmq_msg_t *message)
{
    int64_t now_us = zclock_usecs ();
    zr_meter_received (self->meter, now_us, zmq_msg_size (message));
    atomic_store (&self->last_arrival_us, now_us);

    arrival_t *arrival = s_take_empty (self);
    zmq_msg_move (&arrival->message, message);
    arrival->index = ++self->count;
    arrival->turn = self->turn;
    arrival->arrived_us = zr_clock_unix_us ();
    arrival_t *replaced = zr_slot_put (self->arrivals, arrival);
    if (replaced)
        zr_meter_skipped (self->meter, 1);
    s_recycle (self, replaced);
}

void
zr_stream_resume (zr_stream_t *self, const char *tier)
{
    self->turn++;
    atomic_store (&self->tier, tier);
}

const char *
zr_stream_tier (const zr_stream_t *self)
{
    return atomic_load (&self->tier);
}

// Counts what is missing between the picture before and this one.
static void
s_count_lost (zr_stream_t *self, const zr_meta_t *meta, const arrival_t *arrival)
{
    if (arrival->turn == self->last_turn && meta->known && self->last_known &&
        meta->seq > self->last_seq) {
        uint64_t made = meta->seq - self->last_seq;
        uint64_t came = arrival->index - self->last_index;
        if (made > came && made <= LEAP_MAX)
            zr_meter_lost (self->meter, made - came);
    }
    self->last_known = meta->known; // a smaller number: the publisher began anew
    self->last_seq = meta->seq;
    self->last_index = arrival->index;
    self->last_turn = arrival->turn;
}

static void
s_measure_age (zr_stream_t *self, const zr_meta_t *meta)
{
    int64_t now_us = zr_clock_unix_us ();
    if (!meta->known || meta->time_us < now_us - DAY_US ||
        meta->time_us > now_us + DAY_US)
        return; // unknown, or no clock at all
    int64_t age_us = now_us - meta->time_us;
    bool late = self->max_age_ms && age_us > (int64_t) self->max_age_ms * 1000;
    zr_meter_age (self->meter, zclock_usecs (), age_us, late);
}

// Subtracts from *room what shown takes more than was counted.
static void
s_count_memory (zr_stream_t *self, zr_shown_t *shown, int64_t *room)
{
    int64_t size = (int64_t) (shown->frame.capacity + shown->picture.capacity);
    self->memory += size - shown->counted;
    *room -= size - shown->counted;
    shown->counted = size;
}

int64_t
zr_stream_memory (const zr_stream_t *self)
{
    return self->memory;
}

// Returns 0, or -1 with *reason.
static int
s_unpack (zr_jpeg_t *jpeg, arrival_t *arrival, zr_shown_t *shown, int64_t room,
          const char **reason)
{
    const uint8_t *payload = zmq_msg_data (&arrival->message);
    size_t size = zmq_msg_size (&arrival->message);
    zr_frame_t *frame = &shown->frame;
    *reason = "too many large pictures at once";
    if ((int64_t) size * FRAME_FACTOR > room + (int64_t) frame->capacity)
        return -1;
    if (zr_wire_unpack (payload, size, frame, reason))
        return -1;
    if (zr_jpeg_read_header (jpeg, frame->data, frame->len, &shown->header)) {
        *reason = zr_jpeg_error (jpeg);
        return -1;
    }
    shown->time_us = frame->meta.known ? frame->meta.time_us : arrival->arrived_us;
    return 0;
}

// At the size for a place of width by height pixels. Returns 0, or -1.
static int
s_decode_fitting (zr_jpeg_t *jpeg, zr_shown_t *shown, int width, int height)
{
    zr_jpeg_header_t header = shown->header;
    zr_jpeg_fit (&header, width, height);
    return zr_jpeg_decode_as (jpeg, shown->frame.data, shown->frame.len, &header,
                              &shown->picture);
}

// Returns 0, or -1 with *reason.
static int
s_decode (zr_jpeg_t *jpeg, zr_shown_t *shown, int width, int height, int64_t room,
          const char **reason)
{
    zr_picture_t *picture = &shown->picture;
    picture->capacity_max = picture->capacity + (size_t) (room > 0 ? room : 0);
    int status = s_decode_fitting (jpeg, shown, width, height);
    *reason = zr_jpeg_error (jpeg);
    return status;
}

// Also where both the view and the slot gave one back, so that none is freed here and
// allocated there.
static void
s_keep_spare (zr_stream_t *self, zr_shown_t *shown)
{
    if (!shown)
        return;
    assert (self->spare_count < SHOWN_MAX);
    self->spares[self->spare_count++] = shown;
}

static zr_shown_t *
s_take_spare (zr_stream_t *self)
{
    if (!self->spare_count)
        s_keep_spare (self, zmalloc (sizeof (zr_shown_t)));
    return self->spares[--self->spare_count];
}

// A newer picture has taken its place.
static void
s_skip (zr_stream_t *self, zr_shown_t *replaced)
{
    if (replaced)
        zr_meter_skipped (self->meter, 1);
    s_keep_spare (self, replaced);
}

static zr_stream_result_t
s_refuse (zr_stream_t *self, zr_shown_t *shown, const char *reason)
{
    if (!self->said_bad)
        zr_log_warn ("subscriber",
                     "%s: a message is no picture (%s); such are counted "
                     "as bad and left out",
                     self->name, reason);
    self->said_bad = true;
    s_keep_spare (self, shown);
    return ZR_STREAM_BAD;
}

// A picture that is whole goes to the view, or waits until the stream is shown.
static zr_stream_result_t
s_hand_on (zr_stream_t *self, zr_shown_t *shown, bool decoded)
{
    s_skip (self, self->hidden);
    self->hidden = decoded ? NULL : shown;
    if (decoded && self->notify_view)
        s_skip (self, zr_slot_put (self->pictures, shown));
    else if (decoded) {
        zr_meter_picture (self->meter, zclock_usecs ());
        s_keep_spare (self, zr_slot_put (self->pictures, shown));
    }
    return decoded ? ZR_STREAM_PICTURE : ZR_STREAM_HIDDEN;
}

zr_stream_result_t
zr_stream_decode (zr_stream_t *self, zr_jpeg_t *jpeg, int64_t *room,
                  zr_stream_tap_fn *tap, void *arg)
{
    int width, height;
    arrival_t *arrival = zr_slot_take (self->arrivals);
    s_keep_spare (self, zr_slot_take (self->used));
    zr_stream_wanted (self, &width, &height);
    bool wanted = width && height;
    if (!arrival && (!self->hidden || !wanted))
        return ZR_STREAM_NOTHING;

    int status = 0;
    const char *reason = NULL;
    zr_shown_t *shown = arrival ? s_take_spare (self) : self->hidden;
    if (arrival)
        status = s_unpack (jpeg, arrival, shown, *room, &reason);
    else
        self->hidden = NULL;
    s_count_memory (self, shown, room);
    if (status == 0 && wanted)
        status = s_decode (jpeg, shown, width, height, *room, &reason);
    s_count_memory (self, shown, room);
    if (status == 0 && arrival) {
        atomic_store (&self->size,
                      s_pack_size (shown->header.width, shown->header.height));
        s_count_lost (self, &shown->frame.meta, arrival);
        s_measure_age (self, &shown->frame.meta);
        if (tap)
            tap (arg, self, shown);
    }
    s_recycle (self, arrival);
    return status ? s_refuse (self, shown, reason) : s_hand_on (self, shown, wanted);
}

const zr_shown_t *
zr_stream_take (zr_stream_t *self)
{
    zr_shown_t *newest = zr_slot_take (self->pictures);
    if (!newest)
        return NULL;
    if (self->shown)
        s_shown_destroy (zr_slot_put (self->used, self->shown));
    self->shown = newest;
    if (self->notify_view)
        zr_meter_picture (self->meter, zclock_usecs ());
    return newest;
}

const zr_shown_t *
zr_stream_shown (const zr_stream_t *self)
{
    return self->shown;
}

bool
zr_stream_sharpen (zr_stream_t *self, zr_jpeg_t *jpeg)
{
    zr_shown_t *shown = self->shown;
    int width, height;
    zr_stream_wanted (self, &width, &height);
    if (!shown || (shown->picture.width >= shown->header.width &&
                   shown->picture.height >= shown->header.height))
        return false;
    if (shown->picture.width >= width && shown->picture.height >= height)
        return false;
    shown->picture.capacity_max = 0; // the decoder counts it when it is given back
    // It was decoded before: whatever comes of it now is shown.
    s_decode_fitting (jpeg, shown, width, height);
    return true;
}

void
zr_stream_report (zr_stream_t *self, bool restart, zr_meter_report_t *report)
{
    zr_meter_report (self->meter, zclock_usecs (), restart, report);
}

int64_t
zr_stream_silence_us (zr_stream_t *self)
{
    return zclock_usecs () - atomic_load (&self->last_arrival_us);
}

void
zr_stream_want (zr_stream_t *self, int width, int height)
{
    assert (width >= 0 && height >= 0);
    uint64_t size = s_pack_size (width, height);
    if (atomic_exchange (&self->wanted, size) != size && size && self->notify_decoder)
        self->notify_decoder (self->decoder);
}

void
zr_stream_wanted (const zr_stream_t *self, int *width, int *height)
{
    s_unpack_size (atomic_load (&self->wanted), width, height);
}

void
zr_stream_size (const zr_stream_t *self, int *width, int *height)
{
    s_unpack_size (atomic_load (&self->size), width, height);
}
