// SPDX-License-Identifier: MPL-2.0
// The option table, and which view suits the place the program was started in.

#include "subscriber/subscriber_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VIEW_AUTO, VIEW_WINDOW, VIEW_TERMINAL, VIEW_NONE };

static const char *const s_views[] = {"auto", "window", "terminal", "none", NULL};

static const char *const s_tiers[] = {"full", "half", "quarter", "auto", NULL};

static const char s_about[] =
    "Shows the streams of publishers, newest picture first, with the rate over it.\n"
    "\n"
    "ENDPOINT is where a publisher or a room is: HOST, HOST:PORT or any ZeroMQ\n"
    "endpoint; several may be given. Without one the room of the network is joined\n"
    "when it is there, and what publishers offer by themselves is shown too.\n"
    "\n"
    "  zroom-subscriber                      what is on this network\n"
    "  zroom-subscriber --nick ana --camera  the same, as a video call\n"
    "  zroom-subscriber 192.168.1.5          the publisher there\n"
    "  zroom-subscriber ana.local bob.local  both, side by side\n"
    "\n"
    "Several streams are a grid; a click or Tab enlarges one.\n"
    "\n"
    "Keys: q quit, Tab next stream or grid, Esc grid or quit, f full screen,\n"
    "o overlay, s snapshot, r record, space freeze, Enter chat, h help.\n";

// A window if there is a display; else, or if it does not open, the terminal if stdout
// is one and free.
static void
s_choose_view (zr_player_settings_t *settings, int view)
{
    const zr_view_ops_t *const views[] = {NULL, &zr_view_window, &zr_view_terminal,
                                          &zr_view_none};
    const char *x11 = getenv ("DISPLAY"), *wayland = getenv ("WAYLAND_DISPLAY");
    bool display = (x11 && *x11) || (wayland && *wayland);
    const zr_view_ops_t *other =
        isatty (STDOUT_FILENO) && !settings->stats ? &zr_view_terminal : &zr_view_none;
    if (view != VIEW_AUTO)
        settings->view = views[view];
    else {
        settings->view = display ? &zr_view_window : other;
        settings->fallback = display ? other : NULL;
    }
}

static int
s_parse (zr_subscriber_options_t *self, zr_program_t *program, int argc, char **argv)
{
    zr_player_settings_t *settings = &self->settings;
    int view = VIEW_AUTO, tier = ZR_TIERS;
    const zr_option_t table[] = {
        {"stream", 's', ZR_OPTION_LIST, &settings->streams, "NAME",
         "show only this stream, or those of a pattern such as 'cam-*' (repeatable)",
         "all", 0, 0, NULL},
        {"tier", 't', ZR_OPTION_CHOICE, &tier, "TIER",
         "full, half or quarter: take the streams in this size only; auto: whichever "
         "the network carries and the window shows",
         NULL, 0, 0, s_tiers},
        {"view", 'v', ZR_OPTION_CHOICE, &view, "WHERE",
         "window, terminal, or none; auto: a window if there is a display, else the "
         "terminal if stdout is one",
         NULL, 0, 0, s_views},
        {"nick", 'n', ZR_OPTION_TEXT, &settings->nick, "NICK",
         "take part in the chat under this name; Enter opens a line to type in",
         "no chat", 0, 0, NULL},
        {"room", 0, ZR_OPTION_TEXT, &settings->room, "ENDPOINT",
         "where the chat is, with --nick",
         "the room, or the host of the first ENDPOINT", 0, 0, NULL},
        {"camera", 0, ZR_OPTION_MAYBE, &self->camera, "SOURCE",
         "take part in the call: send the camera, or any SOURCE of zroom-publisher, "
         "under "
         "the nick",
         "off", 0, 0, NULL},
        {"list", 'l', ZR_OPTION_ON, &self->list, NULL,
         "print the rooms, streams and people that there are, and end", NULL, 0, 0,
         NULL},
        {"record", 'r', ZR_OPTION_TEXT, &settings->record, "FILE.mkv",
         "record the received JPEGs unchanged, as Matroska", "off", 0, 0, NULL},
        {"snapshot-dir", 0, ZR_OPTION_TEXT, &settings->snapshot_dir, "DIR",
         "where snapshots and recordings started by a key go", NULL, 0, 0, NULL},
        {"max-age", 0, ZR_OPTION_NUMBER, &settings->max_age_ms, "MS",
         "count pictures older than this as late and say so; 0: none is", NULL, 0,
         3600000, NULL},
        {"frames", 0, ZR_OPTION_NUMBER, &settings->frames, "N",
         "end after so many pictures; 0: do not", NULL, 0, 2000000000, NULL},
        {"seconds", 0, ZR_OPTION_NUMBER, &settings->seconds, "N",
         "end after so many seconds; 0: do not", NULL, 0, 2000000, NULL},
        {"stats", 0, ZR_OPTION_ON, &settings->stats, NULL,
         "print one JSON object a second on stdout", NULL, 0, 0, NULL},
        {0},
    };
    program->table = table;
    int status = zr_options_parse (program, argc, argv);
    program->table = NULL; // it ends with this call
    if (status != ZR_OPTIONS_GO)
        return status;
    settings->tier = (zr_tier_t) tier;
    s_choose_view (settings, view);
    if (settings->stats && settings->view == &zr_view_terminal)
        return zr_options_refuse (program, "--stats and --view terminal both want "
                                           "stdout; take one of them");
    return status;
}

