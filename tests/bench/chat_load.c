// SPDX-License-Identifier: MPL-2.0
// Load for a chat room, and what came of it in one JSON line. All peers join; some of
// them, the authors, say lines; everybody counts the lines that come.
//
//   --lines L           as fast as ACK and WAIT allow, until everybody has all L of
//                       them: deliveries a second, and lines acknowledged a second
//   --lines L --rate R  R lines a second: how long from saying a line to its arrival
//
// A line carries when it was said. Authors keep a window of lines without an ACK and go
// back as PROTOCOL.md says (Resending). It ends by itself: --seconds is the limit.

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/swarm.h"

#define QUIET_US 250000 // without a message, and joining is over
#define BUSY_US 1000000
#define TEXT_LEN 64
#define WINDOW_MAX 64

typedef struct {
    int64_t said, sent, acked;   // client numbers; sent goes back, said does not
    int64_t resume_us;           // says nothing before; 0: goes on
    int64_t said_us[WINDOW_MAX]; // when line n was said, at n % WINDOW_MAX
} author_t;

typedef struct {
    // settings
    int port, peers, authors, window;
    int64_t lines, rate, seconds;

    zr_swarm_t *swarm;
    int64_t deadline_us;
    int64_t *rejoin_us; // of each peer: when to join again, -1: has joined
    int joined;
    int64_t *newest; // of each peer: number of the newest line
    author_t *author;
    int next;        // author
    int64_t late_us; // the worst delay in saying a line
    int64_t said, acked, deliveries, doubles, waits, errors;
    int64_t gaps;   // lines missing before a line
    int64_t behind; // how often a peer was told that its pipe was full (WELCOME anew)
    int64_t begin_us, acked_us, end_us;
    uint32_t *delays_us; // one for each delivery
} load_t;

static void
s_fail (const char *why)
{
    fprintf (stderr, "chat_load: %s\n", why);
    exit (1);
}

// ---- what comes ---------------------------------------------------------------------

static int64_t
s_number (const char *head, size_t len, size_t at)
{
    int64_t number = 0;
    for (; at < len && head[at] >= '0' && head[at] <= '9'; at++)
        number = number * 10 + (head[at] - '0');
    return number;
}

static void
s_on_line (load_t *self, int peer, int64_t number, const char *text, size_t len)
{
    if (number <= self->newest[peer]) {
        self->doubles++;
        return;
    }
    // all lines are for all, so none may be missing
    if (number > self->newest[peer] + 1 && self->newest[peer] && self->gaps++ == 0)
        fprintf (stderr, "chat_load: peer %d got line %" PRId64 " after %" PRId64 "\n",
                 peer, number, self->newest[peer]);
    self->newest[peer] = number;
    if (self->delays_us && text && self->deliveries < self->lines * self->peers) {
        int64_t delay_us = zr_swarm_now_us () - s_number (text, len, 0);
        self->delays_us[self->deliveries] = (uint32_t) (delay_us > 0 ? delay_us : 0);
    }
    self->deliveries++;
}

// Sends nothing for a while, and then all again that has no ACK.
static void
s_go_back (author_t *author, int64_t wait_us)
{
    int64_t resume_us = zr_swarm_now_us () + wait_us;
    if (author->resume_us < resume_us)
        author->resume_us = resume_us;
}

static void
s_on_ack (load_t *self, author_t *author, int64_t n)
{
    if (n <= author->acked)
        return;
    self->acked += n - author->acked;
    author->acked = n;
    if (author->sent < n)
        author->sent = n;
    self->acked_us = zr_swarm_now_us ();
}

// The first one is for joining; later ones come in place of what did not fit into a
// full pipe, and say which of an author's lines are stored.
static void
s_on_welcome (load_t *self, int peer, author_t *author, const char *head, size_t len)
{
    if (self->rejoin_us[peer] >= 0) {
        self->rejoin_us[peer] = -1;
        self->joined++;
        return;
    }
    self->behind++;
    const char *accepted = memrchr (head, ' ', len);
    if (!author || !accepted)
        return;
    s_on_ack (self, author, s_number (head, len, (size_t) (accepted + 1 - head)));
    s_go_back (author, 0);
}

// REFUSED, or a line that was not taken.
static void
s_on_refusal (load_t *self, int peer, author_t *author, const char *head, size_t len)
{
    if (self->rejoin_us[peer] >= 0 && memmem (head, len, " busy", 5))
        self->rejoin_us[peer] = zr_swarm_now_us () + BUSY_US;
    else if (author && memmem (head, len, " gap", 4))
        s_go_back (author, 100000);
    else if (self->errors++ == 0)
        fprintf (stderr, "chat_load: peer %d got: %.*s\n", peer, (int) len, head);
}

static void
s_on_wait (load_t *self, author_t *author, const char *head, size_t len)
{
    const char *ms = memrchr (head, ' ', len);
    s_go_back (author, ms ? 1000 * s_number (head, len, (size_t) (ms + 1 - head)) : 0);
    self->waits++;
}

