// SPDX-License-Identifier: MPL-2.0
// Words to stderr, JSON (by jansson, which escapes what has to be) to stdout.

#include "broker/broker_report.h"

#include <inttypes.h>

#include "common/json_line.h"
#include "common/log.h"

// ---- where it is --------------------------------------------------------------------

// Whether it listens on all addresses; *port is set to ":PORT" then, or to nothing
// where it is the one that everybody assumes.
static bool
s_is_everywhere (const char *endpoint, int usual, const char **port)
{
    *port = strrchr (endpoint, ':');
    if (strncmp (endpoint, "tcp://*:", 8) != 0)
        return false;
    if (strtol (*port + 1, NULL, 10) == usual)
        *port = "";
    return true;
}

// Says one command. host: an address of this machine, or NULL: on this machine.
static void
s_say (const char *purpose, const char *command, const char *option,
       const char *endpoint, int usual, const char *host)
{
    const char *port;
    char address[ZR_ENDPOINT_MAX * 2];
    if (!s_is_everywhere (endpoint, usual, &port))
        snprintf (address, sizeof address, " %s%s", option, endpoint);
    else if (host || *port)
        snprintf (address, sizeof address, " %s%s%s", option, host ? host : "localhost",
                  port);
    else
        address[0] = '\0';
    zr_log_info ("room", "%s: %s%s", purpose, command, address);
}

void
zr_broker_report_start (const zr_broker_options_t *options)
{
    const char *port;
    bool everywhere = false;
    if (options->has_chat)
        everywhere = s_is_everywhere (options->chat.endpoint, ZR_PORT_CHAT, &port);
    if (options->has_video)
        everywhere = everywhere ||
                     s_is_everywhere (options->video.out, ZR_PORT_VIDEO_OUT, &port);
    ziflist_t *interfaces = ziflist_new ();
    const char *host = NULL;
    if (everywhere && ziflist_first (interfaces))
        host = ziflist_address (interfaces);
    zr_log_info ("room", "open; what to type%s:",
                 host ? " (on this machine without the address)" : "");
    if (options->has_video) {
        s_say ("to publish", "zroom-publisher --name NAME", "--connect ",
               options->video.in, ZR_PORT_VIDEO_IN, host);
        s_say ("to watch", "zroom-subscriber", "", options->video.out,
               ZR_PORT_VIDEO_OUT, host);
    }
    if (options->has_chat)
        s_say ("to talk", "zroom-chat", "", options->chat.endpoint, ZR_PORT_CHAT, host);
    for (const char *name = host ? ziflist_next (interfaces) : NULL; name;
         name = ziflist_next (interfaces))
        zr_log_info ("room", "or, by way of %s, to: %s", name,
                     ziflist_address (interfaces));
    ziflist_destroy (&interfaces);
}

// ---- how it does --------------------------------------------------------------------

void
zr_broker_report_status (const zr_broker_options_t *options,
                         const zr_broker_report_t *report)
{
    char chat[128] = "", video[128] = "", slow[128] = "";
    if (options->has_chat)
        snprintf (chat, sizeof chat,
                  "%" PRIu32 " in the room  %" PRIu64 " lines said  %.1f lines/s  ",
                  report->chat.people, report->chat.lines, report->chat.lines_s);
    zr_viewers_status (&report->video.viewer_list, slow, sizeof slow);
    if (options->has_video)
        snprintf (video, sizeof video,
                  "%d stream%s  %d connection%s  %.0f pictures/s  %.1f Mbit/s",
                  report->video.streams_count,
                  report->video.streams_count == 1 ? "" : "s", report->video.viewers,
                  report->video.viewers == 1 ? "" : "s", report->video.pictures_s,
                  report->video.kbit_s / 1e3);
    zr_log_status ("%s%s%s", chat, video, slow);
}

static json_t *
s_chat_json (const zr_room_server_report_t *report)
{
    return json_pack ("{s:I, s:I, s:f, s:I}", "people", (json_int_t) report->people,
                      "lines", (json_int_t) report->lines, "lines_s",
                      zr_json_line_round (report->lines_s), "deliveries",
                      (json_int_t) report->deliveries);
}

static json_t *
s_video_json (const zr_broker_options_t *options, const zr_relay_report_t *report)
{
    static const char *const states[] = {"waiting", "up", "loop"};
    json_t *streams = json_array (), *upstream = json_array ();
    for (int i = 0; i < report->streams_count; i++)
        json_array_append_new (
            streams,
            json_pack ("{s:s, s:i, s:i, s:f, s:I}", "stream", report->streams[i].name,
                       "width", report->streams[i].width, "height",
                       report->streams[i].height, "fps",
                       zr_json_line_round (report->streams[i].fps), "kbit_s",
                       (json_int_t) report->streams[i].kbit_s));
    for (int i = 0; i < report->upstreams; i++)
        json_array_append_new (upstream, json_pack ("{s:s, s:s}", "endpoint",
                                                    options->upstream.items[i], "state",
                                                    states[report->states[i]]));
    return json_pack (
        "{s:o, s:i, s:o, s:I, s:I, s:f, s:I, s:o}", "streams", streams, "viewers",
        report->viewers, "viewer_list", zr_viewers_json (&report->viewer_list),
        "pictures", (json_int_t) report->pictures, "bytes", (json_int_t) report->bytes,
        "pictures_s", zr_json_line_round (report->pictures_s), "kbit_s",
        (json_int_t) report->kbit_s, "upstream", upstream);
}

int
zr_broker_report_json (const zr_broker_options_t *options,
                       const zr_broker_report_t *report)
{
    json_t *line = json_pack ("{s:f}", "time", (double) zclock_time () / 1e3);
    if (options->has_chat)
        json_object_set_new (line, "chat", s_chat_json (&report->chat));
    if (options->has_video)
        json_object_set_new (line, "video", s_video_json (options, &report->video));
    return zr_json_line_print (&line);
}
