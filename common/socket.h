// SPDX-License-Identifier: MPL-2.0
// What Zroom asks of every ZeroMQ socket, and binding and connecting with errors that
// say what to do. Use a socket from one thread at a time.

#ifndef ZR_SOCKET_H
#define ZR_SOCKET_H

#include <czmq.h>

// Sets what all sockets share: little wait at the end, dead TCP links found in about
// 10 s, reconnecting in 100 ms to 1 s, the limit on a message that comes in (bytes).
// Before it is attached.
void zr_socket_prepare (zsock_t *socket, int64_t message_max);

// Keeps the signals that people and terminals send from the calling thread, and from
// those that it starts, while sockets are made or threads ended: libzmq and CZMQ give
// up in the middle of it when a signal comes. release lets them in again; one that came
// meanwhile comes then. former is what hold found there.
void zr_socket_hold_signals (sigset_t *former);
void zr_socket_release_signals (const sigset_t *former);

// Ends an actor and waits for it, with signals held: one that came meanwhile would end
// the wait, and what the thread still uses would be freed. Accepts NULL inside.
void zr_socket_end_actor (zactor_t **actor_p);

// Has the socket send ZMTP heartbeats (RFC 23), by which both sides notice within 3 s
// that the other is silent. Only for a connecting socket that is read at all times: its
// receive queue has no bound afterwards. After prepare, before it is attached.
void zr_socket_heartbeat (zsock_t *socket);

// Returns 0, or -1; the cause was logged under subject, with the way out.
int zr_socket_bind (zsock_t *socket, const char *endpoint, const char *subject);
int zr_socket_connect (zsock_t *socket, const char *endpoint, const char *subject);

// A socket on which libzmq reports connections made (ACCEPTED, CONNECTED), lost
// (DISCONNECTED) and tried again (CONNECT_DELAYED, CONNECT_RETRIED). It must be read
// all along: libzmq's own thread fills it. For the thread that owns the socket.
zsock_t *zr_socket_monitor (zsock_t *socket);

// Ends the reports and destroys the monitor; before the socket is. Accepts NULL in it.
void zr_socket_unmonitor (zsock_t *socket, zsock_t **monitor_p);

typedef enum {
    ZR_SOCKET_NONE,  // no event waits
    ZR_SOCKET_UP,    // a connection was made
    ZR_SOCKET_DOWN,  // a connection was lost
    ZR_SOCKET_RETRY, // libzmq tries again by itself
} zr_socket_event_t;

// Reads one event, without waiting. *fd is the connection's descriptor for UP and
// DOWN, else -1: libzmq owns it and may have closed it already.
zr_socket_event_t zr_socket_event (zsock_t *monitor, int *fd);

// Dials endpoint again, and says so under subject, if the connection was lost at
// *lost_us and libzmq has not tried again for half a second: a message above the limit
// ends it for good and in silence (libzmq 4.3.4). limit is that limit in words.
// *lost_us is to be set at ZR_SOCKET_DOWN and 0 after any other event; now_us is of the
// same clock.
void zr_socket_redial (zsock_t *socket, const char *endpoint, const char *subject,
                       const char *limit, int64_t *lost_us, int64_t now_us);

// Keeps the kernel from taking in more than 16 KiB ahead of what the network carries
// (TCP_NOTSENT_LOWAT), so that what waits is dropped at the high-water mark, where the
// newest picture wins, and does not grow old in a buffer. No effect on other sockets.
void zr_socket_keep_fresh (int fd);

// The kernel's own name of the connection that fd is, by which it is told from the next
// one that has the same number; 0 if fd is none. Any thread.
uint64_t zr_socket_cookie (int fd);

// Lets this process have as many descriptors as the system allows it, up to 65536:
// peers connect as they like, and libzmq and CZMQ end the program that cannot have a
// socket. Before any thread starts.
void zr_socket_raise_limit (void);

#endif
