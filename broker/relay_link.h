// SPDX-License-Identifier: MPL-2.0
// One connection to a broker above: a SUB that dials again, whatever ended it. One
// thread.

#ifndef ZR_RELAY_LINK_H
#define ZR_RELAY_LINK_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct zr_relay_link zr_relay_link_t;

// Begins to connect. endpoint is borrowed; message_max: bytes. NULL if there are no
// more sockets or the endpoint cannot be used; logged.
zr_relay_link_t *zr_relay_link_new (const char *endpoint, int64_t message_max);
void zr_relay_link_destroy (zr_relay_link_t **self_p);

void zr_relay_link_subscribe (zr_relay_link_t *self, const void *topic, size_t len);

// libzmq's handle, to poll and to receive from.
void *zr_relay_link_socket (const zr_relay_link_t *self);

// Looks after the connection; to be called some times a second. Returns whether it is
// up; *lost (may be NULL) is set if it was lost since the last call, even if it is up
// again.
bool zr_relay_link_watch (zr_relay_link_t *self, int64_t now_us, bool *lost);

#endif
