// SPDX-License-Identifier: MPL-2.0
// After each change it says anew which endpoints are wanted, and adds or releases the
// difference. A released endpoint that still has a connection goes on, so that beacons
// which get lost cost nobody a picture (receiver.h). This host's usual endpoint the
// receiver has anyway. The chat of a room that is gone is kept until another one is
// joined.

#include "subscriber/guide.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "subscriber/statistics.h"

#define ENDPOINTS_MAX ZR_ROOM_LIST_MAX

typedef char endpoint_t[ZR_ROOM_TEXT_MAX];

struct zr_guide {
    zr_room_finder_t *finder;
    zr_receiver_t *receiver;
    endpoint_t usual; // of this host, which the receiver has anyway
    zr_room_t room;   // joined; no address: none
    bool present;     // it was in the list when that was looked at last
    endpoint_t chat;
    endpoint_t endpoints[ENDPOINTS_MAX]; // that the receiver has from us
    size_t count;
};

static bool
s_has (endpoint_t *endpoints, size_t count, const char *endpoint)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp (endpoints[i], endpoint) == 0)
            return true;
    return false;
}

// Has the receiver connect to these and no others.
static void
s_connect (zr_guide_t *self, endpoint_t *wanted, size_t count)
{
    for (size_t i = 0; i < self->count; i++)
        if (!s_has (wanted, count, self->endpoints[i]))
            zr_receiver_release (self->receiver, self->endpoints[i]);
    for (size_t i = 0; i < count; i++)
        if (!s_has (self->endpoints, self->count, wanted[i]))
            zr_receiver_add (self->receiver, wanted[i]);
    memcpy (self->endpoints, wanted, count * sizeof *wanted);
    self->count = count;
}

static void
s_join (zr_guide_t *self, const zr_room_t *room)
{
    char text[ZR_ROOM_TEXT_MAX];
    bool moved = strcmp (self->room.address, room->address) != 0;
    self->room = *room;
    self->chat[0] = '\0';
    if (room->beacon.chat_port)
        zr_room_endpoint (room, ZR_ROOM_CHAT, self->chat);
    zr_room_describe (room, text);
    if (moved)
        zr_log_info ("room", "room at %s", text);
}

// The joined room as it is in the list now, or NULL.
static const zr_room_t *
s_find_room (const zr_guide_t *self, const zr_room_t *const *rooms, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp (rooms[i]->beacon.uuid, self->room.beacon.uuid,
                    ZR_BEACON_UUID_SIZE) == 0)
            return rooms[i];
    return NULL;
}

static void
s_want (const zr_guide_t *self, endpoint_t *wanted, size_t *count,
        const zr_room_t *place)
{
    endpoint_t endpoint;
    zr_room_endpoint (place, ZR_ROOM_PICTURES_OUT, endpoint);
    if (*count < ENDPOINTS_MAX && strcmp (endpoint, self->usual) != 0)
        memcpy (wanted[(*count)++], endpoint, sizeof endpoint);
}

static void
s_follow (zr_guide_t *self)
{
    const zr_room_t *places[ZR_ROOM_LIST_MAX];
    endpoint_t wanted[ENDPOINTS_MAX];
    const zr_room_list_t *list = zr_room_finder_list (self->finder);
    size_t count = zr_room_list_rooms (list, ZR_ROOM_PICTURES_OUT, places), wants = 0;
    const zr_room_t *room = s_find_room (self, places, count);
    if (!room && count)
        room = places[0];
    self->present = room != NULL;
    if (room) {
        s_join (self, room);
        s_want (self, wanted, &wants, room);
    }
    count = zr_room_list_publishers (list, places);
    for (size_t i = 0; i < count; i++)
        s_want (self, wanted, &wants, places[i]);
    s_connect (self, wanted, wants);
}

zr_guide_t *
zr_guide_new (zr_room_finder_t *finder, const zr_room_t *room, zr_receiver_t *receiver)
{
    assert (finder && room && receiver);
    zr_guide_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->finder = finder;
    self->receiver = receiver;
    self->room = *room;
    zr_room_t here;
    zr_room_here (&here);
    zr_room_endpoint (&here, ZR_ROOM_PICTURES_OUT, self->usual);
    s_follow (self);
    return self;
}

void
zr_guide_destroy (zr_guide_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}

void
zr_guide_poll (zr_guide_t *self)
{
    assert (self);
    if (zr_room_finder_update (self->finder, !self->present))
        s_follow (self);
}

const char *
zr_guide_chat (const zr_guide_t *self)
{
    assert (self);
    return *self->chat ? self->chat : NULL;
}

void
zr_guide_notice (const zr_guide_t *self, const zr_list_t *streams, char *text,
                 size_t size)
{
    assert (self && streams && text && size > 0);
    char where[ZR_DISCOVERY_INTERFACES_MAX], wanted[ZR_STATISTICS_WANTED_MAX];
    zr_statistics_wanted (streams, wanted, sizeof wanted);
    if (self->present) {
        zr_room_describe (&self->room, where);
        snprintf (text, size, "waiting for %s in the room at %s", wanted, where);
    } else if (zr_room_finder_interfaces (self->finder, where))
        snprintf (text, size, "waiting for %s; no room yet on %s", wanted, where);
    else
        snprintf (text, size, "waiting for %s; there is no network", wanted);
}
