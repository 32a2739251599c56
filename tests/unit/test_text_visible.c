// SPDX-License-Identifier: MPL-2.0
// What a peer said, as it is shown: nothing of it moves a cursor or turns the line, and
// emoji and words stay whole. Texts stand in heap blocks of exactly their size, as does
// the place that they are written to.

#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include <cmocka.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))
#define BAD "\xef\xbf\xbd" // U+FFFD

// Shows len bytes of text in size bytes. Valid until the next call.
static const char *
s_show (const char *text, size_t len, size_t size)
{
    static char kept[256];
    char *copy = malloc (len ? len : 1);
    char *dest = malloc (size);
    assert_true (copy && dest);
    assert_in_range (size, 1, sizeof kept);
    memcpy (copy, text, len);
    memset (dest, 'x', size);
    size_t written = zr_text_visible (dest, size, copy, len);
    assert_in_range (written, 0, size - 1);
    assert_int_equal (strlen (dest), written);
    memcpy (kept, dest, written + 1);
    free (copy);
    free (dest);
    return kept;
}

static void
s_assert_shown (const char *text, const char *expected)
{
    assert_string_equal (s_show (text, strlen (text), 256), expected);
}

static void
s_kept (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "",
        "plain text ~!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}",
        "J\xc3\xb6rg, o\xcc\x88",
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x80\x80\xc2\xa0",
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", // joined emoji
        "\xe2\x9d\xa4\xef\xb8\x8f",                     // with selector
        "\xf0\x9f\x91\x8b\xf0\x9f\x8f\xbd \xf0\x9f\x87\xad\xf0\x9f\x87\xb7", // tone,
                                                                             // flag
        "1\xef\xb8\x8f\xe2\x83\xa3",                                         // keycap
        "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88", // Persian, non-joiner
        "\xe8\x91\x9b\xf3\xa0\x84\x80",                 // Han with selector
        BAD,
    };
    for (size_t i = 0; i < COUNT (texts); i++)
        s_assert_shown (texts[i], texts[i]);
}

static void
s_controls (void **state)
{
    (void) state;
    for (unsigned char code = 0; code < 0x20; code++) {
        char text[] = {'a', (char) code, 'b'};
        char expected[] = {'a', '\xe2', '\x90', (char) (0x80 + code), 'b', '\0'};
        assert_string_equal (s_show (text, 3, 256), code == '\t' ? "a b" : expected);
    }
    s_assert_shown ("\x7f", "\xe2\x90\xa1");
    s_assert_shown ("\x1b[31mred\x1b[0m", "\xe2\x90\x9b[31mred\xe2\x90\x9b[0m");
    s_assert_shown ("\x1b]0;title\a", "\xe2\x90\x9b]0;title\xe2\x90\x87");
    s_assert_shown ("one\r\ntwo", "one\xe2\x90\x8d\xe2\x90\x8atwo");
    for (int code = 0x80; code < 0xa0; code++) {
        char text[] = {'\xc2', (char) code, '\0'};
        s_assert_shown (text, BAD);
    }
}

static void
s_unseen (void **state)
{
    (void) state;
    static const char *const characters[] = {
        "\xe2\x80\xaa",
        "\xe2\x80\xab",
        "\xe2\x80\xac", // embeddings, their end
        "\xe2\x80\xad",
        "\xe2\x80\xae", // overrides
        "\xe2\x81\xa6",
        "\xe2\x81\xa7",
        "\xe2\x81\xa8", // isolates
        "\xe2\x81\xa9",
        "\xe2\x80\x8e",
        "\xe2\x80\x8f", // marks of direction
        "\xe2\x80\x8b",
        "\xc2\xad",
        "\xef\xbb\xbf", // zero width, soft hyphen
        "\xe2\x80\xa8",
        "\xe2\x80\xa9",     // separators
        "\xf3\xa0\x81\x81", // tag
        "\xee\x80\x80",
        "\xcd\xb8",
        "\xef\xbf\xbe", // private, unassigned, none
        "\x80",
        "\xff",
        "\xc3", // no UTF-8
    };
    for (size_t i = 0; i < COUNT (characters); i++) {
        char text[8] = "(";
        strncat (text, characters[i], 5);
        s_assert_shown (characters[i], BAD);
        strncat (text, ")", 2);
        s_assert_shown (text, "(" BAD ")");
    }
    s_assert_shown ("\xed\xa0\x80", BAD BAD BAD); // a surrogate, byte by byte
    s_assert_shown ("\xe6\x97", BAD BAD);         // cut short
    s_assert_shown ("\xc0\xaf", BAD BAD);         // overlong
}

static void
s_cut (void **state)
{
    (void) state;
    static const struct {
        const char *text, *shown[8]; // by room, from 1 byte on
    } cases[] = {
        {"abc", {"", "a", "ab", "abc", "abc"}},
        {"a\xc3\xb6z", {"", "a", "a", "a\xc3\xb6", "a\xc3\xb6z"}},
        {"\a", {"", "", "", "\xe2\x90\x87"}},
        {"a\xff\xff", {"", "a", "a", "a", "a" BAD, "a" BAD, "a" BAD, "a" BAD BAD}},
        {"\t\xf0\x9f\x8e\xa5", {"", " ", " ", " ", " ", " \xf0\x9f\x8e\xa5"}},
    };
    for (size_t i = 0; i < COUNT (cases); i++)
        for (size_t room = 1; room <= 8 && cases[i].shown[room - 1]; room++)
            assert_string_equal (s_show (cases[i].text, strlen (cases[i].text), room),
                                 cases[i].shown[room - 1]);
}

// What came out has nothing to be afraid of, and comes out as it is a second time.
static void
s_assert_harmless (const char *shown)
{
    size_t len = strlen (shown);
    char again[256];
    assert_int_equal (zr_text_visible (again, sizeof again, shown, len), len);
    assert_memory_equal (again, shown, len + 1);
    for (size_t at = 0; at < len;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t step =
            utf8proc_iterate ((const utf8proc_uint8_t *) shown + at, -1, &code);
        assert_true (step > 0);
        char character[5] = {0};
        memcpy (character, shown + at, (size_t) step);
        assert_true (code == 0x200C || code == 0x200D ||
                     zr_text_is_printable (character, (size_t) step));
        at += (size_t) step;
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
        s_assert_harmless (s_show (bytes, random >> 8 & 15, (random >> 16 & 63) + 1));
    }
    for (utf8proc_int32_t code = 0; code < 0x110000;
         code += code < 0x30000 ? 1 : 0x81) {
        char text[4];
        size_t len = (size_t) utf8proc_encode_char (code, (utf8proc_uint8_t *) text);
        s_assert_harmless (s_show (text, len, 5));
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"what people write is shown as it is, emoji whole", s_kept, NULL, NULL, NULL},
        {"controls are shown by their pictures", s_controls, NULL, NULL, NULL},
        {"what cannot be seen or turns the line is replaced", s_unseen, NULL, NULL,
         NULL},
        {"a text is cut between characters", s_cut, NULL, NULL, NULL},
        {"any bytes in any room come out harmless", s_any_bytes, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("text_visible", tests, NULL, NULL);
}
