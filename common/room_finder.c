// SPDX-License-Identifier: MPL-2.0
// Whether something answers on this host is asked of the kernel: a TCP connection to
// the usual port of 127.0.0.1, closed at once. A program of this host that was heard by
// beacon is reached there too if it answers there: that address stays when networks go.
// Signals are noticed within POLL_MS, whatever is waited for.

#include "common/room_finder.h"

#include <arpa/inet.h>
#include <assert.h>
#include <czmq.h>
#include <poll.h>

#include "common/clock.h"
#include "common/endpoint.h"
#include "common/interfaces.h"
#include "common/log.h"
#include "common/options.h"
#include "common/text.h"

#define LISTEN_MS 1300 // a beacon a second, and a bit
#define POLL_MS 100
#define EVENTS_MAX 256  // taken at once: somebody may send beacons without end
#define TRY_US 500000   // this host is tried so often
#define ANSWER_MS 100   // its kernel answers in much less
#define LINE_MAX_LEN 64 // bytes of what is typed, with the NUL

struct zr_room_finder {
    zr_discovery_t *discovery; // NULL: this host alone
    zr_room_list_t *list;
    unsigned offers; // what answered on this host last
    int64_t tried_us;
};

zr_room_finder_t *
zr_room_finder_new (void)
{
    zr_room_finder_t *self = zmalloc (sizeof *self);
    const char *setting = getenv ("ZROOM_INTERFACES");
    self->list = zr_room_list_new ();
    if (!setting || !streq (setting, "none"))
        self->discovery = zr_discovery_new (NULL, true);
    return self;
}

void
zr_room_finder_destroy (zr_room_finder_t **self_p)
{
    assert (self_p);
    zr_room_finder_t *self = *self_p;
    if (!self)
        return;
    zr_discovery_destroy (&self->discovery);
    zr_room_list_destroy (&self->list);
    freen (self);
    *self_p = NULL;
}

bool
zr_room_finder_is_alone (const zr_room_finder_t *self)
{
    assert (self);
    return !self->discovery;
}

const zr_room_list_t *
zr_room_finder_list (const zr_room_finder_t *self)
{
    assert (self);
    return self->list;
}

bool
zr_room_finder_interfaces (const zr_room_finder_t *self, char *text)
{
    assert (self && text);
    zr_interface_t interfaces[ZR_INTERFACES_MAX];
    size_t count = 0;
    if (self->discovery)
        count = zr_interfaces_list (getenv ("ZROOM_INTERFACES"), interfaces);
    zr_interfaces_print (interfaces, count, text, ZR_DISCOVERY_INTERFACES_MAX);
    return count > 0;
}

// ---- looking ------------------------------------------------------------------------

bool
zr_room_finder_is_answered (int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons ((uint16_t) port),
                             .sin_addr = {htonl (INADDR_LOOPBACK)}};
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    int status = connect (fd, (const struct sockaddr *) &to, sizeof to);
    if (status && errno == EINPROGRESS) {
        struct pollfd item = {fd, POLLOUT, 0};
        int error = 0;
        socklen_t size = sizeof error;
        if (poll (&item, 1, ANSWER_MS) == 1 &&
            getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0)
            status = error ? -1 : 0;
    }
    close (fd);
    return status == 0;
}

static void
s_hear (zr_room_finder_t *self, const zr_discovery_event_t *event)
{
    bool local = zr_discovery_is_local (event->address);
    int port = event->beacon.video_out_port ? event->beacon.video_out_port
               : event->beacon.chat_port    ? event->beacon.chat_port
                                            : event->beacon.video_in_port;
    bool here =
        local && event->kind != ZR_DISCOVERY_GONE && zr_room_finder_is_answered (port);
    zr_room_list_hear (self->list, event, local, here ? ZR_ROOM_HERE : NULL);
}

// Whether anything has changed.
static bool
s_try_here (zr_room_finder_t *self)
{
    unsigned offers = 0;
    self->tried_us = zr_clock_us ();
    if (zr_room_finder_is_answered (ZR_PORT_CHAT))
        offers |= ZR_ROOM_CHAT;
    if (zr_room_finder_is_answered (ZR_PORT_VIDEO_IN))
        offers |= ZR_ROOM_PICTURES_IN;
    if (zr_room_finder_is_answered (ZR_PORT_VIDEO_OUT))
        offers |= ZR_ROOM_PICTURES_OUT;
    bool changed = offers != self->offers;
    self->offers = offers;
    zr_room_list_answers (self->list, offers);
    return changed;
}

