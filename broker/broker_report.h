// SPDX-License-Identifier: MPL-2.0
// What the broker tells about itself: where it is, its status line, its figures. Main
// thread.

#ifndef ZR_BROKER_REPORT_H
#define ZR_BROKER_REPORT_H

#include "broker/broker_options.h"

// Figures of one moment; those of a part that is switched off, or has told nothing yet,
// are zero.
typedef struct {
    zr_room_server_report_t chat;
    zr_relay_report_t video;
} zr_broker_report_t;

// What others have to type, on this machine and elsewhere.
void zr_broker_report_start (const zr_broker_options_t *options);

void zr_broker_report_status (const zr_broker_options_t *options,
                              const zr_broker_report_t *report);

// One JSON object on stdout. Returns -1 if that takes no more; logged.
int zr_broker_report_json (const zr_broker_options_t *options,
                           const zr_broker_report_t *report);

#endif
