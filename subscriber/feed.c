// SPDX-License-Identifier: MPL-2.0
// A link that has had its time is closed in zr_feed_links only, when nobody polls it
// any more. All tiers of one picture have the same number and capture time, by which a
// picture of one is known to be newer than a picture of the other.

#include "subscriber/feed.h"

#include <assert.h>
#include <czmq.h>

#include "common/clock.h"
#include "common/endpoint.h"

// A new connection hardly comes up on a line that the former one fills: it gives way.
#define YIELD_US 700000

typedef struct {
    zr_link_t *link;  // NULL: none
    int64_t since_us; // when it was wanted
    zr_tier_t tier;
    bool connected;
    char topic[ZR_WIRE_TOPIC_MAX];
} source_t;

struct zr_feed {
    char endpoint[ZR_ENDPOINT_MAX];
    char name[ZR_WIRE_NAME_MAX + 1];
    zr_tier_control_t control;
    source_t current, next;
    bool exact;           // which topics are asked for
    bool trial;           // next is only looked at
    zr_link_t *former[8]; // to be closed; three in one turn at most
    int former_count;
    bool changed;
    zr_meta_t last;     // of the newest picture handed on
    int64_t picture_us; // of any picture
};

zr_feed_t *
zr_feed_new (const char *endpoint, const char *name)
{
    assert (endpoint && name && zr_wire_name_is_valid (name));
    zr_feed_t *self = zmalloc (sizeof *self);
    snprintf (self->endpoint, sizeof self->endpoint, "%s", endpoint);
    snprintf (self->name, sizeof self->name, "%s", name);
    zr_tier_control_init (&self->control, zclock_usecs ());
    return self;
}

static void
s_close_former (zr_feed_t *self)
{
    while (self->former_count)
        zr_link_destroy (&self->former[--self->former_count]);
}

void
zr_feed_destroy (zr_feed_t **self_p)
{
    assert (self_p);
    zr_feed_t *self = *self_p;
    if (!self)
        return;
    s_close_former (self);
    zr_link_destroy (&self->current.link);
    zr_link_destroy (&self->next.link);
    freen (self);
    *self_p = NULL;
}

static void
s_open (zr_feed_t *self, source_t *source, zr_tier_t tier)
{
    source->tier = tier;
    source->connected = false;
    source->since_us = zclock_usecs ();
    if (self->exact)
        zr_wire_exact_topic (source->topic, tier, self->name);
    else
        zr_wire_topic (source->topic, tier, self->name);
    source->link = zr_link_new (self->endpoint);
    zr_link_subscribe (source->link, source->topic, strlen (source->topic));
    zr_link_connect (source->link); // the scout's could be made, so this can
    self->changed = true;
}

static void
s_close (zr_feed_t *self, source_t *source)
{
    if (!source->link)
        return;
    assert (self->former_count < (int) (sizeof self->former / sizeof *self->former));
    self->former[self->former_count++] = source->link;
    source->link = NULL;
    self->changed = true;
}

static void
s_go (zr_feed_t *self, zr_tier_t tier, bool trial)
{
    if (self->current.link && self->current.tier == tier) {
        s_close (self, &self->next);
        return;
    }
    if (self->next.link && self->next.tier != tier)
        s_close (self, &self->next);
    if (!self->next.link)
        s_open (self, &self->next, tier);
    else if (self->trial && !trial)
        self->next.since_us = zclock_usecs (); // from now on it is waited for
    else if (!trial && zclock_usecs () - self->next.since_us > YIELD_US)
        s_close (self, &self->current);
    self->trial = trial;
}

void
zr_feed_know_exact (zr_feed_t *self, bool exact)
{
    if (exact != self->exact)
        zr_feed_take_nothing (self);
    self->exact = exact;
}

void
zr_feed_follow (zr_feed_t *self, const zr_tier_facts_t *facts)
{
    zr_tier_facts_t own = *facts;
    if (!self->current.connected)
        own.fps = 0; // that nothing comes says nothing of the network's width
    zr_tier_goal_t goal =
        zr_tier_control_choose (&self->control, &own, zclock_usecs ());
    if (goal.tier == ZR_TIER_NONE)
        zr_feed_take_nothing (self);
    else
        s_go (self, goal.tier, goal.trial);
}

void
zr_feed_take_full (zr_feed_t *self)
{
    s_go (self, ZR_TIER_FULL, false);
}

void
zr_feed_take_nothing (zr_feed_t *self)
{
    s_close (self, &self->current);
    s_close (self, &self->next);
}

int
zr_feed_links (zr_feed_t *self, zr_link_t *links[ZR_FEED_LINKS_MAX])
{
    int count = 0;
    s_close_former (self);
    if (self->current.link)
        links[count++] = self->current.link;
    if (self->next.link)
        links[count++] = self->next.link;
    self->changed = false;
    return count;
}

bool
zr_feed_has_changed (const zr_feed_t *self)
{
    return self->changed;
}

bool
zr_feed_is_live (const zr_feed_t *self)
{
    return self->current.link != NULL;
}

// The one that the link belongs to; NULL if it has had its time.
static const source_t *
s_source (const zr_feed_t *self, const zr_link_t *link)
{
    if (self->current.link == link)
        return &self->current;
    return self->next.link == link ? &self->next : NULL;
}

bool
zr_feed_is_for (const zr_feed_t *self, const zr_link_t *link,
                zr_link_message_t *message)
{
    const source_t *source = s_source (self, link);
    zmq_msg_t *topic = &message->parts[0];
    return source && message->count == 2 &&
           zmq_msg_size (topic) == strlen (source->topic) &&
           memcmp (zmq_msg_data (topic), source->topic, zmq_msg_size (topic)) == 0;
}

// A publisher that began anew has lower numbers, and later times.
static bool
s_is_newer (const zr_meta_t *meta, const zr_meta_t *last)
{
    return !meta->known || !last->known || meta->seq > last->seq ||
           meta->time_us > last->time_us;
}

void
zr_feed_give (zr_feed_t *self, const zr_link_t *link, zr_link_message_t *message,
              zr_stream_t *stream)
{
    const source_t *source = s_source (self, link);
    if (!source)
        return;
    zr_meta_t meta;
    zmq_msg_t *payload = &message->parts[1];
    self->picture_us = zclock_usecs ();
    zr_wire_peek (zmq_msg_data (payload), zmq_msg_size (payload), &meta);
    zr_tier_control_picture (&self->control, source->tier, &meta, zr_clock_unix_us (),
                             self->picture_us);
    if (source == &self->next) {
        bool waits =
            self->current.link && (self->trial || !s_is_newer (&meta, &self->last));
        if (waits)
            return;
        s_close (self, &self->current);
        self->current = self->next;
        self->next.link = NULL;
        zr_stream_resume (stream, zr_wire_tier_name (self->current.tier));
    }
    self->last = meta;
    zr_stream_offer (stream, payload);
}

int64_t
zr_feed_picture_us (const zr_feed_t *self)
{
    return self->picture_us;
}

// What is known of a link is of the connection that it has.
static void
s_watch (zr_feed_t *self, source_t *source)
{
    if (!source->link)
        return;
    bool connected = zr_link_watch (source->link) != 0;
    if (connected && !source->connected)
        zr_tier_control_restart (&self->control, source->tier, zclock_usecs ());
    source->connected = connected;
}

void
zr_feed_watch (zr_feed_t *self)
{
    s_watch (self, &self->current);
    s_watch (self, &self->next);
}
