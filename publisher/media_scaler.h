// SPDX-License-Identifier: MPL-2.0
// Makes a decoded video frame of any kind the picture that is compressed: 8 bit 4:2:0
// or grey in JPEG's colours, upright, with square pixels, no wider than wanted.
// One thread at a time. Memory is kept from picture to picture.

#ifndef ZR_MEDIA_SCALER_H
#define ZR_MEDIA_SCALER_H

#include <libavutil/frame.h>

#include "common/picture.h"

typedef struct {
    int width, height; // pixels
} zr_media_size_t;

typedef struct zr_media_scaler zr_media_scaler_t;

// Size of the picture for a frame of this coded size and pixel shape, turned clockwise
// by degrees (0, 90, 180, 270). width_max limits the upright width; 0 does not. It is
// never larger than the frame either way: larger adds bytes and no detail. Sides are
// 2 to ZR_PICTURE_SIDE_MAX. Pure.
zr_media_size_t zr_media_scaler_fit (zr_media_size_t coded, AVRational pixel_shape,
                                     int degrees, int width_max);

// subject is the log's, a constant text.
zr_media_scaler_t *zr_media_scaler_new (const char *subject, int width_max);
void zr_media_scaler_destroy (zr_media_scaler_t **self_p);

// Makes picture a view of the result. Its planes are the scaler's, or those of frame
// where they are fit to be used as they are: valid until the next call, and no longer
// than frame. Returns 0, or -1 if this kind of frame cannot be converted (logged).
int zr_media_scaler_convert (zr_media_scaler_t *self, const AVFrame *frame, int degrees,
                             zr_picture_t *picture);

#endif
