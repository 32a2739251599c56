// SPDX-License-Identifier: MPL-2.0
// SNDHWM is 1: a viewer whose link is full misses pictures instead of getting old ones.
// The XPUB is VERBOSER: every subscription is told, so that viewers can be counted,
// here and from behind a broker.

#include "publisher/outlet.h"

#include <assert.h>

#include "common/socket.h"
#include "publisher/audience.h"

#define SUBSCRIPTION_MAX 4096 // bytes of a message that a viewer may send
#define TURN_MAX 1000         // of those, read before the next picture
#define ORDER 2               // first byte of a room's message to publishers

enum { OPEN, EXACT, FORMS };

// What is sent under one topic.
typedef struct {
    char topic[ZR_WIRE_TOPIC_MAX]; // empty in the plain form
    zr_audience_t audience;
} channel_t;

struct zr_outlet {
    zr_outlet_settings_t settings;
    zsock_t *socket; // XPUB
    zsock_t *monitor;
    channel_t channels[FORMS][ZR_TIERS];
    char info_topic[ZR_WIRE_TOPIC_MAX];
    zr_audience_t info_audience;
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
    const bool forms[FORMS] = {self->settings.open, self->settings.exact};
    for (int form = 0; form < FORMS; form++)
        for (zr_tier_t tier = 0; tier < ZR_TIERS && forms[form]; tier++) {
            zr_audience_t *audience = &self->channels[form][tier].audience;
            int before = audience->viewers;
            if (self->settings.tiers[tier] &&
                zr_audience_take (audience, data, size) != before)
                zr_viewers_want (self->settings.viewers, s_fd (frame),
                                 audience->viewers - before);
        }
    if (self->settings.info)
        zr_audience_take (&self->info_audience, data, size);
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
        } else if (event == ZR_SOCKET_DOWN && self->connections > 0)
            self->connections--;
    }
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