// The room is where the pictures come from, if nothing else was said.
static int
s_choose_room (zr_subscriber_options_t *self, const zr_program_t *program)
{
    zr_player_settings_t *settings = &self->settings;
    char host[ZR_ENDPOINT_MAX];
    if (self->camera && !settings->nick)
        return zr_options_refuse (program, "--camera needs --nick NICK, the name that "
                                           "the others see");
    if (!settings->nick)
        return ZR_OPTIONS_GO;
    if (settings->view != &zr_view_window)
        return zr_options_refuse (program, "--nick needs a window; in a terminal, "
                                           "zroom-chat is the chat");
    const char *room = settings->room;
    if (!room) {
        zr_endpoint_label (settings->endpoints.items[0], host, sizeof host);
        char *colon = strrchr (host, ':');
        if (colon && !strchr (colon, ']'))
            *colon = '\0';
        room = strncmp (settings->endpoints.items[0], "tcp://", 6) == 0 ? host
                                                                        : "127.0.0.1";
    }
    if (zr_endpoint_complete (room, ZR_PORT_CHAT, self->room, sizeof self->room))
        return zr_options_refuse (program,
                                  "\"%s\" is no endpoint; write HOST, HOST:PORT "
                                  "or TRANSPORT://...",
                                  room);
    settings->room = self->room;
    return ZR_OPTIONS_GO;
}

int
zr_subscriber_options_read (zr_subscriber_options_t *self, int argc, char **argv)
{
    *self = (zr_subscriber_options_t){.settings = {.snapshot_dir = "."}};
    zr_list_t *endpoints = &self->settings.endpoints;
    zr_program_t program = {.name = "zroom-subscriber",
                            .synopsis = "[OPTION...] [ENDPOINT...]",
                            .about = s_about,
                            .positional = endpoints,
                            .positional_max = ZR_LIST_MAX};
    int status = s_parse (self, &program, argc, argv);
    if (status != ZR_OPTIONS_GO)
        return status;
    self->searches = !endpoints->count;
    self->finds_chat = self->searches && !self->settings.room;
    if (self->searches)
        endpoints->items[endpoints->count++] = "127.0.0.1";
    for (int i = 0; i < endpoints->count; i++) {
        if (zr_endpoint_complete (endpoints->items[i], ZR_PORT_VIDEO_OUT,
                                  self->endpoints[i], ZR_ENDPOINT_MAX))
            return zr_options_refuse (&program,
                                      "\"%s\" is no endpoint; write HOST, HOST:PORT or "
                                      "TRANSPORT://...",
                                      endpoints->items[i]);
        endpoints->items[i] = self->endpoints[i];
    }
    return self->list ? ZR_OPTIONS_GO : s_choose_room (self, &program);
}
