// SPDX-License-Identifier: MPL-2.0
// A table of fixed size. Each entry holds what is (the ways by which a program is
// heard) and what was told; telling compares the two, so that an owner who reads slowly
// finds the newest state and no queue.
//
// A full table hears no newcomers; those who are in it stay. One address gets a part of
// it only, so that one mad host leaves room for the others. Left out: defence against
// forged sources, which can pretend to be anybody on a LAN anyway.

#include "common/neighbours.h"

#include <arpa/inet.h>
#include <assert.h>
#include <czmq.h>

#define WAYS_MAX 4 // addresses of one program

typedef struct {
    struct in_addr address;
    int64_t heard_ms;
    char interface[IF_NAMESIZE]; // on which it was heard last
} way_t;

typedef struct {
    bool used;
    bool told;        // the owner knows of it:
    uint32_t told_at; // by that address,
    zr_beacon_t last; // and as that
    zr_beacon_t beacon;
    way_t ways[WAYS_MAX]; // the first one stands for it
    size_t way_count;     // 0: gone, and to be told
} entry_t;

struct zr_neighbours {
    entry_t entries[ZR_NEIGHBOURS_MAX];
};

zr_neighbours_t *
zr_neighbours_new (void)
{
    return zmalloc (sizeof (zr_neighbours_t));
}

void
zr_neighbours_destroy (zr_neighbours_t **self_p)
{
    assert (self_p);
    freen (*self_p);
}

// The program's entry; else a free one for it; NULL if there is no room.
static entry_t *
s_entry (zr_neighbours_t *self, const zr_beacon_t *beacon, struct in_addr address)
{
    entry_t *spare = NULL;
    size_t at_address = 0;
    for (size_t i = 0; i < ZR_NEIGHBOURS_MAX; i++) {
        entry_t *entry = &self->entries[i];
        if (!entry->used)
            spare = spare ? spare : entry;
        else if (memcmp (entry->beacon.uuid, beacon->uuid, sizeof beacon->uuid) == 0)
            return entry;
        else if (entry->ways[0].address.s_addr == address.s_addr)
            at_address++;
    }
    return at_address < ZR_NEIGHBOURS_ADDRESS_MAX ? spare : NULL;
}

static void
s_remove_way (entry_t *entry, size_t index)
{
    entry->way_count--;
    for (size_t i = index; i < entry->way_count; i++)
        entry->ways[i] = entry->ways[i + 1];
}

// Nobody needs to hear of one who went before it was told of.
static void
s_settle (entry_t *entry)
{
    if (entry->way_count == 0 && !entry->told)
        entry->used = false;
}

static size_t
s_way (const entry_t *entry, struct in_addr address)
{
    size_t index = 0;
    while (index < entry->way_count &&
           entry->ways[index].address.s_addr != address.s_addr)
        index++;
    return index;
}

static void
s_leave (entry_t *entry, size_t way)
{
    if (way == 0)
        entry->way_count = 0;
    else if (way < entry->way_count)
        s_remove_way (entry, way);
    s_settle (entry);
}

void
zr_neighbours_hear (zr_neighbours_t *self, const zr_beacon_t *beacon,
                    struct in_addr address, const char *interface, int64_t now_ms)
{
    assert (self && beacon && interface);
    entry_t *entry = s_entry (self, beacon, address);
    if (!entry)
        return;
    size_t way = entry->used ? s_way (entry, address) : 0;
    if (zr_beacon_is_goodbye (beacon)) {
        if (entry->used)
            s_leave (entry, way);
        return;
    }
    if (way == WAYS_MAX)
        return;
    if (!entry->used)
        memset (entry, 0, sizeof *entry);
    entry->used = true;
    if (way == entry->way_count)
        entry->way_count++;
    entry->ways[way].address = address;
    entry->ways[way].heard_ms = now_ms;
    snprintf (entry->ways[way].interface, IF_NAMESIZE, "%s", interface);
    if (way == 0)
        entry->beacon = *beacon;
}

void
zr_neighbours_tick (zr_neighbours_t *self, int64_t now_ms)
{
    assert (self);
    for (size_t i = 0; i < ZR_NEIGHBOURS_MAX; i++) {
        entry_t *entry = &self->entries[i];
        if (!entry->used)
            continue;
        for (size_t way = entry->way_count; way-- > 0;)
            if (now_ms - entry->ways[way].heard_ms > ZR_NEIGHBOURS_SILENT_MS)
                s_remove_way (entry, way);
        s_settle (entry);
    }
}

// Whether the owner is to be told; fills kind.
static bool
s_differs (const entry_t *entry, zr_discovery_kind_t *kind)
{
    if (!entry->used)
        return false;
    if (entry->way_count == 0)
        *kind = ZR_DISCOVERY_GONE;
    else
        *kind = entry->told ? ZR_DISCOVERY_CHANGED : ZR_DISCOVERY_FOUND;
    const zr_beacon_t *now = &entry->beacon, *last = &entry->last;
    return *kind != ZR_DISCOVERY_CHANGED || now->kind != last->kind ||
           now->chat_port != last->chat_port ||
           now->video_out_port != last->video_out_port ||
           now->video_in_port != last->video_in_port ||
           strcmp (now->name, last->name) != 0 ||
           entry->ways[0].address.s_addr != entry->told_at;
}

bool
zr_neighbours_next (zr_neighbours_t *self, zr_discovery_event_t *event)
{
    assert (self && event);
    size_t at = 0;
    zr_discovery_kind_t kind = ZR_DISCOVERY_FOUND;
    while (at < ZR_NEIGHBOURS_MAX && !s_differs (&self->entries[at], &kind))
        at++;
    if (at == ZR_NEIGHBOURS_MAX)
        return false;
    entry_t *entry = &self->entries[at];
    if (kind != ZR_DISCOVERY_GONE) {
        entry->told = true;
        entry->told_at = entry->ways[0].address.s_addr;
        entry->last = entry->beacon;
    } else
        entry->used = false;
    memset (event, 0, sizeof *event);
    event->kind = kind;
    event->beacon = entry->last;
    inet_ntop (AF_INET, &entry->told_at, event->address, sizeof event->address);
    // Of one who is gone the way is still there: the one that was left last.
    memcpy (event->interface, entry->ways[0].interface, IF_NAMESIZE);
    return true;
}
