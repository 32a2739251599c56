// SPDX-License-Identifier: MPL-2.0
// The subscriber's command line. Main thread.

#ifndef ZR_SUBSCRIBER_OPTIONS_H
#define ZR_SUBSCRIBER_OPTIONS_H

#include "common/endpoint.h"
#include "subscriber/player.h"

typedef struct {
    zr_player_settings_t settings; // texts point into argv and into this struct
    bool searches;                 // no endpoint was given: this host's is in settings
    bool finds_chat;               // nor a room, with nick: this host's is in settings
    bool list;                     // only print what there is
    const char *camera;            // source of a picture of our own ("": the camera)
    char endpoints[ZR_LIST_MAX][ZR_ENDPOINT_MAX];
    char room[ZR_ENDPOINT_MAX];
} zr_subscriber_options_t;

// Fills self. Returns ZR_OPTIONS_GO, or the exit status.
int zr_subscriber_options_read (zr_subscriber_options_t *self, int argc, char **argv);

#endif
