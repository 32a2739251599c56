// SPDX-License-Identifier: MPL-2.0
// Where things go on a rectangular surface, in any unit. Pure.

#ifndef ZR_LAYOUT_H
#define ZR_LAYOUT_H

#define ZR_LAYOUT_TILES_MAX 64

typedef struct {
    int x, y, width, height;
} zr_rect_t;

// The largest rectangle of the shape width:height that lies centred within box; never
// less than 1 by 1. All zero at the box's corner if the box is empty or the shape has
// no area.
void zr_layout_fit (zr_rect_t box, int width, int height, zr_rect_t *fitted);

// What tiles are laid out on, from 0, 0.
typedef struct {
    int width, height;
    int gap_x, gap_y; // between neighbours, and around all of them
    int caption;      // height of the line under each picture; 0: none
} zr_layout_surface_t;

typedef struct {
    int width, height; // given: the picture's shape
    zr_rect_t picture; // its place, of that shape
    zr_rect_t caption; // as wide as the tile; no area: no caption
} zr_layout_tile_t;

// Places count tiles (1 to ZR_LAYOUT_TILES_MAX), in their order, in rows, all of one
// height and each as wide as its picture, as large as can be; what is left over is
// around them. Very wide and very high pictures (more than 3:1) get a place of that
// shape. Captions are left out where they would take a third of a tile. A surface that
// is too small has tiles without area.
void zr_layout_grid (const zr_layout_surface_t *surface, zr_layout_tile_t *tiles,
                     int count);

#endif
