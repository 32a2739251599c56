// SPDX-License-Identifier: MPL-2.0
// The video messages: names, base64 by RFC 4648's own examples, limits to the byte, and
// payloads and first parts that only an enemy sends. What is read stands in heap blocks
// of exactly its size, without a NUL behind it, as in a ZeroMQ message.

#include "common/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/jpeg.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))
#define BASE64_MAX (ZR_FRAME_SIZE_MAX / 4 * 3) // bytes whose text is at the limit

static uint8_t *
s_copy (const void *data, size_t len)
{
    uint8_t *copy = malloc (len ? len : 1);
    assert_non_null (copy);
    memcpy (copy, data, len);
    return copy;
}

// A JPEG with metadata whose length has this remainder by 3.
static void
s_make (zr_frame_t *frame, size_t remainder)
{
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_picture_t picture = {0};
    zr_meta_t meta = {.seq = 1, .time_us = 1700000000000000};
    assert_int_equal (zr_picture_shape (&picture, 8, 8, TJSAMP_420), 0);
    zr_picture_fill (&picture, 100, 90, 200);
    do
        assert_int_equal (zr_jpeg_encode (jpeg, &picture, 80, &meta, frame), 0);
    while (meta.seq *= 10, frame->len % 3 != remainder);
    zr_picture_release (&picture);
    zr_jpeg_destroy (&jpeg);
}

// Packs and copies out what the message holds; *len is its length.
static uint8_t *
s_pack (const void *data, zr_wire_encoding_t encoding, size_t *len)
{
    zmq_msg_t message;
    assert_int_equal (zr_wire_pack (&message, encoding, data, *len), 0);
    *len = zmq_msg_size (&message);
    uint8_t *payload = s_copy (zmq_msg_data (&message), *len);
    zmq_msg_close (&message);
    return payload;
}

// Unpacks a copy. Returns what it returned; the reason is looked at if it failed.
static int
s_unpack (const void *payload, size_t len, zr_frame_t *frame)
{
    uint8_t *copy = s_copy (payload, len);
    const char *reason = NULL;
    int status = zr_wire_unpack (copy, len, frame, &reason);
    free (copy);
    if (status)
        assert_true (reason && *reason);
    return status;
}

static void
s_names (void **state)
{
    (void) state;
    static const char *const valid[] = {
        "a",
        "ana",
        "7",
        "ana's camera",
        "\xc3\xa4",
        "\xe6\x97\xa5\xe6\x9c\xac",
        "\xf0\x9f\x8e\xa5",
        ".",
        "..",
        "-",
        "%s",
        "a\\b",
        "{\"msg\":1}",
        "1234567890123456789012345678901234567890123456789012345678901234",
    };
    static const char *const invalid[] = {
        "",
        " ",
        " a",
        "a ",
        "/",
        "a/b",
        "/a",
        "a/",
        "a\nb",
        "\x1b[2J",
        "a\x7f",
        "\xc2\x85", // C1 control
        "\xc2\xad", // soft hyphen
        "a\xe2\x80\xae"
        "b",             // direction override
        "a\xe2\x80\x8b", // zero width space
        "a\xe2\x80\x8d"
        "b", // zero width joiner
        "\xef\xbb\xbf"
        "a",            // byte order mark
        "\xe2\x80\xa8", // line separator
        "\xee\x80\x80", // private use
        "\xff",
        "\x80",
        "a\xc3",
        "\xe6\x97",
        "\xf0\x9f\x8e",
        "\xc0\xaf",         // '/', overlong
        "\xed\xa0\x80",     // half of a surrogate pair
        "\xf4\x90\x80\x80", // above the last code point
        "12345678901234567890123456789012345678901234567890123456789012345",
    };
    for (size_t i = 0; i < COUNT (valid); i++)
        if (!zr_wire_name_is_valid (valid[i]))
            fail_msg ("\"%s\" was refused", valid[i]);
    for (size_t i = 0; i < COUNT (invalid); i++)
        if (zr_wire_name_is_valid (invalid[i]))
            fail_msg ("invalid name %zu was taken", i);
}

