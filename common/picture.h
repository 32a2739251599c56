// SPDX-License-Identifier: MPL-2.0
// One uncompressed picture: planar YUV, 8 bit, full range (JFIF), as libjpeg-turbo
// and SDL take it. Grey has one plane. One thread at a time.

#ifndef ZR_PICTURE_H
#define ZR_PICTURE_H

#include <stddef.h>
#include <stdint.h>
#include <turbojpeg.h>

#define ZR_PICTURE_SIDE_MAX 8192 // pixels, either way

typedef struct {
    uint8_t *planes[3];  // Y, U, V; NULL where there is none. To be compressed, rows
                         // and columns must exist up to tjPlaneWidth/Height
    int strides[3];      // bytes from row to row
    int width, height;   // of plane 0, in pixels
    int subsampling;     // TJSAMP_444, _422, _420, _GRAY, _440, _411
    uint8_t *memory;     // owned, holds the planes; NULL while they are borrowed
    size_t capacity;     // of memory, in bytes
    size_t capacity_max; // memory never grows above this, in bytes; 0: no such limit
} zr_picture_t;

// Makes room for a picture of this shape and sets planes and strides; contents are
// undefined. Memory is kept and grows only. Rows are 64-byte aligned. Returns 0, or
// -1 if a side is not in 1..ZR_PICTURE_SIDE_MAX, the subsampling is unknown, or the
// memory would be above capacity_max.
// A new zr_picture_t is all zeroes. Memory exists for every plane up to tjPlaneWidth
// and tjPlaneHeight, which TurboJPEG reads and writes for odd sizes.
int zr_picture_shape (zr_picture_t *self, int width, int height, int subsampling);

// How many planes it has: 1 or 3.
int zr_picture_planes (const zr_picture_t *self);

// Size of one plane in pixels; chroma is rounded up for odd sizes.
int zr_picture_plane_width (const zr_picture_t *self, int plane);
int zr_picture_plane_height (const zr_picture_t *self, int plane);

// Repeats the last luma column and row into the padding that an odd size has, so that
// compressing it does not smear what was in memory before. For owned memory only;
// does nothing for even sizes.
void zr_picture_pad (zr_picture_t *self);

// Fills the whole picture with one colour.
void zr_picture_fill (zr_picture_t *self, uint8_t y, uint8_t u, uint8_t v);

// Writes src turned clockwise by 90, 180 or 270 degrees to dest, which is shaped for
// it. Only for 4:2:0, 4:4:4 and grey (4:2:2 would become 4:4:0). Returns 0 or -1.
int zr_picture_rotate (zr_picture_t *dest, const zr_picture_t *src, int degrees);

// Frees the memory and empties the struct. Borrowed planes are left alone.
void zr_picture_release (zr_picture_t *self);

#endif
