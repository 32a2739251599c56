// SPDX-License-Identifier: MPL-2.0
// The camera as a source: camera_device.c talks to V4L2, this file has the policy. A
// camera's own JPEGs are handed through as they are, anything else as a picture of
// full range; of several pictures that wait only the newest is taken.
//
// Runs on the publisher's thread. The camera is switched on by the first grab, and
// again by the first one after a pause. One that is lost (unplugged, or silent) is
// closed, looked for and opened again every second from within grab; meanwhile a
// picture that says so is the shot, once a second. In words it is said once when it
// goes and once when it is back.

#include "publisher/source.h"

#include <assert.h>
#include <czmq.h>
#include <poll.h>

#include "common/clock.h"
#include "common/log.h"
#include "publisher/camera_controls.h"
#include "publisher/camera_device.h"
#include "publisher/camera_jpeg.h"
#include "publisher/no_signal.h"

#define RETRY_MS 1000
#define NOTICE_MS 1000  // between two pictures that say why there is none
#define BROKEN_MAX 5    // in a row until it is said
#define SILENCE_MS 3000 // without a good picture: the camera is lost
#define WARM_UP_MS 6000 // likewise, after it was switched on

typedef struct {
    zr_camera_device_t *device;
    zr_camera_pixels_t *pixels;
    zr_camera_jpeg_t *jpeg;
    zr_camera_wish_t wish;
    zr_list_t controls;
    zr_camera_identity_t identity; // by which it is known when it comes back
    char wanted[256];              // the path, as it was named
    char path[256];                // and where the camera is now
    char lost[160];                // why it is, as was said; empty while it is not
    int broken;                    // pictures in a row that were damaged
    uint64_t damaged;              // all of them
    int64_t retry_ms;              // when to open or switch it on again, monotonic
    int64_t silence_ms;   // when it is lost, if no good picture comes until then
    int64_t notice_ms;    // when the next picture without signal is due
    zr_picture_t picture; // what a raw buffer was unpacked to, or one without signal
    char description[200];
} s_source_t;

static void
s_close (void **self_p)
{
    assert (self_p);
    s_source_t *self = *self_p;
    if (!self)
        return;
    zr_camera_device_destroy (&self->device);
    zr_camera_pixels_destroy (&self->pixels);
    zr_camera_jpeg_destroy (&self->jpeg);
    zr_picture_release (&self->picture);
    freen (self);
    *self_p = NULL;
}

// One line of what the device was set to, and of what it has not.
static void
s_note_format (s_source_t *self)
{
    const zr_camera_format_t *format = zr_camera_device_format (self->device);
    const zr_camera_wish_t *wish = &self->wish;
    char name[5], rate[24] = "", width[48] = "", fps[48] = "";
    zr_camera_pixels_name (format->fourcc, name);
    if (format->fps > 0)
        snprintf (rate, sizeof rate, ", %.4g fps", format->fps);
    if (wish->width && wish->width != format->width)
        snprintf (width, sizeof width, " (nearest to --width %d)", wish->width);
    if (wish->fps && format->fps > 0 && (int) (format->fps + 0.5) != wish->fps)
        snprintf (fps, sizeof fps, " (nearest to --fps %d)", wish->fps);
    snprintf (self->description, sizeof self->description, "%dx%d%s %s%s%s%s, %s",
              format->width, format->height, width, name,
              format->emulated ? " (converted)" : "", rate, fps,
              zr_camera_device_card (self->device));
}

static int
s_open_device (s_source_t *self)
{
    if (zr_camera_device_open (self->device, self->path, &self->wish) < 0)
        return -1;
    s_note_format (self);
    return 0;
}

// Sets what --set says. A camera that was pulled out has forgotten it, so this is done
// after each opening; the first time what is wrong ends the program.
static int
s_set_controls (s_source_t *self, bool first)
{
    char said[256];
    int fd = zr_camera_device_fd (self->device);
    for (int i = 0; i < self->controls.count; i++) {
        int status =
            zr_camera_controls_set (fd, self->controls.items[i], said, sizeof said);
        if (status == 0 && first)
            zr_log_info ("source_camera", "%s", said);
        else if (status && !first)
            zr_log_warn ("source_camera", "--set %s: %s", self->controls.items[i],
                         said);
        else if (status) {
            zr_log_error ("source_camera", "--set %s: %s", self->controls.items[i],
                          said);
            if (status == ZR_CAMERA_CONTROL_UNKNOWN)
                zr_camera_controls_print (stderr, fd);
            return -1;
        }
    }
    return 0;
}

