// SPDX-License-Identifier: MPL-2.0

#include "publisher/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static bool
s_same (const zr_picture_t *one, const zr_picture_t *other)
{
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < zr_picture_plane_height (one, plane); y++)
            if (memcmp (one->planes[plane] + (size_t) y * one->strides[plane],
                        other->planes[plane] + (size_t) y * other->strides[plane],
                        zr_picture_plane_width (one, plane)) != 0)
                return false;
    return true;
}

// Whether number is the same picture after others as it is first of all.
static bool
s_is_reproducible (int width, int height, const uint64_t *others, uint64_t number)
{
    zr_pattern_t *used = zr_pattern_new (width, height, 30);
    zr_pattern_t *fresh = zr_pattern_new (width, height, 30);
    while (*others)
        zr_pattern_draw (used, *others++);
    bool same =
        s_same (zr_pattern_draw (used, number), zr_pattern_draw (fresh, number));
    zr_pattern_destroy (&used);
    zr_pattern_destroy (&fresh);
    return same;
}

static void
test_reproducible (void **state)
{
    (void) state;
    // The last two have longer captions; 158 to 161 have the box at the border.
    static const uint64_t others[] = {1, 158,     159,         160, 161,
                                      5, 1234567, 99999999999, 0};
    static const int sides[][2] = {{640, 360}, {321, 181}, {16, 16}, {15, 13},
                                   {2, 40},    {99, 3},    {1, 1}};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++)
        for (uint64_t number = 150; number < 165; number++)
            assert_true (s_is_reproducible (sides[i][0], sides[i][1], others, number));
}

static void
test_neighbours_differ (void **state)
{
    (void) state;
    static const int sides[][2] = {{640, 360}, {161, 91}, {16, 16}};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        zr_pattern_t *one = zr_pattern_new (sides[i][0], sides[i][1], 30);
        zr_pattern_t *other = zr_pattern_new (sides[i][0], sides[i][1], 30);
        for (uint64_t n = 0; n < 200; n++)
            assert_false (
                s_same (zr_pattern_draw (one, n), zr_pattern_draw (other, n + 1)));
        zr_pattern_destroy (&one);
        zr_pattern_destroy (&other);
    }
}

// Left edge of the moving box in 640x360: the only place with its luma.
static int
s_box_x (const zr_picture_t *picture)
{
    const uint8_t *row = picture->planes[0] + (size_t) 300 * picture->strides[0];
    for (int x = 0; x < 640; x++)
        if (row[x] == 170 && (x == 0 || row[x - 1] != 170))
            return x;
    return -1;
}

static void
test_moves_evenly (void **state)
{
    (void) state;
    zr_pattern_t *pattern = zr_pattern_new (640, 360, 30);
    for (int n = 0; n < 140; n++)
        assert_int_equal (s_box_x (zr_pattern_draw (pattern, n)), 4 * n);
    zr_pattern_destroy (&pattern);
}

static void
test_bars_and_ramp (void **state)
{
    (void) state;
    zr_pattern_t *pattern = zr_pattern_new (1280, 720, 30);
    const zr_picture_t *picture = zr_pattern_draw (pattern, 0);
    assert_int_equal (picture->subsampling, TJSAMP_420);
    // Full-range BT.601 of 75 % white, yellow and blue.
    assert_int_equal (picture->planes[0][80], 191);
    assert_int_equal (picture->planes[1][40], 128);
    assert_int_equal (picture->planes[0][240], 169);
    assert_int_equal (picture->planes[1][120], 32);
    assert_int_equal (picture->planes[2][120], 144);
    assert_int_equal (picture->planes[0][1040], 22);
    assert_int_equal (picture->planes[1][520], 224);
    const uint8_t *ramp = picture->planes[0] + (size_t) 500 * picture->strides[0];
    assert_int_equal (ramp[0], 0);
    assert_int_equal (ramp[1279], 255);
    for (int x = 1; x < 1280; x++)
        assert_true (ramp[x] >= ramp[x - 1]);
    zr_pattern_destroy (&pattern);
}

static void
test_sizes (void **state)
{
    (void) state;
    for (int width = 1; width < 40; width++) {
        for (int height = 1; height < 40; height++) {
            zr_pattern_t *pattern = zr_pattern_new (width, height, 25);
            for (uint64_t n = 0; n < 3; n++)
                assert_int_equal (zr_pattern_draw (pattern, n << 40)->width, width);
            zr_pattern_destroy (&pattern);
        }
    }
    assert_null (zr_pattern_new (0, 16, 30));
    assert_null (zr_pattern_new (16, ZR_PICTURE_SIDE_MAX + 1, 30));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a picture is the same bytes whatever was drawn before", test_reproducible,
         NULL, NULL, NULL},
        {"a picture differs from the next", test_neighbours_differ, NULL, NULL, NULL},
        {"the box moves by the same step each time", test_moves_evenly, NULL, NULL,
         NULL},
        {"bars and ramp have their levels", test_bars_and_ramp, NULL, NULL, NULL},
        {"any size is drawn, and a wrong one refused", test_sizes, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
