// SPDX-License-Identifier: MPL-2.0
// When a picture was captured, written into it in black and white so that it can be
// read off a screen: a row of cells along the lower edge, each as wide as a fortieth of
// the picture. 32 bits of Unix time in microseconds, the highest first, and 8 to check
// them by. JPEG and scaling leave it legible from 320 pixels across. Any thread.

#ifndef ZR_STAMP_H
#define ZR_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/picture.h"

#define ZR_STAMP_CELLS 40
#define ZR_STAMP_HEIGHT 32 // rows of the picture; all of it in a lower one

// Draws over the lowest rows of a 4:2:0 picture.
void zr_stamp_draw (zr_picture_t *picture, int64_t time_us);

// Reads the levels found in the middle of each cell, 0 to 255. now_us is the Unix time,
// the stamp at most an hour from it. Returns false if it is no stamp.
bool zr_stamp_read (const uint8_t levels[ZR_STAMP_CELLS], int64_t now_us,
                    int64_t *time_us);

#endif
