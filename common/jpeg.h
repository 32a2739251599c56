// SPDX-License-Identifier: MPL-2.0
// JPEG: checking, metadata in a COM segment, and TurboJPEG behind an object that
// keeps its handles. The functions on bytes are pure and trust nothing.
// Segments: ITU-T T.81 annex B; JFIF range and colours: ITU-T T.871.

#ifndef ZR_JPEG_H
#define ZR_JPEG_H

#include <sys/types.h>

#include "common/frame.h"
#include "common/picture.h"

// Most bytes that zr_jpeg_write_meta writes.
#define ZR_JPEG_META_MAX 96

typedef struct zr_jpeg zr_jpeg_t;

// Length of the JPEG in data without padding behind its EOI; -1 if it does not start
// with SOI and a marker, or has no EOI at its end (cut short).
ssize_t zr_jpeg_check (const uint8_t *data, size_t len);

// Writes SOI and the COM segment for meta, ready to stand in place of a JPEG's own
// SOI. dest has ZR_JPEG_META_MAX bytes. Returns how many were written.
size_t zr_jpeg_write_meta (uint8_t *dest, const zr_meta_t *meta);

// Reads the metadata of a JPEG. meta->known is false if there is none, or it lies.
void zr_jpeg_read_meta (const uint8_t *data, size_t len, zr_meta_t *meta);

zr_jpeg_t *zr_jpeg_new (void);
void zr_jpeg_destroy (zr_jpeg_t **self_p);

// Compresses picture into frame, metadata in front. quality is 1 to 100.
// Returns 0, or -1 with the reason in zr_jpeg_error.
int zr_jpeg_encode (zr_jpeg_t *self, const zr_picture_t *picture, int quality,
                    const zr_meta_t *meta, zr_frame_t *frame);

// Decompresses data into picture, which is shaped for it. Sizes are checked against
// ZR_PICTURE_SIDE_MAX before memory is taken; a JPEG whose data is damaged but which
// is whole is shown as far as it goes. RGB JPEGs become 4:4:4.
// Returns 0, or -1 with the reason in zr_jpeg_error.
int zr_jpeg_decode (zr_jpeg_t *self, const uint8_t *data, size_t len,
                    zr_picture_t *picture);

// What is told of a picture before it is decoded.
typedef struct {
    int width, height;
    int subsampling, colours; // TJSAMP_, TJCS_
    bool coarse;              // of quality 85 at most
} zr_jpeg_header_t;

// Reads the header, and makes all the checks that can be made without decoding.
// Returns 0, or -1 with the reason in zr_jpeg_error.
int zr_jpeg_read_header (zr_jpeg_t *self, const uint8_t *data, size_t len,
                         zr_jpeg_header_t *header);

// Makes header's size that of the smallest copy for a place of width by height pixels:
// of the picture's own size, its half, quarter and eighth (rounded up) the smallest
// that is not below the place, nor below 16 pixels a side; that costs less to decode.
void zr_jpeg_fit (zr_jpeg_header_t *header, int width, int height);

// As zr_jpeg_decode, of a JPEG whose header was read, at the size that it says now.
int zr_jpeg_decode_as (zr_jpeg_t *self, const uint8_t *data, size_t len,
                       const zr_jpeg_header_t *header, zr_picture_t *picture);

// All three: the picture at the smallest size for a place of width by height pixels.
int zr_jpeg_decode_scaled (zr_jpeg_t *self, const uint8_t *data, size_t len, int width,
                           int height, zr_picture_t *picture);

// Why the last call failed; valid until the next one.
const char *zr_jpeg_error (const zr_jpeg_t *self);

#endif
