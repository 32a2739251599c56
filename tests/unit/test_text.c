// SPDX-License-Identifier: MPL-2.0
// Text from strangers: what may be seen and what becomes '?'. Texts stand in heap
// blocks of exactly their size, as does the place that they are cleaned into.

#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))

typedef struct {
    const char *text;
    const char *clean; // NULL: as text, which is printable
} s_case_t;

static const s_case_t s_cases[] = {
    {"", NULL},
    {"a", NULL},
    {" ", NULL},
    {"plain text ~!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}", NULL},
    {"\xc3\xa4\xc3\xb6\xc3\xbc", NULL},
    {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", NULL},
    {"\xf0\x9f\x8e\xa5", NULL},
    {"e\xcc\x81", NULL},                        // a combining accent
    {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", NULL}, // right to left by itself
    {"\t", "?"},
    {"a\r\nb", "a??b"},
    {"\x1b[31mred", "?[31mred"},
    {"\x1b]0;title\a", "?]0;title?"},
    {"\x7f", "?"},
    {"\xc2\x80", "?"}, // C1 controls
    {"\xc2\x9b"
     "31m",
     "?31m"},
    {"\xc2\xad", "?"},     // soft hyphen
    {"\xe2\x80\x8b", "?"}, // zero width: space, non-joiner, joiner
    {"\xe2\x80\x8c", "?"},
    {"\xe2\x80\x8d", "?"},
    {"\xe2\x80\x8e", "?"}, // direction: marks, embeddings, overrides
    {"a\xe2\x80\xae"
     "cba",
     "a?cba"},
    {"\xe2\x81\xa6", "?"}, // isolates
    {"\xe2\x80\xa8", "?"}, // line and paragraph separators
    {"\xe2\x80\xa9", "?"},
    {"\xef\xbb\xbf", "?"},     // byte order mark
    {"\xf3\xa0\x81\x81", "?"}, // tag characters
    {"\xee\x80\x80", "?"},     // private use
    {"\xef\xbf\xbe", "?"},     // no character
    {"\xcd\xb8", "?"},         // unassigned
    {"\x80", "?"},             // no UTF-8: a byte each
    {"\xff\xfe", "??"},
    {"a\xc3", "a?"},
    {"\xc3"
     "a",
     "?a"},
    {"\xe6\x97", "??"},
    {"\xf0\x9f\x8e", "???"},
    {"\xc0\xaf", "??"}, // overlong
    {"\xe0\x80\xaf", "???"},
    {"\xed\xa0\x80", "???"},      // a surrogate
    {"\xf4\x90\x80\x80", "????"}, // above the last code point
    {"\xf8\x88\x80\x80\x80", "?????"},
};

static char *
s_copy (const char *text, size_t len)
{
    char *copy = malloc (len ? len : 1);
    assert_non_null (copy);
    memcpy (copy, text, len);
    return copy;
}

// Cleans into a block of size bytes and compares.
static void
s_assert_clean (const char *text, size_t len, size_t size, const char *expected)
{
    char *copy = s_copy (text, len);
    char *dest = malloc (size);
    assert_non_null (dest);
    assert_int_equal (zr_text_clean (dest, size, copy, len), strlen (expected));
    assert_string_equal (dest, expected);
    free (dest);
    free (copy);
}

static void
s_cases_hold (void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT (s_cases); i++) {
        size_t len = strlen (s_cases[i].text);
        char *copy = s_copy (s_cases[i].text, len);
        if (zr_text_is_printable (copy, len) != !s_cases[i].clean)
            fail_msg ("case %zu is %sprintable", i, s_cases[i].clean ? "" : "not ");
        free (copy);
        const char *clean = s_cases[i].clean ? s_cases[i].clean : s_cases[i].text;
        s_assert_clean (s_cases[i].text, len, strlen (clean) + 1, clean);
        s_assert_clean (s_cases[i].text, len, strlen (clean) + 9, clean);
    }
}

static void
s_one_spoils_all (void **state)
{
    (void) state;
    char text[100];
    for (size_t at = 0; at < sizeof text; at++) {
        memset (text, 'a', sizeof text);
        assert_true (zr_text_is_printable (text, sizeof text));
        text[at] = '\n';
        assert_false (zr_text_is_printable (text, sizeof text));
        assert_true (zr_text_is_printable (text, at));
    }
}

static void
s_nul (void **state)
{
    (void) state;
    assert_false (zr_text_is_printable ("a\0b", 3));
    assert_false (zr_text_is_printable ("", 1));
    s_assert_clean ("a\0b\0", 4, 10, "a?b?");
}

static void
s_cut (void **state)
{
    (void) state;
    static const char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\xa5\n."; // 1 2 3 4
    static const size_t lengths[] = {0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 12, 12};
    for (size_t size = 1; size < COUNT (lengths); size++) {
        char expected[sizeof text];
        memcpy (expected, text, lengths[size]);
        expected[lengths[size]] = '\0';
        char *control = strchr (expected, '\n');
        if (control)
            *control = '?';
        s_assert_clean (text, sizeof text - 1, size, expected);
    }
}

static void
s_two_bytes (void **state)
{
    (void) state;
    for (int code = 0; code < 0x10000; code++) {
        char text[2] = {(char) (code >> 8), (char) code};
        char dest[3] = "xx";
        size_t len = zr_text_clean (dest, sizeof dest, text, 2);
        assert_in_range (len, 1, 2);
        assert_int_equal (strlen (dest), len);
        assert_true (zr_text_is_printable (dest, len));
        bool same = len == 2 && memcmp (dest, text, 2) == 0;
        assert_int_equal (zr_text_is_printable (text, 2), same);
    }
}

static void
s_any_bytes (void **state)
{
    (void) state;
    uint32_t random = 7;
    for (int i = 0; i < 20000; i++) {
        char bytes[24];
        for (size_t at = 0; at < sizeof bytes; at++) {
            random = random * 1664525 + 1013904223;
            bytes[at] = (char) (random >> 24 | (i % 2 ? 0x80 : 0));
        }
        size_t len = random >> 8 & 15, size = (random >> 16 & 15) + 1;
        char *text = s_copy (bytes, len);
        char *dest = malloc (size);
        assert_non_null (dest);
        size_t written = zr_text_clean (dest, size, text, len);
        assert_in_range (written, 0, size - 1);
        assert_int_equal (strlen (dest), written);
        assert_true (zr_text_is_printable (dest, written));
        free (dest);
        free (text);
    }
}

static void
s_test_characters (void **state)
{
    (void) state;
    assert_int_equal (zr_text_characters (""), 0);
    assert_int_equal (zr_text_characters ("abc"), 3);
    assert_int_equal (zr_text_characters ("\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa6"), 3);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"characters are counted, and not bytes", s_test_characters, NULL, NULL, NULL},
        {"what can be seen is kept, all else becomes '?'", s_cases_hold, NULL, NULL,
         NULL},
        {"one bad character anywhere spoils a text", s_one_spoils_all, NULL, NULL,
         NULL},
        {"a NUL is a character that cannot be seen", s_nul, NULL, NULL, NULL},
        {"a text is cut between characters", s_cut, NULL, NULL, NULL},
        {"any two bytes come out clean", s_two_bytes, NULL, NULL, NULL},
        {"any bytes in any room come out clean", s_any_bytes, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("text", tests, NULL, NULL);
}
