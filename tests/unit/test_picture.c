// SPDX-License-Identifier: MPL-2.0
// Pictures of every shape from 1x1 on: where the planes lie, what surrounds an odd
// size, and turning, compared pixel by pixel with a formula. Sources stand in heap
// blocks of exactly their size, so that the address sanitizer sees each step outside.

#include "common/picture.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int s_samplings[] = {TJSAMP_444,  TJSAMP_422, TJSAMP_420,
                                  TJSAMP_GRAY, TJSAMP_440, TJSAMP_411};
#define SAMPLINGS (sizeof s_samplings / sizeof *s_samplings)

static const int s_sides[] = {1, 2, 3, 4, 5, 7, 16, 31, 63, 64, 65};
#define SIDES (sizeof s_sides / sizeof *s_sides)

// A value that tells planes, rows and columns apart.
static uint8_t
s_value (int plane, int x, int y)
{
    return (uint8_t) (plane * 97 + y * 31 + x * 7 + 1);
}

// Fills a plane as far as TurboJPEG reads it.
static void
s_paint_plane (zr_picture_t *picture, int plane)
{
    int width = tjPlaneWidth (plane, picture->width, picture->subsampling);
    int height = tjPlaneHeight (plane, picture->height, picture->subsampling);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            picture->planes[plane][y * picture->strides[plane] + x] =
                s_value (plane, x, y);
}

static void
s_check_plane (const zr_picture_t *picture, int plane)
{
    int width = tjPlaneWidth (plane, picture->width, picture->subsampling);
    int height = tjPlaneHeight (plane, picture->height, picture->subsampling);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            assert_int_equal (picture->planes[plane][y * picture->strides[plane] + x],
                              s_value (plane, x, y));
}

static void
s_check_shape (zr_picture_t *picture, int width, int height, int subsampling)
{
    assert_int_equal (zr_picture_shape (picture, width, height, subsampling), 0);
    assert_int_equal (picture->width, width);
    assert_int_equal (picture->height, height);
    assert_int_equal (picture->subsampling, subsampling);
    int planes = zr_picture_planes (picture);
    assert_int_equal (planes, subsampling == TJSAMP_GRAY ? 1 : 3);
    for (int i = 0; i < planes; i++) {
        assert_int_equal ((uintptr_t) picture->planes[i] % 64, 0);
        assert_int_equal (picture->strides[i] % 64, 0);
        assert_true (picture->strides[i] >= tjPlaneWidth (i, width, subsampling));
        s_paint_plane (picture, i);
    }
    for (int i = 0; i < planes; i++)
        s_check_plane (picture, i); // no plane was painted over by another
    for (int i = planes; i < 3; i++) {
        assert_null (picture->planes[i]);
        assert_int_equal (picture->strides[i], 0);
    }
}

static void
s_every_shape (void **state)
{
    (void) state;
    zr_picture_t reused = {0};
    for (size_t s = 0; s < SAMPLINGS; s++)
        for (size_t w = 0; w < SIDES; w++)
            for (size_t h = 0; h < SIDES; h++) {
                zr_picture_t fresh = {0};
                s_check_shape (&fresh, s_sides[w], s_sides[h], s_samplings[s]);
                s_check_shape (&reused, s_sides[w], s_sides[h], s_samplings[s]);
                zr_picture_release (&fresh);
            }
    zr_picture_release (&reused);
}

static void
s_longest_sides (void **state)
{
    (void) state;
    zr_picture_t picture = {0};
    s_check_shape (&picture, ZR_PICTURE_SIDE_MAX, 1, TJSAMP_420);
    s_check_shape (&picture, 1, ZR_PICTURE_SIDE_MAX, TJSAMP_411);
    zr_picture_release (&picture);
}

static void
s_refused_shapes (void **state)
{
    (void) state;
    static const int shapes[][3] = {
        {0, 8, TJSAMP_420},
        {8, 0, TJSAMP_420},
        {-1, 8, TJSAMP_420},
        {8, -1, TJSAMP_420},
        {INT_MIN, 8, TJSAMP_420},
        {8, INT_MIN, TJSAMP_420},
        {INT_MAX, 8, TJSAMP_420},
        {8, INT_MAX, TJSAMP_420},
        {8193, 8, TJSAMP_420},
        {8, 8193, TJSAMP_420},
        {65500, 65500, TJSAMP_444},
        {8, 8, -1},
        {8, 8, TJ_NUMSAMP},
        {8, 8, INT_MAX},
        {8, 8, INT_MIN},
    };
    zr_picture_t picture = {0};
    assert_int_equal (zr_picture_shape (&picture, 6, 4, TJSAMP_444), 0);
    const zr_picture_t before = picture;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int *shape = shapes[i];
        assert_int_equal (zr_picture_shape (&picture, shape[0], shape[1], shape[2]),
                          -1);
        assert_memory_equal (&picture, &before, sizeof before);
    }
    zr_picture_release (&picture);
}