bool
zr_room_finder_update (zr_room_finder_t *self, bool tries_here)
{
    assert (self);
    zr_discovery_event_t event;
    bool changed = false;
    for (int n = 0; n < EVENTS_MAX && self->discovery; n++) {
        if (zr_discovery_read (self->discovery, &event))
            break;
        s_hear (self, &event);
        changed = true;
    }
    bool due = !self->tried_us || zr_clock_us () - self->tried_us >= TRY_US;
    if (changed || (tries_here && due))
        changed = s_try_here (self) || changed;
    return changed;
}

// Sleeps until something came, at most POLL_MS. Returns false if it is to end.
static bool
s_sleep (zr_room_finder_t *self, int stop_fd)
{
    void *discovery = self->discovery
                          ? zsock_resolve (zr_discovery_pollable (self->discovery))
                          : NULL;
    zmq_pollitem_t items[2];
    int count = 0;
    if (discovery)
        items[count++] = (zmq_pollitem_t){discovery, 0, ZMQ_POLLIN, 0};
    if (stop_fd >= 0)
        items[count++] = (zmq_pollitem_t){NULL, stop_fd, ZMQ_POLLIN, 0};
    zmq_poll (items, count, POLL_MS);
    bool stopped = stop_fd >= 0 && items[count - 1].revents;
    return !zsys_interrupted && !stopped;
}

bool
zr_room_finder_listen (zr_room_finder_t *self, int ms, int stop_fd)
{
    assert (self);
    int64_t end_us = zr_clock_us () + ms * INT64_C (1000);
    do {
        zr_room_finder_update (self, true);
        if (!s_sleep (self, stop_fd))
            return false;
    } while (zr_clock_us () < end_us);
    zr_room_finder_update (self, true);
    return true;
}

// ---- choosing -----------------------------------------------------------------------

zr_room_choice_t
zr_room_finder_choose (size_t count, bool terminal)
{
    if (count == 0)
        return ZR_ROOM_WAIT;
    if (count == 1)
        return ZR_ROOM_TAKE;
    return terminal ? ZR_ROOM_ASK : ZR_ROOM_REFUSE;
}

int
zr_room_finder_read_answer (const char *line, size_t count)
{
    assert (line && count > 0);
    line += strspn (line, " \t");
    size_t digits = strspn (line, "0123456789");
    const char *rest = line + digits;
    if (rest[strspn (rest, " \t\r\n")] || digits > 3)
        return -1;
    if (digits == 0)
        return 0;
    long number = strtol (line, NULL, 10);
    return number >= 1 && (size_t) number <= count ? (int) number - 1 : -1;
}

char *
zr_room_finder_print (const zr_room_t *const *rooms, size_t count, const char *command,
                      unsigned typed)
{
    char *text = NULL, item[ZR_ROOM_TEXT_MAX];
    size_t size;
    int name_width = 9, item_width = 0;
    FILE *out = open_memstream (&text, &size);
    assert (out);
    for (size_t i = 0; i < count; i++) {
        zr_room_address (rooms[i], typed, item);
        int width = zr_text_characters (rooms[i]->beacon.name);
        name_width = width > name_width ? width : name_width;
        item_width = zr_text_characters (item) > item_width ? zr_text_characters (item)
                                                            : item_width;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = *rooms[i]->beacon.name ? rooms[i]->beacon.name : "this host";
        zr_room_address (rooms[i], typed, item);
        int padding = item_width - zr_text_characters (item);
        if (command)
            fprintf (out, "  %s %s%*s   # %s", command, item, padding, "", name);
        else
            fprintf (out, "  %zu  %s%*s  %s", i + 1, name,
                     name_width - zr_text_characters (name), "", item);
        if (*rooms[i]->interface && command)
            fprintf (out, ", on %s", rooms[i]->interface);
        else if (*rooms[i]->interface)
            fprintf (out, "%*s  %s", padding, "", rooms[i]->interface);
        fputc ('\n', out);
    }
    fclose (out);
    return text;
}

