// SPDX-License-Identifier: MPL-2.0
// Short texts drawn into a picture with a built-in 5 x 7 font: the test pattern's
// clock, and pictures that say what is wrong. Pure. Printable ASCII and line breaks;
// any other character becomes one '?'. All drawing is clipped to the picture.

#ifndef ZR_CAPTION_H
#define ZR_CAPTION_H

#include "common/picture.h"

#define ZR_CAPTION_SCALE_MAX 64

// Size of the text with its box, in pixels. scale is how many pixels each dot of the
// font has on a side, 1 to ZR_CAPTION_SCALE_MAX.
int zr_caption_width (const char *text, int scale);
int zr_caption_height (const char *text, int scale);

// Draws text, light on a dark box whose upper left corner is (x, y), which may lie
// outside the picture. Lines begin at the left.
void zr_caption_draw (zr_picture_t *picture, const char *text, int x, int y, int scale);

// Draws text into the middle of the picture, each line centred, as large as is seemly.
void zr_caption_draw_centred (zr_picture_t *picture, const char *text);

// Fills a rectangle with one colour (Y, U, V). Chroma samples that it touches are
// filled whole, so edges are exact only on multiples of the subsampling.
void zr_caption_box (zr_picture_t *picture, int x, int y, int width, int height,
                     const uint8_t colour[3]);

#endif
