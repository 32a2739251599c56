// SPDX-License-Identifier: MPL-2.0
// Pictures as bytes for a terminal: the right colour, the right place, nothing left
// behind. No terminal is needed.

#include "subscriber/terminal_canvas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SIDE 64
#define BASE64_LEN ((size_t) SIDE * SIDE * 4)

static const zr_terminal_size_t size = {40, 12, 8, 16};

// A picture of one colour, full range.
static void
s_fill (zr_picture_t *picture, int subsampling, uint8_t y, uint8_t u, uint8_t v)
{
    assert_int_equal (zr_picture_shape (picture, SIDE, SIDE, subsampling), 0);
    zr_picture_fill (picture, y, u, v);
}

static GString *
s_draw (zr_terminal_graphics_t graphics, const zr_picture_t *picture, int times)
{
    zr_terminal_caps_t caps = {.graphics = graphics,
                               .colours = ZR_TERMINAL_TRUE_COLOUR,
                               .utf8 = true,
                               .usable = true};
    zr_terminal_canvas_t *canvas = zr_terminal_canvas_new (&caps, 1);
    GString *out = g_string_new ("");
    zr_rect_t cells;
    zr_terminal_canvas_place (canvas, (zr_rect_t){2, 1, 16, 4}, &size, picture->width,
                              picture->height, &cells);
    for (int time = 0; time < times; time++) {
        g_string_truncate (out, 0);
        assert_int_equal (zr_terminal_canvas_draw (canvas, picture, cells, &size, out),
                          0);
    }
    zr_terminal_canvas_destroy (&canvas);
    assert_null (canvas);
    return out;
}

static void
s_place (void **state)
{
    (void) state;
    zr_terminal_caps_t caps = {.graphics = ZR_TERMINAL_SYMBOLS};
    zr_terminal_canvas_t *canvas = zr_terminal_canvas_new (&caps, 1);
    zr_rect_t cells;
    // A square in 16 by 4 cells of 8 by 16: 64 pixels high, so 8 cells wide.
    zr_terminal_canvas_place (canvas, (zr_rect_t){2, 1, 16, 4}, &size, 100, 100,
                              &cells);
    assert_int_equal (cells.x, 6);
    assert_int_equal (cells.y, 1);
    assert_int_equal (cells.width, 8);
    assert_int_equal (cells.height, 4);
    zr_terminal_canvas_place (canvas, (zr_rect_t){2, 1, 16, 0}, &size, 100, 100,
                              &cells);
    assert_int_equal (cells.width, 0);
    zr_terminal_canvas_destroy (&canvas);
}

static void
s_colour (void **state)
{
    (void) state;
    static const int shapes[] = {TJSAMP_444, TJSAMP_422, TJSAMP_420, TJSAMP_440,
                                 TJSAMP_411};
    for (size_t index = 0; index < sizeof shapes / sizeof shapes[0]; index++) {
        zr_picture_t picture = {0};
        s_fill (&picture, shapes[index], 76, 85, 255); // red in JFIF
        GString *out = s_draw (ZR_TERMINAL_SYMBOLS, &picture, 1);
        // Rounding may cost one step.
        assert_true (strstr (out->str, "8;2;254;0;0m") ||
                     strstr (out->str, "8;2;255;0;0m"));
        g_string_free (out, TRUE);
        zr_picture_release (&picture);
    }
}

static void
s_grey (void **state)
{
    (void) state;
    zr_picture_t picture = {0};
    s_fill (&picture, TJSAMP_GRAY, 255, 0, 0);
    GString *out = s_draw (ZR_TERMINAL_SYMBOLS, &picture, 1);
    assert_non_null (strstr (out->str, "8;2;255;255;255m"));
    zr_picture_fill (&picture, 16, 0, 0); // limited range would have it black
    g_string_free (out, TRUE);
    out = s_draw (ZR_TERMINAL_SYMBOLS, &picture, 1);
    assert_non_null (strstr (out->str, "8;2;16;16;16m"));
    g_string_free (out, TRUE);
    zr_picture_release (&picture);
}

static void
s_rows (void **state)
{
    (void) state;
    zr_picture_t picture = {0};
    s_fill (&picture, TJSAMP_420, 76, 85, 255);
    GString *out = s_draw (ZR_TERMINAL_SYMBOLS, &picture, 2);
    assert_non_null (strstr (out->str, "\033[2;7H"));
    assert_non_null (strstr (out->str, "\033[5;7H"));
    assert_null (strstr (out->str, "\033[6;"));
    assert_null (strchr (out->str, '\n'));
    g_string_free (out, TRUE);
    zr_picture_release (&picture);
}

static void
s_kitty (void **state)
{
    (void) state;
    zr_picture_t picture = {0};
    s_fill (&picture, TJSAMP_420, 76, 85, 255);
    GString *first = s_draw (ZR_TERMINAL_KITTY, &picture, 1);
    GString *second = s_draw (ZR_TERMINAL_KITTY, &picture, 2);
    assert_non_null (strstr (first->str, "c=8,r=4,i=3,"));
    assert_non_null (strstr (first->str, "a=d,d=I,i=2,"));
    assert_non_null (strstr (second->str, "c=8,r=4,i=2,"));
    assert_non_null (strstr (second->str, "a=d,d=I,i=3,"));
    assert_non_null (strstr (second->str, "m=0;"));
    // 64 by 64 RGB, four base64 digits for three bytes, in chunks of 4096.
    assert_true (second->len > BASE64_LEN && second->len < BASE64_LEN + 300);
    g_string_free (first, TRUE);
    g_string_free (second, TRUE);
    zr_picture_release (&picture);
}

static void
s_others (void **state)
{
    (void) state;
    zr_picture_t picture = {0};
    s_fill (&picture, TJSAMP_420, 76, 85, 255);
    GString *out = s_draw (ZR_TERMINAL_SIXEL, &picture, 2);
    assert_non_null (strstr (out->str, "\033[2;7H\033P"));
    assert_non_null (strstr (out->str, "\"1;1;64;60")); // whole rows of sixels
    g_string_free (out, TRUE);
    out = s_draw (ZR_TERMINAL_ITERM, &picture, 2);
    assert_non_null (strstr (out->str, "width=8;height=4;"));
    assert_non_null (strstr (out->str, ":/9j/")); // a JPEG
    assert_int_equal (out->str[out->len - 1], '\a');
    g_string_free (out, TRUE);
    zr_picture_release (&picture);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a picture keeps its shape in cells that are not square", s_place, NULL, NULL,
         NULL},
        {"red is red in every subsampling", s_colour, NULL, NULL, NULL},
        {"grey is full range", s_grey, NULL, NULL, NULL},
        {"every row of symbols stands at its own place", s_rows, NULL, NULL, NULL},
        {"a kitty image replaces the one before", s_kitty, NULL, NULL, NULL},
        {"sixels and iTerm2 images are whole", s_others, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("terminal_canvas", tests, NULL, NULL);
}
