// SPDX-License-Identifier: MPL-2.0
// One socket that pictures leave by: an XPUB, with who wants what behind it. A stream
// in one tier never shares a connection with another (PROTOCOL.md), so a publisher has
// one outlet for all that viewers connect to, and one a tier towards a room. For the
// publisher's thread, once it is made.

#ifndef ZR_OUTLET_H
#define ZR_OUTLET_H

#include <czmq.h>

#include "common/viewers.h"
#include "common/wire.h"

typedef struct zr_outlet zr_outlet_t;

typedef struct {
    const char *name;            // of the stream, or NULL for the plain form
    zr_wire_encoding_t encoding; // tells how plain messages begin
    bool tiers[ZR_TIERS];        // which ones leave here
    bool open;                   // under TIER/NAME, for anybody's subscriber
    bool exact;                  // under =TIER/NAME/, for those that know it
    bool info;                   // and whether info/NAME does
    zr_viewers_t *viewers;       // is told of who wants pictures; borrowed
} zr_outlet_settings_t;

// The name and viewers must outlive it.
zr_outlet_t *zr_outlet_new (const zr_outlet_settings_t *settings);
void zr_outlet_destroy (zr_outlet_t **self_p);

// Returns 0, or -1: logged. bind writes the endpoint with its real port to *endpoint,
// which the caller frees; endpoint may be NULL.
int zr_outlet_bind (zr_outlet_t *self, const char *endpoint, char **bound);
int zr_outlet_connect (zr_outlet_t *self, const char *endpoint);

// What to poll, and reading all that came in since: subscriptions, connections made and
// lost, messages from a room. order gets the last message of a room that came
// (order_max bytes with the NUL), or stays as it was. A bounded number is read at once.
zsock_t *zr_outlet_socket (zr_outlet_t *self);
zsock_t *zr_outlet_monitor (zr_outlet_t *self);
void zr_outlet_listen (zr_outlet_t *self, char *order, size_t order_max);

// How many want this tier, and whether anybody wants info.
int zr_outlet_viewers (const zr_outlet_t *self, zr_tier_t tier);
bool zr_outlet_wants_info (const zr_outlet_t *self);

// Sends a copy of message (shared, not copied) if somebody wants the tier; message
// stays the caller's. To viewers whose link is full it is not sent.
void zr_outlet_send (zr_outlet_t *self, zr_tier_t tier, zmq_msg_t *message);
void zr_outlet_send_info (zr_outlet_t *self, const char *text);

#endif
