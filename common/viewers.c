// SPDX-License-Identifier: MPL-2.0
// Two tables of fixed size, of connections and of viewers, searched from end to end: it
// is done once a second, and when somebody subscribes. A viewer stays known for a while
// after its last connection, so that one whose connection breaks again and again is not
// told of each time. Left out: which program a connection belongs to, since over TCP
// nobody can know.

#include "common/viewers.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/json_line.h"
#include "common/log.h"
#include "common/socket.h"

#define CONNECTIONS_MAX 1024
#define WANT_MAX 1000000       // a peer may subscribe without end
#define REMEMBERED_US 30000000 // a viewer that is gone, or that was told to be slow
#define LOCAL "local"

typedef struct {
    int fd;
    uint64_t cookie;
    int wants;  // streams; 0: this place is free
    int viewer; // place of its viewer
    bool measured;
    zr_viewer_verdict_t verdict;
} connection_t;

typedef struct {
    zr_viewers_row_t row; // no address: this place is free
    int connections;
    int64_t seen_us; // when it had one last, monotonic
    int64_t slow_us; // when it was slow last, monotonic
    bool said;       // that it is
    const connection_t *slowest;
    double fastest; // kbit/s of the connection whose round trip is shown
} viewer_t;

struct zr_viewers {
    const char *subject;
    int count; // places of connections that were ever used
    connection_t connections[CONNECTIONS_MAX];
    viewer_t viewers[ZR_VIEWERS_MAX];
};

zr_viewers_t *
zr_viewers_new (const char *subject)
{
    assert (subject);
    zr_viewers_t *self = calloc (1, sizeof *self);
    assert (self);
    self->subject = subject;
    return self;
}

void
zr_viewers_destroy (zr_viewers_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}

// ---- one connection -----------------------------------------------------------------

// Who is at the other end. Returns -1 if nobody is.
static int
s_peer (int fd, char *address, size_t size)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    if (getpeername (fd, (struct sockaddr *) &peer, &len))
        return -1;
    if (peer.ss_family == AF_UNIX) {
        snprintf (address, size, LOCAL);
        return 0;
    }
    if (getnameinfo ((struct sockaddr *) &peer, len, address, (socklen_t) size, NULL, 0,
                     NI_NUMERICHOST))
        return -1;
    const char mapped[] = "::ffff:"; // IPv4 on a socket that is bound to both families
    size_t skip = sizeof mapped - 1;
    if (strncmp (address, mapped, skip) == 0 && strchr (address, '.'))
        memmove (address, address + skip, strlen (address + skip) + 1);
    return 0;
}

// Returns -1 if it is no TCP connection, or none that is up.
static int
s_measure (int fd, zr_viewer_sample_t *sample)
{
    struct tcp_info info = {0}; // an older kernel fills less of it
    socklen_t size = sizeof info;
    int unacked = 0;
    if (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &size) ||
        ioctl (fd, SIOCOUTQ, &unacked))
        return -1;
    *sample = (zr_viewer_sample_t){.time_us = zr_clock_us (),
                                   .acked = info.tcpi_bytes_acked,
                                   .busy_us = info.tcpi_busy_time,
                                   .held_us = info.tcpi_rwnd_limited,
                                   .unacked = unacked > 0 ? (uint32_t) unacked : 0,
                                   .unsent = info.tcpi_notsent_bytes,
                                   .rtt_us = info.tcpi_rtt};
    return 0;
}

// ---- both tables --------------------------------------------------------------------

static viewer_t *
s_free_viewer (zr_viewers_t *self, int64_t now_us)
{
    viewer_t *oldest = NULL;
    for (int i = 0; i < ZR_VIEWERS_MAX; i++) {
        viewer_t *viewer = &self->viewers[i];
        if (!viewer->row.address[0])
            return viewer;
        if (!viewer->connections && (!oldest || viewer->seen_us < oldest->seen_us))
            oldest = viewer;
    }
    if (oldest)
        *oldest = (viewer_t){.seen_us = now_us};
    return oldest;
}

