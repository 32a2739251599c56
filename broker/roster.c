// SPDX-License-Identifier: MPL-2.0
// Hash tables whose keys lie in the persons themselves, and lists for every order that
// is asked for: of joining, of leaving, of being due. Awaited are two lists, since each
// reason has its own patience and so its own order.
//
// Absent persons who never had a line stored are of no further use and go first.

#include "broker/roster.h"

#include <assert.h>
#include <czmq.h>

struct zr_roster {
    zhashx_t *tokens;  // all; owns nothing
    zhashx_t *keys;    // those present
    zhashx_t *peers;   // those with a connection
    zlistx_t *present; // in order of joining
    zlistx_t *absent;  // who is forgotten first comes first
    zlistx_t *lost;    // awaited; first due first
    zlistx_t *restarting;
    zlistx_t *unsaved;
};

static size_t
s_hash_peer (const void *key)
{
    return (size_t) (uintptr_t) key;
}

static int
s_compare_peers (const void *a, const void *b)
{
    return a != b;
}

static const void *
s_peer_key (zr_room_peer_t peer)
{
    return (const void *) (uintptr_t) peer;
}

// A table that neither copies nor frees its keys.
static zhashx_t *
s_new_table (void)
{
    zhashx_t *table = zhashx_new ();
    zhashx_set_key_duplicator (table, NULL);
    zhashx_set_key_destructor (table, NULL);
    return table;
}

zr_roster_t *
zr_roster_new (void)
{
    zr_roster_t *self = zmalloc (sizeof *self);
    self->tokens = s_new_table ();
    self->keys = s_new_table ();
    self->peers = s_new_table ();
    zhashx_set_key_hasher (self->peers, s_hash_peer);
    zhashx_set_key_comparator (self->peers, s_compare_peers);
    self->present = zlistx_new ();
    self->absent = zlistx_new ();
    self->lost = zlistx_new ();
    self->restarting = zlistx_new ();
    self->unsaved = zlistx_new ();
    return self;
}

static void
s_free_all (zlistx_t *list)
{
    zr_person_t *person;
    while ((person = zlistx_detach (list, NULL))) {
        free (person->key);
        free (person);
    }
}

void
zr_roster_destroy (zr_roster_t **self_p)
{
    assert (self_p);
    zr_roster_t *self = *self_p;
    if (!self)
        return;
    zhashx_destroy (&self->tokens);
    zhashx_destroy (&self->keys);
    zhashx_destroy (&self->peers);
    s_free_all (self->present);
    s_free_all (self->absent);
    zlistx_destroy (&self->present);
    zlistx_destroy (&self->absent);
    zlistx_destroy (&self->lost);
    zlistx_destroy (&self->restarting);
    zlistx_destroy (&self->unsaved);
    free (self);
    *self_p = NULL;
}

zr_person_t *
zr_roster_by_token (zr_roster_t *self, const char *token)
{
    return zhashx_lookup (self->tokens, token);
}

zr_person_t *
zr_roster_by_key (zr_roster_t *self, const char *key)
{
    return zhashx_lookup (self->keys, key);
}

zr_person_t *
zr_roster_by_peer (zr_roster_t *self, zr_room_peer_t peer)
{
    return zhashx_lookup (self->peers, s_peer_key (peer));
}

zr_person_t *
zr_roster_add (zr_roster_t *self, const char *token)
{
    zr_person_t *person = zmalloc (sizeof *person);
    snprintf (person->token, sizeof person->token, "%s", token);
    int status = zhashx_insert (self->tokens, person->token, person);
    assert (status == 0);
    person->place = zlistx_add_end (self->absent, person);
    return person;
}

static void
s_name (zr_roster_t *self, zr_person_t *person, const char *nick, const char *key)
{
    snprintf (person->nick, sizeof person->nick, "%s", nick);
    person->key = strdup (key);
    assert (person->key);
    int status = zhashx_insert (self->keys, person->key, person);
    assert (status == 0);
}

static void
s_unname (zr_roster_t *self, zr_person_t *person)
{
    zhashx_delete (self->keys, person->key);
    free (person->key);
    person->key = NULL;
}

