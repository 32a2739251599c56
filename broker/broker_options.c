// SPDX-License-Identifier: MPL-2.0
// The option table, and where the history is kept by default (XDG Base Directory).

#include "broker/broker_options.h"

#include "common/options.h"

static const char s_about[] =
    "The room: a place for text chat that everybody on the network can join.\n"
    "\n"
    "  zroom-broker                        on any one machine\n"
    "  zroom-chat HOST --nick ana          on all others\n";

static void
s_default_history (char *path, size_t size)
{
    const char *state = getenv ("XDG_STATE_HOME"), *home = getenv ("HOME");
    if (state && *state == '/')
        snprintf (path, size, "%s/zroom/room.db", state);
    else
        snprintf (path, size, "%s/.local/state/zroom/room.db", home ? home : ".");
}

int
zr_broker_options_read (zr_broker_options_t *self, int argc, char **argv)
{
    *self = (zr_broker_options_t){0};
    const char *chat = "tcp://*:5550", *history = NULL;
    int keep = 10000;
    const zr_option_t table[] = {
        {"chat", 'c', ZR_OPTION_TEXT, &chat, "ENDPOINT", "listen for the chat here",
         NULL, 0, 0, NULL},
        {"history", 0, ZR_OPTION_TEXT, &history, "FILE",
         "keep what is said in this file; none: only in memory",
         "~/.local/state/zroom/room.db", 0, 0, NULL},
        {"history-keep", 0, ZR_OPTION_NUMBER, &keep, "N", "keep at least so many lines",
         NULL, 50, 100000000, NULL},
        {"stats", 0, ZR_OPTION_ON, &self->stats, NULL,
         "print one JSON object a second on stdout", NULL, 0, 0, NULL},
        {0},
    };
    const zr_program_t program = {.name = "zroom-broker",
                                  .synopsis = "[OPTION...]",
                                  .about = s_about,
                                  .table = table};
    int status = zr_options_parse (&program, argc, argv);
    if (status != ZR_OPTIONS_GO)
        return status;
    if (zr_endpoint_complete (chat, ZR_PORT_CHAT, self->chat_endpoint,
                              sizeof self->chat_endpoint))
        return zr_options_refuse (&program,
                                  "\"%s\" is no endpoint; write HOST, "
                                  "HOST:PORT or TRANSPORT://...",
                                  chat);
    if (!history) {
        s_default_history (self->history, sizeof self->history);
        history = self->history;
    }
    self->chat = (zr_room_server_settings_t){
        .endpoint = self->chat_endpoint,
        .history = streq (history, "none") ? NULL : history,
        .keep = keep,
    };
    return ZR_OPTIONS_GO;
}
