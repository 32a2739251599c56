// SPDX-License-Identifier: MPL-2.0
// The moving test pattern: colour bars, a grey ramp, a box that moves, a picture
// number and a clock. Pure: picture n of one size and rate is always the same bytes.
// One thread at a time.

#ifndef ZR_PATTERN_H
#define ZR_PATTERN_H

#include <stdint.h>

#include "common/picture.h"

typedef struct zr_pattern zr_pattern_t;

// fps is what the clock counts in. NULL if a side is not in 1..ZR_PICTURE_SIDE_MAX.
zr_pattern_t *zr_pattern_new (int width, int height, int fps);
void zr_pattern_destroy (zr_pattern_t **self_p);

// Picture number n, 4:2:0. Only what changed since the last call is painted anew, in
// whatever order numbers come. Valid until the next call.
const zr_picture_t *zr_pattern_draw (zr_pattern_t *self, uint64_t number);

#endif
