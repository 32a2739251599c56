// SPDX-License-Identifier: MPL-2.0
// Links are kept in the order of their topics, as the roots come, so that both lists
// are compared in one pass. A broker that was lost may come back as another one: its
// links are closed, and opened when it was heard and judged anew.

#include "broker/relay_upstream.h"

#include <assert.h>
#include <czmq.h>

#include "broker/relay_link.h"
#include "broker/relay_loop.h"
#include "common/log.h"

#define SILENT_US 3000000   // not heard for so long: it waits to be heard again
#define STRANGE_US 10000000 // connected so long without a word: no broker
#define HOLD_MIN_MS 1000    // from the end of a loop to the next try
#define HOLD_SPREAD_MS 3000
#define CONTROL_MAX 8192 // bytes of a message

typedef struct {
    zr_relay_link_t *link;
    size_t len;
    uint8_t topic[ZR_RELAY_TOPIC_MAX];
} entry_t;

struct zr_relay_upstream {
    const char *endpoint, *own;
    zr_relay_link_t *control;
    entry_t entries[ZR_RELAY_LINKS_MAX];
    size_t count;
    zr_relay_state_t state;
    zr_room_self_t room;
    zr_relay_loop_t loop;
    int64_t hold_ms;
    int64_t heard_us;  // 0: not since it is connected
    int64_t silent_us; // since when it is connected and not heard; 0: it is not so
    bool said_strange, said_twin, said_many;
};

zr_relay_upstream_t *
zr_relay_upstream_new (const char *endpoint, const char *own)
{
    assert (endpoint && own);
    zr_relay_upstream_t *self = zmalloc (sizeof *self);
    self->endpoint = endpoint;
    self->own = own;
    self->hold_ms = HOLD_MIN_MS + zr_room_id_number (own, HOLD_SPREAD_MS);
    self->control = zr_relay_link_new (endpoint, CONTROL_MAX);
    if (!self->control) {
        free (self);
        return NULL;
    }
    zr_relay_link_subscribe (self->control, "room/", 5);
    zr_relay_link_subscribe (self->control, "info/", 5);
    return self;
}

static void
s_close_all (zr_relay_upstream_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        zr_relay_link_destroy (&self->entries[i].link);
    self->count = 0;
}

void
zr_relay_upstream_destroy (zr_relay_upstream_t **self_p)
{
    assert (self_p);
    zr_relay_upstream_t *self = *self_p;
    if (!self)
        return;
    s_close_all (self);
    zr_relay_link_destroy (&self->control);
    free (self);
    *self_p = NULL;
}

// ---- judging ------------------------------------------------------------------------

static void
s_enter (zr_relay_upstream_t *self, zr_relay_state_t state)
{
    zr_relay_state_t before = self->state;
    self->state = state;
    if (state == before)
        return;
    if (state == ZR_RELAY_UP)
        zr_log_info ("relay", "upstream %s is there (%s)", self->endpoint,
                     self->room.name);
    else if (state == ZR_RELAY_WAITING)
        zr_log_warn ("relay", "upstream %s does not answer; waiting for it",
                     self->endpoint);
    else if (streq (self->room.id, self->own))
        zr_log_error ("relay",
                      "--upstream %s is this broker itself and is not used; leave it "
                      "out",
                      self->endpoint);
    else
        zr_log_error ("relay",
                      "--upstream %s leads back to this broker (a loop) and is not "
                      "used; leave out one of the --upstream in that ring",
                      self->endpoint);
}

void
zr_relay_upstream_hear (zr_relay_upstream_t *self, const zr_room_self_t *room,
                        const char *twin, int64_t now_us)
{
    assert (self && room);
    self->room = *room;
    self->heard_us = now_us;
    self->said_strange = false;
    bool refused = zr_relay_loop_judge (&self->loop, self->own, room, now_us / 1000 + 1,
                                        self->hold_ms);
    if (twin && !refused) {
        if (!self->said_twin)
            zr_log_info ("relay", "upstream %s is the same broker as %s; taken once",
                         self->endpoint, twin);
        self->said_twin = true;
        self->state = ZR_RELAY_WAITING; // until the other one is gone
        return;
    }
    self->said_twin = false;
    s_enter (self, refused ? ZR_RELAY_LOOP : ZR_RELAY_UP);
}

