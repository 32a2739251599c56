// SPDX-License-Identifier: MPL-2.0
// Between any two YCbCr matrices the new chroma depends on the old chroma alone, and
// the new luma is the old one plus a little of the chroma. So 4:2:0 stays 4:2:0, and
// range and matrix are one pass of integer sums: 0.1 to 0.2 ms for 1280x720, where
// libswscale goes by way of RGB and takes 2.7 ms.
//
// Rows are worked on in blocks of a fixed length, in arrays of their own and in 16
// bits: that is what compilers turn into the shortest vector code at -O2, with one
// simple loop for each step. It also lets dest be src.
//
// Left out: other primaries and transfer curves (HDR looks pale), chroma siting.

#include "publisher/media_colour.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK 16
#define DOUBLE_BLOCK 32 // pixels of luma that one of chroma belongs to
#define ONE 16384       // of a gain
// Sums and offsets count parts of a step: a sample 128 times as large, times a gain,
// divided by 65536.
#define PART 32
#define PART_BITS 5
// With a constant count the copies of a block vanish, if it is inlined.
#define INLINE inline __attribute__ ((always_inline))

typedef struct {
    enum AVColorSpace space;
    double red, blue; // their weight in luma
} s_weights_t;

// The rows of luma that belong to one row of chroma: two, or the last one.
typedef struct {
    int count;
    uint8_t *dest[2];
    const uint8_t *y[2], *u, *v;
} s_mixed_rows_t;

static const s_weights_t s_bt601 = {AVCOL_SPC_BT470BG, 0.299, 0.114};

static const s_weights_t s_others[] = {
    {AVCOL_SPC_BT709, 0.2126, 0.0722},     {AVCOL_SPC_FCC, 0.30, 0.11},
    {AVCOL_SPC_SMPTE240M, 0.212, 0.087},   {AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593},
    {AVCOL_SPC_BT2020_CL, 0.2627, 0.0593},
};

static const s_weights_t *
s_find_weights (enum AVColorSpace space)
{
    for (size_t i = 0; i < sizeof s_others / sizeof s_others[0]; i++)
        if (s_others[i].space == space)
            return &s_others[i];
    return &s_bt601;
}

// What a step of chroma (Cb for blue, Cr for red) adds to BT.601's luma and to the
// differences blue - luma and red - luma. red and blue are what it adds to R and B
// above the source's own luma.
static void
s_mix (const s_weights_t *from, double red, double blue, double mix[3])
{
    double green =
        -(from->red * red + from->blue * blue) / (1 - from->red - from->blue);
    double luma = s_bt601.red * red + s_bt601.blue * blue +
                  (1 - s_bt601.red - s_bt601.blue) * green;
    mix[0] = luma;
    mix[1] = (blue - luma) / (2 * (1 - s_bt601.blue));
    mix[2] = (red - luma) / (2 * (1 - s_bt601.red));
}

static int16_t
s_gain (double gain)
{
    return (int16_t) lrint (gain * ONE);
}

// A constant in parts, for a sum with chroma: that counts from 128. Half a step
// rounds, and half a part is what each product that is not 0 lost.
static int16_t
s_offset (double constant, int16_t from_u, int16_t from_v)
{
    double chroma = -128 * (double) (from_u + from_v) / ONE;
    double lost = (from_u != 0) * 0.5 + (from_v != 0) * 0.5;
    return (int16_t) lrint ((constant + chroma) * PART + PART * 0.5 + lost);
}

void
zr_media_colour_init (zr_media_colour_t *self, enum AVColorSpace space, bool full)
{
    assert (self);
    const s_weights_t *from = s_find_weights (space);
    double luma_gain = full ? 1 : 255.0 / 219;
    double chroma_gain = full ? 1 : 255.0 / 224;
    double cb[3], cr[3];
    s_mix (from, 0, 2 * (1 - from->blue), cb);
    s_mix (from, 2 * (1 - from->red), 0, cr);

    self->is_identity = full && from == &s_bt601;
    self->y_from_y = s_gain (luma_gain);
    self->y_from_u = s_gain (cb[0] * chroma_gain);
    self->y_from_v = s_gain (cr[0] * chroma_gain);
    self->u_from_u = s_gain (cb[1] * chroma_gain);
    self->u_from_v = s_gain (cr[1] * chroma_gain);
    self->v_from_u = s_gain (cb[2] * chroma_gain);
    self->v_from_v = s_gain (cr[2] * chroma_gain);

    // Black is 16 or 0, no colour is 128.
    self->y_offset =
        s_offset (-(full ? 0 : 16) * luma_gain, self->y_from_u, self->y_from_v);
    self->u_offset = s_offset (128, self->u_from_u, self->u_from_v);
    self->v_offset = s_offset (128, self->v_from_u, self->v_from_v);
}

