// SPDX-License-Identifier: MPL-2.0
// An array in the order of arrival: who comes first in it is the first. Two publishers
// under one name are a moment's state, which their broker ends by renaming one: the one
// heard first keeps the entry while it speaks. An id under a new name is that renaming.
// JSON by jansson; keys that are not ours are skipped.

#include "subscriber/directory.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/picture.h"
#include "common/text.h"

#define PREFIX_LEN 5        // "info/", "room/"
#define TAKEOVER_US 1500000 // three messages that did not come: another has the name
#define FPS_MAX 10000       // a number above these is no such number
#define KBIT_S_MAX 100000000

typedef struct {
    char id[ZR_DIRECTORY_ID_SIZE]; // empty: none was heard
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
    return len >= PREFIX_LEN && (memcmp (part, "info/", PREFIX_LEN) == 0 ||
                                 memcmp (part, "room/", PREFIX_LEN) == 0);
}

// Copies text that is an id. Returns 0, or -1 if it is none.
static int
s_read_id (char id[ZR_DIRECTORY_ID_SIZE], const char *text, size_t len)
{
    if (!text || len != ZR_DIRECTORY_ID_SIZE - 1)
        return -1;
    memcpy (id, text, len);
    id[len] = '\0';
    return strspn (id, "0123456789abcdef") == len ? 0 : -1;
}

// 0 if it is no number, or none that can be.
static double
s_read_number (const json_t *root, const char *key, double max)
{
    double value = json_number_value (json_object_get (root, key));
    return value > 0 && value <= max ? value : 0;
}

static unsigned
s_read_tiers (const json_t *root)
{
    const json_t *list = json_object_get (root, "tiers");
    unsigned tiers = 0;
    for (size_t i = 0; i < json_array_size (list); i++) {
        const char *name = json_string_value (json_array_get (list, i));
        for (zr_tier_t tier = ZR_TIER_FULL; name && tier < ZR_TIERS; tier++)
            if (strcmp (name, zr_wire_tier_name (tier)) == 0)
                tiers |= 1u << tier;
    }
    return tiers ? tiers : 1u << ZR_TIER_FULL;
}

// Reads the parts of an info/ message, but for where and when. Returns 0, or -1.
static int
s_read_stream (zr_directory_stream_t *stream, zmq_msg_t parts[2], const json_t *root)
{
    const char *topic = zmq_msg_data (&parts[0]);
    size_t len = zmq_msg_size (&parts[0]) - PREFIX_LEN;
    *stream = (zr_directory_stream_t){0};
    if (len > ZR_WIRE_NAME_MAX)
        return -1;
    memcpy (stream->name, topic + PREFIX_LEN, len);
    if (strlen (stream->name) != len || !zr_wire_name_is_valid (stream->name))
        return -1;
    const json_t *id = json_object_get (root, "id");
    if (s_read_id (stream->id, json_string_value (id), json_string_length (id)))
        return -1;
    stream->width = (int) s_read_number (root, "width", ZR_PICTURE_SIDE_MAX);
    stream->height = (int) s_read_number (root, "height", ZR_PICTURE_SIDE_MAX);
    stream->fps = s_read_number (root, "fps", FPS_MAX);
    stream->kbit_s = s_read_number (root, "kbit_s", KBIT_S_MAX);
    stream->tiers = s_read_tiers (root);
    stream->exact = json_is_true (json_object_get (root, "exact"));
    const json_t *source = json_object_get (root, "source");
    if (json_is_string (source))
        zr_text_clean (stream->source, sizeof stream->source,
                       json_string_value (source), json_string_length (source));
    return 0;
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
    if (known >= 0 && strcmp (self->streams[known].id, told->id) != 0 &&
        now_us - self->streams[known].heard_us < TAKEOVER_US)
        return;
    for (int i = self->count - 1; i >= 0; i--)
        if (self->streams[i].origin == told->origin &&
            strcmp (self->streams[i].id, told->id) == 0 &&
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

static int
s_note_room (zr_directory_t *self, int origin, zmq_msg_t *topic, int64_t now_us)
{
    room_t *room = &self->rooms[origin];
    char id[ZR_DIRECTORY_ID_SIZE];
    if (s_read_id (id, (const char *) zmq_msg_data (topic) + PREFIX_LEN,
                   zmq_msg_size (topic) - PREFIX_LEN))
        return -1;
    if (strcmp (id, room->id) != 0) {
        memcpy (room->id, id, sizeof id);
        room->since_us = now_us;
    }
    room->heard_us = now_us;
    return 0;
}

int
zr_directory_hear (zr_directory_t *self, int origin, zmq_msg_t parts[2], int64_t now_us)
{
    assert (self && parts);
    assert (origin >= 0 && origin < ZR_DIRECTORY_ORIGINS_MAX);
    size_t len = zmq_msg_size (&parts[1]);
    if (!zr_directory_concerns (zmq_msg_data (&parts[0]), zmq_msg_size (&parts[0])) ||
        len > ZR_DIRECTORY_JSON_MAX)
        return -1;
    json_t *root = json_loadb (zmq_msg_data (&parts[1]), len, 0, NULL);
    int status = -1;
    if (json_is_object (root) && *(const char *) zmq_msg_data (&parts[0]) == 'r')
        status = s_note_room (self, origin, &parts[0], now_us);
    else if (json_is_object (root)) {
        zr_directory_stream_t told;
        status = s_read_stream (&told, parts, root);
        told.origin = origin;
        if (status == 0)
            s_note_stream (self, &told, now_us);
    }
    json_decref (root);
    return status;
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
        if (strcmp (i->id, stream->id) == 0)
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
