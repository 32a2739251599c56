// SPDX-License-Identifier: MPL-2.0
// The check sees a stamp of which one part is older than the other, as well as pictures
// that have none: it is the sum of the bytes, and a constant so that black is no stamp.

#include "tests/bench/stamp.h"

#include <string.h>

#define CHECK 0xA5
#define NEUTRAL 128 // chroma without colour

static uint64_t
s_cells (uint32_t time)
{
    uint32_t check = CHECK + (time >> 24) + (time >> 16) + (time >> 8) + time;
    return (uint64_t) time << 8 | (check & 0xFF);
}

void
zr_stamp_draw (zr_picture_t *picture, int64_t time_us)
{
    uint64_t cells = s_cells ((uint32_t) time_us);
    int width = picture->width, height = picture->height;
    int top = height > ZR_STAMP_HEIGHT ? (height - ZR_STAMP_HEIGHT) & ~1 : 0;
    for (int y = top; y < height; y++) {
        uint8_t *row = picture->planes[0] + (ptrdiff_t) y * picture->strides[0];
        for (int i = 0; i < ZR_STAMP_CELLS; i++) {
            int left = width * i / ZR_STAMP_CELLS;
            int right = width * (i + 1) / ZR_STAMP_CELLS;
            bool white = cells >> (ZR_STAMP_CELLS - 1 - i) & 1;
            memset (row + left, white ? 255 : 0, (size_t) (right - left));
        }
    }
    for (int plane = 1; plane < 3; plane++)
        for (int y = top / 2; y < (height + 1) / 2; y++)
            memset (picture->planes[plane] + (ptrdiff_t) y * picture->strides[plane],
                    NEUTRAL, (size_t) (width + 1) / 2);
}

bool
zr_stamp_read (const uint8_t levels[ZR_STAMP_CELLS], int64_t now_us, int64_t *time_us)
{
    uint64_t cells = 0;
    for (int i = 0; i < ZR_STAMP_CELLS; i++)
        cells = cells << 1 | (levels[i] >= 128);
    uint32_t time = (uint32_t) (cells >> 8);
    if (cells != s_cells (time))
        return false;
    // The nearest moment that ends in these bits.
    *time_us = now_us + (int32_t) (time - (uint32_t) now_us);
    return true;
}
