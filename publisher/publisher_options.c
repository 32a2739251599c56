// SPDX-License-Identifier: MPL-2.0
// The option table, and what follows from options together: which source, which form,
// which endpoints.

#include "publisher/publisher_options.h"

#include <assert.h>

#include "common/log.h"
#include "common/multicast.h"
#include "publisher/camera_device.h"

#define QUALITY_DEFAULT 80
#define OPTIONS_MAX 32

static const char *const s_encodings[] = {"base64", "raw", NULL};

static const char s_about[] =
    "Publishes live pictures: base64 JPEG, one picture a ZeroMQ message.\n"
    "\n"
    "SOURCE is a camera (/dev/videoN, or a part of its name), a video file or URL,\n"
    "\"pattern\" or \"screen\". Without one it is the first camera, or, if there is\n"
    "none, the test pattern. With --name or --connect the stream goes to a room\n"
    "(zroom-broker) as NAME; otherwise viewers connect to this program.\n"
    "\n"
    "  zroom-publisher                     the camera, on port 5555\n"
    "  zroom-publisher clip.mp4            a file, again and again\n"
    "  zroom-publisher --name ana          the camera, to the room as \"ana\"\n";

// Completes the endpoints of a list in place. Returns -1, or the exit status.
static int
s_complete (zr_publisher_options_t *self, const zr_program_t *program, zr_list_t *list,
            int port)
{
    for (int i = 0; i < list->count; i++) {
        char *endpoint = self->endpoints[self->endpoints_count++];
        if (zr_endpoint_complete (list->items[i], port, endpoint, ZR_ENDPOINT_MAX))
            return zr_options_refuse (program,
                                      "\"%s\" is no endpoint; write HOST, "
                                      "HOST:PORT or TRANSPORT://...",
                                      list->items[i]);
        list->items[i] = endpoint;
    }
    return ZR_OPTIONS_GO;
}

// Whether text is a camera and no file, by its path or by a part of its name.
static bool
s_is_camera (const char *text)
{
    if (strncmp (text, "/dev/video", 10) == 0 || strncmp (text, "/dev/v4l/", 9) == 0)
        return true;
    return !strchr (text, ':') && access (text, F_OK) != 0 &&
           zr_camera_finder_matches (text);
}

// Which source a person means.
static void
s_choose_source (zr_publisher_settings_t *settings, const char *text)
{
    if (!text && !zr_camera_finder_matches (NULL)) {
        zr_log_info ("publisher", "no camera found; showing the test pattern");
        text = "pattern";
    }
    settings->capture.location = text;
    bool is_word = text && (streq (text, "pattern") || streq (text, "screen"));
    if (is_word)
        settings->source =
            streq (text, "pattern") ? &zr_source_pattern : &zr_source_screen;
    else if (!text || s_is_camera (text))
        settings->source = &zr_source_camera;
    else
        settings->source = &zr_source_file;
}

// The stream's name: a room needs one, so it is the host's if none was given.
static int
s_choose_name (zr_publisher_options_t *self, const zr_program_t *program)
{
    zr_publisher_settings_t *settings = &self->settings;
    if (!settings->name && settings->connect.count) {
        gethostname (self->host_name, sizeof self->host_name - 1);
        settings->name = self->host_name;
    }
    if (settings->name && !zr_wire_name_is_valid (settings->name))
        return zr_options_refuse (
            program,
            "--name takes 1 to %d bytes of printable text without "
            "\"/\" or blanks at the ends, not \"%s\"",
            ZR_WIRE_NAME_MAX, settings->name);
    return ZR_OPTIONS_GO;
}

// Multicast goes out and nothing comes back: not from a room, nor to this machine.
static int
s_check_multicast (const zr_publisher_options_t *self, const zr_program_t *program)
{
    const zr_list_t *bind = &self->settings.bind, *connect = &self->settings.connect;
    int groups = 0;
    for (int i = 0; i < bind->count; i++) {
        zr_multicast_t multicast;
        if (!zr_multicast_is (bind->items[i]))
            continue;
        groups++;
        const char *wrong = zr_multicast_parse (&multicast, bind->items[i]);
        if (wrong)
            return zr_options_refuse (program, "\"%s\": %s", bind->items[i], wrong);
    }
    for (int i = 0; i < connect->count; i++)
        if (zr_multicast_is (connect->items[i]))
            return zr_options_refuse (program,
                                      "a room is not reached by multicast; \"%s\" goes "
                                      "with --bind",
                                      connect->items[i]);
    if (self->preview && groups && groups == bind->count && !connect->count)
        return zr_options_refuse (program,
                                  "multicast does not come back to this machine; for "
                                  "--preview add --bind '127.0.0.1:5555'");
    return ZR_OPTIONS_GO;
}

