// SPDX-License-Identifier: MPL-2.0
// What may be a name, what it is turned into, and which names are the same. Texts
// stand in heap blocks of exactly their size, as do the places for the answers.

#include "common/nick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include <cmocka.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))

static char s_nick[ZR_CHAT_NICK_MAX], s_key[ZR_NICK_KEY_MAX];

// Why text is no name, or NULL with s_nick and s_key filled.
static const char *
s_read (const char *text, size_t len)
{
    char *copy = malloc (len ? len : 1);
    char *nick = malloc (ZR_CHAT_NICK_MAX);
    char *key = malloc (ZR_NICK_KEY_MAX);
    assert_true (copy && nick && key);
    memcpy (copy, text, len);
    memset (nick, 'N', ZR_CHAT_NICK_MAX);
    memset (key, 'K', ZR_NICK_KEY_MAX);
    const char *reason = zr_nick_read (copy, len, nick, key);
    if (!reason) {
        assert_in_range (strlen (nick), 1, ZR_CHAT_NICK_MAX - 1);
        assert_in_range (strlen (key), 1, ZR_NICK_KEY_MAX - 1);
        memcpy (s_nick, nick, strlen (nick) + 1);
        memcpy (s_key, key, strlen (key) + 1);
    } else { // nothing was touched
        assert_true (nick[0] == 'N' && nick[ZR_CHAT_NICK_MAX - 1] == 'N');
        assert_true (key[0] == 'K' && key[ZR_NICK_KEY_MAX - 1] == 'K');
    }
    free (copy);
    free (nick);
    free (key);
    return reason;
}

static void
s_assert_name (const char *text, const char *nick)
{
    const char *reason = s_read (text, strlen (text));
    if (reason)
        fail_msg ("\"%s\" was refused: %s", text, reason);
    assert_string_equal (s_nick, nick);
}

static void
s_assert_refused (const char *text, size_t len, const char *part)
{
    const char *reason = s_read (text, len);
    if (!reason)
        fail_msg ("\"%s\" was taken", text);
    if (!strstr (reason, part))
        fail_msg ("\"%s\" was refused by \"%s\", not by \"%s\"", text, reason, part);
}

static void
s_good_names (void **state)
{
    (void) state;
    static const char *const names[] = {
        "a",
        "Ana",
        "ana-maria_o.k",
        "O'Neil",
        "R2D2",
        "7",
        "J\xc3\xb6rg",
        "\xe6\x97\xa5\xe6\x9c\xac",         // Han
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", // Hebrew, right to left
        "\xd8\xb9\xd9\x84\xd9\x8a",         // Arabic
        "\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\xa4\xe0\xa5\x87",
        "\xe1\x80\x80\xe1\x80\xbc\xe1\x80\xbd\xe1\x80\xb1\xe1\x80\xb8", // 4 marks,
                                                                        // Burmese
        "\xe0\xb8\x99\xe0\xb9\x89\xe0\xb8\xb3",                         // Thai
        "\xf0\x9f\x8e\xa5",                                             // emoji
        "ana\xf0\x9f\x91\x8b\xf0\x9f\x8f\xbd", // with a skin tone
        "\xf0\x9f\x87\xad\xf0\x9f\x87\xb7",    // a flag
        "\xe2\x9d\xa4",                        // a heart without its selector
        "\xe2\x82\xac",                        // a sign, not ASCII's
        "x\xcc\x81\xcc\x82\xcc\x83",           // three marks
        "\xd9\xa3",                            // a digit
        "servers",
        "zroom-1",
    };
    for (size_t i = 0; i < COUNT (names); i++)
        s_assert_name (names[i], names[i]);
}

static void
s_composed (void **state)
{
    (void) state;
    s_assert_name ("J\x6f\xcc\x88rg", "J\xc3\xb6rg");
    s_assert_name ("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"); // Hangul
    s_assert_name ("\xe2\x84\xab", "\xc3\x85"); // Angstrom is A with ring
    s_assert_name (" \t ana \t", "ana");
    s_assert_name ("\xef\xbd\x81", "\xef\xbd\x81"); // wide letters stay as they look
}

