// SPDX-License-Identifier: MPL-2.0
// Real processes: those of every system, from PATH.

#include "common/companion.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static void
s_stops (void **state)
{
    (void) state;
    static const char *const arguments[] = {"100", NULL};
    pid_t pid = zr_companion_start ("sleep", arguments);
    assert_true (pid > 0);
    assert_true (zr_companion_runs (pid));
    zr_companion_stop (pid);
    assert_int_equal (kill (pid, 0), -1); // reaped, too
    assert_false (zr_companion_runs (pid));
    zr_companion_stop (pid); // once more does no harm
}

static void
s_stubborn (void **state)
{
    (void) state;
    static const char *const arguments[] = {
        "-c", "trap '' TERM; while :; do sleep 0.1; done", NULL};
    pid_t pid = zr_companion_start ("sh", arguments);
    assert_true (pid > 0);
    zr_companion_stop (pid);
    assert_int_equal (kill (pid, 0), -1);
}

static void
s_ends_alone (void **state)
{
    (void) state;
    static const char *const arguments[] = {NULL};
    pid_t pid = zr_companion_start ("true", arguments);
    for (int i = 0; zr_companion_runs (pid) && i < 500; i++)
        usleep (10000);
    assert_int_equal (kill (pid, 0), -1);
    zr_companion_stop (0);
    zr_companion_stop (-1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a companion is ended and waited for", s_stops, NULL, NULL, NULL},
        {"one that does not want to end is killed", s_stubborn, NULL, NULL, NULL},
        {"one that ended by itself is noticed", s_ends_alone, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
