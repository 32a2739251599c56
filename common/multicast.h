// SPDX-License-Identifier: MPL-2.0
// A multicast group as an endpoint: epgm://INTERFACE;GROUP:PORT. libzmq ends the whole
// program if anything about one is wrong, and looks at a network that has changed no
// more; so here it is checked before libzmq sees it, and opened anew when it has to be.
// Use it from the thread that owns the socket.

#ifndef ZR_MULTICAST_H
#define ZR_MULTICAST_H

#include <czmq.h>
#include <netinet/in.h>

#include "common/endpoint.h"

#define ZR_MULTICAST_INTERFACE_MAX 64 // bytes, with the NUL

typedef struct {
    char interface[ZR_MULTICAST_INTERFACE_MAX]; // its name or IPv4 address
    struct in_addr group;
    int port; // UDP

    // The owner's business is above, and what is open now below.
    const char *subject;          // for the log
    unsigned index;               // the interface's
    char opened[ZR_ENDPOINT_MAX]; // what libzmq was given; empty: nothing
    int64_t heard_us;             // when it was opened or last heard, monotonic
    bool said;                    // that it cannot be opened
} zr_multicast_t;

// Whether an endpoint names a multicast transport. Pure.
bool zr_multicast_is (const char *endpoint);

// Reads an endpoint. Returns NULL, or what is wrong with it, in words. Pure.
const char *zr_multicast_parse (zr_multicast_t *self, const char *endpoint);

// Parses, checks, sets what multicast asks of a socket (rate, recovery, buffers) and
// opens it, a PUB's way out or a SUB's way in. subject is for the log and must outlive
// self. Returns 0, or -1; the cause was logged, with the way out. After
// zr_socket_prepare.
int zr_multicast_open (zr_multicast_t *self, zsock_t *socket, const char *endpoint,
                       const char *subject);

// To be called some times a second: opens it anew where the interface has gone, come
// back or changed its address. A SUB that has heard nothing for 2 s is opened anew,
// too.
void zr_multicast_watch (zr_multicast_t *self, zsock_t *socket);

// A message came: for a SUB, lest it is taken for one that is stuck.
void zr_multicast_hear (zr_multicast_t *self);

#endif
