// SPDX-License-Identifier: MPL-2.0
// s_run is the thread: it alone calls the media, but for zr_media_stop. What it shares
// with the taker is one pending picture and how things stand, under the mutex; the
// condition is signalled on every change. It is a slot that can also make its giver
// wait. Frames are moved by reference, never copied.
// The thread blocks all signals: they are for the main thread.

#include "publisher/media_feed.h"

#include <assert.h>
#include <czmq.h>
#include <pthread.h>
#include <signal.h>

#include "common/clock.h"
#include "common/log.h"

#define REDIAL_US 2000000 // after a live stream broke off

struct zr_media_feed {
    const char *subject;
    zr_media_t *media; // the thread's
    bool loop;         // and it can
    bool live;
    pthread_t thread;
    bool started; // thread exists

    pthread_mutex_t mutex; // all below
    pthread_cond_t changed;
    bool stopped;               // the thread is to end
    bool resting;               // live: nobody looks
    bool filled;                // pending holds a picture
    zr_media_picture_t pending; // the frame is a shell while not filled
    zr_grab_t outcome;          // ZR_GRAB_NOTHING while it goes on
};

static struct timespec
s_timespec (int64_t time_us)
{
    return (struct timespec){.tv_sec = time_us / 1000000,
                             .tv_nsec = time_us % 1000000 * 1000};
}

static void
s_move (zr_media_picture_t *dest, zr_media_picture_t *src)
{
    AVFrame *frame = dest->frame;
    av_frame_unref (frame);
    av_frame_move_ref (frame, src->frame);
    *dest = *src;
    dest->frame = frame;
}

// Waits until there is room for the next picture, before it is decoded: a frame that
// waits takes memory. A live stream always has room.
static void
s_wait_for_room (zr_media_feed_t *self)
{
    pthread_mutex_lock (&self->mutex);
    while (self->filled && !self->live && !self->stopped)
        pthread_cond_wait (&self->changed, &self->mutex);
    pthread_mutex_unlock (&self->mutex);
}

static void
s_put (zr_media_feed_t *self, zr_media_picture_t *picture)
{
    pthread_mutex_lock (&self->mutex);
    if (!self->resting && !self->stopped) {
        s_move (&self->pending, picture);
        self->filled = true;
        pthread_cond_broadcast (&self->changed);
    }
    pthread_mutex_unlock (&self->mutex);
}

static bool
s_is_resting (zr_media_feed_t *self)
{
    pthread_mutex_lock (&self->mutex);
    bool resting = self->resting;
    pthread_mutex_unlock (&self->mutex);
    return resting;
}

// Sleeps, less if it is to end. Returns whether it is not.
static bool
s_sleep (zr_media_feed_t *self, int64_t duration_us)
{
    struct timespec until = s_timespec (zr_clock_us () + duration_us);
    int code = 0;
    pthread_mutex_lock (&self->mutex);
    while (!self->stopped && code != ETIMEDOUT)
        code = pthread_cond_timedwait (&self->changed, &self->mutex, &until);
    bool stopped = self->stopped;
    pthread_mutex_unlock (&self->mutex);
    return !stopped;
}

// A live stream broke off. Returns whether it is back; false only to end.
static bool
s_redial (zr_media_feed_t *self)
{
    zr_log_warn (self->subject, "%s has broken off; trying again every %d s",
                 zr_media_label (self->media), REDIAL_US / 1000000);
    while (s_sleep (self, REDIAL_US) && !zsys_interrupted)
        if (zr_media_rewind (self->media) == 0) {
            zr_log_info (self->subject, "%s is back", zr_media_label (self->media));
            return true;
        }
    return false;
}

// The media has ended. Returns ZR_GRAB_NOTHING if it goes on all the same.
static zr_grab_t
s_continue (zr_media_feed_t *self, zr_media_result_t result)
{
    if (result == ZR_MEDIA_STOPPED)
        return ZR_GRAB_END;
    if (self->live && self->loop)
        return s_redial (self) ? ZR_GRAB_NOTHING : ZR_GRAB_END;
    if (self->live && result == ZR_MEDIA_FAILED)
        zr_log_error (self->subject, "%s has broken off", zr_media_label (self->media));
    if (result == ZR_MEDIA_FAILED)
        return ZR_GRAB_FAILED;
    if (!self->loop)
        return ZR_GRAB_END;
    return zr_media_rewind (self->media) == 0 ? ZR_GRAB_NOTHING : ZR_GRAB_FAILED;
}

