// SPDX-License-Identifier: MPL-2.0
// The layout of tiles: shapes kept, nothing overlapping, nothing outside.

#include "subscriber/layout.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void
s_assert_rect (zr_rect_t rect, int x, int y, int width, int height)
{
    assert_int_equal (rect.x, x);
    assert_int_equal (rect.y, y);
    assert_int_equal (rect.width, width);
    assert_int_equal (rect.height, height);
}

static void
s_fits (void **state)
{
    (void) state;
    zr_rect_t fitted;
    zr_layout_fit ((zr_rect_t){10, 20, 640, 480}, 1280, 720, &fitted);
    s_assert_rect (fitted, 10, 80, 640, 360);
    zr_layout_fit ((zr_rect_t){0, 0, 1000, 100}, 100, 200, &fitted);
    s_assert_rect (fitted, 475, 0, 50, 100);
    zr_layout_fit ((zr_rect_t){0, 0, 1366, 768}, 1366, 768, &fitted);
    s_assert_rect (fitted, 0, 0, 1366, 768);
    zr_layout_fit ((zr_rect_t){0, 0, 8, 8}, 8192, 1, &fitted);
    s_assert_rect (fitted, 0, 3, 8, 1);
}

static void
s_fits_nothing (void **state)
{
    (void) state;
    zr_rect_t fitted;
    zr_layout_fit ((zr_rect_t){5, 6, 0, 100}, 16, 9, &fitted);
    s_assert_rect (fitted, 5, 6, 0, 0);
    zr_layout_fit ((zr_rect_t){5, 6, -3, -4}, 16, 9, &fitted);
    s_assert_rect (fitted, 5, 6, 0, 0);
    zr_layout_fit ((zr_rect_t){5, 6, 100, 100}, 0, 9, &fitted);
    s_assert_rect (fitted, 5, 6, 0, 0);
}

// Tiles of one shape on a surface without gaps and captions.
static void
s_grid (zr_layout_tile_t *tiles, int count, int width, int height)
{
    const zr_layout_surface_t surface = {.width = width, .height = height};
    for (int i = 0; i < count; i++)
        tiles[i] = (zr_layout_tile_t){.width = 16, .height = 9};
    zr_layout_grid (&surface, tiles, count);
}

static void
s_grid_one (void **state)
{
    (void) state;
    zr_layout_tile_t tile;
    s_grid (&tile, 1, 800, 600);
    s_assert_rect (tile.picture, 0, 75, 800, 450);
}

static void
s_grid_follows_the_surface (void **state)
{
    (void) state;
    zr_layout_tile_t tiles[ZR_LAYOUT_TILES_MAX];
    s_grid (tiles, 2, 3200, 900);
    s_assert_rect (tiles[0].picture, 0, 0, 1600, 900);
    s_assert_rect (tiles[1].picture, 1600, 0, 1600, 900);
    s_grid (tiles, 2, 1600, 1800);
    s_assert_rect (tiles[1].picture, 0, 900, 1600, 900);
    s_grid (tiles, 4, 1920, 1080);
    s_assert_rect (tiles[3].picture, 960, 540, 960, 540);
    s_grid (tiles, 9, 1920, 1080);
    s_assert_rect (tiles[8].picture, 1280, 720, 640, 360);
}

static void
s_grid_centres_the_last_row (void **state)
{
    (void) state;
    zr_layout_tile_t tiles[ZR_LAYOUT_TILES_MAX];
    s_grid (tiles, 3, 1920, 1080);
    s_assert_rect (tiles[2].picture, 480, 540, 960, 540);
    s_grid (tiles, 5, 1920, 1080);
    s_assert_rect (tiles[3].picture, 320, 540, 640, 360);
    s_assert_rect (tiles[4].picture, 960, 540, 640, 360);
}

// Where three would fit beside each other, and two rows are needed for the height.
static void
s_grid_is_even (void **state)
{
    (void) state;
    zr_layout_tile_t tiles[ZR_LAYOUT_TILES_MAX];
    s_grid (tiles, 4, 3000, 1000);
    s_assert_rect (tiles[1].picture, 1500, 0, 889, 500);
    s_assert_rect (tiles[2].picture, 611, 500, 889, 500);
}