// Says once that something is there which is no broker.
static void
s_watch_silence (zr_relay_upstream_t *self, bool connected, int64_t now_us)
{
    if (!connected || self->heard_us)
        self->silent_us = 0;
    else if (!self->silent_us)
        self->silent_us = now_us;
    if (!self->silent_us || now_us - self->silent_us < STRANGE_US || self->said_strange)
        return;
    self->said_strange = true;
    zr_log_warn ("relay",
                 "upstream %s is no broker: it tells nothing of a room; give the "
                 "address of a zroom-broker (its video-out)",
                 self->endpoint);
}

void
zr_relay_upstream_tick (zr_relay_upstream_t *self, int64_t now_us)
{
    assert (self);
    bool lost = false;
    bool connected = zr_relay_link_watch (self->control, now_us, &lost);
    for (size_t i = 0; i < self->count; i++)
        zr_relay_link_watch (self->entries[i].link, now_us, NULL);
    if (lost || now_us - self->heard_us > SILENT_US) {
        self->heard_us = 0;
        s_enter (self, ZR_RELAY_WAITING);
    }
    s_watch_silence (self, connected, now_us);
}

// ---- links --------------------------------------------------------------------------

static void
s_open (zr_relay_upstream_t *self, size_t place, const zr_relay_topic_t *root)
{
    zr_relay_link_t *link = NULL;
    if (self->count < ZR_RELAY_LINKS_MAX)
        link = zr_relay_link_new (self->endpoint, ZR_FRAME_SIZE_MAX);
    else if (!self->said_many) {
        zr_log_warn ("relay",
                     "%s: more than %d streams are asked for; further ones are not "
                     "fetched",
                     self->endpoint, ZR_RELAY_LINKS_MAX);
        self->said_many = true;
    }
    if (!link)
        return;
    zr_relay_link_subscribe (link, root->text, root->len);
    memmove (&self->entries[place + 1], &self->entries[place],
             (self->count - place) * sizeof *self->entries);
    self->entries[place].link = link;
    self->entries[place].len = root->len;
    memcpy (self->entries[place].topic, root->text, root->len);
    self->count++;
}

static void
s_close (zr_relay_upstream_t *self, size_t place)
{
    zr_relay_link_destroy (&self->entries[place].link);
    self->count--;
    memmove (&self->entries[place], &self->entries[place + 1],
             (self->count - place) * sizeof *self->entries);
}

bool
zr_relay_upstream_want (zr_relay_upstream_t *self, const zr_relay_topic_t *const *roots,
                        size_t count)
{
    assert (self && (roots || count == 0));
    bool changed = false;
    if (self->state != ZR_RELAY_UP) {
        changed = self->count > 0;
        s_close_all (self);
        return changed;
    }
    size_t i = 0, place = 0;
    while (i < count || place < self->count) {
        int order = 0;
        if (i == count)
            order = -1;
        else if (place == self->count)
            order = 1;
        else
            order = zr_relay_topic_compare (self->entries[place].topic,
                                            self->entries[place].len, roots[i]->text,
                                            roots[i]->len);
        changed = changed || order;
        if (order < 0) {
            s_close (self, place);
            continue;
        }
        size_t before = self->count;
        if (order > 0)
            s_open (self, place, roots[i]);
        i++;
        if (order == 0 || self->count > before)
            place++;
    }
    return changed;
}

// ---- what it is ---------------------------------------------------------------------

zr_relay_state_t
zr_relay_upstream_state (const zr_relay_upstream_t *self)
{
    return self->state;
}

const zr_room_self_t *
zr_relay_upstream_room (const zr_relay_upstream_t *self)
{
    return &self->room;
}

void *
zr_relay_upstream_control (const zr_relay_upstream_t *self)
{
    return zr_relay_link_socket (self->control);
}

void *
zr_relay_upstream_socket (const zr_relay_upstream_t *self, size_t number)
{
    return number < self->count ? zr_relay_link_socket (self->entries[number].link)
                                : NULL;
}

const char *
zr_relay_upstream_endpoint (const zr_relay_upstream_t *self)
{
    return self->endpoint;
}
