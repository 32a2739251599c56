// SPDX-License-Identifier: MPL-2.0
// SNDHWM is 1: a viewer whose link is full misses pictures instead of getting old ones.
// The XPUB is VERBOSER: every subscription is told, so that viewers can be counted,
// here and from behind a broker.

#include "publisher/outlet.h"

#include <assert.h>

#include "common/clock.h"
#include "common/socket.h"
#include "publisher/audience.h"

#define SUBSCRIPTION_MAX 4096 // bytes of a message that a viewer may send
#define TURN_MAX 1000         // of those, read before the next picture
#define ORDER 2               // first byte of a room's message to publishers

#define HOLDERS_MAX 16384 // descriptors that are told apart
#define SWEEP_US 1000000  // even if nobody is known to be gone

enum { OPEN, EXACT, FORMS };
enum { INFO = FORMS * ZR_TIERS, AUDIENCES }; // form * ZR_TIERS + tier, and this

// What is sent under one topic.
typedef struct {
    char topic[ZR_WIRE_TOPIC_MAX]; // empty in the plain form
    zr_audience_t audience;
} channel_t;

// A connection, and how many of each audience's viewers are its: nobody takes back what
// others asked for.
typedef struct {
    uint64_t cookie; // 0: none
    uint16_t held[AUDIENCES];
} holder_t;

struct zr_outlet {
    zr_outlet_settings_t settings;
    zsock_t *socket; // XPUB
    zsock_t *monitor;
    channel_t channels[FORMS][ZR_TIERS];
    char info_topic[ZR_WIRE_TOPIC_MAX];
    zr_audience_t info_audience;
    holder_t holders[HOLDERS_MAX]; // by descriptor; without one: the first
    int holders_count;             // places that were ever used
    bool gone;                     // somebody is, since the last sweep
    int64_t swept_us;
    int connections; // up now, as the monitor tells
    bool counts;     // it does: of some transports it tells nothing
    bool connects;   // to a room: what is behind it is more than one connection shows
};

static void
s_init_audiences (zr_outlet_t *self)
{
    static const uint8_t raw[] = {0xff, 0xd8, 0xff, 0xfe};
    const zr_outlet_settings_t *settings = &self->settings;
    if (!settings->name) {
        bool is_raw = settings->encoding == ZR_WIRE_RAW;
        zr_audience_init (&self->channels[OPEN][ZR_TIER_FULL].audience,
                          is_raw ? raw : (const uint8_t *) "/9j/", 4, 0);
        return;
    }
    for (zr_tier_t tier = 0; tier < ZR_TIERS; tier++) {
        channel_t *open = &self->channels[OPEN][tier];
        channel_t *exact = &self->channels[EXACT][tier];
        zr_wire_topic (open->topic, tier, settings->name);
        zr_wire_exact_topic (exact->topic, tier, settings->name);
        // "everything" is the full tier.
        size_t whole = tier == ZR_TIER_FULL ? 0 : strlen (zr_wire_tier_name (tier)) + 1;
        size_t len = strlen (exact->topic);
        zr_audience_init (&open->audience, open->topic, strlen (open->topic), whole);
        zr_audience_init (&exact->audience, exact->topic, len, len);
    }
    snprintf (self->info_topic, sizeof self->info_topic, "info/%s", settings->name);
    zr_audience_init (&self->info_audience, self->info_topic, strlen (self->info_topic),
                      strlen ("info/"));
}

zr_outlet_t *
zr_outlet_new (const zr_outlet_settings_t *settings)
{
    assert (settings && settings->viewers);
    zr_outlet_t *self = zmalloc (sizeof *self);
    self->settings = *settings;
    self->socket = zsock_new (ZMQ_XPUB);
    assert (self->socket);
    zr_socket_prepare (self->socket, SUBSCRIPTION_MAX);
    zsock_set_sndhwm (self->socket, 1);
    zsock_set_xpub_verboser (self->socket, 1);
    self->monitor = zr_socket_monitor (self->socket);
    s_init_audiences (self);
    return self;
}

