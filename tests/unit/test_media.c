// SPDX-License-Identifier: MPL-2.0
// The pure parts of playing a film: its timeline, its clock, its colours, its size.
// Colours are compared with the textbook formula in floating point.

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libavutil/pixdesc.h>

#include "publisher/media_clock.h"
#include "publisher/media_colour.h"
#include "publisher/media_scaler.h"

#define MS INT64_C (1000)
#define SECOND INT64_C (1000000)
#define GAP (10 * SECOND)

static void
test_in_order (void **state)
{
    (void) state;
    zr_media_timeline_t line = {0};
    assert_int_equal (zr_media_timeline_place (&line, 7 * SECOND, 40 * MS, GAP), 0);
    assert_int_equal (zr_media_timeline_place (&line, 7040 * MS, 40 * MS, GAP),
                      40 * MS);
    assert_int_equal (zr_media_timeline_place (&line, 9 * SECOND, 40 * MS, GAP),
                      2 * SECOND);
}

static void
test_no_stamps (void **state)
{
    (void) state;
    zr_media_timeline_t line = {0};
    for (int64_t i = 0; i < 5; i++)
        assert_int_equal (
            zr_media_timeline_place (&line, ZR_MEDIA_TIME_UNKNOWN, 40 * MS, GAP),
            i * 40 * MS);
    // Then stamps begin: they are taken from there.
    assert_int_equal (zr_media_timeline_place (&line, SECOND, 40 * MS, GAP), 200 * MS);
    assert_int_equal (zr_media_timeline_place (&line, 1100 * MS, 40 * MS, GAP),
                      300 * MS);
}

static void
test_wrong_stamps (void **state)
{
    (void) state;
    zr_media_timeline_t line = {0};
    zr_media_timeline_place (&line, 5 * SECOND, 40 * MS, GAP);
    assert_int_equal (zr_media_timeline_place (&line, 5 * SECOND, 40 * MS, GAP),
                      40 * MS); // the same again
    assert_int_equal (zr_media_timeline_place (&line, 1 * SECOND, 40 * MS, GAP),
                      80 * MS); // back
    assert_int_equal (zr_media_timeline_place (&line, 100 * SECOND, 40 * MS, GAP),
                      120 * MS); // far ahead
    assert_int_equal (zr_media_timeline_place (&line, 100040 * MS, 40 * MS, GAP),
                      160 * MS);
}

static void
test_restart (void **state)
{
    (void) state;
    zr_media_timeline_t line = {0};
    zr_media_timeline_place (&line, 0, 40 * MS, GAP);
    zr_media_timeline_place (&line, 40 * MS, 500 * MS, GAP);
    zr_media_timeline_restart (&line);
    assert_int_equal (zr_media_timeline_place (&line, 0, 40 * MS, GAP), 540 * MS);
    // A start that lies ahead of the end is no gap to be waited through.
    zr_media_timeline_restart (&line);
    assert_int_equal (zr_media_timeline_place (&line, 3 * SECOND, 40 * MS, GAP),
                      580 * MS);
}

static void
test_due (void **state)
{
    (void) state;
    zr_media_clock_t clock;
    int64_t due;
    zr_media_clock_init (&clock, 0);
    zr_media_clock_ask (&clock, 50 * SECOND);
    assert_int_equal (
        zr_media_clock_judge (&clock, 3 * SECOND, 40 * MS, 50 * SECOND, &due),
        ZR_MEDIA_SHOW);
    assert_int_equal (due, 50 * SECOND); // the first one at once
    zr_media_clock_judge (&clock, 3040 * MS, 40 * MS, 50001 * MS, &due);
    assert_int_equal (due, 50040 * MS);
}

static void
test_late (void **state)
{
    (void) state;
    zr_media_clock_t clock;
    int64_t due;
    zr_media_clock_init (&clock, 0);
    zr_media_clock_judge (&clock, 0, 40 * MS, 10 * SECOND, &due);
    zr_media_clock_show (&clock, 10 * SECOND);
    assert_int_equal (zr_media_clock_judge (&clock, 40 * MS, 40 * MS, 10079 * MS, &due),
                      ZR_MEDIA_SHOW);
    assert_int_equal (zr_media_clock_judge (&clock, 40 * MS, 40 * MS, 10081 * MS, &due),
                      ZR_MEDIA_LEAVE);
    // Nothing was seen for 200 ms: this one is, however late.
    assert_int_equal (zr_media_clock_judge (&clock, 80 * MS, 40 * MS, 10200 * MS, &due),
                      ZR_MEDIA_SHOW);
}

