// SPDX-License-Identifier: MPL-2.0
// How much longer a picture takes by way of a relay. The same message goes in turn by
// each way: straight from the one socket to the other, and through every relay that is
// named, so that what else the machine does falls on all alike. How old it is when it
// arrives is told by the time that it carries. One thread sends, one receives. Prints a
// JSON list of median and 99th percentile in milliseconds, the straight way first. Exit
// status 0, or 1 with the reason on stderr.

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define WAYS_MAX 4
#define SAMPLES_MAX 10000
#define WARM 10
#define PATIENCE_S 10
#define TOPIC "full/bench"

typedef struct {
    void *context, *from, *to;
    int64_t ages_ns[SAMPLES_MAX];
    int count;
    atomic_bool open; // a message came through
} way_t;

static way_t s_ways[WAYS_MAX];
static int s_count;
static atomic_bool s_ends;

static _Noreturn void
s_fail (const char *reason)
{
    fprintf (stderr, "relay_age: %s\n", reason);
    exit (1);
}

static int64_t
s_now_ns (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C (1000000000) + now.tv_nsec;
}

static void
s_take (way_t *way, zmq_msg_t *message)
{
    int64_t sent_ns;
    if (zmq_msg_recv (message, way->to, 0) < 0 || !zmq_msg_more (message) ||
        zmq_msg_recv (message, way->to, 0) < 0)
        return;
    int64_t now_ns = s_now_ns ();
    if (zmq_msg_size (message) < sizeof sent_ns)
        return; // news of the relay's own
    memcpy (&sent_ns, zmq_msg_data (message), sizeof sent_ns);
    atomic_store (&way->open, true);
    if (sent_ns && way->count < SAMPLES_MAX)
        way->ages_ns[way->count++] = now_ns - sent_ns;
}

static void *
s_view (void *argument)
{
    zmq_pollitem_t items[WAYS_MAX];
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (int i = 0; i < s_count; i++)
        items[i] = (zmq_pollitem_t){.socket = s_ways[i].to, .events = ZMQ_POLLIN};
    while (!atomic_load (&s_ends)) {
        zmq_poll (items, s_count, 50);
        for (int i = 0; i < s_count; i++)
            if (items[i].revents)
                s_take (&s_ways[i], &message);
    }
    zmq_msg_close (&message);
    return argument;
}

// stamped: the message carries the time, and counts.
static void
s_send (way_t *way, size_t size, bool stamped)
{
    zmq_msg_t message;
    zmq_msg_init_size (&message, size);
    memset (zmq_msg_data (&message), 'x', size);
    int64_t now_ns = stamped ? s_now_ns () : 0;
    memcpy (zmq_msg_data (&message), &now_ns, sizeof now_ns);
    zmq_send (way->from, TOPIC, strlen (TOPIC), ZMQ_SNDMORE);
    zmq_msg_send (&message, way->from, 0);
}

// A socket of its own context: they share no thread of libzmq's.
static void
s_open (const char *in, const char *out)
{
    way_t *way = &s_ways[s_count++];
    way->context = zmq_ctx_new ();
    way->from = zmq_socket (way->context, ZMQ_PUB);
    way->to = zmq_socket (way->context, ZMQ_SUB);
    int linger = 0;
    zmq_setsockopt (way->from, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt (way->to, ZMQ_SUBSCRIBE, TOPIC, strlen (TOPIC));
    int status = in ? zmq_connect (way->from, in) : zmq_bind (way->from, out);
    if (status || zmq_connect (way->to, out))
        s_fail ("cannot connect");
}

static void
s_pause (int64_t ns)
{
    const struct timespec pause = {.tv_sec = ns / 1000000000,
                                   .tv_nsec = ns % 1000000000};
    nanosleep (&pause, NULL);
}

// Sends until one came through everywhere.
static void
s_wait_until_open (size_t size)
{
    int64_t until_ns = s_now_ns () + PATIENCE_S * INT64_C (1000000000);
    for (int i = 0; i < s_count; i++)
        for (int n = 0; n < WARM || !atomic_load (&s_ways[i].open); n++) {
            if (s_now_ns () > until_ns)
                s_fail ("nothing comes through");
            s_send (&s_ways[i], size, false);
            s_pause (10000000);
        }
}

static int
s_compare (const void *a, const void *b)
{
    int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;
    return (left > right) - (left < right);
}

static void
s_print (void)
{
    for (int i = 0; i < s_count; i++) {
        way_t *way = &s_ways[i];
        if (way->count < 10)
            s_fail ("too few came through");
        qsort (way->ages_ns, (size_t) way->count, sizeof *way->ages_ns, s_compare);
        printf ("%s{\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"count\":%d}", i ? "," : "[",
                (double) way->ages_ns[way->count / 2] / 1e6,
                (double) way->ages_ns[way->count * 99 / 100] / 1e6, way->count);
    }
    printf ("]\n");
}

int
main (int argc, char **argv)
{
    long seconds = argc > 3 ? strtol (argv[1], NULL, 10) : 0;
    long size = argc > 3 ? strtol (argv[2], NULL, 10) : 0;
    if (seconds < 1 || size < 8 || argc % 2 || argc > 4 + 2 * (WAYS_MAX - 1)) {
        fprintf (stderr, "usage: relay_age SECONDS BYTES ENDPOINT [IN OUT]...\n");
        return 2;
    }
    s_open (NULL, argv[3]);
    for (int i = 4; i < argc; i += 2)
        s_open (argv[i], argv[i + 1]);
    pthread_t thread;
    if (pthread_create (&thread, NULL, s_view, NULL))
        s_fail ("no thread");
    s_wait_until_open ((size_t) size);
    int64_t until_ns = s_now_ns () + seconds * INT64_C (1000000000);
    for (int turn = 0; s_now_ns () < until_ns; turn++) {
        s_send (&s_ways[turn % s_count], (size_t) size, true);
        s_pause (10000000); // about 100 a second, all ways together
    }
    s_pause (100000000);
    atomic_store (&s_ends, true);
    pthread_join (thread, NULL);
    for (int i = 0; i < s_count; i++) {
        zmq_close (s_ways[i].from);
        zmq_close (s_ways[i].to);
        zmq_ctx_term (s_ways[i].context);
    }
    s_print ();
    return 0;
}