static void
s_plane_sizes (void **state)
{
    (void) state;
    // Width and height of plane 1 of a picture of 21 by 13.
    static const int sizes[][3] = {{TJSAMP_444, 21, 13},
                                   {TJSAMP_422, 11, 13},
                                   {TJSAMP_420, 11, 7},
                                   {TJSAMP_440, 21, 7},
                                   {TJSAMP_411, 6, 13}};
    zr_picture_t picture = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal (zr_picture_shape (&picture, 21, 13, sizes[i][0]), 0);
        assert_int_equal (zr_picture_plane_width (&picture, 0), 21);
        assert_int_equal (zr_picture_plane_height (&picture, 0), 13);
        for (int plane = 1; plane < 3; plane++) {
            assert_int_equal (zr_picture_plane_width (&picture, plane), sizes[i][1]);
            assert_int_equal (zr_picture_plane_height (&picture, plane), sizes[i][2]);
        }
    }
    zr_picture_release (&picture);
}

static void
s_memory_is_kept (void **state)
{
    (void) state;
    zr_picture_t picture = {0};
    assert_int_equal (zr_picture_shape (&picture, 640, 480, TJSAMP_444), 0);
    const uint8_t *memory = picture.memory;
    size_t capacity = picture.capacity;
    picture.planes[2][0] = 77;
    assert_int_equal (zr_picture_shape (&picture, 640, 480, TJSAMP_444), 0);
    assert_int_equal (picture.planes[2][0], 77);
    assert_int_equal (zr_picture_shape (&picture, 16, 16, TJSAMP_420), 0);
    assert_ptr_equal (picture.memory, memory);
    assert_int_equal (picture.capacity, capacity);
    s_check_shape (&picture, 640, 480, TJSAMP_444);
    assert_ptr_equal (picture.memory, memory);
    s_check_shape (&picture, 641, 480, TJSAMP_444);
    assert_true (picture.capacity > capacity);
    zr_picture_release (&picture);
}

static void
s_borrowed_planes (void **state)
{
    (void) state;
    static const zr_picture_t empty;
    uint8_t plane[4] = {1, 2, 3, 4};
    zr_picture_t picture = {.planes = {plane},
                            .strides = {2},
                            .width = 2,
                            .height = 2,
                            .subsampling = TJSAMP_GRAY};
    assert_int_equal (zr_picture_shape (&picture, 2, 2, TJSAMP_GRAY), 0);
    assert_non_null (picture.memory);
    assert_ptr_not_equal (picture.planes[0], plane);
    zr_picture_release (&picture);
    assert_memory_equal (&picture, &empty, sizeof empty);
    picture.planes[0] = plane;
    zr_picture_release (&picture); // of the stack: freeing it would be seen
    assert_memory_equal (&picture, &empty, sizeof empty);
    assert_int_equal (plane[3], 4);
}

static void
s_check_padding (int width, int height, int subsampling)
{
    zr_picture_t picture = {0};
    assert_int_equal (zr_picture_shape (&picture, width, height, subsampling), 0);
    memset (picture.memory, 0xee, picture.capacity);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            picture.planes[0][y * picture.strides[0] + x] = s_value (0, x, y);
    zr_picture_pad (&picture);
    for (int y = 0; y < tjPlaneHeight (0, height, subsampling); y++)
        for (int x = 0; x < tjPlaneWidth (0, width, subsampling); x++)
            assert_int_equal (
                picture.planes[0][y * picture.strides[0] + x],
                s_value (0, x < width ? x : width - 1, y < height ? y : height - 1));
    for (int i = 1; i < zr_picture_planes (&picture); i++)
        for (int x = 0; x < picture.strides[i]; x++)
            assert_int_equal (picture.planes[i][x], 0xee);
    zr_picture_release (&picture);
}

static void
s_padding (void **state)
{
    (void) state;
    for (size_t s = 0; s < SAMPLINGS; s++)
        for (size_t w = 0; w < SIDES; w++)
            for (size_t h = 0; h < SIDES; h++)
                s_check_padding (s_sides[w], s_sides[h], s_samplings[s]);
}

static void
s_fill (void **state)
{
    (void) state;
    static const uint8_t colour[3] = {1, 200, 255};
    for (size_t s = 0; s < SAMPLINGS; s++) {
        zr_picture_t picture = {0};
        assert_int_equal (zr_picture_shape (&picture, 13, 9, s_samplings[s]), 0);
        memset (picture.memory, 0, picture.capacity);
        zr_picture_fill (&picture, colour[0], colour[1], colour[2]);
        for (int i = 0; i < zr_picture_planes (&picture); i++)
            for (int y = 0; y < zr_picture_plane_height (&picture, i); y++)
                for (int x = 0; x < zr_picture_plane_width (&picture, i); x++)
                    assert_int_equal (picture.planes[i][y * picture.strides[i] + x],
                                      colour[i]);
        zr_picture_release (&picture);
    }
}

