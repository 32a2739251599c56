// SPDX-License-Identifier: MPL-2.0
// Cameras' JPEGs: the samples are made by TurboJPEG and then stripped, padded, cut and
// spoiled here. Each stands in a heap block of exactly its size when it is mended.

#include "publisher/camera_jpeg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <turbojpeg.h>

#include "common/jpeg.h"

#define WIDTH 45
#define HEIGHT 35
#define ROOM 16384 // bytes, more than any sample here

typedef struct {
    uint8_t data[ROOM];
    size_t len;
} s_sample_t;

typedef struct {
    zr_camera_jpeg_t *camera;
    uint8_t *given; // the heap block that was mended last
    const uint8_t *jpeg;
    size_t len;
} s_stage_t;

static const int SHAPES[] = {TJSAMP_422, TJSAMP_420, TJSAMP_444, TJSAMP_GRAY};
#define SHAPE_COUNT 4

static int
s_setup (void **state)
{
    s_stage_t *stage = calloc (1, sizeof *stage);
    assert_non_null (stage);
    stage->camera = zr_camera_jpeg_new ();
    *state = stage;
    return 0;
}

static int
s_teardown (void **state)
{
    s_stage_t *stage = *state;
    zr_camera_jpeg_destroy (&stage->camera);
    assert_null (stage->camera);
    zr_camera_jpeg_destroy (&stage->camera);
    free (stage->given);
    free (stage);
    return 0;
}

// A picture with something in every block, compressed by TurboJPEG.
static void
s_make (s_sample_t *sample, int subsampling, int flags)
{
    static uint8_t rgb[WIDTH * HEIGHT * 3];
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        rgb[i] = (uint8_t) (i * 7 + i / 90 * 31 + i * i % 97);
    tjhandle handle = tjInitCompress ();
    unsigned char *out = NULL;
    unsigned long size = 0;
    assert_int_equal (tjCompress2 (handle, rgb, WIDTH, 0, HEIGHT, TJPF_RGB, &out, &size,
                                   subsampling, 80, flags),
                      0);
    assert_true (size <= ROOM);
    memcpy (sample->data, out, size);
    sample->len = size;
    tjFree (out);
    tjDestroy (handle);
}

// Where the first segment with that marker begins; it must be there.
static size_t
s_find (const s_sample_t *sample, uint8_t code)
{
    size_t at = 2;
    while (sample->data[at + 1] != code) {
        assert_true (sample->data[at] == 0xff && sample->data[at + 1] != 0xda);
        at += 2u + (size_t) (sample->data[at + 2] << 8 | sample->data[at + 3]);
    }
    return at;
}

static void
s_cut_out (s_sample_t *sample, size_t at, size_t len)
{
    memmove (sample->data + at, sample->data + at + len, sample->len - at - len);
    sample->len -= len;
}

static void
s_put_in (s_sample_t *sample, size_t at, const void *bytes, size_t len)
{
    assert_true (sample->len + len <= ROOM);
    memmove (sample->data + at + len, sample->data + at, sample->len - at);
    memcpy (sample->data + at, bytes, len);
    sample->len += len;
}

// Takes all DHT segments out; tables gets what was in them.
static void
s_strip (s_sample_t *sample, s_sample_t *tables)
{
    tables->len = 0;
    for (size_t at = 2; sample->data[at + 1] != 0xda;) {
        size_t size = 2u + (size_t) (sample->data[at + 2] << 8 | sample->data[at + 3]);
        if (sample->data[at + 1] == 0xc4) {
            s_put_in (tables, tables->len, sample->data + at + 4, size - 4);
            s_cut_out (sample, at, size);
        } else
            at += size;
    }
}

static int
s_mend (s_stage_t *stage, const uint8_t *data, size_t len)
{
    free (stage->given);
    stage->given = malloc (len ? len : 1);
    assert_non_null (stage->given);
    memcpy (stage->given, data, len);
    int status = zr_camera_jpeg_mend (stage->camera, stage->given, len, &stage->jpeg,
                                      &stage->len);
    return status;
}

