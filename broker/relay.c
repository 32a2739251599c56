// SPDX-License-Identifier: MPL-2.0
// One thread and one loop. A message's two parts are received into two zmq_msg_t that
// are used again and again, and sent from them: what moves is a pointer. Only the first
// part is looked at, for info/ and room/. An XPUB never blocks: a viewer whose pipe
// (high-water mark 1) is full misses the picture.

#include "broker/relay.h"

#include <assert.h>

#include "broker/bucket.h"
#include "broker/relay_viewers.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/socket.h"
#include "common/text.h"

#define SUBSCRIPTION_MAX 4096 // bytes of a message that a viewer may send
#define BURST_MAX 256         // messages read from one socket before the next
#define PICTURE_QUEUE 4       // pictures that wait for us, of one publisher
#define UPWARD_QUEUE 16384    // subscriptions on their way to one publisher
#define BACKLOG 1024          // connections at once: a viewer has one for each stream
#define TICK_US 100000
#define BUSY_US 40000         // without a picture for so long, viewers wake us again
#define SETTLE_US 10000       // how often publishers are told of subscriptions
#define ROOM_US 450000        // how often we tell of ourselves
#define ROOM_SPREAD_US 100000 // not in step with others: of two at once one is lost
#define REPORT_US 1000000
#define INFOS_MAX 2000 // info/ messages read a second
#define RENAME 2       // the first byte of a message up to the publishers

// Where a message comes from.
typedef struct {
    int number;   // ZR_RELAY_HERE, or that of the upstream
    bool control; // its control connection
} source_t;

enum { OUT, PIPE, MONITOR, IN, UPSTREAMS }; // places in the list of what is polled

struct zr_relay {
    zr_relay_settings_t settings;
    zsock_t *in;  // XSUB
    zsock_t *out; // XPUB
    zactor_t *actor;
    zr_relay_upstream_t *upstreams[ZR_LIST_MAX];
    int upstreams_count;
    zr_relay_viewers_t *viewers;
    zr_relay_topics_t *topics; // the viewers'
    zr_relay_names_t *names;
    zr_room_self_t room; // ourselves
    int64_t room_every_us;
    zmq_msg_t parts[2]; // of the message in hand

    zmq_pollitem_t *items;
    source_t *sources; // of the items from UPSTREAMS on
    size_t items_count, items_capacity;
    bool items_old;

    zr_bucket_t infos, lines;
    zr_relay_report_t report;
    int64_t next_tick_us, next_settle_us, next_room_us, next_report_us;
    bool states_changed; // of an upstream
    bool busy;           // pictures came just now
    bool said_full;
};

// ---- downwards ----------------------------------------------------------------------

// Sends the parts in hand to the viewers.
static void
s_send (zr_relay_t *self, int count)
{
    void *out = zsock_resolve (self->out);
    for (int i = 0; i < count; i++)
        zmq_msg_send (&self->parts[i], out,
                      ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0));
}

// Receives a whole message into the parts in hand. Returns how many it had, which may
// be more than the two that are kept, or 0: none waits.
static int
s_receive (zr_relay_t *self, void *from)
{
    int count = 0;
    bool more = true;
    while (more) {
        zmq_msg_t *part = &self->parts[count < 2 ? count : 1];
        if (zmq_msg_recv (part, from, ZMQ_DONTWAIT) < 0)
            return 0;
        more = zmq_msg_more (part);
        count++;
    }
    return count;
}

// Tells a publisher to take another name: all are told, and it knows its id.
static void
s_rename (zr_relay_t *self, const zr_relay_stream_t *stream, bool first)
{
    bool ours = stream->source == ZR_RELAY_HERE && stream->given[0];
    if (ours) {
        char text[ZR_ROOM_ID_LEN + ZR_WIRE_NAME_MAX + 32];
        int len = snprintf (text, sizeof text, "%crename %s %s", RENAME,
                            stream->info.id, stream->given);
        zmq_send (zsock_resolve (self->in), text, (size_t) len, ZMQ_DONTWAIT);
    }
    first = first && !zr_bucket_take (&self->lines, zr_clock_us () / 1000);
    if (first && ours)
        zr_log_info ("relay", "two streams are called \"%s\"; one is told to be \"%s\"",
                     stream->name, stream->given);
    else if (first)
        zr_log_warn ("relay",
                     "two streams are called \"%s\"; only the first is shown: give one "
                     "another --name",
                     stream->name);
}