// A picture whose planes end with their last pixel.
static void
s_borrow_exactly (zr_picture_t *picture, int width, int height, int subsampling)
{
    *picture =
        (zr_picture_t){.width = width, .height = height, .subsampling = subsampling};
    for (int i = 0; i < zr_picture_planes (picture); i++) {
        int columns = zr_picture_plane_width (picture, i);
        int rows = zr_picture_plane_height (picture, i);
        picture->strides[i] = columns + i; // no two alike
        picture->planes[i] =
            malloc ((size_t) (picture->strides[i] * (rows - 1) + columns));
        assert_non_null (picture->planes[i]);
        for (int y = 0; y < rows; y++)
            for (int x = 0; x < columns; x++)
                picture->planes[i][y * picture->strides[i] + x] = s_value (i, x, y);
    }
}

static void
s_check_turned (const zr_picture_t *turned, int degrees)
{
    for (int i = 0; i < zr_picture_planes (turned); i++) {
        int width = zr_picture_plane_width (turned, i);
        int height = zr_picture_plane_height (turned, i);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                int from_x = x, from_y = y;
                if (degrees == 90) {
                    from_x = y;
                    from_y = width - 1 - x;
                } else if (degrees == 180) {
                    from_x = width - 1 - x;
                    from_y = height - 1 - y;
                } else if (degrees == 270) {
                    from_x = height - 1 - y;
                    from_y = x;
                }
                assert_int_equal (turned->planes[i][y * turned->strides[i] + x],
                                  s_value (i, from_x, from_y));
            }
    }
}

static void
s_rotate (void **state)
{
    (void) state;
    static const int samplings[] = {TJSAMP_420, TJSAMP_444, TJSAMP_GRAY};
    static const int sides[] = {1, 2, 3, 8, 17};
    zr_picture_t src, dest = {0};
    for (int s = 0; s < 3; s++)
        for (int w = 0; w < 5; w++)
            for (int h = 0; h < 5; h++) {
                s_borrow_exactly (&src, sides[w], sides[h], samplings[s]);
                for (int degrees = 90; degrees <= 270; degrees += 90) {
                    assert_int_equal (zr_picture_rotate (&dest, &src, degrees), 0);
                    bool upright = degrees == 180;
                    assert_int_equal (dest.width, upright ? sides[w] : sides[h]);
                    assert_int_equal (dest.height, upright ? sides[h] : sides[w]);
                    assert_int_equal (dest.subsampling, samplings[s]);
                    s_check_turned (&dest, degrees);
                }
                for (int i = 0; i < 3; i++)
                    free (src.planes[i]);
            }
    zr_picture_release (&dest);
}

static void
s_four_turns (void **state)
{
    (void) state;
    zr_picture_t pictures[5];
    memset (pictures, 0, sizeof pictures);
    s_borrow_exactly (&pictures[0], 11, 6, TJSAMP_420);
    for (int i = 1; i < 5; i++)
        assert_int_equal (zr_picture_rotate (&pictures[i], &pictures[i - 1], 90), 0);
    s_check_turned (&pictures[4], 0);
    for (int i = 1; i < 5; i++)
        zr_picture_release (&pictures[i]);
    for (int i = 0; i < 3; i++)
        free (pictures[0].planes[i]);
}

static void
s_refused_turns (void **state)
{
    (void) state;
    static const int degrees[] = {0, 1, 45, 89, 91, 360, -90, 450, INT_MAX, INT_MIN};
    static const int samplings[] = {TJSAMP_422, TJSAMP_440, TJSAMP_411};
    static const zr_picture_t empty;
    zr_picture_t src = {0}, dest = {0};
    assert_int_equal (zr_picture_shape (&src, 4, 4, TJSAMP_420), 0);
    for (size_t i = 0; i < sizeof degrees / sizeof *degrees; i++)
        assert_int_equal (zr_picture_rotate (&dest, &src, degrees[i]), -1);
    for (size_t i = 0; i < sizeof samplings / sizeof *samplings; i++) {
        assert_int_equal (zr_picture_shape (&src, 4, 4, samplings[i]), 0);
        assert_int_equal (zr_picture_rotate (&dest, &src, 90), -1);
    }
    assert_int_equal (zr_picture_rotate (&dest, &empty, 90), -1);
    assert_memory_equal (&dest, &empty, sizeof dest);
    zr_picture_release (&src);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"planes of every shape are aligned and apart", s_every_shape, NULL, NULL,
         NULL},
        {"the longest sides are taken", s_longest_sides, NULL, NULL, NULL},
        {"impossible shapes are refused and change nothing", s_refused_shapes, NULL,
         NULL, NULL},
        {"chroma planes of odd sizes are rounded up", s_plane_sizes, NULL, NULL, NULL},
        {"memory that is large enough is kept", s_memory_is_kept, NULL, NULL, NULL},
        {"borrowed planes are left alone", s_borrowed_planes, NULL, NULL, NULL},
        {"padding repeats the last column and row, and only there", s_padding, NULL,
         NULL, NULL},
        {"fill reaches every pixel of every plane", s_fill, NULL, NULL, NULL},
        {"turning moves every pixel where it belongs", s_rotate, NULL, NULL, NULL},
        {"four quarter turns change nothing", s_four_turns, NULL, NULL, NULL},
        {"odd angles and lopsided chroma are not turned", s_refused_turns, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests_name ("picture", tests, NULL, NULL);
}
