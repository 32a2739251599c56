// SPDX-License-Identifier: MPL-2.0
// An array for walking over all, which is what a broadcast does, and a hash by routing
// id, which is what an arriving message needs. Numbers are given in turn, so that one
// does not come back soon, and only if its slot is free, so that they lead straight to
// their entry: with thousands of connections that come and go, nothing is searched for
// while messages are handled.

#include "broker/peers.h"

#include <assert.h>
#include <czmq.h>

struct zr_peers {
    zr_peers_entry_t *entries[ZR_PEERS_MAX];
    zr_peers_entry_t *slots[ZR_PEERS_MAX]; // the same, at number % ZR_PEERS_MAX
    size_t count;
    zhash_t *by_id; // routing id in hexadecimal -> entry, not owned
    zr_room_peer_t last;
};

zr_peers_t *
zr_peers_new (void)
{
    zr_peers_t *self = zmalloc (sizeof *self);
    self->by_id = zhash_new ();
    return self;
}

void
zr_peers_destroy (zr_peers_t **self_p)
{
    assert (self_p);
    zr_peers_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        freen (self->entries[i]);
    zhash_destroy (&self->by_id);
    freen (self);
    *self_p = NULL;
}

static void
s_key (char key[2 * ZR_PEERS_ID_MAX + 1], const uint8_t *id, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        key[2 * i] = digits[id[i] >> 4];
        key[2 * i + 1] = digits[id[i] & 15];
    }
    key[2 * len] = '\0';
}

zr_peers_entry_t *
zr_peers_at (zr_peers_t *self, const uint8_t *id, size_t id_len)
{
    char key[2 * ZR_PEERS_ID_MAX + 1];
    assert (id_len <= ZR_PEERS_ID_MAX);
    s_key (key, id, id_len);
    zr_peers_entry_t *entry = zhash_lookup (self->by_id, key);
    if (entry || self->count == ZR_PEERS_MAX)
        return entry;
    entry = zmalloc (sizeof *entry);
    do
        self->last++;
    while (self->last == 0 || self->slots[self->last % ZR_PEERS_MAX]);
    entry->peer = self->last;
    self->slots[self->last % ZR_PEERS_MAX] = entry;
    memcpy (entry->id, id, id_len);
    entry->id_len = id_len;
    entry->fd = -1;
    entry->place = self->count;
    self->entries[self->count++] = entry;
    zhash_insert (self->by_id, key, entry);
    return entry;
}

zr_peers_entry_t *
zr_peers_by_number (zr_peers_t *self, zr_room_peer_t peer)
{
    zr_peers_entry_t *entry = self->slots[peer % ZR_PEERS_MAX];
    return entry && entry->peer == peer ? entry : NULL;
}

zr_peers_entry_t *
zr_peers_by_fd (zr_peers_t *self, int fd)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->entries[i]->fd == fd && !self->entries[i]->closed)
            return self->entries[i];
    return NULL;
}

zr_peers_entry_t *const *
zr_peers_all (zr_peers_t *self, size_t *count)
{
    *count = self->count;
    return self->entries;
}

void
zr_peers_remove (zr_peers_t *self, zr_peers_entry_t **entry_p)
{
    char key[2 * ZR_PEERS_ID_MAX + 1];
    zr_peers_entry_t *entry = *entry_p;
    s_key (key, entry->id, entry->id_len);
    zhash_delete (self->by_id, key);
    zr_peers_entry_t *last = self->entries[--self->count];
    self->entries[entry->place] = last;
    last->place = entry->place;
    self->slots[entry->peer % ZR_PEERS_MAX] = NULL;
    freen (entry);
    *entry_p = NULL;
}
