// SPDX-License-Identifier: MPL-2.0
// Who is watching: the connections of a sending socket, by the machine at their other
// end, looked at once a second; nothing here is called per picture. libzmq owns the
// descriptors and closes them when it likes, and their numbers come again: by its
// SO_COOKIE (socket(7)) each connection is known for certain. For one thread.

#ifndef ZR_VIEWERS_H
#define ZR_VIEWERS_H

#include <jansson.h>

#include "common/viewer_verdict.h"

#define ZR_VIEWERS_MAX 256        // listed; further ones are not
#define ZR_VIEWERS_ADDRESS_MAX 64 // with the NUL

// One viewer: a machine, however many connections it has (one for each stream), or one
// connection of this machine over ipc, "local", of which only the address is known.
typedef struct {
    char address[ZR_VIEWERS_ADDRESS_MAX]; // IPv4 or IPv6, without the port
    int64_t since_us;                     // Unix time
    bool measured;                        // what follows is known
    double rtt_ms;                        // round trip, smoothed
    double kbit_s;                        // that arrived there in the last second
    double unsent_ms;                     // see zr_viewer_verdict_t
    zr_viewer_slow_t slow;
} zr_viewers_row_t;

typedef struct {
    int count;
    zr_viewers_row_t rows[ZR_VIEWERS_MAX];
} zr_viewers_list_t;

// How many bytes of a list are in use, to copy no more.
size_t zr_viewers_list_size (const zr_viewers_list_t *list);

typedef struct zr_viewers zr_viewers_t;

// subject: under which slow viewers are told of; borrowed.
zr_viewers_t *zr_viewers_new (const char *subject);
void zr_viewers_destroy (zr_viewers_t **self_p); // accepts NULL inside

// The connection wants so many streams more (or, negative, less) than before; one that
// wants none is not listed. fd may be closed, or another's by now, or -1. Who does not
// know what a connection wants says 1 when it is made, and no more. That a connection
// is gone need not be told.
void zr_viewers_want (zr_viewers_t *self, int fd, int change);

// Looks at all of them and fills list. Call it once a second. Says of each slow viewer
// what the cause is and what helps: once, until it was well for half a minute.
void zr_viewers_sample (zr_viewers_t *self, zr_viewers_list_t *list);

// [{"address":"192.168.1.9","since":1795234567,"rtt_ms":0.4,"kbit_s":5210,
// "unsent_ms":3.1,"slow":null}], where slow may be "network" or "viewer", and what is
// not known is null. The caller owns it.
json_t *zr_viewers_json (const zr_viewers_list_t *list);

// Writes "; " and a few words on the slowest of the slow viewers, for a status line, or
// an empty text if there is none.
void zr_viewers_status (const zr_viewers_list_t *list, char *text, size_t size);

#endif
