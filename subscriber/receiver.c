// SPDX-License-Identifier: MPL-2.0
// Reads each message to its end, finds its stream by the number of parts (PROTOCOL.md),
// and offers the payload unread. A message above the limit ends its connection inside
// libzmq 4.3.4 for good and in silence; the monitor shows it as a disconnection that
// no new try follows, and then the endpoint is dialled again from here.

#include "subscriber/receiver.h"

#include <assert.h>
#include <czmq.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common/endpoint.h"
#include "common/log.h"
#include "common/socket.h"

#define REDIAL_US 500000 // a connection lost so long without a new try is dialled
#define QUEUE_MAX 64     // messages on their way to this thread, which never lingers
#define BURST_MAX 64     // messages read from one socket before the next has its turn

// One endpoint.
typedef struct {
    zsock_t *socket; // SUB
    zsock_t *monitor;
    const char *endpoint;
    char label[ZR_WIRE_LABEL_MAX];
    int connections; // up now
    int64_t lost_us; // since when libzmq has not tried again, monotonic; 0: it has
} link_t;

// What tells a stream from another.
typedef struct {
    zr_stream_t *stream;
    const link_t *link;
} entry_t;

struct zr_receiver {
    zr_receiver_settings_t settings;
    link_t links[ZR_LIST_MAX];
    int links_count;
    zactor_t *actor;
    pthread_mutex_t mutex; // protects the two below; written by the thread alone
    entry_t entries[ZR_STREAMS_MAX];
    int entries_count;
    atomic_int connections;
    _Atomic uint64_t bad;
    bool said_many, said_bad;
};

static bool
s_is_wanted (const zr_receiver_t *self, const char *name)
{
    const zr_list_t *streams = &self->settings.streams;
    for (int i = 0; i < streams->count; i++)
        if (streq (streams->items[i], name))
            return true;
    return streams->count == 0;
}

static zr_stream_t *
s_add_stream (zr_receiver_t *self, const link_t *link, const char *name)
{
    const zr_receiver_settings_t *settings = &self->settings;
    if (self->entries_count == ZR_STREAMS_MAX) {
        if (!self->said_many)
            zr_log_warn ("subscriber",
                         "more than %d streams; \"%s\" and further ones "
                         "are left out: choose with --stream",
                         ZR_STREAMS_MAX, name);
        self->said_many = true;
        return NULL;
    }
    const zr_stream_settings_t of_stream = {
        .name = name,
        .notify_decoder = zr_decoder_wake,
        .decoder = settings->decoder,
        .notify_view = settings->notify_view,
        .view = settings->view,
        .max_age_ms = settings->max_age_ms,
    };
    zr_stream_t *stream = zr_stream_new (&of_stream);
    int full = zr_decoder_add (settings->decoder, stream);
    assert (!full); // it has as many places as we have
    pthread_mutex_lock (&self->mutex);
    self->entries[self->entries_count++] = (entry_t){stream, link};
    pthread_mutex_unlock (&self->mutex);
    zr_log_info ("subscriber", "stream \"%s\" from %s", name, link->endpoint);
    return stream;
}

// The stream of that name from that endpoint; made when it is new, NULL if there are
// too many.
static zr_stream_t *
s_find_stream (zr_receiver_t *self, const link_t *link, const char *name)
{
    for (int i = 0; i < self->entries_count; i++)
        if (self->entries[i].link == link &&
            streq (zr_stream_name (self->entries[i].stream), name))
            return self->entries[i].stream;
    return s_add_stream (self, link, name);
}

static void
s_refuse (zr_receiver_t *self, const link_t *link, const char *reason)
{
    atomic_fetch_add (&self->bad, 1);
    if (!self->said_bad)
        zr_log_warn ("subscriber",
                     "%s: a message has %s; such are counted as bad and "
                     "left out",
                     link->label, reason);
    self->said_bad = true;
}

// Sorts one whole message: up to two parts are kept, count says how many there were.
static void
s_sort (zr_receiver_t *self, const link_t *link, zmq_msg_t parts[2], int count)
{
    char name[ZR_WIRE_LABEL_MAX];
    if (count > 2) {
        s_refuse (self, link, "more than two parts");
        return;
    }
    if (count == 1)
        snprintf (name, sizeof name, "%s", link->label);
    else if (zr_wire_stream_name (zmq_msg_data (&parts[0]), zmq_msg_size (&parts[0]),
                                  name)) {
        s_refuse (self, link, "a first part that names no stream");
        return;
    }
    if (count == 2 && !s_is_wanted (self, name))
        return; // a longer name that begins alike
    zr_stream_t *stream = s_find_stream (self, link, name);
    if (stream)
        zr_stream_offer (stream, &parts[count - 1]);
}

// Reads one message without waiting. Returns false if there is none.
static bool
s_receive (zr_receiver_t *self, const link_t *link)
{
    void *handle = zsock_resolve (link->socket);
    zmq_msg_t parts[2], rest;
    int count = 0;
    bool more = true;
    zmq_msg_init (&parts[0]);
    zmq_msg_init (&parts[1]);
    while (more) {
        zmq_msg_t *part = count < 2 ? &parts[count] : &rest;
        if (count >= 2)
            zmq_msg_init (&rest);
        if (zmq_msg_recv (part, handle, ZMQ_DONTWAIT) < 0)
            break;
        more = zmq_msg_more (part);
        count++;
        if (part == &rest)
            zmq_msg_close (&rest);
    }
    if (!more)
        s_sort (self, link, parts, count);
    zmq_msg_close (&parts[0]);
    zmq_msg_close (&parts[1]);
    return !more;
}

