// SPDX-License-Identifier: MPL-2.0
// How a publisher is doing, for people and for programs. Main thread.

#ifndef ZR_REPORT_H
#define ZR_REPORT_H

#include "publisher/publisher.h"

// Says what is sent, and where, and what to type to see it: once, at the start.
void zr_report_start (const zr_publisher_t *publisher,
                      const zr_publisher_settings_t *settings);

// Rewrites the live status line (terminals only).
void zr_report_status (const zr_publisher_report_t *report);

// Prints one JSON object in one line on stdout. stream is the name, or NULL. Returns -1
// if stdout takes no more; logged.
int zr_report_json (const zr_publisher_report_t *report, const char *stream);

#endif
