// SPDX-License-Identifier: MPL-2.0
// Counts what passes: pictures, bytes, ages, losses. Any thread may call anything;
// a mutex is inside. Times are microseconds of any one clock.

#ifndef ZR_METER_H
#define ZR_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct zr_meter zr_meter_t;

typedef struct {
    double fps;        // pictures a second, over the last second
    double kbit_s;     // kilobits a second, over the last second
    bool age_known;    // ages were reported in the last second
    double age_ms_p50; // median and 99th percentile of the ages since the last restart;
    double age_ms_p99; // without any, the last age
    double age_ms_last;
    uint64_t pictures; // since the start, as all that follow
    uint64_t received;
    uint64_t lost;
    uint64_t skipped;
    uint64_t late;
} zr_meter_report_t;

zr_meter_t *zr_meter_new (void);
void zr_meter_destroy (zr_meter_t **self_p);

// A picture passed (was sent, or shown): counts for fps.
void zr_meter_picture (zr_meter_t *self, int64_t now_us);

// A message of len bytes was received or sent: counts for kbit_s.
void zr_meter_received (zr_meter_t *self, int64_t now_us, size_t len);

// A picture was age_us old when it was ready; late is whether that was too old.
void zr_meter_age (zr_meter_t *self, int64_t now_us, int64_t age_us, bool late);

void zr_meter_lost (zr_meter_t *self, uint64_t count);
void zr_meter_skipped (zr_meter_t *self, uint64_t count);

// Everything as of now. The percentiles start anew if restart is true: one reader
// should do that, once a second.
void zr_meter_report (zr_meter_t *self, int64_t now_us, bool restart,
                      zr_meter_report_t *report);

#endif
