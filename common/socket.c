// SPDX-License-Identifier: MPL-2.0
// Socket options in one place. A dead link is found by TCP: keepalive probes, and a
// limit on what waits for an acknowledgement. ZMTP heartbeats would do that too, but in
// libzmq 4.3.4 a socket that sends them aborts the program if one falls due while its
// input is held up by a full pipe and the peer hangs up or stays away (libzmq issues
// 3937, 4364): any peer could end us. So only clients of the chat send them, whose
// input is never held up; the side that answers them is not concerned.

#include "common/socket.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "common/endpoint.h"
#include "common/log.h"

#define HEARTBEAT_MS 1000
#define HEARTBEAT_TIMEOUT_MS 3000
#define KEEPALIVE_IDLE_S 2 // TCP: first probe, then one a second, five times
#define KEEPALIVE_PROBES 5
#define UNACKED_MAX_MS 10000 // TCP: what was sent and not acknowledged so long
#define RECONNECT_MS 100
#define RECONNECT_MAX_MS 1000
#define LINGER_MS 200
#define REDIAL_US 500000 // a connection lost so long without a new try is dialled
#define UNSENT_MAX (16 * 1024)
#define FILES_MAX 65536

void
zr_socket_prepare (zsock_t *socket, int64_t message_max)
{
    assert (socket);
    zsock_set_linger (socket, LINGER_MS);
    zsock_set_tcp_keepalive (socket, 1);
    zsock_set_tcp_keepalive_idle (socket, KEEPALIVE_IDLE_S);
    zsock_set_tcp_keepalive_intvl (socket, 1);
    zsock_set_tcp_keepalive_cnt (socket, KEEPALIVE_PROBES);
    zsock_set_tcp_maxrt (socket, UNACKED_MAX_MS);
    zsock_set_reconnect_ivl (socket, RECONNECT_MS);
    zsock_set_reconnect_ivl_max (socket, RECONNECT_MAX_MS);
    zmq_setsockopt (zsock_resolve (socket), ZMQ_MAXMSGSIZE, &message_max,
                    sizeof message_max);
}

void
zr_socket_heartbeat (zsock_t *socket)
{
    assert (socket);
    zsock_set_rcvhwm (socket, 0);
    zsock_set_heartbeat_ivl (socket, HEARTBEAT_MS);
    zsock_set_heartbeat_timeout (socket, HEARTBEAT_TIMEOUT_MS);
    zsock_set_heartbeat_ttl (socket, HEARTBEAT_TIMEOUT_MS);
}

// What a person can do about a failed bind or connect.
static const char *
s_advice (int error)
{
    switch (error) {
    case EADDRINUSE:
        return "another program uses it; stop that one or choose another address";
    case EADDRNOTAVAIL:
    case ENODEV:
        return "this machine has no such address or interface";
    case EACCES:
        return "not allowed; choose a port above 1023 or a folder of your own";
    case ENOENT:
    case ENOTDIR:
        return "there is no such folder";
    case EPROTONOSUPPORT:
        return "this libzmq has no such transport";
    case EINVAL:
        return "no valid endpoint; write HOST, HOST:PORT or TRANSPORT://...";
    case ENAMETOOLONG:
        return "the path is too long for a socket";
    default:
        return zmq_strerror (error);
    }
}

void
zr_socket_hold_signals (sigset_t *former)
{
    static const int numbers[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                  SIGTSTP, SIGCONT, SIGWINCH};
    sigset_t held;
    sigemptyset (&held);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset (&held, numbers[i]);
    int error = pthread_sigmask (SIG_BLOCK, &held, former);
    assert (!error);
}

void
zr_socket_release_signals (const sigset_t *former)
{
    int error = pthread_sigmask (SIG_SETMASK, former, NULL);
    assert (!error);
}

void
zr_socket_end_actor (zactor_t **actor_p)
{
    sigset_t signals;
    zr_socket_hold_signals (&signals);
    zactor_destroy (actor_p);
    zr_socket_release_signals (&signals);
}

