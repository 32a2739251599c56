// SPDX-License-Identifier: MPL-2.0
// JPEGs of every kind that cameras and people send, and of kinds that only an enemy
// sends: cut at every byte, with every byte damaged, with segments and headers that
// lie. Everything is judged in heap blocks of exactly its size, so that the address
// sanitizer sees what is read behind the end.
// RGB and CMYK are made from TurboJPEG's own JPEGs: an Adobe segment in place of JFIF's
// says that they are.

#include "common/jpeg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))

// A JPEG on the heap; room behind it for what a test adds.
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

// A soft slope, whose planes differ.
static void
s_paint (zr_picture_t *picture, int width, int height, int subsampling)
{
    assert_int_equal (zr_picture_shape (picture, width, height, subsampling), 0);
    for (int i = 0; i < zr_picture_planes (picture); i++)
        for (int y = 0; y < zr_picture_plane_height (picture, i); y++)
            for (int x = 0; x < zr_picture_plane_width (picture, i); x++)
                picture->planes[i][y * picture->strides[i] + x] =
                    (uint8_t) (60 + 40 * i + x + y);
    zr_picture_pad (picture);
}

// Compressed by TurboJPEG itself, without metadata.
static s_bytes_t
s_make (int width, int height, int subsampling, int flags)
{
    zr_picture_t picture = {0};
    s_paint (&picture, width, height, subsampling);
    const unsigned char *planes[3] = {picture.planes[0], picture.planes[1],
                                      picture.planes[2]};
    unsigned char *jpeg = NULL;
    unsigned long len = 0;
    tjhandle handle = tjInitCompress ();
    assert_int_equal (tjCompressFromYUVPlanes (handle, planes, width, picture.strides,
                                               height, subsampling, &jpeg, &len, 95,
                                               flags),
                      0);
    s_bytes_t bytes = s_copy (jpeg, len);
    tjFree (jpeg);
    tjDestroy (handle);
    zr_picture_release (&picture);
    return bytes;
}

// Where the segment with this marker begins.
static size_t
s_find (s_bytes_t jpeg, uint8_t marker)
{
    for (size_t at = 2; at + 3 < jpeg.len;
         at += 2 + ((size_t) jpeg.data[at + 2] << 8 | jpeg.data[at + 3])) {
        assert_int_equal (jpeg.data[at], 0xff);
        if (jpeg.data[at + 1] == marker)
            return at;
        if (jpeg.data[at + 1] == 0xda)
            break;
    }
    fail_msg ("no segment %02x", marker);
    return 0;
}

// Takes JFIF's segment out and says by Adobe's that there is no colour transform.
static void
s_make_adobe (s_bytes_t *jpeg)
{
    static const uint8_t adobe[] = {0xff, 0xee, 0,   14, 'A', 'd', 'o', 'b',
                                    'e',  0,    100, 0,  0,   0,   0,   0};
    size_t rest = 4 + 16; // behind SOI and APP0
    assert_int_equal (jpeg->data[3], 0xe0);
    s_bytes_t made = {.len = jpeg->len - rest + 2 + sizeof adobe};
    made.data = malloc (made.len);
    assert_non_null (made.data);
    memcpy (made.data, jpeg->data, 2);
    memcpy (made.data + 2, adobe, sizeof adobe);
    memcpy (made.data + 2 + sizeof adobe, jpeg->data + rest, jpeg->len - rest);
    free (jpeg->data);
    *jpeg = made;
}

static void
s_set_size (s_bytes_t jpeg, int width, int height)
{
    uint8_t *header = jpeg.data + s_find (jpeg, 0xc0);
    header[5] = (uint8_t) (height >> 8);
    header[6] = (uint8_t) height;
    header[7] = (uint8_t) (width >> 8);
    header[8] = (uint8_t) width;
}