static void
s_vectors (void **state)
{
    (void) state;
    static const char *const vectors[][2] = {
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xd8\xff\xe0", "/9j/4A=="},
        {"\xfb\xef\xbe", "++++"},
    };
    for (size_t i = 0; i < COUNT (vectors); i++) {
        size_t len = strlen (vectors[i][0]);
        uint8_t *data = s_copy (vectors[i][0], len);
        uint8_t *text = s_pack (data, ZR_WIRE_BASE64, &len);
        assert_int_equal (len, strlen (vectors[i][1]));
        assert_memory_equal (text, vectors[i][1], len);
        free (text);
        len = strlen (vectors[i][0]);
        uint8_t *raw = s_pack (data, ZR_WIRE_RAW, &len);
        assert_int_equal (len, strlen (vectors[i][0]));
        assert_memory_equal (raw, data, len);
        free (raw);
        free (data);
    }
}

static void
s_pack_limits (void **state)
{
    (void) state;
    uint8_t *data = calloc (1, ZR_FRAME_SIZE_MAX);
    assert_non_null (data);
    zmq_msg_t message;
    assert_int_equal (zr_wire_pack (&message, ZR_WIRE_BASE64, data, BASE64_MAX), 0);
    assert_int_equal (zmq_msg_size (&message), ZR_FRAME_SIZE_MAX);
    assert_memory_equal ((uint8_t *) zmq_msg_data (&message) + ZR_FRAME_SIZE_MAX - 4,
                         "AAAA", 4);
    zmq_msg_close (&message);
    assert_int_equal (zr_wire_pack (&message, ZR_WIRE_BASE64, data, BASE64_MAX + 1),
                      -1);
    assert_int_equal (zr_wire_pack (&message, ZR_WIRE_RAW, data, ZR_FRAME_SIZE_MAX), 0);
    assert_int_equal (zmq_msg_size (&message), ZR_FRAME_SIZE_MAX);
    zmq_msg_close (&message);
    static const size_t sizes[] = {ZR_FRAME_SIZE_MAX + 1, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < COUNT (sizes); i++) {
        assert_int_equal (zr_wire_pack (&message, ZR_WIRE_RAW, data, sizes[i]), -1);
        assert_int_equal (zr_wire_pack (&message, ZR_WIRE_BASE64, data, sizes[i]), -1);
    }
    free (data);
}

static void
s_round_trip (void **state)
{
    (void) state;
    zr_frame_t sent = {0}, received = {0};
    for (size_t remainder = 0; remainder < 3; remainder++)
        for (int encoding = ZR_WIRE_BASE64; encoding <= ZR_WIRE_RAW; encoding++) {
            s_make (&sent, remainder);
            size_t len = sent.len;
            uint8_t *payload = s_pack (sent.data, (zr_wire_encoding_t) encoding, &len);
            assert_int_equal (s_unpack (payload, len, &received), 0);
            assert_int_equal (received.len, sent.len);
            assert_memory_equal (received.data, sent.data, sent.len);
            assert_true (received.meta.known);
            assert_true (received.meta.seq == sent.meta.seq);
            assert_true (received.meta.time_us == 1700000000000000);
            free (payload);
        }
    zr_frame_release (&sent);
    zr_frame_release (&received);
}

static void
s_cut (void **state)
{
    (void) state;
    zr_frame_t sent = {0}, received = {0};
    for (size_t remainder = 0; remainder < 3; remainder++)
        for (int encoding = ZR_WIRE_BASE64; encoding <= ZR_WIRE_RAW; encoding++) {
            s_make (&sent, remainder);
            size_t len = sent.len;
            uint8_t *payload = s_pack (sent.data, (zr_wire_encoding_t) encoding, &len);
            for (size_t cut = 0; cut < len; cut++)
                assert_int_equal (s_unpack (payload, cut, &received), -1);
            assert_int_equal (s_unpack (payload, len, &received), 0);
            free (payload);
        }
    zr_frame_release (&sent);
    zr_frame_release (&received);
}

