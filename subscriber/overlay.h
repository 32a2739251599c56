// SPDX-License-Identifier: MPL-2.0
// The words over a picture: figures and state. Pure.

#ifndef ZR_OVERLAY_H
#define ZR_OVERLAY_H

#include <stddef.h>

#include "common/meter.h"

// A stream is silent after this time without a message, if it is not a slow one.
#define ZR_OVERLAY_SILENT_US 1500000

typedef struct {
    const zr_meter_report_t *report;
    int width, height;  // of the picture, pixels
    const char *tier;   // which copy of the stream it is; NULL: not known
    int64_t silence_us; // since the last message
    int64_t recorded;   // pictures in the running recording, -1: none
    bool late;          // pictures are older than --max-age
    bool frozen;
} zr_overlay_facts_t;

// "29.9 fps  640x360  4 ms  lost 0  skipped 0"; the tier if it is not the full one, and
// REC and LATE where they apply.
// Ages are told in ms below 10 s, else in s; an unknown one is left out.
void zr_overlay_figures (const zr_overlay_facts_t *facts, char *text, size_t size);

// The same for a small tile: "29.9 fps  4 ms", and REC and LATE where they apply.
void zr_overlay_brief (const zr_overlay_facts_t *facts, char *text, size_t size);

// "no picture for 3 s", "frozen", or nothing while it is live.
void zr_overlay_state (const zr_overlay_facts_t *facts, char *text, size_t size);

#endif
