// SPDX-License-Identifier: MPL-2.0
// One thread for all streams: it sleeps on an eventfd, and when woken decodes the
// newest message of each. Mutexes are held for moments, but for the recorder's while a
// picture is written: only the start and the stop of a recording wait for that.

#include "subscriber/decoder.h"

#include <assert.h>
#include <czmq.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "common/socket.h"

#define MEMORY_MAX (INT64_C (2) << 30) // bytes of all streams' pictures together

struct zr_decoder {
    pthread_t thread;
    int event; // eventfd, counts wake-ups
    atomic_bool stopping;
    _Atomic uint64_t bad;
    pthread_mutex_t streams_mutex;        // protects the three below
    pthread_cond_t free;                  // busy has changed
    zr_stream_t *streams[ZR_STREAMS_MAX]; // NULL where there is none
    zr_stream_t *busy;                    // what the thread works on, or NULL
    pthread_mutex_t recorder_mutex;       // protects the next
    zr_recorder_t *recorder;              // owned, or NULL
    zr_jpeg_t *jpeg;                      // the thread's own
    int64_t room;             // the thread's own: bytes that pictures may still take
    _Atomic int64_t returned; // to room, by streams that were removed
};

static void
s_record (void *arg, const zr_stream_t *stream, const zr_shown_t *shown)
{
    zr_decoder_t *self = arg;
    pthread_mutex_lock (&self->recorder_mutex);
    if (self->recorder)
        zr_recorder_write (self->recorder, zr_stream_name (stream), &shown->frame,
                           shown->header.width, shown->header.height,
                           shown->time_us); // a failure was logged there
    pthread_mutex_unlock (&self->recorder_mutex);
}

// Takes the stream at a place, so that nobody removes it meanwhile; NULL gives back.
static zr_stream_t *
s_hold (zr_decoder_t *self, int place)
{
    pthread_mutex_lock (&self->streams_mutex);
    self->busy = place >= 0 ? self->streams[place] : NULL;
    zr_stream_t *stream = self->busy;
    pthread_cond_broadcast (&self->free);
    pthread_mutex_unlock (&self->streams_mutex);
    return stream;
}

static void *
s_run (void *arg)
{
    zr_decoder_t *self = arg;
    uint64_t wakeups;
    while (read (self->event, &wakeups, sizeof wakeups) > 0 || errno == EINTR) {
        if (atomic_load (&self->stopping))
            break;
        self->room += atomic_exchange (&self->returned, 0);
        for (int i = 0; i < ZR_STREAMS_MAX; i++) {
            zr_stream_t *stream = s_hold (self, i);
            if (stream && zr_stream_decode (stream, self->jpeg, &self->room, s_record,
                                            self) == ZR_STREAM_BAD)
                atomic_fetch_add (&self->bad, 1);
        }
        s_hold (self, -1);
    }
    return NULL;
}

zr_decoder_t *
zr_decoder_new (void)
{
    zr_decoder_t *self = zmalloc (sizeof *self);
    pthread_mutex_init (&self->streams_mutex, NULL);
    pthread_cond_init (&self->free, NULL);
    pthread_mutex_init (&self->recorder_mutex, NULL);
    self->jpeg = zr_jpeg_new ();
    self->room = MEMORY_MAX;
    self->event = eventfd (0, EFD_CLOEXEC);
    sigset_t signals;
    zr_socket_hold_signals (&signals); // they are the main thread's
    int error = pthread_create (&self->thread, NULL, s_run, self);
    zr_socket_release_signals (&signals);
    assert (self->event >= 0 && error == 0);
    return self;
}

void
zr_decoder_destroy (zr_decoder_t **self_p)
{
    assert (self_p);
    zr_decoder_t *self = *self_p;
    if (!self)
        return;
    atomic_store (&self->stopping, true);
    zr_decoder_wake (self);
    pthread_join (self->thread, NULL);
    zr_decoder_record (self, NULL);
    zr_jpeg_destroy (&self->jpeg);
    close (self->event);
    pthread_mutex_destroy (&self->recorder_mutex);
    pthread_cond_destroy (&self->free);
    pthread_mutex_destroy (&self->streams_mutex);
    freen (self);
    *self_p = NULL;
}

int
zr_decoder_add (zr_decoder_t *self, zr_stream_t *stream)
{
    int place = 0;
    pthread_mutex_lock (&self->streams_mutex);
    while (place < ZR_STREAMS_MAX && self->streams[place])
        place++;
    if (place < ZR_STREAMS_MAX)
        self->streams[place] = stream;
    pthread_mutex_unlock (&self->streams_mutex);
    return place < ZR_STREAMS_MAX ? 0 : -1;
}

void
zr_decoder_remove (zr_decoder_t *self, zr_stream_t *stream)
{
    bool found = false;
    pthread_mutex_lock (&self->streams_mutex);
    for (int i = 0; i < ZR_STREAMS_MAX; i++)
        if (self->streams[i] == stream) {
            self->streams[i] = NULL;
            found = true;
        }
    while (self->busy == stream)
        pthread_cond_wait (&self->free, &self->streams_mutex);
    if (found)
        atomic_fetch_add (&self->returned, zr_stream_memory (stream));
    pthread_mutex_unlock (&self->streams_mutex);
}

void
zr_decoder_wake (void *self)
{
    const uint64_t one = 1;
    // It fails only when 2^64 wake-ups are pending.
    (void) !write (((zr_decoder_t *) self)->event, &one, sizeof one);
}

void
zr_decoder_record (zr_decoder_t *self, zr_recorder_t **recorder_p)
{
    pthread_mutex_lock (&self->recorder_mutex);
    zr_recorder_t *former = self->recorder;
    self->recorder = recorder_p ? *recorder_p : NULL;
    pthread_mutex_unlock (&self->recorder_mutex);
    if (recorder_p)
        *recorder_p = NULL;
    zr_recorder_destroy (&former);
}

int64_t
zr_decoder_recorded (zr_decoder_t *self)
{
    pthread_mutex_lock (&self->recorder_mutex);
    int64_t pictures =
        self->recorder ? (int64_t) zr_recorder_pictures (self->recorder) : -1;
    pthread_mutex_unlock (&self->recorder_mutex);
    return pictures;
}

uint64_t
zr_decoder_bad (zr_decoder_t *self)
{
    return atomic_load (&self->bad);
}
