// SPDX-License-Identifier: MPL-2.0
// Which cameras there are, what each offers, and which of it to take. Nothing here
// changes a camera or switches it on.

#ifndef ZR_CAMERA_MODES_H
#define ZR_CAMERA_MODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ZR_CAMERA_MODES_MAX 64
#define ZR_CAMERA_CARD_MAX 64 // bytes of a camera's name, with the NUL

// One format with the size that comes nearest to the one wanted.
typedef struct {
    uint32_t fourcc; // V4L2_PIX_FMT_..., one that camera_pixels knows
    int width, height;
    bool emulated; // converted by libv4l2
} zr_camera_mode_t;

// Path of the first /dev/videoN that captures, or that may not be looked at for want
// of permission if there is no other. Returns 0, or -1 if there is none.
int zr_camera_find (char *path, size_t size);

// Whether zr_camera_find finds one.
bool zr_camera_present (void);

// Prints all cameras with their formats, sizes and rates as a table; says so if there
// is none. Returns how many there are.
int zr_camera_list (FILE *out);

// Whether path is a device that captures. Returns 0, with its name in card
// (ZR_CAMERA_CARD_MAX bytes, fit for a terminal); else an errno: ENOTTY if it is
// something else.
int zr_camera_modes_probe (const char *path, char *card);

// What to ask of the device fd, opened by v4l2_open: best first. With a width the
// nearest wins, and among equals JPEG, then 4:2:0, then 4:2:2; without one (0) the
// largest of the best format. Where a width has several heights, the one of the
// camera's own shape. modes has ZR_CAMERA_MODES_MAX places. Returns how many.
int zr_camera_modes_choose (int fd, int width, zr_camera_mode_t *modes);

#endif
