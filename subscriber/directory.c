// SPDX-License-Identifier: MPL-2.0
// An array in the order of arrival: who comes first in it is the first. Two publishers
// under one name are a moment's state, which their broker ends by renaming one: the one
// heard first keeps the entry while it speaks. An id under a new name is that renaming.

#include "subscriber/directory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TAKEOVER_US 1500000 // three messages that did not come: another has the name

typedef struct {
    zr_room_id_t id; // empty: none was heard
    int64_t since_us, heard_us;
} room_t;

struct zr_directory {
    zr_directory_stream_t streams[ZR_DIRECTORY_STREAMS_MAX];
    int count;
    room_t rooms[ZR_DIRECTORY_ORIGINS_MAX];
};

zr_directory_t *
zr_directory_new (void)
{
    zr_directory_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    return self;
}

void
zr_directory_destroy (zr_directory_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}

bool
zr_directory_concerns (const void *part, size_t len)
{
    return zr_room_topic_is_info (part, len) || zr_room_topic_is_room (part, len);
}

static void
s_remove (zr_directory_t *self, int i)
{
    self->count--;
    memmove (&self->streams[i], &self->streams[i + 1],
             (size_t) (self->count - i) * sizeof *self->streams);
}

// Index of a stream, or -1.
static int
s_find (const zr_directory_t *self, int origin, const char *name)
{
    for (int i = 0; i < self->count; i++)
        if (self->streams[i].origin == origin &&
            strcmp (self->streams[i].name, name) == 0)
            return i;
    return -1;
}

static void
s_note_stream (zr_directory_t *self, zr_directory_stream_t *told, int64_t now_us)
{
    int known = s_find (self, told->origin, told->name);
    if (known >= 0 && strcmp (self->streams[known].info.id, told->info.id) != 0 &&
        now_us - self->streams[known].heard_us < TAKEOVER_US)
        return;
    for (int i = self->count - 1; i >= 0; i--)
        if (self->streams[i].origin == told->origin &&
            strcmp (self->streams[i].info.id, told->info.id) == 0 &&
            strcmp (self->streams[i].name, told->name) != 0)
            s_remove (self, i); // it has another name now
    known = s_find (self, told->origin, told->name);
    if (known < 0 && self->count == ZR_DIRECTORY_STREAMS_MAX)
        return;
    if (known < 0)
        known = self->count++;
    told->heard_us = told->alive_us = now_us;
    self->streams[known] = *told;
}

static void
s_note_room (zr_directory_t *self, int origin, const char *id, int64_t now_us)
{
    room_t *room = &self->rooms[origin];
    if (strcmp (id, room->id) != 0) {
        memcpy (room->id, id, sizeof room->id);
        room->since_us = now_us;
    }
    room->heard_us = now_us;
}

int
zr_directory_hear (zr_directory_t *self, int origin, zmq_msg_t parts[2], int64_t now_us)
{
    assert (self && parts);
    assert (origin >= 0 && origin < ZR_DIRECTORY_ORIGINS_MAX);
    zr_room_self_t room;
    if (zr_room_self_read (&room, parts) == 0) {
        s_note_room (self, origin, room.id, now_us);
        return 0;
    }
    zr_directory_stream_t told = {.origin = origin};
    if (zr_room_info_read (&told.info, told.name, parts))
        return -1;
    s_note_stream (self, &told, now_us);
    return 0;
}

void
zr_directory_picture (zr_directory_t *self, int origin, const char *name,
                      int64_t when_us)
{
    int i = s_find (self, origin, name);
    if (i >= 0 && self->streams[i].alive_us < when_us)
        self->streams[i].alive_us = when_us;
}

void
zr_directory_expire (zr_directory_t *self, int64_t now_us)
{
    for (int i = self->count - 1; i >= 0; i--)
        if (now_us - self->streams[i].alive_us >= ZR_DIRECTORY_GONE_US)
            s_remove (self, i);
    for (int i = 0; i < ZR_DIRECTORY_ORIGINS_MAX; i++)
        if (self->rooms[i].id[0] &&
            now_us - self->rooms[i].heard_us >= ZR_DIRECTORY_GONE_US)
            self->rooms[i] = (room_t){0};
}

void
zr_directory_forget (zr_directory_t *self, int origin)
{
    assert (origin >= 0 && origin < ZR_DIRECTORY_ORIGINS_MAX);
    for (int i = self->count - 1; i >= 0; i--)
        if (self->streams[i].origin == origin)
            s_remove (self, i);
    self->rooms[origin] = (room_t){0};
}

int
zr_directory_count (const zr_directory_t *self)
{
    return self->count;
}

const zr_directory_stream_t *
zr_directory_at (const zr_directory_t *self, int i)
{
    assert (i >= 0 && i < self->count);
    return &self->streams[i];
}

const zr_directory_stream_t *
zr_directory_find (const zr_directory_t *self, int origin, const char *name)
{
    int i = s_find (self, origin, name);
    return i >= 0 ? &self->streams[i] : NULL;
}

bool
zr_directory_is_double (const zr_directory_t *self, const zr_directory_stream_t *stream)
{
    for (const zr_directory_stream_t *i = self->streams; i < stream; i++)
        if (strcmp (i->info.id, stream->info.id) == 0)
            return true;
    return false;
}

bool
zr_directory_is_double_room (const zr_directory_t *self, int origin)
{
    const room_t *room = &self->rooms[origin];
    for (int i = 0; i < ZR_DIRECTORY_ORIGINS_MAX && room->id[0]; i++) {
        const room_t *other = &self->rooms[i];
        if (i != origin && strcmp (other->id, room->id) == 0 &&
            (other->since_us < room->since_us ||
             (other->since_us == room->since_us && i < origin)))
            return true;
    }
    return false;
}
