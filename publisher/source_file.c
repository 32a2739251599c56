// SPDX-License-Identifier: MPL-2.0
// A video file or URL as a source: media_feed decodes ahead on its thread, media_clock
// says when each picture is due, media_scaler makes it fit to be compressed. A picture
// is converted as soon as it is there and then waits for its time. Those left out are
// not converted. What is live is not held back: it comes as it comes.
//
// Runs on the publisher's thread. Left out: sound, subtitles, deinterlacing, choosing
// among several videos in one file (the largest is taken).

#include "publisher/source.h"

#include <assert.h>
#include <czmq.h>

#include "common/clock.h"
#include "common/log.h"
#include "publisher/media.h"
#include "publisher/media_clock.h"
#include "publisher/media_feed.h"
#include "publisher/media_scaler.h"

#define SUBJECT "source_file"

typedef struct {
    zr_media_feed_t *feed;
    zr_media_scaler_t *scaler;
    zr_media_clock_t clock;
    zr_media_picture_t next; // not handed out yet, or handed out last
    bool pending;            // next is to be handed out
    bool converted;          // and view shows it
    zr_picture_t view;       // of next: borrowed
    bool told_slow;
    char label[ZR_MEDIA_TEXT_MAX];
    char description[ZR_MEDIA_TEXT_MAX + 32];
} s_source_t;

