// SPDX-License-Identifier: MPL-2.0
// The publisher on pictures that lie in memory, so that nothing is measured but what
// it does itself: its own thread and sockets (publisher.h), fed by a source of ours.
//
//   --fps N     pictures a second; 0: as fast as they are taken
//   --jpeg      pictures are compressed beforehand, as a camera's are
//   --floor     between two pictures do what cannot be avoided with another one, bare:
//               tjCompressFromYUVPlanes, av_base64_encode, av_base64_decode,
//               tjDecompressToYUVPlanes, fast as ours at this quality; into memory that
//               is kept
//   --bare      no publisher at all: the same pictures by those two calls and an XPUB
//   --stamp     write into each picture when it was captured (stamp.h)
//
// It begins when --viewers are there, leaves the first pictures out as warming up, and
// prints JSON after --seconds: CPU time is that of the whole process, libzmq's thread
// included, less what the source itself took. The stream is full/bench. One process,
// the publisher's threads and libzmq's.

#include <czmq.h>
#include <getopt.h>
#include <inttypes.h>
#include <libavutil/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "common/clock.h"
#include "common/log.h"
#include "publisher/publisher.h"
#include "tests/bench/stamp.h"

#define PICTURES_MAX 1024
#define SAMPLES_MAX 65536
#define WARM 10 // pictures that are not counted
#define QUALITY 80
#define PATIENCE_S 15 // for the viewers to come, and at the end
#define TOPIC "full/bench"

typedef struct {
    // settings
    int fps, seconds, viewers, width, height;
    bool jpeg, floor, bare, stamp;
    const char *bind, *connect, *path;

    zr_picture_t pictures[PICTURES_MAX];
    uint8_t *jpegs[PICTURES_MAX];
    size_t jpeg_lens[PICTURES_MAX];
    int count;

    uint64_t taken;   // pictures handed out
    int64_t start_us; // of the first one
    int64_t own_ns;   // CPU time that the source took
    int64_t first_ns; // CPU time of process less own, when the counting began
    int64_t counted_us;

    // floor
    tjhandle compressor, decompressor;
    uint8_t *jpeg_memory, *jpeg_again;
    char *text;
    size_t text_room;
    zr_picture_t decoded;
    int64_t encode_ns, decode_ns;
    int samples;
    int64_t wall_ns[SAMPLES_MAX];
    uint64_t bytes; // of messages, in the floor
} send_t;

static send_t s_self;

static _Noreturn void
s_fail (const char *reason)
{
    fprintf (stderr, "video_send: %s\n", reason);
    exit (1);
}

static int64_t
s_ns (clockid_t clock)
{
    struct timespec now;
    clock_gettime (clock, &now);
    return now.tv_sec * INT64_C (1000000000) + now.tv_nsec;
}

// ---- the unavoidable ----------------------------------------------------------------

// Compresses picture n; returns the JPEG's size. It is in jpeg_memory.
static size_t
s_compress (send_t *self, int n)
{
    const zr_picture_t *picture = &self->pictures[n];
    const unsigned char *planes[3] = {picture->planes[0], picture->planes[1],
                                      picture->planes[2]};
    unsigned long size = tjBufSize (self->width, self->height, TJSAMP_420);
    if (tjCompressFromYUVPlanes (self->compressor, planes, self->width,
                                 picture->strides, self->height, TJSAMP_420,
                                 &self->jpeg_memory, &size, QUALITY, TJFLAG_NOREALLOC))
        s_fail (tjGetErrorStr2 (self->compressor));
    return size;
}

static void
s_open_floor (send_t *self)
{
    self->compressor = tjInitCompress ();
    self->decompressor = tjInitDecompress ();
    size_t size = tjBufSize (self->width, self->height, TJSAMP_420);
    self->text_room = AV_BASE64_SIZE (size);
    self->jpeg_memory = malloc (size);
    self->jpeg_again = malloc (size);
    self->text = malloc (self->text_room);
    if (!self->jpeg_memory || !self->jpeg_again || !self->text ||
        zr_picture_shape (&self->decoded, self->width, self->height, TJSAMP_420))
        abort ();
}

