// SPDX-License-Identifier: MPL-2.0
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json_line.h"

static void
test_round (void **state)
{
    (void) state;
    assert_true (zr_json_line_round (29.96) == 30.0);
    assert_true (zr_json_line_round (0.04) == 0.0);
    assert_true (zr_json_line_round (-1.25) == -1.3);
}

// What a child process prints of a line to file, and its exit status.
static int
s_print_to (const char *file, char *text, size_t size)
{
    fflush (stdout);
    int saved = dup (STDOUT_FILENO);
    FILE *stream = freopen (file, "w", stdout);
    assert_non_null (stream);
    json_t *line = json_pack ("{s:f, s:s}", "time", 1732150000.123, "name", "a\"\n");
    int status = zr_json_line_print (&line);
    assert_null (line);
    clearerr (stdout);
    dup2 (saved, STDOUT_FILENO);
    close (saved);
    stream = size ? fopen (file, "r") : NULL;
    if (stream) {
        text[fread (text, 1, size - 1, stream)] = '\0';
        fclose (stream);
    }
    return status;
}

static void
test_line (void **state)
{
    (void) state;
    char path[] = "/tmp/zroom-json-XXXXXX", text[128];
    close (mkstemp (path));
    assert_int_equal (s_print_to (path, text, sizeof text), 0);
    unlink (path);
    assert_string_equal (text, "{\"time\":1732150000.123,\"name\":\"a\\\"\\n\"}\n");
}

static void
test_full (void **state)
{
    (void) state;
    assert_int_equal (s_print_to ("/dev/full", NULL, 0), -1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"numbers are rounded to one decimal", test_round, NULL, NULL, NULL},
        {"an object is one whole line", test_line, NULL, NULL, NULL},
        {"a stdout that takes nothing is told", test_full, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("json_line", tests, NULL, NULL);
}
