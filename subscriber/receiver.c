// SPDX-License-Identifier: MPL-2.0
// The thread polls all scouts and links, and some ten times a second, or when it is
// told of a stream, compares what the directory knows with what is open.

#include "subscriber/receiver.h"

#include <assert.h>
#include <czmq.h>
#include <stdatomic.h>

#include "common/endpoint.h"
#include "common/log.h"
#include "common/socket.h"
#include "subscriber/directory.h"
#include "subscriber/places.h"
#include "subscriber/scout.h"

#define TICK_US 100000
#define EARLY_US 25000 // a message that comes so shortly before saves a wake-up
#define BURST_MAX 64   // messages read from one socket before the next has its turn
#define ORIGINS_MAX ZR_DIRECTORY_ORIGINS_MAX
#define SOURCES_MAX (1 + ORIGINS_MAX + ZR_STREAMS_MAX * ZR_FEED_LINKS_MAX)

// One endpoint. It keeps its number for as long as nobody else needs it.
typedef struct {
    char endpoint[ZR_ENDPOINT_MAX];
    zr_scout_t *scout; // NULL: it is not there, or not any more
    bool doubled;      // another one is the same room
    bool released;     // it goes when it has no connection
} origin_t;

// What one poll item belongs to: a scout's origin, or a link and its place.
typedef struct {
    int origin;
    zr_place_t *place; // NULL: the scout's
    zr_link_t *link;
} source_t;

struct zr_receiver {
    zr_receiver_settings_t settings;
    zactor_t *actor;
    zr_places_t *places;
    atomic_int connections;
    atomic_bool keep;
    _Atomic uint64_t bad;

    // The thread's own.
    origin_t origins[ORIGINS_MAX];
    zr_directory_t *directory;
    zmq_pollitem_t items[SOURCES_MAX];
    source_t sources[SOURCES_MAX]; // of each item
    int sources_count;
    bool changed; // the two above are old
    bool told;    // the directory has news
    bool said_bad;
};

// The place of that stream, for one that may have links; NULL if there are too many.
static zr_place_t *
s_fed_place (zr_receiver_t *self, int origin, const char *name)
{
    zr_place_t *place = zr_places_find (self->places, origin, name);
    if (place && !place->feed)
        place->feed = zr_feed_new (self->origins[origin].endpoint, name);
    return place;
}

static void
s_appear (zr_receiver_t *self, zr_place_t *place)
{
    zr_places_appear (self->places, place, self->origins[place->origin].endpoint);
}

// Opens and closes what the directory, the user and the view want of a stream.
static void
s_steer (zr_receiver_t *self, zr_place_t *place)
{
    assert (self && place);
    const origin_t *origin = place->origin >= 0 ? &self->origins[place->origin] : NULL;
    bool open = origin && origin->scout && !origin->doubled;
    const zr_directory_stream_t *told =
        open ? zr_directory_find (self->directory, place->origin, place->name) : NULL;
    if (told && zr_directory_is_double (self->directory, told))
        open = false;
    bool announced = told && open && place->feed;
    if (announced)
        s_appear (self, place);
    else if (place->announced || !open)
        zr_places_disappear (self->places, place);
    place->announced = announced;
    if (announced) {
        zr_tier_facts_t facts = {
            .offered = told->info.tiers,
            .width = told->info.width,
            .height = told->info.height,
            .fps = told->info.fps,
            .kept = atomic_load (&self->keep),
            .pinned = self->settings.tier,
        };
        zr_feed_know_exact (place->feed, told->info.exact);
        zr_stream_wanted (place->stream, &facts.tile_width, &facts.tile_height);
        zr_feed_follow (place->feed, &facts);
    } else if (place->feed && open && place->standing)
        zr_feed_take_full (place->feed);
    else if (place->feed)
        zr_feed_take_nothing (place->feed);
    self->changed = self->changed || (place->feed && zr_feed_has_changed (place->feed));
}

// ---- what comes in ------------------------------------------------------------------

static void
s_refuse (zr_receiver_t *self, int origin, const char *reason)
{
    atomic_fetch_add (&self->bad, 1);
    if (!self->said_bad)
        zr_log_warn ("subscriber",
                     "%s: a message has %s; such are counted as bad and "
                     "left out",
                     zr_scout_label (self->origins[origin].scout), reason);
    self->said_bad = true;
}