// The viewer at that address, known or new; NULL: there are too many.
static viewer_t *
s_viewer (zr_viewers_t *self, const char *address)
{
    viewer_t *viewer = NULL;
    bool local = strcmp (address, LOCAL) == 0;
    for (int i = 0; i < ZR_VIEWERS_MAX && !viewer && !local; i++)
        if (strcmp (self->viewers[i].row.address, address) == 0)
            viewer = &self->viewers[i];
    if (!viewer)
        viewer = s_free_viewer (self, zr_clock_us ());
    if (!viewer)
        return NULL;
    snprintf (viewer->row.address, sizeof viewer->row.address, "%s", address);
    if (viewer->connections == 0)
        viewer->row.since_us = zr_clock_unix_us ();
    return viewer;
}

static void
s_add (zr_viewers_t *self, int fd, uint64_t cookie, int wants)
{
    char address[ZR_VIEWERS_ADDRESS_MAX];
    int place = 0;
    while (place < self->count && self->connections[place].wants)
        place++;
    if (place == CONNECTIONS_MAX || s_peer (fd, address, sizeof address))
        return;
    viewer_t *viewer = s_viewer (self, address);
    if (!viewer)
        return;
    viewer->connections++;
    connection_t *connection = &self->connections[place];
    *connection = (connection_t){.fd = fd,
                                 .cookie = cookie,
                                 .wants = wants,
                                 .viewer = (int) (viewer - self->viewers)};
    zr_viewer_sample_t sample;
    if (s_measure (fd, &sample) == 0) {
        connection->measured = true;
        zr_viewer_verdict_init (&connection->verdict, &sample);
    }
    if (place == self->count)
        self->count++;
}

static void
s_drop (zr_viewers_t *self, connection_t *connection)
{
    viewer_t *viewer = &self->viewers[connection->viewer];
    connection->wants = 0;
    viewer->connections--;
    viewer->seen_us = zr_clock_us ();
    if (strcmp (viewer->row.address, LOCAL) == 0)
        *viewer = (viewer_t){0}; // it would not be known again
}

void
zr_viewers_want (zr_viewers_t *self, int fd, int change)
{
    assert (self);
    uint64_t cookie = zr_socket_cookie (fd);
    connection_t *connection = NULL;
    for (int i = 0; i < self->count && !connection; i++)
        if (self->connections[i].wants && self->connections[i].fd == fd)
            connection = &self->connections[i];
    if (connection && connection->cookie != cookie) {
        s_drop (self, connection);
        connection = NULL;
    }
    if (connection && connection->wants + change <= 0)
        s_drop (self, connection);
    else if (connection && connection->wants < WANT_MAX)
        connection->wants += change;
    else if (!connection && cookie && change > 0)
        s_add (self, fd, cookie, change);
}

// ---- once a second ------------------------------------------------------------------

// Measures it and adds it to its viewer's row. What was read is its own only if the
// descriptor still is afterwards.
static void
s_sample (zr_viewers_t *self, connection_t *connection)
{
    zr_viewer_sample_t sample;
    bool measured = s_measure (connection->fd, &sample) == 0;
    if (zr_socket_cookie (connection->fd) != connection->cookie ||
        measured != connection->measured) {
        s_drop (self, connection);
        return;
    }
    if (!measured)
        return;
    viewer_t *viewer = &self->viewers[connection->viewer];
    zr_viewers_row_t *row = &viewer->row;
    zr_viewer_verdict_t *verdict = &connection->verdict;
    zr_viewer_verdict_take (verdict, &sample);
    if (!row->measured || verdict->kbit_s > viewer->fastest) {
        viewer->fastest = verdict->kbit_s;
        row->rtt_ms = verdict->rtt_ms;
    }
    row->measured = true;
    row->kbit_s += verdict->kbit_s;
    if (verdict->unsent_ms > row->unsent_ms)
        row->unsent_ms = verdict->unsent_ms;
    if (verdict->slow &&
        (!viewer->slowest || verdict->unsent_ms > viewer->slowest->verdict.unsent_ms)) {
        viewer->slowest = connection;
        row->slow = verdict->slow;
    }
}