static void
s_same_names (void **state)
{
    (void) state;
    static const char *const same[][2] = {
        {"Ana", "aNA"},
        {"J\xc3\x96RG", "jo\xcc\x88rg"},
        {"stra\xc3\x9f"
         "e",
         "STRASSE"},
        {"\xce\xa3\xce\x91\xce\xa3", "\xcf\x83\xce\xb1\xcf\x82"}, // final sigma
        {"\xef\xbc\xa1na", "ana"},                                // wide
        {"\xe2\x84\x8c", "h"},    // a letter's other form
        {"\xe2\x91\xa0", "1"},    // a number in a ring
        {"\xef\xac\x81x", "fix"}, // a ligature
        {"\xd0\x96", "\xd0\xb6"},
    };
    for (size_t i = 0; i < COUNT (same); i++) {
        char key[ZR_NICK_KEY_MAX];
        assert_null (s_read (same[i][0], strlen (same[i][0])));
        memcpy (key, s_key, sizeof key);
        assert_null (s_read (same[i][1], strlen (same[i][1])));
        assert_string_equal (s_key, key);
    }
    static const char *const different[] = {"ana", "anna", "an\xc3\xa1", "ana.",
                                            "an-a"};
    for (size_t i = 0; i < COUNT (different); i++)
        for (size_t k = 0; k < i; k++) {
            char key[ZR_NICK_KEY_MAX];
            assert_null (s_read (different[i], strlen (different[i])));
            memcpy (key, s_key, sizeof key);
            assert_null (s_read (different[k], strlen (different[k])));
            assert_string_not_equal (s_key, key);
        }
}

typedef struct {
    const char *text, *reason;
} s_refusal_t;

static void
s_assert_all_refused (const s_refusal_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        s_assert_refused (cases[i].text, strlen (cases[i].text), cases[i].reason);
}

static void
s_unseen (void **state)
{
    (void) state;
    static const s_refusal_t cases[] = {
        {"a\x01", "invisible"},
        {"a\x1b[31m", "invisible"},
        {"a\x7f", "invisible"},
        {"a\tb", "invisible"},
        {"a\nb", "invisible"},
        {"a\r", "invisible"},
        {"a\xc2\x85", "invisible"},     // C1
        {"a\xc2\xad", "invisible"},     // soft hyphen
        {"a\xe2\x80\x8b", "invisible"}, // zero width space
        {"a\xe2\x80\x8d", "invisible"}, // joiner
        {"\xe2\x80\xae"
         "ana",
         "invisible"},                  // override
        {"a\xe2\x81\xa6", "invisible"}, // isolate
        {"a\xe2\x80\x8f", "invisible"}, // right-to-left mark
        {"\xef\xbb\xbf"
         "ana",
         "invisible"},                             // byte order mark
        {"\xe2\x9d\xa4\xef\xb8\x8f", "invisible"}, // variation selector
        {"a\xcd\x8f", "invisible"},                // grapheme joiner, a mark
        {"\xe3\x85\xa4", "invisible"},             // Hangul filler, a letter
        {"\xef\xbe\xa0", "invisible"},             // the narrow one
        {"\xe1\x85\x9f", "invisible"},
        {"\xe2\xa0\x80", "invisible"},      // braille blank, a symbol
        {"\xf0\x9d\x85\x99", "invisible"},  // null note head
        {"a\xf0\x96\xbf\xa4", "invisible"}, // Khitan filler
        {"\xf0\x93\x91\x81", "invisible"},  // hieroglyphs' blanks
        {"\xf0\x93\x91\x82", "invisible"},
        {"\xef\xbf\xbc", "invisible"}, // replacements
        {"\xef\xbf\xbd", "invisible"},
        {"a\xf3\xa0\x81\xa1", "invisible"}, // tag
        {"\xee\x80\x80", "invisible"},      // private use
        {"\xcd\xb8", "invisible"},          // unassigned
        {"\xef\xbf\xbe", "invisible"},      // no character
        {"a b", "no blanks"},
        {"a\xc2\xa0", "no blanks"},
        {"\xe3\x80\x80"
         "a",
         "no blanks"},
        {"a\xe2\x80\xa8", "no blanks"}, // line separator
    };
    s_assert_all_refused (cases, COUNT (cases));
    s_assert_refused ("a\0b", 3, "invisible");
    s_assert_refused ("a", 2, "invisible"); // its NUL
}

