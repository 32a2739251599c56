// SPDX-License-Identifier: MPL-2.0
// zroom-broker: the room. Threads: this one (options, terminal, signals), the chat's
// (room_server.c) and libzmq's.

#include <czmq.h>
#include <inttypes.h>

#include "broker/broker_options.h"
#include "common/json_line.h"
#include "common/log.h"
#include "common/options.h"

// Every address under which others can reach us, with what they have to type.
static void
s_say_addresses (const zr_broker_options_t *options)
{
    char label[ZR_ENDPOINT_MAX];
    zr_endpoint_label (options->chat.endpoint, label, sizeof label);
    const char *port = strrchr (label, ':');
    if (label[0] != '*') {
        zr_log_info ("room", "open; to join: zroom-chat %s", options->chat.endpoint);
        return;
    }
    bool usual = port && streq (port, ":5550");
    zr_log_info ("room", "open; to join on this machine: zroom-chat%s%s",
                 usual ? "" : " localhost", usual ? "" : port);
    ziflist_t *interfaces = ziflist_new ();
    for (const char *name = ziflist_first (interfaces); name;
         name = ziflist_next (interfaces))
        zr_log_info ("room", "on others (%s): zroom-chat %s%s", name,
                     ziflist_address (interfaces), usual ? "" : port);
    ziflist_destroy (&interfaces);
}

// Returns -1 if stdout takes no more.
static int
s_print_json (const zr_room_server_report_t *report)
{
    json_t *line = json_pack (
        "{s:f, s:{s:I, s:I, s:f, s:I}}", "time", (double) zclock_time () / 1e3, "chat",
        "people", (json_int_t) report->people, "lines", (json_int_t) report->lines,
        "lines_s", zr_json_line_round (report->lines_s), "deliveries",
        (json_int_t) report->deliveries);
    return zr_json_line_print (&line);
}

// Until a signal comes. Returns the exit status.
static int
s_watch (zr_room_server_t *server, bool stats)
{
    zpoller_t *poller = zpoller_new (zr_room_server_pollable (server), NULL);
    zr_room_server_report_t report;
    int status = 0;
    while (status == 0 && !zsys_interrupted && zpoller_wait (poller, -1) &&
           zr_room_server_read (server, &report) == 0) {
        if (stats)
            status = s_print_json (&report) ? 1 : 0;
        else
            zr_log_status ("%" PRIu32 " in the room  %" PRIu64
                           " lines said  %.1f lines/s",
                           report.people, report.lines, report.lines_s);
    }
    zpoller_destroy (&poller);
    zr_log_status_clear ();
    return status;
}

int
main (int argc, char **argv)
{
    zr_broker_options_t options;
    int status = zr_broker_options_read (&options, argc, argv);
    if (status != ZR_OPTIONS_GO)
        return status;
    zsys_init ();
    zr_room_server_t *server = zr_room_server_new (&options.chat);
    if (!server)
        return 1;
    s_say_addresses (&options);
    status = s_watch (server, options.stats);
    zr_room_server_destroy (&server);
    return status;
}
