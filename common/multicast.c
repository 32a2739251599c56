// SPDX-License-Identifier: MPL-2.0
// libzmq's I/O thread makes the PGM socket after zmq_connect has returned, and any
// error there is an assertion (libzmq issues 203, 784, 2585). So the interface is
// looked up, and the port bound and the group joined by a socket of our own, first.
// libzmq gets the interface's IPv4 address, not its name: a name with an IPv6 address
// beside it is refused as "not unique". A PGM receiver that has missed more than its
// window may never recover (libpgm 5.3.128: seen whenever a link was down for a
// second), so a silent one is opened anew. Left out: IPv6, loopback, "pgm://" (raw IP,
// which needs root).

#include "common/multicast.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ifaddrs.h>
#include <net/if.h>

#include "common/log.h"
#include "common/multicast_guard.h"

// A burst leaves at this rate, which a picture of 93 KB needs 10 ms for; together with
// the interval it bounds memory: 2.5 MB at each end.
#define RATE_KBIT_S 80000
#define RECOVERY_MS 250 // what is lost is sent again for so long; then it is too old
#define RECEIVE_BUFFER (4 * 1024 * 1024) // bytes; the kernel may allow less
#define SILENT_US 2000000

// libpgm writes to stderr a line for each packet that it cannot send, and takes the
// time from a counter whose rate it reads off /proc/cpuinfo. It looks at its
// environment once, as soon as there is a ZeroMQ context.
static __attribute__ ((constructor)) void
s_prepare_libpgm (void)
{
    setenv ("PGM_MIN_LOG_LEVEL", "FATAL", 0);
    setenv ("PGM_TIMER", "GTOD", 0);
}

bool
zr_multicast_is (const char *endpoint)
{
    assert (endpoint);
    return strncmp (endpoint, "epgm://", 7) == 0 ||
           strncmp (endpoint, "pgm://", 6) == 0;
}

// A port from 1 to 65535, or -1.
static int
s_read_port (const char *text)
{
    size_t len = strlen (text);
    if (len < 1 || len > 5 || strspn (text, "0123456789") != len)
        return -1;
    long port = strtol (text, NULL, 10);
    return port >= 1 && port <= 65535 ? (int) port : -1;
}

const char *
zr_multicast_parse (zr_multicast_t *self, const char *endpoint)
{
    assert (self && endpoint);
    *self = (zr_multicast_t){.port = -1};
    if (strncmp (endpoint, "epgm://", 7) != 0)
        return "pgm:// is not supported; write epgm://";
    const char *start = endpoint + 7;
    const char *semicolon = strchr (start, ';');
    if (!semicolon || semicolon == start)
        return "the interface is missing; write epgm://eth0;239.192.1.1:5557";
    size_t len = (size_t) (semicolon - start);
    if (len >= sizeof self->interface)
        return "the interface's name is too long";
    memcpy (self->interface, start, len);
    const char *colon = strchr (semicolon, ':');
    if (!colon || (self->port = s_read_port (colon + 1)) < 0)
        return "the port is missing, or is none from 1 to 65535";
    char group[INET_ADDRSTRLEN] = "";
    len = (size_t) (colon - semicolon - 1);
    if (len < sizeof group)
        memcpy (group, semicolon + 1, len);
    if (inet_pton (AF_INET, group, &self->group) != 1)
        return "the group is no IPv4 address; take one like 239.192.1.1";
    uint32_t address = ntohl (self->group.s_addr);
    if (!IN_MULTICAST (address))
        return "the group is no multicast address; take one like 239.192.1.1";
    if (address >> 8 == 0xe00000)
        return "groups 224.0.0.* belong to the network itself; take one like "
               "239.192.1.1";
    return NULL;
}

// Whether it is the interface that was named, with an IPv4 address.
static bool
s_matches (const zr_multicast_t *self, const struct ifaddrs *one,
           struct in_addr *address)
{
    char text[INET_ADDRSTRLEN];
    if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET)
        return false;
    struct sockaddr_in full;
    memcpy (&full, one->ifa_addr, sizeof full);
    *address = full.sin_addr;
    inet_ntop (AF_INET, address, text, sizeof text);
    return streq (self->interface, one->ifa_name) || streq (self->interface, text);
}

// Finds the interface's address and index. Returns NULL, or what is wrong.
static const char *
s_look_up (const zr_multicast_t *self, struct in_addr *address, unsigned *index)
{
    struct ifaddrs *all;
    const char *wrong = "there is no such interface or address, or it has no IPv4 "
                        "address; \"ip address\" lists them";
    if (getifaddrs (&all))
        return strerror (errno);
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (!s_matches (self, one, address))
            continue;
        *index = if_nametoindex (one->ifa_name);
        if (one->ifa_flags & IFF_LOOPBACK)
            wrong = "nobody else is on the loopback; name the interface of your LAN";
        else if (!(one->ifa_flags & IFF_UP))
            wrong = "the interface is down; \"ip link set NAME up\" sets it up";
        else if (!(one->ifa_flags & IFF_MULTICAST))
            wrong = "the interface carries no multicast; name another one";
        else if (*index)
            wrong = NULL;
        break;
    }
    freeifaddrs (all);
    return wrong;
}

