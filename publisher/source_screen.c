// SPDX-License-Identifier: MPL-2.0
// The X11 screen as a source, by FFmpeg's x11grab. It is asked for a picture when one
// is due and takes it there and then, so none is ever old; its own pacing, which sleeps
// in the call, is out of the way because it is told a rate that it is always behind.
//
// libavdevice is not linked: that would cost every publisher 11 to 16 MiB of memory for
// libraries that only this file needs. It is loaded when a screen is opened.
// Runs on the publisher's thread. Left out: parts of the screen, Wayland (where other
// programs' windows are black), and following the pointer.

#include "publisher/source.h"

#include <assert.h>
#include <czmq.h>
#include <dlfcn.h>

#include <libavdevice/version.h>

#include "common/clock.h"
#include "common/log.h"
#include "publisher/media.h"
#include "publisher/media_scaler.h"

#define SUBJECT "source_screen"
#define FPS_DEFAULT 30
#define SECOND_US INT64_C (1000000)

typedef struct {
    zr_media_t *media;
    zr_media_scaler_t *scaler;
    zr_media_picture_t picture;
    int64_t interval_us;
    int64_t due_us; // of the next picture, monotonic; 0: at once
    char description[ZR_MEDIA_TEXT_MAX + 32];
} s_source_t;

// Makes FFmpeg know x11grab. The library stays loaded: FFmpeg keeps pointers into it.
static int
s_load_devices (void)
{
    const int major = LIBAVDEVICE_VERSION_MAJOR; // Debian's package has it in its name
    char file[32];
    snprintf (file, sizeof file, "libavdevice.so.%d", major);
    void *library = dlopen (file, RTLD_NOW);
    if (!library) {
        zr_log_error (
            SUBJECT,
            "the screen cannot be captured without libavdevice (on Debian: apt "
            "install libavdevice%d): %s",
            major, dlerror ());
        return -1;
    }
    void (*register_all) (void);
    void *symbol = dlsym (library, "avdevice_register_all");
    if (!symbol) {
        zr_log_error (SUBJECT, "%s is not FFmpeg's: %s", file, dlerror ());
        return -1;
    }
    memcpy (&register_all, &symbol, sizeof symbol); // ISO C has no such cast
    register_all ();
    return 0;
}

static void
s_close (void **self_p)
{
    assert (self_p);
    s_source_t *self = *self_p;
    if (!self)
        return;
    zr_media_destroy (&self->media);
    zr_media_scaler_destroy (&self->scaler);
    av_frame_free (&self->picture.frame);
    freen (self);
    *self_p = NULL;
}

static void
s_write_description (s_source_t *self, const char *display, int width_max)
{
    AVFrame *frame = self->picture.frame;
    int degrees;
    zr_media_preview (self->media, frame, &degrees);
    zr_media_size_t whole = {frame->width, frame->height};
    zr_media_size_t sent =
        zr_media_scaler_fit (whole, (AVRational){1, 1}, 0, width_max);
    size_t len = (size_t) snprintf (
        self->description, sizeof self->description, "%dx%d screen %s, %d fps",
        whole.width, whole.height, display, (int) (SECOND_US / self->interval_us));
    if (len < sizeof self->description && sent.width != whole.width)
        snprintf (self->description + len, sizeof self->description - len,
                  ", sent as %dx%d", sent.width, sent.height);
}

static void *
s_open (const zr_source_settings_t *settings)
{
    assert (settings);
    static const char *const options[] = {"framerate", "1000", NULL};
    // A location such as ":1" or "host:0.1" is a display; "screen" is the usual one.
    const char *display = settings->location && strchr (settings->location, ':')
                              ? settings->location
                              : getenv ("DISPLAY");
    if (!display || !*display) {
        zr_log_error (SUBJECT, "there is no screen to capture: DISPLAY is not set; "
                               "start this in an X11 session");
        return NULL;
    }
    if (s_load_devices ())
        return NULL;
    zr_media_settings_t place = {.subject = SUBJECT,
                                 .location = display,
                                 .format = "x11grab",
                                 .options = options};
    s_source_t *self = zmalloc (sizeof *self);
    self->picture.frame = av_frame_alloc ();
    assert (self->picture.frame);
    self->interval_us = SECOND_US / (settings->fps > 0 ? settings->fps : FPS_DEFAULT);
    self->scaler = zr_media_scaler_new (SUBJECT, settings->width);
    self->media = zr_media_new (&place);
    if (self->media)
        s_write_description (self, display, settings->width);
    else {
        void *source = self;
        s_close (&source);
        return NULL;
    }
    const char *session = getenv ("XDG_SESSION_TYPE");
    if (session && streq (session, "wayland"))
        zr_log_warn (SUBJECT, "this is a Wayland session: only windows of X11 programs "
                              "can be seen");
    return self;
}

// One picture, taken now. A screen that has changed its size is opened anew.
static int
s_capture (s_source_t *self)
{
    zr_media_result_t result = zr_media_read (self->media, &self->picture);
    if (result == ZR_MEDIA_PICTURE)
        return 0;
    if (result != ZR_MEDIA_STOPPED && zr_media_rewind (self->media) == 0)
        result = zr_media_read (self->media, &self->picture);
    if (result == ZR_MEDIA_PICTURE)
        return 0;
    if (result != ZR_MEDIA_STOPPED)
        zr_log_error (SUBJECT, "%s cannot be captured any more: has its session ended?",
                      zr_media_label (self->media));
    return -1;
}

static zr_grab_t
s_grab (void *source, int timeout_ms, zr_shot_t *shot)
{
    s_source_t *self = source;
    assert (self && shot);
    assert (timeout_ms >= 0);
    int64_t now_us = zr_clock_us ();
    int64_t until_us = now_us + timeout_ms * INT64_C (1000);
    if (self->due_us > now_us) {
        int64_t wake_us = self->due_us < until_us ? self->due_us : until_us;
        struct timespec wake = {.tv_sec = wake_us / SECOND_US,
                                .tv_nsec = wake_us % SECOND_US * 1000};
        clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
        now_us = zr_clock_us ();
        if (now_us < self->due_us)
            return ZR_GRAB_NOTHING;
    }
    // Keep in step; after a pause, or where it takes longer, start from now.
    bool behind = now_us - self->due_us > self->interval_us;
    self->due_us = (behind ? now_us : self->due_us) + self->interval_us;

    int64_t time_us = zr_clock_unix_us ();
    if (s_capture (self))
        return zsys_interrupted ? ZR_GRAB_NOTHING : ZR_GRAB_FAILED;
    zr_picture_t view;
    if (zr_media_scaler_convert (self->scaler, self->picture.frame, 0, &view))
        return ZR_GRAB_FAILED;
    *shot = (zr_shot_t){.picture = view, .time_us = time_us};
    return ZR_GRAB_SHOT;
}

static void
s_pause (void *source)
{
    s_source_t *self = source;
    assert (self);
    self->due_us = 0;
}

static const char *
s_describe (void *source)
{
    s_source_t *self = source;
    assert (self);
    return self->description;
}

const zr_source_ops_t zr_source_screen = {
    .name = "screen",
    .open = s_open,
    .grab = s_grab,
    .pause = s_pause,
    .describe = s_describe,
    .close = s_close,
};
