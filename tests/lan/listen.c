// SPDX-License-Identifier: MPL-2.0
// Discovery alone, for the tests: one JSON line for each event, all fields strings or
// numbers, and one for every second that passes ("event":"now", with the interfaces).
// Ends with SIGINT or SIGTERM.
//
//   listen                          only listens
//   listen broker NAME CHAT OUT IN  announces itself as well, with these ports
//   listen publisher NAME OUT
//   listen --deaf ...               only announces

#include <czmq.h>

#include "common/discovery.h"
#include "common/json_line.h"

static const char *const s_kinds[] = {"found", "gone", "changed"};

static int
s_print_event (const zr_discovery_event_t *event)
{
    const zr_beacon_t *beacon = &event->beacon;
    char uuid[2 * ZR_BEACON_UUID_SIZE + 1];
    for (size_t i = 0; i < ZR_BEACON_UUID_SIZE; i++)
        snprintf (uuid + 2 * i, 3, "%02x", beacon->uuid[i]);
    json_t *line = json_pack (
        "{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:s, s:b}", "event",
        s_kinds[event->kind], "kind",
        beacon->kind == ZR_BEACON_BROKER ? "broker" : "publisher", "uuid", uuid, "name",
        beacon->name, "chat", beacon->chat_port, "out", beacon->video_out_port, "in",
        beacon->video_in_port, "address", event->address, "interface", event->interface,
        "local", (int) zr_discovery_is_local (event->address));
    return zr_json_line_print (&line);
}

static int
s_print_now (zr_discovery_t *discovery)
{
    char text[ZR_DISCOVERY_INTERFACES_MAX];
    zr_discovery_interfaces (discovery, text, sizeof text);
    json_t *line = json_pack ("{s:s, s:s}", "event", "now", "interfaces", text);
    return zr_json_line_print (&line);
}

static uint16_t
s_port (const char *text)
{
    return (uint16_t) strtoul (text, NULL, 10);
}

// Returns false if the arguments announce nothing.
static bool
s_read_arguments (int count, char **arguments, zr_beacon_t *own)
{
    if (count == 5 && streq (arguments[0], "broker")) {
        own->kind = ZR_BEACON_BROKER;
        own->chat_port = s_port (arguments[2]);
        own->video_out_port = s_port (arguments[3]);
        own->video_in_port = s_port (arguments[4]);
    } else if (count == 3 && streq (arguments[0], "publisher")) {
        own->kind = ZR_BEACON_PUBLISHER;
        own->video_out_port = s_port (arguments[2]);
    } else
        return false;
    zr_beacon_make_name (own->name, arguments[1]);
    zuuid_t *uuid = zuuid_new ();
    memcpy (own->uuid, zuuid_data (uuid), sizeof own->uuid);
    zuuid_destroy (&uuid);
    return true;
}

static int
s_watch (zr_discovery_t *discovery)
{
    zpoller_t *poller = zpoller_new (zr_discovery_pollable (discovery), NULL);
    int64_t next_ms = zclock_mono ();
    int status = 0;
    while (status == 0 && !zsys_interrupted) {
        zr_discovery_event_t event;
        if (zpoller_wait (poller, 100) && zr_discovery_read (discovery, &event) == 0)
            status = s_print_event (&event);
        if (zclock_mono () >= next_ms) {
            status |= s_print_now (discovery);
            next_ms += 1000;
        }
    }
    zpoller_destroy (&poller);
    return status;
}

int
main (int argc, char **argv)
{
    zsys_init ();
    bool deaf = argc > 1 && streq (argv[1], "--deaf");
    zr_beacon_t own = {.kind = 0};
    bool announces = s_read_arguments (argc - 1 - deaf, argv + 1 + deaf, &own);
    if (!announces && argc > 1) {
        fprintf (stderr, "listen: wrong arguments\n");
        return 2;
    }
    zr_discovery_t *discovery = zr_discovery_new (announces ? &own : NULL, !deaf);
    int status = s_watch (discovery);
    zr_discovery_destroy (&discovery);
    return status ? 1 : 0;
}
