// SPDX-License-Identifier: MPL-2.0
// A picture is due at base + stamp. One that is late by more than its own duration is
// left out, so that the film catches up; but one every fifth of a second is shown all
// the same, so that a machine too slow for the film still shows it moving. Late by more
// than a second, there is nothing to catch up with: the clock is set back.
// Nothing here knows threads or files.

#include "publisher/media_clock.h"

#include <assert.h>

#define LATE_MAX_US 1000000  // later than this, the clock is set back
#define UNSEEN_MAX_US 200000 // a picture is shown after so long, however late
#define ABSENT_US 500000     // not asked for so long, the film stood still

int64_t
zr_media_timeline_place (zr_media_timeline_t *self, int64_t stamp_us,
                         int64_t duration_us, int64_t gap_us)
{
    assert (self && duration_us > 0 && gap_us >= 0);
    int64_t place_us = self->next_us;
    if (stamp_us != ZR_MEDIA_TIME_UNKNOWN) {
        int64_t shifted_us = stamp_us + self->shift_us;
        if (self->started && shifted_us > self->last_us &&
            shifted_us <= self->next_us + gap_us)
            place_us = shifted_us;
        else
            self->shift_us = place_us - stamp_us;
        self->started = true;
    }
    self->last_us = place_us;
    self->next_us = place_us + duration_us;
    return place_us;
}

void
zr_media_timeline_restart (zr_media_timeline_t *self)
{
    assert (self);
    self->started = false;
}

void
zr_media_clock_init (zr_media_clock_t *self, int fps)
{
    assert (self && fps >= 0);
    *self = (zr_media_clock_t){.interval_us = fps ? 1000000 / fps : 0};
}

void
zr_media_clock_hold (zr_media_clock_t *self)
{
    assert (self);
    self->running = false;
}

void
zr_media_clock_ask (zr_media_clock_t *self, int64_t now_us)
{
    assert (self);
    if (now_us - self->asked_us > ABSENT_US)
        self->running = false;
    self->asked_us = now_us;
}

bool
zr_media_clock_wants (zr_media_clock_t *self, int64_t stamp_us)
{
    assert (self);
    if (!self->interval_us)
        return true;
    // Stamps are rounded in most files: a little early is in time.
    int64_t slack_us = self->interval_us / 4;
    if (self->limited && stamp_us < self->wanted_us - slack_us)
        return false;
    int64_t base_us = self->limited ? self->wanted_us : stamp_us;
    if (stamp_us > base_us + self->interval_us)
        base_us = stamp_us; // slower than the limit: nothing to make up for
    self->wanted_us = base_us + self->interval_us;
    self->limited = true;
    return true;
}

zr_media_verdict_t
zr_media_clock_judge (zr_media_clock_t *self, int64_t stamp_us, int64_t duration_us,
                      int64_t now_us, int64_t *due_us)
{
    assert (self && due_us);
    if (!self->running) {
        self->running = true;
        self->base_us = now_us - stamp_us;
    }
    *due_us = self->base_us + stamp_us;
    int64_t late_us = now_us - *due_us;
    if (late_us > LATE_MAX_US) {
        self->base_us += late_us;
        *due_us = now_us;
        return ZR_MEDIA_REBASED;
    }
    int64_t patience_us =
        duration_us > self->interval_us ? duration_us : self->interval_us;
    if (late_us > patience_us && now_us - self->shown_us < UNSEEN_MAX_US)
        return ZR_MEDIA_LEAVE;
    return ZR_MEDIA_SHOW;
}

void
zr_media_clock_show (zr_media_clock_t *self, int64_t now_us)
{
    assert (self);
    self->shown_us = now_us;
}