void
zr_outlet_destroy (zr_outlet_t **self_p)
{
    assert (self_p);
    zr_outlet_t *self = *self_p;
    if (!self)
        return;
    zr_socket_unmonitor (self->socket, &self->monitor);
    zsock_destroy (&self->socket);
    freen (self);
    *self_p = NULL;
}

int
zr_outlet_bind (zr_outlet_t *self, const char *endpoint, char **bound)
{
    assert (self && endpoint);
    if (zr_socket_bind (self->socket, endpoint, "publisher"))
        return -1;
    if (bound)
        *bound = zsock_last_endpoint (self->socket);
    return 0;
}

int
zr_outlet_connect (zr_outlet_t *self, const char *endpoint)
{
    assert (self && endpoint);
    self->connects = true;
    return zr_socket_connect (self->socket, endpoint, "publisher");
}

zsock_t *
zr_outlet_socket (zr_outlet_t *self)
{
    return self->socket;
}

zsock_t *
zr_outlet_monitor (zr_outlet_t *self)
{
    return self->monitor;
}

// The descriptor of the connection that a message came by, or -1: libzmq itself takes
// back what one that is gone had subscribed to.
static int
s_fd (zframe_t *frame)
{
    const char *number = zframe_meta (frame, "__fd"); // what ZMQ_SRCFD reads
    return number ? (int) strtol (number, NULL, 10) : -1;
}

static zr_audience_t *
s_audience (zr_outlet_t *self, int number)
{
    return number == INFO
               ? &self->info_audience
               : &self->channels[number / ZR_TIERS][number % ZR_TIERS].audience;
}

static void
s_release (zr_outlet_t *self, holder_t *holder)
{
    for (int i = 0; i < AUDIENCES; i++) {
        zr_audience_t *audience = s_audience (self, i);
        audience->viewers -= holder->held[i];
    }
    *holder = (holder_t){0};
}

// Whose a message is; NULL: that connection is gone. What libzmq takes back of one that
// is gone comes without a descriptor, and so does all that is said within this program.
static holder_t *
s_holder (zr_outlet_t *self, int fd)
{
    if (fd <= 0 || fd >= HOLDERS_MAX)
        return &self->holders[0];
    uint64_t cookie = zr_socket_cookie (fd);
    holder_t *holder = &self->holders[fd];
    if (!cookie)
        return NULL;
    if (holder->cookie != cookie)
        s_release (self, holder);
    holder->cookie = cookie;
    self->holders_count = fd < self->holders_count ? self->holders_count : fd + 1;
    return holder;
}

// Gives back what those had asked for who are gone.
static void
s_sweep (zr_outlet_t *self)
{
    int64_t now_us = zr_clock_us ();
    if (!self->gone && now_us - self->swept_us < SWEEP_US)
        return;
    self->gone = false;
    self->swept_us = now_us;
    for (int fd = 1; fd < self->holders_count; fd++)
        if (self->holders[fd].cookie &&
            self->holders[fd].cookie != zr_socket_cookie (fd))
            s_release (self, &self->holders[fd]);
}

// Takes a subscription, or one's end. Returns how many viewers more that are.
static int
s_count (zr_outlet_t *self, holder_t *holder, int number, zframe_t *frame)
{
    const uint8_t *data = zframe_data (frame);
    size_t size = zframe_size (frame);
    zr_audience_t *audience = s_audience (self, number);
    int before = audience->viewers;
    if (!size || holder->held[number] == (data[0] ? UINT16_MAX : 0))
        return 0;
    int change = zr_audience_take (audience, data, size) - before;
    holder->held[number] = (uint16_t) (holder->held[number] + change);
    return change;
}

