// SPDX-License-Identifier: MPL-2.0
// All ways on which a stream leaves: what viewers connect to, multicast groups, and the
// connections to rooms. For the publisher's thread, once it is made.

#ifndef ZR_OUTLETS_H
#define ZR_OUTLETS_H

#include <czmq.h>

#include "common/options.h"
#include "common/viewers.h"
#include "publisher/announcement.h"

typedef struct {
    const char *name;            // of the stream, or NULL for the plain form
    zr_list_t bind;              // complete endpoints to listen on, and groups
    zr_list_t connect;           // complete endpoints of rooms
    zr_wire_encoding_t encoding; // tells how plain messages begin
} zr_outlets_settings_t;

typedef struct zr_outlets zr_outlets_t;

// Opens all. Settings are copied, their texts must outlive it. NULL if one cannot be
// opened; logged.
zr_outlets_t *zr_outlets_new (const zr_outlets_settings_t *settings);
void zr_outlets_destroy (zr_outlets_t **self_p);

// Opens the ways to the rooms anew, for a stream that has another name there. Its name
// everywhere else stays. What poll makes is old afterwards.
void zr_outlets_rename (zr_outlets_t *self, const char *name);

// Connects to a room, if there is none yet. What poll makes is old afterwards.
void zr_outlets_connect (zr_outlets_t *self, const char *endpoint);

// Adds all that is to be polled.
void zr_outlets_poll (zr_outlets_t *self, zpoller_t *poller);

// Reads what came in, without waiting: outlet.h.
void zr_outlets_listen (zr_outlets_t *self, char *order, size_t order_max);

// How many want this tier, or any. A group counts as one that wants the full tier:
// whether anybody is there it does not tell.
int zr_outlets_tier_viewers (const zr_outlets_t *self, zr_tier_t tier);
int zr_outlets_viewers (const zr_outlets_t *self);
int zr_outlets_groups (const zr_outlets_t *self);

// Sends to all that want it; the message stays the caller's.
void zr_outlets_send (zr_outlets_t *self, zr_tier_t tier, zmq_msg_t *message);

// What is due twice a second: info/NAME to who wants it, and a look at the groups.
void zr_outlets_tell (zr_outlets_t *self, const zr_announcement_t *announcement);

// Who watches, now (viewers.h); once a second.
void zr_outlets_sample (zr_outlets_t *self, zr_viewers_list_t *list);

// The name as it is in rooms; and the endpoint of the first bind with its real port,
// for this host, or NULL. The latter for any thread.
const char *zr_outlets_name (const zr_outlets_t *self);
const char *zr_outlets_local_endpoint (const zr_outlets_t *self);

#endif
