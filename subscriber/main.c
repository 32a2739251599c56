// SPDX-License-Identifier: MPL-2.0
// zroom-subscriber: shows streams. The threads are listed in player.c; while no
// endpoint was given there is the discovery's too.

#include <czmq.h>

#include "common/companion.h"
#include "common/socket.h"
#include "subscriber/call.h"
#include "subscriber/listing.h"
#include "subscriber/subscriber_options.h"

// With --camera: our own picture goes to the room, too. found: the room, or NULL where
// an endpoint was given. Returns the publisher's process id, or 0 without.
static pid_t
s_start_camera (const zr_subscriber_options_t *options, const zr_room_t *found)
{
    const zr_player_settings_t *settings = &options->settings;
    char input[ZR_ENDPOINT_MAX];
    const char *known = input;
    if (!options->camera)
        return 0;
    if (found && found->beacon.video_in_port)
        zr_room_endpoint (found, ZR_ROOM_PICTURES_IN, input);
    else if (found || zr_endpoint_neighbour (settings->endpoints.items[0], 1, input,
                                             sizeof input))
        known = NULL;
    return zr_call_start (settings->nick, options->camera, known);
}

// With no endpoint given: what is on the network.
static int
s_run_searching (const zr_subscriber_options_t *options)
{
    static const zr_room_wanted_t wanted = {.needs = ZR_ROOM_PICTURES_OUT,
                                            .typed = ZR_ROOM_PICTURES_OUT,
                                            .command = "zroom-subscriber",
                                            .stop_fd = -1};
    zr_player_settings_t settings = options->settings;
    zr_room_t room;
    zr_room_finder_t *finder = zr_room_finder_new ();
    int status = zr_room_finder_find (finder, &wanted, &room);
    if (status == ZR_OPTIONS_GO && !zr_room_finder_is_alone (finder)) {
        settings.finder = finder;
        settings.found = &room;
        if (options->finds_chat)
            settings.room = NULL;
    }
    if (status == ZR_OPTIONS_GO) {
        pid_t camera = s_start_camera (options, settings.found);
        status = camera < 0 ? 1 : zr_player_run (&settings);
        zr_companion_stop (camera);
    }
    zr_room_finder_destroy (&finder);
    return status;
}

int
main (int argc, char **argv)
{
    static const zr_list_t none = {0};
    zr_subscriber_options_t options;
    int status = zr_subscriber_options_read (&options, argc, argv);
    if (status != ZR_OPTIONS_GO)
        return status;
    zr_socket_raise_limit ();
    zsys_init ();
    if (options.list)
        return zr_listing_print (options.searches ? &none : &options.settings.endpoints,
                                 stdout);
    if (options.searches)
        return s_run_searching (&options);
    pid_t camera = s_start_camera (&options, NULL);
    status = camera < 0 ? 1 : zr_player_run (&options.settings);
    zr_companion_stop (camera);
    return status;
}
