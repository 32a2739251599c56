// SPDX-License-Identifier: MPL-2.0
// Lines of text on an SDL renderer, each on a box that keeps it readable over any
// picture. Fonts are found by fontconfig, for each line one that has its characters.
// Main thread.

#ifndef ZR_WINDOW_TEXT_H
#define ZR_WINDOW_TEXT_H

#include <SDL.h>

typedef struct zr_window_text zr_window_text_t;

// Never NULL. Without any font on the machine nothing is drawn, which was said once.
zr_window_text_t *zr_window_text_new (SDL_Renderer *renderer);

// Before the renderer goes. Accepts NULL inside.
void zr_window_text_destroy (zr_window_text_t **self_p);

// Height of the letters in pixels, from now on.
void zr_window_text_set_size (zr_window_text_t *self, int pixels);

// Height of one line with its box, in pixels.
int zr_window_text_line_height (const zr_window_text_t *self);

// A column like 0, but of text that is too wide the end is seen.
#define ZR_WINDOW_TEXT_TAIL 3

// How opaque lines are drawn from now on, 0 to 255.
void zr_window_text_set_opacity (zr_window_text_t *self, int opacity);

// Draws one line of UTF-8 within area: column and row say where in it, 0 left or top,
// 1 middle, 2 right or bottom; what is too wide ends with an ellipsis. Empty text draws
// nothing.
void zr_window_text_draw (zr_window_text_t *self, const char *text, SDL_Rect area,
                          int column, int row);

// The same without a box, in a grey (0 to 255) and in the middle of area's height.
// Returns the width that it takes.
int zr_window_text_draw_plain (zr_window_text_t *self, const char *text, SDL_Rect area,
                               int column, int grey);

// Width of a line without a box.
int zr_window_text_width (zr_window_text_t *self, const char *text);

#endif