int
zr_socket_bind (zsock_t *socket, const char *endpoint, const char *subject)
{
    void *handle = zsock_resolve (socket);
    bool ipv6 = zr_endpoint_wants_ipv6 (endpoint);
    zsock_set_ipv6 (socket, ipv6);
    int status = zmq_bind (handle, endpoint);
    if (status && ipv6 && errno == EADDRNOTAVAIL) {
        zsock_set_ipv6 (socket, 0); // a kernel with IPv6 switched off
        status = zmq_bind (handle, endpoint);
    }
    if (status == 0)
        return 0;
    zr_log_error (subject, "cannot listen on %s: %s", endpoint, s_advice (errno));
    return -1;
}

int
zr_socket_connect (zsock_t *socket, const char *endpoint, const char *subject)
{
    zsock_set_ipv6 (socket, zr_endpoint_wants_ipv6 (endpoint));
    if (zmq_connect (zsock_resolve (socket), endpoint) == 0)
        return 0;
    zr_log_error (subject, "cannot connect to %s: %s", endpoint, s_advice (errno));
    return -1;
}

zsock_t *
zr_socket_monitor (zsock_t *socket)
{
    // A name of its own: that of the socket which was at this address before may still
    // be taken, since libzmq closes monitors in the background.
    zuuid_t *uuid = zuuid_new ();
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "inproc://monitor-%s", zuuid_str (uuid));
    zuuid_destroy (&uuid);
    int status = zmq_socket_monitor (
        zsock_resolve (socket), endpoint,
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED |
            ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECT_RETRIED);
    zsock_t *monitor = zsock_new (ZMQ_PAIR);
    assert (status == 0 && monitor);
    zsock_set_rcvhwm (monitor, 0); // full, it would hold up libzmq's thread
    status = zmq_connect (zsock_resolve (monitor), endpoint);
    assert (status == 0);
    return monitor;
}

void
zr_socket_unmonitor (zsock_t *socket, zsock_t **monitor_p)
{
    assert (monitor_p);
    if (!*monitor_p)
        return;
    zmq_socket_monitor (zsock_resolve (socket), NULL, 0);
    zsock_destroy (monitor_p);
}

// The first part of a report: zmq_socket_monitor(3).
typedef struct {
    uint16_t event;
    uint32_t value;
} __attribute__ ((packed)) report_t;

zr_socket_event_t
zr_socket_event (zsock_t *monitor, int *fd)
{
    void *handle = zsock_resolve (monitor);
    report_t report;
    *fd = -1;
    if (zmq_recv (handle, &report, sizeof report, ZMQ_DONTWAIT) != sizeof report)
        return ZR_SOCKET_NONE;
    zmq_recv (handle, NULL, 0, ZMQ_DONTWAIT); // the address; parts come together
    switch (report.event) {
    case ZMQ_EVENT_ACCEPTED:
    case ZMQ_EVENT_CONNECTED:
        *fd = (int) report.value;
        return ZR_SOCKET_UP;
    case ZMQ_EVENT_DISCONNECTED:
        *fd = (int) report.value;
        return ZR_SOCKET_DOWN;
    default:
        return ZR_SOCKET_RETRY;
    }
}

void
zr_socket_redial (zsock_t *socket, const char *endpoint, const char *subject,
                  const char *limit, int64_t *lost_us, int64_t now_us)
{
    if (!*lost_us || now_us - *lost_us <= REDIAL_US)
        return;
    *lost_us = 0;
    zr_log_warn (
        subject,
        "%s: the connection ended for good (a message above %s?); dialling again",
        endpoint, limit);
    zmq_disconnect (zsock_resolve (socket), endpoint);
    zr_socket_connect (socket, endpoint, subject);
}

void
zr_socket_keep_fresh (int fd)
{
    int bytes = UNSENT_MAX;
    // Fails on ipc and on what is closed already, where it is not needed.
    (void) setsockopt (fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

uint64_t
zr_socket_cookie (int fd)
{
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    if (getsockopt (fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0)
        return cookie;
    return errno == EBADF || errno == ENOTSOCK ? 0 : 1; // 1: this kernel has none
}

void
zr_socket_raise_limit (void)
{
    struct rlimit files;
    if (getrlimit (RLIMIT_NOFILE, &files) || files.rlim_cur >= FILES_MAX)
        return;
    files.rlim_cur = files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
    (void) setrlimit (RLIMIT_NOFILE, &files);
}