static void
s_do_floor (send_t *self, int n)
{
    int64_t wall = s_ns (CLOCK_MONOTONIC), begin = s_ns (CLOCK_THREAD_CPUTIME_ID);
    size_t size = s_compress (self, n);
    av_base64_encode (self->text, (int) self->text_room, self->jpeg_memory, (int) size);
    int64_t middle = s_ns (CLOCK_THREAD_CPUTIME_ID);
    int len = av_base64_decode (self->jpeg_again, self->text, (int) size);
    if (len != (int) size ||
        tjDecompressToYUVPlanes (self->decompressor, self->jpeg_again, size,
                                 self->decoded.planes, self->width,
                                 self->decoded.strides, self->height, TJFLAG_FASTDCT))
        s_fail ("a picture was not decoded");
    int64_t end = s_ns (CLOCK_THREAD_CPUTIME_ID);
    if (self->taken <= WARM || self->samples == SAMPLES_MAX)
        return;
    self->encode_ns += middle - begin;
    self->decode_ns += end - middle;
    self->wall_ns[self->samples++] = s_ns (CLOCK_MONOTONIC) - wall;
    self->bytes += AV_BASE64_SIZE (size) - 1;
}

// ---- pictures -----------------------------------------------------------------------

static void
s_read (send_t *self)
{
    FILE *file = fopen (self->path, "rb");
    size_t luma = (size_t) self->width * (size_t) self->height;
    if (!file)
        s_fail ("cannot read the file");
    while (self->count < PICTURES_MAX) {
        zr_picture_t *picture = &self->pictures[self->count];
        uint8_t *memory = malloc (luma * 3 / 2);
        if (!memory)
            abort ();
        if (fread (memory, luma * 3 / 2, 1, file) != 1) {
            free (memory);
            break;
        }
        *picture =
            (zr_picture_t){.planes = {memory, memory + luma, memory + luma * 5 / 4},
                           .strides = {self->width, self->width / 2, self->width / 2},
                           .width = self->width,
                           .height = self->height,
                           .subsampling = TJSAMP_420};
        if (self->jpeg) {
            size_t size = self->jpeg_lens[self->count] = s_compress (self, self->count);
            self->jpegs[self->count] = malloc (size);
            if (!self->jpegs[self->count])
                abort ();
            memcpy (self->jpegs[self->count], self->jpeg_memory, size);
        }
        self->count++;
    }
    fclose (file);
    if (!self->count)
        s_fail ("no picture in the file");
}

