// SPDX-License-Identifier: MPL-2.0
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "subscriber/line_edit.h"

static void
test_insert (void **state)
{
    (void) state;
    zr_line_edit_t *self = zr_line_edit_new ();
    assert_true (zr_line_edit_insert (self, "held"));
    zr_line_edit_key (self, ZR_LINE_LEFT);
    assert_true (zr_line_edit_insert (self, "lo worl"));
    assert_string_equal (zr_line_edit_text (self), "hello world");
    assert_int_equal (zr_line_edit_cursor (self), 10);
    zr_line_edit_destroy (&self);
    assert_null (self);
}

static void
test_clean (void **state)
{
    (void) state;
    zr_line_edit_t *self = zr_line_edit_new ();
    assert_true (zr_line_edit_insert (self, "a\nb\tc\x1b[2J\xff\xc2\x9b"
                                            "d"));
    assert_string_equal (zr_line_edit_text (self), "a b c[2Jd");
    zr_line_edit_destroy (&self);
}

static void
test_limit (void **state)
{
    (void) state;
    char text[ZR_LINE_EDIT_MAX + 1];
    memset (text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    zr_line_edit_t *self = zr_line_edit_new ();
    assert_true (zr_line_edit_insert (self, text));
    assert_false (zr_line_edit_insert (self, "y"));
    assert_int_equal (strlen (zr_line_edit_text (self)), ZR_LINE_EDIT_MAX);
    zr_line_edit_key (self, ZR_LINE_BACKSPACE);
    assert_true (zr_line_edit_insert (self, "y"));
    assert_false (zr_line_edit_insert (self, "\xc3\xa9"));
    zr_line_edit_destroy (&self);
}

static void
test_graphemes (void **state)
{
    (void) state;
    zr_line_edit_t *self = zr_line_edit_new ();
    // e with a combining acute, and a family joined by ZWJ.
    zr_line_edit_insert (self,
                         "ae\xcc\x81\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7");
    zr_line_edit_key (self, ZR_LINE_BACKSPACE);
    assert_string_equal (zr_line_edit_text (self), "ae\xcc\x81");
    zr_line_edit_key (self, ZR_LINE_LEFT);
    assert_int_equal (zr_line_edit_cursor (self), 1);
    zr_line_edit_key (self, ZR_LINE_DELETE);
    assert_string_equal (zr_line_edit_text (self), "a");
    zr_line_edit_key (self, ZR_LINE_RIGHT);
    zr_line_edit_key (self, ZR_LINE_DELETE);
    zr_line_edit_key (self, ZR_LINE_BACKSPACE);
    zr_line_edit_key (self, ZR_LINE_BACKSPACE);
    zr_line_edit_key (self, ZR_LINE_LEFT);
    assert_string_equal (zr_line_edit_text (self), "");
    zr_line_edit_destroy (&self);
}

static void
test_kill (void **state)
{
    (void) state;
    zr_line_edit_t *self = zr_line_edit_new ();
    zr_line_edit_insert (self, "one two  ");
    zr_line_edit_key (self, ZR_LINE_KILL_WORD);
    assert_string_equal (zr_line_edit_text (self), "one ");
    zr_line_edit_key (self, ZR_LINE_HOME);
    zr_line_edit_key (self, ZR_LINE_KILL_WORD);
    assert_string_equal (zr_line_edit_text (self), "one ");
    zr_line_edit_key (self, ZR_LINE_END);
    assert_int_equal (zr_line_edit_cursor (self), 4);
    zr_line_edit_key (self, ZR_LINE_KILL_LINE);
    assert_string_equal (zr_line_edit_text (self), "");
    zr_line_edit_destroy (&self);
}

static void
test_earlier (void **state)
{
    (void) state;
    zr_line_edit_t *self = zr_line_edit_new ();
    zr_line_edit_insert (self, "first");
    assert_string_equal (zr_line_edit_take (self), "first");
    assert_string_equal (zr_line_edit_text (self), "");
    zr_line_edit_insert (self, "second");
    zr_line_edit_take (self);
    zr_line_edit_take (self); // an empty one is not kept
    zr_line_edit_insert (self, "draft");
    zr_line_edit_key (self, ZR_LINE_EARLIER);
    assert_string_equal (zr_line_edit_text (self), "second");
    zr_line_edit_key (self, ZR_LINE_EARLIER);
    zr_line_edit_key (self, ZR_LINE_EARLIER); // there is none before
    assert_string_equal (zr_line_edit_text (self), "first");
    zr_line_edit_key (self, ZR_LINE_LATER);
    zr_line_edit_key (self, ZR_LINE_LATER);
    zr_line_edit_key (self, ZR_LINE_LATER);
    assert_string_equal (zr_line_edit_text (self), "draft");
    for (int i = 0; i < 2 * ZR_LINE_EDIT_HISTORY; i++) {
        zr_line_edit_insert (self, "again");
        zr_line_edit_take (self);
    }
    zr_line_edit_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"text goes in at the cursor", test_insert, NULL, NULL, NULL},
        {"control characters and broken bytes stay out", test_clean, NULL, NULL, NULL},
        {"a line over 4096 bytes is refused", test_limit, NULL, NULL, NULL},
        {"the cursor steps over whole graphemes", test_graphemes, NULL, NULL, NULL},
        {"words and lines are deleted", test_kill, NULL, NULL, NULL},
        {"earlier lines come back, the draft is kept", test_earlier, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("line_edit", tests, NULL, NULL);
}