static void
s_grid_keeps_shapes (void **state)
{
    (void) state;
    zr_layout_tile_t tiles[4] = {{.width = 1280, .height = 720},
                                 {.width = 360, .height = 640},
                                 {.width = 640, .height = 480},
                                 {.width = 8000, .height = 10}};
    const zr_layout_surface_t surface = {
        .width = 1280, .height = 720, .gap_x = 10, .gap_y = 6, .caption = 20};
    zr_layout_grid (&surface, tiles, 4);
    for (int i = 0; i < 4; i++) {
        zr_rect_t at = tiles[i].picture, caption = tiles[i].caption;
        double shape = (double) tiles[i].width / tiles[i].height;
        if (i < 3)
            assert_true (fabs (at.width - at.height * shape) <= 1);
        assert_true (caption.height == 20 && caption.y >= at.y + at.height);
        assert_true (caption.x <= at.x && caption.width >= at.width);
        assert_true (at.x >= 10 && at.x + at.width <= 1270);
        assert_true (at.y >= 6 && caption.y + caption.height <= 714);
    }
    // One height for all, and as large as this surface has room for.
    assert_int_equal (tiles[0].picture.height, tiles[1].picture.height);
    assert_int_equal (tiles[0].picture.height, tiles[2].picture.height);
    assert_in_range (tiles[0].picture.height, 280, 331);
    // One that is far too wide has a place of 3:1, and so does not shrink the others.
    assert_int_equal (tiles[3].caption.width, 3 * tiles[0].picture.height);
    assert_int_equal (tiles[3].picture.width, tiles[3].caption.width);
}

static void
s_grid_drops_captions (void **state)
{
    (void) state;
    zr_layout_tile_t tiles[16];
    zr_layout_surface_t surface = {.width = 640, .height = 360, .caption = 20};
    for (int i = 0; i < 16; i++)
        tiles[i] = (zr_layout_tile_t){.width = 16, .height = 9};
    zr_layout_grid (&surface, tiles, 16);
    assert_int_equal (tiles[0].caption.height, 20);
    surface.caption = 40;
    zr_layout_grid (&surface, tiles, 16);
    assert_int_equal (tiles[0].caption.height, 0);
    s_assert_rect (tiles[15].picture, 480, 270, 160, 90);
}

static void
s_check_disjoint (const zr_layout_tile_t *tiles, int count, int width, int height)
{
    for (int one = 0; one < count; one++) {
        zr_rect_t a = tiles[one].picture;
        assert_true (a.x >= 0 && a.y >= 0 && a.width >= 0 && a.height >= 0);
        assert_true (a.x + a.width <= width && a.y + a.height <= height);
        assert_true (abs (a.width - tiles[0].picture.width) <= 1);
        assert_true (abs (a.height - tiles[0].picture.height) <= 1);
        for (int two = 0; two < one; two++) {
            zr_rect_t b = tiles[two].picture;
            assert_true (a.x >= b.x + b.width || b.x >= a.x + a.width ||
                         a.y >= b.y + b.height || b.y >= a.y + a.height);
        }
    }
}

static void
s_grid_never_overlaps (void **state)
{
    (void) state;
    static const int sizes[][2] = {{1920, 1080}, {1366, 767}, {80, 24},
                                   {7, 1001},    {3, 2},      {0, 0}};
    for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++)
        for (int count = 1; count <= ZR_LAYOUT_TILES_MAX; count++) {
            zr_layout_tile_t tiles[ZR_LAYOUT_TILES_MAX];
            s_grid (tiles, count, sizes[size][0], sizes[size][1]);
            s_check_disjoint (tiles, count, sizes[size][0], sizes[size][1]);
        }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a picture keeps its shape and is centred in its box", s_fits, NULL, NULL,
         NULL},
        {"an empty box or shape gives an empty rectangle", s_fits_nothing, NULL, NULL,
         NULL},
        {"one tile fills the surface", s_grid_one, NULL, NULL, NULL},
        {"columns and rows follow the shape of the surface", s_grid_follows_the_surface,
         NULL, NULL, NULL},
        {"a last row that is not full is centred", s_grid_centres_the_last_row, NULL,
         NULL, NULL},
        {"rows are even", s_grid_is_even, NULL, NULL, NULL},
        {"every tile has its picture's shape, all one height, captions below",
         s_grid_keeps_shapes, NULL, NULL, NULL},
        {"captions go where pictures would be too small", s_grid_drops_captions, NULL,
         NULL, NULL},
        {"tiles never overlap and never leave the surface", s_grid_never_overlaps, NULL,
         NULL, NULL},
    };
    return cmocka_run_group_tests_name ("layout", tests, NULL, NULL);
}
