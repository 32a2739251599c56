// SPDX-License-Identifier: MPL-2.0
// The publisher's command line. Main thread.

#ifndef ZR_PUBLISHER_OPTIONS_H
#define ZR_PUBLISHER_OPTIONS_H

#include "common/endpoint.h"
#include "publisher/publisher.h"

typedef struct {
    zr_publisher_settings_t settings; // texts point into argv and into this struct
    bool preview;
    bool list; // only print the cameras
    bool stats;
    bool wrong_call;            // of a source that could not be opened
    bool announce;              // what stands free, by beacon
    bool finds_room;            // a name, and no address: connects to the room found
    bool finds_chat;            // with nick, and no address: room is this host's
    const char *nick;           // joins the chat from this terminal, or NULL
    const char *room_text;      // as it was typed, or NULL
    char room[ZR_ENDPOINT_MAX]; // where the chat is, with nick
    char endpoints[2 * ZR_LIST_MAX][ZR_ENDPOINT_MAX]; // completed ones
    int endpoints_count;
    char host_name[ZR_WIRE_NAME_MAX + 1]; // a stream needs a name in a room
} zr_publisher_options_t;

// Fills self. Returns ZR_OPTIONS_GO, or the exit status.
int zr_publisher_options_read (zr_publisher_options_t *self, int argc, char **argv);

// Where this host reaches what is bound at endpoint: all addresses become 127.0.0.1.
void zr_publisher_options_reachable (const char *endpoint, char *reachable,
                                     size_t size);

// Where a room's pictures come out, given where they go in: the port below it.
void zr_publisher_options_room_output (const char *input, char *output, size_t size);

#endif