static void
s_on_message (void *arg, int peer, const char *head, size_t len, const char *text,
              size_t text_len)
{
    load_t *self = arg;
    author_t *author = peer < self->authors ? &self->author[peer] : NULL;
    if (len < 13) // no verb that matters is so short
        return;
    if (!memcmp (head, "zroom/1 LINE ", 13))
        s_on_line (self, peer, s_number (head, len, 13), text, text_len);
    else if (author && !memcmp (head, "zroom/1 ACK ", 12))
        s_on_ack (self, author, s_number (head, len, 12));
    else if (author && !memcmp (head, "zroom/1 WAIT ", 13))
        s_on_wait (self, author, head, len);
    else if (!memcmp (head, "zroom/1 WELCO", 13))
        s_on_welcome (self, peer, author, head, len);
    else if (!memcmp (head, "zroom/1 REFUS", 13) || !memcmp (head, "zroom/1 ERROR", 13))
        s_on_refusal (self, peer, author, head, len);
}

// ---- joining ------------------------------------------------------------------------

static int
s_poll (load_t *self, int64_t timeout_us)
{
    int count = zr_swarm_poll (self->swarm, timeout_us);
    if (count < 0)
        s_fail ("a connection was closed");
    if (zr_swarm_now_us () > self->deadline_us) {
        fprintf (stderr,
                 "chat_load: %d joined, %" PRId64 " lines acknowledged, %" PRId64
                 " deliveries\n",
                 self->joined, self->acked, self->deliveries);
        s_fail ("it took too long");
    }
    return count;
}

static void
s_send_joins (load_t *self)
{
    int64_t now_us = zr_swarm_now_us ();
    for (int i = 0; i < self->peers; i++) {
        char head[96], nick[32];
        if (self->rejoin_us[i] < 0 || self->rejoin_us[i] > now_us)
            continue;
        snprintf (head, sizeof head, "zroom/1 JOIN %08x%024x -", (unsigned) i,
                  (unsigned) getpid ());
        snprintf (nick, sizeof nick, "p%u-%d", (unsigned) getpid (), i);
        zr_swarm_send (self->swarm, i, head, nick);
        self->rejoin_us[i] = INT64_MAX; // until it is refused
    }
}

// Everybody is in the room, and all that was to be told of that has arrived.
static void
s_join (load_t *self)
{
    self->swarm = zr_swarm_new (self->port, self->peers, "DEALER", s_on_message, self,
                                self->deadline_us);
    if (!self->swarm)
        exit (1); // said already
    while (self->joined < self->peers) {
        s_send_joins (self);
        s_poll (self, 10000);
    }
    while (s_poll (self, QUIET_US))
        ;
}

// ---- talking ------------------------------------------------------------------------

static void
s_say (load_t *self, int peer)
{
    author_t *author = &self->author[peer];
    int64_t n = ++author->sent, *said_us = &author->said_us[n % WINDOW_MAX];
    char head[64], text[TEXT_LEN + 1];
    if (n > author->said) {
        author->said = n;
        self->said++;
        *said_us = zr_swarm_now_us ();
    }
    snprintf (head, sizeof head, "zroom/1 SAY %" PRId64, n);
    int len = snprintf (text, sizeof text, "%" PRId64 " ", *said_us);
    memset (text + len, '.', sizeof text - 1 - (size_t) len);
    text[TEXT_LEN] = '\0';
    zr_swarm_send (self->swarm, peer, head, text);
}

// When the next new line is to be said; in the past if it is late.
static int64_t
s_due_us (const load_t *self)
{
    return self->rate ? self->begin_us + self->said * 1000000 / self->rate : 0;
}

// Whether author may say a line, and, unless it has one to send again, a new one.
static bool
s_may_say (load_t *self, author_t *author, int64_t now_us)
{
    if (author->resume_us > now_us)
        return false;
    if (author->resume_us)
        author->sent = author->acked;
    author->resume_us = 0;
    if (author->sent - author->acked >= self->window)
        return false;
    if (author->sent < author->said)
        return true;
    return self->said < self->lines && s_due_us (self) <= now_us;
}

// One line of each author who may. Returns how many that were.
static int
s_say_round (load_t *self)
{
    int64_t now_us = zr_swarm_now_us ();
    int count = 0;
    for (int i = 0; i < self->authors; i++) {
        int peer = self->next;
        self->next = (self->next + 1) % self->authors;
        if (!s_may_say (self, &self->author[peer], now_us))
            continue;
        if (self->rate && now_us - s_due_us (self) > self->late_us)
            self->late_us = now_us - s_due_us (self);
        s_say (self, peer);
        count++;
    }
    return count;
}

