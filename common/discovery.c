// SPDX-License-Identifier: MPL-2.0
// The owner's side, and the thread. Over the pipe between them go events, by value, one
// way, and "$TERM" the other. No more than UNREAD_MAX events lie in the pipe: the rest
// stays in the table of neighbours, where newer replaces older, so that the pipe always
// has room for the thread's last word.
//
// One UDP socket, bound to the port on all addresses: broadcasts reach every socket of
// this host that is bound with SO_REUSEADDR, so any number of programs hear them. It is
// neither bound to an interface nor to an address, and so survives both; each beacon is
// told by IP_PKTINFO where it is to leave, and says where it came in. MSG_DONTROUTE,
// and the check of where a beacon came from, keep all of it on the link. The networks
// are looked at anew before each announcement.
//
// Not by CZMQ's zbeacon: it takes its one interface from a setting of the whole
// process, prints when that has no broadcast address, stays bound to the address that
// it had (listening only, for good), and aborts when receiving fails.

#include "common/discovery.h"

#include <arpa/inet.h>
#include <assert.h>
#include <czmq.h>
#include <stdatomic.h>

#include "common/endpoint.h"
#include "common/interfaces.h"
#include "common/log.h"
#include "common/neighbours.h"
#include "common/socket.h"

#define PORT ZR_PORT_CHAT // UDP; beside the chat's TCP
#define INTERVAL_MS 1000  // from one beacon to the next, and one look to the next
#define TICK_MS 250       // until it is looked at the latest who is silent
#define READ_MAX 512      // packets taken at once: more than the kernel keeps
#define UNREAD_MAX 64     // events in the pipe

struct zr_discovery {
    zactor_t *actor;
    char *setting;        // ZROOM_INTERFACES, or NULL; never changes
    atomic_size_t unread; // events sent and not read

    // The thread's own.
    zsock_t *pipe;
    const zr_beacon_t *announced; // NULL: only listens
    zr_beacon_t own;
    zr_neighbours_t *neighbours; // NULL: only announces
    int fd;                      // -1: there is no network yet
    int open_error;              // of the socket, logged last; 0: none
    int send_error;
    zr_interface_t interfaces[ZR_INTERFACES_MAX];
    size_t interface_count;
    int64_t next_ms; // the next look at the networks, and beacon
};

// ---- the socket ---------------------------------------------------------------------

// Warns once of what lasts until somebody does something about it.
static void
s_warn_once (int *logged, int error, const char *what)
{
    if (error != *logged)
        zr_log_warn ("discovery", "cannot %s: %s; trying again", what,
                     error == EADDRINUSE ? "another program uses UDP port 5550"
                                         : strerror (error));
    *logged = error;
}

static int
s_configure (int fd, bool listens)
{
    const int on = 1;
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons (PORT)};
    if (setsockopt (fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on))
        return -1;
    if (!listens)
        return 0;
    if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        setsockopt (fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on))
        return -1;
    return bind (fd, (const struct sockaddr *) &any, sizeof any);
}

static void
s_open (zr_discovery_t *self)
{
    self->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (self->fd >= 0 && s_configure (self->fd, self->neighbours) == 0) {
        self->open_error = 0;
        return;
    }
    s_warn_once (&self->open_error, errno, "be on the LAN");
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
}

static void
s_close (zr_discovery_t *self)
{
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
}

// ---- announcing ---------------------------------------------------------------------

static void
s_send (zr_discovery_t *self, const zr_interface_t *interface, uint8_t *bytes,
        size_t len)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons (PORT),
                             .sin_addr = interface->broadcast};
    const struct in_pktinfo info = {.ipi_ifindex = (int) interface->index,
                                    .ipi_spec_dst = interface->address};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE (sizeof info)];
    } control = {.bytes = {0}};
    struct iovec part = {bytes, len};
    struct msghdr message = {.msg_name = &to,
                             .msg_namelen = sizeof to,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR (&message);
    head->cmsg_level = IPPROTO_IP;
    head->cmsg_type = IP_PKTINFO;
    head->cmsg_len = CMSG_LEN (sizeof info);
    memcpy (CMSG_DATA (head), &info, sizeof info);
    // Networks go away at any time; that a firewall forbids it, people want to know.
    if (sendmsg (self->fd, &message, MSG_DONTROUTE) >= 0)
        self->send_error = 0;
    else if (errno == EPERM || errno == EACCES)
        s_warn_once (&self->send_error, errno, "announce this program (firewall?)");
}

static void
s_announce (zr_discovery_t *self, const zr_beacon_t *beacon)
{
    uint8_t bytes[ZR_BEACON_SIZE_MAX];
    size_t len = zr_beacon_encode (beacon, bytes);
    for (size_t i = 0; self->fd >= 0 && i < self->interface_count; i++)
        s_send (self, &self->interfaces[i], bytes, len);
}

static void
s_say_goodbye (zr_discovery_t *self)
{
    zr_beacon_t goodbye = self->own;
    goodbye.chat_port = goodbye.video_out_port = goodbye.video_in_port = 0;
    s_announce (self, &goodbye);
}

// Once a second: what networks there are, and the beacon.
static void
s_look_and_announce (zr_discovery_t *self)
{
    self->interface_count = zr_interfaces_list (self->setting, self->interfaces);
    if (self->fd < 0 && self->interface_count)
        s_open (self);
    if (self->announced)
        s_announce (self, self->announced);
}

// ---- listening ----------------------------------------------------------------------

