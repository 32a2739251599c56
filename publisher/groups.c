// SPDX-License-Identifier: MPL-2.0
// The mark is 2, not 1: a picture and an info that follow each other within the time
// that libzmq needs to take one over must not cost one of them.

#include "publisher/groups.h"

#include <assert.h>

#include "common/multicast.h"
#include "common/socket.h"
#include "common/wire.h"

#define MARK 2

typedef struct {
    zsock_t *socket; // PUB
    zr_multicast_t multicast;
} group_t;

struct zr_groups {
    group_t groups[ZR_LIST_MAX];
    int count;
    char topic[ZR_WIRE_TOPIC_MAX]; // empty in the plain form
    char info_topic[ZR_WIRE_TOPIC_MAX];
};

static int
s_open (zr_groups_t *self, const char *endpoint)
{
    group_t *group = &self->groups[self->count++];
    group->socket = zsock_new (ZMQ_PUB);
    assert (group->socket);
    zr_socket_prepare (group->socket, 0);
    zsock_set_sndhwm (group->socket, MARK);
    return zr_multicast_open (&group->multicast, group->socket, endpoint, "publisher");
}

zr_groups_t *
zr_groups_new (const zr_list_t *endpoints, const char *name)
{
    assert (endpoints);
    zr_groups_t *self = zmalloc (sizeof *self);
    int status = 0;
    if (name) {
        zr_wire_topic (self->topic, ZR_TIER_FULL, name);
        snprintf (self->info_topic, sizeof self->info_topic, "info/%s", name);
    }
    for (int i = 0; i < endpoints->count && status == 0; i++)
        if (zr_multicast_is (endpoints->items[i]))
            status = s_open (self, endpoints->items[i]);
    if (status)
        zr_groups_destroy (&self);
    return self;
}

void
zr_groups_destroy (zr_groups_t **self_p)
{
    assert (self_p);
    zr_groups_t *self = *self_p;
    if (!self)
        return;
    while (self->count)
        zsock_destroy (&self->groups[--self->count].socket);
    freen (self);
    *self_p = NULL;
}

int
zr_groups_count (const zr_groups_t *self)
{
    return self->count;
}

void
zr_groups_send (zr_groups_t *self, zmq_msg_t *message)
{
    assert (self && message);
    for (int i = 0; i < self->count; i++) {
        void *handle = zsock_resolve (self->groups[i].socket);
        zmq_msg_t copy;
        zmq_msg_init (&copy);
        zmq_msg_copy (&copy, message);
        if (*self->topic)
            zmq_send (handle, self->topic, strlen (self->topic), ZMQ_SNDMORE);
        if (zmq_msg_send (&copy, handle, ZMQ_DONTWAIT) < 0)
            zmq_msg_close (&copy);
    }
}

void
zr_groups_tell (zr_groups_t *self, const zr_announcement_t *announcement)
{
    assert (self && announcement);
    zr_announcement_t ours = *announcement;
    ours.full_only = true;
    bool named = self->count > 0 && *self->info_topic;
    char *text = named ? zr_announcement_write (&ours) : NULL;
    for (int i = 0; i < self->count; i++) {
        group_t *group = &self->groups[i];
        void *handle = zsock_resolve (group->socket);
        zr_multicast_watch (&group->multicast, group->socket);
        if (!text)
            continue;
        zmq_send (handle, self->info_topic, strlen (self->info_topic), ZMQ_SNDMORE);
        zmq_send (handle, text, strlen (text), ZMQ_DONTWAIT);
    }
    free (text);
}