// The info/ message in hand.
static void
s_take_info (zr_relay_t *self, int number)
{
    char name[ZR_WIRE_NAME_MAX + 1];
    zr_room_info_t info;
    int64_t now_ms = zr_clock_us () / 1000;
    if (zr_bucket_take (&self->infos, now_ms) ||
        zr_room_info_read (&info, name, self->parts))
        return;
    zr_relay_names_answer_t answer =
        zr_relay_names_take (self->names, name, &info, number, now_ms);
    if (answer.rename)
        s_rename (self, answer.rename, answer.first);
    if (answer.full && !self->said_full)
        zr_log_warn ("relay", "more than %d streams; further ones are not listed",
                     ZR_RELAY_STREAMS_MAX);
    self->said_full = self->said_full || answer.full;
    if (answer.pass)
        s_send (self, 2);
}

// The endpoint by which that broker is used already, other than by this upstream.
static const char *
s_twin (const zr_relay_t *self, const zr_relay_upstream_t *upstream, const char *id)
{
    for (int i = 0; i < self->upstreams_count; i++) {
        const zr_relay_upstream_t *other = self->upstreams[i];
        if (other != upstream && zr_relay_upstream_state (other) == ZR_RELAY_UP &&
            streq (zr_relay_upstream_room (other)->id, id))
            return zr_relay_upstream_endpoint (other);
    }
    return NULL;
}

// The room/ message in hand.
static void
s_take_room (zr_relay_t *self, int number)
{
    zr_room_self_t room;
    zr_relay_upstream_t *upstream = self->upstreams[number - 1];
    if (zr_room_self_read (&room, self->parts))
        return;
    zr_relay_upstream_hear (upstream, &room, s_twin (self, upstream, room.id),
                            zr_clock_us ());
    self->states_changed = true;
}

// The message in hand, of two parts.
static void
s_take_pair (zr_relay_t *self, source_t source)
{
    const void *topic = zmq_msg_data (&self->parts[0]);
    size_t len = zmq_msg_size (&self->parts[0]);
    bool here = source.number == ZR_RELAY_HERE;
    if (len > ZR_WIRE_FIRST_PART_MAX)
        return;
    if (zr_room_topic_is_info (topic, len)) {
        if (here || source.control)
            s_take_info (self, source.number);
        return;
    }
    if (zr_room_topic_is_room (topic, len)) {
        if (source.control)
            s_take_room (self, source.number);
        return;
    }
    if (!here && !zr_relay_names_is_from (self->names, topic, len, source.number))
        return;
    self->report.pictures++;
    self->report.bytes += zmq_msg_size (&self->parts[1]);
    s_send (self, 2);
}

static void
s_pass (zr_relay_t *self, void *from, source_t source)
{
    for (int i = 0; i < BURST_MAX; i++) {
        int count = s_receive (self, from);
        if (count == 0)
            return;
        if (count == 2)
            s_take_pair (self, source);
        else if (count == 1 && !source.control) {
            self->report.pictures++;
            self->report.bytes += zmq_msg_size (&self->parts[0]);
            s_send (self, 1);
        }
    }
}

// ---- upwards ------------------------------------------------------------------------

static void
s_tell_topic (void *arg, const zr_relay_topic_t *topic)
{
    zr_relay_t *self = arg;
    uint8_t message[1 + ZR_RELAY_TOPIC_MAX] = {topic->wanted};
    memcpy (message + 1, topic->text, topic->len);
    zmq_send (zsock_resolve (self->in), message, 1 + topic->len, ZMQ_DONTWAIT);
}

// Tells publishers and upstreams what is wanted from below now.
static void
s_settle (zr_relay_t *self, int64_t now_us)
{
    const zr_relay_topic_t *roots[ZR_RELAY_LINKS_MAX + 1]; // one too many is said
    self->next_settle_us = now_us + SETTLE_US;
    zr_relay_topics_settle (self->topics, s_tell_topic, self);
    if (self->upstreams_count == 0)
        return;
    size_t count =
        zr_relay_topics_roots (self->topics, roots, sizeof roots / sizeof *roots);
    for (int i = 0; i < self->upstreams_count; i++)
        if (zr_relay_upstream_want (self->upstreams[i], roots, count))
            self->items_old = true;
}

// ---- what we are --------------------------------------------------------------------

// Who is above us; if that changed, others are to know it soon.
static void
s_note_above (zr_relay_t *self, int64_t now_us)
{
    zr_room_self_t room = self->room;
    memset (room.above, 0, sizeof room.above);
    room.above_count = 0;
    for (int i = 0; i < self->upstreams_count; i++) {
        const zr_room_self_t *above = zr_relay_upstream_room (self->upstreams[i]);
        if (zr_relay_upstream_state (self->upstreams[i]) != ZR_RELAY_UP)
            continue;
        zr_room_self_add_above (&room, above->id);
        for (int n = 0; n < above->above_count; n++)
            zr_room_self_add_above (&room, above->above[n]);
    }
    if (room.above_count == self->room.above_count &&
        memcmp (room.above, self->room.above, sizeof room.above) == 0)
        return;
    self->room = room;
    if (self->next_room_us > now_us + SETTLE_US)
        self->next_room_us = now_us + SETTLE_US;
}

