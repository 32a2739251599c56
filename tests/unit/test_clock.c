// SPDX-License-Identifier: MPL-2.0
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include <time.h>

#include "common/clock.h"

static void
test_unix (void **state)
{
    (void) state;
    int64_t now_s = zr_clock_unix_us () / 1000000;
    assert_true (now_s >= time (NULL) - 1 && now_s <= time (NULL) + 1);
}

static void
test_forward (void **state)
{
    (void) state;
    int64_t start_us = zr_clock_us (), last_us = start_us;
    while (last_us - start_us < 2000) {
        int64_t now_us = zr_clock_us ();
        assert_true (now_us >= last_us);
        last_us = now_us;
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"Unix time is that of time(2)", test_unix, NULL, NULL, NULL},
        {"the other clock goes on, and never back", test_forward, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("clock", tests, NULL, NULL);
}
