// SPDX-License-Identifier: MPL-2.0
// Shots made into frames: pictures are compressed, ready JPEGs are wrapped byte for
// byte; what cannot be sent is said once until something can. stderr is a file
// meanwhile.

#include "publisher/encoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/jpeg.h"

static void
s_make_picture (zr_picture_t *picture)
{
    assert_int_equal (zr_picture_shape (picture, 17, 9, TJSAMP_420), 0);
    zr_picture_fill (picture, 150, 60, 200);
    zr_picture_pad (picture);
}

static void
s_picture (void **state)
{
    (void) state;
    zr_encoder_t *encoder = zr_encoder_new (90);
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_shot_t shot = {.time_us = 1700000000000001};
    zr_frame_t frame = {0};
    zr_picture_t decoded = {0};
    s_make_picture (&shot.picture);
    for (uint64_t seq = 5; seq < 8; seq++) {
        assert_int_equal (zr_encoder_encode (encoder, &shot, seq, &frame), 0);
        assert_true (frame.meta.known && frame.meta.seq == seq);
        zr_meta_t read;
        zr_jpeg_read_meta (frame.data, frame.len, &read);
        assert_true (read.known && read.seq == seq && read.time_us == shot.time_us);
        assert_int_equal (zr_jpeg_decode (jpeg, frame.data, frame.len, &decoded), 0);
        assert_int_equal (decoded.width, 17);
        assert_in_range (decoded.planes[0][0], 148, 152);
        assert_in_range (decoded.planes[2][0], 198, 202);
    }
    zr_frame_release (&frame);
    zr_picture_release (&decoded);
    zr_picture_release (&shot.picture);
    zr_jpeg_destroy (&jpeg);
    zr_encoder_destroy (&encoder);
    assert_null (encoder);
    zr_encoder_destroy (&encoder);
}

static void
s_quality (void **state)
{
    (void) state;
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        zr_encoder_t *encoder = zr_encoder_new (i ? 100 : 1);
        zr_shot_t shot = {0};
        zr_frame_t frame = {0};
        s_make_picture (&shot.picture);
        for (int x = 0; x < 17; x++)
            shot.picture.planes[0][x] = (uint8_t) (x * 83);
        assert_int_equal (zr_encoder_encode (encoder, &shot, 1, &frame), 0);
        sizes[i] = frame.len;
        zr_frame_release (&frame);
        zr_picture_release (&shot.picture);
        zr_encoder_destroy (&encoder);
    }
    assert_true (sizes[1] > sizes[0]);
}

// Wraps len bytes of a heap block that ends with them, and looks at the outcome.
static void
s_check_wrapped (zr_encoder_t *encoder, const void *jpeg, size_t len, zr_frame_t *frame)
{
    uint8_t *copy = malloc (len);
    assert_non_null (copy);
    memcpy (copy, jpeg, len);
    const zr_shot_t shot = {.jpeg = copy, .jpeg_len = len, .time_us = -4};
    assert_int_equal (zr_encoder_encode (encoder, &shot, 77, frame), 0);
    assert_true (frame->meta.known && frame->meta.seq == 77);
    uint8_t head[ZR_JPEG_META_MAX];
    size_t head_len = zr_jpeg_write_meta (head, &frame->meta);
    assert_int_equal (frame->len, head_len + len - 2);
    assert_memory_equal (frame->data, head, head_len);
    assert_memory_equal (frame->data + head_len, copy + 2, len - 2);
    zr_meta_t read;
    zr_jpeg_read_meta (frame->data, frame->len, &read);
    assert_true (read.known && read.seq == 77 && read.time_us == -4);
    free (copy);
}

