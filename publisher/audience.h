// SPDX-License-Identifier: MPL-2.0
// Who wants our pictures: counts the subscriptions that an XPUB (VERBOSER) hands out,
// here and from behind a broker. Pure.

#ifndef ZR_AUDIENCE_H
#define ZR_AUDIENCE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *start; // how every message of ours begins; borrowed
    size_t start_len;     // bytes
    size_t prefix_min;    // shorter subscriptions do not mean us
    int viewers;          // subscriptions that match it
} zr_audience_t;

// start is the topic, or the first bytes of every payload. Subscriptions of less than
// prefix_min bytes are not counted: who wants everything wants no smaller copies of it.
void zr_audience_init (zr_audience_t *self, const void *start, size_t start_len,
                       size_t prefix_min);

// Takes one message that the XPUB socket received: 1 or 0, then a prefix. Anything
// else is left aside. Returns the number of viewers after it.
int zr_audience_take (zr_audience_t *self, const uint8_t *message, size_t len);

#endif
