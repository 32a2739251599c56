// SPDX-License-Identifier: MPL-2.0

#include "publisher/caption.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const int KINDS[] = {
    TJSAMP_444, TJSAMP_422, TJSAMP_420, TJSAMP_GRAY, TJSAMP_440, TJSAMP_411,
};
#define KIND_COUNT (sizeof KINDS / sizeof KINDS[0])

static int
s_sample (const zr_picture_t *picture, int plane, int x, int y)
{
    return picture->planes[plane][y * picture->strides[plane] + x];
}

// Samples of a plane that have the value.
static int
s_count (const zr_picture_t *picture, int plane, int value)
{
    int count = 0;
    for (int y = 0; y < zr_picture_plane_height (picture, plane); y++)
        for (int x = 0; x < zr_picture_plane_width (picture, plane); x++)
            count += s_sample (picture, plane, x, y) == value;
    return count;
}

static void
s_new (zr_picture_t *picture, int width, int height, int kind)
{
    *picture = (zr_picture_t){0};
    assert_int_equal (zr_picture_shape (picture, width, height, kind), 0);
    zr_picture_fill (picture, 100, 90, 80);
}

static void
test_size (void **state)
{
    (void) state;
    assert_int_equal (zr_caption_width ("", 1), 4);
    assert_int_equal (zr_caption_width ("abc", 1), 3 * 6 - 1 + 4);
    assert_int_equal (zr_caption_width ("abc\nabcd", 3), (4 * 6 - 1 + 4) * 3);
    assert_int_equal (zr_caption_height ("abc", 2), (7 + 4) * 2);
    assert_int_equal (zr_caption_height ("abc\nd", 2), (16 + 4) * 2);
}

static void
test_glyph (void **state)
{
    (void) state;
    zr_picture_t picture;
    s_new (&picture, 40, 30, TJSAMP_444);
    zr_caption_draw (&picture, "L", 4, 2, 2);
    // 2 dots of margin, then a stem of one dot and a foot of five.
    assert_int_equal (s_sample (&picture, 0, 3, 2), 100);
    assert_int_equal (s_sample (&picture, 0, 4, 2), 16);
    for (int y = 6; y < 20; y++) {
        assert_int_equal (s_sample (&picture, 0, 8, y), 235);
        assert_int_equal (s_sample (&picture, 0, 9, y), 235);
        assert_int_equal (s_sample (&picture, 0, 10, y), y < 18 ? 16 : 235);
    }
    assert_int_equal (s_count (&picture, 0, 235), 11 * 4);
    assert_int_equal (s_count (&picture, 1, 128), 18 * 22);
    assert_int_equal (s_count (&picture, 2, 128), 18 * 22);
    zr_picture_release (&picture);
}

static void
test_every_glyph_differs (void **state)
{
    (void) state;
    zr_picture_t one, other;
    s_new (&one, 9, 11, TJSAMP_GRAY);
    s_new (&other, 9, 11, TJSAMP_GRAY);
    for (char a = 33; a < 127; a++) {
        zr_caption_draw (&one, (char[]){a, 0}, 0, 0, 1);
        assert_true (s_count (&one, 0, 235) > 1);
        for (char b = 32; b < a; b++) {
            zr_caption_draw (&other, (char[]){b, 0}, 0, 0, 1);
            int same = 1;
            for (int y = 0; y < 11; y++)
                same &= !memcmp (one.planes[0] + (size_t) y * one.strides[0],
                                 other.planes[0] + (size_t) y * other.strides[0], 9);
            assert_false (same);
        }
    }
    zr_picture_release (&one);
    zr_picture_release (&other);
}

static void
test_other_characters (void **state)
{
    (void) state;
    zr_picture_t one, other;
    s_new (&one, 60, 11, TJSAMP_GRAY);
    s_new (&other, 60, 11, TJSAMP_GRAY);
    assert_int_equal (zr_caption_width ("a\xc3\xa4z\x07", 1),
                      zr_caption_width ("a?z?", 1));
    zr_caption_draw (&one, "a\xc3\xa4z\x07", 0, 0, 1);
    zr_caption_draw (&other, "a?z?", 0, 0, 1);
    for (int y = 0; y < 11; y++)
        assert_memory_equal (one.planes[0] + (size_t) y * one.strides[0],
                             other.planes[0] + (size_t) y * other.strides[0], 60);
    zr_picture_release (&one);
    zr_picture_release (&other);
}

