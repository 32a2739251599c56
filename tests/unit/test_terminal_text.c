// SPDX-License-Identifier: MPL-2.0
// Text of strangers in a terminal: harmless, and never wider than its place.

#include "subscriber/terminal_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
s_check (const char *text, int columns, bool utf8, const char *expected, int used)
{
    char dest[ZR_TERMINAL_TEXT_MAX];
    int got = zr_terminal_text_cut (text, columns, utf8, dest, sizeof dest);
    assert_string_equal (dest, expected);
    assert_int_equal (got, used);
}

static void
s_cut (void **state)
{
    (void) state;
    s_check ("ana", 10, true, "ana", 3);
    s_check ("ana", 2, true, "an", 2);
    s_check ("ana", 0, true, "", 0);
    s_check ("ana", -5, true, "", 0);
    s_check ("B\xc3\xa9la", 2, true, "B\xc3\xa9", 2);
}

static void
s_wide (void **state)
{
    (void) state;
    s_check ("\xe5\xb1\xb1\xe7\x94\xb0", 4, true, "\xe5\xb1\xb1\xe7\x94\xb0", 4);
    s_check ("\xe5\xb1\xb1\xe7\x94\xb0", 3, true, "\xe5\xb1\xb1", 2);
    // A combining accent takes no column and stays with its letter.
    s_check ("e\xcc\x81x", 1, true, "e\xcc\x81", 1);
    // A variation selector is left out.
    s_check ("\xe2\x98\xba\xef\xb8\x8f!", 9, true, "\xe2\x98\xba!", 2);
}

static void
s_harmless (void **state)
{
    (void) state;
    s_check ("a\033[31mb\x07", 20, true, "a?[31mb?", 8);
    s_check ("a\xc2\x9b"
             "31m",
             20, true, "a?31m", 5); // C1 control
    s_check ("a\xe2\x80\xae"
             "b",
             20, true, "a?b", 3);              // direction override
    s_check ("a\xff\xc3", 20, true, "a??", 3); // no UTF-8
}

static void
s_ascii (void **state)
{
    (void) state;
    s_check ("B\xc3\xa9la \xe5\xb1\xb1", 20, false, "B?la ?", 6);
}

static void
s_small (void **state)
{
    (void) state;
    char dest[4];
    assert_int_equal (
        zr_terminal_text_cut ("\xc3\xa9\xc3\xa9", 9, true, dest, sizeof dest), 1);
    assert_string_equal (dest, "\xc3\xa9");
    assert_int_equal (zr_terminal_text_cut ("abc", 9, true, dest, 1), 0);
    assert_string_equal (dest, "");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"text is cut by columns", s_cut, NULL, NULL, NULL},
        {"wide characters take two columns and combining ones none", s_wide, NULL, NULL,
         NULL},
        {"control characters never come through", s_harmless, NULL, NULL, NULL},
        {"a terminal without UTF-8 gets ASCII", s_ascii, NULL, NULL, NULL},
        {"a small buffer ends between characters", s_small, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("terminal_text", tests, NULL, NULL);
}