static void
test_too_late (void **state)
{
    (void) state;
    zr_media_clock_t clock;
    int64_t due;
    zr_media_clock_init (&clock, 0);
    zr_media_clock_judge (&clock, 0, 40 * MS, 10 * SECOND, &due);
    assert_int_equal (
        zr_media_clock_judge (&clock, 40 * MS, 40 * MS, 12 * SECOND, &due),
        ZR_MEDIA_REBASED);
    assert_int_equal (due, 12 * SECOND);
    zr_media_clock_judge (&clock, 80 * MS, 40 * MS, 12 * SECOND, &due);
    assert_int_equal (due, 12040 * MS);
}

static void
test_hold (void **state)
{
    (void) state;
    zr_media_clock_t clock;
    int64_t due;
    zr_media_clock_init (&clock, 0);
    zr_media_clock_judge (&clock, 0, 40 * MS, 10 * SECOND, &due);
    zr_media_clock_hold (&clock);
    assert_int_equal (
        zr_media_clock_judge (&clock, 40 * MS, 40 * MS, 90 * SECOND, &due),
        ZR_MEDIA_SHOW);
    assert_int_equal (due, 90 * SECOND);
}

static void
test_absent (void **state)
{
    (void) state;
    zr_media_clock_t clock;
    int64_t due;
    zr_media_clock_init (&clock, 0);
    zr_media_clock_ask (&clock, 10 * SECOND);
    zr_media_clock_judge (&clock, 0, 40 * MS, 10 * SECOND, &due);
    zr_media_clock_ask (&clock, 15 * SECOND);
    assert_int_equal (
        zr_media_clock_judge (&clock, 40 * MS, 40 * MS, 15 * SECOND, &due),
        ZR_MEDIA_SHOW);
    assert_int_equal (due, 15 * SECOND);
}

// How many of ten seconds' pictures at rate pass a limit.
static int
s_count_wanted (int rate, int limit, int64_t rounded_to_us)
{
    zr_media_clock_t clock;
    int wanted = 0;
    zr_media_clock_init (&clock, limit);
    for (int i = 0; i < 10 * rate; i++) {
        int64_t stamp = i * SECOND / rate / rounded_to_us * rounded_to_us;
        wanted += zr_media_clock_wants (&clock, stamp);
    }
    return wanted;
}

static void
test_limit (void **state)
{
    (void) state;
    assert_int_equal (s_count_wanted (30, 0, 1), 300);
    assert_int_equal (s_count_wanted (30, 10, 1), 100);
    assert_int_equal (s_count_wanted (30, 20, 1), 200);
    assert_in_range (s_count_wanted (60, 7, 1), 70, 71);
    assert_int_equal (s_count_wanted (25, 30, 1), 250);
    assert_int_equal (s_count_wanted (30, 30, 1000), 300); // stamps in milliseconds
}

static void
s_assert_size (zr_media_size_t size, int width, int height)
{
    assert_int_equal (size.width, width);
    assert_int_equal (size.height, height);
}

static void
test_fit (void **state)
{
    (void) state;
    const zr_media_size_t hd = {1280, 720}, pal = {720, 576}, ntsc = {720, 480};
    const AVRational square = {1, 1}, unknown = {0, 1};
    s_assert_size (zr_media_scaler_fit (hd, square, 0, 0), 1280, 720);
    s_assert_size (zr_media_scaler_fit (hd, unknown, 0, 640), 640, 360);
    s_assert_size (zr_media_scaler_fit (hd, square, 0, 1920), 1280, 720);
    s_assert_size (zr_media_scaler_fit (hd, square, 90, 360), 360, 640);
    s_assert_size (zr_media_scaler_fit (hd, square, 180, 0), 1280, 720);
    s_assert_size (zr_media_scaler_fit (pal, (AVRational){16, 15}, 0, 0), 720, 540);
    s_assert_size (zr_media_scaler_fit (ntsc, (AVRational){8, 9}, 0, 0), 640, 480);
    s_assert_size (zr_media_scaler_fit (pal, (AVRational){16, 15}, 270, 0), 540, 720);
    s_assert_size (zr_media_scaler_fit (hd, square, 0, 321), 321, 181);
}

