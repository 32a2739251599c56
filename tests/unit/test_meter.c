// SPDX-License-Identifier: MPL-2.0
// Figures from made-up clocks: steady streams, silence, bursts, a clock that goes back.
// The last test runs plain threads, for the thread sanitizer too.

#include "common/meter.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C (1000000)

static void
s_assert_near (double value, double expected, double tolerance)
{
    if (!(value >= expected - tolerance && value <= expected + tolerance))
        fail_msg ("%g is not near %g", value, expected);
}

static zr_meter_report_t
s_report (zr_meter_t *meter, int64_t now_us)
{
    zr_meter_report_t report;
    zr_meter_report (meter, now_us, false, &report);
    return report;
}

static void
s_nothing (void **state)
{
    (void) state;
    zr_meter_t *meter = zr_meter_new ();
    zr_meter_report_t report = s_report (meter, 5 * SECOND);
    assert_true (report.fps == 0 && report.kbit_s == 0);
    assert_true (report.age_ms_p50 == 0 && report.age_ms_p99 == 0);
    assert_false (report.age_known);
    assert_false (s_report (meter, 5).age_known); // of a clock that just began
    assert_true (!report.pictures && !report.received && !report.lost);
    assert_true (!report.skipped && !report.late);
    zr_meter_destroy (&meter);
    assert_null (meter);
    zr_meter_destroy (&meter);
}

static void
s_steady (void **state)
{
    (void) state;
    static const int rates[] = {2, 10, 25, 30, 60, 240, 1000};
    for (int i = 0; i < 7; i++) {
        zr_meter_t *meter = zr_meter_new ();
        int64_t gap_us = SECOND / rates[i];
        int64_t at_us = 7;
        for (int n = 0; n < 3 * rates[i]; n++, at_us += gap_us) {
            zr_meter_picture (meter, at_us);
            zr_meter_received (meter, at_us, 10000);
        }
        // right behind a picture, and anywhere before the next one is overdue
        for (int64_t later_us = 0; later_us <= gap_us; later_us += gap_us / 7 + 1) {
            zr_meter_report_t report = s_report (meter, at_us - gap_us + later_us);
            s_assert_near (report.fps, rates[i], rates[i] / 500.0);
            s_assert_near (report.kbit_s, rates[i] * 80, rates[i] * 80 / 500.0);
        }
        assert_int_equal (s_report (meter, at_us).pictures, 3 * rates[i]);
        zr_meter_destroy (&meter);
    }
}

static void
s_silence (void **state)
{
    (void) state;
    zr_meter_t *meter = zr_meter_new ();
    int64_t last_us = 0;
    for (int i = 0; i < 60; i++) {
        last_us = 1 + i * SECOND / 30;
        zr_meter_picture (meter, last_us);
        zr_meter_received (meter, last_us, 1000);
    }
    double before = s_report (meter, last_us).fps;
    for (int64_t t_us = SECOND / 10; t_us <= SECOND; t_us += SECOND / 10) {
        double fps = s_report (meter, last_us + t_us).fps;
        assert_true (fps < before && fps > 0);
        s_assert_near (fps, 30 * (1 - (double) t_us / SECOND), 2);
        before = fps;
    }
    assert_true (s_report (meter, last_us + SECOND).fps > 0);
    assert_true (s_report (meter, last_us + SECOND + 1).fps == 0);
    assert_true (s_report (meter, last_us + SECOND + 1).kbit_s == 0);
    assert_int_equal (s_report (meter, last_us + 9 * SECOND).pictures, 60);
    zr_meter_destroy (&meter);
}

static void
s_single (void **state)
{
    (void) state;
    zr_meter_t *meter = zr_meter_new ();
    zr_meter_picture (meter, 100);
    zr_meter_received (meter, 100, 125000);
    s_assert_near (s_report (meter, 100).fps, 1, 0);
    s_assert_near (s_report (meter, 100).kbit_s, 1000, 0);
    zr_meter_picture (meter, 100); // at the same instant
    s_assert_near (s_report (meter, 100).fps, 2, 0);
    zr_meter_destroy (&meter);
}

static void
s_burst (void **state)
{
    (void) state;
    zr_meter_t *meter = zr_meter_new ();
    for (int i = 0; i < 100000; i++)
        zr_meter_received (meter, 1 + i, 100); // more than it tells apart
    zr_meter_report_t report = s_report (meter, 100000);
    assert_int_equal (report.received, 100000);
    s_assert_near (report.kbit_s, 800000, 1000); // the rate of the latest ones
    zr_meter_destroy (&meter);
}

static void
s_clock_back (void **state)
{
    (void) state;
    zr_meter_t *meter = zr_meter_new ();
    for (int i = 0; i < 50; i++)
        zr_meter_picture (meter, 100 * SECOND - i * 20000);
    for (int64_t now_us = 90 * SECOND; now_us < 110 * SECOND; now_us += 123457) {
        double fps = s_report (meter, now_us).fps;
        assert_true (fps >= 0 && fps <= 2000000);
    }
    zr_meter_age (meter, 50 * SECOND, -3000, false); // a sender whose clock is ahead
    s_assert_near (s_report (meter, 50 * SECOND).age_ms_last, -3, 0);
    zr_meter_destroy (&meter);
}