// in times gain, in parts; the 16 bits above the product's lower 16.
static INLINE void
s_multiply (int16_t out[BLOCK], const uint8_t in[BLOCK], int16_t gain)
{
    for (int i = 0; i < BLOCK; i++)
        out[i] = (int16_t) (in[i] << 7);
    for (int i = 0; i < BLOCK; i++)
        out[i] = (int16_t) ((out[i] * gain) >> 16);
}

// Whole steps, 0 to 255, of sums in parts. Compilers know no instruction that saturates
// on the way to bytes: with SSE2's, all of a picture takes less than half the time.
static INLINE void
s_round (uint8_t out[BLOCK], const int16_t sums[BLOCK])
{
#ifdef __SSE2__
    __m128i low = _mm_loadu_si128 ((const __m128i *) sums);
    __m128i high = _mm_loadu_si128 ((const __m128i *) (sums + BLOCK / 2));
    low = _mm_srai_epi16 (low, PART_BITS);
    high = _mm_srai_epi16 (high, PART_BITS);
    _mm_storeu_si128 ((__m128i *) out, _mm_packus_epi16 (low, high));
#else
    for (int i = 0; i < BLOCK; i++) {
        int16_t value = (int16_t) (sums[i] >> PART_BITS);
        value = (int16_t) (value < 0 ? 0 : value);
        out[i] = (uint8_t) (value > 255 ? 255 : value);
    }
#endif
}

// A weighted sum of two blocks.
static INLINE void
s_blend (int16_t out[BLOCK], const uint8_t a[BLOCK], int16_t a_gain,
         const uint8_t b[BLOCK], int16_t b_gain)
{
    int16_t other[BLOCK];
    s_multiply (out, a, a_gain);
    s_multiply (other, b, b_gain);
    for (int i = 0; i < BLOCK; i++)
        out[i] = (int16_t) (out[i] + other[i]);
}

static INLINE void
s_add (int16_t sums[BLOCK], int16_t offset)
{
    for (int i = 0; i < BLOCK; i++)
        sums[i] = (int16_t) (sums[i] + offset);
}

// One block that takes nothing from another plane. count is BLOCK, or what is left of a
// row.
static INLINE void
s_plain_block (uint8_t *dest, const uint8_t *src, size_t count, int16_t gain,
               int16_t offset)
{
    uint8_t in[BLOCK] = {0}, out[BLOCK];
    int16_t sums[BLOCK];
    memcpy (in, src, count);
    s_multiply (sums, in, gain);
    s_add (sums, offset);
    s_round (out, sums);
    memcpy (dest, out, count);
}

static void
s_plain_row (uint8_t *dest, const uint8_t *src, int width, int16_t gain, int16_t offset)
{
    int x = 0;
    for (; x + BLOCK <= width; x += BLOCK)
        s_plain_block (dest + x, src + x, BLOCK, gain, offset);
    if (x < width)
        s_plain_block (dest + x, src + x, (size_t) (width - x), gain, offset);
}

// One block of luma and what chroma adds to it.
static INLINE void
s_mixed_block (uint8_t *dest, const uint8_t *src, size_t count, int16_t gain,
               const int16_t chroma[BLOCK])
{
    uint8_t y[BLOCK] = {0}, out[BLOCK];
    int16_t sums[BLOCK];
    memcpy (y, src, count);
    s_multiply (sums, y, gain);
    for (size_t i = 0; i < BLOCK; i++)
        sums[i] = (int16_t) (sums[i] + chroma[i]);
    s_round (out, sums);
    memcpy (dest, out, count);
}

static INLINE void
s_mixed_blocks (const zr_media_colour_t *self, const s_mixed_rows_t *rows, int x,
                size_t count)
{
    uint8_t u[BLOCK] = {0}, v[BLOCK] = {0};
    int16_t chroma[BLOCK], doubled[DOUBLE_BLOCK];
    memcpy (u, rows->u + x / 2, (count + 1) / 2);
    memcpy (v, rows->v + x / 2, (count + 1) / 2);
    s_blend (chroma, u, self->y_from_u, v, self->y_from_v);
    s_add (chroma, self->y_offset);
    for (size_t i = 0; i < BLOCK; i++)
        doubled[2 * i] = doubled[2 * i + 1] = chroma[i];
    size_t first = count < BLOCK ? count : BLOCK;
    for (int i = 0; i < rows->count; i++) {
        uint8_t *dest = rows->dest[i] + x;
        const uint8_t *y = rows->y[i] + x;
        s_mixed_block (dest, y, first, self->y_from_y, doubled);
        s_mixed_block (dest + first, y + first, count - first, self->y_from_y,
                       doubled + first);
    }
}