static void
s_ready_jpeg (void **state)
{
    (void) state;
    zr_encoder_t *encoder = zr_encoder_new (80);
    zr_shot_t shot = {.time_us = 1};
    zr_frame_t first = {0}, second = {0};
    s_make_picture (&shot.picture);
    assert_int_equal (zr_encoder_encode (encoder, &shot, 1, &first), 0);
    s_check_wrapped (encoder, first.data, first.len, &second); // its metadata is older
    s_check_wrapped (encoder, "\xff\xd8\xff\xd9", 4, &second);
    s_check_wrapped (encoder, second.data, second.len, &first);
    zr_frame_release (&first);
    zr_frame_release (&second);
    zr_picture_release (&shot.picture);
    zr_encoder_destroy (&encoder);
}

static void
s_largest_jpeg (void **state)
{
    (void) state;
    zr_encoder_t *encoder = zr_encoder_new (80);
    zr_frame_t frame = {0};
    uint8_t *data = calloc (1, ZR_FRAME_SIZE_MAX);
    assert_non_null (data);
    s_check_wrapped (encoder, data, ZR_FRAME_SIZE_MAX, &frame);
    free (data);
    zr_frame_release (&frame);
    zr_encoder_destroy (&encoder);
}

// How many lines a few shots print on stderr.
static int
s_count_lines (zr_encoder_t *encoder, const zr_shot_t *shots, int count,
               zr_frame_t *frame)
{
    char text[4096];
    fflush (stderr);
    int saved = dup (STDERR_FILENO), file = memfd_create ("log", MFD_CLOEXEC);
    assert_true (saved >= 0 && file >= 0);
    dup2 (file, STDERR_FILENO);
    int failed = 0;
    for (int i = 0; i < count; i++)
        failed += zr_encoder_encode (encoder, &shots[i], 1, frame) != 0;
    dup2 (saved, STDERR_FILENO);
    close (saved);
    ssize_t len = pread (file, text, sizeof text, 0);
    close (file);
    int lines = 0;
    for (ssize_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return failed * 100 + lines;
}

static void
s_said_once (void **state)
{
    (void) state;
    static const uint8_t bytes[4] = {0xff, 0xd8, 0xff, 0xd9};
    const zr_shot_t good = {.jpeg = bytes, .jpeg_len = 4};
    const zr_shot_t none = {.jpeg = bytes, .jpeg_len = 0};
    const zr_shot_t tiny = {.jpeg = bytes, .jpeg_len = 3};
    const zr_shot_t huge = {.jpeg = bytes, .jpeg_len = ZR_FRAME_SIZE_MAX + 1};
    const zr_shot_t absurd = {.jpeg = bytes, .jpeg_len = SIZE_MAX};
    const zr_shot_t empty = {.time_us = 1}; // a picture without a size
    const zr_shot_t bad[] = {none, tiny, huge, absurd, empty};
    const zr_shot_t mixed[] = {tiny, tiny, good, good, empty, good, huge, huge};
    zr_encoder_t *encoder = zr_encoder_new (80);
    zr_frame_t frame = {0};
    assert_int_equal (s_count_lines (encoder, &good, 1, &frame), 0);
    assert_int_equal (s_count_lines (encoder, bad, 5, &frame), 501);
    assert_int_equal (s_count_lines (encoder, bad, 5, &frame), 500); // still failing
    assert_int_equal (s_count_lines (encoder, &good, 1, &frame), 0);
    assert_int_equal (s_count_lines (encoder, mixed, 8, &frame), 503);
    zr_frame_release (&frame);
    zr_encoder_destroy (&encoder);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a picture is compressed and says what it is", s_picture, NULL, NULL, NULL},
        {"quality is heeded", s_quality, NULL, NULL, NULL},
        {"a ready JPEG is wrapped byte for byte", s_ready_jpeg, NULL, NULL, NULL},
        {"a JPEG of 32 MiB is wrapped", s_largest_jpeg, NULL, NULL, NULL},
        {"what cannot be sent is said once until something can", s_said_once, NULL,
         NULL, NULL},
    };
    return cmocka_run_group_tests_name ("encoder", tests, NULL, NULL);
}
