// SPDX-License-Identifier: MPL-2.0
// An array in the order of arrival, found by UUID; what is handed out is sorted each
// time, since it is asked for seldom and never long. The place of this host is kept
// apart: it has no UUID, and what a beacon tells of it is better, having a name.

#include "common/room_list.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/endpoint.h"

struct zr_room_list {
    zr_room_t rooms[ZR_ROOM_LIST_MAX];
    size_t count;
    zr_room_t here; // kind 0: nothing answers
};

zr_room_list_t *
zr_room_list_new (void)
{
    zr_room_list_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    return self;
}

void
zr_room_list_destroy (zr_room_list_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}

// Index of the one with that UUID, or count.
static size_t
s_find (const zr_room_list_t *self, const zr_beacon_t *beacon)
{
    size_t i = 0;
    while (i < self->count &&
           memcmp (self->rooms[i].beacon.uuid, beacon->uuid, sizeof beacon->uuid) != 0)
        i++;
    return i;
}

static void
s_remove (zr_room_list_t *self, size_t i)
{
    if (i == self->count)
        return;
    self->count--;
    memmove (&self->rooms[i], &self->rooms[i + 1],
             (self->count - i) * sizeof *self->rooms);
}

static bool
s_shares_port (const zr_beacon_t *a, const zr_beacon_t *b)
{
    return (a->chat_port && a->chat_port == b->chat_port) ||
           (a->video_out_port && a->video_out_port == b->video_out_port) ||
           (a->video_in_port && a->video_in_port == b->video_in_port);
}

// Whoever was at those ports before: one that was killed is not known to be gone yet
// when it is there again, under another UUID.
static void
s_remove_former (zr_room_list_t *self, const zr_room_t *room)
{
    for (size_t i = self->count; i-- > 0;) {
        const zr_room_t *other = &self->rooms[i];
        if (strcmp (other->address, room->address) == 0 &&
            s_shares_port (&other->beacon, &room->beacon) &&
            memcmp (other->beacon.uuid, room->beacon.uuid, ZR_BEACON_UUID_SIZE) != 0)
            s_remove (self, i);
    }
}

void
zr_room_list_hear (zr_room_list_t *self, const zr_discovery_event_t *event, bool local,
                   const char *reach)
{
    assert (self && event);
    if (event->kind == ZR_DISCOVERY_GONE) {
        s_remove (self, s_find (self, &event->beacon));
        return;
    }
    zr_room_t room = {.beacon = event->beacon, .local = local};
    snprintf (room.address, sizeof room.address, "%s", reach ? reach : event->address);
    snprintf (room.interface, sizeof room.interface, "%s", event->interface);
    s_remove_former (self, &room);
    size_t i = s_find (self, &event->beacon);
    if (i == ZR_ROOM_LIST_MAX)
        return;
    self->rooms[i] = room;
    if (i == self->count)
        self->count++;
}

// ---- this host ----------------------------------------------------------------------

static unsigned
s_offers (const zr_beacon_t *beacon)
{
    return (beacon->chat_port ? ZR_ROOM_CHAT : 0) |
           (beacon->video_out_port ? ZR_ROOM_PICTURES_OUT : 0) |
           (beacon->video_in_port ? ZR_ROOM_PICTURES_IN : 0);
}

// A place of this host with the usual ports.
static void
s_set_here (zr_room_t *room, unsigned offers)
{
    bool broker = offers & (ZR_ROOM_CHAT | ZR_ROOM_PICTURES_IN);
    *room = (zr_room_t){
        .beacon = {.kind = broker ? ZR_BEACON_BROKER : ZR_BEACON_PUBLISHER,
                   .chat_port = offers & ZR_ROOM_CHAT ? ZR_PORT_CHAT : 0,
                   .video_out_port =
                       offers & ZR_ROOM_PICTURES_OUT ? ZR_PORT_VIDEO_OUT : 0,
                   .video_in_port =
                       offers & ZR_ROOM_PICTURES_IN ? ZR_PORT_VIDEO_IN : 0},
        .address = ZR_ROOM_HERE,
        .local = true};
}

