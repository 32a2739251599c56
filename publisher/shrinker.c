// SPDX-License-Identifier: MPL-2.0
// A camera's JPEG is decoded at the smaller size, which TurboJPEG does while decoding.
// A picture is halved plane by plane, twice for a quarter; its chroma sampling stays.

#include "publisher/shrinker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/jpeg.h"

struct zr_shrinker {
    zr_jpeg_t *jpeg;
    zr_picture_t pictures[ZR_TIERS]; // that of full is not used
};

zr_shrinker_t *
zr_shrinker_new (void)
{
    zr_shrinker_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->jpeg = zr_jpeg_new ();
    return self;
}

void
zr_shrinker_destroy (zr_shrinker_t **self_p)
{
    assert (self_p);
    zr_shrinker_t *self = *self_p;
    if (!self)
        return;
    zr_jpeg_destroy (&self->jpeg);
    for (int tier = 0; tier < ZR_TIERS; tier++)
        zr_picture_release (&self->pictures[tier]);
    free (self);
    *self_p = NULL;
}

void
zr_shrinker_halve (uint8_t *dest, int dest_stride, const uint8_t *src, int stride,
                   int width, int height)
{
    assert (dest && src && width > 0 && height > 0);
    for (int y = 0; y < (height + 1) / 2; y++) {
        const uint8_t *upper = src + (size_t) (2 * y) * stride;
        const uint8_t *lower = 2 * y + 1 < height ? upper + stride : upper;
        uint8_t *row = dest + (size_t) y * dest_stride;
        for (size_t x = 0; x < (size_t) width / 2; x++)
            row[x] = (uint8_t) ((upper[2 * x] + upper[2 * x + 1] + lower[2 * x] +
                                 lower[2 * x + 1] + 2) >>
                                2);
        if (width % 2)
            row[width / 2] = (uint8_t) ((upper[width - 1] + lower[width - 1] + 1) >> 1);
    }
}

static int
s_halve (zr_picture_t *dest, const zr_picture_t *src)
{
    int width = (src->width + 1) / 2, height = (src->height + 1) / 2;
    if (zr_picture_shape (dest, width, height, src->subsampling))
        return -1;
    // Sizes are rounded up, so a plane's half is as large as the half's plane.
    for (int p = 0; p < zr_picture_planes (src); p++)
        zr_shrinker_halve (dest->planes[p], dest->strides[p], src->planes[p],
                           src->strides[p], zr_picture_plane_width (src, p),
                           zr_picture_plane_height (src, p));
    zr_picture_pad (dest);
    return 0;
}

int
zr_shrinker_shrink (zr_shrinker_t *self, const zr_shot_t *shot, zr_tier_t tier,
                    zr_shot_t *small)
{
    assert (self && shot && small && tier > ZR_TIER_FULL && tier < ZR_TIERS);
    zr_picture_t *picture = &self->pictures[tier];
    if (shot->picture.width < 1 << tier || shot->picture.height < 1 << tier)
        return -1;
    int status;
    if (shot->jpeg)
        status = zr_jpeg_decode_scaled (self->jpeg, shot->jpeg, shot->jpeg_len,
                                        shot->picture.width >> tier,
                                        shot->picture.height >> tier, picture);
    else if (tier == ZR_TIER_HALF)
        status = s_halve (picture, &shot->picture);
    else {
        // The half may be there already, but nobody says so: it costs little.
        status = s_halve (&self->pictures[ZR_TIER_HALF], &shot->picture);
        if (status == 0)
            status = s_halve (picture, &self->pictures[ZR_TIER_HALF]);
    }
    if (status)
        return -1;
    *small = (zr_shot_t){.time_us = shot->time_us, .picture = *picture};
    small->picture.memory = NULL; // ours
    small->picture.capacity = 0;
    return 0;
}
