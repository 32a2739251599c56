// SPDX-License-Identifier: MPL-2.0
// The publishing thread: takes pictures from a source, encodes and sends them while
// somebody is watching. It owns its socket, its source and everything in between;
// the main thread gets a report once a second.

#ifndef ZR_PUBLISHER_H
#define ZR_PUBLISHER_H

#include <czmq.h>

#include "common/options.h"
#include "common/viewers.h"
#include "common/wire.h"
#include "publisher/source.h"

typedef struct {
    const zr_source_ops_t *source; // which kind
    zr_source_settings_t capture;  // what it is asked for
    const char *name;              // stream's name, or NULL for the plain form
    zr_list_t bind;                // complete endpoints to listen on
    zr_list_t connect;             // complete endpoints of brokers
    zr_wire_encoding_t encoding;
    int quality;      // JPEG, 1 to 100
    int wait_viewers; // do not start before so many watch
    bool always_on;   // the source captures although nobody watches
} zr_publisher_settings_t;

// What happened, as of now.
typedef enum {
    ZR_PUBLISHER_RUNS,
    ZR_PUBLISHER_ENDED,  // the source is at its end
    ZR_PUBLISHER_FAILED, // the source broke; logged
} zr_publisher_state_t;

typedef struct {
    zr_publisher_state_t state;
    double fps, kbit_s;
    int width, height; // of the last picture sent, pixels; 0 before the first
    int viewers;
    int groups;    // multicast groups that it is sent to, whoever is there
    uint64_t sent; // pictures since the start
    bool waiting;  // for --wait-viewers
    zr_source_counts_t source;
    zr_viewers_list_t viewer_list; // last: no more of it is handed over than is used
} zr_publisher_report_t;

typedef struct zr_publisher zr_publisher_t;

// Opens source and socket, and starts the thread. Settings are copied, their texts
// must outlive it. NULL if something cannot be opened; logged.
zr_publisher_t *zr_publisher_new (const zr_publisher_settings_t *settings);

// Stops the thread, closes everything. Accepts NULL inside.
void zr_publisher_destroy (zr_publisher_t **self_p);

// What to poll for reports, and reading the one that waits. Returns -1 if interrupted.
void *zr_publisher_pollable (zr_publisher_t *self);
int zr_publisher_read (zr_publisher_t *self, zr_publisher_report_t *report);

// A descriptor that becomes readable when the source has ended or failed, for poll(2).
int zr_publisher_end_fd (const zr_publisher_t *self);

// Whether the source broke, as far as this is known now.
bool zr_publisher_has_failed (const zr_publisher_t *self);

// The id of this run, as in info/: 32 hexadecimal digits.
const char *zr_publisher_id (const zr_publisher_t *self);

// Connects one that has a name, and nothing to connect to yet, to a room that was found
// later; endpoint: complete, copied. Once.
void zr_publisher_connect (zr_publisher_t *self, const char *endpoint);

// What is captured, in words; lives as long as the publisher.
const char *zr_publisher_describe (const zr_publisher_t *self);

// The endpoint of the first bind with its real port, for this host, or NULL.
const char *zr_publisher_local_endpoint (const zr_publisher_t *self);

#endif