static void *
s_run (void *arg)
{
    zr_media_feed_t *self = arg;
    zr_media_picture_t picture = {.frame = av_frame_alloc ()};
    zr_grab_t outcome = ZR_GRAB_NOTHING;
    assert (picture.frame);
    while (outcome == ZR_GRAB_NOTHING) {
        s_wait_for_room (self);
        bool resting = s_is_resting (self);
        zr_media_result_t result = resting ? zr_media_drop (self->media)
                                           : zr_media_read (self->media, &picture);
        if (result != ZR_MEDIA_PICTURE)
            outcome = s_continue (self, result);
        else if (!resting)
            s_put (self, &picture);
    }
    av_frame_free (&picture.frame);

    pthread_mutex_lock (&self->mutex);
    self->outcome = outcome;
    pthread_cond_broadcast (&self->changed);
    pthread_mutex_unlock (&self->mutex);
    return NULL;
}

static void
s_start (zr_media_feed_t *self)
{
    sigset_t all, before;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    self->started = pthread_create (&self->thread, NULL, s_run, self) == 0;
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    assert (self->started); // as zactor_new does
}

zr_media_feed_t *
zr_media_feed_new (const char *subject, zr_media_t **media_p, bool loop)
{
    assert (subject && media_p && *media_p);
    zr_media_feed_t *self = zmalloc (sizeof *self);
    self->subject = subject;
    self->media = *media_p;
    *media_p = NULL;
    self->loop = loop && zr_media_is_repeatable (self->media);
    self->live = zr_media_is_live (self->media);
    self->resting = self->live; // until the first take
    self->outcome = ZR_GRAB_NOTHING;
    self->pending.frame = av_frame_alloc ();
    assert (self->pending.frame);

    pthread_condattr_t attributes;
    pthread_condattr_init (&attributes);
    pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
    pthread_cond_init (&self->changed, &attributes);
    pthread_condattr_destroy (&attributes);
    pthread_mutex_init (&self->mutex, NULL);
    s_start (self);
    return self;
}

void
zr_media_feed_destroy (zr_media_feed_t **self_p)
{
    assert (self_p);
    zr_media_feed_t *self = *self_p;
    if (!self)
        return;
    pthread_mutex_lock (&self->mutex);
    self->stopped = true;
    pthread_cond_broadcast (&self->changed);
    pthread_mutex_unlock (&self->mutex);
    zr_media_stop (self->media);
    pthread_join (self->thread, NULL);
    pthread_cond_destroy (&self->changed);
    pthread_mutex_destroy (&self->mutex);
    av_frame_free (&self->pending.frame);
    zr_media_destroy (&self->media);
    freen (self);
    *self_p = NULL;
}

zr_grab_t
zr_media_feed_take (zr_media_feed_t *self, int64_t until_us,
                    zr_media_picture_t *picture)
{
    assert (self && picture && picture->frame);
    struct timespec until = s_timespec (until_us);
    zr_grab_t result = ZR_GRAB_SHOT;
    int code = 0;
    pthread_mutex_lock (&self->mutex);
    self->resting = false;
    while (!self->filled && self->outcome == ZR_GRAB_NOTHING && code != ETIMEDOUT)
        code = pthread_cond_timedwait (&self->changed, &self->mutex, &until);
    if (self->filled) {
        s_move (picture, &self->pending);
        self->filled = false;
        pthread_cond_broadcast (&self->changed);
    } else
        result = self->outcome;
    pthread_mutex_unlock (&self->mutex);
    return result;
}

void
zr_media_feed_rest (zr_media_feed_t *self)
{
    assert (self);
    if (!self->live)
        return;
    pthread_mutex_lock (&self->mutex);
    self->resting = true;
    self->filled = false;
    av_frame_unref (self->pending.frame);
    pthread_mutex_unlock (&self->mutex);
}

bool
zr_media_feed_is_live (const zr_media_feed_t *self)
{
    assert (self);
    return self->live;
}
