// SPDX-License-Identifier: MPL-2.0
// Sets an open camera to what comes nearest to a wish.

#ifndef ZR_CAMERA_FORMAT_H
#define ZR_CAMERA_FORMAT_H

#include "publisher/camera_pixels.h"

typedef struct {
    int width;       // pixels; 0: the largest
    int height;      // pixels; 0: of the camera's own shape
    int fps;         // pictures a second; 0: the driver's own, or 30 if that is slower
    int quality;     // of its JPEGs, 1 to 100; 0: as it is
    uint32_t fourcc; // only this format; 0: the best
} zr_camera_wish_t;

// Sets the device fd, opened by v4l2_open, and tells what it is set to. The formats are
// tried in the order of zr_camera_modes_choose. Returns 0, or an errno: EBUSY (another
// program streams), ENOMSG (it has not the format that the wish names), EINVAL (none
// that can be used), or what the driver says. One thread at a time.
int zr_camera_format_set (int fd, const zr_camera_wish_t *wish,
                          zr_camera_format_t *format);

#endif
