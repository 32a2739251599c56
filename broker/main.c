// SPDX-License-Identifier: MPL-2.0
// zroom-broker: the room. Threads: this one (options, terminal, signals), the chat's
// (room_server.c), the relay's (relay.c) and libzmq's.

#include <czmq.h>

#include "broker/broker_report.h"
#include "common/discovery.h"
#include "common/log.h"
#include "common/options.h"
#include "common/socket.h"

#define SOCKETS_MAX 8192

// Until a signal comes. Either part may be NULL. Each tells of itself once a second;
// that of the chat, or else of the relay, sets the pace. Returns the exit status.
static int
s_watch (zr_room_server_t *server, zr_relay_t *relay,
         const zr_broker_options_t *options)
{
    zpoller_t *poller = zpoller_new (NULL, NULL);
    void *chat = server ? zr_room_server_pollable (server) : NULL;
    void *video = relay ? zr_relay_pollable (relay) : NULL;
    if (chat)
        zpoller_add (poller, chat);
    if (video)
        zpoller_add (poller, video);
    zr_broker_report_t *report = zmalloc (sizeof *report);
    int status = 0;
    bool told = false; // the relay has
    while (status == 0 && !zsys_interrupted) {
        void *which = zpoller_wait (poller, -1);
        if (!which)
            break;
        if (which == chat ? zr_room_server_read (server, &report->chat)
                          : zr_relay_read (relay, &report->video))
            break;
        told = told || which == video;
        if ((chat && which == video) || (video && !told))
            continue;
        if (!options->stats)
            zr_broker_report_status (options, report);
        else if (zr_broker_report_json (options, report))
            status = 1;
    }
    free (report);
    zpoller_destroy (&poller);
    zr_log_status_clear ();
    return status;
}

// Announces what others on the network can reach; NULL if that is nothing, or nobody
// is to know.
static zr_discovery_t *
s_announce (const zr_broker_options_t *options)
{
    char host[HOST_NAME_MAX + 1] = "";
    zr_beacon_t beacon = {.kind = ZR_BEACON_BROKER};
    if (options->has_chat)
        beacon.chat_port = (uint16_t) zr_endpoint_network_port (options->chat_endpoint);
    if (options->has_video) {
        beacon.video_in_port =
            (uint16_t) zr_endpoint_network_port (options->in_endpoint);
        beacon.video_out_port =
            (uint16_t) zr_endpoint_network_port (options->out_endpoint);
    }
    if (!options->announce || zr_beacon_is_goodbye (&beacon))
        return NULL;
    gethostname (host, sizeof host - 1);
    zr_beacon_make_name (beacon.name, host);
    zr_beacon_read_uuid (beacon.uuid, options->id);
    return zr_discovery_new (&beacon, false);
}

int
main (int argc, char **argv)
{
    zr_broker_options_t options;
    int status = zr_broker_options_read (&options, argc, argv);
    if (status != ZR_OPTIONS_GO)
        return status;
    zsys_init ();
    zr_socket_raise_limit ();
    zsys_set_max_sockets (SOCKETS_MAX);
    zr_room_server_t *server = NULL;
    zr_relay_t *relay = NULL;
    status = 1;
    if (options.has_chat)
        server = zr_room_server_new (&options.chat);
    if (options.has_video && (server || !options.has_chat))
        relay = zr_relay_new (&options.video);
    if ((server || !options.has_chat) && (relay || !options.has_video)) {
        zr_broker_report_start (&options);
        zr_discovery_t *discovery = s_announce (&options);
        status = s_watch (server, relay, &options);
        zr_discovery_destroy (&discovery);
    }
    zr_relay_destroy (&relay);
    zr_room_server_destroy (&server);
    return status;
}