static void
s_talk (load_t *self)
{
    self->begin_us = zr_swarm_now_us ();
    while (self->deliveries < self->lines * self->peers || self->acked < self->lines) {
        while (s_say_round (self))
            ;
        int64_t wait_us = s_due_us (self) - zr_swarm_now_us ();
        s_poll (self, self->rate && wait_us > 0 && wait_us < 1000 ? wait_us : 1000);
    }
    self->end_us = zr_swarm_now_us ();
}

// ---- what came of it ----------------------------------------------------------------

static int
s_compare (const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

// The delay that so many thousandths of all deliveries are below.
static double
s_delay_ms (const load_t *self, size_t thousandths)
{
    size_t at = (size_t) (self->deliveries - 1) * thousandths / 1000;
    return self->delays_us[at] / 1e3;
}

static void
s_print_delays (load_t *self)
{
    qsort (self->delays_us, (size_t) self->deliveries, sizeof *self->delays_us,
           s_compare);
    printf (", \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"worst_ms\": %.3f, "
            "\"late_ms\": %.3f",
            s_delay_ms (self, 500), s_delay_ms (self, 990), s_delay_ms (self, 1000),
            (double) self->late_us / 1e3);
}

static void
s_print (load_t *self)
{
    double span_s = (double) (self->end_us - self->begin_us) / 1e6;
    double acked_s = (double) (self->acked_us - self->begin_us) / 1e6;
    printf ("{\"peers\": %d, \"authors\": %d, \"lines\": %" PRId64
            ", \"deliveries\": %" PRId64 ", \"seconds\": %.3f, "
            "\"deliveries_s\": %.0f, \"acked_s\": %.0f, \"doubles\": %" PRId64
            ", \"waits\": %" PRId64 ", \"errors\": %" PRId64 ", \"behind\": %" PRId64,
            self->peers, self->authors, self->lines, self->deliveries, span_s,
            (double) self->deliveries / span_s, (double) self->acked / acked_s,
            self->doubles, self->waits, self->errors, self->behind);
    if (self->delays_us)
        s_print_delays (self);
    printf ("}\n");
}

// ---- options ------------------------------------------------------------------------

static int64_t
s_option (const char *text, int64_t least, int64_t most)
{
    char *end;
    long long value = strtoll (text, &end, 10);
    if (*end || end == text || value < least || value > most) {
        fprintf (stderr, "chat_load: %s is not from %" PRId64 " to %" PRId64 "\n", text,
                 least, most);
        exit (2);
    }
    return value;
}

static void
s_read_options (load_t *self, int argc, char **argv)
{
    static const struct option table[] = {{"port", required_argument, NULL, 'p'},
                                          {"peers", required_argument, NULL, 'n'},
                                          {"authors", required_argument, NULL, 'a'},
                                          {"window", required_argument, NULL, 'w'},
                                          {"lines", required_argument, NULL, 'l'},
                                          {"rate", required_argument, NULL, 'r'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {0}};
    int letter;
    *self = (load_t){
        .peers = 1000, .authors = 32, .window = 16, .lines = 1000, .seconds = 60};
    while ((letter = getopt_long (argc, argv, "", table, NULL)) != -1)
        switch (letter) {
        case 'p':
            self->port = (int) s_option (optarg, 1, 65535);
            break;
        case 'n':
            self->peers = (int) s_option (optarg, 1, 16000);
            break;
        case 'a':
            self->authors = (int) s_option (optarg, 1, 16000);
            break;
        case 'w':
            self->window = (int) s_option (optarg, 1, WINDOW_MAX);
            break;
        case 'l':
            self->lines = s_option (optarg, 1, 1000000);
            break;
        case 'r':
            self->rate = s_option (optarg, 1, 100000);
            break;
        case 's':
            self->seconds = s_option (optarg, 1, 600);
            break;
        default:
            exit (2);
        }
    if (!self->port || optind < argc || self->authors > self->peers) {
        fprintf (stderr, "usage: chat_load --port N [--peers N] [--authors N] "
                         "[--window N] [--lines N] [--rate N] [--seconds N]\n");
        exit (2);
    }
}

static void *
s_new_array (size_t count, size_t size)
{
    void *array = calloc (count, size);
    if (!array)
        s_fail ("no memory");
    return array;
}

int
main (int argc, char **argv)
{
    load_t self;
    s_read_options (&self, argc, argv);
    size_t peers = (size_t) self.peers;
    self.deadline_us = zr_swarm_now_us () + self.seconds * 1000000;
    self.rejoin_us = s_new_array (peers, sizeof *self.rejoin_us);
    self.newest = s_new_array (peers, sizeof *self.newest);
    self.author = s_new_array ((size_t) self.authors, sizeof *self.author);
    if (self.rate)
        self.delays_us =
            s_new_array (peers * (size_t) self.lines, sizeof *self.delays_us);
    s_join (&self);
    s_talk (&self);
    s_print (&self);
    zr_swarm_destroy (&self.swarm);
    free (self.rejoin_us);
    free (self.newest);
    free (self.author);
    free (self.delays_us);
    return 0;
}
