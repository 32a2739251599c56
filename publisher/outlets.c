// SPDX-License-Identifier: MPL-2.0
// A stream in one tier never shares a connection with another (PROTOCOL.md), so there
// is one outlet for all that viewers connect to, of whom each asks for one tier, and
// towards rooms one a tier. Those of the rooms come last, and are opened anew when the
// stream gets another name there: what is subscribed comes again with them.

#include "publisher/outlets.h"

#include <assert.h>

#include "common/endpoint.h"
#include "common/log.h"
#include "common/multicast.h"
#include "publisher/groups.h"
#include "publisher/outlet.h"

#define OUTLETS_MAX (1 + 1 + ZR_TIERS + 1) // what listens, and s_open_connected

struct zr_outlets {
    zr_outlets_settings_t settings;
    zr_outlet_t *outlets[OUTLETS_MAX];
    int count;
    int local_count; // of the outlets: not towards a room, and first
    zr_groups_t *groups;
    zr_viewers_t *viewers;
    char name[ZR_WIRE_NAME_MAX + 1]; // of the stream, as it is in rooms
    char room[ZR_ENDPOINT_MAX];      // found later; settings.connect has it too
    char *local_endpoint;
};

static zr_outlet_t *
s_add (zr_outlets_t *self, const zr_outlet_settings_t *settings)
{
    assert (self->count < OUTLETS_MAX);
    return self->outlets[self->count++] = zr_outlet_new (settings);
}

// The one that viewers connect to. *bound: zr_outlet_bind.
static int
s_open_bound (zr_outlets_t *self, char **bound)
{
    const zr_outlets_settings_t *settings = &self->settings;
    bool named = settings->name != NULL;
    zr_outlet_settings_t all = {.name = named ? self->name : NULL,
                                .encoding = settings->encoding,
                                .tiers = {true, named, named},
                                .open = true,
                                .exact = named,
                                .info = named,
                                .viewers = self->viewers};
    zr_outlet_t *outlet = NULL;
    for (int i = 0; i < settings->bind.count; i++) {
        const char *endpoint = settings->bind.items[i];
        if (zr_multicast_is (endpoint))
            continue;
        if (!outlet)
            outlet = s_add (self, &all);
        if (zr_outlet_bind (outlet, endpoint, *bound ? NULL : bound))
            return -1;
    }
    self->local_count = self->count;
    self->groups = zr_groups_new (&settings->bind, named ? self->name : NULL);
    return self->groups ? 0 : -1;
}

static int
s_connect (zr_outlets_t *self, const zr_outlet_settings_t *settings)
{
    const zr_list_t *connect = &self->settings.connect;
    zr_outlet_t *outlet = s_add (self, settings);
    for (int i = 0; i < connect->count; i++)
        if (zr_outlet_connect (outlet, connect->items[i]))
            return -1;
    return 0;
}

// Towards the rooms: a connection for each tier, so that none costs another pictures,
// one for viewers of other makes, who take the full one, and one for info.
static int
s_open_connected (zr_outlets_t *self)
{
    const zr_outlet_settings_t any = {.name = self->name,
                                      .encoding = self->settings.encoding,
                                      .viewers = self->viewers};
    zr_outlet_settings_t one = any;
    one.info = true;
    int status = s_connect (self, &one);
    one = any;
    one.open = one.tiers[ZR_TIER_FULL] = one.tiers[ZR_TIER_HALF] =
        one.tiers[ZR_TIER_QUARTER] = true;
    if (status == 0)
        status = s_connect (self, &one);
    for (zr_tier_t tier = 0; tier < ZR_TIERS && status == 0; tier++) {
        one = any;
        one.exact = one.tiers[tier] = true;
        status = s_connect (self, &one);
    }
    return status;
}

// Closes all but the first so many.
static void
s_close (zr_outlets_t *self, int keep)
{
    while (self->count > keep)
        zr_outlet_destroy (&self->outlets[--self->count]);
}

