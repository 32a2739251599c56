// SPDX-License-Identifier: MPL-2.0
// The mutex protects what both threads touch: whether a place's stream is present, or
// given up, and which it is. Only the receiver's thread changes the first two, so it
// reads them without.

#include "subscriber/places.h"

#include <assert.h>
#include <czmq.h>
#include <pthread.h>

#include "common/log.h"

#define REUSE_US 10000000 // a stream gone so long may give up its place

struct zr_places {
    zr_places_settings_t settings;
    pthread_mutex_t mutex;
    zr_place_t places[ZR_STREAMS_MAX];
    uint64_t met; // places so far
    bool said_many;
};

zr_places_t *
zr_places_new (const zr_places_settings_t *settings)
{
    assert (settings && settings->decoder);
    zr_places_t *self = zmalloc (sizeof *self);
    self->settings = *settings;
    pthread_mutex_init (&self->mutex, NULL);
    return self;
}

void
zr_places_destroy (zr_places_t **self_p)
{
    assert (self_p);
    zr_places_t *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        zr_feed_destroy (&self->places[i].feed);
        zr_stream_destroy (&self->places[i].stream);
    }
    pthread_mutex_destroy (&self->mutex);
    freen (self);
    *self_p = NULL;
}

zr_place_t *
zr_places_at (zr_places_t *self, int i)
{
    assert (i >= 0 && i < ZR_STREAMS_MAX);
    zr_place_t *place = &self->places[i];
    return place->used && !place->doomed ? place : NULL;
}

static void
s_notify_view (zr_places_t *self)
{
    if (self->settings.notify_view)
        self->settings.notify_view (self->settings.view);
}

static void
s_set_present (zr_places_t *self, zr_place_t *place, bool present)
{
    pthread_mutex_lock (&self->mutex);
    place->present = present;
    pthread_mutex_unlock (&self->mutex);
    place->gone_us = zclock_usecs ();
    s_notify_view (self);
}

void
zr_places_appear (zr_places_t *self, zr_place_t *place, const char *from)
{
    const zr_places_settings_t *settings = &self->settings;
    if (place->present)
        return;
    if (place->stream)
        zr_log_info ("subscriber", "stream \"%s\" is back", place->name);
    else {
        const zr_stream_settings_t of_stream = {
            .name = place->name,
            .notify_decoder = zr_decoder_wake,
            .decoder = settings->decoder,
            .notify_view = settings->notify_view,
            .view = settings->view,
            .max_age_ms = settings->max_age_ms,
        };
        place->stream = zr_stream_new (&of_stream);
        int full = zr_decoder_add (settings->decoder, place->stream);
        assert (!full); // it has as many places as we have
        zr_log_info ("subscriber", "stream \"%s\" from %s", place->name, from);
    }
    s_set_present (self, place, true);
}

void
zr_places_disappear (zr_places_t *self, zr_place_t *place)
{
    if (!place->present)
        return;
    zr_log_info ("subscriber", "stream \"%s\" is gone", place->name);
    s_set_present (self, place, false);
}

// Whether nobody needs the place and no stream is there that must still be freed.
static bool
s_is_free (zr_places_t *self, zr_place_t *place)
{
    if (!place->used)
        return true;
    pthread_mutex_lock (&self->mutex);
    bool freed = place->doomed && !place->stream;
    pthread_mutex_unlock (&self->mutex);
    return freed;
}

// Gives up the place whose stream has been gone longest, if it has been for long.
// Returns whether there is, or was, one.
static bool
s_give_up_one (zr_places_t *self)
{
    zr_place_t *oldest = NULL;
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        zr_place_t *place = &self->places[i];
        if (place->doomed)
            return true;
        if (place->present || place->standing ||
            zclock_usecs () - place->gone_us < REUSE_US)
            continue;
        if (!oldest || place->gone_us < oldest->gone_us)
            oldest = place;
    }
    if (!oldest)
        return false;
    pthread_mutex_lock (&self->mutex);
    oldest->doomed = true;
    pthread_mutex_unlock (&self->mutex);
    s_notify_view (self);
    return true;
}

// NULL if there is none now. Who asks will do so again, with the next message.
static zr_place_t *
s_take_place (zr_places_t *self, int origin, const char *name)
{
    int i = 0;
    while (i < ZR_STREAMS_MAX && !s_is_free (self, &self->places[i]))
        i++;
    if (i == ZR_STREAMS_MAX) {
        if (!s_give_up_one (self) && !self->said_many) {
            zr_log_warn ("subscriber",
                         "more than %d streams; \"%s\" and further ones "
                         "are left out: choose with --stream",
                         ZR_STREAMS_MAX, name);
            self->said_many = true;
        }
        return NULL;
    }
    zr_place_t *place = &self->places[i];
    zr_feed_destroy (&place->feed); // idle since it went
    pthread_mutex_lock (&self->mutex);
    *place = (zr_place_t){.used = true, .origin = origin, .number = ++self->met};
    pthread_mutex_unlock (&self->mutex);
    snprintf (place->name, sizeof place->name, "%s", name);
    place->gone_us = zclock_usecs ();
    return place;
}

zr_place_t *
zr_places_find (zr_places_t *self, int origin, const char *name)
{
    assert (self && name);
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        zr_place_t *place = zr_places_at (self, i);
        if (place && place->origin == origin && streq (place->name, name))
            return place;
    }
    return s_take_place (self, origin, name);
}

void
zr_places_forget (zr_places_t *self, int origin)
{
    for (int i = 0; i < ZR_STREAMS_MAX; i++)
        if (self->places[i].used && self->places[i].origin == origin)
            self->places[i].origin = -1;
}

// Frees the stream of a place that was given up.
static void
s_free_stream (zr_places_t *self, zr_place_t *place)
{
    zr_stream_t *stream = place->stream;
    zr_decoder_remove (self->settings.decoder, stream);
    zr_stream_destroy (&stream);
    pthread_mutex_lock (&self->mutex);
    place->stream = NULL;
    pthread_mutex_unlock (&self->mutex);
}

int
zr_places_list (zr_places_t *self, zr_stream_t *streams[ZR_STREAMS_MAX])
{
    uint64_t numbers[ZR_STREAMS_MAX] = {0};
    zr_place_t *doomed = NULL;
    int count = 0;
    pthread_mutex_lock (&self->mutex);
    for (int i = 0; i < ZR_STREAMS_MAX; i++) {
        zr_place_t *place = &self->places[i];
        if (place->doomed && place->stream)
            doomed = place;
        if (!place->present)
            continue;
        int at = count++;
        for (; at > 0 && numbers[at - 1] > place->number; at--) {
            numbers[at] = numbers[at - 1];
            streams[at] = streams[at - 1];
        }
        numbers[at] = place->number;
        streams[at] = place->stream;
    }
    pthread_mutex_unlock (&self->mutex);
    if (doomed)
        s_free_stream (self, doomed);
    return count;
}
