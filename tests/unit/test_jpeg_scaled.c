// SPDX-License-Identifier: MPL-2.0
// Pictures decoded for a small place: which of the sizes is taken, that it looks like
// the whole picture made smaller, and that odd shapes and damage do no harm.

#include "common/jpeg.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))

// Slopes and waves, which differ from plane to plane; nothing finer than a photograph.
static void
s_paint (zr_picture_t *picture, int width, int height, int subsampling)
{
    assert_int_equal (zr_picture_shape (picture, width, height, subsampling), 0);
    for (int i = 0; i < zr_picture_planes (picture); i++) {
        int wide = zr_picture_plane_width (picture, i);
        int high = zr_picture_plane_height (picture, i);
        for (int y = 0; y < high; y++)
            for (int x = 0; x < wide; x++) {
                double wave = sin (20.0 * x / wide + i) * cos (15.0 * y / high);
                picture->planes[i][y * picture->strides[i] + x] =
                    (uint8_t) (128 + 60 * wave + 50 * x / wide);
            }
    }
    zr_picture_pad (picture);
}

static void
s_encode_as (zr_jpeg_t *jpeg, int width, int height, int subsampling, int quality,
             zr_frame_t *frame)
{
    zr_picture_t picture = {0};
    s_paint (&picture, width, height, subsampling);
    assert_int_equal (zr_jpeg_encode (jpeg, &picture, quality, &(zr_meta_t){0}, frame),
                      0);
    zr_picture_release (&picture);
}

static void
s_encode (zr_jpeg_t *jpeg, int width, int height, int subsampling, zr_frame_t *frame)
{
    s_encode_as (jpeg, width, height, subsampling, 95, frame);
}

// Mean of the square of full that becomes the pixel at x, y of a plane made by times
// smaller.
static double
s_mean (const zr_picture_t *full, int plane, int x, int y, int by)
{
    int sum = 0, count = 0;
    for (int row = y * by; row < (y + 1) * by; row++)
        for (int column = x * by; column < (x + 1) * by; column++)
            if (row < zr_picture_plane_height (full, plane) &&
                column < zr_picture_plane_width (full, plane)) {
                sum += full->planes[plane][row * full->strides[plane] + column];
                count++;
            }
    return count ? (double) sum / count : 0;
}

// dB between a plane and the same plane of the full picture made smaller.
static double
s_psnr (const zr_picture_t *less, const zr_picture_t *full, int plane, int by)
{
    double squares = 0;
    int wide = zr_picture_plane_width (less, plane);
    int high = zr_picture_plane_height (less, plane);
    for (int y = 0; y < high; y++)
        for (int x = 0; x < wide; x++) {
            double off = less->planes[plane][y * less->strides[plane] + x] -
                         s_mean (full, plane, x, y, by);
            squares += off * off;
        }
    return 10 * log10 (255.0 * 255.0 * wide * high / (squares + 1e-9));
}

static void
s_smallest (void **state)
{
    (void) state;
    static const struct {
        int width, height, taken_width, taken_height;
    } cases[] = {
        {INT_MAX, INT_MAX, 1280, 720},
        {1280, 720, 1280, 720},
        {641, 360, 1280, 720},
        {640, 361, 1280, 720},
        {640, 360, 640, 360},
        {400, 225, 640, 360},
        {321, 10, 640, 360},
        {320, 180, 320, 180},
        {161, 90, 320, 180},
        {160, 90, 160, 90},
        {1, 1, 160, 90},
        {0, 0, 160, 90},
    };
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_frame_t frame = {0};
    zr_picture_t picture = {0};
    s_encode (jpeg, 1280, 720, TJSAMP_420, &frame);
    for (size_t i = 0; i < COUNT (cases); i++) {
        assert_int_equal (zr_jpeg_decode_scaled (jpeg, frame.data, frame.len,
                                                 cases[i].width, cases[i].height,
                                                 &picture),
                          0);
        assert_int_equal (picture.width, cases[i].taken_width);
        assert_int_equal (picture.height, cases[i].taken_height);
    }
    zr_picture_release (&picture);
    zr_frame_release (&frame);
    zr_jpeg_destroy (&jpeg);
}

static void
s_looks_alike (void **state)
{
    (void) state;
    static const int samplings[] = {TJSAMP_444,  TJSAMP_422, TJSAMP_420,
                                    TJSAMP_GRAY, TJSAMP_440, TJSAMP_411};
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_frame_t frame = {0};
    zr_picture_t full = {0}, less = {0};
    for (size_t s = 0; s < COUNT (samplings); s++) {
        s_encode (jpeg, 640, 384, samplings[s], &frame);
        assert_int_equal (zr_jpeg_decode (jpeg, frame.data, frame.len, &full), 0);
        for (int by = 2; by <= 8; by *= 2) {
            assert_int_equal (zr_jpeg_decode_scaled (jpeg, frame.data, frame.len,
                                                     640 / by, 384 / by, &less),
                              0);
            assert_int_equal (less.width, 640 / by);
            assert_int_equal (less.subsampling, samplings[s]);
            for (int plane = 0; plane < zr_picture_planes (&less); plane++)
                if (s_psnr (&less, &full, plane, by) < 38)
                    fail_msg ("sampling %d, 1/%d, plane %d: %.1f dB", samplings[s], by,
                              plane, s_psnr (&less, &full, plane, by));
        }
    }
    zr_picture_release (&full);
    zr_picture_release (&less);
    zr_frame_release (&frame);
    zr_jpeg_destroy (&jpeg);
}

