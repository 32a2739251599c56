// SPDX-License-Identifier: MPL-2.0
// Smaller tiers of a shot: sizes, means, and that a JPEG and a picture come out alike.

#include "publisher/shrinker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/jpeg.h"

static void
s_means (void **state)
{
    (void) state;
    static const uint8_t even[] = {10, 20, 30, 50, 20, 30, 30, 50};
    static const uint8_t odd[] = {10, 20, 7, 20, 30, 9, 100, 200, 33};
    uint8_t half[4];
    zr_shrinker_halve (half, 2, even, 4, 4, 2);
    assert_int_equal (half[0], 20);
    assert_int_equal (half[1], 40);
    zr_shrinker_halve (half, 2, odd, 3, 3, 3);
    assert_int_equal (half[0], 20);
    assert_int_equal (half[1], 8);
    assert_int_equal (half[2], 150);
    assert_int_equal (half[3], 33);
}

// A slope to the right and downwards, so that every mean is known within one step.
static void
s_slope (zr_picture_t *picture, int width, int height, int subsampling)
{
    assert_int_equal (zr_picture_shape (picture, width, height, subsampling), 0);
    for (int p = 0; p < zr_picture_planes (picture); p++)
        for (int y = 0; y < zr_picture_plane_height (picture, p); y++)
            for (int x = 0; x < zr_picture_plane_width (picture, p); x++)
                picture->planes[p][y * picture->strides[p] + x] =
                    (uint8_t) (20 + p * 40 + x + y);
    zr_picture_pad (picture);
}

static void
s_pictures (void **state)
{
    (void) state;
    static const int samplings[] = {TJSAMP_420,  TJSAMP_422, TJSAMP_444,
                                    TJSAMP_GRAY, TJSAMP_440, TJSAMP_411};
    static const int sizes[][2] = {{64, 32}, {63, 31}, {7, 9}, {4, 4}};
    zr_shrinker_t *shrinker = zr_shrinker_new ();
    zr_picture_t picture = {0};
    for (size_t k = 0; k < sizeof samplings / sizeof *samplings; k++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            s_slope (&picture, sizes[i][0], sizes[i][1], samplings[k]);
            zr_shot_t shot = {.time_us = 5, .picture = picture}, small;
            assert_int_equal (
                zr_shrinker_shrink (shrinker, &shot, ZR_TIER_HALF, &small), 0);
            assert_int_equal (small.picture.width, (sizes[i][0] + 1) / 2);
            assert_int_equal (small.picture.height, (sizes[i][1] + 1) / 2);
            assert_int_equal (small.picture.subsampling, samplings[k]);
            assert_int_equal (small.time_us, 5);
            assert_null (small.jpeg);
            // 20 + (2x + 2y) and the same a step on: the mean is one more.
            assert_int_equal (small.picture.planes[0][small.picture.strides[0] + 1],
                              20 + 4 + 1);
            assert_int_equal (
                zr_shrinker_shrink (shrinker, &shot, ZR_TIER_QUARTER, &small), 0);
            assert_int_equal (small.picture.width, (sizes[i][0] + 3) / 4);
            assert_in_range (small.picture.planes[0][0], 22, 24);
        }
    }
    zr_picture_release (&picture);
    zr_shrinker_destroy (&shrinker);
}

static void
s_jpegs (void **state)
{
    (void) state;
    zr_shrinker_t *shrinker = zr_shrinker_new ();
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_picture_t picture = {0};
    zr_frame_t frame = {0};
    zr_meta_t meta = {.known = true};
    s_slope (&picture, 96, 64, TJSAMP_422);
    assert_int_equal (zr_jpeg_encode (jpeg, &picture, 95, &meta, &frame), 0);
    zr_shot_t shot = {.jpeg = frame.data, .jpeg_len = frame.len}, small;
    shot.picture.width = 96;
    shot.picture.height = 64;
    for (zr_tier_t tier = ZR_TIER_HALF; tier < ZR_TIERS; tier++) {
        assert_int_equal (zr_shrinker_shrink (shrinker, &shot, tier, &small), 0);
        assert_int_equal (small.picture.width, 96 >> tier);
        assert_int_equal (small.picture.height, 64 >> tier);
        assert_in_range (small.picture.planes[0][0], 18, 26);
    }
    shot.jpeg_len = 20;
    assert_int_equal (zr_shrinker_shrink (shrinker, &shot, ZR_TIER_HALF, &small), -1);
    zr_frame_release (&frame);
    zr_picture_release (&picture);
    zr_jpeg_destroy (&jpeg);
    zr_shrinker_destroy (&shrinker);
}

static void
s_tiny (void **state)
{
    (void) state;
    zr_shrinker_t *shrinker = zr_shrinker_new ();
    zr_picture_t picture = {0};
    s_slope (&picture, 3, 2, TJSAMP_420);
    zr_shot_t shot = {.picture = picture}, small;
    assert_int_equal (zr_shrinker_shrink (shrinker, &shot, ZR_TIER_HALF, &small), 0);
    assert_int_equal (zr_shrinker_shrink (shrinker, &shot, ZR_TIER_QUARTER, &small),
                      -1);
    zr_picture_release (&picture);
    zr_shrinker_destroy (&shrinker);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"four samples become their mean", s_means, NULL, NULL, NULL},
        {"pictures of any shape are halved and quartered", s_pictures, NULL, NULL,
         NULL},
        {"so are JPEGs", s_jpegs, NULL, NULL, NULL},
        {"what would have no pixel left is refused", s_tiny, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
