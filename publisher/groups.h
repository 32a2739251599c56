// SPDX-License-Identifier: MPL-2.0
// The multicast groups that pictures leave for, a PUB each. Nothing comes back from
// there, so who is watching cannot be known: the full tier is sent all the time, and no
// other one. For the publisher's thread, once it is made.

#ifndef ZR_GROUPS_H
#define ZR_GROUPS_H

#include <zmq.h>

#include "common/options.h"
#include "publisher/announcement.h"

typedef struct zr_groups zr_groups_t;

// Opens those among the endpoints that are groups; there may be none. name is the
// stream's, or NULL for the plain form. NULL if one cannot be opened; logged.
zr_groups_t *zr_groups_new (const zr_list_t *endpoints, const char *name);
void zr_groups_destroy (zr_groups_t **self_p);

int zr_groups_count (const zr_groups_t *self);

// Sends copies of message (shared, not copied); message stays the caller's. Not where
// the one before has not left: the newest is what counts.
void zr_groups_send (zr_groups_t *self, zmq_msg_t *message);

// What is due twice a second: sends info/NAME, if there is a name, and looks after the
// interfaces. Of the announcement the tiers are set here.
void zr_groups_tell (zr_groups_t *self, const zr_announcement_t *announcement);

#endif