static void
s_signs (void **state)
{
    (void) state;
    for (char sign = 1; sign < 0x7f; sign++) {
        char text[] = {'a', sign, 'b', '\0'};
        bool right = strchr ("0123456789abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'",
                             sign) != NULL;
        assert_int_equal (!s_read (text, 3), right);
    }
    static const s_refusal_t cases[] = {
        {"*", "only"},
        {"<ana>", "only"},
        {"a:", "only"},
        {"@ana", "only"},
        {"/who", "only"},
        {"\xc2\xbfque", "only"},
        {"\xe2\x80\x94", "only"}, // a long dash
        {"a\xe3\x80\x81", "only"},
        // what folds to something refused
        {"\xe2\x91\xb4", "only"}, // (1)
        {"\xef\xbc\x9c", "only"}, // wide <
        {"\xc2\xb4", "only"},     // an accent alone
        {"\xe2\x84\x80", "only"}, // a/c
        {"\xef\xb7\xba", "only"}, // a whole phrase with its blanks
    };
    s_assert_all_refused (cases, COUNT (cases));
}

static void
s_beginnings (void **state)
{
    (void) state;
    static const s_refusal_t cases[] = {
        {"-ana", "begins"},
        {"_", "begins"},
        {".ana", "begins"},
        {"'", "begins"},
        {"\xcc\x81"
         "a",
         "begins"},
        {"\xe2\x83\x9d", "begins"}, // a ring around nothing
        {"\xe0\xa4\xbe", "begins"}, // a vowel sign
    };
    s_assert_all_refused (cases, COUNT (cases));
}

static void
s_stacks (void **state)
{
    (void) state;
    s_assert_name ("\xd0\xb6\xcc\x81\xcc\x82\xcc\x83\xd0\xb6\xcc\x81\xcc\x82\xcc\x83",
                   "\xd0\xb6\xcc\x81\xcc\x82\xcc\x83\xd0\xb6\xcc\x81\xcc\x82\xcc\x83");
    s_assert_name ("a.\xcc\x81", "a.\xcc\x81");
    const char *four = "\xd0\xb6\xcc\x81\xcc\x82\xcc\x83\xcc\x84";
    s_assert_refused (four, strlen (four), "three marks");
    const char *around = "\xd0\xb6\xcc\x81\xcc\x82\xcc\x83\xe2\x83\x9d"; // one encloses
    s_assert_refused (around, strlen (around), "three marks");
}

static void
s_own_names (void **state)
{
    (void) state;
    static const s_refusal_t cases[] = {
        {"zroom", "own"},  {"ZRoom", "own"},  {"room", "own"},
        {"server", "own"}, {"BROKER", "own"}, {"\xef\xbd\x92oom", "own"},
    };
    s_assert_all_refused (cases, COUNT (cases));
}

