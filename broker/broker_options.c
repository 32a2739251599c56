// SPDX-License-Identifier: MPL-2.0
// The option table, and where the history is kept by default (XDG Base Directory).

#include "broker/broker_options.h"

#include <ctype.h>

#include "common/options.h"

static const char s_about[] =
    "The room: publishers bring pictures to it, viewers watch them, all can talk.\n"
    "\n"
    "  zroom-broker                    on any one machine of the network\n"
    "  zroom-publisher --name ana      on others: a camera in the room, as ana\n"
    "  zroom-subscriber                all pictures of the room\n"
    "  zroom-chat --nick ana           its chat\n"
    "\n"
    "They find it by themselves; --connect HOST or HOST says where it is.\n"
    "\n"
    "With --upstream the pictures of another room are in this one too, each of them\n"
    "fetched once, and only while somebody watches it.\n";

static void
s_default_history (char *path, size_t size)
{
    const char *state = getenv ("XDG_STATE_HOME"), *home = getenv ("HOME");
    if (state && *state == '/')
        snprintf (path, size, "%s/zroom/room.db", state);
    else
        snprintf (path, size, "%s/.local/state/zroom/room.db", home ? home : ".");
}

// Returns ZR_OPTIONS_GO, or the exit status.
static int
s_complete (const zr_program_t *program, const char *text, int port, char *endpoint)
{
    if (zr_endpoint_complete (text, port, endpoint, ZR_ENDPOINT_MAX) == 0)
        return ZR_OPTIONS_GO;
    return zr_options_refuse (program,
                              "\"%s\" is no endpoint; write HOST, "
                              "HOST:PORT or TRANSPORT://...",
                              text);
}

static int
s_complete_upstream (zr_broker_options_t *self, const zr_program_t *program)
{
    int status = ZR_OPTIONS_GO;
    for (int i = 0; i < self->upstream.count && status == ZR_OPTIONS_GO; i++) {
        status = s_complete (program, self->upstream.items[i], ZR_PORT_VIDEO_OUT,
                             self->upstream_endpoints[i]);
        self->upstream.items[i] = self->upstream_endpoints[i];
    }
    return status;
}

// The port that others find the chat at, or 0: the transport has none.
static int
s_port (const char *endpoint)
{
    const char *colon = strrchr (endpoint, ':');
    return strncmp (endpoint, "tcp://", 6) == 0 && colon
               ? (int) strtol (colon + 1, NULL, 10)
               : 0;
}

// What does not depend on the order of the options.
static int
s_finish (zr_broker_options_t *self, const zr_program_t *program, const char *history)
{
    if (!self->has_chat && !self->has_video)
        return zr_options_refuse (program,
                                  "--no-chat and --no-video together leave nothing to "
                                  "do; give one of them");
    if (!self->has_video && self->upstream.count)
        return zr_options_refuse (program, "--upstream is about pictures and cannot "
                                           "go with --no-video");
    if (!history) {
        s_default_history (self->history, sizeof self->history);
        history = self->history;
    }
    self->chat.endpoint = self->chat_endpoint;
    self->chat.history = streq (history, "none") ? NULL : history;
    zr_room_id_make (self->id);
    self->video = (zr_relay_settings_t){
        .in = self->in_endpoint,
        .out = self->out_endpoint,
        .upstream = &self->upstream,
        .id = self->id,
        .chat_port = self->has_chat ? s_port (self->chat_endpoint) : 0,
    };
    return ZR_OPTIONS_GO;
}

int
zr_broker_options_read (zr_broker_options_t *self, int argc, char **argv)
{
    *self =
        (zr_broker_options_t){.has_chat = true, .has_video = true, .announce = true};
    const char *chat = "tcp://*:5550", *history = NULL;
    const char *in = "tcp://*:5556", *out = "tcp://*:5555";
    int keep = 10000;
    const zr_option_t table[] = {
        {"chat", 'c', ZR_OPTION_TEXT, &chat, "ENDPOINT", "listen for the chat here",
         NULL, 0, 0, NULL},
        {"video-in", 'i', ZR_OPTION_TEXT, &in, "ENDPOINT", "listen for publishers here",
         NULL, 0, 0, NULL},
        {"video-out", 'o', ZR_OPTION_TEXT, &out, "ENDPOINT", "listen for viewers here",
         NULL, 0, 0, NULL},
        {"upstream", 'u', ZR_OPTION_LIST, &self->upstream, "HOST",
         "have the pictures of the broker there too (repeatable)", "none", 0, 0, NULL},
        {"no-chat", 0, ZR_OPTION_OFF, &self->has_chat, NULL, "pictures only", NULL, 0,
         0, NULL},
        {"no-video", 0, ZR_OPTION_OFF, &self->has_video, NULL, "the chat only", NULL, 0,
         0, NULL},
        {"no-announce", 0, ZR_OPTION_OFF, &self->announce, NULL,
         "do not tell the network where the room is", NULL, 0, 0, NULL},
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
    if (status == ZR_OPTIONS_GO)
        status = s_complete (&program, chat, ZR_PORT_CHAT, self->chat_endpoint);
    if (status == ZR_OPTIONS_GO)
        status = s_complete (&program, in, ZR_PORT_VIDEO_IN, self->in_endpoint);
    if (status == ZR_OPTIONS_GO)
        status = s_complete (&program, out, ZR_PORT_VIDEO_OUT, self->out_endpoint);
    if (status == ZR_OPTIONS_GO)
        status = s_complete_upstream (self, &program);
    if (status != ZR_OPTIONS_GO)
        return status;
    self->chat.keep = keep;
    return s_finish (self, &program, history);
}
