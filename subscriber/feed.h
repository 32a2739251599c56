// SPDX-License-Identifier: MPL-2.0
// What one named stream is fed by: a link that carries it in one tier, and another one
// beside it while the tier is changed. The new link is subscribed first; once it has
// brought a picture that is newer than all before, the old one is closed: nothing is
// missing, nothing is shown twice or out of order. Receiver's thread.

#ifndef ZR_FEED_H
#define ZR_FEED_H

#include "subscriber/link.h"
#include "subscriber/stream.h"
#include "subscriber/tier_control.h"

#define ZR_FEED_LINKS_MAX 2

typedef struct zr_feed zr_feed_t;

// Takes nothing yet. name is the stream's, valid (wire.h).
zr_feed_t *zr_feed_new (const char *endpoint, const char *name);
void zr_feed_destroy (zr_feed_t **self_p);

// Whether the stream is sent under exact topics, too (wire.h), which are better: no
// other stream comes with it. Not, until it is said. Links that have the other kind are
// opened anew.
void zr_feed_know_exact (zr_feed_t *self, bool exact);

// What is to be taken from now on: what the tier control finds for these facts, the
// full picture without asking, or nothing.
void zr_feed_follow (zr_feed_t *self, const zr_tier_facts_t *facts);
void zr_feed_take_full (zr_feed_t *self);
void zr_feed_take_nothing (zr_feed_t *self);

// The links that are open, for polling; until this is called once more. It closes those
// that have had their time. Returns how many.
int zr_feed_links (zr_feed_t *self, zr_link_t *links[ZR_FEED_LINKS_MAX]);

// Whether links were opened or are to be closed since zr_feed_links was called.
bool zr_feed_has_changed (const zr_feed_t *self);

// Whether a link brings pictures now.
bool zr_feed_is_live (const zr_feed_t *self);

// Whether a message of that link, of two parts, is one of this very stream: a longer
// name that begins alike comes too.
bool zr_feed_is_for (const zr_feed_t *self, const zr_link_t *link,
                     zr_link_message_t *message);

// Hands the message's picture on to stream, if it is that link's turn.
void zr_feed_give (zr_feed_t *self, const zr_link_t *link, zr_link_message_t *message,
                   zr_stream_t *stream);

// When the last picture came by any link, monotonic; 0: never.
int64_t zr_feed_picture_us (const zr_feed_t *self);

// Looks after the connections.
void zr_feed_watch (zr_feed_t *self);

#endif
