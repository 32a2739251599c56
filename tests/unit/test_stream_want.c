// SPDX-License-Identifier: MPL-2.0
// What a stream decodes when it is shown small, not at all, and again; what is counted
// meanwhile; and what the recording gets. Played by one thread in all three parts.

#include "subscriber/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "subscriber/decoder.h"

typedef struct {
    zr_stream_t *stream;
    zr_jpeg_t *jpeg;
    int64_t room;
    int decoder_woken, tapped;
    int tapped_width;
    uint64_t tapped_seq;
} s_fixture_t;

static void
s_count_up (void *arg)
{
    ++*(int *) arg;
}

static int
s_set_up (void **state)
{
    s_fixture_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    self->stream = zr_stream_new (&(zr_stream_settings_t){
        .name = "ana",
        .notify_decoder = s_count_up,
        .decoder = &self->decoder_woken,
    });
    self->jpeg = zr_jpeg_new ();
    self->room = 16 << 20;
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_fixture_t *self = *state;
    zr_stream_destroy (&self->stream);
    zr_jpeg_destroy (&self->jpeg);
    free (self);
    return 0;
}

// A picture of 640x360 with this number.
static void
s_offer (zr_jpeg_t *jpeg, zr_stream_t *stream, uint64_t seq)
{
    zr_picture_t picture = {0};
    zr_frame_t frame = {0};
    zmq_msg_t message;
    const zr_meta_t meta = {.seq = seq, .time_us = zr_clock_unix_us ()};
    assert_int_equal (zr_picture_shape (&picture, 640, 360, TJSAMP_420), 0);
    zr_picture_fill (&picture, 90, 128, 128);
    assert_int_equal (zr_jpeg_encode (jpeg, &picture, 90, &meta, &frame), 0);
    assert_int_equal (zr_wire_pack (&message, ZR_WIRE_BASE64, frame.data, frame.len),
                      0);
    zr_stream_offer (stream, &message);
    zmq_msg_close (&message);
    zr_frame_release (&frame);
    zr_picture_release (&picture);
}

static void
s_tap (void *arg, const zr_stream_t *stream, const zr_shown_t *shown)
{
    s_fixture_t *self = arg;
    assert_ptr_equal (stream, self->stream);
    self->tapped++;
    self->tapped_width = shown->header.width;
    self->tapped_seq = shown->frame.meta.seq;
}

static zr_stream_result_t
s_decode (s_fixture_t *self)
{
    return zr_stream_decode (self->stream, self->jpeg, &self->room, s_tap, self);
}

static zr_meter_report_t
s_report (s_fixture_t *self)
{
    zr_meter_report_t report;
    zr_stream_report (self->stream, false, &report);
    return report;
}

