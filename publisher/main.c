// SPDX-License-Identifier: MPL-2.0
// zroom-publisher: captures, compresses to JPEG and publishes. Threads: this one
// (options, terminal, signals), the publisher's (publisher.c) and libzmq's.

#include <czmq.h>

#include "common/chat_console.h"
#include "common/companion.h"
#include "common/discovery.h"
#include "common/endpoint.h"
#include "common/log.h"
#include "common/options.h"
#include "common/room_finder.h"
#include "common/socket.h"
#include "publisher/camera_device.h"
#include "publisher/publisher_options.h"
#include "publisher/report.h"

#define POLL_MS 100 // a signal that came just before the wait is noticed after it

// A subscriber of our own stream: one sees what viewers see. Its standard output is
// ours, so without a display it draws in this terminal.
static pid_t
s_start_preview (const zr_publisher_t *publisher,
                 const zr_publisher_settings_t *settings)
{
    char endpoint[ZR_ENDPOINT_MAX];
    const char *arguments[] = {endpoint, settings->name ? "--stream" : NULL,
                               settings->name, NULL};
    const char *local = zr_publisher_local_endpoint (publisher);
    if (local) // what is bound to all addresses is reached at this one
        zr_publisher_options_reachable (local, endpoint, sizeof endpoint);
    else
        zr_publisher_options_room_output (settings->connect.items[0], endpoint,
                                          sizeof endpoint);
    return zr_companion_start ("zroom-subscriber", arguments);
}

// Announces it if it stands free; NULL if it does not, or nobody is to know.
static zr_discovery_t *
s_announce (const zr_publisher_t *publisher, const zr_publisher_options_t *arguments)
{
    const zr_publisher_settings_t *settings = &arguments->settings;
    char host[HOST_NAME_MAX + 1] = "";
    zr_beacon_t beacon = {.kind = ZR_BEACON_PUBLISHER};
    const char *local = zr_publisher_local_endpoint (publisher); // with its real port
    int port = local ? zr_endpoint_network_port (local) : 0;
    for (int i = 0; i < settings->bind.count && !port; i++)
        port = zr_endpoint_network_port (settings->bind.items[i]);
    if (!arguments->announce || !port)
        return NULL;
    gethostname (host, sizeof host - 1);
    beacon.video_out_port = (uint16_t) port;
    zr_beacon_make_name (beacon.name, settings->name ? settings->name : host);
    zr_beacon_read_uuid (beacon.uuid, zr_publisher_id (publisher));
    return zr_discovery_new (&beacon, false);
}

// Finds the room and the chat where no address was given, and connects to it. Returns
// ZR_OPTIONS_GO, or the exit status.
static int
s_find_room (zr_publisher_t *publisher, zr_publisher_options_t *arguments)
{
    zr_publisher_settings_t *settings = &arguments->settings;
    bool joins = arguments->finds_room;
    const zr_room_wanted_t wanted = {
        .needs = (joins ? ZR_ROOM_PICTURES_IN : 0) |
                 (arguments->finds_chat ? ZR_ROOM_CHAT : 0),
        .typed = joins ? ZR_ROOM_PICTURES_IN : ZR_ROOM_CHAT,
        .command = joins ? "zroom-publisher --connect" : "zroom-publisher --room",
        .stop_fd = zr_publisher_end_fd (publisher)};
    zr_room_t room;
    if (!wanted.needs)
        return ZR_OPTIONS_GO;
    int status = zr_room_finder_find_once (&wanted, &room);
    if (status == 0 && zr_publisher_has_failed (publisher))
        return 1;
    if (status != ZR_OPTIONS_GO)
        return status;
    if (arguments->finds_chat)
        zr_room_endpoint (&room, ZR_ROOM_CHAT, arguments->room);
    if (joins) {
        char *endpoint = arguments->endpoints[arguments->endpoints_count++];
        zr_room_endpoint (&room, ZR_ROOM_PICTURES_IN, endpoint);
        zr_publisher_connect (publisher, endpoint);
        settings->connect.items[settings->connect.count++] = endpoint;
    }
    return ZR_OPTIONS_GO;
}

// Until the source ends or the user does. Returns the exit status.
static int
s_watch (zr_publisher_t *publisher, const zr_publisher_options_t *arguments,
         bool status_line)
{
    zpoller_t *poller = zpoller_new (zr_publisher_pollable (publisher), NULL);
    zr_publisher_report_t report = {0};
    while (report.state == ZR_PUBLISHER_RUNS && !zsys_interrupted) {
        if (!zpoller_wait (poller, POLL_MS)) {
            if (zpoller_expired (poller))
                continue;
            break;
        }
        if (zr_publisher_read (publisher, &report))
            break;
        if (arguments->stats && zr_report_json (&report, arguments->settings.name))
            report.state = ZR_PUBLISHER_FAILED;
        if (arguments->stats)
            continue;
        if (status_line)
            zr_report_status (&report);
    }
    zpoller_destroy (&poller);
    zr_log_status_clear ();
    return report.state == ZR_PUBLISHER_FAILED ? 1 : 0;
}

// The same with the chat in this terminal.
static int
s_chat (zr_publisher_t *publisher, const zr_publisher_options_t *arguments)
{
    const zr_chat_console_settings_t settings = {.endpoint = arguments->room,
                                                 .nick = arguments->nick};
    int status = zr_chat_console_run (&settings, zr_publisher_end_fd (publisher));
    return zr_publisher_has_failed (publisher) ? 1 : status;
}

// Returns the exit status.
static int
s_run (zr_publisher_t *publisher, const zr_publisher_options_t *arguments)
{
    int status;
    zr_report_start (publisher, &arguments->settings);
    pid_t preview =
        arguments->preview ? s_start_preview (publisher, &arguments->settings) : 0;
    // A preview without a display draws in this terminal.
    bool screen = getenv ("DISPLAY") || getenv ("WAYLAND_DISPLAY");
    if (preview < 0)
        status = 1;
    else if (arguments->nick)
        status = s_chat (publisher, arguments);
    else
        status = s_watch (publisher, arguments, !preview || screen);
    zr_companion_stop (preview);
    return status;
}

int
main (int argc, char **argv)
{
    zr_publisher_options_t arguments;
    int status = zr_publisher_options_read (&arguments, argc, argv);
    if (status != ZR_OPTIONS_GO)
        return status;
    if (arguments.list)
        return zr_camera_list (stdout) >= 0 ? 0 : 1;

    zr_socket_raise_limit ();
    zsys_init ();
    zr_publisher_t *publisher = zr_publisher_new (&arguments.settings);
    if (!publisher)
        return zsys_interrupted       ? 0 // a source may take its time to open
               : arguments.wrong_call ? 2
                                      : 1;
    zr_discovery_t *discovery = s_announce (publisher, &arguments);
    status = s_find_room (publisher, &arguments);
    if (status == ZR_OPTIONS_GO)
        status = s_run (publisher, &arguments);
    zr_discovery_destroy (&discovery);
    zr_publisher_destroy (&publisher);
    return status;
}