void
zr_room_here (zr_room_t *room)
{
    assert (room);
    s_set_here (room, ZR_ROOM_CHAT | ZR_ROOM_PICTURES_OUT | ZR_ROOM_PICTURES_IN);
}

void
zr_room_list_answers (zr_room_list_t *self, unsigned offers)
{
    assert (self);
    if (offers)
        s_set_here (&self->here, offers);
    else
        self->here = (zr_room_t){0};
}

// Whether a beacon tells of what answers here.
static bool
s_is_here_told (const zr_room_list_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->rooms[i].local &&
            s_shares_port (&self->rooms[i].beacon, &self->here.beacon))
            return true;
    return false;
}

// ---- handing out --------------------------------------------------------------------

static int
s_compare (const void *left, const void *right)
{
    const zr_room_t *a = *(const zr_room_t *const *) left;
    const zr_room_t *b = *(const zr_room_t *const *) right;
    int names = strcmp (a->beacon.name, b->beacon.name);
    if (a->local != b->local)
        return a->local ? -1 : 1;
    return names ? names : strcmp (a->address, b->address);
}

static size_t
s_select (const zr_room_list_t *self, zr_beacon_kind_t kind, unsigned needs,
          const zr_room_t **rooms)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        if (self->rooms[i].beacon.kind == kind &&
            (s_offers (&self->rooms[i].beacon) & needs) == needs)
            rooms[count++] = &self->rooms[i];
    if (self->here.beacon.kind == kind && !s_is_here_told (self) &&
        (s_offers (&self->here.beacon) & needs) == needs && count < ZR_ROOM_LIST_MAX)
        rooms[count++] = &self->here;
    qsort (rooms, count, sizeof *rooms, s_compare);
    return count;
}

size_t
zr_room_list_rooms (const zr_room_list_t *self, unsigned needs,
                    const zr_room_t *rooms[ZR_ROOM_LIST_MAX])
{
    assert (self && rooms);
    return s_select (self, ZR_BEACON_BROKER, needs, rooms);
}

size_t
zr_room_list_publishers (const zr_room_list_t *self,
                         const zr_room_t *publishers[ZR_ROOM_LIST_MAX])
{
    assert (self && publishers);
    return s_select (self, ZR_BEACON_PUBLISHER, ZR_ROOM_PICTURES_OUT, publishers);
}

// ---- words --------------------------------------------------------------------------

void
zr_room_describe (const zr_room_t *room, char text[ZR_ROOM_TEXT_MAX])
{
    assert (room && text);
    snprintf (text, ZR_ROOM_TEXT_MAX, "%s (%s)",
              *room->beacon.name ? room->beacon.name : "this host", room->address);
}

// The port, and the one that need not be said.
static int
s_port (const zr_room_t *room, unsigned what, int *usual)
{
    switch (what) {
    case ZR_ROOM_CHAT:
        *usual = ZR_PORT_CHAT;
        return room->beacon.chat_port;
    case ZR_ROOM_PICTURES_OUT:
        *usual = ZR_PORT_VIDEO_OUT;
        return room->beacon.video_out_port;
    default:
        *usual = ZR_PORT_VIDEO_IN;
        return room->beacon.video_in_port;
    }
}

void
zr_room_address (const zr_room_t *room, unsigned what, char text[ZR_ROOM_TEXT_MAX])
{
    assert (room && text);
    int usual, port = s_port (room, what, &usual);
    int len = snprintf (text, ZR_ROOM_TEXT_MAX, "%s", room->address);
    if (port != usual)
        snprintf (text + len, (size_t) (ZR_ROOM_TEXT_MAX - len), ":%d", port);
}

void
zr_room_endpoint (const zr_room_t *room, unsigned what, char text[ZR_ROOM_TEXT_MAX])
{
    assert (room && text);
    int usual, port = s_port (room, what, &usual);
    assert (port); // it offers that
    snprintf (text, ZR_ROOM_TEXT_MAX, "tcp://%s:%d", room->address, port);
}
