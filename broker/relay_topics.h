// SPDX-License-Identifier: MPL-2.0
// What the relay's viewers subscribe to, each topic once, and who is still to be told
// of it. Bounded, whatever viewers send. Pure.

#ifndef ZR_RELAY_TOPICS_H
#define ZR_RELAY_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZR_RELAY_TOPIC_MAX 256         // bytes of one
#define ZR_RELAY_TOPICS_OF_ONE 256     // of one connection
#define ZR_RELAY_TOPICS_MAX 4096       // of all
#define ZR_RELAY_CONNECTIONS_MAX 65536 // descriptors that are told apart

typedef struct {
    size_t len;
    int *owners; // descriptors of the connections that asked for it
    size_t owners_count, owners_capacity;
    bool wanted; // by a viewer, now
    bool told;   // upstream was told that it is
    uint8_t text[];
} zr_relay_topic_t;

typedef struct zr_relay_topics zr_relay_topics_t;

zr_relay_topics_t *zr_relay_topics_new (void);
void zr_relay_topics_destroy (zr_relay_topics_t **self_p);

// Takes a message that the XPUB socket (verboser) handed out: 1 or 0, then a prefix.
// Anything else is left aside. fd: the connection that it came from; who takes back
// what it has not asked for takes nothing. Returns 0; -1 if that connection asks for
// too much: it is not kept, and should be ended.
int zr_relay_topics_take (zr_relay_topics_t *self, const uint8_t *message, size_t len,
                          int fd);

// The connection is gone, and with it what it asked for.
void zr_relay_topics_forget (zr_relay_topics_t *self, int fd);

// Whether settle has something to tell.
bool zr_relay_topics_has_changed (const zr_relay_topics_t *self);

// Calls tell for every topic that became wanted, or is no more, since the last time.
// What changed and changed back is not told, nor are info/ and room/, which the relay
// asks for by itself.
typedef void (zr_relay_topics_tell_fn) (void *arg, const zr_relay_topic_t *topic);
void zr_relay_topics_settle (zr_relay_topics_t *self, zr_relay_topics_tell_fn *tell,
                             void *arg);

// Fills roots with the topics that cover all wanted ones, each picture by exactly one:
// of "full/" and "full/ana" only the first. In byte order, without info/ and room/.
// Valid until the next settle. Returns how many there are, at most max.
size_t zr_relay_topics_roots (const zr_relay_topics_t *self,
                              const zr_relay_topic_t **roots, size_t max);

// Byte order, in which a topic comes right before what it covers.
int zr_relay_topic_compare (const uint8_t *a, size_t a_len, const uint8_t *b,
                            size_t b_len);

#endif