// A name means a room; no name means the plain form, where viewers connect to us.
static int
s_choose_endpoints (zr_publisher_options_t *self, const zr_program_t *program)
{
    zr_publisher_settings_t *settings = &self->settings;
    self->finds_room =
        !settings->bind.count && !settings->connect.count && settings->name;
    if (!settings->bind.count && !settings->connect.count && !settings->name)
        settings->bind.items[settings->bind.count++] = "*";
    int status = s_complete (self, program, &settings->bind, ZR_PORT_VIDEO_OUT);
    if (status == ZR_OPTIONS_GO)
        status = s_complete (self, program, &settings->connect, ZR_PORT_VIDEO_IN);
    if (status == ZR_OPTIONS_GO)
        status = s_check_multicast (self, program);
    return status;
}

// The chat is at the host that the pictures go to, else on this one.
static int
s_choose_room (zr_publisher_options_t *self, const zr_program_t *program)
{
    char host[ZR_ENDPOINT_MAX] = "127.0.0.1";
    const zr_list_t *connect = &self->settings.connect;
    self->finds_chat = self->nick && !self->room_text && !connect->count;
    if (self->nick && self->stats)
        return zr_options_refuse (program, "--stats and --nick both want stdout; take "
                                           "one of them");
    if (connect->count && strncmp (connect->items[0], "tcp://", 6) == 0) {
        snprintf (host, sizeof host, "%s", connect->items[0] + 6);
        *strrchr (host, ':') = '\0'; // it is complete: there is a port
    }
    const char *room = self->room_text ? self->room_text : host;
    if (zr_endpoint_complete (room, ZR_PORT_CHAT, self->room, sizeof self->room))
        return zr_options_refuse (program,
                                  "\"%s\" is no endpoint; write HOST, HOST:PORT or "
                                  "TRANSPORT://...",
                                  room);
    return ZR_OPTIONS_GO;
}

// What is captured. rows has room for all; returns how many there are.
static size_t
s_list_picture_options (zr_publisher_options_t *self, zr_option_t *rows)
{
    zr_publisher_settings_t *settings = &self->settings;
    zr_source_settings_t *capture = &settings->capture;
    const zr_option_t table[] = {
        {"width", 'w', ZR_OPTION_NUMBER, &capture->width, "PIXELS",
         "scale to this width, the height follows; 0 keeps the source's size", NULL, 0,
         ZR_PICTURE_SIDE_MAX, NULL},
        {"height", 0, ZR_OPTION_NUMBER, &capture->height, "PIXELS",
         "of a camera that has several heights for that width, the nearest to this; 0 "
         "is the camera's own shape",
         NULL, 0, ZR_PICTURE_SIDE_MAX, NULL},
        {"quality", 'q', ZR_OPTION_NUMBER, &capture->quality, "N", "JPEG quality", "80",
         1, 100, NULL},
        {"fps", 'f', ZR_OPTION_NUMBER, &capture->fps, "N",
         "pictures a second; 0 is the source's own rate", NULL, 0, 1000, NULL},
        {"loop", 0, ZR_OPTION_ON, &capture->loop, NULL, "begin a file again at its end",
         NULL, 0, 0, NULL},
        {"no-loop", 0, ZR_OPTION_OFF, &capture->loop, NULL, "end with the file", NULL,
         0, 0, NULL},
        {"set", 0, ZR_OPTION_LIST, &capture->controls, "CONTROL=VALUE",
         "set a control of the camera, such as brightness=140 (repeatable)",
         "as they are", 0, 0, NULL},
        {"format", 0, ZR_OPTION_TEXT, &capture->format, "FORMAT",
         "take only this of the camera's formats, such as MJPG or YUYV", "the best", 0,
         0, NULL},
        {"always-on", 0, ZR_OPTION_ON, &settings->always_on, NULL,
         "leave the camera on when nobody has watched for 5 s", NULL, 0, 0, NULL},
        {"list", 'l', ZR_OPTION_ON, &self->list, NULL,
         "print the cameras, their formats, sizes and rates, and end", NULL, 0, 0,
         NULL},
    };
    memcpy (rows, table, sizeof table);
    return sizeof table / sizeof *table;
}

