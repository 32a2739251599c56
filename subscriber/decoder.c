// SPDX-License-Identifier: MPL-2.0
// One thread for all streams: it sleeps on an eventfd, and when woken decodes the
// newest message of each. The recorder is behind a mutex, which only the main thread's
// start and stop of a recording ever contend for.

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
    pthread_mutex_t mutex; // protects the three below
    zr_stream_t *streams[ZR_STREAMS_MAX];
    int streams_count;
    zr_recorder_t *recorder; // owned, or NULL
    zr_jpeg_t *jpeg;         // the thread's own
    int64_t room;            // the thread's own: bytes that pictures may still take
};

static void
s_record (void *arg, const zr_stream_t *stream, const zr_shown_t *shown)
{
    zr_decoder_t *self = arg;
    pthread_mutex_lock (&self->mutex);
    if (self->recorder)
        zr_recorder_write (self->recorder, zr_stream_name (stream), &shown->frame,
                           shown->picture.width, shown->picture.height,
                           shown->time_us); // a failure was logged there
    pthread_mutex_unlock (&self->mutex);
}

static void *
s_run (void *arg)
{
    zr_decoder_t *self = arg;
    uint64_t wakeups;
    while (read (self->event, &wakeups, sizeof wakeups) > 0 || errno == EINTR) {
        if (atomic_load (&self->stopping))
            break;
        pthread_mutex_lock (&self->mutex);
        int count = self->streams_count; // streams are only ever added
        pthread_mutex_unlock (&self->mutex);
        for (int i = 0; i < count; i++)
            if (zr_stream_decode (self->streams[i], self->jpeg, &self->room, s_record,
                                  self) == ZR_STREAM_BAD)
                atomic_fetch_add (&self->bad, 1);
    }
    return NULL;
}

zr_decoder_t *
zr_decoder_new (void)
{
    zr_decoder_t *self = zmalloc (sizeof *self);
    pthread_mutex_init (&self->mutex, NULL);
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
    pthread_mutex_destroy (&self->mutex);
    freen (self);
    *self_p = NULL;
}

int
zr_decoder_add (zr_decoder_t *self, zr_stream_t *stream)
{
    int result = -1;
    pthread_mutex_lock (&self->mutex);
    if (self->streams_count < ZR_STREAMS_MAX) {
        self->streams[self->streams_count++] = stream;
        result = 0;
    }
    pthread_mutex_unlock (&self->mutex);
    return result;
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
    pthread_mutex_lock (&self->mutex);
    zr_recorder_t *former = self->recorder;
    self->recorder = recorder_p ? *recorder_p : NULL;
    pthread_mutex_unlock (&self->mutex);
    if (recorder_p)
        *recorder_p = NULL;
    zr_recorder_destroy (&former);
}

int64_t
zr_decoder_recorded (zr_decoder_t *self)
{
    pthread_mutex_lock (&self->mutex);
    int64_t pictures =
        self->recorder ? (int64_t) zr_recorder_pictures (self->recorder) : -1;
    pthread_mutex_unlock (&self->mutex);
    return pictures;
}

uint64_t
zr_decoder_bad (zr_decoder_t *self)
{
    return atomic_load (&self->bad);
}
