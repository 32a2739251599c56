// SPDX-License-Identifier: MPL-2.0
// Named streams are taken here only while nobody has told of any for a while, counted
// from the connection on: then it is no room and no publisher of ours that is met.

#include "subscriber/scout.h"

#include <assert.h>
#include <czmq.h>
#include <fnmatch.h>

#include "common/endpoint.h"
#include "common/wire.h"

#define QUIET_US 1000000 // nobody has told of a stream so long: nobody will
#define LOST_US 3000000  // the same where somebody did before

struct zr_scout {
    const zr_list_t *streams;
    char label[ZR_WIRE_LABEL_MAX];
    zr_link_t *link;
    bool connected;
    bool heard;       // somebody told, by this connection
    int64_t quiet_us; // since when nobody does, monotonic
    bool takes_named;
};

bool
zr_scout_is_pattern (const char *text)
{
    return strpbrk (text, "*?[") != NULL;
}

bool
zr_scout_wants (const zr_list_t *streams, const char *name)
{
    for (int i = 0; i < streams->count; i++) {
        const char *text = streams->items[i];
        if (zr_scout_is_pattern (text) ? fnmatch (text, name, 0) == 0
                                       : streq (text, name))
            return true;
    }
    return streams->count == 0;
}

// Whether a subscription to text would bring topics, all of which begin so.
static bool
s_is_topic (const char *text, size_t len)
{
    static const char *const topics[] = {"full/", "half/", "quarter/", "info/",
                                         "room/"};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        size_t common = strlen (topics[i]) < len ? strlen (topics[i]) : len;
        if (memcmp (topics[i], text, common) == 0)
            return true;
    }
    return false;
}

// Other people's senders: those named by the text itself, as far as it is no pattern.
static void
s_subscribe_labels (zr_scout_t *self)
{
    for (int i = 0; i < self->streams->count; i++) {
        const char *text = self->streams->items[i];
        size_t len =
            zr_scout_is_pattern (text) ? strcspn (text, "*?[\\") : strlen (text);
        if (!s_is_topic (text, len))
            zr_link_subscribe (self->link, text, len);
    }
}

static void
s_subscribe (zr_scout_t *self)
{
    zr_link_subscribe (self->link, "info/", 5);
    zr_link_subscribe (self->link, "room/", 5);
    zr_link_subscribe (self->link, "{", 1); // imagezmq; its text is inside
    if (zr_scout_wants (self->streams, self->label)) {
        zr_link_subscribe (self->link, "/9j/", 4);
        zr_link_subscribe (self->link, "\xff\xd8", 2);
    }
    s_subscribe_labels (self);
}

// Of single names nothing: they have links of their own at any rate.
static void
s_take_named (zr_scout_t *self, bool take)
{
    char topic[ZR_WIRE_TOPIC_MAX + ZR_WIRE_LABEL_MAX] = "full/";
    void (*change) (zr_link_t *, const void *, size_t) =
        take ? zr_link_subscribe : zr_link_unsubscribe;
    if (self->takes_named == take)
        return;
    self->takes_named = take;
    if (!self->streams->count)
        change (self->link, topic, strlen (topic));
    for (int i = 0; i < self->streams->count; i++) {
        const char *text = self->streams->items[i];
        if (!zr_scout_is_pattern (text))
            continue;
        snprintf (topic, sizeof topic, "full/%.*s", (int) strcspn (text, "*?[\\"),
                  text);
        change (self->link, topic, strlen (topic));
    }
}

zr_scout_t *
zr_scout_new (const char *endpoint, const zr_list_t *streams)
{
    assert (endpoint && streams);
    zr_scout_t *self = zmalloc (sizeof *self);
    self->streams = streams;
    zr_endpoint_label (endpoint, self->label, sizeof self->label);
    self->link = zr_link_new (endpoint);
    self->quiet_us = zclock_usecs ();
    s_subscribe (self);
    if (zr_link_connect (self->link))
        zr_scout_destroy (&self);
    return self;
}

void
zr_scout_destroy (zr_scout_t **self_p)
{
    assert (self_p);
    zr_scout_t *self = *self_p;
    if (!self)
        return;
    zr_link_destroy (&self->link);
    freen (self);
    *self_p = NULL;
}

zr_link_t *
zr_scout_link (const zr_scout_t *self)
{
    return self->link;
}

const char *
zr_scout_label (const zr_scout_t *self)
{
    return self->label;
}

void
zr_scout_heard (zr_scout_t *self)
{
    self->heard = true;
    self->quiet_us = zclock_usecs ();
}

bool
zr_scout_takes_named (const zr_scout_t *self)
{
    return self->takes_named;
}

bool
zr_scout_watch (zr_scout_t *self)
{
    int64_t now_us = zclock_usecs ();
    int connections = zr_link_watch (self->link);
    bool connected = connections > 0;
    if (connected && !self->connected) {
        self->heard = false;
        self->quiet_us = now_us;
    }
    self->connected = connected;
    bool quiet = now_us - self->quiet_us > (self->heard ? LOST_US : QUIET_US);
    s_take_named (self, quiet && connections != 0);
    return connected;
}
