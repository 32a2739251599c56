// SPDX-License-Identifier: MPL-2.0
// One JPEG with its metadata, in memory that is kept from picture to picture.
// One thread at a time.

#ifndef ZR_FRAME_H
#define ZR_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZR_FRAME_SIZE_MAX (32u << 20) // bytes; also the limit of a message

// What the publisher says of a picture, in the JPEG's first COM segment.
typedef struct {
    bool known;      // false: the JPEG says nothing; the rest is 0
    uint64_t seq;    // counts the pictures of a stream
    int64_t time_us; // Unix time of capture, microseconds
} zr_meta_t;

typedef struct {
    uint8_t *data; // the JPEG, within memory
    size_t len;    // its bytes
    zr_meta_t meta;
    uint8_t *memory; // owned
    size_t capacity; // of memory, in bytes
} zr_frame_t;

// Makes memory hold at least size bytes; contents and data are undefined after it.
// size is at most a few times ZR_FRAME_SIZE_MAX: check before. Never fails.
void zr_frame_reserve (zr_frame_t *self, size_t size);

// Frees the memory and empties the struct.
void zr_frame_release (zr_frame_t *self);

#endif