// Gives the picture of a scout's message to its stream, named says of which form.
static void
s_give_scouted (zr_receiver_t *self, int origin, const char *name, bool named,
                zmq_msg_t *payload)
{
    zr_place_t *place = zr_places_find (self->places, origin, name);
    if (!place || (named && place->feed && zr_feed_is_live (place->feed)))
        return;
    s_appear (self, place);
    const char *tier = zr_stream_tier (place->stream);
    if (named && (!tier || !streq (tier, zr_wire_tier_name (ZR_TIER_FULL))))
        zr_stream_resume (place->stream, zr_wire_tier_name (ZR_TIER_FULL));
    zr_stream_offer (place->stream, payload);
}

static void
s_take_scouted (zr_receiver_t *self, int number, zr_link_message_t *message)
{
    origin_t *origin = &self->origins[number];
    const uint8_t *first = zmq_msg_data (&message->parts[0]);
    size_t len = zmq_msg_size (&message->parts[0]);
    char name[ZR_WIRE_LABEL_MAX];
    if (message->count > 2)
        s_refuse (self, number, "more than two parts");
    else if (message->count == 2 && zr_directory_concerns (first, len)) {
        if (zr_directory_hear (self->directory, number, message->parts,
                               zclock_usecs ()))
            s_refuse (self, number, "no word of a stream or a room");
        else {
            zr_scout_heard (origin->scout);
            self->told = true;
        }
    } else if (message->count == 2 && zr_wire_stream_name (first, len, name))
        s_refuse (self, number, "a first part that names no stream");
    else if (!origin->doubled) {
        bool named = message->count == 2 && len >= 5 && memcmp (first, "full/", 5) == 0;
        if (message->count == 1)
            snprintf (name, sizeof name, "%s", zr_scout_label (origin->scout));
        if (zr_scout_wants (&self->settings.streams, name) &&
            (!named || zr_scout_takes_named (origin->scout)))
            s_give_scouted (self, number, name, named,
                            &message->parts[message->count - 1]);
    }
}

static void
s_take_linked (zr_receiver_t *self, const source_t *source, zr_link_message_t *message)
{
    zr_place_t *place = source->place;
    if (message->count != 2)
        s_refuse (self, source->origin, "not the two parts of a named stream");
    else if (zr_feed_is_for (place->feed, source->link, message)) {
        s_appear (self, place);
        zr_feed_give (place->feed, source->link, message, place->stream);
        self->changed = self->changed || zr_feed_has_changed (place->feed);
    }
}

static void
s_empty (zr_receiver_t *self, const source_t *source)
{
    zr_link_message_t message;
    for (int n = 0; n < BURST_MAX && zr_link_receive (source->link, &message); n++) {
        if (source->place)
            s_take_linked (self, source, &message);
        else
            s_take_scouted (self, source->origin, &message);
        zr_link_release (&message);
    }
}

// ---- endpoints ----------------------------------------------------------------------

static int
s_find_origin (const zr_receiver_t *self, const char *endpoint)
{
    for (int i = 0; i < ORIGINS_MAX; i++)
        if (streq (self->origins[i].endpoint, endpoint))
            return i;
    return -1;
}

// A number for an endpoint: its own, one that nobody ever had, or that of one which is
// not there any more; -1 if there is none.
static int
s_choose_origin (zr_receiver_t *self, const char *endpoint)
{
    int number = s_find_origin (self, endpoint);
    if (number < 0)
        number = s_find_origin (self, "");
    for (int i = 0; i < ORIGINS_MAX && number < 0; i++)
        if (!self->origins[i].scout)
            number = i;
    return number;
}

static int
s_add_origin (zr_receiver_t *self, const char *endpoint)
{
    int number = s_choose_origin (self, endpoint);
    if (number < 0) {
        zr_log_warn ("subscriber", "%s: more than %d endpoints; it is left out",
                     endpoint, ORIGINS_MAX);
        return -1;
    }
    origin_t *origin = &self->origins[number];
    origin->released = false;
    if (origin->scout)
        return 0;
    if (!streq (origin->endpoint, endpoint))
        zr_places_forget (self->places, number);
    snprintf (origin->endpoint, sizeof origin->endpoint, "%s", endpoint);
    const zr_list_t *streams = &self->settings.streams;
    origin->scout = zr_scout_new (endpoint, streams);
    for (int i = 0; i < streams->count && origin->scout; i++) {
        const char *name = streams->items[i];
        zr_place_t *place = NULL;
        if (!zr_scout_is_pattern (name) && zr_wire_name_is_valid (name))
            place = s_fed_place (self, number, name);
        if (place)
            place->standing = true;
    }
    self->changed = self->told = true;
    return origin->scout ? 0 : -1;
}

