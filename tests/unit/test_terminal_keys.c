// SPDX-License-Identifier: MPL-2.0
// Bytes typed to keys: what is a key, what is a sequence, and when an Esc is an Esc.

#include "subscriber/terminal_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

// Feeds bytes and gives the last key among them; how many there were in *count.
static zr_key_t
s_feed (zr_terminal_keys_t *keys, const char *bytes, int *count)
{
    zr_key_t last = ZR_KEY_NONE;
    *count = 0;
    for (; *bytes; bytes++) {
        zr_key_t key = zr_terminal_keys_byte (keys, (uint8_t) *bytes);
        if (key != ZR_KEY_NONE) {
            last = key;
            (*count)++;
        }
    }
    return last;
}

static void
s_letters (void **state)
{
    (void) state;
    static const struct {
        const char *bytes;
        zr_key_t key;
    } cases[] = {
        {"q", ZR_KEY_QUIT},   {"o", ZR_KEY_OVERLAY}, {"s", ZR_KEY_SNAPSHOT},
        {"r", ZR_KEY_RECORD}, {" ", ZR_KEY_FREEZE},  {"\t", ZR_KEY_NEXT},
        {"h", ZR_KEY_HELP},   {"x", ZR_KEY_NONE},    {"\xc3\xa9", ZR_KEY_NONE}};
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        zr_terminal_keys_t keys = {0};
        int count;
        assert_int_equal (s_feed (&keys, cases[index].bytes, &count), cases[index].key);
        assert_false (zr_terminal_keys_pending (&keys));
    }
}

static void
s_escape_alone (void **state)
{
    (void) state;
    zr_terminal_keys_t keys = {0};
    assert_int_equal (zr_terminal_keys_byte (&keys, 0x1b), ZR_KEY_NONE);
    assert_true (zr_terminal_keys_pending (&keys));
    assert_int_equal (zr_terminal_keys_silence (&keys), ZR_KEY_BACK);
    assert_false (zr_terminal_keys_pending (&keys));
    assert_int_equal (zr_terminal_keys_silence (&keys), ZR_KEY_NONE);
}

static void
s_escape_twice (void **state)
{
    (void) state;
    zr_terminal_keys_t keys = {0};
    int count;
    assert_int_equal (s_feed (&keys, "\033\033", &count), ZR_KEY_BACK);
}

static void
s_sequences (void **state)
{
    (void) state;
    static const char *const sequences[] = {
        "\033[A",                        // arrow
        "\033OH",                        // Home
        "\033[15~",                      // F5
        "\033[1;5C",                     // Ctrl and arrow
        "\033q",                         // Alt q
        "\033[?62;4;9;22c",              // a late DA1
        "\033_Gi=31;EINVAL:sorry\033\\", // a late kitty answer
        "\033]11;rgb:0000/ffff/0000\a",
        "\033P>|hosq(1)\033\\",
    };
    zr_terminal_keys_t keys = {0};
    int count;
    for (size_t index = 0; index < sizeof sequences / sizeof sequences[0]; index++) {
        s_feed (&keys, sequences[index], &count);
        assert_int_equal (count, 0);
        assert_false (zr_terminal_keys_pending (&keys));
        assert_int_equal (s_feed (&keys, "o", &count), ZR_KEY_OVERLAY);
    }
}

static void
s_split (void **state)
{
    (void) state;
    zr_terminal_keys_t keys = {0};
    int count;
    s_feed (&keys, "\033", &count);
    s_feed (&keys, "[", &count);
    assert_true (zr_terminal_keys_pending (&keys));
    assert_int_equal (s_feed (&keys, "Bs", &count), ZR_KEY_SNAPSHOT);
    assert_int_equal (count, 1);
}

static void
s_never_stuck (void **state)
{
    (void) state;
    zr_terminal_keys_t keys = {0};
    int count;
    s_feed (&keys, "\033P", &count); // Alt P looks like the start of a string
    assert_true (zr_terminal_keys_pending (&keys));
    assert_int_equal (zr_terminal_keys_silence (&keys), ZR_KEY_NONE);
    assert_int_equal (s_feed (&keys, "q", &count), ZR_KEY_QUIT);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"every key of the help is known, others are not", s_letters, NULL, NULL, NULL},
        {"an Esc with silence behind it quits", s_escape_alone, NULL, NULL, NULL},
        {"Esc pressed twice quits at once", s_escape_twice, NULL, NULL, NULL},
        {"an escape sequence is no key, whatever letters it holds", s_sequences, NULL,
         NULL, NULL},
        {"a sequence may come in pieces", s_split, NULL, NULL, NULL},
        {"silence ends whatever had begun", s_never_stuck, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("terminal_keys", tests, NULL, NULL);
}
