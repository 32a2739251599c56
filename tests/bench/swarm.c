// SPDX-License-Identifier: MPL-2.0
// All peers read into one buffer. A message that is cut off at its end is kept by its
// peer and put in front of what that one reads next, so everything is parsed in one
// piece and nothing is allocated while messages come.

#include "tests/bench/swarm.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GREETING_LEN 64
#define PART_MAX 512                    // bytes of a part that is looked at
#define REST_MAX (2 * (PART_MAX + 9))   // of a message that is cut off
#define BUFFER_SIZE (REST_MAX + 131072) // read at once
#define SHAKING_MAX 48                  // libzmq listens with a backlog of 100
#define EVENTS_MAX 1024

enum { MORE = 1, LONG = 2, COMMAND = 4 }; // flags of a frame

typedef struct {
    int fd;
    bool greeted, ready, dirty;
    uint64_t skip; // bytes still to come of a part that is not looked at
    uint32_t rest_len, out_len, out_size;
    char *out;
    char rest[REST_MAX];
} peer_t;

struct zr_swarm {
    zr_swarm_fn *fn;
    void *arg;
    const char *type;
    int epoll;
    int count, ready;
    peer_t *peers;
    int *dirty; // peers with something to send
    int dirty_count;
    char buffer[BUFFER_SIZE];
};

int64_t
zr_swarm_now_us (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// ---- sending ------------------------------------------------------------------------

static void
s_append (zr_swarm_t *self, peer_t *peer, const void *bytes, size_t len)
{
    while (peer->out_len + len > peer->out_size) {
        peer->out_size = 2 * peer->out_size + 512;
        peer->out = realloc (peer->out, peer->out_size);
        assert (peer->out);
    }
    memcpy (peer->out + peer->out_len, bytes, len);
    peer->out_len += (uint32_t) len;
    if (!peer->dirty)
        self->dirty[self->dirty_count++] = (int) (peer - self->peers);
    peer->dirty = true;
}

static void
s_append_part (zr_swarm_t *self, peer_t *peer, const char *part, int flags)
{
    size_t len = strlen (part);
    assert (len < 256);
    const unsigned char header[2] = {(unsigned char) flags, (unsigned char) len};
    s_append (self, peer, header, sizeof header);
    s_append (self, peer, part, len);
}

void
zr_swarm_send (zr_swarm_t *self, int peer, const char *head, const char *text)
{
    s_append_part (self, &self->peers[peer], head, text ? MORE : 0);
    if (text)
        s_append_part (self, &self->peers[peer], text, 0);
}

// What the kernel does not take now is tried again with the next poll.
static void
s_flush (zr_swarm_t *self)
{
    int left = 0;
    for (int i = 0; i < self->dirty_count; i++) {
        peer_t *peer = &self->peers[self->dirty[i]];
        ssize_t sent = send (peer->fd, peer->out, peer->out_len, MSG_NOSIGNAL);
        if (sent > 0) {
            peer->out_len -= (uint32_t) sent;
            memmove (peer->out, peer->out + sent, peer->out_len);
        }
        peer->dirty = peer->out_len > 0;
        if (peer->dirty)
            self->dirty[left++] = self->dirty[i];
    }
    self->dirty_count = left;
}

// ---- receiving ----------------------------------------------------------------------

// A frame at the begin of some bytes.
typedef struct {
    int flags;
    uint64_t size;
    const char *body;
    size_t here; // bytes of the body that have come
} frame_t;

static bool
s_read_frame (const char *bytes, size_t len, frame_t *frame)
{
    const unsigned char *header = (const unsigned char *) bytes;
    size_t header_len = len && (header[0] & LONG) ? 9 : 2;
    if (len < header_len)
        return false;
    frame->flags = header[0];
    frame->size = 0;
    for (size_t i = 1; i < header_len; i++)
        frame->size = frame->size << 8 | header[i];
    frame->body = bytes + header_len;
    frame->here = len - header_len;
    return frame->size > PART_MAX || frame->here >= frame->size;
}

static size_t
s_take_greeting (peer_t *peer, size_t len)
{
    if (len < GREETING_LEN)
        return 0;
    peer->greeted = true;
    return GREETING_LEN;
}

// Handles the message at the begin of some bytes. Returns how many of them it took, or
// 0 if it has not come whole.
static size_t
s_take_message (zr_swarm_t *self, peer_t *peer, const char *bytes, size_t len)
{
    frame_t head, text = {0};
    if (!peer->greeted)
        return s_take_greeting (peer, len);
    if (!s_read_frame (bytes, len, &head))
        return 0;
    if (head.size > PART_MAX) {
        fprintf (stderr, "swarm: a head of %zu bytes came\n", (size_t) head.size);
        exit (1);
    }
    const char *end = head.body + head.size;
    if (head.flags & COMMAND) {
        self->ready += !peer->ready;
        peer->ready = true;
        return (size_t) (end - bytes);
    }
    bool kept = false;
    if (head.flags & MORE) {
        if (!s_read_frame (end, len - (size_t) (end - bytes), &text))
            return 0;
        kept = text.size <= PART_MAX;
        peer->skip = kept ? 0 : text.size;
        end = kept ? text.body + text.size : text.body;
    }
    self->fn (self->arg, (int) (peer - self->peers), head.body, (size_t) head.size,
              kept ? text.body : NULL, kept ? (size_t) text.size : 0);
    return (size_t) (end - bytes);
}

static size_t
s_skip (peer_t *peer, size_t len)
{
    size_t took = peer->skip < len ? (size_t) peer->skip : len;
    peer->skip -= took;
    return took;
}

// Returns how many messages came, or -1 if the connection is closed.
static int
s_read (zr_swarm_t *self, peer_t *peer)
{
    if (peer->skip && !peer->rest_len) {
        size_t size = peer->skip < BUFFER_SIZE ? (size_t) peer->skip : BUFFER_SIZE;
        // TCP throws it away, without a copy.
        ssize_t gone = recv (peer->fd, self->buffer, size, MSG_TRUNC);
        if (gone > 0)
            peer->skip -= (uint64_t) gone;
        return gone > 0 || (gone < 0 && (errno == EAGAIN || errno == EINTR)) ? 0 : -1;
    }
    memcpy (self->buffer, peer->rest, peer->rest_len);
    ssize_t got =
        recv (peer->fd, self->buffer + peer->rest_len, BUFFER_SIZE - peer->rest_len, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got <= 0)
        return -1;
    const char *at = self->buffer, *end = self->buffer + peer->rest_len + got;
    int count = 0;
    while (at < end) {
        if (peer->skip) {
            at += s_skip (peer, (size_t) (end - at));
            continue;
        }
        size_t took = s_take_message (self, peer, at, (size_t) (end - at));
        if (!took)
            break;
        at += took;
        count++;
    }
    peer->rest_len = (uint32_t) (end - at);
    assert (peer->rest_len <= REST_MAX);
    memcpy (peer->rest, at, peer->rest_len);
    return count;
}

int
zr_swarm_poll (zr_swarm_t *self, int64_t timeout_us)
{
    struct epoll_event events[EVENTS_MAX];
    s_flush (self);
    if (self->dirty_count && timeout_us > 1000)
        timeout_us = 1000;
    const struct timespec timeout = {.tv_sec = timeout_us / 1000000,
                                     .tv_nsec = timeout_us % 1000000 * 1000};
    int ready = epoll_pwait2 (self->epoll, events, EVENTS_MAX, &timeout, NULL);
    int count = 0;
    for (int i = 0; i < ready; i++) {
        int got = s_read (self, &self->peers[events[i].data.u32]);
        if (got < 0)
            return -1;
        count += got;
    }
    return count;
}

// ---- connecting ---------------------------------------------------------------------

static void
s_connect (zr_swarm_t *self, int at, int port)
{
    static const char greeting[GREETING_LEN] = "\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL";
    static const char property[] = "\5READY\13Socket-Type\0\0\0";
    char type_len = (char) strlen (self->type);
    char ready_len = (char) (sizeof property - 1 + 1 + strlen (self->type));
    peer_t *peer = &self->peers[at];
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons ((uint16_t) port),
                                        .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t) at};
    int on = 1;
    peer->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer->fd < 0 ||
        connect (peer->fd, (const struct sockaddr *) &address, sizeof address) < 0) {
        perror ("swarm: cannot connect");
        exit (1);
    }
    setsockopt (peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl (peer->fd, F_SETFL, O_NONBLOCK);
    epoll_ctl (self->epoll, EPOLL_CTL_ADD, peer->fd, &event);
    s_append (self, peer, greeting, sizeof greeting);
    s_append (self, peer, (const char[]){COMMAND, ready_len}, 2);
    s_append (self, peer, property, sizeof property - 1);
    s_append (self, peer, &type_len, 1);
    s_append (self, peer, self->type, strlen (self->type));
}