static void
s_remove_origin (zr_receiver_t *self, const char *endpoint)
{
    int number = s_find_origin (self, endpoint);
    if (number < 0 || !self->origins[number].scout)
        return;
    zr_scout_destroy (&self->origins[number].scout);
    zr_directory_forget (self->directory, number);
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        zr_place_t *place = zr_places_at (self->places, i);
        if (place && place->origin == number)
            place->standing = false;
    }
    self->changed = self->told = true;
}

static void
s_release_origin (zr_receiver_t *self, const char *endpoint)
{
    int number = s_find_origin (self, endpoint);
    if (number >= 0)
        self->origins[number].released = true;
}

// ---- the thread ---------------------------------------------------------------------

static void
s_add_source (zr_receiver_t *self, source_t source)
{
    self->sources[self->sources_count] = source;
    self->items[self->sources_count++] =
        (zmq_pollitem_t){.socket = zr_link_socket (source.link), .events = ZMQ_POLLIN};
}

// Lists what is to be polled, behind the pipe.
static void
s_list_sources (zr_receiver_t *self)
{
    self->changed = false;
    self->sources_count = 1;
    for (int i = 0; i < ORIGINS_MAX; i++)
        if (self->origins[i].scout)
            s_add_source (self,
                          (source_t){i, NULL, zr_scout_link (self->origins[i].scout)});
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        zr_place_t *place = zr_places_at (self->places, i);
        zr_link_t *links[ZR_FEED_LINKS_MAX];
        int count = place && place->feed ? zr_feed_links (place->feed, links) : 0;
        for (int n = 0; n < count; n++)
            s_add_source (self, (source_t){place->origin, place, links[n]});
    }
}

// Brings what is open in line with what is told.
static void
s_steer_all (zr_receiver_t *self)
{
    self->told = false;
    zr_directory_t *directory = self->directory;
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        const zr_place_t *place = zr_places_at (self->places, i);
        if (place && place->feed && place->origin >= 0)
            zr_directory_picture (directory, place->origin, place->name,
                                  zr_feed_picture_us (place->feed));
    }
    zr_directory_expire (directory, zclock_usecs ());
    for (int i = 0; i < ORIGINS_MAX; i++)
        self->origins[i].doubled = zr_directory_is_double_room (directory, i);
    for (int i = 0; i < zr_directory_count (directory); i++) {
        const zr_directory_stream_t *told = zr_directory_at (directory, i);
        if (zr_scout_wants (&self->settings.streams, told->name) &&
            !self->origins[told->origin].doubled &&
            !zr_directory_is_double (directory, told))
            s_fed_place (self, told->origin, told->name);
    }
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        zr_place_t *place = zr_places_at (self->places, i);
        if (place)
            s_steer (self, place);
    }
}

static void
s_watch_all (zr_receiver_t *self)
{
    int connections = 0;
    for (int i = 0; i < ORIGINS_MAX; i++) {
        const origin_t *origin = &self->origins[i];
        bool connected = origin->scout && zr_scout_watch (origin->scout);
        connections += connected;
        if (origin->released && !connected)
            s_remove_origin (self, origin->endpoint);
    }
    atomic_store (&self->connections, connections);
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        zr_place_t *place = zr_places_at (self->places, i);
        if (place && place->feed)
            zr_feed_watch (place->feed);
    }
}

// Obeys a command of the main thread's. Returns false if it is to end.
static bool
s_obey (zr_receiver_t *self, zsock_t *pipe)
{
    char *verb = NULL, *endpoint = NULL;
    zstr_recvx (pipe, &verb, &endpoint, NULL);
    bool ends = !verb || streq (verb, "$TERM");
    if (!ends && endpoint && streq (verb, "ADD"))
        s_add_origin (self, endpoint);
    else if (!ends && endpoint && streq (verb, "REMOVE"))
        s_remove_origin (self, endpoint);
    else if (!ends && endpoint && streq (verb, "RELEASE"))
        s_release_origin (self, endpoint);
    zstr_free (&verb);
    zstr_free (&endpoint);
    return !ends;
}