// It is taken as it is, up to len.
static void
s_check_unchanged (s_stage_t *stage, const s_sample_t *sample, size_t len)
{
    assert_int_equal (s_mend (stage, sample->data, sample->len), 0);
    assert_ptr_equal (stage->jpeg, stage->given);
    assert_int_equal (stage->len, len);
    assert_string_equal (zr_camera_jpeg_reason (stage->camera), "");
}

static void
s_check_refused (s_stage_t *stage, const uint8_t *data, size_t len, const char *reason)
{
    assert_int_equal (s_mend (stage, data, len), -1);
    assert_string_equal (zr_camera_jpeg_reason (stage->camera), reason);
}

static void
s_decode (const uint8_t *data, size_t len, uint8_t *rgb)
{
    tjhandle handle = tjInitDecompress ();
    assert_int_equal (tjDecompress2 (handle, data, len, rgb, WIDTH, 0, HEIGHT, TJPF_RGB,
                                     TJFLAG_STOPONWARNING),
                      0);
    tjDestroy (handle);
}

static void
s_sound (void **state)
{
    s_sample_t sample;
    for (int i = 0; i < SHAPE_COUNT; i++) {
        s_make (&sample, SHAPES[i], 0);
        s_check_unchanged (*state, &sample, sample.len);
    }
}

static void
s_progressive (void **state)
{
    s_stage_t *stage = *state;
    s_sample_t sample;
    for (int i = 0; i < SHAPE_COUNT; i++) {
        s_make (&sample, SHAPES[i], TJFLAG_PROGRESSIVE);
        s_check_unchanged (stage, &sample, sample.len);
        for (size_t len = 0; len < sample.len; len++)
            assert_int_equal (s_mend (stage, sample.data, len), -1);
    }
    s_sample_t tables;
    s_strip (&sample, &tables);
    s_check_refused (stage, sample.data, sample.len,
                     "has no Huffman tables, and not the kind that may lack them");
}

static void
s_restarts (void **state)
{
    s_sample_t sample;
    setenv ("TJ_RESTART", "1", 1); // a row of blocks
    s_make (&sample, TJSAMP_422, 0);
    unsetenv ("TJ_RESTART");
    const uint8_t *restart = memmem (sample.data, sample.len, "\xff\xd0", 2);
    assert_non_null (restart);
    s_check_unchanged (*state, &sample, sample.len);
    s_put_in (&sample, (size_t) (restart - sample.data), "\xff\xff", 2);
    s_check_unchanged (*state, &sample, sample.len);
}

// The tables are where they belong, they are TurboJPEG's, and so are the pixels.
static void
s_check_mended (s_stage_t *stage, const s_sample_t *sound, const s_sample_t *stripped,
                const s_sample_t *tables)
{
    uint8_t before[WIDTH * HEIGHT * 3], after[WIDTH * HEIGHT * 3];
    size_t scan = s_find (stripped, 0xda);
    assert_ptr_not_equal (stage->jpeg, stage->given);
    assert_int_equal (stage->len, stripped->len + ZR_CAMERA_JPEG_TABLES);
    assert_memory_equal (stage->jpeg, stripped->data, scan);
    assert_memory_equal (stage->jpeg + scan, "\xff\xc4\x01\xa2", 4);
    if (tables->len == ZR_CAMERA_JPEG_TABLES - 4) // grey has only two of the four
        assert_memory_equal (stage->jpeg + scan + 4, tables->data, tables->len);
    assert_memory_equal (stage->jpeg + scan + ZR_CAMERA_JPEG_TABLES,
                         stripped->data + scan, stripped->len - scan);
    s_decode (sound->data, sound->len, before);
    s_decode (stage->jpeg, stage->len, after);
    assert_memory_equal (before, after, sizeof before);
}