// The interface by which a message came in, if its source is on that link.
static const zr_interface_t *
s_arrival (const zr_discovery_t *self, struct msghdr *message, struct in_addr source)
{
    struct in_pktinfo info;
    for (struct cmsghdr *head = CMSG_FIRSTHDR (message); head;
         head = CMSG_NXTHDR (message, head))
        if (head->cmsg_level == IPPROTO_IP && head->cmsg_type == IP_PKTINFO) {
            memcpy (&info, CMSG_DATA (head), sizeof info);
            return zr_interfaces_find (self->interfaces, self->interface_count,
                                       (unsigned) info.ipi_ifindex, source);
        }
    return NULL;
}

// Reads a packet. Returns whether there was one.
static bool
s_hear (zr_discovery_t *self)
{
    uint8_t bytes[ZR_BEACON_SIZE_MAX + 1]; // so that too long is seen
    struct sockaddr_in from;
    union {
        struct cmsghdr head;
        char bytes[256];
    } control;
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof from,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t len = recvmsg (self->fd, &message, 0);
    if (len < 0) {
        if (errno != EAGAIN && errno != EINTR)
            s_close (self); // made anew with the next look
        return false;
    }
    zr_beacon_t beacon;
    if (zr_beacon_decode (bytes, (size_t) len, &beacon))
        return true;
    const zr_interface_t *interface = s_arrival (self, &message, from.sin_addr);
    if (interface && memcmp (beacon.uuid, self->own.uuid, sizeof beacon.uuid) != 0)
        zr_neighbours_hear (self->neighbours, &beacon, from.sin_addr, interface->name,
                            zclock_mono ());
    return true;
}

static void
s_listen (zr_discovery_t *self)
{
    int count = 0;
    while (count < READ_MAX && self->fd >= 0 && s_hear (self))
        count++;
    zr_neighbours_tick (self->neighbours, zclock_mono ());
    zr_discovery_event_t event;
    while (atomic_load (&self->unread) < UNREAD_MAX &&
           zr_neighbours_next (self->neighbours, &event)) {
        atomic_fetch_add (&self->unread, 1);
        zmq_send (zsock_resolve (self->pipe), &event, sizeof event, ZMQ_DONTWAIT);
    }
}

// ---- the thread ---------------------------------------------------------------------

static void
s_loop (zr_discovery_t *self)
{
    for (;;) {
        int64_t now = zclock_mono ();
        if (now >= self->next_ms) {
            s_look_and_announce (self);
            self->next_ms = now + INTERVAL_MS;
        }
        zmq_pollitem_t items[] = {{zsock_resolve (self->pipe), 0, ZMQ_POLLIN, 0},
                                  {NULL, self->fd, ZMQ_POLLIN, 0}};
        bool hears = self->neighbours && self->fd >= 0;
        int64_t rest = self->next_ms - now;
        zmq_poll (items, hears ? 2 : 1, rest < TICK_MS ? rest : TICK_MS);
        if (items[0].revents)
            return; // "$TERM" is all that is ever sent
        if (self->neighbours)
            s_listen (self);
    }
}

static void
s_run (zsock_t *pipe, void *arg)
{
    zr_discovery_t *self = arg;
    self->pipe = pipe;
    zsock_signal (pipe, 0);
    s_loop (self);
    if (self->announced)
        s_say_goodbye (self);
    s_close (self);
}

// ---- the owner ----------------------------------------------------------------------

zr_discovery_t *
zr_discovery_new (const zr_beacon_t *own, bool listen)
{
    assert (own || listen);
    assert (!own || (zr_beacon_is_valid (own) && !zr_beacon_is_goodbye (own)));
    zr_discovery_t *self = zmalloc (sizeof *self);
    const char *setting = getenv ("ZROOM_INTERFACES");
    self->setting = setting ? strdup (setting) : NULL;
    self->fd = -1;
    if (own) {
        self->own = *own;
        self->announced = &self->own;
    }
    if (listen)
        self->neighbours = zr_neighbours_new ();
    sigset_t former; // the thread keeps them held
    zr_socket_hold_signals (&former);
    self->actor = zactor_new (s_run, self);
    zr_socket_release_signals (&former);
    assert (self->actor);
    return self;
}

void
zr_discovery_destroy (zr_discovery_t **self_p)
{
    assert (self_p);
    zr_discovery_t *self = *self_p;
    if (!self)
        return;
    zr_socket_end_actor (&self->actor);
    zr_neighbours_destroy (&self->neighbours);
    free (self->setting);
    freen (self);
    *self_p = NULL;
}

void *
zr_discovery_pollable (zr_discovery_t *self)
{
    return self->actor;
}

int
zr_discovery_read (zr_discovery_t *self, zr_discovery_event_t *event)
{
    assert (self && event);
    void *handle = zsock_resolve (self->actor);
    if (zmq_recv (handle, event, sizeof *event, ZMQ_DONTWAIT) != sizeof *event)
        return -1;
    atomic_fetch_sub (&self->unread, 1);
    return 0;
}

void
zr_discovery_interfaces (const zr_discovery_t *self, char *text, size_t size)
{
    assert (self);
    zr_interface_t interfaces[ZR_INTERFACES_MAX];
    size_t count = zr_interfaces_list (self->setting, interfaces);
    zr_interfaces_print (interfaces, count, text, size);
}

bool
zr_discovery_is_local (const char *address)
{
    return zr_interfaces_are_at (address);
}
