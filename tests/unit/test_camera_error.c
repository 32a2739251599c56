// SPDX-License-Identifier: MPL-2.0

#include "publisher/camera_error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

// What the sentence has to name, for each thing that happens to people.
static void
test_sentences (void **state)
{
    (void) state;
    static const struct {
        int error;
        const char *cause, *remedy;
    } cases[] = {
        {ENOENT, "no such device", "plugged in"},
        {ENODEV, "no such device", "plugged in"},
        {EBUSY, "in use by another program", "end that"},
        {EACCES, "no permission", "group video"},
        {EPERM, "no permission", "group video"},
        {ENOSPC, "USB bandwidth", "smaller --width or --fps"},
        {ENOTTY, "not a capture device", ""},
        {ENOMSG, "no such --format", "--list"},
        {EINVAL, "refuses every format", "--list"},
    };
    char text[160];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        zr_camera_error_text (text, sizeof text, "cannot be opened", cases[i].error);
        assert_non_null (strstr (text, cases[i].cause));
        assert_non_null (strstr (text, cases[i].remedy));
        assert_null (strchr (text, '\n'));
    }
}

static void
test_other (void **state)
{
    (void) state;
    char text[160], tiny[8];
    zr_camera_error_text (text, sizeof text, "cannot be switched on", EIO);
    assert_string_equal (text, "cannot be switched on: Input/output error");
    zr_camera_error_text (tiny, sizeof tiny, "x", EBUSY);
    assert_string_equal (tiny, "in use ");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"each of a camera's troubles has its cause and its remedy", test_sentences,
         NULL, NULL, NULL},
        {"any other says what was tried and what came of it", test_other, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
