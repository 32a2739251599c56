// SPDX-License-Identifier: MPL-2.0

#include "publisher/no_signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

// How many luma samples are as bright as a letter, within rows first to last.
static int
s_bright (const zr_picture_t *picture, int first, int last)
{
    int count = 0;
    for (int y = first; y < last; y++)
        for (int x = 0; x < picture->width; x++)
            count += picture->planes[0][y * picture->strides[0] + x] > 200;
    return count;
}

static void
test_drawn (void **state)
{
    (void) state;
    static const int sizes[][2] = {
        {640, 480}, {1280, 720}, {160, 120}, {480, 640}, {321, 241}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        zr_picture_t picture = {0};
        assert_int_equal (zr_no_signal_draw (&picture, sizes[i][0], sizes[i][1],
                                             "USB test camera",
                                             "no such device (is it plugged in?)"),
                          0);
        assert_int_equal (picture.width, sizes[i][0]);
        assert_int_equal (picture.height, sizes[i][1]);
        int height = picture.height;
        assert_true (s_bright (&picture, height / 4, height * 3 / 4) > 200);
        assert_int_equal (s_bright (&picture, 0, height / 8), 0); // it is a ground
        assert_true (picture.planes[1][0] > 140);                 // and a blue one
        // Nothing is cut off at the sides.
        for (int y = 0; y < height; y++) {
            assert_true (picture.planes[0][y * picture.strides[0]] < 200);
            assert_true (picture.planes[0][y * picture.strides[0] + picture.width - 1] <
                         200);
        }
        zr_picture_release (&picture);
    }
}

static void
test_any_text (void **state)
{
    (void) state;
    char longest[2000];
    memset (longest, 'w', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    zr_picture_t picture = {0};
    assert_int_equal (zr_no_signal_draw (&picture, 64, 48, longest, longest), 0);
    for (size_t i = 0; i < sizeof longest - 1; i += 3)
        longest[i] = ' ';
    assert_int_equal (zr_no_signal_draw (&picture, 64, 48, longest, longest), 0);
    assert_int_equal (zr_no_signal_draw (&picture, 64, 48, "", ""), 0);
    assert_int_equal (zr_no_signal_draw (&picture, 0, 48, "", ""), -1);
    zr_picture_release (&picture);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"the words stand in the middle of a blue ground", test_drawn, NULL, NULL,
         NULL},
        {"texts of any length are drawn as far as they fit", test_any_text, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