static void
s_take (zr_outlet_t *self, zframe_t *frame, char *order, size_t order_max)
{
    const uint8_t *data = zframe_data (frame);
    size_t size = zframe_size (frame);
    if (size > 1 && data[0] == ORDER && size <= order_max && self->connects) {
        memcpy (order, data + 1, size - 1);
        order[size - 1] = '\0';
        return;
    }
    int fd = s_fd (frame);
    holder_t *holder = s_holder (self, fd);
    self->gone = self->gone || fd < 0 || !holder;
    const bool forms[FORMS] = {self->settings.open, self->settings.exact};
    for (int form = 0; form < FORMS && holder; form++)
        for (zr_tier_t tier = 0; tier < ZR_TIERS && forms[form]; tier++)
            if (self->settings.tiers[tier]) {
                int change =
                    s_count (self, holder, form * ZR_TIERS + (int) tier, frame);
                if (change)
                    zr_viewers_want (self->settings.viewers, fd, change);
            }
    if (self->settings.info && holder)
        s_count (self, holder, INFO, frame);
}

void
zr_outlet_listen (zr_outlet_t *self, char *order, size_t order_max)
{
    assert (self && order);
    for (int i = 0; i < TURN_MAX && zsock_events (self->socket) & ZMQ_POLLIN; i++) {
        zframe_t *frame = zframe_recv (self->socket);
        if (!frame)
            return; // interrupted
        s_take (self, frame, order, order_max);
        zframe_destroy (&frame);
    }
    int fd;
    zr_socket_event_t event;
    while ((event = zr_socket_event (self->monitor, &fd)) != ZR_SOCKET_NONE) {
        if (event == ZR_SOCKET_UP) {
            zr_socket_keep_fresh (fd);
            self->connections++;
            self->counts = true;
        } else if (event == ZR_SOCKET_DOWN) {
            self->connections -= self->connections > 0;
            self->gone = true;
        }
    }
    s_sweep (self);
}

// No more than are connected: a peer may subscribe again and again, and libzmq takes
// only one of these back when it goes.
int
zr_outlet_viewers (const zr_outlet_t *self, zr_tier_t tier)
{
    assert (self && tier < ZR_TIERS);
    int viewers = self->channels[OPEN][tier].audience.viewers +
                  self->channels[EXACT][tier].audience.viewers;
    bool direct = self->counts && !self->connects;
    return direct && viewers > self->connections ? self->connections : viewers;
}

bool
zr_outlet_wants_info (const zr_outlet_t *self)
{
    return self->info_audience.viewers > 0 && (!self->counts || self->connections > 0);
}

static void
s_send (zr_outlet_t *self, const channel_t *channel, zmq_msg_t *message)
{
    void *handle = zsock_resolve (self->socket);
    zmq_msg_t copy;
    zmq_msg_init (&copy);
    zmq_msg_copy (&copy, message);
    if (*channel->topic)
        zmq_send (handle, channel->topic, strlen (channel->topic), ZMQ_SNDMORE);
    if (zmq_msg_send (&copy, handle, ZMQ_DONTWAIT) < 0)
        zmq_msg_close (&copy);
}

void
zr_outlet_send (zr_outlet_t *self, zr_tier_t tier, zmq_msg_t *message)
{
    assert (self && message && tier < ZR_TIERS);
    if (!zr_outlet_viewers (self, tier))
        return;
    for (int form = 0; form < FORMS; form++)
        if (self->channels[form][tier].audience.viewers)
            s_send (self, &self->channels[form][tier], message);
}

void
zr_outlet_send_info (zr_outlet_t *self, const char *text)
{
    assert (self && text);
    if (!zr_outlet_wants_info (self))
        return;
    void *handle = zsock_resolve (self->socket);
    zmq_send (handle, self->info_topic, strlen (self->info_topic), ZMQ_SNDMORE);
    zmq_send (handle, text, strlen (text), ZMQ_DONTWAIT);
}
