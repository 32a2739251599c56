// SPDX-License-Identifier: MPL-2.0
// Where things go on a rectangular surface, in any unit. Pure.

#ifndef ZR_LAYOUT_H
#define ZR_LAYOUT_H

#define ZR_LAYOUT_CELLS_MAX 64

typedef struct {
    int x, y, width, height;
} zr_rect_t;

// The largest rectangle of the shape width:height that lies centred within box; never
// less than 1 by 1. All zero at the box's corner if the box is empty or the shape has
// no area.
void zr_layout_fit (zr_rect_t box, int width, int height, zr_rect_t *fitted);

// Divides a surface of width by height, from 0, 0, into count cells (1 to
// ZR_LAYOUT_CELLS_MAX), in rows, so that a 16:9 picture comes out as large as can be
// in each. Neighbours touch, no two overlap, and sizes differ by one unit at most; a
// last row that is not full is centred. A surface that is too small has cells without
// area.
void zr_layout_grid (int count, int width, int height, zr_rect_t *cells);

#endif