void
zr_roster_enter (zr_roster_t *self, zr_person_t *person, const char *nick,
                 const char *key)
{
    assert (!person->present);
    zlistx_detach (self->absent, person->place);
    person->place = zlistx_add_end (self->present, person);
    person->present = true;
    s_name (self, person, nick, key);
}

void
zr_roster_rename (zr_roster_t *self, zr_person_t *person, const char *nick,
                  const char *key)
{
    assert (person->present);
    s_unname (self, person);
    s_name (self, person, nick, key);
}

// Neither connected nor awaited.
static void
s_disconnect (zr_roster_t *self, zr_person_t *person)
{
    if (person->peer)
        zhashx_delete (self->peers, s_peer_key (person->peer));
    if (person->wait)
        zlistx_detach (person->restarting ? self->restarting : self->lost,
                       person->wait);
    person->peer = 0;
    person->wait = NULL;
}

void
zr_roster_connect (zr_roster_t *self, zr_person_t *person, zr_room_peer_t peer)
{
    assert (person->present && peer);
    s_disconnect (self, person);
    person->peer = peer;
    int status = zhashx_insert (self->peers, s_peer_key (peer), person);
    assert (status == 0);
}

void
zr_roster_await (zr_roster_t *self, zr_person_t *person, int64_t back_ms,
                 bool restarting)
{
    assert (person->present);
    s_disconnect (self, person);
    person->back_ms = back_ms;
    person->restarting = restarting;
    person->wait = zlistx_add_end (restarting ? self->restarting : self->lost, person);
}

void
zr_roster_leave (zr_roster_t *self, zr_person_t *person)
{
    assert (person->present);
    s_disconnect (self, person);
    s_unname (self, person);
    zlistx_detach (self->present, person->place);
    person->present = false;
    if (person->accepted)
        person->place = zlistx_add_end (self->absent, person);
    else
        person->place = zlistx_add_start (self->absent, person);
}

zr_person_t *
zr_roster_first_due (zr_roster_t *self)
{
    zr_person_t *lost = zlistx_first (self->lost);
    zr_person_t *restarting = zlistx_first (self->restarting);
    if (lost && restarting)
        return lost->back_ms <= restarting->back_ms ? lost : restarting;
    return lost ? lost : restarting;
}

void
zr_roster_mark_unsaved (zr_roster_t *self, zr_person_t *person)
{
    if (!person->unsaved)
        person->unsaved_place = zlistx_add_end (self->unsaved, person);
    person->unsaved = true;
}

void
zr_roster_mark_saved (zr_roster_t *self, zr_person_t *person)
{
    if (person->unsaved)
        zlistx_detach (self->unsaved, person->unsaved_place);
    person->unsaved = false;
}

zr_person_t *
zr_roster_first_unsaved (zr_roster_t *self)
{
    return zlistx_first (self->unsaved);
}

zr_person_t *
zr_roster_next_unsaved (zr_roster_t *self)
{
    return zlistx_next (self->unsaved);
}

// Whether an absent one may be forgotten even though there is room. One that the
// history knows as present must be told to it first.
static bool
s_is_useless (const zr_person_t *person)
{
    return person->accepted == 0 && !(person->saved && person->unsaved);
}

void
zr_roster_sweep (zr_roster_t *self)
{
    zr_person_t *person;
    while ((person = zlistx_first (self->absent)) &&
           (s_is_useless (person) || zlistx_size (self->absent) > ZR_ROOM_KNOWN_MAX)) {
        zr_roster_mark_saved (self, person);
        zlistx_detach (self->absent, person->place);
        zhashx_delete (self->tokens, person->token);
        free (person);
    }
}

size_t
zr_roster_count (zr_roster_t *self)
{
    return zlistx_size (self->present);
}

size_t
zr_roster_names (zr_roster_t *self, char *text, size_t size)
{
    assert (text && size > 0);
    size_t at = 0;
    zr_person_t *person = zlistx_first (self->present);
    for (; person; person = zlistx_next (self->present)) {
        size_t len = strlen (person->nick), gap = at > 0;
        if (at + gap + len >= size)
            break;
        if (gap)
            text[at++] = '\n';
        memcpy (text + at, person->nick, len);
        at += len;
    }
    text[at] = '\0';
    return zlistx_size (self->present);
}