static void
s_sleep_until (int64_t time_us)
{
    struct timespec until = {.tv_sec = time_us / 1000000,
                             .tv_nsec = time_us % 1000000 * 1000};
    clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void
s_close (void **self_p)
{
    assert (self_p);
    s_source_t *self = *self_p;
    if (!self)
        return;
    zr_media_feed_destroy (&self->feed);
    zr_media_scaler_destroy (&self->scaler);
    av_frame_free (&self->next.frame);
    freen (self);
    *self_p = NULL;
}

static void
s_write_description (s_source_t *self, const zr_media_t *media, int width_max)
{
    AVFrame *frame = self->next.frame;
    int degrees;
    zr_media_preview (media, frame, &degrees);
    zr_media_size_t coded = {frame->width, frame->height};
    zr_media_size_t sent =
        zr_media_scaler_fit (coded, frame->sample_aspect_ratio, degrees, width_max);
    size_t len = (size_t) snprintf (self->description, sizeof self->description, "%s",
                                    zr_media_describe (media));
    if (sent.width != coded.width || sent.height != coded.height)
        snprintf (self->description + len, sizeof self->description - len,
                  ", sent as %dx%d", sent.width, sent.height);
}

static void *
s_open (const zr_source_settings_t *settings)
{
    assert (settings && settings->location);
    zr_media_settings_t place = {.subject = SUBJECT, .location = settings->location};
    zr_media_t *media = zr_media_new (&place);
    if (!media)
        return NULL;
    s_source_t *self = zmalloc (sizeof *self);
    self->next.frame = av_frame_alloc ();
    assert (self->next.frame);
    self->scaler = zr_media_scaler_new (SUBJECT, settings->width);
    zr_media_clock_init (&self->clock, settings->fps);
    snprintf (self->label, sizeof self->label, "%s", zr_media_label (media));
    s_write_description (self, media, settings->width);
    self->feed = zr_media_feed_new (SUBJECT, &media, settings->loop);
    return self;
}

// Once, as it will not get better by itself.
static void
s_tell_slow (s_source_t *self)
{
    if (!self->told_slow)
        zr_log_warn (SUBJECT,
                     "%s does not come as fast as it should play: this machine, or the "
                     "way to it, is too slow; pictures are left out",
                     self->label);
    self->told_slow = true;
}

static zr_grab_t
s_hand_out (s_source_t *self, int64_t time_us, zr_shot_t *shot)
{
    *shot = (zr_shot_t){.picture = self->view, .time_us = time_us};
    self->pending = false;
    return ZR_GRAB_SHOT;
}

static int
s_convert (s_source_t *self)
{
    if (!self->converted && zr_media_scaler_convert (self->scaler, self->next.frame,
                                                     self->next.degrees, &self->view))
        return -1;
    self->converted = true;
    if (self->view.planes[0] != self->next.frame->data[0])
        av_frame_unref (self->next.frame); // decoders are short of them
    return 0;
}

// Takes what the feed has into next, unless something is pending there.
static zr_grab_t
s_take (s_source_t *self, int64_t until_us)
{
    if (self->pending)
        return ZR_GRAB_SHOT;
    zr_grab_t result = zr_media_feed_take (self->feed, until_us, &self->next);
    self->converted = false;
    self->pending = result == ZR_GRAB_SHOT;
    return result;
}

static zr_grab_t
s_grab_live (s_source_t *self, int64_t until_us, zr_shot_t *shot)
{
    for (;;) {
        zr_grab_t result = s_take (self, until_us);
        if (result != ZR_GRAB_SHOT)
            return result;
        if (zr_media_clock_wants (&self->clock, self->next.time_us))
            break;
        self->pending = false;
    }
    if (s_convert (self))
        return ZR_GRAB_FAILED;
    return s_hand_out (self, self->next.time_us, shot);
}

// What is to become of the pending picture, with when it is due in *due_us. Leaves
// pending false if it is left out.
static void
s_judge (s_source_t *self, int64_t *due_us)
{
    if (!self->converted && !zr_media_clock_wants (&self->clock, self->next.stamp_us)) {
        self->pending = false;
        return;
    }
    zr_media_verdict_t verdict =
        zr_media_clock_judge (&self->clock, self->next.stamp_us, self->next.duration_us,
                              zr_clock_us (), due_us);
    if (verdict == ZR_MEDIA_REBASED)
        s_tell_slow (self);
    self->pending = verdict != ZR_MEDIA_LEAVE;
}

static zr_grab_t
s_grab_paced (s_source_t *self, int64_t until_us, zr_shot_t *shot)
{
    int64_t due_us = 0;
    do {
        zr_grab_t result = s_take (self, until_us);
        if (result != ZR_GRAB_SHOT)
            return result;
        s_judge (self, &due_us);
        if (!self->pending && zr_clock_us () >= until_us)
            return ZR_GRAB_NOTHING;
    } while (!self->pending);
    if (s_convert (self))
        return ZR_GRAB_FAILED;

    s_sleep_until (due_us < until_us ? due_us : until_us);
    int64_t now_us = zr_clock_us ();
    if (now_us < due_us)
        return ZR_GRAB_NOTHING;
    zr_media_clock_show (&self->clock, now_us);
    return s_hand_out (self, zr_clock_unix_us (), shot);
}

static zr_grab_t
s_grab (void *source, int timeout_ms, zr_shot_t *shot)
{
    s_source_t *self = source;
    assert (self && shot);
    assert (timeout_ms >= 0);
    int64_t now_us = zr_clock_us ();
    int64_t until_us = now_us + timeout_ms * INT64_C (1000);
    if (zr_media_feed_is_live (self->feed))
        return s_grab_live (self, until_us, shot);
    zr_media_clock_ask (&self->clock, now_us);
    return s_grab_paced (self, until_us, shot);
}

static void
s_pause (void *source)
{
    s_source_t *self = source;
    assert (self);
    zr_media_clock_hold (&self->clock);
    if (zr_media_feed_is_live (self->feed))
        self->pending = false;
    zr_media_feed_rest (self->feed);
}

static const char *
s_describe (void *source)
{
    s_source_t *self = source;
    assert (self);
    return self->description;
}

const zr_source_ops_t zr_source_file = {
    .name = "file",
    .open = s_open,
    .grab = s_grab,
    .pause = s_pause,
    .describe = s_describe,
    .close = s_close,
};
