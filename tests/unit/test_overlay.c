// SPDX-License-Identifier: MPL-2.0
// The words over a picture, for figures plain and absurd, in rooms large and small.

#include "subscriber/overlay.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
s_assert_figures (const zr_meter_report_t *report, bool late, int64_t recorded,
                  const char *expected)
{
    const zr_overlay_facts_t facts = {.report = report,
                                      .width = 640,
                                      .height = 360,
                                      .recorded = recorded,
                                      .late = late};
    char text[256];
    zr_overlay_figures (&facts, text, sizeof text);
    assert_string_equal (text, expected);
}

static void
s_figures (void **state)
{
    (void) state;
    zr_meter_report_t report = {.fps = 29.94};
    s_assert_figures (&report, false, -1, "29.9 fps  640x360  lost 0  skipped 0");
    report.age_known = true;
    report.age_ms_last = 4.4;
    s_assert_figures (&report, false, -1, "29.9 fps  640x360  4 ms  lost 0  skipped 0");
    report.lost = 12;
    report.skipped = 345;
    s_assert_figures (&report, false, 0,
                      "29.9 fps  640x360  4 ms  lost 12  skipped 345  REC 0");
    report.late = 6;
    s_assert_figures (&report, false, -1,
                      "29.9 fps  640x360  4 ms  lost 12  skipped 345  late 6");
    s_assert_figures (&report, true, 78,
                      "29.9 fps  640x360  4 ms  lost 12  skipped 345  LATE 6  REC 78");
}

static void
s_brief (void **state)
{
    (void) state;
    zr_meter_report_t report = {.fps = 29.94, .lost = 7, .skipped = 8, .late = 9};
    zr_overlay_facts_t facts = {.report = &report, .recorded = -1};
    char text[256];
    zr_overlay_brief (&facts, text, sizeof text);
    assert_string_equal (text, "29.9 fps");
    report.age_known = true;
    report.age_ms_last = 4.4;
    facts.recorded = 12;
    facts.late = true;
    zr_overlay_brief (&facts, text, sizeof text);
    assert_string_equal (text, "29.9 fps  4 ms  LATE  REC");
    zr_overlay_brief (&facts, text, 12);
    assert_string_equal (text, "29.9 fps  4");
}

static void
s_tier (void **state)
{
    (void) state;
    const zr_meter_report_t report = {.fps = 30};
    zr_overlay_facts_t facts = {
        .report = &report, .width = 640, .height = 360, .tier = "full", .recorded = -1};
    char text[256];
    zr_overlay_figures (&facts, text, sizeof text);
    assert_string_equal (text, "30.0 fps  640x360  lost 0  skipped 0");
    facts.tier = "half";
    zr_overlay_figures (&facts, text, sizeof text);
    assert_string_equal (text, "30.0 fps  640x360 half  lost 0  skipped 0");
}

static void
s_ages (void **state)
{
    (void) state;
    static const struct {
        double age_ms;
        const char *text;
    } cases[] = {
        {0, "  0 ms  "},         {999.6, "  1000 ms  "},        {9999, "  9999 ms  "},
        {10000, "  10 s old  "}, {86400000, "  86400 s old  "}, {-3, "  -3 ms  "},
        {-9999, "  -9999 ms  "}, {-10000, "  -10 s old  "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const zr_meter_report_t report = {.age_known = true,
                                          .age_ms_last = cases[i].age_ms};
        const zr_overlay_facts_t facts = {.report = &report, .recorded = -1};
        char text[256];
        zr_overlay_figures (&facts, text, sizeof text);
        if (!strstr (text, cases[i].text))
            fail_msg ("\"%s\" has no \"%s\"", text, cases[i].text);
    }
}

// Cut, and never written beyond, whatever the room.
static void
s_small_room (void **state)
{
    (void) state;
    const zr_meter_report_t report = {.fps = 1e300,
                                      .age_known = true,
                                      .age_ms_last = -1e300,
                                      .lost = UINT64_MAX,
                                      .skipped = UINT64_MAX,
                                      .late = UINT64_MAX};
    const zr_overlay_facts_t facts = {.report = &report,
                                      .width = 8192,
                                      .height = 8192,
                                      .silence_us = INT64_MAX / 2,
                                      .recorded = INT64_MAX,
                                      .late = true};
    char whole[1024];
    zr_overlay_figures (&facts, whole, sizeof whole);
    assert_non_null (strstr (whole, "REC 9223372036854775807"));
    assert_non_null (strstr (whole, "LATE 18446744073709551615"));
    for (size_t size = 1; size < 700; size += 3) {
        char *text = malloc (size);
        assert_non_null (text);
        zr_overlay_figures (&facts, text, size);
        size_t len = strlen (whole) < size ? strlen (whole) : size - 1;
        assert_int_equal (strlen (text), len);
        assert_memory_equal (text, whole, len);
        zr_overlay_state (&facts, text, size);
        assert_true (strlen (text) < size);
        free (text);
    }
}

static void
s_assert_state (int64_t silence_us, bool frozen, const char *expected)
{
    const zr_overlay_facts_t facts = {.silence_us = silence_us, .frozen = frozen};
    char text[64] = "before";
    zr_overlay_state (&facts, text, sizeof text);
    assert_string_equal (text, expected);
}

static void
s_states (void **state)
{
    (void) state;
    s_assert_state (0, false, "");
    s_assert_state (-5, false, ""); // a message came while we looked
    s_assert_state (ZR_OVERLAY_SILENT_US - 1, false, "");
    s_assert_state (ZR_OVERLAY_SILENT_US, false, "no picture for 2 s");
    s_assert_state (2499999, false, "no picture for 2 s");
    s_assert_state (2500000, false, "no picture for 3 s");
    s_assert_state (INT64_C (86400000000), false, "no picture for 86400 s");
    s_assert_state (0, true, "frozen");
    s_assert_state (3000000, true, "no picture for 3 s");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a small tile has the rate, the age, LATE and REC", s_brief, NULL, NULL, NULL},
        {"the tier is told if it is not the full one", s_tier, NULL, NULL, NULL},
        {"figures are said in people's units", s_figures, NULL, NULL, NULL},
        {"ages are told in ms below 10 s, else in s", s_ages, NULL, NULL, NULL},
        {"what does not fit is cut", s_small_room, NULL, NULL, NULL},
        {"silence comes before frozen, and live says nothing", s_states, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests_name ("overlay", tests, NULL, NULL);
}