static void
s_tell_room (zr_relay_t *self, int64_t now_us)
{
    self->next_room_us = now_us + self->room_every_us;
    char *json = zr_room_self_write (&self->room);
    char topic[ZR_ROOM_ID_LEN + 8];
    snprintf (topic, sizeof topic, "room/%s", self->room.id);
    void *out = zsock_resolve (self->out);
    if (zmq_send (out, topic, strlen (topic), ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
        zmq_send (out, json, strlen (json), ZMQ_DONTWAIT);
    free (json);
}

static void
s_send_report (zr_relay_t *self, int64_t now_us)
{
    zr_relay_report_t *report = &self->report;
    int64_t span_us = now_us - self->next_report_us + REPORT_US;
    self->next_report_us = now_us + REPORT_US;
    report->viewers = zr_relay_viewers_count (self->viewers);
    zr_relay_viewers_list (self->viewers, &report->viewer_list);
    report->upstreams = self->upstreams_count;
    for (int i = 0; i < self->upstreams_count; i++)
        report->states[i] = zr_relay_upstream_state (self->upstreams[i]);
    size_t size = zr_relay_report_finish (report, self->names, span_us);
    zmq_send (self->items[PIPE].socket, report, size, ZMQ_DONTWAIT);
}

// ---- the thread ---------------------------------------------------------------------

static void
s_add_item (zr_relay_t *self, void *socket, source_t source)
{
    if (self->items_count == self->items_capacity) {
        self->items_capacity = self->items_capacity ? 2 * self->items_capacity : 16;
        self->items = realloc (self->items, self->items_capacity * sizeof *self->items);
        self->sources =
            realloc (self->sources, self->items_capacity * sizeof *self->sources);
        assert (self->items && self->sources);
    }
    self->items[self->items_count] =
        (zmq_pollitem_t){.socket = socket, .events = ZMQ_POLLIN};
    self->sources[self->items_count++] = source;
}

static void
s_list_upstreams (zr_relay_t *self)
{
    self->items_old = false;
    self->items_count = UPSTREAMS;
    for (int i = 0; i < self->upstreams_count; i++) {
        void *socket;
        s_add_item (self, zr_relay_upstream_control (self->upstreams[i]),
                    (source_t){.number = i + 1, .control = true});
        for (size_t n = 0;
             (socket = zr_relay_upstream_socket (self->upstreams[i], n)) != NULL; n++)
            s_add_item (self, socket, (source_t){.number = i + 1});
    }
}

static void
s_tick (zr_relay_t *self, int64_t now_us)
{
    self->next_tick_us = now_us + TICK_US;
    for (int i = 0; i < self->upstreams_count; i++)
        zr_relay_upstream_tick (self->upstreams[i], now_us);
    self->states_changed = self->upstreams_count > 0;
    zr_relay_names_expire (self->names, now_us / 1000);
    zr_relay_viewers_tick (self->viewers);
    if (now_us >= self->next_report_us)
        s_send_report (self, now_us);
}

// What the clock or a change makes due.
static void
s_do_due (zr_relay_t *self, int64_t now_us)
{
    if (now_us >= self->next_tick_us)
        s_tick (self, now_us);
    if (self->states_changed) {
        s_note_above (self, now_us);
        s_settle (self, now_us);
        self->states_changed = false;
    } else if (zr_relay_topics_has_changed (self->topics) &&
               now_us >= self->next_settle_us)
        s_settle (self, now_us);
    if (now_us >= self->next_room_us)
        s_tell_room (self, now_us);
    if (self->items_old)
        s_list_upstreams (self);
}

static long
s_timeout_ms (const zr_relay_t *self, int64_t now_us)
{
    int64_t due_us = self->next_tick_us;
    if (self->next_room_us < due_us)
        due_us = self->next_room_us;
    if (zr_relay_topics_has_changed (self->topics) && self->next_settle_us < due_us)
        due_us = self->next_settle_us;
    if (self->busy && now_us + BUSY_US < due_us)
        due_us = now_us + BUSY_US;
    return due_us > now_us ? (long) ((due_us - now_us) / 1000 + 1) : 0;
}

// Waits for something and handles it. With a mark of 1, libzmq would wake us for every
// picture that left, to every viewer: while pictures come, the XPUB is looked at when
// they do, which also frees its pipes for them. Returns false when this thread is to
// end.
static bool
s_turn (zr_relay_t *self, int64_t now_us)
{
    int skipped = self->busy ? OUT + 1 : 0;
    int ready = zmq_poll (self->items + skipped, (int) self->items_count - skipped,
                          s_timeout_ms (self, now_us));
    bool was_busy = self->busy;
    self->busy = false;
    if (ready <= 0)
        return true;
    if (self->items[PIPE].revents)
        return false;
    if (was_busy || self->items[OUT].revents || self->items[MONITOR].revents)
        zr_relay_viewers_listen (self->viewers);
    for (size_t i = IN; i < self->items_count; i++)
        if (self->items[i].revents) {
            s_pass (self, self->items[i].socket, self->sources[i]);
            self->busy = true;
        }
    return true;
}

static void
s_run (zsock_t *pipe, void *args)
{
    zr_relay_t *self = args;
    int64_t now_us = zr_clock_us ();
    s_add_item (self, zsock_resolve (self->out), (source_t){0});
    s_add_item (self, zsock_resolve (pipe), (source_t){0});
    s_add_item (self, zr_relay_viewers_monitor (self->viewers), (source_t){0});
    s_add_item (self, zsock_resolve (self->in), (source_t){0});
    s_list_upstreams (self);
    self->next_report_us = now_us;
    zr_bucket_init (&self->infos, INFOS_MAX, INFOS_MAX, now_us / 1000);
    zr_bucket_init (&self->lines, 1, ZR_LIST_MAX, now_us / 1000);
    zmq_send (zsock_resolve (self->in), "\1info/", 6, ZMQ_DONTWAIT);
    zsock_signal (pipe, 0);
    do {
        now_us = zr_clock_us ();
        s_do_due (self, now_us);
    } while (!zsys_interrupted && s_turn (self, now_us));
}

static int
s_open_sockets (zr_relay_t *self)
{
    const zr_relay_settings_t *settings = &self->settings;
    self->in = zsock_new (ZMQ_XSUB);
    self->out = zsock_new (ZMQ_XPUB);
    assert (self->in && self->out);
    zr_socket_prepare (self->in, ZR_FRAME_SIZE_MAX);
    zsock_set_rcvhwm (self->in, PICTURE_QUEUE);
    zsock_set_sndhwm (self->in, UPWARD_QUEUE);
    zr_socket_prepare (self->out, SUBSCRIPTION_MAX);
    zsock_set_sndhwm (self->out, 1);
    zsock_set_backlog (self->out, BACKLOG);
    self->viewers = zr_relay_viewers_new (self->out);
    self->topics = zr_relay_viewers_topics (self->viewers);
    if (zr_socket_bind (self->in, settings->in, "relay") ||
        zr_socket_bind (self->out, settings->out, "relay"))
        return -1;
    for (int i = 0; i < settings->upstream->count; i++) {
        self->upstreams[i] =
            zr_relay_upstream_new (settings->upstream->items[i], settings->id);
        if (!self->upstreams[i])
            return -1;
        self->upstreams_count++;
    }
    return 0;
}

zr_relay_t *
zr_relay_new (const zr_relay_settings_t *settings)
{
    assert (settings && settings->in && settings->out && settings->upstream);
    assert (settings->id && strlen (settings->id) == ZR_ROOM_ID_LEN);
    zr_relay_t *self = zmalloc (sizeof *self);
    self->settings = *settings;
    zmq_msg_init (&self->parts[0]);
    zmq_msg_init (&self->parts[1]);
    self->names = zr_relay_names_new ();
    memcpy (self->room.id, settings->id, sizeof self->room.id);
    char host[ZR_ROOM_HOST_NAME_MAX] = "";
    gethostname (host, sizeof host - 1);
    zr_text_clean (self->room.name, sizeof self->room.name, host, strlen (host));
    self->room.chat = settings->chat_port;
    self->room_every_us = ROOM_US + zr_room_id_number (settings->id, ROOM_SPREAD_US);
    sigset_t signals;
    zr_socket_hold_signals (&signals);
    if (s_open_sockets (self) == 0)
        self->actor = zactor_new (s_run, self);
    zr_socket_release_signals (&signals);
    if (!self->actor)
        zr_relay_destroy (&self);
    return self;
}

void
zr_relay_destroy (zr_relay_t **self_p)
{
    assert (self_p);
    zr_relay_t *self = *self_p;
    if (!self)
        return;
    zr_socket_end_actor (&self->actor);
    for (int i = 0; i < self->upstreams_count; i++)
        zr_relay_upstream_destroy (&self->upstreams[i]);
    zr_relay_viewers_destroy (&self->viewers);
    zsock_destroy (&self->out);
    zsock_destroy (&self->in);
    zmq_msg_close (&self->parts[0]);
    zmq_msg_close (&self->parts[1]);
    zr_relay_names_destroy (&self->names);
    free (self->items);
    free (self->sources);
    free (self);
    *self_p = NULL;
}

void *
zr_relay_pollable (zr_relay_t *self)
{
    return self->actor;
}

int
zr_relay_read (zr_relay_t *self, zr_relay_report_t *report)
{
    return zmq_recv (zsock_resolve (self->actor), report, sizeof *report, 0) < 0 ? -1
                                                                                 : 0;
}