// Nobody breaks lines, and padding is at the end only.
static void
s_alphabet (void **state)
{
    (void) state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    zr_frame_t sent = {0}, received = {0};
    for (size_t remainder = 0; remainder < 3; remainder++) {
        s_make (&sent, remainder);
        size_t len = sent.len;
        uint8_t *text = s_pack (sent.data, ZR_WIRE_BASE64, &len);
        for (size_t at = 40; at < 44; at++)
            for (int c = 0; c < 256; c++) {
                uint8_t kept = text[at];
                text[at] = (uint8_t) c;
                bool known = c && strchr (alphabet, c);
                if (s_unpack (text, len, &received) != (known ? 0 : -1))
                    fail_msg ("byte %d at %zu", c, at);
                text[at] = kept;
            }
        for (size_t at = 0; at + 2 < len; at++) {
            uint8_t kept = text[at];
            text[at] = '=';
            assert_int_equal (s_unpack (text, len, &received), -1);
            text[at] = kept;
        }
        free (text);
    }
    zr_frame_release (&sent);
    zr_frame_release (&received);
}

static void
s_malformed (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "/",
        "/9",
        "/9j",
        "/9j/",
        "=",
        "==",
        "===",
        "====",
        "A===",
        "=AAA",
        "A=A=",
        "AA=A",
        "AAAA====",
        "AAAAA===",
        "AAAAAA=A",
        "/9j/2Q=",
        "/9j/2Q",
        "/9j/2Q==\n",
        "/9j/2Q==\n\n\n\n",
        "\n/9j/2Q==",
        " /9j/2Q==",
        "/9j/\n2Q=",
        "/9j/2Q===",
        "/9j/4P/ZA===",
        "/9j/2Q==AAAA",
        "/9j_2Q==",
        "/9j/2Q==/9j/2Q==",
        "data:image/jpeg;base64,/9j/2Q==",
        "{\"msg\":1}",
    };
    zr_frame_t frame = {0};
    for (size_t i = 0; i < COUNT (texts); i++)
        if (s_unpack (texts[i], strlen (texts[i]), &frame) != -1)
            fail_msg ("\"%s\" was taken", texts[i]);
    static const char nul[] = "/9j/2Q=\0/9j/2\0==\0\0\0\0/9j/2Q\0\0";
    for (size_t at = 0; at + 8 <= sizeof nul; at += at == 16 ? 4 : 8)
        assert_int_equal (s_unpack (nul + at, 8, &frame), -1);
    assert_int_equal (s_unpack ("/9j/2Q==", 8, &frame), 0); // the least there is
    assert_int_equal (frame.len, 4);
    assert_false (frame.meta.known);
    assert_int_equal (s_unpack ("/9j/4P/Z", 8, &frame), 0);
    zr_frame_release (&frame);
}

static void
s_reasons (void **state)
{
    (void) state;
    const char *reason = NULL;
    zr_frame_t frame = {0};
    uint8_t *byte = s_copy ("\xff", 1); // its length lies: nothing of it is read
    assert_int_equal (zr_wire_unpack (byte, 0, &frame, &reason), -1);
    assert_string_equal (reason, "empty");
    assert_int_equal (zr_wire_unpack (byte, ZR_FRAME_SIZE_MAX + 1, &frame, &reason),
                      -1);
    assert_string_equal (reason, "above 32 MiB");
    assert_int_equal (zr_wire_unpack (byte, SIZE_MAX, &frame, &reason), -1);
    assert_null (frame.memory);
    assert_int_equal (zr_wire_unpack (byte, 1, &frame, &reason), -1);
    assert_string_equal (reason, "no JPEG, or one that is cut short");
    *byte = 'x';
    assert_int_equal (zr_wire_unpack (byte, 1, &frame, &reason), -1);
    assert_string_equal (reason, "neither a JPEG nor base64");
    free (byte);
    zr_frame_release (&frame);
}

