// SPDX-License-Identifier: MPL-2.0
// Many viewers of one endpoint, each with its own connection, in one thread and as
// cheap as can be: what they get is counted and never looked at. They take every named
// stream (full/). Prints one JSON line every --every ms until SIGTERM: how many
// messages came in that time; and since the first, to the peer that got least and to
// the one that got most. Exit status 1, with the reason on stderr, if a connection
// breaks.

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/swarm.h"

#define PEERS_MAX 4096
#define CONNECT_US 10000000

static int64_t s_counts[PEERS_MAX]; // since the first
static int64_t s_new;               // of all peers, since the last line
static volatile sig_atomic_t s_ends;

static void
s_end (int number)
{
    (void) number;
    s_ends = 1;
}

static void
s_count (void *arg, int peer, const char *head, size_t head_len, const char *text,
         size_t text_len)
{
    (void) arg;
    (void) text;
    (void) text_len;
    bool is_picture = head_len > 5 && memcmp (head, "full/", 5) == 0;
    s_counts[peer] += is_picture;
    s_new += is_picture;
}

static void
s_print (int peers, int64_t span_us)
{
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < peers; i++) {
        least = s_counts[i] < least ? s_counts[i] : least;
        most = s_counts[i] > most ? s_counts[i] : most;
    }
    printf ("{\"seconds\":%.6f,\"deliveries\":%" PRId64 ",\"least\":%" PRId64
            ",\"most\":%" PRId64 "}\n",
            (double) span_us / 1e6, s_new, least, most);
    fflush (stdout);
    s_new = 0;
}

int
main (int argc, char **argv)
{
    static const struct option table[] = {{"port", required_argument, NULL, 'p'},
                                          {"peers", required_argument, NULL, 'n'},
                                          {"every", required_argument, NULL, 'e'},
                                          {0}};
    long port = 0, peers = 1, every_ms = 1000;
    int option;
    while ((option = getopt_long (argc, argv, "", table, NULL)) != -1) {
        long number = optarg ? strtol (optarg, NULL, 10) : 0;
        if (option == 'p')
            port = number;
        else if (option == 'n')
            peers = number;
        else if (option == 'e')
            every_ms = number;
        else
            return 2;
    }
    if (port < 1 || port > 65535 || peers < 1 || peers > PEERS_MAX || every_ms < 1) {
        fprintf (stderr, "usage: video_swarm --port P [--peers N] [--every MS]\n");
        return 2;
    }
    const struct sigaction action = {.sa_handler = s_end};
    sigaction (SIGTERM, &action, NULL);
    zr_swarm_t *swarm = zr_swarm_new ((int) port, (int) peers, "SUB", s_count, NULL,
                                      zr_swarm_now_us () + CONNECT_US);
    if (!swarm)
        return 1;
    for (int i = 0; i < peers; i++)
        zr_swarm_send (swarm, i, "\1full/", NULL);
    int64_t begin_us = zr_swarm_now_us ();
    int status = 0;
    while (!s_ends && status == 0) {
        int64_t now_us = zr_swarm_now_us ();
        if (now_us - begin_us >= every_ms * 1000) {
            s_print ((int) peers, now_us - begin_us);
            begin_us = now_us;
        }
        status = zr_swarm_poll (swarm, 10000) < 0;
    }
    if (status)
        fprintf (stderr, "video_swarm: a connection was closed\n");
    zr_swarm_destroy (&swarm);
    return status;
}
