// SPDX-License-Identifier: MPL-2.0
// Every number of columns is tried (64 at most), which is quicker than being clever.
// Edges are computed, not widths, so that what does not divide evenly is spread over
// the cells and none is left over. Labels and margins are the caller's. Any thread.

#include "subscriber/layout.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define TILE_WIDTH 16
#define TILE_HEIGHT 9

void
zr_layout_fit (zr_rect_t box, int width, int height, zr_rect_t *fitted)
{
    *fitted = (zr_rect_t){box.x, box.y, 0, 0};
    if (box.width <= 0 || box.height <= 0 || width <= 0 || height <= 0)
        return;
    // Rounded, so that 16:9 in a box of 16:9 fills it whatever its size.
    int64_t wide = ((int64_t) box.height * width + height / 2) / height;
    int64_t high = ((int64_t) box.width * height + width / 2) / width;
    fitted->width = wide < box.width ? (int) wide : box.width;
    fitted->height = high < box.height ? (int) high : box.height;
    if (fitted->width < 1)
        fitted->width = 1;
    if (fitted->height < 1)
        fitted->height = 1;
    fitted->x += (box.width - fitted->width) / 2;
    fitted->y += (box.height - fitted->height) / 2;
}

// The number of columns that gives the largest tiles; of equals the one with the
// fewest empty places, then the most columns: two stand side by side.
static int
s_best_columns (int count, int width, int height)
{
    int best = 1;
    double best_scale = -1.0;
    int best_empty = 0;
    for (int columns = 1; columns <= count; columns++) {
        int rows = (count + columns - 1) / columns;
        double across = (double) width / columns / TILE_WIDTH;
        double down = (double) height / rows / TILE_HEIGHT;
        double scale = across < down ? across : down;
        int empty = columns * rows - count;
        bool better =
            scale > best_scale || (scale == best_scale && empty <= best_empty);
        if (better) {
            best = columns;
            best_scale = scale;
            best_empty = empty;
        }
    }
    return best;
}

void
zr_layout_grid (int count, int width, int height, zr_rect_t *cells)
{
    assert (count >= 1 && count <= ZR_LAYOUT_CELLS_MAX);
    if (width < 0)
        width = 0;
    if (height < 0)
        height = 0;
    int columns = s_best_columns (count, width, height);
    int rows = (count + columns - 1) / columns;
    for (int index = 0; index < count; index++) {
        int row = index / columns;
        int column = index % columns;
        int in_row = row < rows - 1 ? columns : count - row * columns;
        // In half columns: one for every empty place moves the last row to the middle.
        int64_t halves = 2 * (int64_t) columns;
        int64_t left = 2 * (int64_t) column + (columns - in_row);
        int x0 = (int) (width * left / halves);
        int x1 = (int) (width * (left + 2) / halves);
        int y0 = (int) ((int64_t) height * row / rows);
        int y1 = (int) ((int64_t) height * (row + 1) / rows);
        cells[index] = (zr_rect_t){x0, y0, x1 - x0, y1 - y0};
    }
}
