// SPDX-License-Identifier: MPL-2.0
// One V4L2 camera: opened, set to a format, streaming, stopped, closed; each step may
// be repeated, so that a camera which was pulled out is a loop for the caller. What
// went wrong is a text for the caller to log, or not. One thread at a time.

#ifndef ZR_CAMERA_DEVICE_H
#define ZR_CAMERA_DEVICE_H

#include "publisher/camera_finder.h"
#include "publisher/camera_format.h"
#include "publisher/camera_modes.h"

typedef struct zr_camera_device zr_camera_device_t;

// What the driver filled. Valid until the next call on the device.
typedef struct {
    const uint8_t *data;
    size_t len;      // bytes
    int64_t time_us; // Unix time of capture
} zr_camera_buffer_t;

// Since the device was made.
typedef struct {
    uint64_t captured; // pictures handed out
    uint64_t missed;   // that the driver counted and nobody got
    uint64_t damaged;  // that the driver itself gave up
} zr_camera_counts_t;

zr_camera_device_t *zr_camera_device_new (void);
void zr_camera_device_destroy (zr_camera_device_t **self_p);

// Opens the device at path and sets what comes nearest to the wish. Closes what was
// open before. Returns 0, or -1 with the reason in zr_camera_device_error.
int zr_camera_device_open (zr_camera_device_t *self, const char *path,
                           const zr_camera_wish_t *wish);
void zr_camera_device_close (zr_camera_device_t *self);
bool zr_camera_device_is_open (const zr_camera_device_t *self);

// Switches the open camera on; stop switches it off and gives the buffers back (no
// light, no USB bandwidth), the format stays. Both may be repeated. start returns 0,
// or -1 with the reason in zr_camera_device_error.
int zr_camera_device_start (zr_camera_device_t *self);
void zr_camera_device_stop (zr_camera_device_t *self);
bool zr_camera_device_is_streaming (const zr_camera_device_t *self);

// Waits at most timeout_ms for a picture and takes the newest one there is, or of two
// the older one, since the other comes with the next call; older ones go back to the
// driver. Streaming only. Returns 1; 0 if none came (or a signal did);
// -1 with the reason in zr_camera_device_error if the camera is lost: close it.
int zr_camera_device_newest (zr_camera_device_t *self, int timeout_ms,
                             zr_camera_buffer_t *buffer);

// What open has set. Meaningful while it is open.
const zr_camera_format_t *zr_camera_device_format (const zr_camera_device_t *self);

// The open descriptor, for controls; -1 while closed. It stays the device's.
int zr_camera_device_fd (const zr_camera_device_t *self);

zr_camera_counts_t zr_camera_device_counts (const zr_camera_device_t *self);

// The camera's own name, "" before the first open; and why the last call failed, made
// of the cause and what to do. Both live until the next call on the device.
const char *zr_camera_device_card (const zr_camera_device_t *self);
const char *zr_camera_device_error (const zr_camera_device_t *self);

#endif
