// SPDX-License-Identifier: MPL-2.0
// What chat_load does to a room, done to a channel of an IRC server, for a peer to
// compare with: all join; some of them say lines; everybody counts the lines that come.
//
//   --lines L           with at most WINDOW lines under way, until everybody has all
//   --lines L --rate R  R lines a second: how long from saying a line to its arrival
//
// A server does not send a line back to who said it. Prints JSON; one thread.

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN 1024
#define BUFFER_SIZE 65536
#define EVENTS_MAX 1024
#define JOINING_MAX 8 // ngircd listens with a backlog of 10
#define WINDOW 64     // more, and ngircd closes connections whose buffer is full
#define QUIET_US 500000
#define TEXT_LEN 64
#define CHANNEL "#zroom"

typedef struct {
    int fd;
    bool joined;
    size_t len;
    char line[LINE_MAX_LEN]; // that has begun to come
} peer_t;

typedef struct {
    // settings
    int64_t port, peers, authors, lines, rate, seconds;

    int epoll;
    peer_t *peer;
    int connected, joined;
    int64_t deadline_us, begin_us, end_us, last_us;
    int64_t said, deliveries;
    uint32_t *delays_us;
    char buffer[BUFFER_SIZE];
} load_t;

static _Noreturn void
s_fail (const char *why)
{
    fprintf (stderr, "irc_load: %s\n", why);
    exit (1);
}

static int64_t
s_now_us (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
s_send (const peer_t *peer, const char *text)
{
    size_t len = strlen (text);
    if (send (peer->fd, text, len, MSG_NOSIGNAL) != (ssize_t) len)
        s_fail ("the server does not read");
}

// ---- what comes ---------------------------------------------------------------------

static void
s_take_line (load_t *self, peer_t *peer)
{
    const char *text = strstr (peer->line, " PRIVMSG " CHANNEL " :");
    if (text) {
        int64_t said_us = strtoll (strchr (text, ':') + 1, NULL, 10);
        self->delays_us[self->deliveries++] = (uint32_t) (self->last_us - said_us);
        self->end_us = self->last_us;
    } else if (strncmp (peer->line, "PING", 4) == 0) {
        peer->line[1] = 'O';
        s_send (peer, peer->line);
        s_send (peer, "\r\n");
    } else if (strstr (peer->line, " 001 "))
        s_send (peer, "JOIN " CHANNEL "\r\n");
    else if (strstr (peer->line, " 366 ") && !peer->joined) {
        peer->joined = true;
        self->joined++;
    } else if (strncmp (peer->line, "ERROR", 5) == 0)
        s_fail (peer->line);
}

static void
s_read (load_t *self, peer_t *peer)
{
    ssize_t got = recv (peer->fd, self->buffer, BUFFER_SIZE, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0)
        s_fail ("the server closed a connection");
    self->last_us = s_now_us ();
    for (ssize_t i = 0; i < got; i++) {
        char byte = self->buffer[i];
        if (byte == '\n') {
            peer->line[peer->len] = '\0';
            s_take_line (self, peer);
            peer->len = 0;
        } else if (byte != '\r' && peer->len < LINE_MAX_LEN - 1)
            peer->line[peer->len++] = byte;
    }
}

static void
s_poll (load_t *self, int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int ready = epoll_wait (self->epoll, events, EVENTS_MAX, timeout_ms);
    for (int i = 0; i < ready; i++)
        s_read (self, &self->peer[events[i].data.u32]);
    if (s_now_us () > self->deadline_us)
        s_fail ("it takes too long");
}

// ---- what is said -------------------------------------------------------------------

static void
s_connect (load_t *self)
{
    char text[96];
    peer_t *peer = &self->peer[self->connected];
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons ((uint16_t) self->port),
                                        .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u32 = (uint32_t) self->connected};
    int on = 1;
    peer->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer->fd < 0 ||
        connect (peer->fd, (const struct sockaddr *) &address, sizeof address))
        s_fail ("cannot connect");
    setsockopt (peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl (peer->fd, F_SETFL, O_NONBLOCK);
    epoll_ctl (self->epoll, EPOLL_CTL_ADD, peer->fd, &event);
    snprintf (text, sizeof text, "NICK p%d\r\nUSER p 0 * :p\r\n", self->connected);
    s_send (peer, text);
    self->connected++;
}

