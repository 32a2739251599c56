// SPDX-License-Identifier: MPL-2.0
// Who watches: the connections to the relay's XPUB and what they subscribe to. Keeps
// each connection's pictures fresh, and ends one that asks without end. The relay's
// thread.

#ifndef ZR_RELAY_VIEWERS_H
#define ZR_RELAY_VIEWERS_H

#include <czmq.h>

#include "broker/relay_topics.h"
#include "common/viewers.h"

typedef struct zr_relay_viewers zr_relay_viewers_t;

// out: the XPUB, borrowed, before it is bound.
zr_relay_viewers_t *zr_relay_viewers_new (zsock_t *out);
void zr_relay_viewers_destroy (zr_relay_viewers_t **self_p); // before the XPUB

// Reads subscriptions and what the monitor tells, without waiting; of the first so many
// that one who sends them without end holds nobody up.
void zr_relay_viewers_listen (zr_relay_viewers_t *self);

// Forgets those whose connection is gone; to be called some times a second.
void zr_relay_viewers_tick (zr_relay_viewers_t *self);

// libzmq's handle that becomes readable when a connection comes or goes.
void *zr_relay_viewers_monitor (const zr_relay_viewers_t *self);

zr_relay_topics_t *zr_relay_viewers_topics (const zr_relay_viewers_t *self);

// Connections that are up.
int zr_relay_viewers_count (const zr_relay_viewers_t *self);

// Whose they are and how each does: see zr_viewers_sample. Once a second.
void zr_relay_viewers_list (zr_relay_viewers_t *self, zr_viewers_list_t *list);

#endif
