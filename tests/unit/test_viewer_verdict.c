// SPDX-License-Identifier: MPL-2.0
// What counters mean: each test is a viewer, told second by second.

#include "common/viewer_verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static zr_viewer_sample_t s_now;

static void
s_begin (zr_viewer_verdict_t *verdict)
{
    s_now = (zr_viewer_sample_t){.time_us = 5000000, .rtt_us = 2000};
    zr_viewer_verdict_init (verdict, &s_now);
}

// A second in which so many bytes arrived, it was busy and held back for so many
// milliseconds, and at the end of which so much had not arrived and was not sent.
typedef struct {
    unsigned acked, busy_ms, held_ms, unacked, unsent;
} second_t;

static const second_t s_fine = {.acked = 600000, .busy_ms = 100};
static const second_t s_narrow = {
    .acked = 250000, .busy_ms = 1000, .unacked = 30000, .unsent = 16000};
static const second_t s_deep = {
    .acked = 250000, .busy_ms = 1000, .unacked = 60500, .unsent = 16000};
static const second_t s_asleep = {
    .busy_ms = 1000, .held_ms = 1000, .unacked = 20000, .unsent = 20000};
static const second_t s_cut = {.busy_ms = 1000, .unacked = 20000, .unsent = 16000};

static void
s_pass (zr_viewer_verdict_t *verdict, const second_t *second, int count)
{
    for (int i = 0; i < count; i++) {
        s_now.time_us += 1000000;
        s_now.acked += second->acked;
        s_now.busy_us += second->busy_ms * 1000;
        s_now.held_us += second->held_ms * 1000;
        s_now.unacked = second->unacked;
        s_now.unsent = second->unsent;
        zr_viewer_verdict_take (verdict, &s_now);
    }
}

static void
s_figures (void **state)
{
    (void) state;
    zr_viewer_verdict_t verdict;
    s_begin (&verdict);
    s_pass (&verdict, &s_fine, 10);
    assert_true (verdict.kbit_s == 4800 && verdict.rtt_ms == 2);
    assert_true (verdict.unsent_ms == 0);
    assert_int_equal (verdict.slow, ZR_VIEWER_KEEPS_UP);
    // A picture on its way: at 6 MB/s, 18 KB take 3 ms, of which 2 are the way itself.
    const second_t caught = {.acked = 600000, .busy_ms = 100, .unacked = 18000};
    s_pass (&verdict, &caught, 1);
    assert_true (verdict.unsent_ms > 0.99 && verdict.unsent_ms < 1.01);
}

static void
s_far (void **state)
{
    (void) state;
    zr_viewer_verdict_t verdict;
    s_now = (zr_viewer_sample_t){.time_us = 1, .rtt_us = 200000};
    zr_viewer_verdict_init (&verdict, &s_now);
    const second_t on_its_way = {.acked = 600000, .busy_ms = 1000, .unacked = 120000};
    s_pass (&verdict, &on_its_way, 10);
    assert_int_equal (verdict.slow, ZR_VIEWER_KEEPS_UP);
    assert_true (verdict.unsent_ms < 1 && verdict.rtt_ms == 200);
}

static void
s_three (void **state)
{
    (void) state;
    zr_viewer_verdict_t verdict;
    s_begin (&verdict);
    for (int i = 0; i < 5; i++) {
        s_pass (&verdict, &s_narrow, 2);
        assert_int_equal (verdict.slow, ZR_VIEWER_KEEPS_UP);
        s_pass (&verdict, &s_fine, 1);
    }
    s_pass (&verdict, &s_narrow, 3);
    assert_int_equal (verdict.slow, ZR_VIEWER_NETWORK);
    s_pass (&verdict, &s_fine, 2);
    assert_int_equal (verdict.slow, ZR_VIEWER_NETWORK);
    s_pass (&verdict, &s_narrow, 1);
    s_pass (&verdict, &s_fine, 2);
    assert_int_equal (verdict.slow, ZR_VIEWER_NETWORK);
    s_pass (&verdict, &s_fine, 1);
    assert_int_equal (verdict.slow, ZR_VIEWER_KEEPS_UP);
}

static const char *
s_sentence (const zr_viewer_verdict_t *verdict)
{
    static char text[256];
    zr_viewer_slow_sentence ("192.168.1.9", verdict, text, sizeof text);
    return text;
}

