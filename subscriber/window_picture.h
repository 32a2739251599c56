// SPDX-License-Identifier: MPL-2.0
// The pictures of all streams as textures of an SDL renderer, kept from show to show.
// Main thread.

#ifndef ZR_WINDOW_PICTURE_H
#define ZR_WINDOW_PICTURE_H

#include <SDL.h>

#include "subscriber/view.h"

typedef struct zr_window_pictures zr_window_pictures_t;

zr_window_pictures_t *zr_window_pictures_new (SDL_Renderer *renderer);

// Before the renderer goes. Accepts NULL inside.
void zr_window_pictures_destroy (zr_window_pictures_t **self_p);

// Once in every show, before drawing: these are the streams that there are. Textures of
// others are destroyed.
void zr_window_pictures_keep (zr_window_pictures_t *self, const zr_view_tile_t *tiles,
                              int count);

// Draws the picture of the tile at this place among those that were kept, stretched
// over area. What cannot be drawn is said once and leaves the area as it is.
void zr_window_pictures_draw (zr_window_pictures_t *self, int place,
                              const zr_view_tile_t *tile, SDL_Rect area);

#endif
