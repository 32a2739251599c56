// SPDX-License-Identifier: MPL-2.0
// What a stream is called by the first part of its message: our topics, imagezmq's JSON
// and anybody's text. Parts stand in heap blocks of exactly their size; the name in one
// of exactly what it may take.

#include "common/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/text.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))

// The name of a part, or NULL. Valid until the next call.
static const char *
s_name (const void *part, size_t len)
{
    static char kept[ZR_WIRE_LABEL_MAX];
    uint8_t *copy = malloc (len ? len : 1);
    char *name = malloc (ZR_WIRE_LABEL_MAX);
    assert_true (copy && name);
    memcpy (copy, part, len);
    int status = zr_wire_stream_name (copy, len, name);
    assert_in_range (status + 1, 0, 1);
    if (status == 0) {
        assert_in_range (strlen (name), 1, ZR_WIRE_LABEL_MAX - 1);
        assert_true (zr_text_is_printable (name, strlen (name)));
        memcpy (kept, name, strlen (name) + 1);
    }
    free (copy);
    free (name);
    return status ? NULL : kept;
}

static void
s_assert_names (const char *const cases[][2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = s_name (cases[i][0], strlen (cases[i][0]));
        if (!name)
            fail_msg ("\"%s\" was refused", cases[i][0]);
        assert_string_equal (name, cases[i][1]);
    }
}

#define NAME_64 "1234567890123456789012345678901234567890123456789012345678901234"

static void
s_topics (void **state)
{
    (void) state;
    static const char *const cases[][2] = {
        {"full/ana", "ana"},
        {"half/ana", "ana"},
        {"quarter/ana", "ana"},
        {"full/a", "a"},
        {"full/" NAME_64, NAME_64},
        {"quarter/" NAME_64, NAME_64},
        {"full/full", "full"},
        {"full/{\"msg\":\"x\"}", "{\"msg\":\"x\"}"},
        {"full/\xc3\xa4 \xf0\x9f\x8e\xa5", "\xc3\xa4 \xf0\x9f\x8e\xa5"},
    };
    s_assert_names (cases, COUNT (cases));
}

static void
s_bad_topics (void **state)
{
    (void) state;
    static const char *const topics[] = {
        "full/",
        "half/",
        "quarter/",
        "full/ ",
        "full/ a",
        "full/a ",
        "full//",
        "full/a/b",
        "full/full/a",
        "full/a\n",
        "full/\x1b]0;x\a",
        "full/a\xe2\x80\xae",
        "full/\xff",
        "full/\xc3",
        "full/" NAME_64 "5",
        "full/" NAME_64 NAME_64 NAME_64,
        "half/" NAME_64 "5",
    };
    for (size_t i = 0; i < COUNT (topics); i++) {
        const char *name = s_name (topics[i], strlen (topics[i]));
        if (name)
            fail_msg ("\"%s\" became \"%s\"", topics[i], name);
    }
    assert_null (s_name ("full/a\0b", 8));
    assert_null (s_name ("full/a\0", 7));
    assert_null (s_name ("full/\0", 6));
    uint8_t longest[ZR_WIRE_FIRST_PART_MAX];
    memset (longest, 'a', sizeof longest);
    memcpy (longest, "full/", 5);
    assert_null (s_name (longest, sizeof longest));
}

static void
s_labels (void **state)
{
    (void) state;
    static const char *const cases[][2] = {
        {"raspberry-pi", "raspberry-pi"},
        {"full", "full"},
        {"Full/a", "Full/a"},
        {"fullx/a", "fullx/a"},
        {"third/a", "third/a"},
        {"a\nb\x1b[2J", "a?b?[2J"},
        {"\xff\xfe", "??"},
        {"a\xe2\x80\xae"
         "b",
         "a?b"},
        {"a\xe2\x80\x8b"
         "b",
         "a?b"},
        {"{", "{"},
        {"[1]", "[1]"},
    };
    s_assert_names (cases, COUNT (cases));
    assert_string_equal (s_name ("a\0b\0", 4), "a?b?");
}

static void
s_label_lengths (void **state)
{
    (void) state;
    uint8_t part[ZR_WIRE_FIRST_PART_MAX + 1];
    memset (part, 'a', sizeof part);
    assert_null (s_name (part, 0));
    assert_null (s_name (part, sizeof part));
    for (size_t len = 1; len < 300; len++)
        assert_int_equal (strlen (s_name (part, len)), len < 127 ? len : 127);
    assert_int_equal (strlen (s_name (part, sizeof part - 1)), 127);
    for (size_t i = 0; i + 3 <= sizeof part; i += 3)
        memcpy (part + i, "\xe2\x82\xac", 3); // cut between characters: 42 of them
    assert_int_equal (strlen (s_name (part, 300)), 126);
}

