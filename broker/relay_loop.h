// SPDX-License-Identifier: MPL-2.0
// Whether an upstream may be used, or would lead our own pictures back to us. Pure.

#ifndef ZR_RELAY_LOOP_H
#define ZR_RELAY_LOOP_H

#include <stdint.h>

#include "common/room_message.h"

#define ZR_RELAY_YIELD_MS 3000 // the one that waits for the other to refuse, waits this

typedef struct {
    bool refused;
    int64_t seen_ms;  // since when a loop is seen, or 0
    int64_t clear_ms; // since when none is seen any more, or 0
} zr_relay_loop_t;

// Judges what the upstream said of itself. now_ms is above 0. After a refusal the
// upstream is accepted again when no loop was seen for hold_ms, which should differ
// from broker to broker, so that not all of a ring come back at once. Returns refused.
bool zr_relay_loop_judge (zr_relay_loop_t *self, const char *own,
                          const zr_room_self_t *upstream, int64_t now_ms,
                          int64_t hold_ms);

#endif