static void
s_tell (zr_viewers_t *self, viewer_t *viewer, int64_t now_us)
{
    char text[256];
    if (viewer->slowest) {
        viewer->slow_us = now_us;
        if (!viewer->said) {
            zr_viewer_slow_sentence (viewer->row.address, &viewer->slowest->verdict,
                                     text, sizeof text);
            zr_log_warn (self->subject, "%s", text);
        }
        viewer->said = true;
    } else if (viewer->said && now_us - viewer->slow_us >= REMEMBERED_US)
        viewer->said = false;
}

void
zr_viewers_sample (zr_viewers_t *self, zr_viewers_list_t *list)
{
    assert (self && list);
    int64_t now_us = zr_clock_us ();
    for (int i = 0; i < ZR_VIEWERS_MAX; i++) {
        viewer_t *viewer = &self->viewers[i];
        zr_viewers_row_t *row = &viewer->row;
        if (!viewer->connections && now_us - viewer->seen_us >= REMEMBERED_US)
            *viewer = (viewer_t){0};
        viewer->slowest = NULL;
        viewer->fastest = 0;
        row->measured = false;
        row->rtt_ms = row->kbit_s = row->unsent_ms = 0;
        row->slow = ZR_VIEWER_KEEPS_UP;
    }
    for (int i = 0; i < self->count; i++)
        if (self->connections[i].wants)
            s_sample (self, &self->connections[i]);
    list->count = 0;
    for (int i = 0; i < ZR_VIEWERS_MAX; i++) {
        viewer_t *viewer = &self->viewers[i];
        if (!viewer->connections)
            continue;
        s_tell (self, viewer, now_us);
        list->rows[list->count++] = viewer->row;
    }
}

// ---- what is told of them -----------------------------------------------------------

size_t
zr_viewers_list_size (const zr_viewers_list_t *list)
{
    assert (list);
    return offsetof (zr_viewers_list_t, rows) +
           (size_t) list->count * sizeof *list->rows;
}

json_t *
zr_viewers_json (const zr_viewers_list_t *list)
{
    assert (list);
    json_t *viewers = json_array ();
    for (int i = 0; i < list->count; i++) {
        const zr_viewers_row_t *row = &list->rows[i];
        json_t *viewer = json_pack ("{s:s, s:I}", "address", row->address, "since",
                                    (json_int_t) (row->since_us / 1000000));
        json_object_set_new (viewer, "rtt_ms",
                             row->measured
                                 ? json_real (zr_json_line_round (row->rtt_ms))
                                 : json_null ());
        json_object_set_new (viewer, "kbit_s",
                             row->measured ? json_integer ((json_int_t) row->kbit_s)
                                           : json_null ());
        json_object_set_new (viewer, "unsent_ms",
                             row->measured
                                 ? json_real (zr_json_line_round (row->unsent_ms))
                                 : json_null ());
        const char *slow = zr_viewer_slow_name (row->slow);
        json_object_set_new (viewer, "slow", slow ? json_string (slow) : json_null ());
        json_array_append_new (viewers, viewer);
    }
    return viewers;
}

void
zr_viewers_status (const zr_viewers_list_t *list, char *text, size_t size)
{
    assert (list && text && size > 2);
    const zr_viewers_row_t *slowest = NULL;
    for (int i = 0; i < list->count; i++)
        if (list->rows[i].slow &&
            (!slowest || list->rows[i].unsent_ms > slowest->unsent_ms))
            slowest = &list->rows[i];
    text[0] = '\0';
    if (!slowest)
        return;
    snprintf (text, size, "; ");
    zr_viewer_slow_words (slowest->address, slowest->slow, slowest->unsent_ms, text + 2,
                          size - 2);
}
