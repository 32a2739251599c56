// SPDX-License-Identifier: MPL-2.0
// One pointer and one mutex. The notification comes after the mutex is let go, so the
// taker never wakes up only to wait for it.

#include "common/slot.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct zr_slot {
    pthread_mutex_t mutex;
    void *item; // pending, protected by mutex
    zr_slot_notify_fn *notify;
    void *arg;
};

zr_slot_t *
zr_slot_new (zr_slot_notify_fn *notify, void *arg)
{
    zr_slot_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    pthread_mutex_init (&self->mutex, NULL);
    self->notify = notify;
    self->arg = arg;
    return self;
}

void
zr_slot_destroy (zr_slot_t **self_p)
{
    assert (self_p);
    zr_slot_t *self = *self_p;
    if (!self)
        return;
    assert (!self->item);
    pthread_mutex_destroy (&self->mutex);
    free (self);
    *self_p = NULL;
}

static void *
s_exchange (zr_slot_t *self, void *item)
{
    pthread_mutex_lock (&self->mutex);
    void *former = self->item;
    self->item = item;
    pthread_mutex_unlock (&self->mutex);
    return former;
}

void *
zr_slot_put (zr_slot_t *self, void *item)
{
    assert (self && item);
    void *replaced = s_exchange (self, item);
    if (!replaced && self->notify)
        self->notify (self->arg);
    return replaced;
}

void *
zr_slot_take (zr_slot_t *self)
{
    assert (self);
    return s_exchange (self, NULL);
}
