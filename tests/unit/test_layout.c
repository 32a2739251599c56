// SPDX-License-Identifier: MPL-2.0
// The layout of tiles: shapes kept, nothing overlapping, nothing outside.

#include "subscriber/layout.h"

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

static void
s_grid_one (void **state)
{
    (void) state;
    zr_rect_t cell;
    zr_layout_grid (1, 800, 600, &cell);
    s_assert_rect (cell, 0, 0, 800, 600);
}

static void
s_grid_follows_the_surface (void **state)
{
    (void) state;
    zr_rect_t cells[ZR_LAYOUT_CELLS_MAX];
    zr_layout_grid (2, 3200, 900, cells);
    s_assert_rect (cells[0], 0, 0, 1600, 900);
    s_assert_rect (cells[1], 1600, 0, 1600, 900);
    zr_layout_grid (2, 1600, 1800, cells);
    s_assert_rect (cells[1], 0, 900, 1600, 900);
    zr_layout_grid (4, 1920, 1080, cells);
    s_assert_rect (cells[3], 960, 540, 960, 540);
    zr_layout_grid (9, 1920, 1080, cells);
    s_assert_rect (cells[8], 1280, 720, 640, 360);
}

static void
s_grid_centres_the_last_row (void **state)
{
    (void) state;
    zr_rect_t cells[ZR_LAYOUT_CELLS_MAX];
    zr_layout_grid (3, 1920, 1080, cells);
    s_assert_rect (cells[2], 480, 540, 960, 540);
    zr_layout_grid (5, 1920, 1080, cells);
    s_assert_rect (cells[3], 320, 540, 640, 540);
    s_assert_rect (cells[4], 960, 540, 640, 540);
}

static void
s_check_disjoint (const zr_rect_t *cells, int count, int width, int height)
{
    for (int one = 0; one < count; one++) {
        zr_rect_t a = cells[one];
        assert_true (a.x >= 0 && a.y >= 0 && a.width >= 0 && a.height >= 0);
        assert_true (a.x + a.width <= width && a.y + a.height <= height);
        assert_true (abs (a.width - cells[0].width) <= 1);
        assert_true (abs (a.height - cells[0].height) <= 1);
        for (int two = 0; two < one; two++) {
            zr_rect_t b = cells[two];
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
        for (int count = 1; count <= ZR_LAYOUT_CELLS_MAX; count++) {
            zr_rect_t cells[ZR_LAYOUT_CELLS_MAX];
            zr_layout_grid (count, sizes[size][0], sizes[size][1], cells);
            s_check_disjoint (cells, count, sizes[size][0], sizes[size][1]);
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
        {"one tile has the whole surface", s_grid_one, NULL, NULL, NULL},
        {"columns and rows follow the shape of the surface", s_grid_follows_the_surface,
         NULL, NULL, NULL},
        {"a last row that is not full is centred", s_grid_centres_the_last_row, NULL,
         NULL, NULL},
        {"tiles never overlap and never leave the surface", s_grid_never_overlaps, NULL,
         NULL, NULL},
    };
    return cmocka_run_group_tests_name ("layout", tests, NULL, NULL);
}