static void
s_full_at_first (void **state)
{
    s_fixture_t *self = *state;
    int width, height;
    zr_stream_wanted (self->stream, &width, &height);
    assert_true (width == ZR_STREAM_FULL_SIZE && height == ZR_STREAM_FULL_SIZE);
    zr_stream_size (self->stream, &width, &height);
    assert_true (width == 0 && height == 0);
    s_offer (self->jpeg, self->stream, 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    const zr_shown_t *shown = zr_stream_take (self->stream);
    assert_true (shown->picture.width == 640 && shown->picture.height == 360);
    zr_stream_want (self->stream, 123, 45);
    zr_stream_wanted (self->stream, &width, &height);
    assert_true (width == 123 && height == 45);
}

static void
s_counted (void **state)
{
    s_fixture_t *self = *state;
    for (uint64_t seq = 1; seq <= 9; seq++) {
        s_offer (self->jpeg, self->stream, seq);
        assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    }
    assert_int_equal (zr_stream_take (self->stream)->frame.meta.seq, 9);
    assert_true (s_report (self).pictures == 9 && s_report (self).skipped == 0);
}

static void
s_small (void **state)
{
    s_fixture_t *self = *state;
    int width, height;
    zr_stream_want (self->stream, 160, 90);
    s_offer (self->jpeg, self->stream, 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    const zr_shown_t *shown = zr_stream_take (self->stream);
    assert_true (shown->picture.width == 160 && shown->picture.height == 90);
    assert_true (shown->header.width == 640 && shown->header.height == 360);
    assert_true (self->tapped == 1 && self->tapped_width == 640);
    zr_stream_size (self->stream, &width, &height);
    assert_true (width == 640 && height == 360);
    // The JPEG is there as it came, whatever was made of it.
    assert_true (zr_jpeg_check (shown->frame.data, shown->frame.len) > 0);
    zr_jpeg_header_t header;
    assert_int_equal (
        zr_jpeg_read_header (self->jpeg, shown->frame.data, shown->frame.len, &header),
        0);
    assert_int_equal (header.width, 640);
}

static void
s_hidden (void **state)
{
    s_fixture_t *self = *state;
    zr_stream_want (self->stream, 0, 0);
    assert_int_equal (self->decoder_woken, 0); // nothing can be waiting for that
    for (uint64_t seq = 1; seq <= 5; seq++) {
        s_offer (self->jpeg, self->stream, seq);
        assert_int_equal (s_decode (self), ZR_STREAM_HIDDEN);
        assert_int_equal (s_decode (self), ZR_STREAM_NOTHING);
        assert_null (zr_stream_take (self->stream));
        assert_true (self->tapped_seq == seq && self->tapped_width == 640);
    }
    zr_meter_report_t report = s_report (self);
    assert_true (report.received == 5 && report.pictures == 0 && report.lost == 0);
    assert_true (report.skipped == 4); // the fifth may still be shown
    assert_true (report.age_known && report.kbit_s > 0);
    // Shown: the one that waits is decoded, without another one coming.
    int woken = self->decoder_woken;
    zr_stream_want (self->stream, 320, 180);
    assert_int_equal (self->decoder_woken, woken + 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    const zr_shown_t *shown = zr_stream_take (self->stream);
    assert_true (shown->frame.meta.seq == 5 && shown->picture.width == 320);
    assert_int_equal (self->tapped, 5); // it was recorded when it came
    assert_int_equal (s_decode (self), ZR_STREAM_NOTHING);
    s_offer (self->jpeg, self->stream, 9);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    report = s_report (self);
    assert_true (report.lost == 3 && report.skipped == 4);
}

static void
s_sharpens (void **state)
{
    s_fixture_t *self = *state;
    assert_false (zr_stream_sharpen (self->stream, self->jpeg)); // nothing there yet
    zr_stream_want (self->stream, 80, 45);
    s_offer (self->jpeg, self->stream, 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    const zr_shown_t *shown = zr_stream_take (self->stream);
    assert_int_equal (shown->picture.width, 80);
    assert_false (zr_stream_sharpen (self->stream, self->jpeg));
    zr_stream_want (self->stream, 300, 170);
    assert_true (zr_stream_sharpen (self->stream, self->jpeg));
    assert_int_equal (shown->picture.width, 320);
    assert_false (zr_stream_sharpen (self->stream, self->jpeg));
    zr_stream_want (self->stream, 2000, 1200);
    assert_true (zr_stream_sharpen (self->stream, self->jpeg));
    assert_int_equal (shown->picture.width, 640);
    assert_false (zr_stream_sharpen (self->stream, self->jpeg)); // there is no more
    zr_stream_want (self->stream, 10, 10);
    assert_false (zr_stream_sharpen (self->stream, self->jpeg));
}

// What was counted is exactly what has to be given back, with pictures that the main
// thread made larger in between.
static void
s_memory (void **state)
{
    s_fixture_t *self = *state;
    int64_t room = self->room;
    static const int sides[] = {80, 700, 0, 160, 0, 640, 90};
    for (uint64_t seq = 1; seq <= 21; seq++) {
        zr_stream_want (self->stream, sides[seq % 7], sides[seq % 7]);
        s_offer (self->jpeg, self->stream, seq);
        s_decode (self);
        zr_stream_take (self->stream);
        zr_stream_want (self->stream, 300, 170);
        zr_stream_sharpen (self->stream, self->jpeg);
    }
    assert_true (zr_stream_memory (self->stream) > 0);
    assert_true (self->room + zr_stream_memory (self->stream) == room);
}

static void
s_wake_decoder (void *arg)
{
    zr_decoder_wake (*(zr_decoder_t **) arg);
}

// Streams that go while the decoder is at work on them.
static void
s_removed (void **state)
{
    (void) state;
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_decoder_t *decoder = zr_decoder_new ();
    for (int turn = 0; turn < 3 * ZR_STREAMS_MAX; turn++) {
        zr_stream_t *stream = zr_stream_new (&(zr_stream_settings_t){
            .name = "ana", .notify_decoder = s_wake_decoder, .decoder = &decoder});
        assert_int_equal (zr_decoder_add (decoder, stream), 0);
        s_offer (jpeg, stream, 1);
        zr_decoder_remove (decoder, stream);
        zr_stream_destroy (&stream); // the address sanitizer looks on
    }
    zr_decoder_destroy (&decoder);
    zr_jpeg_destroy (&jpeg);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"before anybody said, a stream is decoded at full size", s_full_at_first,
         s_set_up, s_tear_down, NULL},
        {"where nobody waits for pictures, each counts that was decoded", s_counted,
         s_set_up, s_tear_down, NULL},
        {"a small tile is decoded small, with the JPEG and its size as they came",
         s_small, s_set_up, s_tear_down, NULL},
        {"what is not shown is recorded and counted as skipped, and decoded when it is",
         s_hidden, s_set_up, s_tear_down, NULL},
        {"a picture that stays is decoded again when its tile grows", s_sharpens,
         s_set_up, s_tear_down, NULL},
        {"the memory of a stream is known to the byte", s_memory, s_set_up, s_tear_down,
         NULL},
        {"streams may go at any moment", s_removed, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("stream_want", tests, NULL, NULL);
}