// The camera is open for the first time.
static int
s_settle (s_source_t *self, bool *wrong_call)
{
    *wrong_call = s_set_controls (self, true) != 0;
    if (*wrong_call)
        return -1;
    if (zr_camera_device_format (self->device)->fixed_quality)
        zr_log_warn ("source_camera", "this camera compresses by itself, as it sees "
                                      "fit: --quality has no effect");
    return zr_camera_identity_read (self->path, &self->identity);
}

// Finds the camera, wherever it was plugged in again, and opens it. Returns whether it
// is open; if not, why is in the device's error, unless it is just not there.
static bool
s_reopen (s_source_t *self, const char **why)
{
    *why = self->lost;
    if (zr_camera_finder_again (&self->identity, self->wanted, self->path,
                                sizeof self->path) < 0)
        return false;
    if (s_open_device (self) < 0) {
        *why = zr_camera_device_error (self->device);
        return false;
    }
    s_set_controls (self, false);
    return true;
}

static int
s_begin (s_source_t *self, const zr_source_settings_t *settings, bool *wrong_call)
{
    self->wish = (zr_camera_wish_t){.width = settings->width,
                                    .height = settings->height,
                                    .fps = settings->fps,
                                    .quality = settings->quality};
    if (settings->format) {
        self->wish.fourcc = zr_camera_pixels_parse (settings->format);
        if (!self->wish.fourcc) {
            *wrong_call = true;
            zr_log_error ("source_camera",
                          "--format %s: no such format that can be "
                          "read; try MJPG, YUYV or NV12",
                          settings->format);
            return -1;
        }
    }
    char error[320];
    if (zr_camera_finder_resolve (settings->location, self->wanted, sizeof self->wanted,
                                  error, sizeof error) < 0) {
        zr_log_error ("source_camera", "%s", error);
        return -1;
    }
    snprintf (self->path, sizeof self->path, "%s", self->wanted);
    self->controls = settings->controls;
    if (s_open_device (self) < 0) {
        zr_log_error ("source_camera", "%s: %s", self->path,
                      zr_camera_device_error (self->device));
        return -1;
    }
    return s_settle (self, wrong_call);
}

static void *
s_open (const zr_source_settings_t *settings)
{
    assert (settings);
    s_source_t *self = (s_source_t *) zmalloc (sizeof *self);
    void *source = self;
    self->device = zr_camera_device_new ();
    self->pixels = zr_camera_pixels_new ();
    self->jpeg = zr_camera_jpeg_new ();
    bool wrong_call = false;
    if (s_begin (self, settings, &wrong_call) < 0)
        s_close (&source);
    if (settings->wrong_call)
        *settings->wrong_call = wrong_call;
    return source;
}

// Gives the camera up for now; the next try is in a second.
static void
s_lose (s_source_t *self, const char *why)
{
    if (why != self->lost && strcmp (self->lost, why) != 0)
        zr_log_warn ("source_camera",
                     "%s: %s; viewers see \"no signal\" until it is back", self->path,
                     why);
    if (!*self->lost)
        self->notice_ms = 0; // at once
    if (why != self->lost)
        snprintf (self->lost, sizeof self->lost, "%s", why);
    zr_camera_device_close (self->device);
    self->retry_ms = zclock_mono () + RETRY_MS;
}

// Has the camera opened and switched on, waiting at most timeout_ms until the next try
// is due. Returns whether it is.
static bool
s_start (s_source_t *self, int timeout_ms)
{
    if (zr_camera_device_is_streaming (self->device))
        return true;
    int64_t wait_ms = self->retry_ms - zclock_mono ();
    if (wait_ms > 0) {
        poll (NULL, 0, wait_ms < timeout_ms ? (int) wait_ms : timeout_ms);
        if (wait_ms > timeout_ms)
            return false;
    }
    const char *why;
    if (!zr_camera_device_is_open (self->device) && !s_reopen (self, &why)) {
        s_lose (self, why);
        return false;
    }
    if (zr_camera_device_start (self->device) < 0) {
        s_lose (self, zr_camera_device_error (self->device));
        return false;
    }
    self->silence_ms = zclock_mono () + WARM_UP_MS;
    return true;
}

// Makes a shot of what the camera delivered. Returns -1 if that is damaged.
static int
s_convert (s_source_t *self, const zr_camera_buffer_t *buffer, zr_shot_t *shot)
{
    const zr_camera_format_t *format = zr_camera_device_format (self->device);
    *shot = (zr_shot_t){.time_us = buffer->time_us};
    if (zr_camera_pixels_is_jpeg (format->fourcc)) {
        shot->picture.width = format->width;
        shot->picture.height = format->height;
        return zr_camera_jpeg_mend (self->jpeg, buffer->data, buffer->len, &shot->jpeg,
                                    &shot->jpeg_len);
    }
    if (zr_camera_pixels_unpack (self->pixels, &self->picture, format, buffer->data,
                                 buffer->len) < 0)
        return -1;
    shot->picture = self->picture;
    shot->picture.memory = NULL; // ours
    shot->picture.capacity = 0;
    return 0;
}

