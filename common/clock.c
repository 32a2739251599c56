// SPDX-License-Identifier: MPL-2.0
// clock_gettime in one number.

#include "common/clock.h"

#include <time.h>

static int64_t
s_read_us (clockid_t clock)
{
    struct timespec now;
    clock_gettime (clock, &now);
    return now.tv_sec * INT64_C (1000000) + now.tv_nsec / 1000;
}

int64_t
zr_clock_unix_us (void)
{
    return s_read_us (CLOCK_REALTIME);
}

int64_t
zr_clock_us (void)
{
    return s_read_us (CLOCK_MONOTONIC);
}
