// SPDX-License-Identifier: MPL-2.0
// The camera as a source: camera_device.c talks to V4L2, this file has the policy. A
// camera's own JPEGs are handed through as they are, anything else as a picture of
// full range; of several pictures that wait only the newest is taken.
//
// Runs on the publisher's thread. The camera is switched on by the first grab, and
// again by the first one after a pause. One that is lost (unplugged, or silent for
// five seconds) is closed and opened again every second from within grab; that is
// said once when it goes and once when it is back, not each time.
// Left out: looking for it under another path.

#include "publisher/source.h"

#include <assert.h>
#include <czmq.h>
#include <poll.h>

#include "common/jpeg.h"
#include "common/log.h"
#include "publisher/camera_device.h"

#define RETRY_MS 1000
#define BROKEN_MAX 5    // in a row until it is said
#define SILENCE_MS 5000 // without a good picture: the camera is lost

typedef struct {
    zr_camera_device_t *device;
    int width, fps; // wanted
    char path[256];
    char lost[160];       // why it is, as was said; empty while it is not
    int broken;           // pictures in a row that were damaged
    int64_t retry_ms;     // when to open or switch it on again, monotonic
    int64_t picture_ms;   // when the last good one came, or it was switched on
    zr_picture_t picture; // what a raw buffer was unpacked to
    char description[160];
} s_source_t;

static void
s_close (void **self_p)
{
    assert (self_p);
    s_source_t *self = *self_p;
    if (!self)
        return;
    zr_camera_device_destroy (&self->device);
    zr_picture_release (&self->picture);
    freen (self);
    *self_p = NULL;
}

// One line of what the device was set to.
static void
s_note_format (s_source_t *self)
{
    const zr_camera_format_t *format = zr_camera_device_format (self->device);
    char name[5], rate[24] = "";
    zr_camera_pixels_name (format->fourcc, name);
    if (format->fps > 0)
        snprintf (rate, sizeof rate, ", %.4g fps", format->fps);
    snprintf (self->description, sizeof self->description, "%dx%d %s%s%s, %s",
              format->width, format->height, name,
              format->emulated ? " (converted)" : "", rate,
              zr_camera_device_card (self->device));
}

static int
s_open_device (s_source_t *self)
{
    if (zr_camera_device_open (self->device, self->path, self->width, self->fps) < 0)
        return -1;
    s_note_format (self);
    return 0;
}

static void *
s_open (const zr_source_settings_t *settings)
{
    assert (settings);
    s_source_t *self = (s_source_t *) zmalloc (sizeof *self);
    void *source = self;
    self->device = zr_camera_device_new ();
    self->width = settings->width;
    self->fps = settings->fps;
    if (settings->location)
        snprintf (self->path, sizeof self->path, "%s", settings->location);
    else if (zr_camera_find (self->path, sizeof self->path) < 0) {
        zr_log_error ("source_camera", "no camera found; plug one in, or name another "
                                       "source, such as \"pattern\"");
        s_close (&source);
        return NULL;
    }
    if (s_open_device (self) < 0) {
        zr_log_error ("source_camera", "%s: %s", self->path,
                      zr_camera_device_error (self->device));
        s_close (&source);
    }
    return source;
}

// Gives the camera up for now; the next try is in a second.
static void
s_lose (s_source_t *self, const char *why)
{
    if (strcmp (self->lost, why) != 0)
        zr_log_warn ("source_camera", "%s: %s; trying again every second", self->path,
                     why);
    snprintf (self->lost, sizeof self->lost, "%s", why);
    zr_camera_device_close (self->device);
    self->retry_ms = zclock_mono () + RETRY_MS;
}

// Has the camera opened and switched on. Returns whether it is.
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
    bool open = zr_camera_device_is_open (self->device) || s_open_device (self) == 0;
    if (!open || zr_camera_device_start (self->device) < 0) {
        s_lose (self, zr_camera_device_error (self->device));
        return false;
    }
    self->picture_ms = zclock_mono ();
    return true;
}

// Makes a shot of what the camera delivered. Returns -1 if that is damaged.
static int
s_convert (s_source_t *self, const zr_camera_buffer_t *buffer, zr_shot_t *shot)
{
    const zr_camera_format_t *format = zr_camera_device_format (self->device);
    *shot = (zr_shot_t){.time_us = buffer->time_us};
    if (zr_camera_pixels_is_jpeg (format->fourcc)) {
        ssize_t len = zr_jpeg_check (buffer->data, buffer->len);
        if (len < 0)
            return -1;
        shot->jpeg = buffer->data;
        shot->jpeg_len = (size_t) len;
        return 0;
    }
    if (zr_camera_pixels_unpack (&self->picture, format, buffer->data, buffer->len) < 0)
        return -1;
    shot->picture = self->picture;
    shot->picture.memory = NULL; // ours
    shot->picture.capacity = 0;
    return 0;
}

static zr_grab_t
s_take (s_source_t *self, const zr_camera_buffer_t *buffer, zr_shot_t *shot)
{
    if (s_convert (self, buffer, shot) < 0) {
        // A damaged one now and then, or at the start, is the way of cameras.
        if (++self->broken == BROKEN_MAX)
            zr_log_warn ("source_camera", "%s: damaged pictures, they are left out",
                         self->path);
        return ZR_GRAB_NOTHING;
    }
    if (*self->lost)
        zr_log_info ("source_camera", "%s is back: %s", self->path, self->description);
    *self->lost = 0;
    self->broken = 0;
    self->picture_ms = zclock_mono ();
    return ZR_GRAB_SHOT;
}

static zr_grab_t
s_grab (void *source, int timeout_ms, zr_shot_t *shot)
{
    s_source_t *self = source;
    assert (self && shot);
    assert (timeout_ms >= 0);
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
    else if (zclock_mono () - self->picture_ms > SILENCE_MS)
        s_lose (self, "no picture for 5 s");
    return ZR_GRAB_NOTHING;
}

static void
s_pause (void *source)
{
    s_source_t *self = source;
    assert (self);
    zr_camera_device_stop (self->device);
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
    .close = s_close,
};