// Reads a line from the terminal. Returns false at its end or after a signal.
static bool
s_read_line (char line[LINE_MAX_LEN], int stop_fd)
{
    struct pollfd items[] = {{STDIN_FILENO, POLLIN, 0}, {stop_fd, POLLIN, 0}};
    while (!zsys_interrupted) {
        if (poll (items, 2, POLL_MS) < 1)
            continue;
        if (items[1].revents)
            return false;
        ssize_t len = read (STDIN_FILENO, line, LINE_MAX_LEN - 1);
        if (len < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (len <= 0)
            return false;
        line[len] = '\0'; // a longer line is no answer anyway
        return true;
    }
    return false;
}

// Returns ZR_OPTIONS_GO with one of them in room, or 0.
static int
s_ask (const zr_room_t *const *rooms, size_t count, const zr_room_wanted_t *wanted,
       zr_room_t *room)
{
    char *list = zr_room_finder_print (rooms, count, NULL, wanted->typed);
    char line[LINE_MAX_LEN];
    fprintf (stderr, "There are several rooms:\n%s", list);
    free (list);
    for (;;) {
        fputs ("Which one? [1] ", stderr);
        if (!s_read_line (line, wanted->stop_fd)) {
            fputc ('\n', stderr);
            return 0;
        }
        int index = zr_room_finder_read_answer (line, count);
        if (index >= 0) {
            *room = *rooms[index];
            return ZR_OPTIONS_GO;
        }
        fprintf (stderr, "A number from 1 to %zu, please.\n", count);
    }
}

static int
s_refuse (const zr_room_t *const *rooms, size_t count, const zr_room_wanted_t *wanted)
{
    char *list = zr_room_finder_print (rooms, count, wanted->command, wanted->typed);
    fprintf (stderr, "There are several rooms; say which one:\n%s", list);
    free (list);
    return 2;
}

static int
s_take (const zr_room_t *found, zr_room_t *room)
{
    char text[ZR_ROOM_TEXT_MAX];
    *room = *found;
    zr_room_describe (room, text);
    zr_log_info ("room", "room at %s", text);
    return ZR_OPTIONS_GO;
}

// Until there is one; the first that comes.
static int
s_wait (zr_room_finder_t *self, const zr_room_wanted_t *wanted, zr_room_t *room)
{
    const zr_room_t *rooms[ZR_ROOM_LIST_MAX];
    char interfaces[ZR_DISCOVERY_INTERFACES_MAX];
    zr_room_finder_interfaces (self, interfaces);
    zr_log_info ("room",
                 "no room yet on %s; waiting for one: start zroom-broker on any "
                 "machine",
                 interfaces);
    while (s_sleep (self, wanted->stop_fd))
        if (zr_room_finder_update (self, true) &&
            zr_room_list_rooms (self->list, wanted->needs, rooms))
            return s_take (rooms[0], room);
    return 0;
}

// Whether somebody can be asked: not in the background, where reading would stop us.
static bool
s_is_terminal (void)
{
    return isatty (STDIN_FILENO) && isatty (STDERR_FILENO) &&
           tcgetpgrp (STDIN_FILENO) == getpgrp ();
}

int
zr_room_finder_find (zr_room_finder_t *self, const zr_room_wanted_t *wanted,
                     zr_room_t *room)
{
    assert (self && wanted && wanted->command && room);
    const zr_room_t *rooms[ZR_ROOM_LIST_MAX];
    char interfaces[ZR_DISCOVERY_INTERFACES_MAX];
    *room = (zr_room_t){0};
    if (!zr_room_finder_interfaces (self, interfaces)) {
        zr_room_here (room);
        return ZR_OPTIONS_GO;
    }
    zr_log_status ("looking for a room on %s", interfaces);
    bool whole = zr_room_finder_listen (self, LISTEN_MS, wanted->stop_fd);
    zr_log_status_clear ();
    if (!whole)
        return 0;
    size_t count = zr_room_list_rooms (self->list, wanted->needs, rooms);
    switch (zr_room_finder_choose (count, s_is_terminal ())) {
    case ZR_ROOM_TAKE:
        return s_take (rooms[0], room);
    case ZR_ROOM_ASK:
        return s_ask (rooms, count, wanted, room);
    case ZR_ROOM_REFUSE:
        return s_refuse (rooms, count, wanted);
    default:
        return wanted->waits ? s_wait (self, wanted, room) : ZR_OPTIONS_GO;
    }
}

int
zr_room_finder_find_once (const zr_room_wanted_t *wanted, zr_room_t *room)
{
    assert (wanted);
    zr_room_wanted_t waits = *wanted;
    waits.waits = true;
    zr_room_finder_t *self = zr_room_finder_new ();
    int status = zr_room_finder_find (self, &waits, room);
    zr_room_finder_destroy (&self);
    return status;
}
