// SPDX-License-Identifier: MPL-2.0
// The relay's figures, as they go from its thread to the main one.

#ifndef ZR_RELAY_REPORT_H
#define ZR_RELAY_REPORT_H

#include "broker/relay_names.h"
#include "broker/relay_upstream.h"
#include "common/options.h"
#include "common/viewers.h"

typedef struct {
    uint64_t pictures, bytes;  // passed on since the start
    double pictures_s, kbit_s; // over the last second
    int viewers;               // connections to the XPUB
    zr_viewers_list_t viewer_list;
    int upstreams;
    zr_relay_state_t states[ZR_LIST_MAX]; // in the order of the settings
    uint64_t pictures_before, bytes_before;
    int streams_count;
    struct {
        char name[ZR_WIRE_NAME_MAX + 1];
        int width, height;
        double fps, kbit_s;
    } streams[ZR_RELAY_STREAMS_MAX]; // of those that hold their names
} zr_relay_report_t;

// Works out the rates since the last time, span_us ago, and lists the streams. Returns
// how many bytes of the struct mean something.
size_t zr_relay_report_finish (zr_relay_report_t *self, const zr_relay_names_t *names,
                               int64_t span_us);

#endif
