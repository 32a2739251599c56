// SPDX-License-Identifier: MPL-2.0
// A struct that is copied through the pipe between the threads, as far as it is filled.

#include "broker/relay_report.h"

#include <assert.h>
#include <stdio.h>

size_t
zr_relay_report_finish (zr_relay_report_t *self, const zr_relay_names_t *names,
                        int64_t span_us)
{
    assert (self && names && span_us > 0);
    double span_s = (double) span_us / 1e6;
    self->pictures_s = (double) (self->pictures - self->pictures_before) / span_s;
    self->kbit_s = (double) (self->bytes - self->bytes_before) * 8 / 1e3 / span_s;
    self->pictures_before = self->pictures;
    self->bytes_before = self->bytes;
    size_t count;
    const zr_relay_stream_t *streams = zr_relay_names_all (names, &count);
    self->streams_count = 0;
    for (size_t i = 0; i < count; i++) {
        int at = self->streams_count;
        if (!streams[i].holds)
            continue;
        snprintf (self->streams[at].name, sizeof self->streams[at].name, "%s",
                  streams[i].name);
        self->streams[at].width = streams[i].info.width;
        self->streams[at].height = streams[i].info.height;
        self->streams[at].fps = streams[i].info.fps;
        self->streams[at].kbit_s = streams[i].info.kbit_s;
        self->streams_count++;
    }
    return offsetof (zr_relay_report_t, streams) +
           (size_t) self->streams_count * sizeof *self->streams;
}
