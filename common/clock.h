// SPDX-License-Identifier: MPL-2.0
// What time it is. Any thread.

#ifndef ZR_CLOCK_H
#define ZR_CLOCK_H

#include <stdint.h>

// Microseconds of Unix time: what other machines understand. It may be set back.
int64_t zr_clock_unix_us (void);

// Microseconds of a clock that only ever goes forward, from some moment on: for
// waiting and measuring (CLOCK_MONOTONIC).
int64_t zr_clock_us (void);

#endif
