// SPDX-License-Identifier: MPL-2.0
// Whether a JPEG is whole, and what it says of itself in its first segment: as our own
// publisher writes it, as others might, and as an enemy would. Everything is judged in
// heap blocks of exactly its size, so that the address sanitizer sees what is read
// behind the end.

#include "common/jpeg.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))

typedef struct {
    uint8_t *data;
    size_t len;
} s_bytes_t;

static s_bytes_t
s_copy (const uint8_t *data, size_t len)
{
    s_bytes_t copy = {.data = malloc (len ? len : 1), .len = len};
    assert_non_null (copy.data);
    memcpy (copy.data, data, len);
    return copy;
}

static void
s_check_whole (void **state)
{
    (void) state;
    zr_jpeg_t *self = zr_jpeg_new ();
    zr_picture_t picture = {0};
    zr_frame_t frame = {0};
    const zr_meta_t meta = {.seq = 1};
    assert_int_equal (zr_picture_shape (&picture, 9, 5, TJSAMP_420), 0);
    zr_picture_fill (&picture, 200, 90, 120);
    zr_picture_pad (&picture);
    assert_int_equal (zr_jpeg_encode (self, &picture, 80, &meta, &frame), 0);
    s_bytes_t jpeg = s_copy (frame.data, frame.len);
    for (size_t len = 0; len <= jpeg.len; len++) {
        s_bytes_t cut = s_copy (jpeg.data, len);
        assert_int_equal (zr_jpeg_check (cut.data, len),
                          len == jpeg.len ? (ssize_t) len : -1);
        free (cut.data);
    }
    free (jpeg.data);
    zr_frame_release (&frame);
    zr_picture_release (&picture);
    zr_jpeg_destroy (&self);
}

static void
s_check_padding (void **state)
{
    (void) state;
    static const struct {
        uint8_t data[10];
        size_t len;
        ssize_t whole;
    } cases[] = {
        {{0xff, 0xd8, 0xff, 0xd9}, 4, 4},
        {{0xff, 0xd8, 0xff, 0xd9, 0}, 5, 4},
        {{0xff, 0xd8, 0xff, 0xd9, 0, 0, 0, 0, 0, 0}, 10, 4},
        {{0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xd9, 0, 0}, 10, 8},
        {{0xff, 0xd8, 0xff, 0xd9, 0, 1}, 6, -1},
        {{0xff, 0xd8, 0xff, 0xd9, 10}, 5, -1},
        {{0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9, 0xff}, 7, -1},
        {{0xff, 0xd8, 0xff, 0, 0, 0, 0, 0, 0, 0}, 10, -1},
        {{0xff, 0xd8, 0, 0xff, 0xd9}, 5, -1},
        {{0xff, 0xd9, 0xff, 0xd9}, 4, -1},
        {{0xd8, 0xff, 0xff, 0xd9}, 4, -1},
        {{0, 0xd8, 0xff, 0xd9}, 4, -1},
        {{0}, 10, -1},
        {{0xff, 0xd8, 0xff}, 3, -1},
        {{0xff}, 1, -1},
        {{0}, 0, -1},
    };
    for (size_t i = 0; i < COUNT (cases); i++) {
        s_bytes_t bytes = s_copy (cases[i].data, cases[i].len);
        if (zr_jpeg_check (bytes.data, bytes.len) != cases[i].whole)
            fail_msg ("case %zu is not %zd", i, cases[i].whole);
        free (bytes.data);
    }
}

static void
s_meta_round (void **state)
{
    (void) state;
    static const uint64_t seqs[] = {0, 1, 9999999999, UINT64_MAX};
    static const int64_t times[] = {0, 1, -1, 1700000000123456, INT64_MAX, INT64_MIN};
    for (size_t s = 0; s < COUNT (seqs); s++)
        for (size_t t = 0; t < COUNT (times); t++) {
            const zr_meta_t meta = {.seq = seqs[s], .time_us = times[t]};
            uint8_t *head = malloc (ZR_JPEG_META_MAX);
            size_t len = zr_jpeg_write_meta (head, &meta);
            assert_in_range (len, 6, ZR_JPEG_META_MAX);
            s_bytes_t bytes = s_copy (head, len);
            for (size_t cut = 0; cut <= len; cut++) {
                s_bytes_t prefix = s_copy (bytes.data, cut);
                zr_meta_t read = {.known = true, .seq = 4, .time_us = 5};
                zr_jpeg_read_meta (prefix.data, cut, &read);
                assert_int_equal (read.known, cut == len);
                assert_true (read.seq == (cut == len ? seqs[s] : 0));
                assert_true (read.time_us == (cut == len ? times[t] : 0));
                free (prefix.data);
            }
            free (bytes.data);
            free (head);
        }
}

static void
s_meta_bytes (void **state)
{
    (void) state;
    static const char expected[] = "\xff\xd8\xff\xfe\0\x1bzroom/1 seq=42 time=-1700";
    const zr_meta_t meta = {.seq = 42, .time_us = -1700};
    uint8_t head[ZR_JPEG_META_MAX];
    assert_int_equal (zr_jpeg_write_meta (head, &meta), sizeof expected - 1);
    assert_memory_equal (head, expected, sizeof expected - 1);
}

