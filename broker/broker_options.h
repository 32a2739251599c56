// SPDX-License-Identifier: MPL-2.0
// The broker's command line. Main thread.

#ifndef ZR_BROKER_OPTIONS_H
#define ZR_BROKER_OPTIONS_H

#include <limits.h>
#include <stdbool.h>

#include "broker/relay.h"
#include "broker/room_server.h"
#include "common/endpoint.h"

typedef struct {
    bool has_chat, has_video;       // at least one
    zr_room_server_settings_t chat; // texts point into argv and into this struct
    zr_relay_settings_t video;      // likewise
    bool announce;                  // by beacon
    bool stats;
    zr_list_t upstream; // complete endpoints
    zr_room_id_t id;    // of this run
    char chat_endpoint[ZR_ENDPOINT_MAX];
    char in_endpoint[ZR_ENDPOINT_MAX], out_endpoint[ZR_ENDPOINT_MAX];
    char upstream_endpoints[ZR_LIST_MAX][ZR_ENDPOINT_MAX];
    char history[PATH_MAX]; // the default place
} zr_broker_options_t;

// Fills self. Returns ZR_OPTIONS_GO, or the exit status.
int zr_broker_options_read (zr_broker_options_t *self, int argc, char **argv);

#endif
