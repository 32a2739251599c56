// SPDX-License-Identifier: MPL-2.0
// What a terminal can do, by its environment and by its answers.

#include "subscriber/terminal_caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static zr_terminal_answers_t
s_parse (const char *bytes)
{
    zr_terminal_answers_t answers;
    zr_terminal_caps_parse ((const uint8_t *) bytes, strlen (bytes), &answers);
    return answers;
}

// Capabilities by up to four variables; NULL for none.
static zr_terminal_caps_t
s_caps (const char *one, const char *two, const char *three, const char *four)
{
    char texts[4][64];
    char *environment[5] = {NULL};
    const char *given[4] = {one, two, three, four};
    int count = 0;
    for (int index = 0; index < 4; index++)
        if (given[index]) {
            strncpy (texts[count], given[index], sizeof texts[count] - 1);
            texts[count][sizeof texts[count] - 1] = '\0';
            environment[count] = texts[count];
            count++;
        }
    zr_terminal_caps_t caps;
    zr_terminal_caps_environment (&caps, environment);
    return caps;
}

static void
s_xterm_answers (void **state)
{
    (void) state;
    zr_terminal_answers_t answers =
        s_parse ("\033[?1;0;1024S\033[1;2R\033[?63;1;2;4;6;9;15;22c");
    assert_true (answers.attributes);
    assert_true (answers.sixel);
    assert_false (answers.kitty);
    assert_int_equal (answers.sixel_colours, 1024);
    assert_int_equal (answers.column, 2);
}

static void
s_kitty_answers (void **state)
{
    (void) state;
    zr_terminal_answers_t answers = s_parse ("\033_Gi=31;OK\033\\\033[1;2R\033[?62;c");
    assert_true (answers.kitty);
    assert_true (answers.attributes);
    assert_false (answers.sixel);
    answers = s_parse ("\033_Gi=31;ENOTSUPPORTED:no\033\\\033[?62c");
    assert_false (answers.kitty);
}

static void
s_four_only_as_extension (void **state)
{
    (void) state;
    assert_false (s_parse ("\033[?4c").sixel);
    assert_false (s_parse ("\033[?64;1;42c").sixel);
    assert_false (s_parse ("\033[>1;4;0c").sixel);
    assert_true (s_parse ("\033[?64;4c").sixel);
}

static void
s_pieces_and_rubbish (void **state)
{
    (void) state;
    static const char whole[] =
        "hq\033[A\033[9999999999;3R\033_Gi=31;OK\033\\\033[?6;4c";
    for (size_t len = 0; len + 1 < sizeof whole; len++) {
        zr_terminal_answers_t answers;
        zr_terminal_caps_parse ((const uint8_t *) whole, len, &answers);
        assert_int_equal (answers.attributes, len == sizeof whole - 1);
    }
    zr_terminal_answers_t answers = s_parse (whole);
    assert_true (answers.attributes && answers.kitty && answers.sixel);
    assert_int_equal (answers.column, 3);
    // More parameters than anybody sends.
    assert_false (
        s_parse ("\033[?1;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;4c").attributes);
}

static void
s_colours (void **state)
{
    (void) state;
    assert_int_equal (s_caps ("TERM=xterm-256color", NULL, NULL, NULL).colours,
                      ZR_TERMINAL_TRUE_COLOUR);
    assert_int_equal (s_caps ("TERM=xterm", "COLORTERM=24bit", NULL, NULL).colours,
                      ZR_TERMINAL_TRUE_COLOUR);
    assert_int_equal (s_caps ("TERM=xterm", "NO_COLOR=1", NULL, NULL).colours,
                      ZR_TERMINAL_COLOURS_256);
    assert_int_equal (s_caps ("TERM=linux", "COLORTERM=1", NULL, NULL).colours,
                      ZR_TERMINAL_COLOURS_16);
    assert_int_equal (s_caps ("TERM=vt220", NULL, NULL, NULL).colours,
                      ZR_TERMINAL_MONO);
    assert_int_equal (
        s_caps ("TERM=screen", "STY=1.a", "COLORTERM=truecolor", NULL).colours,
        ZR_TERMINAL_COLOURS_256);
}