static void
test_fit_limits (void **state)
{
    (void) state;
    const AVRational square = {1, 1};
    s_assert_size (zr_media_scaler_fit ((zr_media_size_t){1, 1}, square, 0, 0), 2, 2);
    s_assert_size (zr_media_scaler_fit ((zr_media_size_t){4000, 3}, square, 0, 16), 16,
                   2);
    s_assert_size (zr_media_scaler_fit ((zr_media_size_t){16384, 4096}, square, 0, 0),
                   8192, 2048);
    s_assert_size (zr_media_scaler_fit ((zr_media_size_t){100, 32768}, square, 0, 0),
                   25, 8192);
    s_assert_size (
        zr_media_scaler_fit ((zr_media_size_t){640, 480}, (AVRational){99, 1}, 0, 0),
        640, 480);
}

// What the formulas make of one pixel, 0 to 255 each, not clipped.
static void
s_reference (const double weights[2], bool full, const uint8_t in[3], double out[3])
{
    double y = full ? in[0] / 255.0 : (in[0] - 16) / 219.0;
    double cb = (in[1] - 128) / (full ? 255.0 : 224.0);
    double cr = (in[2] - 128) / (full ? 255.0 : 224.0);
    double red = y + 2 * (1 - weights[0]) * cr;
    double blue = y + 2 * (1 - weights[1]) * cb;
    double green =
        (y - weights[0] * red - weights[1] * blue) / (1 - weights[0] - weights[1]);
    double luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    out[0] = 255 * luma;
    out[1] = 128 + 255 * (blue - luma) / 1.772;
    out[2] = 128 + 255 * (red - luma) / 1.402;
}

static double
s_clip (double value)
{
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

// One colour over a whole picture of odd size, in place, against the formula.
static void
s_check_colour (zr_picture_t *picture, const zr_media_colour_t *colour,
                const uint8_t in[3], const double expected[3])
{
    zr_picture_fill (picture, in[0], in[1], in[2]);
    zr_media_colour_apply (colour, picture, picture);
    for (int plane = 0; plane < 3; plane++) {
        int width = zr_picture_plane_width (picture, plane);
        int height = zr_picture_plane_height (picture, plane);
        const uint8_t *last =
            picture->planes[plane] + (ptrdiff_t) (height - 1) * picture->strides[plane];
        assert_true (fabs (last[width - 1] - s_clip (expected[plane])) <= 0.75);
        assert_int_equal (last[width - 1], picture->planes[plane][0]);
    }
}

static void
test_colours (void **state)
{
    (void) state;
    static const struct {
        enum AVColorSpace space;
        double weights[2];
    } kinds[] = {
        {AVCOL_SPC_UNSPECIFIED, {0.299, 0.114}},
        {AVCOL_SPC_SMPTE170M, {0.299, 0.114}},
        {AVCOL_SPC_BT709, {0.2126, 0.0722}},
        {AVCOL_SPC_BT2020_NCL, {0.2627, 0.0593}},
    };
    zr_picture_t picture = {0};
    assert_int_equal (zr_picture_shape (&picture, 67, 3, TJSAMP_420), 0);
    for (size_t kind = 0; kind < 2 * sizeof kinds / sizeof kinds[0]; kind++) {
        bool full = kind % 2;
        zr_media_colour_t colour;
        zr_media_colour_init (&colour, kinds[kind / 2].space, full);
        for (int i = 0; i < 6 * 6 * 6; i++) {
            uint8_t in[3] = {(uint8_t) (i % 6 * 51), (uint8_t) (i / 6 % 6 * 51),
                             (uint8_t) (i / 36 * 51)};
            double expected[3];
            s_reference (kinds[kind / 2].weights, full, in, expected);
            s_check_colour (&picture, &colour, in, expected);
        }
    }
    zr_picture_release (&picture);
}

static void
test_identity (void **state)
{
    (void) state;
    zr_media_colour_t colour;
    zr_media_colour_init (&colour, AVCOL_SPC_BT470BG, true);
    assert_true (colour.is_identity);
    zr_media_colour_init (&colour, AVCOL_SPC_BT470BG, false);
    assert_false (colour.is_identity);
    zr_media_colour_init (&colour, AVCOL_SPC_BT709, true);
    assert_false (colour.is_identity);
}

static AVFrame *
s_frame (enum AVPixelFormat format, int width, int height)
{
    AVFrame *frame = av_frame_alloc ();
    assert_non_null (frame);
    frame->format = format;
    frame->width = width;
    frame->height = height;
    assert_int_equal (av_frame_get_buffer (frame, 0), 0);
    int halved = av_pix_fmt_desc_get (format)->log2_chroma_h;
    for (int i = 0; i < 3 && frame->data[i]; i++)
        memset (frame->data[i], i ? 128 : 235,
                (size_t) frame->linesize[i] *
                    (size_t) (i ? AV_CEIL_RSHIFT (height, halved) : height));
    return frame;
}

static void
test_borrow (void **state)
{
    (void) state;
    AVFrame *frame = s_frame (AV_PIX_FMT_YUVJ420P, 64, 48);
    zr_media_scaler_t *scaler = zr_media_scaler_new ("test", 0);
    zr_picture_t picture;
    assert_int_equal (zr_media_scaler_convert (scaler, frame, 0, &picture), 0);
    assert_ptr_equal (picture.planes[0], frame->data[0]);
    assert_null (picture.memory);
    zr_media_scaler_destroy (&scaler);
    assert_null (scaler);
    av_frame_free (&frame);
}

static void
test_convert (void **state)
{
    (void) state;
    static const enum AVPixelFormat formats[] = {
        AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV411P};
    zr_media_scaler_t *scaler = zr_media_scaler_new ("test", 33);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        AVFrame *frame = s_frame (formats[i], 66, 50);
        zr_picture_t picture;
        assert_int_equal (zr_media_scaler_convert (scaler, frame, 90, &picture), 0);
        assert_int_equal (picture.width, 33);
        assert_int_equal (picture.height, 44);
        assert_int_equal (picture.subsampling, TJSAMP_420);
        // White of limited range, also in the column that only the compressor sees.
        assert_int_equal (picture.planes[0][0], 255);
        assert_int_equal (picture.planes[0][33], 255);
        assert_int_equal (picture.planes[1][16], 128);
        av_frame_free (&frame);
    }
    zr_media_scaler_destroy (&scaler);
}