static void
s_say (load_t *self)
{
    char text[160], words[TEXT_LEN + 1];
    memset (words, 'x', TEXT_LEN);
    words[TEXT_LEN] = '\0';
    int len = snprintf (words, sizeof words, "%" PRId64, s_now_us ());
    words[len] = ' ';
    snprintf (text, sizeof text, "PRIVMSG " CHANNEL " :%s\r\n", words);
    s_send (&self->peer[self->said % self->authors], text);
    self->said++;
}

static bool
s_may_say (const load_t *self)
{
    if (self->said == self->lines)
        return false;
    if (self->rate)
        return s_now_us () >= self->begin_us + self->said * 1000000 / self->rate;
    return self->said - self->deliveries / (self->peers - 1) < WINDOW;
}

static void
s_talk (load_t *self)
{
    while (self->joined < self->peers) {
        while (self->connected < self->peers &&
               self->connected - self->joined < JOINING_MAX)
            s_connect (self);
        s_poll (self, 100);
    }
    while (s_now_us () - self->last_us < QUIET_US) // who joined is told to all
        s_poll (self, 50);
    self->begin_us = s_now_us ();
    while (self->deliveries < self->lines * (self->peers - 1)) {
        while (s_may_say (self))
            s_say (self);
        s_poll (self, self->rate ? 1 : 10);
    }
}

// ---- options ------------------------------------------------------------------------

static int
s_compare (const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *) a, right = *(const uint32_t *) b;
    return (left > right) - (left < right);
}

static void
s_read_options (load_t *self, int argc, char **argv)
{
    static const struct option table[] = {{"port", required_argument, NULL, 0},
                                          {"peers", required_argument, NULL, 1},
                                          {"authors", required_argument, NULL, 2},
                                          {"lines", required_argument, NULL, 3},
                                          {"rate", required_argument, NULL, 4},
                                          {"seconds", required_argument, NULL, 5},
                                          {0}};
    int64_t *const values[] = {&self->port,  &self->peers, &self->authors,
                               &self->lines, &self->rate,  &self->seconds};
    int option;
    while ((option = getopt_long (argc, argv, "", table, NULL)) != -1) {
        if (option < 0 || option > 5)
            exit (2);
        *values[option] = strtoll (optarg, NULL, 10);
    }
    if (self->port < 1 || self->port > 65535 || self->peers < 2 ||
        self->peers > 16000 || self->authors < 1 || self->authors > self->peers ||
        self->lines < 1 || self->lines > 100000 || self->rate < 0) {
        fprintf (stderr, "usage: irc_load --port P --peers N --authors A --lines L "
                         "[--rate R] [--seconds S]\n");
        exit (2);
    }
}

int
main (int argc, char **argv)
{
    static load_t self = {.seconds = 40};
    s_read_options (&self, argc, argv);
    size_t deliveries = (size_t) (self.lines * (self.peers - 1));
    self.deadline_us = s_now_us () + self.seconds * 1000000;
    self.epoll = epoll_create1 (EPOLL_CLOEXEC);
    self.peer = calloc ((size_t) self.peers, sizeof *self.peer);
    self.delays_us = malloc (deliveries * sizeof *self.delays_us);
    if (!self.peer || !self.delays_us)
        abort ();
    s_talk (&self);
    qsort (self.delays_us, deliveries, sizeof *self.delays_us, s_compare);
    printf ("{\"deliveries\":%zu,\"deliveries_s\":%.0f,\"p50_ms\":%.3f,"
            "\"p99_ms\":%.3f}\n",
            deliveries,
            (double) deliveries * 1e6 / (double) (self.end_us - self.begin_us),
            self.delays_us[deliveries / 2] / 1e3,
            self.delays_us[deliveries * 99 / 100] / 1e3);
    for (int i = 0; i < self.connected; i++)
        close (self.peer[i].fd);
    free (self.peer);
    free (self.delays_us);
    return 0;
}
