// SPDX-License-Identifier: MPL-2.0
// The connection by which an endpoint is explored: it hears what named streams there
// are (info/, room/), and carries what has no name of its own (the plain form, other
// people's senders). Where nobody tells of streams it takes the named ones too, as
// senders that know nothing of info/ send them. Receiver's thread.

#ifndef ZR_SCOUT_H
#define ZR_SCOUT_H

#include "common/options.h"
#include "subscriber/link.h"

typedef struct zr_scout zr_scout_t;

// Whether a name is among those that the user asked for: of each, the name itself or a
// pattern (glob(7)); none: all are.
bool zr_scout_wants (const zr_list_t *streams, const char *name);

// Whether what the user asked for is a pattern.
bool zr_scout_is_pattern (const char *text);

// Connects, for the streams that are wanted; borrowed. NULL if there can be no
// connection; logged.
zr_scout_t *zr_scout_new (const char *endpoint, const zr_list_t *streams);
void zr_scout_destroy (zr_scout_t **self_p);

zr_link_t *zr_scout_link (const zr_scout_t *self);

// The endpoint as people say it, which is the name of its plain stream.
const char *zr_scout_label (const zr_scout_t *self);

// Somebody told of a stream or a room.
void zr_scout_heard (zr_scout_t *self);

// Whether named streams are taken now.
bool zr_scout_takes_named (const zr_scout_t *self);

// Looks after the connection, some times a second. Returns whether there is one.
bool zr_scout_watch (zr_scout_t *self);

#endif