static void
s_json (void **state)
{
    (void) state;
    static const char *const cases[][2] = {
        {"{\"dtype\": \"uint8\", \"shape\": [480, 640, 3], \"msg\": \"pi 3\"}", "pi 3"},
        {"{\"msg\":\"full/ana\"}", "full/ana"},
        {"{\"msg\":\"a\\u202eb\\n\"}", "a?b?"},
        {"{\"msg\":\"\\u00e4\\ud83c\\udfa5\"}", "\xc3\xa4\xf0\x9f\x8e\xa5"},
        {"{\"msg\":\"1\",\"msg\":\"2\"}", "2"},
        // no text in it, or no JSON: then it is a label itself
        {"{\"msg\":\"\"}", "{\"msg\":\"\"}"},
        {"{\"msg\":7}", "{\"msg\":7}"},
        {"{\"msg\":null}", "{\"msg\":null}"},
        {"{\"msg\":{\"msg\":\"x\"}}", "{\"msg\":{\"msg\":\"x\"}}"},
        {"{\"MSG\":\"x\"}", "{\"MSG\":\"x\"}"},
        {"{}", "{}"},
        {"{\"msg\":\"a\\u0000b\"}", "{\"msg\":\"a\\u0000b\"}"},
        {"{\"msg\":\"\\ud83c\"}", "{\"msg\":\"\\ud83c\"}"},
        {"{\"msg\":\"\xff\"}", "{\"msg\":\"?\"}"},
        {"{\"msg\":\"x\"} ", "x"},
        {"{\"msg\":\"x\"}x", "{\"msg\":\"x\"}x"},
    };
    s_assert_names (cases, COUNT (cases));
}

static void
s_json_cut (void **state)
{
    (void) state;
    static const char json[] = "{\"shape\": [480, 640, 3], \"msg\": \"pi\\u00e4\"}";
    for (size_t len = 1; len < sizeof json - 1; len++) {
        const char *name = s_name (json, len);
        assert_non_null (name);
        assert_int_equal (strlen (name), len);
        assert_memory_equal (name, json, len);
    }
    assert_string_equal (s_name (json, sizeof json - 1), "pi\xc3\xa4");
}

static void
s_json_huge (void **state)
{
    (void) state;
    char part[ZR_WIRE_FIRST_PART_MAX];
    memset (part, '[', sizeof part);
    memcpy (part, "{\"msg\":", 7);
    assert_int_equal (strlen (s_name (part, sizeof part)), 127); // nested too deep
    memset (part, 'x', sizeof part);
    memcpy (part, "{\"msg\":\"", 8);
    memcpy (part + sizeof part - 2, "\"}", 2);
    const char *name = s_name (part, sizeof part);
    assert_int_equal (strlen (name), 127);
    assert_int_equal (strspn (name, "x"), 127);
    memset (part, '9', sizeof part);
    memcpy (part, "{\"msg\":", 7);
    part[sizeof part - 1] = '}';
    assert_int_equal (strlen (s_name (part, sizeof part)), 127); // too large a number
}

static void
s_any_bytes (void **state)
{
    (void) state;
    uint32_t random = 1; // what comes is checked in s_name
    for (int i = 0; i < 20000; i++) {
        uint8_t part[48];
        random = random * 1664525 + 1013904223;
        size_t len = random >> 8 & 31;
        for (size_t at = 0; at < sizeof part; at++) {
            random = random * 1664525 + 1013904223;
            part[at] = (uint8_t) (random >> 24);
        }
        if (i % 3 == 0)
            memcpy (part, "full/", 5);
        s_name (part, len);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a topic's name is what stands behind its tier", s_topics, NULL, NULL, NULL},
        {"a topic whose name is not valid is refused", s_bad_topics, NULL, NULL, NULL},
        {"any other text names the stream, made harmless", s_labels, NULL, NULL, NULL},
        {"a label is cut between characters, a first part has a limit", s_label_lengths,
         NULL, NULL, NULL},
        {"of a JSON object the msg is taken, if it has one", s_json, NULL, NULL, NULL},
        {"JSON cut at any byte is a text", s_json_cut, NULL, NULL, NULL},
        {"JSON that is deep or long does no harm", s_json_huge, NULL, NULL, NULL},
        {"whatever comes, the name is printable and fits", s_any_bytes, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests_name ("wire_name", tests, NULL, NULL);
}