static void
s_stripped (void **state)
{
    s_stage_t *stage = *state;
    s_sample_t sound, stripped, tables;
    const uint8_t *memory = NULL;
    for (int i = 0; i < SHAPE_COUNT; i++) {
        s_make (&sound, SHAPES[i], 0);
        stripped = sound;
        s_strip (&stripped, &tables);
        assert_int_equal (tables.len, SHAPES[i] == TJSAMP_GRAY ? 208 : 416);
        assert_int_equal (s_mend (stage, stripped.data, stripped.len), 0);
        s_check_mended (stage, &sound, &stripped, &tables);

        memory = stage->jpeg; // warm: the next one of that size takes no memory
        assert_int_equal (s_mend (stage, stripped.data, stripped.len), 0);
        assert_ptr_equal (stage->jpeg, memory);

        s_sample_t mended = {.len = stage->len};
        memcpy (mended.data, stage->jpeg, stage->len);
        s_check_unchanged (stage, &mended, mended.len);
    }
}

static void
s_arithmetic (void **state)
{
    s_sample_t sample, tables;
    s_make (&sample, TJSAMP_422, 0);
    s_strip (&sample, &tables);
    sample.data[s_find (&sample, 0xc0) + 1] = 0xc9;
    s_check_unchanged (*state, &sample, sample.len);
}

static void
s_padded (void **state)
{
    static const uint8_t zeroes[700];
    static const uint8_t garbage[] = {0x17, 0xff, 0xd9, 0xff, 0xd8, 0xff, 0xda, 0x00};
    s_stage_t *stage = *state;
    s_sample_t sound, padded, tables;
    s_make (&sound, TJSAMP_422, 0);
    const uint8_t *const paddings[] = {zeroes, garbage, garbage + 1, sound.data,
                                       sound.data};
    const size_t lens[] = {sizeof zeroes, sizeof garbage, 1, sound.len, sound.len / 2};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        padded = sound;
        s_put_in (&padded, padded.len, paddings[i], lens[i]);
        s_check_unchanged (stage, &padded, sound.len);

        s_sample_t stripped = sound;
        s_strip (&stripped, &tables);
        padded = stripped;
        s_put_in (&padded, padded.len, paddings[i], lens[i]);
        assert_int_equal (s_mend (stage, padded.data, padded.len), 0);
        s_check_mended (stage, &sound, &stripped, &tables);
    }
}

static void
s_cut (void **state)
{
    s_stage_t *stage = *state;
    s_sample_t sample, tables, padded;
    s_make (&sample, TJSAMP_422, 0);
    for (int stripped = 0; stripped < 2; stripped++) {
        if (stripped)
            s_strip (&sample, &tables);
        for (size_t len = 2; len < sample.len; len++) {
            s_check_refused (stage, sample.data, len, "ends before its EOI");
            padded = sample;
            memset (padded.data + len, 0, sample.len - len);
            assert_int_equal (s_mend (stage, padded.data, padded.len), -1);
        }
    }
}

static void
s_thumbnail (void **state)
{
    static uint8_t head[] = {0xff, 0xe1, 0, 0, 'E', 'x', 'i', 'f', 0xff, 0xd9};
    s_sample_t thumbnail, sample, tables;
    s_make (&thumbnail, TJSAMP_420, 0);
    size_t size = sizeof head - 2 + thumbnail.len;
    head[2] = (uint8_t) (size >> 8);
    head[3] = (uint8_t) size;
    s_make (&sample, TJSAMP_422, 0);
    s_put_in (&sample, 2, thumbnail.data, thumbnail.len);
    s_put_in (&sample, 2, head, sizeof head);
    s_check_unchanged (*state, &sample, sample.len);

    // Nor are the thumbnail's tables taken for the picture's.
    s_stage_t *stage = *state;
    s_strip (&sample, &tables);
    assert_int_equal (s_mend (stage, sample.data, sample.len), 0);
    assert_int_equal (stage->len, sample.len + ZR_CAMERA_JPEG_TABLES);
}

