// SPDX-License-Identifier: MPL-2.0
// What a camera's own JPEG costs the publisher, from the driver's buffer to the sent
// message: mend, encode (which only puts the metadata in), pack, send on an XPUB of
// high-water mark 1 to one subscriber over TCP on this machine. In CPU time of that
// thread; libzmq's own thread, which writes to the socket, is not in it. The pictures
// lie one behind the other and are taken in turn, so that they come from memory as a
// camera's do, and the next one is sent when the last one has arrived. Each is sent as
// it is and without its Huffman tables; the floor is av_base64_encode of the same
// bytes. Prints JSON, milliseconds a picture. Exit status 0, or 1 with the reason on
// stderr.

#include <assert.h>
#include <inttypes.h>
#include <libavutil/base64.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "common/wire.h"
#include "publisher/camera_jpeg.h"
#include "publisher/encoder.h"

#define PICTURES_MAX 4096
#define ENDPOINT_MAX 64
#define PATIENCE_S 10

typedef struct {
    const uint8_t *data;
    size_t len;
} picture_t;

typedef struct {
    picture_t pictures[PICTURES_MAX];
    int count;
} list_t;

typedef struct {
    void *context;
    char endpoint[ENDPOINT_MAX];
    sem_t arrived;
} viewer_t;

static list_t s_whole, s_bare; // with tables and without

static _Noreturn void
s_fail (const char *reason)
{
    fprintf (stderr, "camera_pass: %s\n", reason);
    exit (1);
}

static int64_t
s_cpu_ns (void)
{
    struct timespec now;
    clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C (1000000000) + now.tv_nsec;
}

// ---- pictures -----------------------------------------------------------------------

// A copy without the DHT segments, never freed.
static picture_t
s_strip (picture_t whole)
{
    uint8_t *to = malloc (whole.len);
    if (!to)
        abort ();
    memcpy (to, whole.data, 2);
    picture_t bare = {.data = to, .len = 2};
    size_t at = 2;
    while (whole.data[at + 1] != 0xda) {
        size_t size = 2u + (size_t) (whole.data[at + 2] << 8 | whole.data[at + 3]);
        if (whole.data[at + 1] != 0xc4) {
            memcpy (to + bare.len, whole.data + at, size);
            bare.len += size;
        }
        at += size;
    }
    memcpy (to + bare.len, whole.data + at, whole.len - at);
    bare.len += whole.len - at;
    return bare;
}

// Reads JPEGs that stand one behind the other.
static void
s_read (const char *path)
{
    FILE *file = fopen (path, "rb");
    if (!file || fseek (file, 0, SEEK_END))
        s_fail ("cannot read the file");
    long size = ftell (file);
    rewind (file);
    uint8_t *data = malloc (size > 0 ? (size_t) size : 1);
    if (!data || size < 0 || fread (data, 1, (size_t) size, file) != (size_t) size)
        s_fail ("cannot read the file");
    fclose (file);

    zr_camera_jpeg_t *camera = zr_camera_jpeg_new ();
    const uint8_t *at = data, *end = data + size;
    while (at < end && s_whole.count < PICTURES_MAX) {
        picture_t picture;
        if (zr_camera_jpeg_mend (camera, at, (size_t) (end - at), &picture.data,
                                 &picture.len) ||
            picture.data != at)
            s_fail ("a picture in the file is not whole");
        s_whole.pictures[s_whole.count++] = picture;
        s_bare.pictures[s_bare.count++] = s_strip (picture);
        at += picture.len;
    }
    zr_camera_jpeg_destroy (&camera);
    if (s_whole.count == 0)
        s_fail ("no picture in the file");
}

// ---- the viewer's thread ------------------------------------------------------------

static void *
s_view (void *argument)
{
    viewer_t *viewer = argument;
    void *sub = zmq_socket (viewer->context, ZMQ_SUB);
    zmq_setsockopt (sub, ZMQ_SUBSCRIBE, "", 0);
    zmq_msg_t message;
    zmq_msg_init (&message);
    if (zmq_connect (sub, viewer->endpoint) == 0)
        while (zmq_msg_recv (&message, sub, 0) >= 0 && zmq_msg_size (&message))
            sem_post (&viewer->arrived);
    zmq_msg_close (&message);
    zmq_close (sub);
    return NULL;
}

// ---- measuring ----------------------------------------------------------------------