static void
s_assert_near (const zr_picture_t *picture, int tolerance)
{
    for (int i = 0; i < zr_picture_planes (picture); i++)
        for (int y = 0; y < zr_picture_plane_height (picture, i); y++)
            for (int x = 0; x < zr_picture_plane_width (picture, i); x++) {
                int value = picture->planes[i][y * picture->strides[i] + x];
                if (abs (value - (60 + 40 * i + x + y)) > tolerance)
                    fail_msg ("plane %d (%d, %d) is %d", i, x, y, value);
            }
}

static void
s_assert_refused (s_bytes_t jpeg, const char *reason)
{
    zr_jpeg_t *self = zr_jpeg_new ();
    zr_picture_t picture = {0};
    assert_int_equal (zr_jpeg_decode (self, jpeg.data, jpeg.len, &picture), -1);
    if (!strstr (zr_jpeg_error (self), reason))
        fail_msg ("\"%s\" says not \"%s\"", zr_jpeg_error (self), reason);
    assert_null (picture.memory);
    zr_jpeg_destroy (&self);
}

static void
s_round_trip (void **state)
{
    (void) state;
    static const int samplings[] = {TJSAMP_444,  TJSAMP_422, TJSAMP_420,
                                    TJSAMP_GRAY, TJSAMP_440, TJSAMP_411};
    static const int sizes[][2] = {{1, 1},   {1, 7},   {7, 1},  {8, 8},
                                   {15, 17}, {33, 31}, {64, 48}};
    zr_jpeg_t *self = zr_jpeg_new ();
    zr_picture_t picture = {0}, decoded = {0};
    zr_frame_t frame = {0};
    for (size_t s = 0; s < COUNT (samplings); s++)
        for (size_t i = 0; i < COUNT (sizes); i++) {
            const zr_meta_t meta = {.seq = s * 100 + i, .time_us = -(int64_t) i};
            s_paint (&picture, sizes[i][0], sizes[i][1], samplings[s]);
            assert_int_equal (zr_jpeg_encode (self, &picture, 95, &meta, &frame), 0);
            assert_true (frame.meta.known && frame.meta.seq == meta.seq);
            assert_int_equal (zr_jpeg_check (frame.data, frame.len), frame.len);

            s_bytes_t jpeg = s_copy (frame.data, frame.len);
            zr_meta_t read;
            zr_jpeg_read_meta (jpeg.data, jpeg.len, &read);
            assert_true (read.known && read.seq == meta.seq &&
                         read.time_us == meta.time_us);
            assert_int_equal (zr_jpeg_decode (self, jpeg.data, jpeg.len, &decoded), 0);
            assert_int_equal (decoded.width, sizes[i][0]);
            assert_int_equal (decoded.height, sizes[i][1]);
            assert_int_equal (decoded.subsampling, samplings[s]);
            s_assert_near (&decoded, 4);
            free (jpeg.data);
        }
    zr_frame_release (&frame);
    zr_picture_release (&picture);
    zr_picture_release (&decoded);
    zr_jpeg_destroy (&self);
}

static void
s_encode_refused (void **state)
{
    (void) state;
    zr_jpeg_t *self = zr_jpeg_new ();
    assert_string_equal (zr_jpeg_error (self), "");
    const zr_meta_t meta = {0};
    zr_picture_t picture = {0};
    zr_frame_t frame = {0};
    assert_int_equal (zr_jpeg_encode (self, &picture, 80, &meta, &frame), -1);
    assert_string_equal (zr_jpeg_error (self), "no such picture shape");
    picture = (zr_picture_t){.width = 8, .height = 8}; // planes are missing
    assert_int_equal (zr_jpeg_encode (self, &picture, 80, &meta, &frame), -1);
    assert_non_null (strstr (zr_jpeg_error (self), "Invalid argument"));
    s_paint (&picture, 8, 8, TJSAMP_420);
    assert_int_equal (zr_jpeg_encode (self, &picture, 1, &meta, &frame), 0);
    assert_int_equal (zr_jpeg_encode (self, &picture, 100, &meta, &frame), 0);
    zr_frame_release (&frame);
    zr_picture_release (&picture);
    zr_jpeg_destroy (&self);
    assert_null (self);
    zr_jpeg_destroy (&self);
}