static void
s_totals (void **state)
{
    (void) state;
    zr_meter_t *meter = zr_meter_new ();
    for (int i = 1; i <= 10; i++) {
        zr_meter_lost (meter, (uint64_t) i);
        zr_meter_skipped (meter, 2);
        zr_meter_age (meter, i, i, i % 2);
        zr_meter_received (meter, i, 1);
        zr_meter_picture (meter, i);
        zr_meter_picture (meter, i);
    }
    zr_meter_lost (meter, UINT64_C (1) << 40);
    zr_meter_report_t report;
    zr_meter_report (meter, 10, true, &report); // totals go on
    report = s_report (meter, 1000 * SECOND);
    assert_true (report.lost == 55 + (UINT64_C (1) << 40));
    assert_int_equal (report.skipped, 20);
    assert_int_equal (report.late, 5);
    assert_int_equal (report.received, 10);
    assert_int_equal (report.pictures, 20);
    zr_meter_destroy (&meter);
}

static void
s_percentiles (void **state)
{
    (void) state;
    zr_meter_t *meter = zr_meter_new ();
    for (int i = 0; i < 100; i++) // 1 to 100 ms, out of order
        zr_meter_age (meter, SECOND, (i * 37 % 100 + 1) * 1000, false);
    for (int again = 0; again < 2; again++) {
        zr_meter_report_t report = s_report (meter, SECOND);
        s_assert_near (report.age_ms_p50, 50.5, 0.5);
        s_assert_near (report.age_ms_p99, 99.5, 0.5);
        s_assert_near (report.age_ms_last, 99 * 37 % 100 + 1, 0);
    }
    zr_meter_report_t report;
    zr_meter_report (meter, SECOND, true, &report);
    s_assert_near (report.age_ms_p50, 50.5, 0.5);
    zr_meter_age (meter, SECOND, 7000, false);
    report = s_report (meter, SECOND);
    s_assert_near (report.age_ms_p50, 7, 0);
    s_assert_near (report.age_ms_p99, 7, 0);
    for (int i = 0; i < 100000; i++) // bounded
        zr_meter_age (meter, SECOND, 9000, false);
    s_assert_near (s_report (meter, SECOND).age_ms_p99, 9, 0);
    zr_meter_destroy (&meter);
}

static void
s_age_known (void **state)
{
    (void) state;
    zr_meter_t *meter = zr_meter_new ();
    zr_meter_age (meter, 10 * SECOND, 4000, false);
    assert_true (s_report (meter, 10 * SECOND).age_known);
    assert_true (s_report (meter, 11 * SECOND).age_known);
    assert_false (s_report (meter, 11 * SECOND + 1).age_known);
    zr_meter_age (meter, 20 * SECOND, 5000, false);
    assert_true (s_report (meter, 20 * SECOND).age_known);

    // a slow stream: nothing new since the last report, yet an age that holds
    zr_meter_report_t report;
    zr_meter_report (meter, 20 * SECOND, true, &report);
    zr_meter_report (meter, 20 * SECOND + 900000, true, &report);
    assert_true (report.age_known);
    s_assert_near (report.age_ms_p50, 5, 0);
    s_assert_near (report.age_ms_p99, 5, 0);
    zr_meter_destroy (&meter);
}

#define ROUNDS 100000

static void *
s_run_giver (void *arg)
{
    zr_meter_t *meter = arg;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t now_us = 1 + i * 10;
        zr_meter_received (meter, now_us, 100);
        zr_meter_skipped (meter, 1);
        if (i % 10 == 0) {
            zr_meter_picture (meter, now_us);
            zr_meter_age (meter, now_us, 1000, true);
            zr_meter_lost (meter, 3);
        }
    }
    return NULL;
}

static void
s_threads (void **state)
{
    (void) state;
    zr_meter_t *meter = zr_meter_new ();
    pthread_t threads[2];
    zr_meter_report_t report;
    for (int i = 0; i < 2; i++)
        assert_int_equal (pthread_create (&threads[i], NULL, s_run_giver, meter), 0);
    uint64_t former = 0;
    for (int i = 0; i < 200; i++) {
        zr_meter_report (meter, i * 5000, true, &report);
        assert_true (report.received >= former && report.received <= 2 * ROUNDS);
        former = report.received;
    }
    for (int i = 0; i < 2; i++)
        pthread_join (threads[i], NULL);
    report = s_report (meter, ROUNDS * 10);
    assert_int_equal (report.received, 2 * ROUNDS);
    assert_int_equal (report.skipped, 2 * ROUNDS);
    assert_int_equal (report.pictures, 2 * ROUNDS / 10);
    assert_int_equal (report.late, 2 * ROUNDS / 10);
    assert_int_equal (report.lost, 2 * ROUNDS / 10 * 3);
    zr_meter_destroy (&meter);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a new meter reports nothing", s_nothing, NULL, NULL, NULL},
        {"a steady stream has a steady rate, at any instant", s_steady, NULL, NULL,
         NULL},
        {"in silence the rate falls to nothing within a second", s_silence, NULL, NULL,
         NULL},
        {"one picture is one a second", s_single, NULL, NULL, NULL},
        {"a burst beyond the ring is measured by its end", s_burst, NULL, NULL, NULL},
        {"a clock that goes back does no harm", s_clock_back, NULL, NULL, NULL},
        {"totals count since the start", s_totals, NULL, NULL, NULL},
        {"percentiles are of the ages since the last report", s_percentiles, NULL, NULL,
         NULL},
        {"an age is known for a second, new or not", s_age_known, NULL, NULL, NULL},
        {"threads lose no count", s_threads, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("meter", tests, NULL, NULL);
}
