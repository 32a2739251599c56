// SPDX-License-Identifier: MPL-2.0

#include "publisher/camera_pixels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/videodev2.h>

static zr_camera_pixels_t *s_pixels;

static int
s_begin (void **state)
{
    (void) state;
    s_pixels = zr_camera_pixels_new ();
    return 0;
}

static int
s_end (void **state)
{
    (void) state;
    zr_camera_pixels_destroy (&s_pixels);
    return s_pixels ? -1 : 0;
}

// What the test's picture holds at a place of a plane.
static uint8_t
s_value (int plane, int x, int y)
{
    return (uint8_t) (20 + plane * 60 + x * 3 + y * 7);
}

// A buffer of exactly the size, so that the address sanitizer sees reads behind it.
static uint8_t *
s_copy (const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc (len);
    assert_non_null (copy);
    memcpy (copy, data, len);
    return copy;
}

// Unpacks and compares with s_value. Every shorter length must be refused.
static void
s_check (const zr_camera_format_t *format, const uint8_t *data, size_t len,
         int subsampling)
{
    zr_picture_t picture = {0};
    uint8_t *copy = s_copy (data, len);
    assert_int_equal (zr_camera_pixels_unpack (s_pixels, &picture, format, copy, len),
                      0);
    free (copy);
    assert_int_equal (picture.subsampling, subsampling);
    for (int p = 0; p < zr_picture_planes (&picture); p++)
        for (int y = 0; y < zr_picture_plane_height (&picture, p); y++)
            for (int x = 0; x < zr_picture_plane_width (&picture, p); x++)
                assert_int_equal (picture.planes[p][y * picture.strides[p] + x],
                                  s_value (p, x, y));
    for (size_t less = 1; less < len; less++) {
        copy = s_copy (data, less);
        assert_int_equal (
            zr_camera_pixels_unpack (s_pixels, &picture, format, copy, less), -1);
        free (copy);
    }
    zr_picture_release (&picture);
}

static void
test_packed (void **state)
{
    (void) state;
    static const struct {
        uint32_t fourcc;
        int y, u, v;
    } kinds[] = {
        {V4L2_PIX_FMT_YUYV, 0, 1, 3},
        {V4L2_PIX_FMT_UYVY, 1, 0, 2},
        {V4L2_PIX_FMT_YVYU, 0, 3, 1},
        {V4L2_PIX_FMT_VYUY, 1, 2, 0},
    };
    enum { WIDTH = 38, HEIGHT = 3, STRIDE = 80 };
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        uint8_t data[STRIDE * HEIGHT] = {0};
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++)
                data[y * STRIDE + 2 * x + kinds[k].y] = s_value (0, x, y);
            for (int x = 0; x < WIDTH / 2; x++) {
                data[y * STRIDE + 4 * x + kinds[k].u] = s_value (1, x, y);
                data[y * STRIDE + 4 * x + kinds[k].v] = s_value (2, x, y);
            }
        }
        zr_camera_format_t format = {kinds[k].fourcc, WIDTH, HEIGHT, STRIDE, true, 0,
                                     false,           false};
        s_check (&format, data, STRIDE * (HEIGHT - 1) + WIDTH * 2, TJSAMP_422);
    }
}

static void
test_semi_planar (void **state)
{
    (void) state;
    enum { WIDTH = 37, HEIGHT = 5, STRIDE = 40, ROWS = 3 };
    uint8_t data[STRIDE * (HEIGHT + ROWS)] = {0};
    for (int swap = 0; swap < 2; swap++) {
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                data[y * STRIDE + x] = s_value (0, x, y);
        for (int y = 0; y < ROWS; y++)
            for (int x = 0; x < 19; x++)
                for (int p = 0; p < 2; p++)
                    data[(HEIGHT + y) * STRIDE + 2 * x + (p ^ swap)] =
                        s_value (1 + p, x, y);
        zr_camera_format_t format = {swap ? V4L2_PIX_FMT_NV21 : V4L2_PIX_FMT_NV12,
                                     WIDTH,
                                     HEIGHT,
                                     STRIDE,
                                     true,
                                     0,
                                     false,
                                     false};
        s_check (&format, data, STRIDE * (HEIGHT + ROWS - 1) + 38, TJSAMP_420);
    }
}