// Does what libpgm is going to do. Returns NULL, or what went wrong.
static const char *
s_try (const zr_multicast_t *self, struct in_addr interface)
{
    const int yes = 1;
    const struct ip_mreq group = {.imr_multiaddr = self->group,
                                  .imr_interface = interface};
    const struct sockaddr_in any = {.sin_family = AF_INET,
                                    .sin_port = htons ((uint16_t) self->port)};
    int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return strerror (errno);
    const char *wrong = NULL;
    setsockopt (fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    if (bind (fd, (const struct sockaddr *) &any, sizeof any))
        wrong = errno == EADDRINUSE
                    ? "another program or user has that port; choose another one"
                : errno == EACCES ? "not allowed; choose a port above 1023"
                                  : strerror (errno);
    else if (setsockopt (fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface))
        wrong = strerror (errno);
    else if (setsockopt (fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group))
        wrong = errno == ENOBUFS ? "too many groups are joined on this machine "
                                   "(net.ipv4.igmp_max_memberships)"
                                 : strerror (errno);
    close (fd);
    return wrong;
}

static void
s_close (zr_multicast_t *self, zsock_t *socket)
{
    if (*self->opened)
        zmq_disconnect (zsock_resolve (socket), self->opened);
    *self->opened = '\0';
}

// Returns NULL, or what went wrong.
static const char *
s_open (zr_multicast_t *self, zsock_t *socket)
{
    struct in_addr address;
    char local[INET_ADDRSTRLEN], group[INET_ADDRSTRLEN];
    const char *wrong = s_look_up (self, &address, &self->index);
    if (!wrong)
        wrong = s_try (self, address);
    if (wrong)
        return wrong;
    inet_ntop (AF_INET, &address, local, sizeof local);
    inet_ntop (AF_INET, &self->group, group, sizeof group);
    snprintf (self->opened, sizeof self->opened, "epgm://%s;%s:%d", local, group,
              self->port);
    self->heard_us = zclock_usecs ();
    if (zmq_connect (zsock_resolve (socket), self->opened) == 0)
        return NULL;
    *self->opened = '\0';
    return errno == EPROTONOSUPPORT ? "this libzmq was built without it"
                                    : zmq_strerror (errno);
}

int
zr_multicast_open (zr_multicast_t *self, zsock_t *socket, const char *endpoint,
                   const char *subject)
{
    assert (self && socket && endpoint && subject);
    const char *wrong = zr_multicast_parse (self, endpoint);
    self->subject = subject;
    zr_multicast_guard_prepare ();
    zsock_set_rate (socket, RATE_KBIT_S);
    zsock_set_recovery_ivl (socket, RECOVERY_MS);
    if (zsock_type (socket) == ZMQ_SUB)
        zsock_set_rcvbuf (socket, RECEIVE_BUFFER);
    if (!wrong)
        wrong = s_open (self, socket);
    if (!wrong)
        return 0;
    zr_log_error (subject, "%s: %s", endpoint, wrong);
    return -1;
}

void
zr_multicast_watch (zr_multicast_t *self, zsock_t *socket)
{
    assert (self && socket);
    struct in_addr address;
    char start[INET_ADDRSTRLEN + 8] = "", text[INET_ADDRSTRLEN];
    unsigned index = 0;
    const char *wrong = s_look_up (self, &address, &index);
    if (!wrong)
        snprintf (start, sizeof start, "epgm://%s;",
                  inet_ntop (AF_INET, &address, text, sizeof text));
    bool changed = wrong || index != self->index ||
                   strncmp (start, self->opened, strlen (start)) != 0;
    bool stuck =
        zsock_type (socket) == ZMQ_SUB && zclock_usecs () - self->heard_us > SILENT_US;
    if (!changed && !stuck)
        return;
    s_close (self, socket);
    if (!wrong)
        wrong = s_open (self, socket);
    if (wrong && !self->said)
        zr_log_warn (self->subject, "%s: %s; waiting for it", self->interface, wrong);
    else if (!wrong && self->said)
        zr_log_info (self->subject, "%s: multicast goes on", self->interface);
    self->said = wrong != NULL;
}

void
zr_multicast_hear (zr_multicast_t *self)
{
    self->heard_us = zclock_usecs ();
}
