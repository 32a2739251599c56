// SPDX-License-Identifier: MPL-2.0
// One thread does it all, picture by picture: grab, encode, pack, send. There is
// nothing between these steps that could hold an old picture. The socket is an XPUB
// whose subscriptions say whether anybody is watching; if nobody is, the thread sleeps
// and, after a grace time, the source is put to sleep too.
// SNDHWM is 1: a viewer whose link is full misses pictures instead of getting old ones.

#include "publisher/publisher.h"

#include <assert.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "common/log.h"
#include "common/meter.h"
#include "common/socket.h"
#include "publisher/audience.h"
#include "publisher/encoder.h"

#define GRAB_MS 50        // longest wait for a picture before the socket is looked at
#define GRACE_US 5000000  // unwatched so long, the source is paused
#define REPORT_US 1000000 // how often the main thread is told
#define SUBSCRIPTION_MAX 4096 // bytes of a message that a viewer may send
#define TURN_MAX 1000         // subscriptions that are read before the next picture

struct zr_publisher {
    zr_publisher_settings_t settings;
    void *source;
    zsock_t *socket; // XPUB
    zsock_t *monitor;
    zactor_t *actor;               // the thread; owns all of the above while it runs
    char topic[ZR_WIRE_TOPIC_MAX]; // empty in the plain form
    char *local_endpoint;
    int end;            // eventfd: the source has ended
    atomic_bool failed; // and was broken

    // The thread's own.
    zr_audience_t audience;
    int connections; // up now, as the monitor tells
    bool counts;     // it does: of some transports it tells nothing
    zr_encoder_t *encoder;
    zr_frame_t frame;
    zr_meter_t *meter;
    zr_publisher_report_t report;
    uint64_t seq;         // of the next picture
    bool started;         // --wait-viewers was met
    bool paused;          // the source sleeps
    int64_t unwatched_us; // since when, monotonic; 0 while watched
    int64_t next_report_us;
};

static int
s_open_socket (zr_publisher_t *self)
{
    const zr_publisher_settings_t *settings = &self->settings;
    self->socket = zsock_new (ZMQ_XPUB);
    assert (self->socket);
    zr_socket_prepare (self->socket, SUBSCRIPTION_MAX);
    zsock_set_sndhwm (self->socket, 1);
    zsock_set_xpub_verboser (self->socket, 1);
    self->monitor = zr_socket_monitor (self->socket);
    for (int i = 0; i < settings->bind.count; i++) {
        if (zr_socket_bind (self->socket, settings->bind.items[i], "publisher"))
            return -1;
        if (i == 0)
            self->local_endpoint = zsock_last_endpoint (self->socket);
    }
    for (int i = 0; i < settings->connect.count; i++)
        if (zr_socket_connect (self->socket, settings->connect.items[i], "publisher"))
            return -1;
    return 0;
}

// How many watch. No more than are connected: a peer may subscribe again and again, and
// libzmq takes only one of these back when it goes.
static int
s_viewers (const zr_publisher_t *self)
{
    int viewers = self->audience.viewers;
    bool direct = self->counts && !self->settings.connect.count;
    return direct && viewers > self->connections ? self->connections : viewers;
}

// Reads what came in from viewers and the monitor, without waiting; of subscriptions so
// many in one turn that a peer which sends them without end holds nobody up.
static void
s_listen (zr_publisher_t *self)
{
    int before = s_viewers (self);
    for (int i = 0; i < TURN_MAX && zsock_events (self->socket) & ZMQ_POLLIN; i++) {
        zframe_t *frame = zframe_recv (self->socket);
        if (!frame)
            return; // interrupted
        zr_audience_take (&self->audience, zframe_data (frame), zframe_size (frame));
        zframe_destroy (&frame);
    }
    int fd;
    zr_socket_event_t event;
    while ((event = zr_socket_event (self->monitor, &fd)) != ZR_SOCKET_NONE) {
        if (event == ZR_SOCKET_UP) {
            zr_socket_keep_fresh (fd);
            self->connections++;
            self->counts = true;
        } else if (event == ZR_SOCKET_DOWN && self->connections > 0)
            self->connections--;
    }
    int viewers = s_viewers (self);
    if (!before && viewers)
        zr_log_info ("publisher", "somebody is watching");
    else if (before && !viewers)
        zr_log_info ("publisher", "nobody is watching any more");
}

static void
s_send (zr_publisher_t *self, const zr_shot_t *shot)
{
    zmq_msg_t message;
    if (zr_encoder_encode (self->encoder, shot, self->seq, &self->frame))
        return;
    if (zr_wire_pack (&message, self->settings.encoding, self->frame.data,
                      self->frame.len)) {
        zr_log_debug ("publisher", "a picture above 32 MiB was left out");
        return;
    }
    self->seq++;
    size_t size = zmq_msg_size (&message);
    void *handle = zsock_resolve (self->socket);
    if (self->topic[0])
        zmq_send (handle, self->topic, strlen (self->topic), ZMQ_SNDMORE);
    if (zmq_msg_send (&message, handle, ZMQ_DONTWAIT) < 0)
        zmq_msg_close (&message);
    int64_t now_us = zclock_usecs ();
    zr_meter_picture (self->meter, now_us);
    zr_meter_received (self->meter, now_us, size);
    self->report.width = shot->picture.width;
    self->report.height = shot->picture.height;
}

static void
s_send_report (zr_publisher_t *self, zsock_t *pipe)
{
    zr_meter_report_t rates;
    zr_meter_report (self->meter, zclock_usecs (), true, &rates);
    self->report.fps = rates.fps;
    self->report.kbit_s = rates.kbit_s;
    self->report.sent = rates.pictures;
    self->report.viewers = s_viewers (self);
    self->report.waiting = !self->started;
    if (self->settings.source->count)
        self->settings.source->count (self->source, &self->report.source);
    zmq_send (zsock_resolve (pipe), &self->report, sizeof self->report, ZMQ_DONTWAIT);
}

