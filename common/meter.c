// SPDX-License-Identifier: MPL-2.0
// Rates over the last second come from rings of events, so they neither lag nor jump
// with the second's boundary; percentiles come from the ages since the last report.
// All of it is bounded: what is older than a ring is left out.

#include "common/meter.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define RING_SIZE 2048 // events a second that are told apart
#define AGES_MAX 2048
#define WINDOW_US 1000000

typedef struct {
    int64_t times_us[RING_SIZE];
    uint32_t sizes[RING_SIZE];
    uint64_t count; // of events since the start
} ring_t;

struct zr_meter {
    pthread_mutex_t mutex; // protects everything
    ring_t pictures;
    ring_t received;
    int64_t ages_us[AGES_MAX];
    int ages; // how many since the last report
    int64_t age_last_us;
    int64_t age_time_us; // when it was reported, 0: never
    uint64_t lost, skipped, late;
};

zr_meter_t *
zr_meter_new (void)
{
    zr_meter_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    pthread_mutex_init (&self->mutex, NULL);
    return self;
}

void
zr_meter_destroy (zr_meter_t **self_p)
{
    assert (self_p);
    zr_meter_t *self = *self_p;
    if (!self)
        return;
    pthread_mutex_destroy (&self->mutex);
    free (self);
    *self_p = NULL;
}

static void
s_ring_add (ring_t *ring, int64_t now_us, size_t size)
{
    size_t at = ring->count++ % RING_SIZE;
    ring->times_us[at] = now_us;
    ring->sizes[at] = (uint32_t) size;
}

// Events a second and bytes a second. Between events the rate is that of the gaps,
// exact to the decimal; once the next one is overdue, the silence counts too.
static double
s_ring_rate (const ring_t *ring, int64_t now_us, double *bytes_s)
{
    uint64_t n = 0;
    uint64_t bytes = 0;
    int64_t first_us = now_us, last_us = now_us;
    while (n < ring->count && n < RING_SIZE) {
        size_t at = (ring->count - 1 - n) % RING_SIZE;
        if (now_us - ring->times_us[at] > WINDOW_US)
            break;
        if (n == 0)
            last_us = ring->times_us[at];
        first_us = ring->times_us[at];
        bytes += ring->sizes[at];
        n++;
    }
    *bytes_s = 0;
    if (n == 0)
        return 0;
    int64_t span_us = WINDOW_US;
    if (n > 1 && last_us > first_us) {
        int64_t gap_us = (last_us - first_us) / (int64_t) (n - 1);
        int64_t silence_us = now_us - last_us;
        if (silence_us <= 2 * gap_us + 1000)
            span_us = (last_us - first_us) * (int64_t) n / (int64_t) (n - 1);
        else
            span_us = now_us - first_us;
    }
    *bytes_s = (double) bytes * 1e6 / (double) span_us;
    return (double) n * 1e6 / (double) span_us;
}

void
zr_meter_picture (zr_meter_t *self, int64_t now_us)
{
    pthread_mutex_lock (&self->mutex);
    s_ring_add (&self->pictures, now_us, 0);
    pthread_mutex_unlock (&self->mutex);
}

void
zr_meter_received (zr_meter_t *self, int64_t now_us, size_t len)
{
    pthread_mutex_lock (&self->mutex);
    s_ring_add (&self->received, now_us, len);
    pthread_mutex_unlock (&self->mutex);
}

void
zr_meter_age (zr_meter_t *self, int64_t now_us, int64_t age_us, bool late)
{
    pthread_mutex_lock (&self->mutex);
    if (self->ages < AGES_MAX)
        self->ages_us[self->ages++] = age_us;
    self->age_last_us = age_us;
    self->age_time_us = now_us;
    self->late += late;
    pthread_mutex_unlock (&self->mutex);
}

void
zr_meter_lost (zr_meter_t *self, uint64_t count)
{
    pthread_mutex_lock (&self->mutex);
    self->lost += count;
    pthread_mutex_unlock (&self->mutex);
}

void
zr_meter_skipped (zr_meter_t *self, uint64_t count)
{
    pthread_mutex_lock (&self->mutex);
    self->skipped += count;
    pthread_mutex_unlock (&self->mutex);
}

static int
s_compare (const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;
    return (x > y) - (x < y);
}

void
zr_meter_report (zr_meter_t *self, int64_t now_us, bool restart,
                 zr_meter_report_t *report)
{
    assert (self && report);
    double unused;
    pthread_mutex_lock (&self->mutex);
    *report = (zr_meter_report_t){
        .fps = s_ring_rate (&self->pictures, now_us, &unused),
        .pictures = self->pictures.count,
        .received = self->received.count,
        .lost = self->lost,
        .skipped = self->skipped,
        .late = self->late,
        .age_ms_last = (double) self->age_last_us / 1e3,
        .age_known = self->age_time_us && now_us - self->age_time_us <= WINDOW_US,
    };
    s_ring_rate (&self->received, now_us, &report->kbit_s);
    report->kbit_s *= 8 / 1e3;
    report->age_ms_p50 = report->age_ms_p99 = report->age_ms_last;
    if (self->ages) {
        qsort (self->ages_us, (size_t) self->ages, sizeof *self->ages_us, s_compare);
        int median = self->ages / 2, last = self->ages * 99 / 100;
        report->age_ms_p50 = (double) self->ages_us[median] / 1e3;
        report->age_ms_p99 = (double) self->ages_us[last] / 1e3;
    }
    if (restart)
        self->ages = 0;
    pthread_mutex_unlock (&self->mutex);
}
