// SPDX-License-Identifier: MPL-2.0
// A camera's controls (brightness, exposure...): set by name, and listed. Names are
// those of v4l2-ctl. Any thread, no state.

#ifndef ZR_CAMERA_CONTROLS_H
#define ZR_CAMERA_CONTROLS_H

#include <stdio.h>

#include "publisher/camera_control.h"

// Sets what text says, such as "brightness=140", on the V4L2 descriptor fd: a name and
// a value as in camera_control.h; a button needs no value. Returns 0, with what the
// driver made of it in said ("brightness is 140"); ZR_CAMERA_CONTROL_UNKNOWN if there
// is no such control: print the list; ZR_CAMERA_CONTROL_AMBIGUOUS or -1 else. With
// these said is what is wrong and what to do (256 bytes are enough).
int zr_camera_controls_set (int fd, const char *text, char *said, size_t size);

// Prints all controls that can be set as a table: value, normal value, what it takes.
// fd is a V4L2 descriptor. Returns how many there are; without any, nothing is printed.
int zr_camera_controls_print (FILE *out, int fd);

#endif
