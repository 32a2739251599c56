// SPDX-License-Identifier: MPL-2.0
// What a publisher and a room tell each other in words (PROTOCOL.md, "The room"). Pure.

#ifndef ZR_ANNOUNCEMENT_H
#define ZR_ANNOUNCEMENT_H

#include <stdbool.h>

#include "common/wire.h"

#define ZR_ANNOUNCEMENT_ORDER_MAX 256 // bytes of a room's message, with the NUL

typedef struct {
    const char *id;     // of this run of the publisher
    const char *source; // "camera", "file", ...
    int width, height;  // of the full tier, pixels; 0 while unknown
    double fps, kbit_s; // likewise
    bool full_only;     // there are no smaller tiers and no exact topics
} zr_announcement_t;

// The JSON text of info/NAME. The caller frees it.
char *zr_announcement_write (const zr_announcement_t *self);

// Reads a room's order "rename ID NAME". Returns whether it is one for id, with a valid
// name in name (ZR_WIRE_NAME_MAX + 1 bytes).
bool zr_announcement_read_rename (const char *order, const char *id, char *name);

#endif