static void
s_run (zsock_t *pipe, void *args)
{
    zr_receiver_t *self = args;
    int64_t next_us = 0;
    bool running = true;
    self->items[0] =
        (zmq_pollitem_t){.socket = zsock_resolve (pipe), .events = ZMQ_POLLIN};
    zsock_signal (pipe, 0);
    while (running && !zsys_interrupted) {
        if (zclock_usecs () >= next_us - EARLY_US) {
            next_us = zclock_usecs () + TICK_US;
            s_watch_all (self);
            self->told = true;
        }
        if (self->told)
            s_steer_all (self);
        if (self->changed)
            s_list_sources (self);
        int64_t wait_us = next_us - zclock_usecs ();
        if (zmq_poll (self->items, self->sources_count,
                      wait_us > 0 ? (long) wait_us / 1000 + 1 : 0) < 0)
            continue; // interrupted
        for (int i = 1; i < self->sources_count; i++)
            if (self->items[i].revents & ZMQ_POLLIN)
                s_empty (self, &self->sources[i]);
        if (self->items[0].revents & ZMQ_POLLIN)
            running = s_obey (self, pipe);
    }
}

// ---- from outside -------------------------------------------------------------------

zr_receiver_t *
zr_receiver_new (const zr_receiver_settings_t *settings)
{
    assert (settings && settings->decoder);
    zr_receiver_t *self = zmalloc (sizeof *self);
    self->settings = *settings;
    self->directory = zr_directory_new ();
    self->sources_count = 1;
    const zr_places_settings_t places = {
        .max_age_ms = settings->max_age_ms,
        .decoder = settings->decoder,
        .notify_view = settings->notify_view,
        .view = settings->view,
    };
    self->places = zr_places_new (&places);
    int status = 0;
    sigset_t signals;
    zr_socket_hold_signals (&signals);
    for (int i = 0; i < settings->endpoints.count && status == 0; i++)
        status = s_add_origin (self, settings->endpoints.items[i]);
    if (status == 0)
        self->actor = zactor_new (s_run, self);
    zr_socket_release_signals (&signals);
    if (!self->actor)
        zr_receiver_destroy (&self);
    return self;
}

void
zr_receiver_stop (zr_receiver_t *self)
{
    zr_socket_end_actor (&self->actor);
    for (int i = 0; i < ORIGINS_MAX; i++)
        zr_scout_destroy (&self->origins[i].scout);
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        zr_place_t *place = zr_places_at (self->places, i);
        if (place)
            zr_feed_destroy (&place->feed);
    }
}

void
zr_receiver_destroy (zr_receiver_t **self_p)
{
    assert (self_p);
    zr_receiver_t *self = *self_p;
    if (!self)
        return;
    zr_receiver_stop (self);
    zr_places_destroy (&self->places);
    zr_directory_destroy (&self->directory);
    freen (self);
    *self_p = NULL;
}

void
zr_receiver_add (zr_receiver_t *self, const char *endpoint)
{
    assert (self && endpoint && strlen (endpoint) < ZR_ENDPOINT_MAX);
    zstr_sendx (self->actor, "ADD", endpoint, NULL);
}

void
zr_receiver_remove (zr_receiver_t *self, const char *endpoint)
{
    assert (self && endpoint);
    zstr_sendx (self->actor, "REMOVE", endpoint, NULL);
}

void
zr_receiver_release (zr_receiver_t *self, const char *endpoint)
{
    assert (self && endpoint);
    zstr_sendx (self->actor, "RELEASE", endpoint, NULL);
}

int
zr_receiver_streams (zr_receiver_t *self, zr_stream_t *streams[ZR_STREAMS_MAX])
{
    return zr_places_list (self->places, streams);
}

void
zr_receiver_keep (zr_receiver_t *self, bool keep)
{
    atomic_store (&self->keep, keep);
}

bool
zr_receiver_is_connected (zr_receiver_t *self)
{
    return atomic_load (&self->connections) > 0;
}

uint64_t
zr_receiver_bad (zr_receiver_t *self)
{
    return atomic_load (&self->bad);
}