static void
s_odd_sizes (void **state)
{
    (void) state;
    static const int samplings[] = {TJSAMP_444,  TJSAMP_422, TJSAMP_420,
                                    TJSAMP_GRAY, TJSAMP_440, TJSAMP_411};
    static const int sizes[][2] = {{1, 1},   {1, 9},   {9, 1},     {7, 8},    {15, 17},
                                   {33, 31}, {65, 49}, {121, 249}, {250, 131}};
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_frame_t frame = {0};
    for (size_t s = 0; s < COUNT (samplings); s++)
        for (size_t i = 0; i < COUNT (sizes); i++) {
            s_encode (jpeg, sizes[i][0], sizes[i][1], samplings[s], &frame);
            for (int by = 1; by <= 8; by *= 2) {
                zr_picture_t picture = {0}; // memory of exactly this shape
                int width = (sizes[i][0] + by - 1) / by;
                int height = (sizes[i][1] + by - 1) / by;
                assert_int_equal (zr_jpeg_decode_scaled (jpeg, frame.data, frame.len,
                                                         width, height, &picture),
                                  0);
                bool tiny = width < 16 || height < 16; // those are not made smaller
                assert_true (picture.width >= width && picture.height >= height);
                if (!tiny)
                    assert_true (picture.width == width && picture.height == height);
                assert_true (picture.width <= sizes[i][0]);
                zr_picture_release (&picture);
            }
        }
    zr_frame_release (&frame);
    zr_jpeg_destroy (&jpeg);
}

static void
s_size_alone (void **state)
{
    (void) state;
    zr_jpeg_header_t header;
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_frame_t frame = {0};
    s_encode (jpeg, 321, 77, TJSAMP_420, &frame);
    assert_int_equal (zr_jpeg_read_header (jpeg, frame.data, frame.len, &header), 0);
    assert_true (header.width == 321 && header.height == 77);
    assert_int_equal (zr_jpeg_read_header (jpeg, frame.data, 40, &header), -1);
    assert_true (strlen (zr_jpeg_error (jpeg)) > 0);
    // What is broken does not spoil what comes next.
    assert_int_equal (zr_jpeg_read_header (jpeg, frame.data, frame.len, &header), 0);
    assert_int_equal (header.width, 321);
    zr_frame_release (&frame);
    zr_jpeg_destroy (&jpeg);
}

// How it is decoded depends on that: both ways must give the same picture.
static void
s_coarse (void **state)
{
    (void) state;
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_frame_t frame = {0};
    zr_jpeg_header_t header;
    zr_picture_t fast = {0}, accurate = {0};
    for (int quality = 10; quality <= 100; quality++) {
        s_encode_as (jpeg, 320, 240, TJSAMP_420, quality, &frame);
        assert_int_equal (zr_jpeg_read_header (jpeg, frame.data, frame.len, &header),
                          0);
        assert_int_equal (header.coarse, quality <= 85);
        assert_int_equal (
            zr_jpeg_decode_as (jpeg, frame.data, frame.len, &header, &fast), 0);
        header.coarse = false;
        assert_int_equal (
            zr_jpeg_decode_as (jpeg, frame.data, frame.len, &header, &accurate), 0);
        for (int plane = 0; plane < 3; plane++)
            assert_true (s_psnr (&fast, &accurate, plane, 1) > 48);
    }
    zr_picture_release (&fast);
    zr_picture_release (&accurate);
    zr_frame_release (&frame);
    zr_jpeg_destroy (&jpeg);
}

// Any byte of it wrong, at all sizes: the address sanitizer looks on.
static void
s_damage (void **state)
{
    (void) state;
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_frame_t frame = {0};
    zr_picture_t picture = {0};
    s_encode (jpeg, 136, 129, TJSAMP_420, &frame);
    uint8_t *copy = malloc (frame.len);
    assert_non_null (copy);
    for (size_t at = 2; at < frame.len; at++)
        for (int side = 16; side <= 64; side *= 2) {
            memcpy (copy, frame.data, frame.len);
            copy[at] ^= (uint8_t) (1 + at * 37);
            zr_jpeg_decode_scaled (jpeg, copy, frame.len, side, side, &picture);
        }
    free (copy);
    zr_picture_release (&picture);
    zr_frame_release (&frame);
    zr_jpeg_destroy (&jpeg);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"the smallest size that is not below the place is taken", s_smallest, NULL,
         NULL, NULL},
        {"it looks like the whole picture made smaller", s_looks_alike, NULL, NULL,
         NULL},
        {"odd sizes are made smaller, too", s_odd_sizes, NULL, NULL, NULL},
        {"the size is read without decoding", s_size_alone, NULL, NULL, NULL},
        {"up to quality 85 it is decoded fast, and looks the same", s_coarse, NULL,
         NULL, NULL},
        {"damage does no harm at any size", s_damage, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("jpeg_scaled", tests, NULL, NULL);
}
