// SPDX-License-Identifier: MPL-2.0
// Who is there, for the discovery's thread: from the beacons heard to what the owner is
// told. Pure: no sockets, no clock. Its size is bounded, however many beacons come.

#ifndef ZR_NEIGHBOURS_H
#define ZR_NEIGHBOURS_H

#include "common/discovery.h"

#define ZR_NEIGHBOURS_MAX 256        // programs; more are not heard
#define ZR_NEIGHBOURS_ADDRESS_MAX 32 // of them at one address
#define ZR_NEIGHBOURS_SILENT_MS 5000 // without a beacon: gone

typedef struct zr_neighbours zr_neighbours_t;

zr_neighbours_t *zr_neighbours_new (void);
void zr_neighbours_destroy (zr_neighbours_t **self_p);

// A beacon came from that address, on that interface. One program may be heard by
// several addresses: the one that answered first stands for it, until it is silent or
// says goodbye; what the others say only shows that they are there. now_ms never goes
// back.
void zr_neighbours_hear (zr_neighbours_t *self, const zr_beacon_t *beacon,
                         struct in_addr address, const char *interface, int64_t now_ms);

// Time goes by: who was silent for too long is gone. Not before all is read that came.
void zr_neighbours_tick (zr_neighbours_t *self, int64_t now_ms);

// The next difference between what is and what was told; it counts as told then.
// Returns whether there is one.
bool zr_neighbours_next (zr_neighbours_t *self, zr_discovery_event_t *event);

#endif