static void
s_fill_bytes (void **state)
{
    s_stage_t *stage = *state;
    s_sample_t sample, tables;
    s_make (&sample, TJSAMP_422, 0);
    s_put_in (&sample, sample.len - 2, "\xff\xff\xff", 3); // before EOI
    s_put_in (&sample, s_find (&sample, 0xda), "\xff\xff", 2);
    s_put_in (&sample, s_find (&sample, 0xdb), "\xff", 1);
    s_check_unchanged (stage, &sample, sample.len);

    uint8_t rgb[WIDTH * HEIGHT * 3];
    s_make (&sample, TJSAMP_422, 0);
    s_strip (&sample, &tables);
    s_put_in (&sample, s_find (&sample, 0xda), "\xff\xff", 2);
    assert_int_equal (s_mend (stage, sample.data, sample.len), 0);
    assert_int_equal (stage->len, sample.len + ZR_CAMERA_JPEG_TABLES);
    s_decode (stage->jpeg, stage->len, rgb);
}

static void
s_lying_lengths (void **state)
{
    static const uint8_t codes[] = {0xe0, 0xdb, 0xc0, 0xc4, 0xda};
    s_stage_t *stage = *state;
    s_sample_t sound, sample;
    s_make (&sound, TJSAMP_422, 0);
    for (size_t i = 0; i < sizeof codes; i++) {
        size_t at = s_find (&sound, codes[i]) + 2;
        int size = sound.data[at] << 8 | sound.data[at + 1];
        for (int lie = 0; lie <= 0xffff; lie += lie < 2 * size ? 1 : 97) {
            sample = sound;
            sample.data[at] = (uint8_t) (lie >> 8);
            sample.data[at + 1] = (uint8_t) lie;
            int status = s_mend (stage, sample.data, sample.len);
            assert_int_equal (status == 0, lie == size);
            const char *reason = zr_camera_jpeg_reason (stage->camera);
            if (lie < 2)
                assert_string_equal (reason, "has a segment of an impossible length");
            else if ((size_t) lie > sample.len - at)
                assert_string_equal (reason, "ends before its EOI");
        }
    }
}

static void
s_check_spoiled (s_stage_t *stage, uint8_t code, const char *bytes, size_t len,
                 const char *reason)
{
    s_sample_t sample;
    s_make (&sample, TJSAMP_422, 0);
    size_t at = s_find (&sample, code);
    s_put_in (&sample, at, bytes, len);
    s_check_refused (stage, sample.data, sample.len, reason);
}

static void
s_spoiled (void **state)
{
    s_stage_t *stage = *state;
    s_check_spoiled (stage, 0xdb, "\xff\xd8", 2, "begins anew before its EOI");
    s_check_spoiled (stage, 0xdb, "\xff\xd9", 2, "has no frame header (SOF)");
    s_check_spoiled (stage, 0xda, "\xff\xd9", 2, "has no scan (SOS)");
    s_check_spoiled (stage, 0xdb, "\xff\0", 2,
                     "has something else where a marker is due");
    s_check_spoiled (stage, 0xdb, "\0", 1, "has something else where a marker is due");
    s_check_spoiled (stage, 0xdb, "\xff\2\0\2", 4,
                     "has a marker that is none of a JPEG's");
    s_check_spoiled (stage, 0xdb, "\xff\xd0\0\2", 4,
                     "has a marker that is none of a JPEG's");
    s_check_spoiled (stage, 0xda, "\xff\xc0\0\x0b\10\0\1\0\1\1\1\x11\0", 13,
                     "has two frame headers (SOF)");
    s_check_spoiled (stage, 0xdb, "\xff\xc0\0\x0b\10\0\1\0\1\2\1\x11\0", 13,
                     "has a frame header (SOF) of a wrong length");
    s_check_spoiled (stage, 0xdb, "\xff\xda\0\6\0\0", 6,
                     "has a scan (SOS) before its frame header (SOF)");

    s_sample_t sample; // and within the scan
    for (int code = 1; code < 0xff; code++) {
        s_make (&sample, TJSAMP_422, 0);
        size_t middle = (s_find (&sample, 0xda) + sample.len) / 2;
        sample.data[middle - 1] = 0x11;
        sample.data[middle] = 0xff;
        sample.data[middle + 1] = (uint8_t) code;
        bool passes = (code >= 0xd0 && code <= 0xd7) || code == 0xd9;
        assert_int_equal (s_mend (stage, sample.data, sample.len), passes ? 0 : -1);
    }
}