static void
s_lengths (void **state)
{
    (void) state;
    static const char *const characters[] = {"a", "\xc3\xb6", "\xe6\x97\xa5",
                                             "\xf0\x9f\x8e\xa5", "\xe3\x8c\x96"};
    char text[600];
    for (size_t i = 0; i < COUNT (characters); i++) {
        size_t step = strlen (characters[i]);
        for (size_t at = 0; at < 33; at++)
            memcpy (text + at * step, characters[i], step + 1);
        s_assert_refused (text, strlen (text), "at most 32");
        text[32 * step] = '\0';
        s_assert_name (text, text); // the last folds to six for one
    }
    // counted after NFC: 64 typed, 32 shown
    for (size_t at = 0; at < 32; at++)
        memcpy (text + 3 * at, "o\xcc\x88", 4);
    assert_null (s_read (text, strlen (text)));
    assert_int_equal (strlen (s_nick), 64);
    // and as many bytes as 32 characters may have come from
    memset (text, 'a', sizeof text);
    s_assert_refused (text, 512, "at most 32");
    s_assert_refused (text, 513, "at most 32");
    for (size_t at = 0; at < 32; at++)
        memcpy (text + 12 * at, "\xf0\x9d\x85\x97\xf0\x9d\x85\xa5\xf0\x9d\x85\xae", 12);
    s_assert_refused (text, 384, "at most 32"); // notes are never composed
    // what folds to more than there can be room for
    for (size_t at = 0; at < 32; at++)
        memcpy (text + 3 * at, "\xef\xb7\xba", 4);
    s_assert_refused (text, 96, "at most 32");

    s_assert_refused ("", 0, "at least one");
    s_assert_refused (" \t ", 3, "at least one");
    assert_non_null (zr_nick_read (NULL, 0, s_nick, s_key));
}

static void
s_coding (void **state)
{
    (void) state;
    static const s_refusal_t cases[] = {
        {"\xff", "UTF-8"},
        {"a\xc3", "UTF-8"},
        {"\xc0\xaf", "UTF-8"},
        {"\xed\xa0\x80", "UTF-8"},
        {"\xf4\x90\x80\x80", "UTF-8"},
    };
    s_assert_all_refused (cases, COUNT (cases));
}

// Each character alone, and behind a letter: what is taken can be seen, stays itself,
// and is the same name when it comes again.
static void
s_each_character (void **state)
{
    (void) state;
    char nick[ZR_CHAT_NICK_MAX], key[ZR_NICK_KEY_MAX], again[ZR_CHAT_NICK_MAX],
        again_key[ZR_NICK_KEY_MAX];
    size_t taken = 0;
    const utf8proc_int32_t end = 0xE0200; // private use from there
    for (utf8proc_int32_t code = 0x80; code < end; code++) {
        if (code == 0x33480) // nothing is assigned up to the next
            code = 0xE0000;
        char text[6] = "a";
        bool alone = code % 2;
        utf8proc_ssize_t len =
            utf8proc_encode_char (code, (utf8proc_uint8_t *) text + !alone);
        if (zr_nick_read (text, (size_t) len + !alone, nick, key))
            continue;
        taken++;
        const utf8proc_property_t *property = utf8proc_get_property (code);
        assert_false (property->ignorable);
        assert_true (property->category >= UTF8PROC_CATEGORY_LU &&
                     property->category <= UTF8PROC_CATEGORY_SO);
        assert_null (zr_nick_read (nick, strlen (nick), again, again_key));
        assert_string_equal (nick, again);
        assert_string_equal (key, again_key);
    }
    assert_in_range (taken, 100000, 150000);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"names of many languages are taken as they are", s_good_names, NULL, NULL,
         NULL},
        {"a name is composed, and blanks around it left out", s_composed, NULL, NULL,
         NULL},
        {"names are the same whatever their case and form", s_same_names, NULL, NULL,
         NULL},
        {"what cannot be seen is no name", s_unseen, NULL, NULL, NULL},
        {"of ASCII's signs only four are taken, however they are written", s_signs,
         NULL, NULL, NULL},
        {"a name begins with a letter, a digit or a symbol", s_beginnings, NULL, NULL,
         NULL},
        {"three marks stand above each other at most", s_stacks, NULL, NULL, NULL},
        {"the room keeps its own names", s_own_names, NULL, NULL, NULL},
        {"a name has 1 to 32 characters", s_lengths, NULL, NULL, NULL},
        {"a name is UTF-8", s_coding, NULL, NULL, NULL},
        {"any character taken can be seen and comes out the same again",
         s_each_character, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("nick", tests, NULL, NULL);
}