static void
s_mixed_row (const zr_media_colour_t *self, const s_mixed_rows_t *rows, int width)
{
    int x = 0;
    for (; x + DOUBLE_BLOCK <= width; x += DOUBLE_BLOCK)
        s_mixed_blocks (self, rows, x, DOUBLE_BLOCK);
    if (x < width)
        s_mixed_blocks (self, rows, x, (size_t) (width - x));
}

// One block of both chroma planes.
static INLINE void
s_chroma_block (const zr_media_colour_t *self, uint8_t *const dest[2],
                const uint8_t *const src[2], size_t count)
{
    uint8_t u[BLOCK] = {0}, v[BLOCK] = {0}, out[BLOCK];
    int16_t sums[BLOCK];
    memcpy (u, src[0], count);
    memcpy (v, src[1], count);
    s_blend (sums, u, self->u_from_u, v, self->u_from_v);
    s_add (sums, self->u_offset);
    s_round (out, sums);
    memcpy (dest[0], out, count);
    s_blend (sums, v, self->v_from_v, u, self->v_from_u);
    s_add (sums, self->v_offset);
    s_round (out, sums);
    memcpy (dest[1], out, count);
}

static void
s_chroma_row (const zr_media_colour_t *self, uint8_t *const dest[2],
              const uint8_t *const src[2], int width)
{
    for (int x = 0; x < width; x += BLOCK) {
        uint8_t *to[2] = {dest[0] + x, dest[1] + x};
        const uint8_t *from[2] = {src[0] + x, src[1] + x};
        if (x + BLOCK <= width)
            s_chroma_block (self, to, from, BLOCK);
        else
            s_chroma_block (self, to, from, (size_t) (width - x));
    }
}

static uint8_t *
s_row (const zr_picture_t *picture, int plane, int y)
{
    return picture->planes[plane] + (ptrdiff_t) y * picture->strides[plane];
}

// Range alone changes: no plane takes from another.
static void
s_apply_plain (const zr_media_colour_t *self, zr_picture_t *dest,
               const zr_picture_t *src)
{
    const int16_t gains[3] = {self->y_from_y, self->u_from_u, self->v_from_v};
    const int16_t offsets[3] = {self->y_offset, self->u_offset, self->v_offset};
    int planes = src->subsampling == TJSAMP_GRAY ? 1 : 3;
    for (int plane = 0; plane < planes; plane++) {
        int width = zr_picture_plane_width (src, plane);
        for (int y = 0; y < zr_picture_plane_height (src, plane); y++)
            s_plain_row (s_row (dest, plane, y), s_row (src, plane, y), width,
                         gains[plane], offsets[plane]);
    }
}

static void
s_apply_mixed (const zr_media_colour_t *self, zr_picture_t *dest,
               const zr_picture_t *src)
{
    for (int y = 0; y < src->height; y += 2) {
        s_mixed_rows_t rows = {.u = s_row (src, 1, y / 2), .v = s_row (src, 2, y / 2)};
        for (; rows.count < 2 && y + rows.count < src->height; rows.count++) {
            rows.dest[rows.count] = s_row (dest, 0, y + rows.count);
            rows.y[rows.count] = s_row (src, 0, y + rows.count);
        }
        s_mixed_row (self, &rows, src->width);
    }
    int width = zr_picture_plane_width (src, 1);
    for (int y = 0; y < zr_picture_plane_height (src, 1); y++) {
        uint8_t *to[2] = {s_row (dest, 1, y), s_row (dest, 2, y)};
        const uint8_t *from[2] = {s_row (src, 1, y), s_row (src, 2, y)};
        s_chroma_row (self, to, from, width);
    }
}

void
zr_media_colour_apply (const zr_media_colour_t *self, zr_picture_t *dest,
                       const zr_picture_t *src)
{
    assert (self && dest && src);
    assert (dest->width == src->width && dest->height == src->height);
    assert (dest->subsampling == src->subsampling);
    assert (src->subsampling == TJSAMP_420 || src->subsampling == TJSAMP_GRAY);
    bool mixed = self->y_from_u || self->y_from_v || self->u_from_v || self->v_from_u;
    assert (!mixed || src->subsampling == TJSAMP_420);
    if (mixed)
        s_apply_mixed (self, dest, src);
    else
        s_apply_plain (self, dest, src);
}
