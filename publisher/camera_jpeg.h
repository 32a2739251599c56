// SPDX-License-Identifier: MPL-2.0
// Cameras' MJPEG made whole: what they deliver is padded, cut short, garbage, or lacks
// its Huffman tables, and what is sent on must be one JPEG that anybody can decode.
// Bytes in, bytes out; nothing is decoded and nothing that is read is trusted.
// One thread at a time.

#ifndef ZR_CAMERA_JPEG_H
#define ZR_CAMERA_JPEG_H

#include <stddef.h>
#include <stdint.h>

// Bytes that are put in where Huffman tables are missing: one DHT segment.
#define ZR_CAMERA_JPEG_TABLES 420

typedef struct zr_camera_jpeg zr_camera_jpeg_t;

zr_camera_jpeg_t *zr_camera_jpeg_new (void);
void zr_camera_jpeg_destroy (zr_camera_jpeg_t **self_p);

// Finds the JPEG that data begins with, by its markers (ITU-T T.81 annex B): bytes
// behind its EOI are dropped. A baseline or extended sequential one without Huffman
// tables before its first scan (AVI1 MJPEG) gets those of annex K.3.
// *jpeg is data itself if nothing had to be put in, else memory of self, valid until
// the next call or destroy. It leaves room for zr_jpeg_write_meta: with the metadata it
// is within ZR_FRAME_SIZE_MAX. Returns 0; -1 if data does not begin with a whole JPEG,
// with the reason in zr_camera_jpeg_reason; *jpeg and *jpeg_len are then unchanged.
// Entropy-coded data is not looked into: damage there that makes no marker passes.
int zr_camera_jpeg_mend (zr_camera_jpeg_t *self, const uint8_t *data, size_t len,
                         const uint8_t **jpeg, size_t *jpeg_len);

// Why the last call refused, a constant text that goes on from "the picture", such as
// "ends before its EOI"; "" if it did not.
const char *zr_camera_jpeg_reason (const zr_camera_jpeg_t *self);

#endif
