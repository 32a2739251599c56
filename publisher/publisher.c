// SPDX-License-Identifier: MPL-2.0
// One thread does it all, picture by picture: grab, encode, pack, send. There is
// nothing between these steps that could hold an old picture. Subscriptions say whether
// anybody is watching; if nobody is, the thread sleeps and, after a grace time, the
// source is put to sleep too. A tier is made only while somebody subscribes to it.

#include "publisher/publisher.h"

#include <assert.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "common/log.h"
#include "common/meter.h"
#include "common/room_message.h"
#include "common/socket.h"
#include "publisher/encoder.h"
#include "publisher/outlets.h"
#include "publisher/shrinker.h"

#define GRAB_MS 50        // longest wait for a picture before the sockets are looked at
#define GRACE_US 5000000  // unwatched so long, the source is paused
#define REPORT_US 1000000 // how often the main thread is told
#define INFO_US 500000    // how often viewers are
#define OBEY_US INT64_C (1000000)      // from one new name to the next, and twice as
#define OBEY_MAX_US INT64_C (64000000) // long each time, up to this: rooms may differ

struct zr_publisher {
    zr_publisher_settings_t settings;
    void *source;
    zr_outlets_t *outlets;
    zactor_t *actor;    // the thread; owns all of the above while it runs
    zr_room_id_t id;    // of this run
    int end;            // eventfd: the source has ended
    atomic_bool failed; // and was broken

    // The thread's own.
    zsock_t *pipe;
    zpoller_t *poller;
    zr_encoder_t *encoder;
    zr_shrinker_t *shrinker;
    zr_frame_t frame;
    zr_meter_t *meter;
    zr_publisher_report_t report;
    uint64_t seq;         // of the next picture
    bool started;         // --wait-viewers was met
    bool paused;          // the source sleeps
    int64_t unwatched_us; // since when, monotonic; 0 while watched
    int64_t next_report_us, next_info_us;
    int64_t renamed_us, obey_us; // when the name was changed, 0: never; the next wait
};

// The outlets have changed.
static void
s_poll_anew (zr_publisher_t *self)
{
    zpoller_destroy (&self->poller);
    self->poller = zpoller_new (self->pipe, NULL);
    zr_outlets_poll (self->outlets, self->poller);
}

// Obeys the main thread: an endpoint to connect to, or "$TERM". Returns false if it is
// to end.
static bool
s_obey (zr_publisher_t *self)
{
    char *command = zstr_recv (self->pipe);
    bool ends = !command || streq (command, "$TERM");
    if (!ends) {
        zr_outlets_connect (self->outlets, command);
        s_poll_anew (self);
    }
    zstr_free (&command);
    return !ends;
}

// Whether another name may be taken now. A room that cannot be satisfied must not keep
// us from everybody else.
static bool
s_may_rename (zr_publisher_t *self)
{
    int64_t since_us = zclock_usecs () - self->renamed_us;
    bool calm = !self->renamed_us || since_us >= 2 * OBEY_MAX_US;
    if (!calm && since_us < self->obey_us)
        return false;
    self->obey_us = calm ? OBEY_US : 2 * self->obey_us;
    if (self->obey_us > OBEY_MAX_US)
        self->obey_us = OBEY_MAX_US;
    self->renamed_us += since_us;
    return true;
}

// Reads what came in from viewers and rooms, without waiting.
static void
s_listen (zr_publisher_t *self)
{
    char order[ZR_ANNOUNCEMENT_ORDER_MAX] = "", name[ZR_WIRE_NAME_MAX + 1];
    int before = zr_outlets_viewers (self->outlets);
    zr_outlets_listen (self->outlets, order, sizeof order);
    int viewers = zr_outlets_viewers (self->outlets);
    if (!before && viewers)
        zr_log_info ("publisher", "somebody is watching");
    else if (before && !viewers)
        zr_log_info ("publisher", "nobody is watching any more");
    const char *former = zr_outlets_name (self->outlets);
    if (!*order || !zr_announcement_read_rename (order, self->id, name) ||
        streq (name, former) || !s_may_rename (self))
        return;
    zr_log_warn ("publisher",
                 "the room has a stream \"%s\" already; this one is \"%s\" there",
                 former, name);
    zr_outlets_rename (self->outlets, name);
    s_poll_anew (self);
}

// Encodes a shot and sends it in that tier. Returns the message's size, 0 if there is
// none.
static size_t
s_send_tier (zr_publisher_t *self, const zr_shot_t *shot, zr_tier_t tier)
{
    zmq_msg_t message;
    if (zr_encoder_encode (self->encoder, shot, self->seq, &self->frame))
        return 0;
    if (zr_wire_pack (&message, self->settings.encoding, self->frame.data,
                      self->frame.len)) {
        zr_log_debug ("publisher", "a picture above 32 MiB was left out");
        return 0;
    }
    size_t size = zmq_msg_size (&message);
    zr_outlets_send (self->outlets, tier, &message);
    zmq_msg_close (&message);
    return size;
}

