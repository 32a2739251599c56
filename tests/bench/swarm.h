// SPDX-License-Identifier: MPL-2.0
// Thousands of ZeroMQ sockets in one thread, far cheaper than libzmq's own: ZMTP 3.0
// with the NULL mechanism, spoken by hand on epoll. For load generators: what comes is
// handed on and forgotten; parts above 512 bytes are not even looked at.

#ifndef ZR_SWARM_H
#define ZR_SWARM_H

#include <stddef.h>
#include <stdint.h>

// One message of one or two parts came to peer (0 to count - 1). text is NULL if there
// is none, or if it is too long to be kept. Both are borrowed until it returns; it may
// send.
typedef void (zr_swarm_fn) (void *arg, int peer, const char *head, size_t head_len,
                            const char *text, size_t text_len);

typedef struct zr_swarm zr_swarm_t;

// Connects count peers to 127.0.0.1:port and shakes hands, a few at a time; type is
// theirs: "DEALER", "SUB". Returns NULL if that fails, or is not done by deadline_us;
// says why on stderr.
zr_swarm_t *zr_swarm_new (int port, int count, const char *type, zr_swarm_fn *fn,
                          void *arg, int64_t deadline_us);
void zr_swarm_destroy (zr_swarm_t **self_p);

// Puts a message of two parts on its way, or of one if text is NULL. It leaves with the
// next poll. Parts have at most 255 bytes.
void zr_swarm_send (zr_swarm_t *self, int peer, const char *head, const char *text);

// Sends what is to be sent, waits for something to come or for timeout_us, and hands on
// what came. Returns how many messages that were, or -1 if a connection was closed.
int zr_swarm_poll (zr_swarm_t *self, int64_t timeout_us);

// Monotonic clock, microseconds.
int64_t zr_swarm_now_us (void);

#endif