zr_outlets_t *
zr_outlets_new (const zr_outlets_settings_t *settings)
{
    assert (settings);
    zr_outlets_t *self = zmalloc (sizeof *self);
    self->settings = *settings;
    snprintf (self->name, sizeof self->name, "%s",
              settings->name ? settings->name : "");
    self->viewers = zr_viewers_new ("publisher");
    if (s_open_bound (self, &self->local_endpoint) ||
        (settings->connect.count && s_open_connected (self)))
        zr_outlets_destroy (&self);
    return self;
}

void
zr_outlets_destroy (zr_outlets_t **self_p)
{
    assert (self_p);
    zr_outlets_t *self = *self_p;
    if (!self)
        return;
    s_close (self, 0);
    zr_groups_destroy (&self->groups);
    zr_viewers_destroy (&self->viewers);
    zstr_free (&self->local_endpoint);
    freen (self);
    *self_p = NULL;
}

static void
s_reconnect (zr_outlets_t *self)
{
    s_close (self, self->local_count);
    if (s_open_connected (self))
        zr_log_warn ("publisher", "the way to the room could not be opened");
}

void
zr_outlets_rename (zr_outlets_t *self, const char *name)
{
    assert (self && name);
    snprintf (self->name, sizeof self->name, "%s", name);
    s_reconnect (self);
}

void
zr_outlets_connect (zr_outlets_t *self, const char *endpoint)
{
    assert (self && endpoint);
    zr_list_t *connect = &self->settings.connect;
    if (connect->count)
        return;
    snprintf (self->room, sizeof self->room, "%s", endpoint);
    connect->items[connect->count++] = self->room;
    s_reconnect (self);
}

void
zr_outlets_poll (zr_outlets_t *self, zpoller_t *poller)
{
    for (int i = 0; i < self->count; i++) {
        zpoller_add (poller, zr_outlet_socket (self->outlets[i]));
        zpoller_add (poller, zr_outlet_monitor (self->outlets[i]));
    }
}

void
zr_outlets_listen (zr_outlets_t *self, char *order, size_t order_max)
{
    for (int i = 0; i < self->count; i++)
        zr_outlet_listen (self->outlets[i], order, order_max);
}

int
zr_outlets_tier_viewers (const zr_outlets_t *self, zr_tier_t tier)
{
    int viewers = tier == ZR_TIER_FULL ? zr_groups_count (self->groups) : 0;
    for (int i = 0; i < self->count; i++)
        viewers += zr_outlet_viewers (self->outlets[i], tier);
    return viewers;
}

int
zr_outlets_viewers (const zr_outlets_t *self)
{
    int viewers = 0;
    for (zr_tier_t tier = 0; tier < ZR_TIERS; tier++)
        viewers += zr_outlets_tier_viewers (self, tier);
    return viewers;
}

int
zr_outlets_groups (const zr_outlets_t *self)
{
    return zr_groups_count (self->groups);
}

void
zr_outlets_send (zr_outlets_t *self, zr_tier_t tier, zmq_msg_t *message)
{
    for (int i = 0; i < self->count; i++)
        zr_outlet_send (self->outlets[i], tier, message);
    if (tier == ZR_TIER_FULL)
        zr_groups_send (self->groups, message);
}

void
zr_outlets_tell (zr_outlets_t *self, const zr_announcement_t *announcement)
{
    bool wanted = false;
    for (int i = 0; i < self->count; i++)
        wanted = wanted || zr_outlet_wants_info (self->outlets[i]);
    char *text = wanted ? zr_announcement_write (announcement) : NULL;
    for (int i = 0; text && i < self->count; i++)
        zr_outlet_send_info (self->outlets[i], text);
    free (text);
    zr_groups_tell (self->groups, announcement);
}

void
zr_outlets_sample (zr_outlets_t *self, zr_viewers_list_t *list)
{
    zr_viewers_sample (self->viewers, list);
}

const char *
zr_outlets_name (const zr_outlets_t *self)
{
    return self->name;
}

const char *
zr_outlets_local_endpoint (const zr_outlets_t *self)
{
    return self->local_endpoint;
}