static void
s_progressive (void **state)
{
    (void) state;
    zr_jpeg_t *self = zr_jpeg_new ();
    zr_picture_t decoded = {0};
    s_bytes_t jpeg = s_make (33, 31, TJSAMP_420, TJFLAG_PROGRESSIVE);
    s_find (jpeg, 0xc2); // it is one
    assert_int_equal (zr_jpeg_decode (self, jpeg.data, jpeg.len, &decoded), 0);
    assert_int_equal (decoded.width, 33);
    s_assert_near (&decoded, 4);
    free (jpeg.data);
    zr_picture_release (&decoded);
    zr_jpeg_destroy (&self);
}

static void
s_rgb (void **state)
{
    (void) state;
    zr_jpeg_t *self = zr_jpeg_new ();
    zr_picture_t decoded = {0};
    static const int sizes[][2] = {{8, 8}, {33, 17}, {5, 3}, {1, 1}};
    for (size_t i = 0; i < COUNT (sizes); i++) {
        s_bytes_t jpeg = s_make (sizes[i][0], sizes[i][1], TJSAMP_444, 0);
        s_make_adobe (&jpeg);
        assert_int_equal (zr_jpeg_decode (self, jpeg.data, jpeg.len, &decoded), 0);
        assert_int_equal (decoded.width, sizes[i][0]);
        assert_int_equal (decoded.height, sizes[i][1]);
        assert_int_equal (decoded.subsampling, TJSAMP_444);
        // 60, 100, 140 as red, green and blue, at the upper left; T.871 section 7
        assert_in_range (decoded.planes[0][0], 92, 94 + 2);
        assert_in_range (decoded.planes[1][0], 151, 157);
        assert_in_range (decoded.planes[2][0], 101, 107);
        free (jpeg.data);
    }
    zr_picture_release (&decoded);
    zr_jpeg_destroy (&self);
}

static void
s_cmyk (void **state)
{
    (void) state;
    static const unsigned char ink[8 * 8 * 4] = {200, 100, 50, 10};
    unsigned char *data = NULL;
    unsigned long len = 0;
    tjhandle handle = tjInitCompress ();
    assert_int_equal (
        tjCompress2 (handle, ink, 8, 0, 8, TJPF_CMYK, &data, &len, TJSAMP_444, 80, 0),
        0);
    s_bytes_t jpeg = s_copy (data, len);
    tjFree (data);
    tjDestroy (handle);
    s_assert_refused (jpeg, "CMYK"); // YCCK
    uint8_t *adobe = jpeg.data + s_find (jpeg, 0xee);
    adobe[15] = 0; // no transform: CMYK itself
    s_assert_refused (jpeg, "CMYK");
    free (jpeg.data);
}

static void
s_giants (void **state)
{
    (void) state;
    static const int sizes[][2] = {
        {65500, 65500}, {65535, 65535}, {8193, 8}, {8, 8193}, {8193, 8193}};
    s_bytes_t jpeg = s_make (8, 8, TJSAMP_444, 0);
    for (size_t i = 0; i < COUNT (sizes); i++) {
        s_set_size (jpeg, sizes[i][0], sizes[i][1]);
        s_assert_refused (jpeg, i < 2 ? "" : "larger than 8192 pixels a side");
    }
    s_set_size (jpeg, 0, 8);
    s_assert_refused (jpeg, "");
    s_set_size (jpeg, 8, 0);
    s_assert_refused (jpeg, "");
    free (jpeg.data);
}

static void
s_samplings (void **state)
{
    (void) state;
    static const uint8_t factors[] = {0x31, 0x13, 0x33, 0x24, 0x14, 0x00, 0xff};
    s_bytes_t jpeg = s_make (8, 8, TJSAMP_444, 0);
    uint8_t *header = jpeg.data + s_find (jpeg, 0xc0);
    for (size_t i = 0; i < COUNT (factors); i++) {
        header[11] = factors[i];
        s_assert_refused (jpeg, "");
    }
    free (jpeg.data);
}

