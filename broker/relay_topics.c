// SPDX-License-Identifier: MPL-2.0
// A sorted array of pointers: found by halving, and one pass gives what covers what.
// Who asked for each topic is kept, since an XPUB hands out a cancellation also if it
// came from one that never asked, and others may still want it. What goes beyond the
// bounds was taken by the XPUB nevertheless; ending its connection takes it out there
// too.

#include "broker/relay_topics.h"

#include <assert.h>
#include <czmq.h>

#include "common/room_message.h"

struct zr_relay_topics {
    zr_relay_topic_t *topics[ZR_RELAY_TOPICS_MAX];
    size_t count;
    bool changed;
    uint16_t of_fd[ZR_RELAY_CONNECTIONS_MAX]; // how many each connection asked for
};

zr_relay_topics_t *
zr_relay_topics_new (void)
{
    return zmalloc (sizeof (zr_relay_topics_t));
}

static void
s_free (zr_relay_topic_t *topic)
{
    free (topic->owners);
    free (topic);
}

void
zr_relay_topics_destroy (zr_relay_topics_t **self_p)
{
    assert (self_p);
    zr_relay_topics_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        s_free (self->topics[i]);
    free (self);
    *self_p = NULL;
}

int
zr_relay_topic_compare (const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    int order = memcmp (a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

// Where the topic is; or, with *found false, where it belongs.
static size_t
s_place (const zr_relay_topics_t *self, const uint8_t *text, size_t len, bool *found)
{
    size_t low = 0, high = self->count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const zr_relay_topic_t *topic = self->topics[middle];
        int order = zr_relay_topic_compare (topic->text, topic->len, text, len);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool
s_is_known_fd (int fd)
{
    return fd >= 0 && fd < ZR_RELAY_CONNECTIONS_MAX;
}

// Its place among the owners, or their count.
static size_t
s_owner (const zr_relay_topic_t *topic, int fd)
{
    size_t place = 0;
    while (place < topic->owners_count && topic->owners[place] != fd)
        place++;
    return place;
}

static void
s_own (zr_relay_topics_t *self, zr_relay_topic_t *topic, int fd)
{
    if (topic->owners_count == topic->owners_capacity) {
        topic->owners_capacity = 2 * topic->owners_capacity + 2;
        topic->owners =
            realloc (topic->owners, topic->owners_capacity * sizeof *topic->owners);
        assert (topic->owners);
    }
    topic->owners[topic->owners_count++] = fd;
    if (s_is_known_fd (fd))
        self->of_fd[fd]++;
    self->changed = self->changed || !topic->wanted;
    topic->wanted = true;
}

static void
s_disown (zr_relay_topics_t *self, zr_relay_topic_t *topic, int fd)
{
    size_t place = s_owner (topic, fd);
    if (place == topic->owners_count)
        return;
    topic->owners[place] = topic->owners[--topic->owners_count];
    if (s_is_known_fd (fd))
        self->of_fd[fd]--;
    topic->wanted = topic->owners_count > 0;
    self->changed = self->changed || !topic->wanted;
}

static int
s_want (zr_relay_topics_t *self, const uint8_t *text, size_t len, int fd)
{
    bool found;
    size_t place = s_place (self, text, len, &found);
    if (found && s_owner (self->topics[place], fd) < self->topics[place]->owners_count)
        return 0;
    if (len > ZR_RELAY_TOPIC_MAX ||
        (s_is_known_fd (fd) && self->of_fd[fd] >= ZR_RELAY_TOPICS_OF_ONE) ||
        (!found && self->count == ZR_RELAY_TOPICS_MAX))
        return -1;
    if (!found) {
        zr_relay_topic_t *topic = zmalloc (sizeof *topic + len);
        topic->len = len;
        memcpy (topic->text, text, len);
        memmove (&self->topics[place + 1], &self->topics[place],
                 (self->count - place) * sizeof *self->topics);
        self->topics[place] = topic;
        self->count++;
    }
    s_own (self, self->topics[place], fd);
    return 0;
}

static void
s_unwant (zr_relay_topics_t *self, const uint8_t *text, size_t len, int fd)
{
    bool found;
    size_t place = s_place (self, text, len, &found);
    if (found)
        s_disown (self, self->topics[place], fd);
}

int
zr_relay_topics_take (zr_relay_topics_t *self, const uint8_t *message, size_t len,
                      int fd)
{
    assert (self);
    if (len < 1 || message[0] > 1)
        return 0;
    if (message[0] == 1)
        return s_want (self, message + 1, len - 1, fd);
    s_unwant (self, message + 1, len - 1, fd);
    return 0;
}

void
zr_relay_topics_forget (zr_relay_topics_t *self, int fd)
{
    assert (self);
    if (!s_is_known_fd (fd))
        return;
    for (size_t i = 0; i < self->count && self->of_fd[fd]; i++)
        s_disown (self, self->topics[i], fd);
}

bool
zr_relay_topics_has_changed (const zr_relay_topics_t *self)
{
    return self->changed;
}

// Whether it is one of those that the relay asks for by itself.
static bool
s_is_own (const zr_relay_topic_t *topic)
{
    return zr_room_topic_is_info (topic->text, topic->len) ||
           zr_room_topic_is_room (topic->text, topic->len);
}

void
zr_relay_topics_settle (zr_relay_topics_t *self, zr_relay_topics_tell_fn *tell,
                        void *arg)
{
    assert (self && tell);
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        zr_relay_topic_t *topic = self->topics[i];
        if (topic->wanted != topic->told && !s_is_own (topic))
            tell (arg, topic);
        topic->told = topic->wanted;
        if (topic->wanted)
            self->topics[kept++] = topic;
        else
            s_free (topic);
    }
    self->count = kept;
    self->changed = false;
}

size_t
zr_relay_topics_roots (const zr_relay_topics_t *self, const zr_relay_topic_t **roots,
                       size_t max)
{
    assert (self && roots);
    size_t count = 0;
    for (size_t i = 0; i < self->count && count < max; i++) {
        const zr_relay_topic_t *topic = self->topics[i];
        const zr_relay_topic_t *last = count ? roots[count - 1] : NULL;
        bool covered = last && topic->len >= last->len &&
                       memcmp (topic->text, last->text, last->len) == 0;
        if (topic->wanted && !covered && !s_is_own (topic))
            roots[count++] = topic;
    }
    return count;
}