static void
test_grey (void **state)
{
    (void) state;
    AVFrame *frame = s_frame (AV_PIX_FMT_GRAY8, 64, 48);
    zr_media_scaler_t *scaler = zr_media_scaler_new ("test", 0);
    zr_picture_t picture;
    assert_int_equal (zr_media_scaler_convert (scaler, frame, 0, &picture), 0);
    assert_int_equal (picture.subsampling, TJSAMP_GRAY);
    assert_int_equal (picture.planes[0][0], 235);
    frame->color_range = AVCOL_RANGE_MPEG;
    assert_int_equal (zr_media_scaler_convert (scaler, frame, 0, &picture), 0);
    assert_int_equal (picture.planes[0][0], 255);
    zr_media_scaler_destroy (&scaler);
    av_frame_free (&frame);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"stamps count from the first one", test_in_order, NULL, NULL, NULL},
        {"without stamps the frame rate counts", test_no_stamps, NULL, NULL, NULL},
        {"stamps that jump begin anew", test_wrong_stamps, NULL, NULL, NULL},
        {"a second pass follows the first", test_restart, NULL, NULL, NULL},
        {"a picture is due by its stamp", test_due, NULL, NULL, NULL},
        {"a late picture is left out, but not for long", test_late, NULL, NULL, NULL},
        {"more than a second late sets the clock back", test_too_late, NULL, NULL,
         NULL},
        {"a held film goes on without a burst", test_hold, NULL, NULL, NULL},
        {"a film nobody asks for stands still", test_absent, NULL, NULL, NULL},
        {"the rate limit leaves out evenly", test_limit, NULL, NULL, NULL},
        {"height follows the display's shape", test_fit, NULL, NULL, NULL},
        {"sizes stay within limits", test_fit_limits, NULL, NULL, NULL},
        {"colours are those of the formula", test_colours, NULL, NULL, NULL},
        {"full-range BT.601 is left alone", test_identity, NULL, NULL, NULL},
        {"a fitting frame is not copied", test_borrow, NULL, NULL, NULL},
        {"frames are scaled, converted and turned", test_convert, NULL, NULL, NULL},
        {"grey stays grey, and says its range", test_grey, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
