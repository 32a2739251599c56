// SPDX-License-Identifier: MPL-2.0
// Makes the smaller tiers of a shot: half and a quarter of its width and height. One
// thread at a time.

#ifndef ZR_SHRINKER_H
#define ZR_SHRINKER_H

#include "common/wire.h"
#include "publisher/source.h"

typedef struct zr_shrinker zr_shrinker_t;

zr_shrinker_t *zr_shrinker_new (void);
void zr_shrinker_destroy (zr_shrinker_t **self_p);

// Fills small with the shot in a tier below full: a picture, whose memory is of the
// shrinker until the next call for that tier. Returns 0, or -1 if a JPEG cannot be
// decoded or a side would be less than a pixel.
int zr_shrinker_shrink (zr_shrinker_t *self, const zr_shot_t *shot, zr_tier_t tier,
                        zr_shot_t *small);

// Writes the mean of each 2 by 2 samples of one plane to dest; of an odd last row or
// column what there is. Pure.
void zr_shrinker_halve (uint8_t *dest, int dest_stride, const uint8_t *src, int stride,
                        int width, int height);

#endif
