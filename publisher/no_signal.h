// SPDX-License-Identifier: MPL-2.0
// The picture that viewers get where there is none. Pure.

#ifndef ZR_NO_SIGNAL_H
#define ZR_NO_SIGNAL_H

#include "common/picture.h"

// Shapes picture to width by height and draws "no signal", who has none, why, and the
// time of day, so that one sees it is alive. Texts are broken into lines that fit.
// Returns 0, or -1 if there is no such size (zr_picture_shape).
int zr_no_signal_draw (zr_picture_t *picture, int width, int height, const char *who,
                       const char *why);

#endif
