// SPDX-License-Identifier: MPL-2.0
// What formats, sizes and rates a camera offers, and which of them to take. Nothing
// here changes a camera or switches it on.

#ifndef ZR_CAMERA_MODES_H
#define ZR_CAMERA_MODES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ZR_CAMERA_MODES_MAX 64

// One format with the size that comes nearest to the one wanted.
typedef struct {
    uint32_t fourcc; // V4L2_PIX_FMT_..., one that camera_pixels knows
    int width, height;
    bool emulated; // converted by libv4l2
} zr_camera_mode_t;

// Prints all cameras for people: where each is, its own formats with sizes and rates,
// and its controls; says so if there is none. Returns how many there are.
int zr_camera_list (FILE *out);

// What to ask of the device fd, opened by v4l2_open: best first. With a width the
// nearest wins, and among equals JPEG, then 4:2:0, then 4:2:2; without one (0) the
// largest of the best format. Where a width has several heights, the one nearest to
// height, or with 0 that of the camera's own shape. modes has ZR_CAMERA_MODES_MAX
// places. Returns how many.
int zr_camera_modes_choose (int fd, int width, int height, zr_camera_mode_t *modes);

#endif