static void
s_usable (void **state)
{
    (void) state;
    assert_true (s_caps ("TERM=xterm", NULL, NULL, NULL).usable);
    assert_false (s_caps ("TERM=dumb", NULL, NULL, NULL).usable);
    assert_false (s_caps (NULL, NULL, NULL, NULL).usable);
}

static void
s_outer_hints (void **state)
{
    (void) state;
    zr_terminal_caps_t caps = s_caps ("TERM=xterm-kitty", NULL, NULL, NULL);
    assert_int_equal (caps.graphics, ZR_TERMINAL_KITTY);
    caps = s_caps ("TERM=xterm-256color", "TERM_PROGRAM=iTerm.app", NULL, NULL);
    assert_int_equal (caps.graphics, ZR_TERMINAL_ITERM);
    caps = s_caps ("TERM=tmux-256color", "TMUX=/tmp/x,1,0", "LC_TERMINAL=iTerm2", NULL);
    assert_int_equal (caps.graphics, ZR_TERMINAL_SYMBOLS);
    assert_true (caps.multiplexed);
    caps = s_caps ("TERM=xterm-kitty", "STY=1.a", NULL, NULL);
    assert_int_equal (caps.graphics, ZR_TERMINAL_SYMBOLS);
}

static void
s_utf8 (void **state)
{
    (void) state;
    assert_true (s_caps ("TERM=xterm", "LANG=de_DE.UTF-8", NULL, NULL).utf8);
    assert_true (s_caps ("TERM=xterm", "LANG=C", "LC_CTYPE=C.utf8", NULL).utf8);
    assert_false (s_caps ("TERM=xterm", "LANG=C.UTF-8", "LC_ALL=C", NULL).utf8);
    assert_false (s_caps ("TERM=xterm", NULL, NULL, NULL).utf8);
}

static void
s_apply (void **state)
{
    (void) state;
    zr_terminal_caps_t caps = s_caps ("TERM=xterm", NULL, NULL, NULL);
    zr_terminal_answers_t answers = s_parse ("\033[1;2R\033[?63;4c");
    zr_terminal_caps_apply (&caps, &answers);
    assert_int_equal (caps.graphics, ZR_TERMINAL_SIXEL);
    assert_true (caps.utf8);

    caps = s_caps ("TERM=xterm", "LANG=C.UTF-8", NULL, NULL);
    answers = s_parse ("\033[1;3R\033[?1;2c");
    zr_terminal_caps_apply (&caps, &answers);
    assert_int_equal (caps.graphics, ZR_TERMINAL_SYMBOLS);
    assert_false (caps.utf8);

    caps = s_caps ("TERM=tmux", NULL, NULL, NULL);
    answers = s_parse ("\033[1;2R\033[?1;2;4c");
    zr_terminal_caps_apply (&caps, &answers);
    assert_int_equal (caps.graphics, ZR_TERMINAL_SIXEL); // its own, newer tmux
    assert_false (caps.utf8);                            // not the outer terminal's

    caps = s_caps ("TERM=xterm", "LC_TERMINAL=iTerm2", NULL, NULL);
    answers = s_parse ("\033[?62;4c");
    zr_terminal_caps_apply (&caps, &answers);
    assert_int_equal (caps.graphics, ZR_TERMINAL_ITERM);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"xterm's answers are understood", s_xterm_answers, NULL, NULL, NULL},
        {"kitty is told by its OK and by nothing else", s_kitty_answers, NULL, NULL,
         NULL},
        {"a 4 means sixel only among DA1's extensions", s_four_only_as_extension, NULL,
         NULL, NULL},
        {"answers may come in pieces, among keys and rubbish", s_pieces_and_rubbish,
         NULL, NULL, NULL},
        {"colours follow TERM and COLORTERM, and NO_COLOR is for text", s_colours, NULL,
         NULL, NULL},
        {"a terminal that cannot place its cursor is refused", s_usable, NULL, NULL,
         NULL},
        {"tmux and screen hide the outer terminal's graphics", s_outer_hints, NULL,
         NULL, NULL},
        {"UTF-8 is by the first locale variable that is set", s_utf8, NULL, NULL, NULL},
        {"what the terminal did counts more than its environment", s_apply, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests_name ("terminal_caps", tests, NULL, NULL);
}
