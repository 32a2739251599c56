// SPDX-License-Identifier: MPL-2.0
// One place on the terminal where pictures of one stream appear. Scales straight from
// the YUV planes to the few pixels that the place has, and keeps everything that can
// be kept between pictures of the same shape. One thread at a time.

#ifndef ZR_TERMINAL_CANVAS_H
#define ZR_TERMINAL_CANVAS_H

#include <glib.h>

#include "common/picture.h"
#include "subscriber/layout.h"
#include "subscriber/terminal_caps.h"
#include "subscriber/terminal_tty.h"

typedef struct zr_terminal_canvas zr_terminal_canvas_t;

// id tells this place from others (1 and up): kitty keeps one image for each.
zr_terminal_canvas_t *zr_terminal_canvas_new (const zr_terminal_caps_t *caps, int id);
void zr_terminal_canvas_destroy (zr_terminal_canvas_t **self_p);

// The cells, from 0, 0, that a picture of width by height fills if it is to lie
// centred within box (cells too) with its shape kept. Empty if the box is.
void zr_terminal_canvas_place (const zr_terminal_canvas_t *self, zr_rect_t box,
                               const zr_terminal_size_t *size, int width, int height,
                               zr_rect_t *cells);

// How many pixels draw makes for cells.
void zr_terminal_canvas_pixels (const zr_terminal_canvas_t *self, zr_rect_t cells,
                                const zr_terminal_size_t *size, int *width,
                                int *height);

// Whether text is written over the picture from now on. Kitty puts an image in front
// of all text unless told otherwise; elsewhere the text is simply written later.
void zr_terminal_canvas_set_covered (zr_terminal_canvas_t *self, bool covered);

// Appends what makes the terminal show picture in cells, which came from
// zr_terminal_canvas_place. Returns 0, or -1 if it cannot be scaled.
int zr_terminal_canvas_draw (zr_terminal_canvas_t *self, const zr_picture_t *picture,
                             zr_rect_t cells, const zr_terminal_size_t *size,
                             GString *out);

#endif
