// SPDX-License-Identifier: MPL-2.0
// jansson escapes names that came from the network.

#include "subscriber/statistics.h"

#include <czmq.h>

#include "common/endpoint.h"
#include "common/json_line.h"
#include "common/log.h"

static json_t *
s_stream_json (zr_stream_t *stream)
{
    zr_meter_report_t report;
    zr_stream_report (stream, true, &report);
    int width, height;
    zr_stream_size (stream, &width, &height);
    json_t *age = json_null ();
    if (report.age_known)
        age = json_pack ("{s:f, s:f}", "p50", zr_json_line_round (report.age_ms_p50),
                         "p99", zr_json_line_round (report.age_ms_p99));
    return json_pack (
        "{s:s, s:s?, s:f, s:i, s:i, s:I, s:o, s:I, s:I, s:I, s:I, s:I}", "stream",
        zr_stream_name (stream), "tier", zr_stream_tier (stream), "fps",
        zr_json_line_round (report.fps), "width", width, "height", height, "kbit_s",
        (json_int_t) report.kbit_s, "age_ms", age, "received",
        (json_int_t) report.received, "shown", (json_int_t) report.pictures, "lost",
        (json_int_t) report.lost, "skipped", (json_int_t) report.skipped, "late",
        (json_int_t) report.late);
}

int
zr_statistics_json (const zr_statistics_t *self)
{
    json_t *streams = json_array ();
    for (int i = 0; i < self->count; i++)
        json_array_append_new (streams, s_stream_json (self->streams[i]));
    json_t *line = json_pack ("{s:f, s:o, s:I}", "time", (double) zclock_time () / 1e3,
                              "streams", streams, "bad", (json_int_t) self->bad);
    return zr_json_line_print (&line);
}

void
zr_statistics_status (const zr_statistics_t *self)
{
    double fps = 0, kbit_s = 0;
    uint64_t lost = 0, skipped = 0;
    for (int i = 0; i < self->count; i++) {
        zr_meter_report_t report;
        zr_stream_report (self->streams[i], false, &report);
        fps += report.fps;
        kbit_s += report.kbit_s;
        lost += report.lost;
        skipped += report.skipped;
    }
    if (*self->notice)
        zr_log_status ("%s", self->notice);
    else
        zr_log_status ("%d stream%s  %.1f fps  %.1f Mbit/s  lost %" PRIu64
                       "  skipped %" PRIu64 "  bad %" PRIu64,
                       self->count, self->count == 1 ? "" : "s", fps, kbit_s / 1e3,
                       lost, skipped, self->bad);
}

const char *
zr_statistics_wanted (const zr_list_t *streams, char *text, size_t size)
{
    if (streams->count == 0)
        snprintf (text, size, "a stream");
    else if (streams->count == 1)
        snprintf (text, size, "the stream %s (--list shows all)", streams->items[0]);
    else
        snprintf (text, size, "%s or %d more (--list shows all)", streams->items[0],
                  streams->count - 1);
    return text;
}

void
zr_statistics_notice (const zr_list_t *streams, const zr_list_t *endpoints,
                      bool connected, char *text, size_t size)
{
    char label[ZR_ENDPOINT_MAX], wanted[ZR_STATISTICS_WANTED_MAX];
    zr_endpoint_label (endpoints->items[0], label, sizeof label);
    zr_statistics_wanted (streams, wanted, sizeof wanted);
    if (connected)
        snprintf (text, size, "connected to %s; waiting for %s", label, wanted);
    else if (endpoints->count > 1)
        snprintf (text, size, "waiting for %s: %s and %d more do not answer yet",
                  wanted, label, endpoints->count - 1);
    else
        snprintf (text, size, "waiting for %s: %s does not answer yet", wanted, label);
}
