// SPDX-License-Identifier: MPL-2.0
// With one height for all tiles, the height says everything: rows are filled like lines
// of text, and the largest height at which they fit is found by halving. Then the rows
// are made even, by halving again: the narrowest width that gives as many of them.
// Any thread.

#include "subscriber/layout.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define RATIO_MAX 3 // of a tile's sides

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

// Of a tile that is height high.
static int
s_tile_width (const zr_layout_tile_t *tile, int height)
{
    if (tile->width <= 0 || tile->height <= 0)
        return height;
    int64_t width = ((int64_t) height * tile->width + tile->height / 2) / tile->height;
    if (width > (int64_t) height * RATIO_MAX)
        width = (int64_t) height * RATIO_MAX;
    if (width < height / RATIO_MAX)
        width = height / RATIO_MAX;
    return width < 1 ? 1 : (int) width;
}

// How many tiles go into a row as wide as that, from the first one given; *used is the
// width that they take.
static int
s_fill_row (const zr_layout_tile_t *tiles, int count, int height, int gap, int room,
            int *used)
{
    int fit = 0;
    *used = 0;
    while (fit < count) {
        int wider = *used + (fit ? gap : 0) + s_tile_width (&tiles[fit], height);
        if (wider > room)
            break;
        *used = wider;
        fit++;
    }
    return fit;
}

// How many rows of that width it takes; count + 1 if a tile is wider.
static int
s_count_rows (const zr_layout_tile_t *tiles, int count, int height, int gap, int room)
{
    int rows = 0, used;
    for (int done = 0; done < count; rows++) {
        int fit = s_fill_row (tiles + done, count - done, height, gap, room, &used);
        if (fit == 0)
            return count + 1;
        done += fit;
    }
    return rows;
}

static int
s_rows_height (const zr_layout_surface_t *surface, int rows, int height)
{
    return rows * (height + surface->caption + surface->gap_y) - surface->gap_y;
}

// The largest height of tiles at which all fit; 0 if none is.
static int
s_best_height (const zr_layout_surface_t *surface, const zr_layout_tile_t *tiles,
               int count)
{
    int room_x = surface->width - 2 * surface->gap_x;
    int room_y = surface->height - 2 * surface->gap_y;
    int fits = 0, too_high = room_y > 0 ? room_y + 1 : 1;
    while (too_high - fits > 1) {
        int height = fits + (too_high - fits) / 2;
        int rows = s_count_rows (tiles, count, height, surface->gap_x, room_x);
        if (rows <= count && s_rows_height (surface, rows, height) <= room_y)
            fits = height;
        else
            too_high = height;
    }
    return fits;
}

// The narrowest width that needs no more rows than the whole one.
static int
s_even_width (const zr_layout_surface_t *surface, const zr_layout_tile_t *tiles,
              int count, int height)
{
    int fits = surface->width - 2 * surface->gap_x;
    int rows = s_count_rows (tiles, count, height, surface->gap_x, fits);
    int too_narrow = 0;
    while (fits - too_narrow > 1) {
        int width = too_narrow + (fits - too_narrow) / 2;
        if (s_count_rows (tiles, count, height, surface->gap_x, width) <= rows)
            fits = width;
        else
            too_narrow = width;
    }
    return fits;
}

static void
s_place (const zr_layout_surface_t *surface, zr_layout_tile_t *tiles, int count,
         int height)
{
    int even = s_even_width (surface, tiles, count, height);
    int rows = s_count_rows (tiles, count, height, surface->gap_x, even);
    int y = (surface->height - s_rows_height (surface, rows, height)) / 2;
    for (int done = 0; done < count;) {
        int used;
        int in_row = s_fill_row (tiles + done, count - done, height, surface->gap_x,
                                 even, &used);
        int x = (surface->width - used) / 2;
        for (int end = done + in_row; done < end; done++) {
            zr_layout_tile_t *tile = &tiles[done];
            zr_rect_t box = {x, y, s_tile_width (tile, height), height};
            zr_layout_fit (box, tile->width, tile->height, &tile->picture);
            tile->caption = (zr_rect_t){x, y + height, box.width, surface->caption};
            x += box.width + surface->gap_x;
        }
        y += height + surface->caption + surface->gap_y;
    }
}

void
zr_layout_grid (const zr_layout_surface_t *surface, zr_layout_tile_t *tiles, int count)
{
    assert (surface && tiles && count >= 1 && count <= ZR_LAYOUT_TILES_MAX);
    zr_layout_surface_t bare = *surface;
    int height = s_best_height (surface, tiles, count);
    if (height < 2 * surface->caption) {
        bare.caption = 0;
        height = s_best_height (&bare, tiles, count);
    }
    for (int i = 0; i < count && height == 0; i++)
        tiles[i].picture = tiles[i].caption = (zr_rect_t){0};
    if (height > 0)
        s_place (&bare, tiles, count, height);
}
