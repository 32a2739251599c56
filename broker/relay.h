// SPDX-License-Identifier: MPL-2.0
// The room's pictures: what publishers send to an XSUB goes, unread and uncopied, to
// those who subscribed at an XPUB; subscriptions travel the other way, so that a camera
// that nobody watches sleeps. Newest wins on every leg. A thread of its own.

#ifndef ZR_RELAY_H
#define ZR_RELAY_H

#include <czmq.h>

#include "broker/relay_report.h"

// Texts are borrowed.
typedef struct {
    const char *in;            // publishers connect here; complete
    const char *out;           // viewers connect here; complete
    const zr_list_t *upstream; // brokers above; complete endpoints
    const char *id;            // of this run of the broker: see zr_room_id_t
    int chat_port;             // 0: no chat
} zr_relay_settings_t;

typedef struct zr_relay zr_relay_t;

// Binds and starts the thread. NULL if it cannot; logged.
zr_relay_t *zr_relay_new (const zr_relay_settings_t *settings);
void zr_relay_destroy (zr_relay_t **self_p); // accepts NULL inside

// What to poll for reports, one a second, and reading the one that waits. Returns -1
// if it was interrupted.
void *zr_relay_pollable (zr_relay_t *self);
int zr_relay_read (zr_relay_t *self, zr_relay_report_t *report);

#endif