// Where it goes, and what is said of it. encoding is an index into s_encodings.
static size_t
s_list_other_options (zr_publisher_options_t *self, int *encoding, zr_option_t *rows)
{
    zr_publisher_settings_t *settings = &self->settings;
    const zr_option_t table[] = {
        {"name", 'n', ZR_OPTION_TEXT, &settings->name, "NAME",
         "name of the stream; it goes to the room (zroom-broker)",
         "none: viewers connect to this program", 0, 0, NULL},
        {"bind", 'b', ZR_OPTION_LIST, &settings->bind, "ENDPOINT",
         "listen for viewers here (repeatable)", "tcp://*:5555 without --name", 0, 0,
         NULL},
        {"connect", 'c', ZR_OPTION_LIST, &settings->connect, "ENDPOINT",
         "send to the broker at this host or endpoint (repeatable)",
         "with --name, the room of the network when it is there", 0, 0, NULL},
        {"no-announce", 0, ZR_OPTION_OFF, &self->announce, NULL,
         "do not tell the network where this program listens for viewers", NULL, 0, 0,
         NULL},
        {"encoding", 'e', ZR_OPTION_CHOICE, encoding, "FORM",
         "base64 text, or raw JPEG: a quarter less network", NULL, 0, 0, s_encodings},
        {"wait-viewers", 0, ZR_OPTION_NUMBER, &settings->wait_viewers, "N",
         "do not begin before so many watch", NULL, 0, 10000, NULL},
        {"preview", 'p', ZR_OPTION_ON, &self->preview, NULL,
         "show what viewers see, in a subscriber of its own", NULL, 0, 0, NULL},
        {"nick", 0, ZR_OPTION_TEXT, &self->nick, "NICK",
         "take part in the chat from this terminal", "no chat", 0, 0, NULL},
        {"room", 0, ZR_OPTION_TEXT, &self->room_text, "ENDPOINT",
         "where the chat is, with --nick",
         "the room, or the host of the first --connect", 0, 0, NULL},
        {"stats", 0, ZR_OPTION_ON, &self->stats, NULL,
         "print one JSON object a second on stdout", NULL, 0, 0, NULL},
    };
    memcpy (rows, table, sizeof table);
    return sizeof table / sizeof *table;
}

// The options and nothing else.
static int
s_parse (zr_publisher_options_t *self, zr_program_t *program, int argc, char **argv)
{
    zr_publisher_settings_t *settings = &self->settings;
    zr_option_t table[OPTIONS_MAX + 1] = {0};
    int encoding = ZR_WIRE_BASE64;
    size_t count = s_list_picture_options (self, table);
    count += s_list_other_options (self, &encoding, table + count);
    assert (count <= OPTIONS_MAX);
    program->table = table;
    int status = zr_options_parse (program, argc, argv);
    settings->encoding = (zr_wire_encoding_t) encoding;
    settings->quality =
        settings->capture.quality ? settings->capture.quality : QUALITY_DEFAULT;
    program->table = NULL; // it ends with this call
    return status;
}

int
zr_publisher_options_read (zr_publisher_options_t *self, int argc, char **argv)
{
    *self = (zr_publisher_options_t){
        .settings = {.capture = {.width = 640, .loop = true}}, .announce = true};
    self->settings.capture.wrong_call = &self->wrong_call;
    zr_list_t positional = {0};
    zr_program_t program = {.name = "zroom-publisher",
                            .synopsis = "[OPTION...] [SOURCE]",
                            .about = s_about,
                            .positional = &positional,
                            .positional_max = 1};
    int status = s_parse (self, &program, argc, argv);
    if (status != ZR_OPTIONS_GO || self->list)
        return status;
    status = s_choose_name (self, &program);
    if (status == ZR_OPTIONS_GO)
        status = s_choose_endpoints (self, &program);
    if (status == ZR_OPTIONS_GO)
        status = s_choose_room (self, &program);
    if (status == ZR_OPTIONS_GO)
        s_choose_source (&self->settings,
                         positional.count ? positional.items[0] : NULL);
    return status;
}

void
zr_publisher_options_reachable (const char *endpoint, char *reachable, size_t size)
{
    static const char *const everywhere[] = {
        "tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"};
    for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++) {
        size_t len = strlen (everywhere[i]);
        if (strncmp (endpoint, everywhere[i], len) == 0) {
            snprintf (reachable, size, "tcp://127.0.0.1:%s", endpoint + len);
            return;
        }
    }
    snprintf (reachable, size, "%s", endpoint);
}

void
zr_publisher_options_room_output (const char *input, char *output, size_t size)
{
    if (zr_endpoint_neighbour (input, -1, output, size))
        snprintf (output, size, "%s", input);
}
