// SPDX-License-Identifier: MPL-2.0
// What travels between the threads is recycled: the view's slot has a counterpart in
// which pictures go back to the decoder, so that a stream has three of them at most
// and none is allocated once it is warm.
// Loss is told from the sequence numbers: what is missing between two decoded pictures
// and did not arrive here is lost; what arrived and was replaced by a newer one is
// skipped.

#include "subscriber/stream.h"

#include <assert.h>
#include <czmq.h>
#include <stdatomic.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"

#define SHOWN_MAX 3 // with the one in a slot and the view's
#define DAY_US (INT64_C (86400) * 1000000)
#define FRAME_FACTOR 3   // of a message's size: what it takes to unpack it, at most
#define LEAP_MAX 1000000 // pictures lost at once; a number that leaps further is none

// A message on its way to the decoder.
typedef struct {
    zmq_msg_t message;
    uint64_t index;     // counts the messages of the stream
    int64_t arrived_us; // Unix time
} arrival_t;

struct zr_stream {
    char name[ZR_WIRE_LABEL_MAX];
    int max_age_ms;
    zr_meter_t *meter;               // any thread
    zr_slot_t *arrivals;             // arrival_t: receiver to decoder
    zr_slot_t *pictures;             // zr_shown_t: decoder to view
    zr_slot_t *used;                 // zr_shown_t: view back to decoder
    _Atomic int64_t last_arrival_us; // monotonic

    uint64_t count; // receiver's: messages so far

    zr_shown_t *spares[SHOWN_MAX]; // decoder's
    int spare_count;
    uint64_t last_seq, last_index;
    bool last_known; // the two above are of a picture
    bool said_bad;

    zr_shown_t *shown; // main thread's, or NULL
};

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
    atomic_store (&self->last_arrival_us, zclock_usecs ());
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
    s_shown_destroy (zr_slot_take (self->pictures));
    s_shown_destroy (zr_slot_take (self->used));
    while (self->spare_count)
        s_shown_destroy (self->spares[--self->spare_count]);
    s_shown_destroy (self->shown);
    zr_slot_destroy (&self->arrivals);
    zr_slot_destroy (&self->pictures);
    zr_slot_destroy (&self->used);
    zr_meter_destroy (&self->meter);
    freen (self);
    *self_p = NULL;
}

const char *
zr_stream_name (const zr_stream_t *self)
{
    return self->name;
}

void
zr_stream_offer (zr_stream_t *self, zmq_msg_t *message)
{
    int64_t now_us = zclock_usecs ();
    zr_meter_received (self->meter, now_us, zmq_msg_size (message));
    atomic_store (&self->last_arrival_us, now_us);

    arrival_t *arrival = zmalloc (sizeof *arrival);
    zmq_msg_init (&arrival->message);
    zmq_msg_move (&arrival->message, message);
    arrival->index = ++self->count;
    arrival->arrived_us = zr_clock_unix_us ();
    arrival_t *replaced = zr_slot_put (self->arrivals, arrival);
    if (replaced)
        zr_meter_skipped (self->meter, 1);
    s_arrival_destroy (replaced);
}

// Counts what is missing between the picture before and this one.
static void
s_count_lost (zr_stream_t *self, const zr_meta_t *meta, uint64_t index)
{
    if (meta->known && self->last_known && meta->seq > self->last_seq) {
        uint64_t made = meta->seq - self->last_seq;
        uint64_t came = index - self->last_index;
        if (made > came && made <= LEAP_MAX)
            zr_meter_lost (self->meter, made - came);
    }
    self->last_known = meta->known; // a smaller number: the publisher began anew
    self->last_seq = meta->seq;
    self->last_index = index;
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

static int64_t
s_size (const zr_shown_t *shown)
{
    return (int64_t) (shown->frame.capacity + shown->picture.capacity);
}

// room: bytes that the picture's memory may grow by. Returns 0, or -1 with *reason.
static int
s_decode (zr_jpeg_t *jpeg, arrival_t *arrival, zr_shown_t *shown, int64_t room,
          const char **reason)
{
    const uint8_t *payload = zmq_msg_data (&arrival->message);
    size_t size = zmq_msg_size (&arrival->message);
    size_t before = shown->frame.capacity;
    *reason = "too many large pictures at once";
    if ((int64_t) size * FRAME_FACTOR > room + (int64_t) before)
        return -1;
    if (zr_wire_unpack (payload, size, &shown->frame, reason))
        return -1;
    room -= (int64_t) (shown->frame.capacity - before);
    shown->picture.capacity_max =
        shown->picture.capacity + (size_t) (room > 0 ? room : 0);
    if (zr_jpeg_decode (jpeg, shown->frame.data, shown->frame.len, &shown->picture)) {
        *reason = zr_jpeg_error (jpeg);
        return -1;
    }
    shown->time_us =
        shown->frame.meta.known ? shown->frame.meta.time_us : arrival->arrived_us;
    return 0;
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

zr_stream_result_t
zr_stream_decode (zr_stream_t *self, zr_jpeg_t *jpeg, int64_t *room,
                  zr_stream_tap_fn *tap, void *arg)
{
    arrival_t *arrival = zr_slot_take (self->arrivals);
    if (!arrival)
        return ZR_STREAM_NOTHING;
    s_keep_spare (self, zr_slot_take (self->used));
    if (!self->spare_count)
        s_keep_spare (self, zmalloc (sizeof (zr_shown_t)));

    zr_shown_t *shown = self->spares[self->spare_count - 1];
    const char *reason = NULL;
    zr_stream_result_t result = ZR_STREAM_BAD;
    int64_t before = s_size (shown);
    int status = s_decode (jpeg, arrival, shown, *room, &reason);
    *room -= s_size (shown) - before;
    if (status == 0) {
        s_count_lost (self, &shown->frame.meta, arrival->index);
        s_measure_age (self, &shown->frame.meta);
        if (tap)
            tap (arg, self, shown);
        self->spare_count--;
        zr_shown_t *replaced = zr_slot_put (self->pictures, shown);
        if (replaced)
            zr_meter_skipped (self->meter, 1);
        s_keep_spare (self, replaced);
        result = ZR_STREAM_PICTURE;
    } else if (!self->said_bad) {
        zr_log_warn ("subscriber",
                     "%s: a message is no picture (%s); such are counted "
                     "as bad and left out",
                     self->name, reason);
        self->said_bad = true;
    }
    s_arrival_destroy (arrival);
    return result;
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
    zr_meter_picture (self->meter, zclock_usecs ());
    return newest;
}

const zr_shown_t *
zr_stream_shown (const zr_stream_t *self)
{
    return self->shown;
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