static void
s_largest (void **state)
{
    (void) state;
    uint8_t *payload = malloc (ZR_FRAME_SIZE_MAX);
    assert_non_null (payload);
    zr_frame_t frame = {0};
    const char *reason;
    memset (payload, 'A', ZR_FRAME_SIZE_MAX);
    memcpy (payload, "/9j/", 4);
    memcpy (payload + ZR_FRAME_SIZE_MAX - 4, "/9k=", 4);
    assert_int_equal (zr_wire_unpack (payload, ZR_FRAME_SIZE_MAX, &frame, &reason), 0);
    assert_int_equal (frame.len, BASE64_MAX - 1);
    memcpy (payload, "\xff\xd8\xff\xe0", 4);
    memset (payload + 4, 0, ZR_FRAME_SIZE_MAX - 4);
    memcpy (payload + 4, "\xff\xd9", 2); // all padding
    assert_int_equal (zr_wire_unpack (payload, ZR_FRAME_SIZE_MAX, &frame, &reason), 0);
    assert_int_equal (frame.len, 6);
    zr_frame_release (&frame);
    free (payload);
}

static void
s_frame_reused (void **state)
{
    (void) state;
    zr_frame_t sent = {0}, received = {0};
    s_make (&sent, 0);
    assert_int_equal (s_unpack (sent.data, sent.len, &received), 0);
    assert_true (received.meta.known);
    assert_int_equal (s_unpack ("\xff\xd8\xff\xd9\0\0", 6, &received), 0);
    assert_int_equal (received.len, 4);
    assert_false (received.meta.known);
    assert_int_equal (received.meta.seq, 0);
    zr_frame_release (&sent);
    zr_frame_release (&received);
}

// Exact heap blocks, so that a sanitizer sees a byte too much.
static void
s_peek (const void *payload, size_t len, bool known, uint64_t seq)
{
    uint8_t *copy = s_copy (payload, len);
    zr_meta_t meta = {.known = true, .seq = 99};
    zr_wire_peek (copy, len, &meta);
    assert_int_equal (meta.known, known);
    assert_true (meta.seq == seq);
    free (copy);
}

static void
s_peeks (void **state)
{
    (void) state;
    for (size_t remainder = 0; remainder < 3; remainder++) {
        zr_frame_t frame = {0};
        s_make (&frame, remainder);
        zr_meta_t meta;
        zr_jpeg_read_meta (frame.data, frame.len, &meta);
        s_peek (frame.data, frame.len, true, meta.seq);
        size_t len = frame.len;
        uint8_t *text = s_pack (frame.data, ZR_WIRE_BASE64, &len);
        s_peek (text, len, true, meta.seq);
        s_peek (text, 200, true, meta.seq); // cut, and it does not matter here
        for (size_t cut = 0; cut < 40; cut++) {
            s_peek (text, cut, false, 0);
            s_peek (frame.data, cut, false, 0);
        }
        text[20] = '!';
        s_peek (text, len, false, 0);
        free (text);
        zr_frame_release (&frame);
    }
    s_peek ("/9j/", 4, false, 0);
    s_peek ("====", 4, false, 0);
    s_peek ("\0\0\0\0\0\0\0\0", 8, false, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a name is printable UTF-8 of 1 to 64 bytes without '/'", s_names, NULL, NULL,
         NULL},
        {"base64 is that of RFC 4648, to the byte", s_vectors, NULL, NULL, NULL},
        {"a message of 32 MiB is packed, one more byte is not", s_pack_limits, NULL,
         NULL, NULL},
        {"a JPEG arrives as it was sent, in either encoding", s_round_trip, NULL, NULL,
         NULL},
        {"metadata is read from the first bytes alone", s_peeks, NULL, NULL, NULL},
        {"a payload cut at any byte is refused", s_cut, NULL, NULL, NULL},
        {"only the alphabet is base64, padding only at its end", s_alphabet, NULL, NULL,
         NULL},
        {"what is not quite base64 is refused", s_malformed, NULL, NULL, NULL},
        {"a refusal names its reason before reading on", s_reasons, NULL, NULL, NULL},
        {"a payload of 32 MiB is taken", s_largest, NULL, NULL, NULL},
        {"a frame says nothing of the one before", s_frame_reused, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("wire", tests, NULL, NULL);
}