static void
s_sleep_until (int64_t time_us)
{
    const struct timespec until = {.tv_sec = time_us / 1000000,
                                   .tv_nsec = time_us % 1000000 * 1000};
    clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

// Waits until the next picture is due; sets *shot to it. Returns false at the end.
static bool
s_take (send_t *self, zr_shot_t *shot)
{
    int64_t begin = s_ns (CLOCK_THREAD_CPUTIME_ID), now_us = zr_clock_us ();
    int n = (int) (self->taken % (uint64_t) self->count);
    if (!self->taken)
        self->start_us = now_us;
    if (self->fps) {
        int64_t every_us = 1000000 / self->fps;
        int64_t due_us = self->start_us + (int64_t) self->taken * every_us;
        if (self->floor && self->taken) {
            s_sleep_until (due_us - every_us / 2);
            s_do_floor (self, (n + self->count / 2) % self->count);
        }
        s_sleep_until (due_us);
    }
    *shot = (zr_shot_t){.jpeg = self->jpegs[n],
                        .jpeg_len = self->jpeg_lens[n],
                        .picture = self->pictures[n],
                        .time_us = zr_clock_unix_us ()};
    if (self->stamp)
        zr_stamp_draw (&self->pictures[n], shot->time_us);
    self->own_ns += s_ns (CLOCK_THREAD_CPUTIME_ID) - begin;
    now_us = zr_clock_us ();
    if (self->taken++ == WARM) {
        self->first_ns = s_ns (CLOCK_PROCESS_CPUTIME_ID) - self->own_ns;
        self->counted_us = now_us;
    }
    return now_us < self->start_us + self->seconds * INT64_C (1000000);
}

// ---- results ------------------------------------------------------------------------

static int
s_compare (const void *a, const void *b)
{
    int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;
    return (left > right) - (left < right);
}

static double
s_wall_ms (const send_t *self, int thousandths)
{
    if (!self->samples)
        return 0;
    return (double) self->wall_ns[(int64_t) (self->samples - 1) * thousandths / 1000] /
           1e6;
}

static void
s_print (send_t *self, int64_t cpu_ns, int64_t end_us)
{
    double pictures = (double) self->taken - WARM - 1;
    double samples = self->samples ? self->samples : 1;
    if (pictures < 10)
        s_fail ("too few pictures were taken");
    qsort (self->wall_ns, (size_t) self->samples, sizeof *self->wall_ns, s_compare);
    printf ("{\"pictures\":%.0f,\"fps\":%.3f,\"cpu_ms\":%.5f,\"cpu_share\":%.5f,"
            "\"encode_ms\":%.5f,\"decode_ms\":%.5f,\"bare_p50_ms\":%.4f,"
            "\"bare_p99_ms\":%.4f,\"mean_bytes\":%.0f}\n",
            pictures, pictures * 1e6 / (double) (end_us - self->counted_us),
            (double) (cpu_ns - self->first_ns) / 1e6 / pictures,
            (double) (cpu_ns - self->first_ns) / 1e3 /
                (double) (end_us - self->counted_us),
            (double) self->encode_ns / 1e6 / samples,
            (double) self->decode_ns / 1e6 / samples, s_wall_ms (self, 500),
            s_wall_ms (self, 990), (double) self->bytes / samples);
}

// ---- with the publisher -------------------------------------------------------------

static void *
s_open (const zr_source_settings_t *settings)
{
    (void) settings;
    return &s_self;
}

static zr_grab_t
s_grab (void *source, int timeout_ms, zr_shot_t *shot)
{
    (void) timeout_ms;
    send_t *self = source;
    if (s_take (self, shot))
        return ZR_GRAB_SHOT;
    s_print (self, s_ns (CLOCK_PROCESS_CPUTIME_ID) - self->own_ns, zr_clock_us ());
    return ZR_GRAB_END;
}

static const char *
s_describe (void *source)
{
    (void) source;
    return "pictures in memory";
}

static void
s_close (void **source)
{
    *source = NULL;
}

static void
s_publish (const send_t *self)
{
    static const zr_source_ops_t ops = {.name = "memory",
                                        .open = s_open,
                                        .grab = s_grab,
                                        .describe = s_describe,
                                        .close = s_close};
    zr_publisher_settings_t settings = {.source = &ops,
                                        .name = "bench",
                                        .encoding = ZR_WIRE_BASE64,
                                        .quality = QUALITY,
                                        .wait_viewers = self->viewers};
    if (self->bind)
        settings.bind.items[settings.bind.count++] = self->bind;
    if (self->connect)
        settings.connect.items[settings.connect.count++] = self->connect;
    zr_publisher_t *publisher = zr_publisher_new (&settings);
    if (!publisher)
        s_fail ("the publisher cannot begin");
    int64_t until_us = zr_clock_us () + (self->seconds + PATIENCE_S) * 1000000LL;
    zmq_pollitem_t items[] = {
        {.socket = zsock_resolve (zr_publisher_pollable (publisher)),
         .events = ZMQ_POLLIN},
        {.fd = zr_publisher_end_fd (publisher), .events = ZMQ_POLLIN}};
    while (!items[1].revents && !zsys_interrupted) {
        zr_publisher_report_t report;
        if (zr_clock_us () > until_us)
            s_fail ("the viewers did not come");
        if (zmq_poll (items, 2, 1000) > 0 && items[0].revents)
            zr_publisher_read (publisher, &report);
    }
    zr_publisher_destroy (&publisher);
}

// ---- without it ---------------------------------------------------------------------

static void
s_make_message (send_t *self, zmq_msg_t *message, const zr_shot_t *shot)
{
    const uint8_t *jpeg = shot->jpeg;
    size_t len = shot->jpeg_len;
    if (!jpeg) {
        len = s_compress (self, (int) ((self->taken - 1) % (uint64_t) self->count));
        jpeg = self->jpeg_memory;
    }
    // It ends with a NUL: av_base64_encode wants to write one.
    zmq_msg_init_size (message, AV_BASE64_SIZE (len));
    av_base64_encode (zmq_msg_data (message), AV_BASE64_SIZE (len), jpeg, (int) len);
}

// With JPEGs, the messages too are made beforehand: nothing is left but to send them.
static void
s_send_bare (send_t *self)
{
    static zmq_msg_t made[PICTURES_MAX];
    void *context = zmq_ctx_new (), *socket = zmq_socket (context, ZMQ_XPUB);
    int mark = 1, patience_ms = PATIENCE_S * 1000, on = 1, linger = 0;
    zmq_setsockopt (socket, ZMQ_SNDHWM, &mark, sizeof mark);
    zmq_setsockopt (socket, ZMQ_XPUB_VERBOSER, &on, sizeof on);
    zmq_setsockopt (socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt (socket, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms);
    if ((self->bind && zmq_bind (socket, self->bind)) ||
        (self->connect && zmq_connect (socket, self->connect)))
        s_fail ("cannot bind or connect");
    for (int i = 0; i < self->viewers; i++) {
        char subscription[64];
        if (zmq_recv (socket, subscription, sizeof subscription, 0) < 1)
            s_fail ("the viewers did not come");
    }
    zr_shot_t shot;
    for (int i = 0; self->jpeg && i < self->count; i++) {
        shot = (zr_shot_t){.jpeg = self->jpegs[i], .jpeg_len = self->jpeg_lens[i]};
        s_make_message (self, &made[i], &shot);
    }
    while (s_take (self, &shot)) {
        zmq_msg_t message;
        int events;
        size_t size = sizeof events;
        if (self->jpeg) {
            zmq_msg_init (&message);
            zmq_msg_copy (&message, &made[(self->taken - 1) % (uint64_t) self->count]);
        } else
            s_make_message (self, &message, &shot);
        // Without a look at its events the socket may not know yet that it has room.
        zmq_getsockopt (socket, ZMQ_EVENTS, &events, &size);
        zmq_send (socket, TOPIC, strlen (TOPIC), ZMQ_SNDMORE | ZMQ_DONTWAIT);
        if (zmq_msg_send (&message, socket, ZMQ_DONTWAIT) < 0)
            zmq_msg_close (&message);
    }
    s_print (self, s_ns (CLOCK_PROCESS_CPUTIME_ID) - self->own_ns, zr_clock_us ());
    for (int i = 0; self->jpeg && i < self->count; i++)
        zmq_msg_close (&made[i]);
    zmq_close (socket);
    zmq_ctx_term (context);
}

// ---- options ------------------------------------------------------------------------

static int
s_number (const char *text, int least, int most)
{
    char *end;
    long number = strtol (text, &end, 10);
    if (*end || end == text || number < least || number > most) {
        fprintf (stderr, "video_send: %s: a number from %d to %d is wanted\n", text,
                 least, most);
        exit (2);
    }
    return (int) number;
}

static void
s_read_options (send_t *self, int argc, char **argv)
{
    static const struct option table[] = {{"fps", required_argument, NULL, 'f'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"viewers", required_argument, NULL, 'v'},
                                          {"bind", required_argument, NULL, 'b'},
                                          {"connect", required_argument, NULL, 'c'},
                                          {"jpeg", no_argument, NULL, 'j'},
                                          {"floor", no_argument, NULL, 'l'},
                                          {"bare", no_argument, NULL, 'r'},
                                          {"stamp", no_argument, NULL, 't'},
                                          {0}};
    int option;
    *self = (send_t){.fps = 30, .seconds = 3, .viewers = 1};
    while ((option = getopt_long (argc, argv, "", table, NULL)) != -1) {
        if (option == 'f')
            self->fps = s_number (optarg, 0, 1000);
        else if (option == 's')
            self->seconds = s_number (optarg, 1, 3600);
        else if (option == 'v')
            self->viewers = s_number (optarg, 1, 4096);
        else if (option == 'b')
            self->bind = optarg;
        else if (option == 'c')
            self->connect = optarg;
        else if (option == 'j')
            self->jpeg = true;
        else if (option == 'l')
            self->floor = true;
        else if (option == 'r')
            self->bare = true;
        else if (option == 't')
            self->stamp = true;
        else
            exit (2);
    }
    if (argc - optind != 3 || !self->bind == !self->connect ||
        (self->stamp && self->jpeg)) { // what is compressed already cannot be stamped
        fprintf (stderr, "usage: video_send [OPTION...] --bind|--connect ENDPOINT "
                         "FILE.yuv WIDTH HEIGHT\n");
        exit (2);
    }
    self->path = argv[optind];
    self->width = s_number (argv[optind + 1], 2, ZR_PICTURE_SIDE_MAX) & ~1;
    self->height = s_number (argv[optind + 2], 2, ZR_PICTURE_SIDE_MAX) & ~1;
}

int
main (int argc, char **argv)
{
    send_t *self = &s_self;
    s_read_options (self, argc, argv);
    zr_log_set_level (ZR_LOG_WARN);
    s_open_floor (self);
    s_read (self);
    if (self->bare)
        s_send_bare (self);
    else
        s_publish (self);
    for (int i = 0; i < self->count; i++) {
        free (self->pictures[i].planes[0]);
        free (self->jpegs[i]);
    }
    zr_picture_release (&self->decoded);
    free (self->jpeg_memory);
    free (self->jpeg_again);
    free (self->text);
    tjDestroy (self->compressor);
    tjDestroy (self->decompressor);
    return 0;
}