static void
s_count_connections (zr_receiver_t *self, link_t *link, int change)
{
    if (link->connections + change < 0)
        return;
    link->connections += change;
    atomic_fetch_add (&self->connections, change);
    zr_log_debug ("subscriber", "%s: %s", link->endpoint,
                  change > 0 ? "connected" : "disconnected");
}

static void
s_watch_link (zr_receiver_t *self, link_t *link)
{
    int fd;
    zr_socket_event_t event;
    while ((event = zr_socket_event (link->monitor, &fd)) != ZR_SOCKET_NONE) {
        link->lost_us = event == ZR_SOCKET_DOWN ? zclock_usecs () : 0;
        if (event == ZR_SOCKET_UP)
            s_count_connections (self, link, 1);
        else if (event == ZR_SOCKET_DOWN)
            s_count_connections (self, link, -1);
    }
    if (link->lost_us && zclock_usecs () - link->lost_us > REDIAL_US) {
        link->lost_us = 0;
        zr_log_warn ("subscriber",
                     "%s: the connection ended for good (a message above "
                     "32 MiB?); dialling again",
                     link->endpoint);
        zmq_disconnect (zsock_resolve (link->socket), link->endpoint);
        zr_socket_connect (link->socket, link->endpoint, "subscriber");
    }
}

static void
s_run (zsock_t *pipe, void *args)
{
    zr_receiver_t *self = args;
    zpoller_t *poller = zpoller_new (pipe, NULL);
    for (int i = 0; i < self->links_count; i++) {
        zpoller_add (poller, self->links[i].socket);
        zpoller_add (poller, self->links[i].monitor);
    }
    zsock_signal (pipe, 0);
    while (!zsys_interrupted) {
        void *which = zpoller_wait (poller, REDIAL_US / 1000);
        if (which == pipe)
            break;
        for (int i = 0; i < self->links_count; i++) {
            for (int n = 0; n < BURST_MAX; n++)
                if (!s_receive (self, &self->links[i]))
                    break;
            s_watch_link (self, &self->links[i]);
        }
    }
    zpoller_destroy (&poller);
}

// Without --stream: everything Zroom or a plain sender of JPEGs sends, each once.
static void
s_subscribe (const zr_list_t *streams, zsock_t *socket)
{
    static const struct {
        const char *prefix;
        size_t len;
    } all[] = {{"full/", 5}, {"/9j/", 4}, {"\xff\xd8", 2}, {"{", 1}};
    void *handle = zsock_resolve (socket);
    for (size_t i = 0; i < sizeof all / sizeof *all && !streams->count; i++)
        zmq_setsockopt (handle, ZMQ_SUBSCRIBE, all[i].prefix, all[i].len);
    for (int i = 0; i < streams->count; i++) {
        char topic[ZR_WIRE_TOPIC_MAX + ZR_WIRE_LABEL_MAX];
        snprintf (topic, sizeof topic, "full/%s", streams->items[i]);
        zsock_set_subscribe (socket, topic);
        zsock_set_subscribe (socket, streams->items[i]); // other people's senders
    }
    if (streams->count)
        zsock_set_subscribe (socket, "{"); // imagezmq; its text is inside
}

static int
s_open_link (zr_receiver_t *self, const char *endpoint)
{
    link_t *link = &self->links[self->links_count++];
    link->endpoint = endpoint;
    zr_endpoint_label (endpoint, link->label, sizeof link->label);
    link->socket = zsock_new (ZMQ_SUB);
    assert (link->socket);
    zr_socket_prepare (link->socket, ZR_FRAME_SIZE_MAX);
    zsock_set_rcvhwm (link->socket, QUEUE_MAX);
    s_subscribe (&self->settings.streams, link->socket);
    link->monitor = zr_socket_monitor (link->socket);
    return zr_socket_connect (link->socket, endpoint, "subscriber");
}

zr_receiver_t *
zr_receiver_new (const zr_receiver_settings_t *settings)
{
    assert (settings && settings->decoder);
    zr_receiver_t *self = zmalloc (sizeof *self);
    self->settings = *settings;
    pthread_mutex_init (&self->mutex, NULL);
    int status = 0;
    sigset_t signals;
    zr_socket_hold_signals (&signals);
    for (int i = 0; i < settings->endpoints.count && status == 0; i++)
        status = s_open_link (self, settings->endpoints.items[i]);
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
    for (int i = 0; i < self->links_count; i++) {
        zr_socket_unmonitor (self->links[i].socket, &self->links[i].monitor);
        zsock_destroy (&self->links[i].socket);
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
    for (int i = 0; i < self->entries_count; i++)
        zr_stream_destroy (&self->entries[i].stream);
    pthread_mutex_destroy (&self->mutex);
    freen (self);
    *self_p = NULL;
}

int
zr_receiver_streams (zr_receiver_t *self, zr_stream_t *streams[ZR_STREAMS_MAX])
{
    pthread_mutex_lock (&self->mutex);
    int count = self->entries_count;
    for (int i = 0; i < count; i++)
        streams[i] = self->entries[i].stream;
    pthread_mutex_unlock (&self->mutex);
    return count;
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