// Reads text as the metadata of a JPEG whose segment claims to be claim bytes long.
static zr_meta_t
s_read_text (const char *text, size_t len, size_t claim)
{
    s_bytes_t bytes = {.data = malloc (len + 6), .len = len + 6};
    const uint8_t head[6] = {0xff,           0xd8, 0xff, 0xfe, (uint8_t) (claim >> 8),
                             (uint8_t) claim};
    memcpy (bytes.data, head, sizeof head);
    memcpy (bytes.data + 6, text, len);
    zr_meta_t meta;
    memset (&meta, 0xff, sizeof meta);
    meta.known = true;
    zr_jpeg_read_meta (bytes.data, bytes.len, &meta);
    free (bytes.data);
    if (!meta.known)
        assert_true (meta.seq == 0 && meta.time_us == 0);
    return meta;
}

static void
s_meta_known (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "zroom/1 seq=7 time=-9",
        "zroom/1 time=-9 seq=7",
        "zroom/1  seq=7   time=-9 ",
        "zroom/1 codec=x seq=7 = time=-9 seqs=8 atime=3 time",
        "zroom/1 seq=0000000000000000000000000000007 time=-0000000000000000000000009",
    };
    for (size_t i = 0; i < COUNT (texts); i++) {
        zr_meta_t meta =
            s_read_text (texts[i], strlen (texts[i]), strlen (texts[i]) + 2);
        if (!meta.known || meta.seq != 7 || meta.time_us != -9)
            fail_msg ("\"%s\" is seq %" PRIu64 " time %" PRId64, texts[i], meta.seq,
                      meta.time_us);
    }
}

static void
s_meta_lies (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "",
        "z",
        "zroom/1",
        "zroom/1 ",
        "zroom/1 time=2",
        "zroom/1 seq=1",
        "zroom/1 seq= time=2",
        "zroom/1 seq=1 time=",
        "zroom/1 seq=-1 time=2",
        "zroom/1 seq=\t-1 time=2",
        "zroom/1 seq=\n1 time=2",
        "zroom/1 seq=+1 time=2",
        "zroom/1 seq=1 time=\v2",
        "zroom/1 seq=1 time=+2",
        "zroom/1 seq=1 time=-",
        "zroom/1 seq=1 time=--2",
        "zroom/1 seq=1x time=2",
        "zroom/1 seq=1 time=2.5",
        "zroom/1 seq=0x1 time=2",
        "zroom/1 seq=18446744073709551616 time=2",
        "zroom/1 seq=1 time=9223372036854775808",
        "zroom/1 seq=1 time=-9223372036854775809",
        "zroom/1 seq=99999999999999999999999999999999 time=2",
        "zroom/1\tseq=1 time=2",
        "zroom/2 seq=1 time=2",
        "zroom/11 seq=1 time=2",
        "Zroom/1 seq=1 time=2",
        " zroom/1 seq=1 time=2",
        "zroom/1 SEQ=1 TIME=2",
        "CREATOR: gd-jpeg v1.0",
    };
    for (size_t i = 0; i < COUNT (texts); i++)
        if (s_read_text (texts[i], strlen (texts[i]), strlen (texts[i]) + 2).known)
            fail_msg ("\"%s\" was believed", texts[i]);
    static const char with_nul[] = "zroom/1 seq=1\0 time=2";
    assert_false (
        s_read_text (with_nul, sizeof with_nul - 1, sizeof with_nul + 1).known);
}

static void
s_meta_claims (void **state)
{
    (void) state;
    static const char text[] = "zroom/1 seq=1 time=22";
    size_t len = sizeof text - 1;
    for (size_t claim = 0; claim < 0x10000; claim += claim < 300 ? 1 : 997) {
        zr_meta_t meta = s_read_text (text, len, claim);
        bool whole = claim == len + 2;
        bool shorter = claim == len + 1; // time=2, which is what it says then
        assert_int_equal (meta.known, whole || shorter);
    }
    char filler[700];
    memset (filler, 'x', sizeof filler);
    memcpy (filler, text, len);
    filler[len] = ' ';
    assert_true (s_read_text (filler, 255, 257).known);
    for (size_t size = 256; size < sizeof filler; size++)
        assert_false (s_read_text (filler, size, size + 2).known);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a JPEG cut at any byte is not whole", s_check_whole, NULL, NULL, NULL},
        {"zeroes behind EOI are padding, anything else is not", s_check_padding, NULL,
         NULL, NULL},
        {"metadata is read as it was written, and only when whole", s_meta_round, NULL,
         NULL, NULL},
        {"metadata looks as PROTOCOL.md says", s_meta_bytes, NULL, NULL, NULL},
        {"keys may come in any order, with unknown ones between", s_meta_known, NULL,
         NULL, NULL},
        {"metadata that lies is unknown", s_meta_lies, NULL, NULL, NULL},
        {"a segment of the wrong length is not believed", s_meta_claims, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests_name ("jpeg_meta", tests, NULL, NULL);
}