// Sends them all; returns the CPU time of it in nanoseconds.
static int64_t
s_pass (void *xpub, viewer_t *viewer, const list_t *list)
{
    zr_camera_jpeg_t *camera = zr_camera_jpeg_new ();
    zr_encoder_t *encoder = zr_encoder_new (80);
    zr_frame_t frame = {0};
    int64_t spent = 0;
    for (int i = 0; i < list->count; i++) {
        zr_shot_t shot = {.time_us = 1700000000000000 + i};
        zmq_msg_t message;
        int64_t begin = s_cpu_ns ();
        if (zr_camera_jpeg_mend (camera, list->pictures[i].data, list->pictures[i].len,
                                 &shot.jpeg, &shot.jpeg_len) ||
            zr_encoder_encode (encoder, &shot, (uint64_t) i, &frame) ||
            zr_wire_pack (&message, ZR_WIRE_BASE64, frame.data, frame.len) ||
            zmq_msg_send (&message, xpub, ZMQ_DONTWAIT) < 0)
            s_fail ("a picture was refused");
        spent += s_cpu_ns () - begin;

        struct timespec until;
        clock_gettime (CLOCK_REALTIME, &until);
        until.tv_sec += PATIENCE_S;
        if (sem_timedwait (&viewer->arrived, &until))
            s_fail ("a picture did not arrive");
        // Without a look at its events the socket may not know yet that it has room.
        int events;
        size_t size = sizeof events;
        zmq_getsockopt (xpub, ZMQ_EVENTS, &events, &size);
    }
    zr_frame_release (&frame);
    zr_encoder_destroy (&encoder);
    zr_camera_jpeg_destroy (&camera);
    return spent;
}

static int64_t
s_floor (const list_t *list)
{
    static char *text;
    static size_t room;
    int64_t spent = 0;
    for (int i = 0; i < list->count; i++) {
        size_t size = AV_BASE64_SIZE (list->pictures[i].len);
        if (size > room) {
            free (text);
            text = malloc (room = 2 * size);
            if (!text)
                abort ();
        }
        int64_t begin = s_cpu_ns ();
        av_base64_encode (text, (int) size, list->pictures[i].data,
                          (int) list->pictures[i].len);
        spent += s_cpu_ns () - begin;
    }
    return spent;
}

static double
s_mean_ms (int64_t spent_ns, int rounds)
{
    return (double) spent_ns / 1e6 / rounds / s_whole.count;
}

static void
s_measure (void *xpub, viewer_t *viewer, int rounds)
{
    int64_t whole = 0, bare = 0, floor = 0;
    size_t bytes = 0;
    s_pass (xpub, viewer, &s_whole); // warms up
    for (int round = 0; round < rounds; round++) {
        whole += s_pass (xpub, viewer, &s_whole);
        floor += s_floor (&s_whole);
        bare += s_pass (xpub, viewer, &s_bare);
    }
    for (int i = 0; i < s_whole.count; i++)
        bytes += s_whole.pictures[i].len;
    printf ("{\"whole_ms\":%.5f,\"bare_ms\":%.5f,\"base64_ms\":%.5f,"
            "\"pictures\":%d,\"mean_bytes\":%zu}\n",
            s_mean_ms (whole, rounds), s_mean_ms (bare, rounds),
            s_mean_ms (floor, rounds), s_whole.count, bytes / (size_t) s_whole.count);
}

int
main (int argc, char **argv)
{
    int rounds = argc == 3 ? (int) strtol (argv[2], NULL, 10) : 0;
    if (rounds < 1) {
        fprintf (stderr, "usage: camera_pass FILE.mjpeg ROUNDS\n");
        return 2;
    }
    s_read (argv[1]);
    viewer_t viewer = {.context = zmq_ctx_new ()};
    void *xpub = zmq_socket (viewer.context, ZMQ_XPUB);
    int mark = 1, patience_ms = PATIENCE_S * 1000;
    size_t size = sizeof viewer.endpoint;
    char subscription[2];
    pthread_t thread;
    zmq_setsockopt (xpub, ZMQ_SNDHWM, &mark, sizeof mark);
    zmq_setsockopt (xpub, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms);
    sem_init (&viewer.arrived, 0, 0);
    if (zmq_bind (xpub, "tcp://127.0.0.1:*") ||
        zmq_getsockopt (xpub, ZMQ_LAST_ENDPOINT, viewer.endpoint, &size) ||
        pthread_create (&thread, NULL, s_view, &viewer) ||
        zmq_recv (xpub, subscription, sizeof subscription, 0) != 1)
        s_fail ("no viewer came");

    s_measure (xpub, &viewer, rounds);
    zmq_send (xpub, "", 0, 0); // ends the viewer
    pthread_join (thread, NULL);
    zmq_close (xpub);
    zmq_ctx_term (viewer.context);
    sem_destroy (&viewer.arrived);
    return 0;
}
