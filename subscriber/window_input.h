// SPDX-License-Identifier: MPL-2.0
// The line of chat that is typed in the window: keyboard, input method, clipboard.
// Main thread.

#ifndef ZR_WINDOW_INPUT_H
#define ZR_WINDOW_INPUT_H

#include <SDL.h>
#include <stdbool.h>

#include "subscriber/window_text.h"

typedef struct zr_window_input zr_window_input_t;

zr_window_input_t *zr_window_input_new (void);
void zr_window_input_destroy (zr_window_input_t **self_p);

// Opens the line, or does nothing if it is open. What was typed before is still there.
void zr_window_input_open (zr_window_input_t *self);
bool zr_window_input_is_open (const zr_window_input_t *self);

typedef enum {
    ZR_WINDOW_INPUT_NONE,    // not an event for it
    ZR_WINDOW_INPUT_CHANGED, // the line looks different
    ZR_WINDOW_INPUT_DONE,    // Enter: the line is complete, and closed
} zr_window_input_result_t;

// Takes an event, if the line is open.
zr_window_input_result_t zr_window_input_handle (zr_window_input_t *self,
                                                 const SDL_Event *event);

// The line completed last; valid until the next one is.
const char *zr_window_input_line (const zr_window_input_t *self);

// Draws it, if it is open, at the lower end of area.
void zr_window_input_draw (const zr_window_input_t *self, zr_window_text_t *text,
                           SDL_Rect area);

#endif
