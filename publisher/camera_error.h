// SPDX-License-Identifier: MPL-2.0
// Why a camera cannot be used, in one line that says what to do. Pure.

#ifndef ZR_CAMERA_ERROR_H
#define ZR_CAMERA_ERROR_H

#include <stddef.h>

// Writes the sentence for error, an errno of a call on a camera, to text (size bytes).
// what is what was tried, for those that have no sentence of their own.
void zr_camera_error_text (char *text, size_t size, const char *what, int error);

#endif