static void
s_allow_descriptors (int count)
{
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    rlim_t wanted = (rlim_t) count + 64;
    if (limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted)
        limit.rlim_max = wanted;
    setrlimit (RLIMIT_NOFILE, &limit); // if not, connecting says so
}

zr_swarm_t *
zr_swarm_new (int port, int count, const char *type, zr_swarm_fn *fn, void *arg,
              int64_t deadline_us)
{
    assert (count > 0 && type && fn);
    zr_swarm_t *self = calloc (1, sizeof *self);
    assert (self);
    self->fn = fn;
    self->arg = arg;
    self->type = type;
    self->peers = calloc ((size_t) count, sizeof *self->peers);
    self->dirty = calloc ((size_t) count, sizeof *self->dirty);
    assert (self->peers && self->dirty);
    self->epoll = epoll_create1 (EPOLL_CLOEXEC);
    s_allow_descriptors (count);
    while (self->ready < count) {
        while (self->count < count && self->count - self->ready < SHAKING_MAX)
            s_connect (self, self->count++, port);
        if (zr_swarm_poll (self, 100000) < 0 || zr_swarm_now_us () > deadline_us) {
            fprintf (stderr, "swarm: %d of %d shook hands\n", self->ready, count);
            zr_swarm_destroy (&self);
            return NULL;
        }
    }
    return self;
}

void
zr_swarm_destroy (zr_swarm_t **self_p)
{
    assert (self_p);
    zr_swarm_t *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < self->count; i++) {
        close (self->peers[i].fd);
        free (self->peers[i].out);
    }
    close (self->epoll);
    free (self->peers);
    free (self->dirty);
    free (self);
    *self_p = NULL;
}