static void
test_planar (void **state)
{
    (void) state;
    enum { WIDTH = 37, HEIGHT = 5, STRIDE = 40, HALF = 20, ROWS = 3 };
    for (int swap = 0; swap < 2; swap++) {
        uint8_t data[STRIDE * HEIGHT + 2 * HALF * ROWS] = {0};
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                data[y * STRIDE + x] = s_value (0, x, y);
        for (int p = 0; p < 2; p++)
            for (int y = 0; y < ROWS; y++)
                for (int x = 0; x < 19; x++)
                    data[STRIDE * HEIGHT + ((p ^ swap) * ROWS + y) * HALF + x] =
                        s_value (1 + p, x, y);
        zr_camera_format_t format = {swap ? V4L2_PIX_FMT_YVU420 : V4L2_PIX_FMT_YUV420,
                                     WIDTH,
                                     HEIGHT,
                                     STRIDE,
                                     true,
                                     0,
                                     false,
                                     false};
        s_check (&format, data, sizeof data - HALF + 19, TJSAMP_420);
    }
}

static void
test_grey (void **state)
{
    (void) state;
    uint8_t data[2 * 4];
    for (int i = 0; i < 8; i++)
        data[i] = s_value (0, i % 4, i / 4);
    zr_camera_format_t format = {V4L2_PIX_FMT_GREY, 4, 2, 4, true, 0, false, false};
    s_check (&format, data, sizeof data, TJSAMP_GRAY);
}

static void
test_range (void **state)
{
    (void) state;
    // Every sample value once, in luma and in chroma, against the exact formula.
    enum { WIDTH = 512 };
    static uint8_t data[WIDTH * 2];
    for (size_t i = 0; i < WIDTH; i++) {
        data[i * 2] = (uint8_t) i;
        data[i * 2 + 1] = (uint8_t) (i / 2);
    }
    zr_camera_format_t format = {
        V4L2_PIX_FMT_YUYV, WIDTH, 1, WIDTH * 2, false, 0, false, false};
    zr_picture_t picture = {0};
    assert_int_equal (
        zr_camera_pixels_unpack (s_pixels, &picture, &format, data, sizeof data), 0);
    for (int i = 0; i < 256; i++) {
        double luma = (i - 16) * 255.0 / 219, chroma = (i - 128) * 255.0 / 224 + 128;
        luma = luma < 0 ? 0 : luma > 255 ? 255 : luma;
        chroma = chroma < 0 ? 0 : chroma > 255 ? 255 : chroma;
        assert_true (abs (picture.planes[0][i] - (int) (luma + 0.5)) <= 1);
        assert_true (abs (picture.planes[1][i] - (int) (chroma + 0.5)) <= 1);
    }
    assert_int_equal (picture.planes[0][16], 0);
    assert_int_equal (picture.planes[0][235], 255);
    assert_int_equal (picture.planes[1][128], 128);
    zr_picture_release (&picture);
}

