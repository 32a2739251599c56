// SPDX-License-Identifier: MPL-2.0
// The uncompressed layouts that cameras deliver, turned into planar full-range
// pictures. Pure: bytes in, picture out. What the driver says of itself is not
// trusted: lengths are checked against it before anything is read. One thread at a
// time.

#ifndef ZR_CAMERA_PIXELS_H
#define ZR_CAMERA_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/picture.h"

// What a camera was set to.
typedef struct {
    uint32_t fourcc;    // V4L2_PIX_FMT_...
    int width, height;  // pixels
    int stride;         // bytes from row to row of the first plane
    bool full_range;    // else 16..235, 16..240
    double fps;         // 0: the driver does not say
    bool emulated;      // converted by libv4l2 from something else
    bool fixed_quality; // its JPEGs' quality was to be set, and cannot be
} zr_camera_format_t;

typedef struct zr_camera_pixels zr_camera_pixels_t;

zr_camera_pixels_t *zr_camera_pixels_new (void);
void zr_camera_pixels_destroy (zr_camera_pixels_t **self_p);

// Whether it is JPEGs, one in a buffer.
bool zr_camera_pixels_is_jpeg (uint32_t fourcc);

// Place in the order of preference, from 0; -1 if unpack does not know it. JPEGs come
// first (nothing to do), then 4:2:0 (a third less to compress), 4:2:2, RGB, grey.
int zr_camera_pixels_rank (uint32_t fourcc);

// Shapes picture and fills it. Returns 0, or -1 if the format is no uncompressed one
// that is known, its sizes are wrong, or len bytes are too few for it.
int zr_camera_pixels_unpack (zr_camera_pixels_t *self, zr_picture_t *picture,
                             const zr_camera_format_t *format, const uint8_t *data,
                             size_t len);

// The four characters of a fourcc, blanks taken off. text has 5 bytes.
void zr_camera_pixels_name (uint32_t fourcc, char *text);

// The fourcc that a person means: "YUYV", "nv12", and what other programs call some of
// them ("MJPEG", "RGB24", "I420"). 0 if it is none, or one that cannot be read.
uint32_t zr_camera_pixels_parse (const char *text);

#endif
