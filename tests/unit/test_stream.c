// SPDX-License-Identifier: MPL-2.0
// A stream played by one thread in all three parts: receiver, decoder and main. What is
// counted as lost, skipped, late and bad; who is woken; what memory is handed round.

#include "subscriber/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct {
    zr_stream_t *stream;
    zr_jpeg_t *jpeg;
    int64_t room; // bytes left for pictures
    int decoder_woken, view_woken, tapped;
    int stderr_saved;
    int log;
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
        .notify_view = s_count_up,
        .view = &self->view_woken,
        .max_age_ms = 500,
    });
    self->jpeg = zr_jpeg_new ();
    self->room = 1 << 20;
    fflush (stderr);
    self->stderr_saved = dup (STDERR_FILENO);
    self->log = memfd_create ("log", MFD_CLOEXEC);
    dup2 (self->log, STDERR_FILENO);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_fixture_t *self = *state;
    dup2 (self->stderr_saved, STDERR_FILENO);
    close (self->stderr_saved);
    close (self->log);
    zr_stream_destroy (&self->stream);
    assert_null (self->stream);
    zr_stream_destroy (&self->stream);
    zr_jpeg_destroy (&self->jpeg);
    free (self);
    return 0;
}

static int64_t
s_unix_us (void)
{
    struct timespec now;
    clock_gettime (CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
s_offer_bytes (s_fixture_t *self, const void *data, size_t len)
{
    zmq_msg_t message;
    zmq_msg_init_size (&message, len);
    memcpy (zmq_msg_data (&message), data, len);
    zr_stream_offer (self->stream, &message);
    assert_int_equal (zmq_msg_size (&message), 0); // it was taken over
    zmq_msg_close (&message);
}

// Offers a picture of this luma; without metadata if meta is NULL.
static void
s_offer (s_fixture_t *self, const zr_meta_t *meta, int width, uint8_t luma)
{
    zr_picture_t picture = {0};
    zr_frame_t frame = {0};
    const zr_meta_t none = {0};
    zmq_msg_t message;
    assert_int_equal (zr_picture_shape (&picture, width, 8, TJSAMP_420), 0);
    zr_picture_fill (&picture, luma, 128, 128);
    zr_picture_pad (&picture);
    assert_int_equal (
        zr_jpeg_encode (self->jpeg, &picture, 90, meta ? meta : &none, &frame), 0);
    if (!meta)
        frame.data[6] = 'Z'; // somebody else's comment
    assert_int_equal (zr_wire_pack (&message, ZR_WIRE_BASE64, frame.data, frame.len),
                      0);
    zr_stream_offer (self->stream, &message);
    zmq_msg_close (&message);
    zr_frame_release (&frame);
    zr_picture_release (&picture);
}

static void
s_offer_seq (s_fixture_t *self, uint64_t seq)
{
    s_offer (self, &(zr_meta_t){.seq = seq, .time_us = s_unix_us ()}, 16, 100);
}

static void
s_tap (void *arg, const zr_stream_t *stream, const zr_shown_t *shown)
{
    s_fixture_t *self = arg;
    assert_ptr_equal (stream, self->stream);
    assert_true (shown->frame.len > 100 && shown->picture.width > 0);
    self->tapped++;
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
s_nothing (void **state)
{
    s_fixture_t *self = *state;
    assert_string_equal (zr_stream_name (self->stream), "ana");
    assert_int_equal (s_decode (self), ZR_STREAM_NOTHING);
    assert_null (zr_stream_take (self->stream));
    assert_null (zr_stream_shown (self->stream));
    assert_int_equal (self->decoder_woken + self->view_woken + self->tapped, 0);
    assert_in_range (zr_stream_silence_us (self->stream), 0, 5000000);
    assert_true (s_report (self).received == 0);
}

static void
s_passes (void **state)
{
    s_fixture_t *self = *state;
    const zr_meta_t meta = {.seq = 3, .time_us = s_unix_us () - 2000};
    s_offer (self, &meta, 18, 77);
    assert_int_equal (self->decoder_woken, 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    assert_int_equal (s_decode (self), ZR_STREAM_NOTHING);
    assert_int_equal (self->tapped, 1);
    assert_int_equal (self->view_woken, 1);
    assert_null (zr_stream_shown (self->stream));
    const zr_shown_t *shown = zr_stream_take (self->stream);
    assert_non_null (shown);
    assert_ptr_equal (zr_stream_shown (self->stream), shown);
    assert_int_equal (shown->picture.width, 18);
    assert_in_range (shown->picture.planes[0][0], 75, 79);
    assert_true (shown->frame.meta.seq == 3 && shown->time_us == meta.time_us);
    assert_null (zr_stream_take (self->stream));
    assert_ptr_equal (zr_stream_shown (self->stream), shown); // it stays
    zr_meter_report_t report = s_report (self);
    assert_true (report.received == 1 && report.pictures == 1);
    assert_true (report.lost == 0 && report.skipped == 0 && report.late == 0);
    assert_true (report.age_known && report.age_ms_last >= 2);
}

static void
s_without_metadata (void **state)
{
    s_fixture_t *self = *state;
    for (int i = 0; i < 3; i++) {
        int64_t before_us = s_unix_us ();
        s_offer (self, NULL, 16, 50);
        assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
        const zr_shown_t *shown = zr_stream_take (self->stream);
        assert_false (shown->frame.meta.known);
        assert_true (shown->time_us >= before_us && shown->time_us <= s_unix_us ());
    }
    assert_false (s_report (self).age_known);
    assert_true (s_report (self).lost == 0);
}

static void
s_newest_wins (void **state)
{
    s_fixture_t *self = *state;
    for (uint64_t seq = 1; seq <= 5; seq++)
        s_offer_seq (self, seq);
    assert_int_equal (self->decoder_woken, 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    assert_true (s_report (self).skipped == 4); // before the decoder
    for (uint64_t seq = 6; seq <= 8; seq++) {
        s_offer_seq (self, seq);
        assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    }
    assert_int_equal (self->view_woken, 1);
    assert_true (s_report (self).skipped == 7); // and before the view
    assert_true (zr_stream_take (self->stream)->frame.meta.seq == 8);
    zr_meter_report_t report = s_report (self);
    assert_true (report.received == 8 && report.pictures == 1 && report.lost == 0);
}

static void
s_three_pictures (void **state)
{
    s_fixture_t *self = *state;
    const zr_shown_t *seen[3] = {NULL};
    int known = 0;
    for (uint64_t seq = 1; seq <= 60; seq++) {
        s_offer_seq (self, seq);
        assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
        if (seq % 3 == 0)
            continue;
        const zr_shown_t *before = zr_stream_shown (self->stream);
        const zr_shown_t *shown = zr_stream_take (self->stream);
        assert_ptr_not_equal (shown, before);
        assert_true (shown->frame.meta.seq == seq);
        int i = 0;
        while (i < known && seen[i] != shown)
            i++;
        assert_in_range (i, 0, 2);
        if (i == known)
            seen[known++] = shown;
    }
}

static void
s_lost (void **state)
{
    s_fixture_t *self = *state;
    static const struct {
        uint64_t seq, lost; // lost: in all
    } steps[] = {
        {10, 0}, {11, 0}, {13, 1}, {20, 7}, {20, 7}, // the same again
        {5, 7},                                      // it began anew
        {6, 7},  {9, 9},  {0, 9},  {1, 9},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        s_offer_seq (self, steps[i].seq);
        assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
        assert_true (s_report (self).lost == steps[i].lost);
    }
    s_offer (self, NULL, 16, 1); // who says nothing is believed to have lost nothing
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    s_offer_seq (self, 1000);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    assert_true (s_report (self).lost == 9);
}

static void
s_skipped_is_not_lost (void **state)
{
    s_fixture_t *self = *state;
    s_offer_seq (self, 1);
    s_decode (self);
    s_offer_seq (self, 2);
    s_offer_seq (self, 3);
    s_offer_seq (self, 6); // 4 and 5 never came
    s_decode (self);
    s_offer_bytes (self, "no picture", 10);
    assert_int_equal (s_decode (self), ZR_STREAM_BAD);
    s_offer_seq (self, 8); // 7 was the bad one
    s_decode (self);
    zr_meter_report_t report = s_report (self);
    assert_true (report.lost == 2);
    assert_true (report.skipped == 2 + 2); // by messages, and by pictures
}

static void
s_times (void **state)
{
    s_fixture_t *self = *state;
    static const int64_t absurd[] = {INT64_MIN, INT64_MIN + 1, -1,       0,
                                     1,         INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        s_offer (self, &(zr_meta_t){.seq = i, .time_us = absurd[i]}, 16, 1);
        assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
        assert_true (zr_stream_take (self->stream)->time_us == absurd[i]);
    }
    assert_false (s_report (self).age_known);
    assert_true (s_report (self).late == 0);
    s_offer (self, &(zr_meta_t){.seq = 10, .time_us = s_unix_us () - 499000}, 16, 1);
    s_offer (self, &(zr_meta_t){.seq = 11, .time_us = s_unix_us () - 501000}, 16, 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    assert_true (s_report (self).late == 1);
    s_offer (self, &(zr_meta_t){.seq = 12, .time_us = s_unix_us () + 900000}, 16, 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    assert_true (s_report (self).age_ms_last < 0); // a clock ahead of ours
    assert_true (s_report (self).late == 1);
}

static void
s_bad (void **state)
{
    s_fixture_t *self = *state;
    char text[4096];
    static const struct {
        const char *data;
        size_t len;
    } bad[] = {{"", 0}, {"x", 1}, {"/9j/2Q==", 8}, {"\xff\xd8\xff\xd9", 4}};
    s_offer_seq (self, 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    const zr_shown_t *shown = zr_stream_take (self->stream);
    for (int i = 0; i < 8; i++) {
        s_offer_bytes (self, bad[i % 4].data, bad[i % 4].len);
        assert_int_equal (s_decode (self), ZR_STREAM_BAD);
        assert_null (zr_stream_take (self->stream));
        assert_ptr_equal (zr_stream_shown (self->stream), shown);
    }
    assert_int_equal (self->tapped, 1);
    ssize_t len = pread (self->log, text, sizeof text - 1, 0);
    assert_true (len > 0);
    text[len] = '\0';
    assert_non_null (strstr (text, "ana: a message is no picture (empty)"));
    assert_ptr_equal (strchr (text, '\n'), text + len - 1); // said once
    s_offer_seq (self, 10);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    assert_true (zr_stream_take (self->stream)->frame.meta.seq == 10);
}

static void
s_sizes_change (void **state)
{
    s_fixture_t *self = *state;
    static const int widths[] = {16, 640, 1, 333, 16, 1000};
    for (uint64_t i = 0; i < 24; i++) {
        int width = widths[i % 6];
        s_offer (self, &(zr_meta_t){.seq = i, .time_us = 0}, width, (uint8_t) (i * 9));
        assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
        const zr_shown_t *shown = zr_stream_take (self->stream);
        assert_int_equal (shown->picture.width, width);
        assert_true (abs (shown->picture.planes[0][width - 1] - (int) i * 9) < 3);
    }
}

// What is still under way is freed; leaks would be seen.
static void
s_ends_full (void **state)
{
    s_fixture_t *self = *state;
    s_offer_seq (self, 1);
    s_decode (self);
    zr_stream_take (self->stream);
    for (uint64_t seq = 2; seq < 5; seq++) {
        s_offer_seq (self, seq);
        s_decode (self);
    }
    s_offer_seq (self, 9);
}

static void
s_long_name (void **state)
{
    (void) state;
    char name[2 * ZR_WIRE_LABEL_MAX];
    memset (name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    zr_stream_t *stream = zr_stream_new (&(zr_stream_settings_t){.name = name});
    assert_int_equal (strlen (zr_stream_name (stream)), ZR_WIRE_LABEL_MAX - 1);
    zr_stream_destroy (&stream);
}

static void
s_room (void **state)
{
    s_fixture_t *self = *state;
    s_offer_seq (self, 1);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    int64_t left = self->room;
    assert_true (left < 1 << 20);
    s_offer (self, &(zr_meta_t){.seq = 2, .time_us = s_unix_us ()}, 8000, 100);
    self->room = 50000; // less than 8000 x 8 pixels take
    assert_int_equal (s_decode (self), ZR_STREAM_BAD);
    assert_true (self->room >= 0 && self->room <= 50000);
    self->room = 1 << 20;
    s_offer (self, &(zr_meta_t){.seq = 3, .time_us = s_unix_us ()}, 8000, 100);
    assert_int_equal (s_decode (self), ZR_STREAM_PICTURE);
    assert_true (self->room < (1 << 20) - 8000 * 8);
}

// Between them is what came by neither connection; only that of one is lost.
static void
s_resumes (void **state)
{
    s_fixture_t *self = *state;
    assert_null (zr_stream_tier (self->stream));
    zr_stream_resume (self->stream, "full");
    s_offer_seq (self, 1);
    s_decode (self);
    s_offer_seq (self, 3);
    s_decode (self);
    assert_true (s_report (self).lost == 1);
    zr_stream_resume (self->stream, "half");
    assert_string_equal (zr_stream_tier (self->stream), "half");
    s_offer_seq (self, 10);
    s_offer_seq (self, 11); // the first of the new ones is never looked at
    s_decode (self);
    assert_true (s_report (self).lost == 1);
    s_offer_seq (self, 14);
    s_decode (self);
    assert_true (s_report (self).lost == 3);
    zr_stream_resume (self->stream, NULL);
    assert_null (zr_stream_tier (self->stream));
}

#define TEST(name, function)                                                           \
    {                                                                                  \
        name, function, s_set_up, s_tear_down, NULL                                    \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("a new stream has nothing", s_nothing),
        TEST ("a message becomes a picture", s_passes),
        TEST ("a picture without metadata is shown", s_without_metadata),
        TEST ("the newest wins, on both ways", s_newest_wins),
        TEST ("three pictures are handed round", s_three_pictures),
        TEST ("what is missing between two pictures is lost", s_lost),
        TEST ("what was replaced or bad is not lost", s_skipped_is_not_lost),
        TEST ("what is missing before another connection is not lost", s_resumes),
        TEST ("ages are believed within a day", s_times),
        TEST ("a picture larger than the memory left is bad", s_room),
        TEST ("bad messages are said once and left out", s_bad),
        TEST ("pictures may change their size", s_sizes_change),
        TEST ("a stream ends with its hands full", s_ends_full),
        TEST ("a long name is cut", s_long_name),
    };
    return cmocka_run_group_tests_name ("stream", tests, NULL, NULL);
}
