// SPDX-License-Identifier: MPL-2.0
// A token bucket: so many at once, then so many a second. Whole numbers only, so that
// nothing drifts. Pure.

#ifndef ZR_BUCKET_H
#define ZR_BUCKET_H

#include <stdint.h>

typedef struct {
    int64_t rate;  // a second, which is thousandths a millisecond
    int64_t burst; // at once, in thousandths
    int64_t level; // what it holds, in thousandths
    int64_t time_ms;
} zr_bucket_t;

// Full at now_ms.
void zr_bucket_init (zr_bucket_t *self, int rate, int burst, int64_t now_ms);

// Takes one. Returns 0; or after how many milliseconds there will be one, and then
// takes none. A clock that goes back fills nothing.
int64_t zr_bucket_take (zr_bucket_t *self, int64_t now_ms);

#endif
