// SPDX-License-Identifier: MPL-2.0
// How a subscriber is doing: JSON for programs, a status line for people, and what is
// being waited for. Main thread.

#ifndef ZR_STATISTICS_H
#define ZR_STATISTICS_H

#include "common/options.h"
#include "subscriber/stream.h"

#define ZR_STATISTICS_WANTED_MAX 128 // bytes with the NUL; longer is cut

typedef struct {
    zr_stream_t *const *streams; // borrowed
    int count;
    uint64_t bad;       // messages that were no pictures
    const char *notice; // what is being waited for; empty: nothing
} zr_statistics_t;

// Prints one JSON object in one line on stdout (DESIGN section 1). Percentiles start
// anew with it. Returns -1 if stdout takes no more; logged.
int zr_statistics_json (const zr_statistics_t *self);

// Rewrites the live status line (terminals only).
void zr_statistics_status (const zr_statistics_t *self);

// For people: how the wanted streams (names and patterns; none: any) are called, in
// text (size bytes). Returns text.
const char *zr_statistics_wanted (const zr_list_t *streams, char *text, size_t size);

// What is being waited for, before the first picture.
void zr_statistics_notice (const zr_list_t *streams, const zr_list_t *endpoints,
                           bool connected, char *text, size_t size);

#endif
