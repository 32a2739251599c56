// SPDX-License-Identifier: MPL-2.0
// A short array, looked through from end to end: a room has tens of streams, and each
// says something twice a second. A stream is known by its publisher's id, so that one
// who takes another name is the same as before.

#include "broker/relay_names.h"

#include <assert.h>
#include <czmq.h>

#define TELL_MS 1000 // who must take another name is told so often until it does

struct zr_relay_names {
    zr_relay_stream_t streams[ZR_RELAY_STREAMS_MAX];
    size_t count;
};

zr_relay_names_t *
zr_relay_names_new (void)
{
    return zmalloc (sizeof (zr_relay_names_t));
}

void
zr_relay_names_destroy (zr_relay_names_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}

void
zr_relay_names_expire (zr_relay_names_t *self, int64_t now_ms)
{
    assert (self);
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++)
        if (now_ms - self->streams[i].heard_ms < ZR_RELAY_SILENT_MS)
            self->streams[kept++] = self->streams[i];
    self->count = kept;
}

static zr_relay_stream_t *
s_by_id (zr_relay_names_t *self, const char *id)
{
    for (size_t i = 0; i < self->count; i++)
        if (streq (self->streams[i].info.id, id))
            return &self->streams[i];
    return NULL;
}

static zr_relay_stream_t *
s_holder (zr_relay_names_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->streams[i].holds && streq (self->streams[i].name, name))
            return &self->streams[i];
    return NULL;
}

// ---- another name -------------------------------------------------------------------

static bool
s_is_free (const zr_relay_names_t *self, const zr_relay_stream_t *stream,
           const char *name)
{
    for (size_t i = 0; i < self->count; i++) {
        const zr_relay_stream_t *other = &self->streams[i];
        if (streq (other->name, name) ||
            (other != stream && streq (other->given, name)))
            return false;
    }
    return true;
}

// "name-2", or the first free one after it; the name is cut between characters where
// the whole would be too long.
static void
s_give_name (const zr_relay_names_t *self, zr_relay_stream_t *stream)
{
    if (stream->given[0] && s_is_free (self, stream, stream->given))
        return;
    for (int n = 2; n < ZR_RELAY_STREAMS_MAX * 2 + 3; n++) {
        char suffix[16];
        int suffix_len = snprintf (suffix, sizeof suffix, "-%d", n);
        size_t len = strlen (stream->name),
               max = ZR_WIRE_NAME_MAX - (size_t) suffix_len;
        if (len > max)
            for (len = max; len > 0 && ((uint8_t) stream->name[len] & 0xc0) == 0x80;)
                len--;
        snprintf (stream->given, sizeof stream->given, "%.*s%s", (int) len,
                  stream->name, suffix);
        if (s_is_free (self, stream, stream->given))
            return;
    }
    stream->given[0] = '\0'; // there are more numbers than streams
}

// Has the stream be told to take another name. One from upstream cannot be told by us.
static void
s_rename (zr_relay_names_t *self, zr_relay_stream_t *stream, int64_t now_ms,
          zr_relay_names_answer_t *answer)
{
    if (stream->said && now_ms - stream->told_ms < TELL_MS)
        return;
    if (stream->source == ZR_RELAY_HERE)
        s_give_name (self, stream);
    else if (stream->said)
        return;
    answer->rename = stream;
    answer->first = !stream->said;
    stream->said = true;
    stream->told_ms = now_ms;
}

// ---- what is heard ------------------------------------------------------------------

static zr_relay_stream_t *
s_add (zr_relay_names_t *self, const zr_room_info_t *info, int source)
{
    if (self->count == ZR_RELAY_STREAMS_MAX)
        return NULL;
    zr_relay_stream_t *stream = &self->streams[self->count++];
    *stream = (zr_relay_stream_t){.info = *info, .source = source};
    return stream;
}

zr_relay_names_answer_t
zr_relay_names_take (zr_relay_names_t *self, const char *name,
                     const zr_room_info_t *info, int source, int64_t now_ms)
{
    assert (self && name && info);
    zr_relay_names_answer_t answer = {0};
    zr_relay_names_expire (self, now_ms);
    zr_relay_stream_t *stream = s_by_id (self, info->id);
    if (stream && stream->source != source)
        return answer; // the same one by a second way
    if (!stream)
        stream = s_add (self, info, source);
    if (!stream) {
        answer.full = true;
        return answer;
    }
    if (!streq (stream->name, name)) {
        snprintf (stream->name, sizeof stream->name, "%s", name);
        stream->holds = stream->said = false;
        stream->given[0] = '\0';
    }
    stream->info = *info;
    stream->heard_ms = now_ms;

    zr_relay_stream_t *holder = s_holder (self, name);
    if (!holder)
        stream->holds = true;
    else if (holder != stream && holder->source == ZR_RELAY_HERE &&
             source != ZR_RELAY_HERE) {
        holder->holds = false;
        stream->holds = true;
        s_rename (self, holder, now_ms, &answer);
    } else if (holder != stream)
        s_rename (self, stream, now_ms, &answer);
    answer.pass = stream->holds;
    return answer;
}

bool
zr_relay_names_is_from (const zr_relay_names_t *self, const void *topic, size_t len,
                        int source)
{
    assert (self);
    const char *slash = memchr (topic, '/', len);
    if (!slash)
        return true;
    const char *name = slash + 1;
    size_t name_len = len - (size_t) (name - (const char *) topic);
    if (name_len && name[name_len - 1] == '/')
        name_len--; // an exact topic: wire.h
    for (size_t i = 0; i < self->count; i++) {
        const zr_relay_stream_t *stream = &self->streams[i];
        if (stream->holds && stream->name[0] == (name_len ? name[0] : '\0') &&
            strlen (stream->name) == name_len &&
            memcmp (stream->name, name, name_len) == 0)
            return stream->source == source;
    }
    return true;
}

const zr_relay_stream_t *
zr_relay_names_all (const zr_relay_names_t *self, size_t *count)
{
    assert (self && count);
    *count = self->count;
    return self->streams;
}