static void
s_send (zr_publisher_t *self, const zr_shot_t *shot)
{
    size_t size = 0;
    for (zr_tier_t tier = 0; tier < ZR_TIERS; tier++) {
        zr_shot_t small;
        if (!zr_outlets_tier_viewers (self->outlets, tier))
            continue;
        if (tier == ZR_TIER_FULL)
            size += s_send_tier (self, shot, tier);
        else if (zr_shrinker_shrink (self->shrinker, shot, tier, &small) == 0)
            size += s_send_tier (self, &small, tier);
    }
    if (!size)
        return;
    self->seq++;
    int64_t now_us = zclock_usecs ();
    zr_meter_picture (self->meter, now_us);
    zr_meter_received (self->meter, now_us, size);
    self->report.width = shot->picture.width;
    self->report.height = shot->picture.height;
}

static void
s_send_info (zr_publisher_t *self)
{
    const zr_announcement_t announcement = {.id = self->id,
                                            .source = self->settings.source->name,
                                            .width = self->report.width,
                                            .height = self->report.height,
                                            .fps = self->report.fps,
                                            .kbit_s = self->report.kbit_s};
    zr_outlets_tell (self->outlets, &announcement);
}

static void
s_send_report (zr_publisher_t *self, zsock_t *pipe)
{
    zr_meter_report_t rates;
    zr_meter_report (self->meter, zclock_usecs (), true, &rates);
    self->report.fps = rates.fps;
    self->report.kbit_s = rates.kbit_s;
    self->report.sent = rates.pictures;
    self->report.viewers =
        zr_outlets_viewers (self->outlets) - zr_outlets_groups (self->outlets);
    self->report.groups = zr_outlets_groups (self->outlets);
    self->report.waiting = !self->started;
    if (self->settings.source->count)
        self->settings.source->count (self->source, &self->report.source);
    zr_outlets_sample (self->outlets, &self->report.viewer_list);
    size_t size = offsetof (zr_publisher_report_t, viewer_list) +
                  zr_viewers_list_size (&self->report.viewer_list);
    zmq_send (zsock_resolve (pipe), &self->report, size, ZMQ_DONTWAIT);
}

// Whether pictures are wanted now; keeps the source awake or asleep accordingly.
static bool
s_is_wanted (zr_publisher_t *self)
{
    int viewers = zr_outlets_viewers (self->outlets);
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
s_step (zr_publisher_t *self)
{
    bool wanted = s_is_wanted (self);
    if (!wanted && self->paused) {
        int64_t next_us = self->next_report_us < self->next_info_us
                              ? self->next_report_us
                              : self->next_info_us;
        int64_t left_ms = (next_us - zclock_usecs ()) / 1000;
        zpoller_wait (self->poller, left_ms > 0 ? (int) left_ms + 1 : 1);
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

// What is due by the clock.
static void
s_tell (zr_publisher_t *self, bool ended)
{
    int64_t now_us = zclock_usecs ();
    if (now_us >= self->next_report_us || ended) {
        self->next_report_us = now_us + REPORT_US;
        s_send_report (self, self->pipe);
    }
    if (now_us >= self->next_info_us) {
        self->next_info_us = now_us + INFO_US;
        s_send_info (self);
    }
}

static void
s_run (zsock_t *pipe, void *args)
{
    zr_publisher_t *self = args;
    self->pipe = pipe;
    s_poll_anew (self);
    self->next_report_us = self->next_info_us = zclock_usecs ();
    zsock_signal (pipe, 0);

    bool terminated = false, ended = false;
    while (!terminated && !zsys_interrupted) {
        s_listen (self);
        if (zsock_events (pipe) & ZMQ_POLLIN)
            terminated = !s_obey (self);
        else if (ended)
            zpoller_wait (self->poller, -1);
        else if (!s_step (self)) {
            ended = true;
            eventfd_write (self->end, 1);
        }
        s_tell (self, ended);
    }
    zpoller_destroy (&self->poller);
}

zr_publisher_t *
zr_publisher_new (const zr_publisher_settings_t *settings)
{
    assert (settings && settings->source);
    zr_publisher_t *self = zmalloc (sizeof *self);
    self->settings = *settings;
    self->end = eventfd (0, EFD_CLOEXEC);
    self->paused = !settings->always_on; // nothing is captured before it is wanted
    zr_room_id_make (self->id);
    self->encoder = zr_encoder_new (settings->quality);
    self->shrinker = zr_shrinker_new ();
    self->meter = zr_meter_new ();
    self->source = settings->source->open (&settings->capture);
    sigset_t signals;
    zr_socket_hold_signals (&signals);
    const zr_outlets_settings_t ways = {.name = settings->name,
                                        .bind = settings->bind,
                                        .connect = settings->connect,
                                        .encoding = settings->encoding};
    if (self->source)
        self->outlets = zr_outlets_new (&ways);
    if (self->outlets)
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
    zr_outlets_destroy (&self->outlets);
    self->settings.source->close (&self->source);
    zr_encoder_destroy (&self->encoder);
    zr_shrinker_destroy (&self->shrinker);
    zr_meter_destroy (&self->meter);
    zr_frame_release (&self->frame);
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
    return size < 0 ? -1 : 0;
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
zr_publisher_id (const zr_publisher_t *self)
{
    return self->id;
}

void
zr_publisher_connect (zr_publisher_t *self, const char *endpoint)
{
    assert (self && endpoint && self->settings.name);
    zstr_send (self->actor, endpoint);
}

const char *
zr_publisher_local_endpoint (const zr_publisher_t *self)
{
    return zr_outlets_local_endpoint (self->outlets);
}