static void
test_refused (void **state)
{
    (void) state;
    static const uint8_t data[64 * 64];
    zr_picture_t picture = {0};
    zr_camera_format_t bad[] = {
        {V4L2_PIX_FMT_MJPEG, 16, 16, 32, true, 0, false, false},
        {V4L2_PIX_FMT_SBGGR8, 16, 16, 16, true, 0, false, false},
        {V4L2_PIX_FMT_YUYV, 0, 16, 32, true, 0, false, false},
        {V4L2_PIX_FMT_YUYV, 16, 9000, 32, true, 0, false, false},
        {V4L2_PIX_FMT_YUYV, 16, 16, 0, true, 0, false, false},
        {V4L2_PIX_FMT_YUYV, 16, 16, -32, true, 0, false, false},
        {V4L2_PIX_FMT_YUYV, 16, 16, 20, true, 0, false, false}, // rows overlap
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal (
            zr_camera_pixels_unpack (s_pixels, &picture, &bad[i], data, sizeof data),
            -1);
    zr_picture_release (&picture);
}

static void
test_rank (void **state)
{
    (void) state;
    assert_int_equal (zr_camera_pixels_rank (V4L2_PIX_FMT_MJPEG), 0);
    assert_int_equal (zr_camera_pixels_rank (V4L2_PIX_FMT_JPEG), 0);
    assert_true (zr_camera_pixels_rank (V4L2_PIX_FMT_NV12) > 0);
    assert_true (zr_camera_pixels_rank (V4L2_PIX_FMT_NV12) <
                 zr_camera_pixels_rank (V4L2_PIX_FMT_YUYV));
    assert_true (zr_camera_pixels_rank (V4L2_PIX_FMT_YUYV) <
                 zr_camera_pixels_rank (V4L2_PIX_FMT_RGB24));
    assert_int_equal (zr_camera_pixels_rank (V4L2_PIX_FMT_SBGGR8), -1);
    assert_int_equal (zr_camera_pixels_rank (0), -1);
}

static void
test_name (void **state)
{
    (void) state;
    char name[5];
    zr_camera_pixels_name (V4L2_PIX_FMT_YUYV, name);
    assert_string_equal (name, "YUYV");
    zr_camera_pixels_name (V4L2_PIX_FMT_Y16, name);
    assert_string_equal (name, "Y16");
    zr_camera_pixels_name (0x1b1b1b1b, name);
    assert_string_equal (name, "");
}

// One colour in each order of bytes, with a row that is longer than its pixels.
static void
test_rgb (void **state)
{
    (void) state;
    static const struct {
        uint32_t fourcc;
        int size, r, g, b;
    } kinds[] = {
        {V4L2_PIX_FMT_RGB24, 3, 0, 1, 2},  {V4L2_PIX_FMT_BGR24, 3, 2, 1, 0},
        {V4L2_PIX_FMT_XBGR32, 4, 2, 1, 0}, {V4L2_PIX_FMT_BGR32, 4, 2, 1, 0},
        {V4L2_PIX_FMT_XRGB32, 4, 1, 2, 3}, {V4L2_PIX_FMT_RGB32, 4, 1, 2, 3},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        zr_camera_format_t format = {.fourcc = kinds[i].fourcc,
                                     .width = 5,
                                     .height = 3,
                                     .stride = 5 * kinds[i].size + 3};
        uint8_t data[3 * 23];
        size_t len = (size_t) format.stride * 2 + 5 * (size_t) kinds[i].size;
        memset (data, 77, sizeof data);
        for (int y = 0; y < 3; y++)
            for (int x = 0; x < 5; x++) {
                uint8_t *pixel = data + y * format.stride + x * kinds[i].size;
                pixel[kinds[i].r] = 200;
                pixel[kinds[i].g] = 30;
                pixel[kinds[i].b] = 90;
            }
        zr_picture_t picture = {0};
        uint8_t *copy = s_copy (data, len);
        assert_int_equal (
            zr_camera_pixels_unpack (s_pixels, &picture, &format, copy, len), 0);
        free (copy);
        // JFIF 1.02: Y = 0.299 R + 0.587 G + 0.114 B, and so on.
        assert_in_range (picture.planes[0][0], 87, 88);
        assert_in_range (picture.planes[0][2 * picture.strides[0] + 4], 87, 88);
        assert_in_range (picture.planes[1][0], 128, 130);
        assert_in_range (picture.planes[2][0], 207, 209);
        assert_int_equal (
            zr_camera_pixels_unpack (s_pixels, &picture, &format, data, len - 1), -1);
        format.stride = 5 * kinds[i].size - 1;
        assert_int_equal (
            zr_camera_pixels_unpack (s_pixels, &picture, &format, data, len), -1);
        zr_picture_release (&picture);
    }
}

static void
test_parse (void **state)
{
    (void) state;
    assert_int_equal (zr_camera_pixels_parse ("YUYV"), V4L2_PIX_FMT_YUYV);
    assert_int_equal (zr_camera_pixels_parse ("nv12"), V4L2_PIX_FMT_NV12);
    assert_int_equal (zr_camera_pixels_parse ("mjpg"), V4L2_PIX_FMT_MJPEG);
    assert_int_equal (zr_camera_pixels_parse ("MJPEG"), V4L2_PIX_FMT_MJPEG);
    assert_int_equal (zr_camera_pixels_parse ("rgb24"), V4L2_PIX_FMT_RGB24);
    assert_int_equal (zr_camera_pixels_parse ("RGB3"), V4L2_PIX_FMT_RGB24);
    assert_int_equal (zr_camera_pixels_parse ("BA81"), 0); // Bayer: cannot be read
    assert_int_equal (zr_camera_pixels_parse (""), 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"packed 4:2:2 is taken apart in each of its orders", test_packed, NULL, NULL,
         NULL},
        {"interleaved chroma is split in either order", test_semi_planar, NULL, NULL,
         NULL},
        {"planes are copied in either order", test_planar, NULL, NULL, NULL},
        {"grey has one plane", test_grey, NULL, NULL, NULL},
        {"the narrow range is stretched to the full one", test_range, NULL, NULL, NULL},
        {"a wrong format or size is refused", test_refused, NULL, NULL, NULL},
        {"JPEG is preferred to 4:2:0, that to 4:2:2, and RGB is last", test_rank, NULL,
         NULL, NULL},
        {"RGB becomes YUV in each of its orders", test_rgb, NULL, NULL, NULL},
        {"a format is known by its names", test_parse, NULL, NULL, NULL},
        {"a format's name has nothing that a terminal obeys", test_name, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests (tests, s_begin, s_end);
}