// What was wrong with it, to go on from "the last one".
static const char *
s_damage (const s_source_t *self)
{
    uint32_t fourcc = zr_camera_device_format (self->device)->fourcc;
    return zr_camera_pixels_is_jpeg (fourcc) ? zr_camera_jpeg_reason (self->jpeg)
                                             : "was too short";
}

static zr_grab_t
s_take (s_source_t *self, const zr_camera_buffer_t *buffer, zr_shot_t *shot)
{
    if (s_convert (self, buffer, shot) < 0) {
        // A damaged one now and then, or at the start, is the way of cameras.
        self->damaged++;
        if (++self->broken == BROKEN_MAX)
            zr_log_warn ("source_camera",
                         "%s: damaged pictures (the last one %s), they "
                         "are left out",
                         self->path, s_damage (self));
        return ZR_GRAB_NOTHING;
    }
    if (*self->lost)
        zr_log_info ("source_camera", "%s is back: %s", self->path, self->description);
    *self->lost = 0;
    self->broken = 0;
    self->silence_ms = zclock_mono () + SILENCE_MS;
    return ZR_GRAB_SHOT;
}

// The next picture of the camera, if one comes within timeout_ms.
static zr_grab_t
s_capture (s_source_t *self, int timeout_ms, zr_shot_t *shot)
{
    int64_t end_ms = zclock_mono () + timeout_ms;
    if (!s_start (self, timeout_ms))
        return ZR_GRAB_NOTHING;
    int64_t left_ms = end_ms - zclock_mono ();
    zr_camera_buffer_t buffer;
    int rc = zr_camera_device_newest (self->device, left_ms > 0 ? (int) left_ms : 0,
                                      &buffer);
    if (rc > 0 && s_take (self, &buffer, shot) == ZR_GRAB_SHOT)
        return ZR_GRAB_SHOT;
    if (rc < 0)
        s_lose (self, zr_camera_device_error (self->device));
    else if (zclock_mono () > self->silence_ms)
        s_lose (self, self->broken ? "only damaged pictures" : "no picture comes");
    return ZR_GRAB_NOTHING;
}

// While the camera is lost, now and then a picture that says so.
static zr_grab_t
s_notice (s_source_t *self, zr_shot_t *shot)
{
    int64_t now_ms = zclock_mono ();
    if (!*self->lost || now_ms < self->notice_ms)
        return ZR_GRAB_NOTHING;
    self->notice_ms = now_ms + NOTICE_MS;
    const zr_camera_format_t *format = zr_camera_device_format (self->device);
    if (zr_no_signal_draw (&self->picture, format->width, format->height,
                           zr_camera_device_card (self->device), self->lost))
        return ZR_GRAB_NOTHING;
    *shot = (zr_shot_t){.time_us = zr_clock_unix_us (), .picture = self->picture};
    shot->picture.memory = NULL; // ours
    shot->picture.capacity = 0;
    return ZR_GRAB_SHOT;
}

static zr_grab_t
s_grab (void *source, int timeout_ms, zr_shot_t *shot)
{
    s_source_t *self = source;
    assert (self && shot);
    assert (timeout_ms >= 0);
    zr_grab_t result = s_capture (self, timeout_ms, shot);
    return result == ZR_GRAB_SHOT ? result : s_notice (self, shot);
}

static void
s_pause (void *source)
{
    s_source_t *self = source;
    assert (self);
    zr_camera_device_stop (self->device);
}

static void
s_count (void *source, zr_source_counts_t *counts)
{
    const s_source_t *self = source;
    assert (self && counts);
    zr_camera_counts_t device = zr_camera_device_counts (self->device);
    *counts = (zr_source_counts_t){.known = true,
                                   .captured = device.captured - self->damaged,
                                   .missed = device.missed,
                                   .damaged = device.damaged + self->damaged,
                                   .signal = !*self->lost};
}

static const char *
s_describe (void *source)
{
    s_source_t *self = source;
    assert (self);
    return self->description;
}

const zr_source_ops_t zr_source_camera = {
    .name = "camera",
    .open = s_open,
    .grab = s_grab,
    .pause = s_pause,
    .describe = s_describe,
    .count = s_count,
    .close = s_close,
};
