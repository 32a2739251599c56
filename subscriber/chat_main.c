// SPDX-License-Identifier: MPL-2.0
// zroom-chat: takes part in a room from a terminal, or from a script. Threads: this one
// (options, terminal, signals), the client's (chat_client.c), while a room is looked
// for the discovery's, and libzmq's.

#include <czmq.h>

#include "common/chat_console.h"
#include "common/endpoint.h"
#include "common/options.h"
#include "common/room_finder.h"

static const char s_about[] =
    "Takes part in a room's chat.\n"
    "\n"
    "ENDPOINT is where the room is (zroom-broker): HOST, HOST:PORT or any ZeroMQ\n"
    "endpoint. Without one the room of the network is found, or waited for. /help\n"
    "lists what can be typed. Where stdin is no terminal its lines are said, and the\n"
    "program ends with them.\n"
    "\n"
    "  zroom-chat --nick ana               the room on this network\n"
    "  zroom-chat --nick ana 192.168.1.5   the room there\n"
    "  echo done | zroom-chat --nick make  say one thing\n";

// Fills endpoint (ZR_ENDPOINT_MAX bytes). Returns ZR_OPTIONS_GO, or the exit status.
static int
s_find_room (char *endpoint)
{
    static const zr_room_wanted_t wanted = {.needs = ZR_ROOM_CHAT,
                                            .typed = ZR_ROOM_CHAT,
                                            .command = "zroom-chat",
                                            .stop_fd = -1};
    zr_room_t room;
    int status = zr_room_finder_find_once (&wanted, &room);
    if (status == ZR_OPTIONS_GO)
        zr_room_endpoint (&room, ZR_ROOM_CHAT, endpoint);
    return status;
}

int
main (int argc, char **argv)
{
    zr_chat_console_settings_t settings = {0};
    zr_list_t endpoints = {0};
    char endpoint[ZR_ENDPOINT_MAX];
    const zr_option_t table[] = {
        {"nick", 'n', ZR_OPTION_TEXT, &settings.nick, "NICK", "your name in the room",
         "your login name", 0, 0, NULL},
        {"json", 'j', ZR_OPTION_ON, &settings.json, NULL,
         "print events as JSON, one object a line", NULL, 0, 0, NULL},
        {"bell", 'b', ZR_OPTION_ON, &settings.bell, NULL,
         "ring when somebody says your name", NULL, 0, 0, NULL},
        {0},
    };
    const zr_program_t program = {.name = "zroom-chat",
                                  .synopsis = "[OPTION...] [ENDPOINT]",
                                  .about = s_about,
                                  .table = table,
                                  .positional = &endpoints,
                                  .positional_max = 1};
    int status = zr_options_parse (&program, argc, argv);
    if (status != ZR_OPTIONS_GO)
        return status;
    const char *text = endpoints.count ? endpoints.items[0] : NULL;
    if (text && zr_endpoint_complete (text, ZR_PORT_CHAT, endpoint, sizeof endpoint))
        return zr_options_refuse (
            &program, "\"%s\" is no endpoint; write HOST, HOST:PORT or TRANSPORT://...",
            text);
    settings.endpoint = endpoint;
    zsys_init ();
    if (!text && (status = s_find_room (endpoint)) != ZR_OPTIONS_GO)
        return status;
    return zr_chat_console_run (&settings, -1);
}