// Decodes what may be anything; picture is shaped if that worked.
static void
s_decode_any (zr_jpeg_t *self, s_bytes_t jpeg, zr_picture_t *picture)
{
    if (zr_jpeg_decode (self, jpeg.data, jpeg.len, picture) == 0) {
        assert_in_range (picture->width, 1, ZR_PICTURE_SIDE_MAX);
        assert_in_range (picture->height, 1, ZR_PICTURE_SIDE_MAX);
        assert_non_null (picture->memory);
    } else
        assert_true (*zr_jpeg_error (self) != '\0');
}

static void
s_cut_anywhere (void **state)
{
    (void) state;
    static const int samplings[] = {TJSAMP_420, TJSAMP_GRAY};
    zr_jpeg_t *self = zr_jpeg_new ();
    for (int i = 0; i < 4; i++) {
        s_bytes_t jpeg =
            s_make (17, 9, samplings[i / 2], i % 2 ? TJFLAG_PROGRESSIVE : 0);
        zr_picture_t picture = {0};
        for (size_t len = 0; len <= jpeg.len; len++) {
            s_bytes_t cut = s_copy (jpeg.data, len);
            s_decode_any (self, cut, &picture);
            cut.data = realloc (cut.data, len + 2);
            cut.len = len + 2;
            memcpy (cut.data + len, "\xff\xd9", 2); // it pretends to be whole
            s_decode_any (self, cut, &picture);
            free (cut.data);
        }
        assert_int_equal (zr_jpeg_decode (self, jpeg.data, jpeg.len, &picture), 0);
        assert_int_equal (picture.width, 17);
        zr_picture_release (&picture);
        free (jpeg.data);
    }
    zr_jpeg_destroy (&self);
}

// Sizes stay as they are: what a giant costs is tested elsewhere.
static void
s_damage_anywhere (void **state)
{
    (void) state;
    zr_jpeg_t *self = zr_jpeg_new ();
    s_bytes_t jpeg = s_make (17, 9, TJSAMP_420, 0);
    size_t header = s_find (jpeg, 0xc0);
    zr_picture_t picture = {0};
    for (size_t at = 0; at < jpeg.len; at++) {
        if (at >= header + 5 && at < header + 9)
            continue;
        uint8_t kept = jpeg.data[at];
        for (int bit = 0; bit < 8; bit++) {
            jpeg.data[at] = (uint8_t) (kept ^ 1 << bit);
            s_decode_any (self, jpeg, &picture);
        }
        jpeg.data[at] = kept;
    }
    assert_int_equal (zr_jpeg_decode (self, jpeg.data, jpeg.len, &picture), 0);
    free (jpeg.data);
    zr_picture_release (&picture);
    zr_jpeg_destroy (&self);
}

// What a broken JPEG leaves behind in the decompressor must not spoil the next one.
static void
s_recovers (void **state)
{
    (void) state;
    s_bytes_t jpeg = s_make (16, 16, TJSAMP_420, 0);
    s_bytes_t broken[] = {
        s_copy ((const uint8_t *) "\xff\xd8\xff\xfc\0\2\xff\xd9", 8), // no such marker
        s_copy ((const uint8_t *) "\xff\xd8\xff\xe0\0\1\xff\xd9", 8), // bad length
        s_copy ((const uint8_t *) "\xff\xd8\xff\xd9", 4),             // nothing in it
        s_copy ((const uint8_t *) "\xff\xd8\xff", 3),
        s_copy ((const uint8_t *) "JPEG", 4),
        s_copy (jpeg.data, jpeg.len / 2),
        s_copy (jpeg.data, 0),
    };
    zr_jpeg_t *self = zr_jpeg_new ();
    zr_picture_t picture = {0};
    for (size_t i = 0; i < COUNT (broken); i++) {
        assert_int_equal (
            zr_jpeg_decode (self, broken[i].data, broken[i].len, &picture), -1);
        assert_true (*zr_jpeg_error (self) != '\0');
        if (zr_jpeg_decode (self, jpeg.data, jpeg.len, &picture))
            fail_msg ("after case %zu: %s", i, zr_jpeg_error (self));
        s_assert_near (&picture, 4);
        free (broken[i].data);
    }
    free (jpeg.data);
    zr_picture_release (&picture);
    zr_jpeg_destroy (&self);
}

