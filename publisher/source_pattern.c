// SPDX-License-Identifier: MPL-2.0
// The test pattern as a source: pattern.c draws, this file keeps the time. Picture n
// is due n / fps after the start by the monotonic clock; a grab hands out the newest
// that is due, so a slow consumer sees gaps in the numbers and never a queue.
//
// Runs on the publisher's thread. After a pause the next number comes at once and
// time is counted from there.

#include "publisher/source.h"

#include <assert.h>
#include <czmq.h>
#include <time.h>

#include "common/log.h"
#include "publisher/pattern.h"

#define WIDTH_DEFAULT 1280
#define FPS_DEFAULT 30
#define SECOND_NS INT64_C (1000000000)

typedef struct {
    zr_pattern_t *pattern;
    int fps;
    bool running;     // start_ns holds
    int64_t start_ns; // when picture `first` was due, monotonic
    uint64_t first;
    uint64_t next; // number not handed out yet
    char description[64];
} s_source_t;

static int64_t
s_clock_ns (clockid_t clock)
{
    struct timespec now;
    clock_gettime (clock, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

// When picture `number` is due. Rounded up, so that s_newest agrees at that very time.
static int64_t
s_due_ns (const s_source_t *self, uint64_t number)
{
    int64_t count = (int64_t) (number - self->first);
    int64_t part = count % self->fps * SECOND_NS;
    return self->start_ns + count / self->fps * SECOND_NS +
           (part + self->fps - 1) / self->fps;
}

static uint64_t
s_newest (const s_source_t *self, int64_t now_ns)
{
    int64_t elapsed = now_ns - self->start_ns;
    return self->first + (uint64_t) (elapsed / SECOND_NS * self->fps +
                                     elapsed % SECOND_NS * self->fps / SECOND_NS);
}

static void
s_close (void **self_p)
{
    assert (self_p);
    s_source_t *self = *self_p;
    if (!self)
        return;
    zr_pattern_destroy (&self->pattern);
    freen (self);
    *self_p = NULL;
}

static void *
s_open (const zr_source_settings_t *settings)
{
    assert (settings);
    int width = settings->width > 0 ? settings->width : WIDTH_DEFAULT;
    int height = (width * 9 + 16) / 32 * 2; // 16:9, to the nearest even number
    if (height < 2)
        height = 2;
    s_source_t *self = (s_source_t *) zmalloc (sizeof *self);
    self->fps = settings->fps > 0 ? settings->fps : FPS_DEFAULT;
    self->pattern = zr_pattern_new (width, height, self->fps);
    if (!self->pattern) {
        zr_log_error ("source_pattern", "a width of %d is too much: at most %d", width,
                      ZR_PICTURE_SIDE_MAX);
        void *source = self;
        s_close (&source);
        return NULL;
    }
    snprintf (self->description, sizeof self->description, "%dx%d test pattern, %d fps",
              width, height, self->fps);
    return self;
}

// Sleeps until due_ns, at most timeout_ms. Returns whether it is due; a signal may
// have come before that.
static bool
s_wait (int64_t due_ns, int timeout_ms)
{
    int64_t now_ns = s_clock_ns (CLOCK_MONOTONIC);
    int64_t until_ns = now_ns + timeout_ms * INT64_C (1000000);
    if (until_ns > due_ns)
        until_ns = due_ns;
    if (until_ns > now_ns) {
        struct timespec until = {.tv_sec = until_ns / SECOND_NS,
                                 .tv_nsec = until_ns % SECOND_NS};
        clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        now_ns = s_clock_ns (CLOCK_MONOTONIC);
    }
    return now_ns >= due_ns;
}

static zr_grab_t
s_grab (void *source, int timeout_ms, zr_shot_t *shot)
{
    s_source_t *self = source;
    assert (self && shot);
    assert (timeout_ms >= 0);
    if (!self->running) {
        self->start_ns = s_clock_ns (CLOCK_MONOTONIC);
        self->first = self->next;
        self->running = true;
    }
    if (!s_wait (s_due_ns (self, self->next), timeout_ms))
        return ZR_GRAB_NOTHING;

    uint64_t number = s_newest (self, s_clock_ns (CLOCK_MONOTONIC));
    self->next = number + 1;
    *shot = (zr_shot_t){.picture = *zr_pattern_draw (self->pattern, number)};
    shot->picture.memory = NULL; // the pattern's
    shot->picture.capacity = 0;
    shot->time_us = s_clock_ns (CLOCK_REALTIME) / 1000;
    return ZR_GRAB_SHOT;
}

static void
s_pause (void *source)
{
    s_source_t *self = source;
    assert (self);
    self->running = false;
}

static const char *
s_describe (void *source)
{
    s_source_t *self = source;
    assert (self);
    return self->description;
}

const zr_source_ops_t zr_source_pattern = {
    .name = "pattern",
    .open = s_open,
    .grab = s_grab,
    .pause = s_pause,
    .describe = s_describe,
    .close = s_close,
};
