// SPDX-License-Identifier: MPL-2.0
// Everything that the publisher tells about itself: words to stderr, JSON (by jansson,
// which escapes what has to be) to stdout.

#include "publisher/report.h"

#include "common/endpoint.h"
#include "common/json_line.h"
#include "common/log.h"
#include "common/multicast.h"

// What a viewer types: the LAN address of this machine where all are listened on.
static void
s_viewer_address (const char *endpoint, char *text, size_t size)
{
    snprintf (text, size, "%s", endpoint);
    if (strncmp (endpoint, "tcp://", 6) == 0)
        zr_endpoint_label (endpoint, text, size);
    if (text[0] != '*')
        return;
    ziflist_t *interfaces = ziflist_new ();
    const char *host = ziflist_first (interfaces) ? ziflist_address (interfaces) : NULL;
    char *port = strdup (text + 1); // ":7000" or nothing
    snprintf (text, size, "%s%s", host ? host : "localhost", port);
    free (port);
    ziflist_destroy (&interfaces);
}

void
zr_report_start (const zr_publisher_t *publisher,
                 const zr_publisher_settings_t *settings)
{
    char address[ZR_ENDPOINT_MAX];
    zr_log_info ("publisher", "%s: %s", settings->source->name,
                 zr_publisher_describe (publisher));
    for (int i = 0; i < settings->bind.count; i++) {
        if (zr_multicast_is (settings->bind.items[i])) {
            zr_log_info ("publisher",
                         "to %s all the time, watched or not; to see it: "
                         "zroom-subscriber '%s', with that machine's own interface",
                         settings->bind.items[i], settings->bind.items[i]);
            continue;
        }
        s_viewer_address (settings->bind.items[i], address, sizeof address);
        zr_log_info ("publisher", "on %s; to see it: zroom-subscriber %s",
                     settings->bind.items[i], address);
    }
    for (int i = 0; i < settings->connect.count; i++)
        zr_log_info ("publisher", "as \"%s\" to the room at %s, or waiting for it",
                     settings->name, settings->connect.items[i]);
}

void
zr_report_status (const zr_publisher_report_t *report)
{
    char slow[128];
    zr_viewers_status (&report->viewer_list, slow, sizeof slow);
    if (report->source.known && !report->source.signal)
        zr_log_status ("no signal: waiting for the source; %d viewer%s",
                       report->viewers, report->viewers == 1 ? "" : "s");
    else if (report->waiting)
        zr_log_status ("waiting for viewers: %d so far", report->viewers);
    else if (!report->viewers && !report->groups)
        zr_log_status ("nobody is watching; %" PRIu64 " pictures sent", report->sent);
    else
        zr_log_status ("%.1f fps  %dx%d  %.1f Mbit/s  %d viewer%s%s%s", report->fps,
                       report->width, report->height, report->kbit_s / 1e3,
                       report->viewers, report->viewers == 1 ? "" : "s",
                       report->groups ? ", and multicast" : "", slow);
}

static void
s_add_counts (json_t *stream, const zr_source_counts_t *counts)
{
    json_object_set_new (stream, "captured",
                         json_integer ((json_int_t) counts->captured));
    json_object_set_new (stream, "missed", json_integer ((json_int_t) counts->missed));
    json_object_set_new (stream, "damaged",
                         json_integer ((json_int_t) counts->damaged));
    json_object_set_new (stream, "signal", json_boolean (counts->signal));
}

int
zr_report_json (const zr_publisher_report_t *report, const char *stream)
{
    json_t *line =
        json_pack ("{s:f, s:[{s:s?, s:f, s:i, s:i, s:i, s:I, s:i, s:o}]}", "time",
                   (double) zclock_time () / 1e3, "streams", "stream", stream, "fps",
                   zr_json_line_round (report->fps), "width", report->width, "height",
                   report->height, "kbit_s", (int) report->kbit_s, "sent",
                   (json_int_t) report->sent, "viewers", report->viewers, "viewer_list",
                   zr_viewers_json (&report->viewer_list));
    if (report->source.known)
        s_add_counts (json_array_get (json_object_get (line, "streams"), 0),
                      &report->source);
    return zr_json_line_print (&line);
}
