// SPDX-License-Identifier: MPL-2.0
// Planes in one block of memory. TurboJPEG reads and writes planes that are padded to
// whole chroma samples (a 321 pixel wide 4:2:0 picture has 322 luma columns), so the
// memory is laid out by its own plane sizes, and zr_picture_pad fills the rest.

#include "common/picture.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ROW_ALIGNMENT 64

static int
s_align (int value)
{
    return (value + ROW_ALIGNMENT - 1) / ROW_ALIGNMENT * ROW_ALIGNMENT;
}

int
zr_picture_planes (const zr_picture_t *self)
{
    return self->subsampling == TJSAMP_GRAY ? 1 : 3;
}

int
zr_picture_plane_width (const zr_picture_t *self, int plane)
{
    if (plane == 0)
        return self->width;
    return tjPlaneWidth (plane, self->width, self->subsampling);
}

int
zr_picture_plane_height (const zr_picture_t *self, int plane)
{
    if (plane == 0)
        return self->height;
    return tjPlaneHeight (plane, self->height, self->subsampling);
}

int
zr_picture_shape (zr_picture_t *self, int width, int height, int subsampling)
{
    assert (self);
    if (width < 1 || width > ZR_PICTURE_SIDE_MAX || height < 1 ||
        height > ZR_PICTURE_SIDE_MAX || subsampling < 0 || subsampling >= TJ_NUMSAMP)
        return -1;
    if (self->memory && self->width == width && self->height == height &&
        self->subsampling == subsampling)
        return 0;

    zr_picture_t former = *self;
    self->width = width;
    self->height = height;
    self->subsampling = subsampling;
    size_t offsets[3] = {0};
    size_t size = 0;
    int planes = zr_picture_planes (self);
    for (int i = 0; i < planes; i++) {
        self->strides[i] = s_align (tjPlaneWidth (i, width, subsampling));
        offsets[i] = size;
        size +=
            (size_t) self->strides[i] * (size_t) tjPlaneHeight (i, height, subsampling);
    }
    if (self->capacity_max && size > self->capacity && size > self->capacity_max) {
        *self = former;
        return -1;
    }
    if (size > self->capacity) {
        free (self->memory);
        self->memory = aligned_alloc (ROW_ALIGNMENT, size);
        if (!self->memory)
            abort (); // sides were bounded above
        // Grey: a JPEG that breaks off after a mere warning leaves it as it is.
        memset (self->memory, 128, size);
        self->capacity = size;
    }
    for (int i = 0; i < 3; i++) {
        self->planes[i] = i < planes ? self->memory + offsets[i] : NULL;
        self->strides[i] = i < planes ? self->strides[i] : 0;
    }
    return 0;
}

void
zr_picture_pad (zr_picture_t *self)
{
    assert (self && self->memory);
    int padded_width = tjPlaneWidth (0, self->width, self->subsampling);
    int padded_height = tjPlaneHeight (0, self->height, self->subsampling);
    size_t stride = (size_t) self->strides[0];
    for (int y = 0; y < self->height && padded_width > self->width; y++) {
        uint8_t *row = self->planes[0] + (size_t) y * stride;
        memset (row + self->width, row[self->width - 1],
                (size_t) (padded_width - self->width));
    }
    const uint8_t *last = self->planes[0] + (size_t) (self->height - 1) * stride;
    for (int y = self->height; y < padded_height; y++)
        memcpy (self->planes[0] + (size_t) y * stride, last, (size_t) padded_width);
}

void
zr_picture_fill (zr_picture_t *self, uint8_t y, uint8_t u, uint8_t v)
{
    const uint8_t values[3] = {y, u, v};
    for (int i = 0; i < zr_picture_planes (self); i++)
        for (int row = 0; row < zr_picture_plane_height (self, i); row++)
            memset (self->planes[i] + (size_t) row * (size_t) self->strides[i],
                    values[i], (size_t) zr_picture_plane_width (self, i));
}

// Fills one plane of a turned picture. A pixel comes from start + x * step_x +
// y * step_y.
static void
s_rotate_plane (zr_picture_t *dest, int plane, const uint8_t *start, ptrdiff_t step_x,
                ptrdiff_t step_y)
{
    int width = zr_picture_plane_width (dest, plane);
    int height = zr_picture_plane_height (dest, plane);
    for (int y = 0; y < height; y++) {
        const uint8_t *from = start + y * step_y;
        uint8_t *to = dest->planes[plane] + (ptrdiff_t) y * dest->strides[plane];
        for (int x = 0; x < width; x++, from += step_x)
            to[x] = *from;
    }
}

int
zr_picture_rotate (zr_picture_t *dest, const zr_picture_t *src, int degrees)
{
    assert (dest && src && dest != src);
    bool upright = degrees == 180;
    if (degrees != 90 && degrees != 180 && degrees != 270)
        return -1;
    if (src->subsampling != TJSAMP_420 && src->subsampling != TJSAMP_444 &&
        src->subsampling != TJSAMP_GRAY)
        return -1;
    if (zr_picture_shape (dest, upright ? src->width : src->height,
                          upright ? src->height : src->width, src->subsampling))
        return -1;

    for (int i = 0; i < zr_picture_planes (src); i++) {
        ptrdiff_t stride = src->strides[i];
        ptrdiff_t last_x = zr_picture_plane_width (src, i) - 1;
        ptrdiff_t last_row = (zr_picture_plane_height (src, i) - 1) * stride;
        const uint8_t *from = src->planes[i];
        if (degrees == 90)
            s_rotate_plane (dest, i, from + last_row, -stride, 1);
        else if (degrees == 270)
            s_rotate_plane (dest, i, from + last_x, stride, -1);
        else
            s_rotate_plane (dest, i, from + last_row + last_x, -1, -stride);
    }
    return 0;
}

void
zr_picture_release (zr_picture_t *self)
{
    assert (self);
    free (self->memory);
    *self = (zr_picture_t){0};
}