// Whether pictures are wanted now; keeps the source awake or asleep accordingly.
static bool
s_is_wanted (zr_publisher_t *self)
{
    int viewers = s_viewers (self);
    if (!self->started)
        self->started = viewers >= self->settings.wait_viewers;
    if (self->started && viewers > 0) {
        self->unwatched_us = 0;
        return true;
    }
    int64_t now_us = zclock_usecs ();
    if (!self->unwatched_us)
        self->unwatched_us = now_us;
    bool sleepy = now_us - self->unwatched_us >= GRACE_US && !self->settings.always_on;
    if (!self->paused && sleepy) {
        if (self->settings.source->pause)
            self->settings.source->pause (self->source);
        self->paused = true;
    }
    return false;
}

// One picture, or one wait. Returns false once the source has ended.
static bool
s_step (zr_publisher_t *self, zpoller_t *poller)
{
    bool wanted = s_is_wanted (self);
    if (!wanted && self->paused) {
        int64_t left_ms = (self->next_report_us - zclock_usecs ()) / 1000;
        zpoller_wait (poller, left_ms > 0 ? (int) left_ms + 1 : 1);
        return true;
    }
    zr_shot_t shot = {0};
    self->paused = false;
    switch (self->settings.source->grab (self->source, GRAB_MS, &shot)) {
    case ZR_GRAB_SHOT:
        if (wanted)
            s_send (self, &shot);
        return true;
    case ZR_GRAB_NOTHING:
        return true;
    case ZR_GRAB_END:
        self->report.state = ZR_PUBLISHER_ENDED;
        return false;
    case ZR_GRAB_FAILED:
    default:
        self->report.state = ZR_PUBLISHER_FAILED;
        atomic_store (&self->failed, true);
        return false;
    }
}

static void
s_run (zsock_t *pipe, void *args)
{
    zr_publisher_t *self = args;
    zpoller_t *poller = zpoller_new (pipe, self->socket, self->monitor, NULL);
    self->next_report_us = zclock_usecs ();
    zsock_signal (pipe, 0);

    bool terminated = false, ended = false;
    while (!terminated && !zsys_interrupted) {
        s_listen (self);
        if (zsock_events (pipe) & ZMQ_POLLIN) {
            char *command = zstr_recv (pipe);
            terminated = !command || streq (command, "$TERM");
            zstr_free (&command);
        } else if (ended)
            zpoller_wait (poller, -1);
        else if (!s_step (self, poller)) {
            ended = true;
            eventfd_write (self->end, 1);
        }
        int64_t now_us = zclock_usecs ();
        if (now_us >= self->next_report_us || ended) {
            self->next_report_us = now_us + REPORT_US;
            s_send_report (self, pipe);
        }
    }
    zpoller_destroy (&poller);
}

static void
s_init_audience (zr_publisher_t *self)
{
    static const uint8_t raw[] = {0xff, 0xd8, 0xff, 0xfe};
    if (self->settings.name) {
        snprintf (self->topic, sizeof self->topic, "full/%s", self->settings.name);
        zr_audience_init (&self->audience, self->topic, strlen (self->topic));
    } else if (self->settings.encoding == ZR_WIRE_RAW)
        zr_audience_init (&self->audience, raw, sizeof raw);
    else
        zr_audience_init (&self->audience, "/9j/", 4);
}

zr_publisher_t *
zr_publisher_new (const zr_publisher_settings_t *settings)
{
    assert (settings && settings->source);
    zr_publisher_t *self = zmalloc (sizeof *self);
    self->settings = *settings;
    self->end = eventfd (0, EFD_CLOEXEC);
    self->paused = !settings->always_on; // nothing is captured before it is wanted
    s_init_audience (self);
    self->encoder = zr_encoder_new (settings->quality);
    self->meter = zr_meter_new ();
    self->source = settings->source->open (&settings->capture);
    sigset_t signals;
    zr_socket_hold_signals (&signals);
    if (self->source && s_open_socket (self) == 0)
        self->actor = zactor_new (s_run, self);
    zr_socket_release_signals (&signals);
    if (!self->actor)
        zr_publisher_destroy (&self);
    return self;
}

void
zr_publisher_destroy (zr_publisher_t **self_p)
{
    assert (self_p);
    zr_publisher_t *self = *self_p;
    if (!self)
        return;
    zr_socket_end_actor (&self->actor);
    zr_socket_unmonitor (self->socket, &self->monitor);
    zsock_destroy (&self->socket);
    self->settings.source->close (&self->source);
    zr_encoder_destroy (&self->encoder);
    zr_meter_destroy (&self->meter);
    zr_frame_release (&self->frame);
    zstr_free (&self->local_endpoint);
    close (self->end);
    freen (self);
    *self_p = NULL;
}

void *
zr_publisher_pollable (zr_publisher_t *self)
{
    return self->actor;
}

int
zr_publisher_read (zr_publisher_t *self, zr_publisher_report_t *report)
{
    int size = zmq_recv (zsock_resolve (self->actor), report, sizeof *report, 0);
    return size == (int) sizeof *report ? 0 : -1;
}

int
zr_publisher_end_fd (const zr_publisher_t *self)
{
    return self->end;
}

bool
zr_publisher_has_failed (const zr_publisher_t *self)
{
    return atomic_load (&self->failed);
}

const char *
zr_publisher_describe (const zr_publisher_t *self)
{
    return self->settings.source->describe (self->source);
}

const char *
zr_publisher_local_endpoint (const zr_publisher_t *self)
{
    return self->local_endpoint;
}