static void
s_network (void **state)
{
    (void) state;
    zr_viewer_verdict_t verdict;
    s_begin (&verdict);
    s_pass (&verdict, &s_narrow, 3);
    assert_string_equal (s_sentence (&verdict),
                         "192.168.1.9 misses pictures (network): a smaller --width, a "
                         "lower --quality, or --tier half there would help");
    s_begin (&verdict);
    s_pass (&verdict, &s_deep, 3);
    assert_int_equal (verdict.slow, ZR_VIEWER_NETWORK);
    assert_string_equal (s_sentence (&verdict),
                         "192.168.1.9 is 240 ms behind (network): a smaller --width, a "
                         "lower --quality, or --tier half there would help");
}

static void
s_machine (void **state)
{
    (void) state;
    zr_viewer_verdict_t verdict;
    s_begin (&verdict);
    s_pass (&verdict, &s_fine, 1);
    s_pass (&verdict, &s_cut, 1); // it fell asleep in the course of this second
    s_pass (&verdict, &s_asleep, 2);
    assert_int_equal (verdict.slow, ZR_VIEWER_MACHINE);
    assert_true (verdict.kbit_s == 0 && verdict.unsent_ms == 3000);
    assert_string_equal (s_sentence (&verdict),
                         "192.168.1.9 is 3000 ms behind: its machine does not keep up; "
                         "a smaller --width or --tier half there would help");
    s_pass (&verdict, &s_fine, 3);
    assert_int_equal (verdict.slow, ZR_VIEWER_KEEPS_UP);
    assert_true (verdict.unsent_ms == 0);
}

static void
s_cable (void **state)
{
    (void) state;
    zr_viewer_verdict_t verdict;
    s_begin (&verdict);
    s_pass (&verdict, &s_fine, 1);
    s_pass (&verdict, &s_cut, 3);
    assert_int_equal (verdict.slow, ZR_VIEWER_NETWORK);
    assert_string_equal (
        s_sentence (&verdict),
        "192.168.1.9 is 3000 ms behind (network): nothing gets through "
        "to it; look at its cable or Wi-Fi");
}

static void
s_silence (void **state)
{
    (void) state;
    const second_t nothing = {0};
    zr_viewer_verdict_t verdict;
    s_begin (&verdict);
    s_pass (&verdict, &nothing, 10);
    assert_int_equal (verdict.slow, ZR_VIEWER_KEEPS_UP);
    assert_true (verdict.kbit_s == 0 && verdict.unsent_ms == 0 && !verdict.stuck);
    // What comes after it does not count the silence.
    s_pass (&verdict, &s_cut, 1);
    assert_true (verdict.unsent_ms == 1000);
}

static void
s_too_soon (void **state)
{
    (void) state;
    zr_viewer_verdict_t verdict;
    s_begin (&verdict);
    s_pass (&verdict, &s_fine, 1);
    zr_viewer_verdict_take (&verdict, &s_now);
    assert_true (verdict.kbit_s == 4800);
}

static void
s_words (void **state)
{
    (void) state;
    char text[64], tight[10];
    zr_viewer_slow_words ("a", ZR_VIEWER_NETWORK, 240.4, text, sizeof text);
    assert_string_equal (text, "a is 240 ms behind (network)");
    zr_viewer_slow_words ("a", ZR_VIEWER_MACHINE, 20, text, sizeof text);
    assert_string_equal (text, "a misses pictures (its machine)");
    zr_viewer_slow_words ("192.168.100.100", ZR_VIEWER_MACHINE, 20, tight,
                          sizeof tight);
    assert_string_equal (tight, "192.168.1");
    assert_null (zr_viewer_slow_name (ZR_VIEWER_KEEPS_UP));
    assert_string_equal (zr_viewer_slow_name (ZR_VIEWER_NETWORK), "network");
    assert_string_equal (zr_viewer_slow_name (ZR_VIEWER_MACHINE), "viewer");
}

#define TEST(sentence, function)                                                       \
    {                                                                                  \
        .name = sentence, .test_func = function                                        \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("rate, round trip and what waits come from the counters", s_figures),
        TEST ("a long way is not slow", s_far),
        TEST ("three bad seconds make it slow, three good ones well", s_three),
        TEST ("a narrow link is the network, with a remedy", s_network),
        TEST ("a closed receive window is the viewer's machine", s_machine),
        TEST ("a pulled cable is the network, and the cable is named", s_cable),
        TEST ("a viewer to which nothing is sent keeps up", s_silence),
        TEST ("a second sample of the same moment is left aside", s_too_soon),
        TEST ("a few words fit where there is little room", s_words),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