static void
s_garbage (void **state)
{
    s_stage_t *stage = *state;
    s_sample_t sample;
    uint32_t chance = 1;
    s_check_refused (stage, (const uint8_t *) "", 0, "is empty");
    s_check_refused (stage, (const uint8_t *) "\xff\xd9", 2, "does not begin with SOI");
    s_check_refused (stage, (const uint8_t *) "\xff\xd8", 2, "ends before its EOI");
    s_check_refused (stage, (const uint8_t *) "\xff\xd8\xff\xd9", 4,
                     "has no frame header (SOF)");
    for (int round = 0; round < 2000; round++) {
        sample.len = (size_t) round;
        for (size_t i = 0; i < sample.len; i++) {
            chance = chance * 1664525 + 1013904223;
            sample.data[i] = chance >> 31 ? 0xff : (uint8_t) (chance >> 20);
        }
        if (round % 2)
            memcpy (sample.data, "\xff\xd8\xff", (size_t) (round < 3 ? round : 3));
        if (s_mend (stage, sample.data, sample.len) == 0)
            assert_memory_equal (stage->jpeg + stage->len - 2, "\xff\xd9", 2);
    }
}

// Comments are put in until it has len bytes.
static uint8_t *
s_make_large (s_sample_t *sample, size_t len)
{
    uint8_t *data = calloc (1, len);
    assert_non_null (data);
    memcpy (data, sample->data, 2);
    size_t at = 2, missing = len - sample->len;
    while (missing) {
        size_t size = missing < 65537 ? missing : missing < 65537 + 4 ? 60000 : 65537;
        const uint8_t head[] = {0xff, 0xfe, (uint8_t) ((size - 2) >> 8),
                                (uint8_t) (size - 2)};
        memcpy (data + at, head, sizeof head);
        at += size;
        missing -= size;
    }
    memcpy (data + at, sample->data + 2, sample->len - 2);
    return data;
}

static void
s_large (void **state)
{
    s_stage_t *stage = *state;
    s_sample_t sample, tables;
    s_make (&sample, TJSAMP_422, 0);
    for (int stripped = 0; stripped < 2; stripped++) {
        if (stripped)
            s_strip (&sample, &tables);
        size_t limit = ZR_FRAME_SIZE_MAX - ZR_JPEG_META_MAX -
                       (stripped ? ZR_CAMERA_JPEG_TABLES : 0);
        for (size_t more = 0; more < 2; more++) {
            uint8_t *data = s_make_large (&sample, limit + more);
            assert_int_equal (s_mend (stage, data, limit + more), more ? -1 : 0);
            assert_string_equal (zr_camera_jpeg_reason (stage->camera),
                                 more ? "is above 32 MiB" : "");
            free (data);
        }
    }
}

#define TEST(name, function)                                                           \
    {                                                                                  \
        name, function, s_setup, s_teardown, NULL                                      \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("a sound picture is taken as it is", s_sound),
        TEST ("a progressive picture is taken as it is, cut nowhere", s_progressive),
        TEST ("restart markers end no scan", s_restarts),
        TEST ("missing tables are put in: the pixels are the same", s_stripped),
        TEST ("arithmetic coding needs no Huffman tables", s_arithmetic),
        TEST ("what stands behind the EOI is dropped", s_padded),
        TEST ("a picture cut at any byte is refused", s_cut),
        TEST ("a thumbnail's EOI and tables are not the picture's", s_thumbnail),
        TEST ("fill bytes before markers are allowed", s_fill_bytes),
        TEST ("segments that lie about their length are refused", s_lying_lengths),
        TEST ("markers out of place are refused", s_spoiled),
        TEST ("garbage is refused", s_garbage),
        TEST ("32 MiB with tables and metadata are the limit", s_large),
    };
    return cmocka_run_group_tests_name ("camera_jpeg", tests, NULL, NULL);
}