static size_t
s_find_last_scan (s_bytes_t jpeg)
{
    size_t last = 0;
    for (size_t at = 0; at + 1 < jpeg.len; at++)
        if (jpeg.data[at] == 0xff && jpeg.data[at + 1] == 0xda)
            last = at;
    return last;
}

static void
s_scans (void **state)
{
    (void) state;
    s_bytes_t jpeg = s_make (64, 64, TJSAMP_GRAY, TJFLAG_PROGRESSIVE);
    size_t last = s_find_last_scan (jpeg);
    size_t scan = jpeg.len - 2 - last;
    s_bytes_t bomb = {.len = last + 501 * scan + 2};
    bomb.data = malloc (bomb.len);
    assert_non_null (bomb.data);
    memcpy (bomb.data, jpeg.data, last);
    for (size_t i = 0; i < 501; i++)
        memcpy (bomb.data + last + i * scan, jpeg.data + last, scan);
    memcpy (bomb.data + bomb.len - 2, "\xff\xd9", 2);
    zr_jpeg_t *self = zr_jpeg_new ();
    zr_picture_t picture = {0};
    assert_int_equal (zr_jpeg_decode (self, bomb.data, bomb.len, &picture), -1);
    assert_non_null (strstr (zr_jpeg_error (self), "more scans"));
    zr_picture_release (&picture);
    zr_jpeg_destroy (&self);
    free (bomb.data);
    free (jpeg.data);
}

// After a warning TurboJPEG calls a failure a warning too. If that was before anything
// was drawn, then what was in the memory must not be seen.
static void
s_failure_as_warning (void **state)
{
    (void) state;
    s_bytes_t jpeg = s_make (64, 64, TJSAMP_GRAY, TJFLAG_PROGRESSIVE);
    memcpy (jpeg.data + 4, "\0\2\0", 3); // an empty APP0 and dirt: the warning
    jpeg.data[s_find_last_scan (jpeg) + 1] = 0xfc; // no such marker: the failure
    zr_jpeg_t *self = zr_jpeg_new ();
    zr_picture_t picture = {0};
    if (zr_jpeg_decode (self, jpeg.data, jpeg.len, &picture) == 0)
        for (int i = 0; i < 64 * 64; i++)
            assert_int_equal (picture.planes[0][i], 128);
    zr_picture_release (&picture);
    zr_jpeg_destroy (&self);
    free (jpeg.data);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"every sampling and size comes back as it went", s_round_trip, NULL, NULL,
         NULL},
        {"a picture without shape or planes is refused", s_encode_refused, NULL, NULL,
         NULL},
        {"a progressive JPEG is shown", s_progressive, NULL, NULL, NULL},
        {"an RGB JPEG becomes YUV", s_rgb, NULL, NULL, NULL},
        {"CMYK and YCCK are refused by name", s_cmyk, NULL, NULL, NULL},
        {"a header that claims too much is refused before memory is taken", s_giants,
         NULL, NULL, NULL},
        {"unusual samplings are refused", s_samplings, NULL, NULL, NULL},
        {"a broken JPEG does not spoil the next", s_recovers, NULL, NULL, NULL},
        {"a progressive JPEG of endless scans is given up", s_scans, NULL, NULL, NULL},
        {"a failure behind a warning shows grey, not old memory", s_failure_as_warning,
         NULL, NULL, NULL},
        {"a JPEG cut anywhere does no harm", s_cut_anywhere, NULL, NULL, NULL},
        {"a JPEG with any bit flipped does no harm", s_damage_anywhere, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests_name ("jpeg", tests, NULL, NULL);
}
