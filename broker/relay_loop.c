// SPDX-License-Identifier: MPL-2.0
// Every broker says who is above it. Who finds itself above its own upstream is in a
// ring. Of two that see each other there, the one with the smaller id gives way at
// once; the other would only after a time, so normally one of them stays.

#include "broker/relay_loop.h"

#include <assert.h>
#include <string.h>

static bool
s_is_in (const char *own, const zr_room_self_t *upstream)
{
    if (strcmp (own, upstream->id) == 0)
        return true;
    for (int i = 0; i < upstream->above_count; i++)
        if (strcmp (own, upstream->above[i]) == 0)
            return true;
    return false;
}

bool
zr_relay_loop_judge (zr_relay_loop_t *self, const char *own,
                     const zr_room_self_t *upstream, int64_t now_ms, int64_t hold_ms)
{
    assert (self && own && upstream && now_ms > 0);
    if (s_is_in (own, upstream)) {
        self->clear_ms = 0;
        if (!self->seen_ms)
            self->seen_ms = now_ms;
        if (strcmp (own, upstream->id) <= 0 ||
            now_ms - self->seen_ms >= ZR_RELAY_YIELD_MS)
            self->refused = true;
        return self->refused;
    }
    self->seen_ms = 0;
    if (!self->clear_ms)
        self->clear_ms = now_ms;
    if (self->refused && now_ms - self->clear_ms >= hold_ms)
        self->refused = false;
    return self->refused;
}