// What stands in a row behind the samples.
#define PADDING 77

static void
s_mark_padding (zr_picture_t *picture)
{
    memset (picture->memory, PADDING, picture->capacity);
    zr_picture_fill (picture, 100, 90, 80);
}

static void
s_check_padding (const zr_picture_t *picture)
{
    for (int plane = 0; plane < zr_picture_planes (picture); plane++)
        for (int y = 0; y < zr_picture_plane_height (picture, plane); y++)
            for (int x = zr_picture_plane_width (picture, plane);
                 x < picture->strides[plane]; x++)
                assert_int_equal (s_sample (picture, plane, x, y), PADDING);
}

// Rows do not run into their padding; the address sanitizer watches the rest.
static void
test_clipping (void **state)
{
    (void) state;
    static const int sides[][2] = {{1, 1}, {2, 3}, {17, 5}, {33, 31}};
    for (size_t k = 0; k < KIND_COUNT; k++) {
        for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
            zr_picture_t picture;
            s_new (&picture, sides[i][0], sides[i][1], KINDS[k]);
            s_mark_padding (&picture);
            for (int place = -40; place <= 40; place += 5) {
                zr_caption_draw (&picture, "Wg\n#", place, place, 3);
                zr_caption_draw (&picture, "Wg\n#", -place, place, 1);
            }
            zr_caption_draw_centred (&picture, "no signal\nfrom the camera");
            s_check_padding (&picture);
            zr_picture_release (&picture);
        }
    }
}

static void
test_outside (void **state)
{
    (void) state;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        zr_picture_t picture;
        s_new (&picture, 20, 20, KINDS[k]);
        zr_caption_draw (&picture, "far", 20, 0, 1);
        zr_caption_draw (&picture, "far", 0, 20, 1);
        zr_caption_draw (&picture, "far", -21, 0, 1);
        zr_caption_draw (&picture, "far", 0, -11, 1);
        assert_int_equal (s_count (&picture, 0, 100), 400);
        zr_picture_release (&picture);
    }
}

static void
test_box_chroma (void **state)
{
    (void) state;
    static const uint8_t colour[3] = {1, 2, 3};
    // Width and height of the chroma that a box from (3, 3) to (7, 7) touches.
    static const int touched[KIND_COUNT][2] = {
        {4, 4}, {3, 4}, {3, 3}, {0, 0}, {4, 3}, {2, 4},
    };
    for (size_t k = 0; k < KIND_COUNT; k++) {
        zr_picture_t picture;
        s_new (&picture, 16, 16, KINDS[k]);
        zr_caption_box (&picture, 3, 3, 4, 4, colour);
        assert_int_equal (s_count (&picture, 0, 1), 16);
        if (KINDS[k] != TJSAMP_GRAY) {
            assert_int_equal (s_count (&picture, 1, 2), touched[k][0] * touched[k][1]);
            assert_int_equal (s_count (&picture, 2, 3), touched[k][0] * touched[k][1]);
        }
        zr_picture_release (&picture);
    }
}

static void
test_centred (void **state)
{
    (void) state;
    zr_picture_t picture;
    s_new (&picture, 641, 360, TJSAMP_420);
    zr_caption_draw_centred (&picture, "H\nHHH");
    // Symmetric both ways, as these letters are; all four borders are left alone.
    for (int y = 0; y < 360; y++)
        for (int x = 0; x < 320; x++)
            assert_int_equal (s_sample (&picture, 0, x, y),
                              s_sample (&picture, 0, 640 - x, y));
    for (int x = 0; x < 641; x++) {
        assert_int_equal (s_sample (&picture, 0, x, 89), 100);
        assert_int_equal (s_sample (&picture, 0, x, 270), 100);
    }
    assert_true (s_count (&picture, 0, 235) > 1000);
    zr_picture_release (&picture);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"the size of a caption follows its longest line", test_size, NULL, NULL, NULL},
        {"a character is drawn dot by dot", test_glyph, NULL, NULL, NULL},
        {"no two characters look alike", test_every_glyph_differs, NULL, NULL, NULL},
        {"a character outside ASCII is one question mark", test_other_characters, NULL,
         NULL, NULL},
        {"drawing stops at the borders", test_clipping, NULL, NULL, NULL},
        {"a caption outside the picture leaves it alone", test_outside, NULL, NULL,
         NULL},
        {"a box takes the chroma that it touches", test_box_chroma, NULL, NULL, NULL},
        {"centred text is in the middle", test_centred, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
