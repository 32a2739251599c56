// SPDX-License-Identifier: MPL-2.0
// One SUB connection to one endpoint, which libzmq makes and mends by itself. A
// sender's high-water mark is 1, so two streams on one connection would cost each other
// pictures: every stream has a link of its own. One thread at a time.

#ifndef ZR_LINK_H
#define ZR_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <zmq.h>

// One message, read to its end; of more than two parts the first two.
typedef struct {
    zmq_msg_t parts[2];
    int count; // parts that came
} zr_link_message_t;

typedef struct zr_link zr_link_t;

// Not connected yet, so that no picture comes before it is known what is wanted.
zr_link_t *zr_link_new (const char *endpoint);

// Closes the connection. Accepts NULL inside.
void zr_link_destroy (zr_link_t **self_p);

// Messages whose first part begins so are wanted, or not any more. At any time.
void zr_link_subscribe (zr_link_t *self, const void *prefix, size_t len);
void zr_link_unsubscribe (zr_link_t *self, const void *prefix, size_t len);

// Returns 0, or -1 if there can be no connection there; logged.
int zr_link_connect (zr_link_t *self);

// For zmq_poll; lives as long as the link.
void *zr_link_socket (const zr_link_t *self);

// Reads one message without waiting. Returns false if there is none; else message must
// be released, whether its parts were moved away or not.
bool zr_link_receive (zr_link_t *self, zr_link_message_t *message);
void zr_link_release (zr_link_message_t *message);

// Looks after the connection; to be called some times a second. Returns how many there
// are now, 0 or 1; -1 while that is not known, as for ever with multicast.
int zr_link_watch (zr_link_t *self);

#endif
