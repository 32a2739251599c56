// SPDX-License-Identifier: MPL-2.0
// What a person types for an address, completed to a ZeroMQ endpoint. Pure.

#ifndef ZR_ENDPOINT_H
#define ZR_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

// Default ports (DESIGN section 1).
#define ZR_PORT_CHAT 5550
#define ZR_PORT_VIDEO_OUT 5555
#define ZR_PORT_VIDEO_IN 5556

#define ZR_ENDPOINT_MAX 256 // bytes, with the NUL

// Writes the endpoint for text: "192.168.1.5" becomes "tcp://192.168.1.5:PORT",
// "host:7000" keeps its port, "::1" and "[::1]:7000" get brackets, and what names a
// transport this libzmq has (tcp, ipc, inproc, pgm, epgm, ws) is kept, its name in
// small letters; tcp and ws without a port are completed. "7000" is that port on this
// host, "*" and "*:7000" are for binding. Returns 0, or -1 if text is no address,
// empty, has blanks or control characters, a port outside 1 to 65535, a host that no
// name may be (letters, digits, '.', '-' and '_' only), or does not fit into size
// bytes.
int zr_endpoint_complete (const char *text, int port, char *endpoint, size_t size);

// Whether ZMQ_IPV6 should be set for it: an IPv6 literal does, and "*" when bound. A
// name does not: libzmq takes the first address that a name resolves to and tries no
// other, which for "localhost" would be ::1, where a plain tcp://*:5555 does not
// listen.
bool zr_endpoint_wants_ipv6 (const char *endpoint);

// The TCP port at which others on the network reach what is bound at a complete
// endpoint by an IPv4 address of this machine; 0: they do not, since it is not tcp, on
// the loopback or an IPv6 address only, or its port is not known.
int zr_endpoint_network_port (const char *endpoint);

// The same endpoint with a port that is by so many higher: a room takes pictures in at
// the port above the one where they come out. Returns 0; -1 if it has no port, there is
// no such one, or it does not fit into size bytes.
int zr_endpoint_neighbour (const char *endpoint, int by, char *neighbour, size_t size);

// The endpoint as people say it: without tcp:// or ipc://, and without the default
// video port; "tcp://[::1]:5555" is "::1". For labels. Result in text (size bytes), cut
// between characters if it does not fit.
void zr_endpoint_label (const char *endpoint, char *text, size_t size);

#endif
