// SPDX-License-Identifier: MPL-2.0
// Filled when it is asked, by the time since the last filling: it costs nothing while
// nobody asks. A long absence is cut before it is multiplied, so nothing overflows.

#include "broker/bucket.h"

#include <assert.h>

#define ONE 1000 // thousandths

void
zr_bucket_init (zr_bucket_t *self, int rate, int burst, int64_t now_ms)
{
    assert (self && rate > 0 && burst > 0);
    *self = (zr_bucket_t){.rate = rate,
                          .burst = (int64_t) burst * ONE,
                          .level = (int64_t) burst * ONE,
                          .time_ms = now_ms};
}

int64_t
zr_bucket_take (zr_bucket_t *self, int64_t now_ms)
{
    assert (self);
    if (now_ms > self->time_ms) {
        int64_t missing_ms = (self->burst - self->level + self->rate - 1) / self->rate;
        if (now_ms - self->time_ms >= missing_ms)
            self->level = self->burst;
        else
            self->level += (now_ms - self->time_ms) * self->rate;
        self->time_ms = now_ms;
    }
    if (self->level < ONE)
        return (ONE - self->level + self->rate - 1) / self->rate;
    self->level -= ONE;
    return 0;
}
