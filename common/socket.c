// SPDX-License-Identifier: MPL-2.0
// Socket options in one place. Heartbeats are off in libzmq by default; with them a
// cable pulled is noticed in seconds instead of hours.

#include "common/socket.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "common/endpoint.h"
#include "common/log.h"

#define HEARTBEAT_MS 1000
#define HEARTBEAT_TIMEOUT_MS 10000 // a big picture on a slow link takes seconds
#define RECONNECT_MS 100
#define RECONNECT_MAX_MS 1000
#define LINGER_MS 200
#define UNSENT_MAX (16 * 1024)

void
zr_socket_prepare (zsock_t *socket, int64_t message_max)
{
    assert (socket);
    zsock_set_linger (socket, LINGER_MS);
    zsock_set_heartbeat_ivl (socket, HEARTBEAT_MS);
    zsock_set_heartbeat_timeout (socket, HEARTBEAT_TIMEOUT_MS);
    zsock_set_reconnect_ivl (socket, RECONNECT_MS);
    zsock_set_reconnect_ivl_max (socket, RECONNECT_MAX_MS);
    zmq_setsockopt (zsock_resolve (socket), ZMQ_MAXMSGSIZE, &message_max,
                    sizeof message_max);
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

zactor_t *
zr_socket_monitor (zsock_t *socket)
{
    zactor_t *monitor = zactor_new (zmonitor, socket);
    assert (monitor);
    zstr_sendx (monitor, "LISTEN", "ACCEPTED", "CONNECTED", "DISCONNECTED",
                "CONNECT_DELAYED", "CONNECT_RETRIED", NULL);
    zstr_send (monitor, "START");
    zsock_wait (monitor);
    return monitor;
}

zr_socket_event_t
zr_socket_event (zactor_t *monitor, int *fd)
{
    char *event = NULL, *value = NULL, *address = NULL;
    zr_socket_event_t result = ZR_SOCKET_OTHER;
    *fd = -1;
    if (zstr_recvx (monitor, &event, &value, &address, NULL) >= 2) {
        if (streq (event, "ACCEPTED") || streq (event, "CONNECTED"))
            result = ZR_SOCKET_UP;
        else if (streq (event, "DISCONNECTED"))
            result = ZR_SOCKET_DOWN;
        else if (streq (event, "CONNECT_DELAYED") || streq (event, "CONNECT_RETRIED"))
            result = ZR_SOCKET_RETRY;
        if (result == ZR_SOCKET_UP || result == ZR_SOCKET_DOWN)
            *fd = (int)strtol (value, NULL, 10);
    }
    zstr_free (&event);
    zstr_free (&value);
    zstr_free (&address);
    return result;
}

void
zr_socket_keep_fresh (int fd)
{
    int bytes = UNSENT_MAX;
    // Fails on ipc and on what is closed already, where it is not needed.
    (void)setsockopt (fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}
