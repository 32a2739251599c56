// SPDX-License-Identifier: MPL-2.0
// Colours of video turned into those of JPEG: full range, BT.601 (ITU-T T.871). Works
// on 4:2:0 and grey planes of 8 bit, exact to one step. Pure.

#ifndef ZR_MEDIA_COLOUR_H
#define ZR_MEDIA_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/pixfmt.h>

#include "common/picture.h"

// A linear map from source samples to JPEG's. Gains are in units of 1 / 16384, offsets
// of 1 / 32.
typedef struct {
    bool is_identity; // nothing to do: it is full range and BT.601
    int16_t y_from_y, y_from_u, y_from_v;
    int16_t u_from_u, u_from_v;
    int16_t v_from_u, v_from_v;
    int16_t y_offset, u_offset, v_offset;
} zr_media_colour_t;

// Prepares for video of this matrix and range. What does not say its matrix, or has
// one that is not like the others (YCgCo, ICtCp), is taken for BT.601.
void zr_media_colour_init (zr_media_colour_t *self, enum AVColorSpace space, bool full);

// Writes the JPEG colours of src to dest, both of one shape; they may be the same
// picture. Grey ones need a matrix of BT.601: they have no chroma to take from.
void zr_media_colour_apply (const zr_media_colour_t *self, zr_picture_t *dest,
                            const zr_picture_t *src);

#endif
