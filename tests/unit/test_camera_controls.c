// SPDX-License-Identifier: MPL-2.0

#include "publisher/camera_controls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/videodev2.h>

static const zr_camera_entry_t FREQUENCIES[] = {
    {0, "Disabled"}, {1, "50 Hz"}, {3, "60 Hz"}};

static const zr_camera_control_t CONTROLS[] = {
    {.name = "brightness",
     .type = V4L2_CTRL_TYPE_INTEGER,
     .minimum = -64,
     .maximum = 64,
     .step = 1},
    {.name = "white_balance_automatic", .type = V4L2_CTRL_TYPE_BOOLEAN, .maximum = 1},
    {.name = "white_balance_temperature",
     .type = V4L2_CTRL_TYPE_INTEGER,
     .minimum = 2800,
     .maximum = 6500,
     .step = 10},
    {.name = "power_line_frequency",
     .type = V4L2_CTRL_TYPE_MENU,
     .maximum = 3,
     .step = 1,
     .entries = FREQUENCIES,
     .entry_count = 3},
    {.name = "gain", .type = V4L2_CTRL_TYPE_INTEGER, .maximum = 255, .step = 1},
    {.name = "gain_automatic", .type = V4L2_CTRL_TYPE_BOOLEAN, .maximum = 1},
    {.name = "focus_now", .type = V4L2_CTRL_TYPE_BUTTON},
    {.name = "leds", .type = V4L2_CTRL_TYPE_BITMASK, .maximum = 0x80000010},
};
#define CONTROL_COUNT ((int) (sizeof CONTROLS / sizeof CONTROLS[0]))

static void
s_check_name (const char *text, const char *expected)
{
    char name[ZR_CAMERA_CONTROL_NAME_MAX];
    zr_camera_control_name (text, name, sizeof name);
    assert_string_equal (name, expected);
}

static void
test_names (void **state)
{
    (void) state;
    s_check_name ("Brightness", "brightness");
    s_check_name ("White Balance, Automatic", "white_balance_automatic");
    s_check_name ("Exposure (Absolute)", "exposure_absolute");
    s_check_name ("  Pan/Tilt -- Reset!", "pan_tilt_reset");
    s_check_name ("H264 \x1b[31mLevel", "h264_31mlevel");
    s_check_name ("\xc3\x84\xc3\x96", "");
    s_check_name ("", "");
    char small[6];
    zr_camera_control_name ("ab cd ef", small, sizeof small);
    assert_string_equal (small, "ab_cd");
    zr_camera_control_name ("abcd efgh", small, sizeof small);
    assert_string_equal (small, "abcd");
}

// The name of the control that is found, or what find says instead.
static const char *
s_find (const char *name)
{
    int found = zr_camera_control_find (CONTROLS, CONTROL_COUNT, name);
    if (found == ZR_CAMERA_CONTROL_UNKNOWN)
        return "unknown";
    if (found == ZR_CAMERA_CONTROL_AMBIGUOUS)
        return "ambiguous";
    assert_in_range (found, 0, CONTROL_COUNT - 1);
    return CONTROLS[found].name;
}

static void
test_find (void **state)
{
    (void) state;
    assert_string_equal (s_find ("brightness"), "brightness");
    assert_string_equal (s_find ("BRIGHT"), "brightness");
    assert_string_equal (s_find ("White Balance, Automatic"),
                         "white_balance_automatic");
    assert_string_equal (s_find ("white-balance-t"), "white_balance_temperature");
    assert_string_equal (s_find ("white"), "ambiguous");
    assert_string_equal (s_find ("gain"), "gain");
    assert_string_equal (s_find ("gain_"), "gain");
    assert_string_equal (s_find ("gain_a"), "gain_automatic");
    assert_string_equal (s_find ("gai"), "ambiguous");
    assert_string_equal (s_find ("zoom"), "unknown");
    assert_string_equal (s_find ("brightnesses"), "unknown");
    assert_string_equal (s_find (""), "unknown");
    assert_string_equal (s_find ("--"), "unknown");
}

static const zr_camera_control_t *
s_control (const char *name)
{
    int found = zr_camera_control_find (CONTROLS, CONTROL_COUNT, name);
    assert_in_range (found, 0, CONTROL_COUNT - 1);
    return &CONTROLS[found];
}

static int64_t
s_value (const char *name, const char *text)
{
    int64_t value = -77;
    char error[256] = "";
    int rc =
        zr_camera_control_parse (s_control (name), text, &value, error, sizeof error);
    assert_string_equal (error, "");
    assert_int_equal (rc, 0);
    return value;
}

static void
s_check_refused (const char *name, const char *text, const char *expected)
{
    int64_t value;
    char error[256] = "";
    assert_int_equal (
        zr_camera_control_parse (s_control (name), text, &value, error, sizeof error),
        -1);
    assert_string_equal (error, expected);
}

static void
test_numbers (void **state)
{
    (void) state;
    assert_int_equal (s_value ("brightness", "64"), 64);
    assert_int_equal (s_value ("brightness", "-64"), -64);
    assert_int_equal (s_value ("brightness", "+7"), 7);
    assert_int_equal (s_value ("brightness", "010"), 10);
    assert_int_equal (s_value ("brightness", "0x3F"), 63);
    assert_int_equal (s_value ("brightness", "-0x10"), -16);
    assert_int_equal (s_value ("leds", "0x80000000"), 0x80000000);
    assert_int_equal (s_value ("leds", "0"), 0);
}

static void
test_bad_numbers (void **state)
{
    (void) state;
    s_check_refused ("brightness", "65", "brightness takes -64 to 64, not 65");
    s_check_refused ("brightness", "-65", "brightness takes -64 to 64, not -65");
    s_check_refused ("white_balance_t", "99",
                     "white_balance_temperature takes 2800 to 6500, step 10, not 99");
    s_check_refused ("brightness", "99999999999999999999",
                     "brightness takes -64 to 64, not 99999999999999999999");
    static const char *const words[] = {"", "a", "1x", "0x", " 1", "1 ", "-", "1.5"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char expected[96];
        snprintf (expected, sizeof expected,
                  "brightness takes a number (-64 to 64), not \"%s\"", words[i]);
        s_check_refused ("brightness", words[i], expected);
    }
    s_check_refused ("leds", "1", "leds takes bits of 0x80000010, not 1");
    s_check_refused ("leds", "-16", "leds takes bits of 0x80000010, not -16");
}

static void
test_largest (void **state)
{
    (void) state;
    const zr_camera_control_t wide = {.name = "wide",
                                      .type = V4L2_CTRL_TYPE_INTEGER64,
                                      .minimum = INT64_MIN,
                                      .maximum = INT64_MAX};
    int64_t value;
    char error[256];
    assert_int_equal (zr_camera_control_parse (&wide, "-9223372036854775808", &value,
                                               error, sizeof error),
                      0);
    assert_true (value == INT64_MIN);
    assert_int_equal (zr_camera_control_parse (&wide, "9223372036854775808", &value,
                                               error, sizeof error),
                      -1);
}

static void
test_switches (void **state)
{
    (void) state;
    static const char *const on[] = {"on", "ON", "true", "yes", "Yes", "1"};
    static const char *const off[] = {"off", "false", "False", "no", "0"};
    for (size_t i = 0; i < sizeof on / sizeof on[0]; i++)
        assert_int_equal (s_value ("gain_automatic", on[i]), 1);
    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++)
        assert_int_equal (s_value ("gain_automatic", off[i]), 0);
    s_check_refused ("gain_automatic", "2",
                     "gain_automatic takes on or off, not \"2\"");
    s_check_refused ("gain_automatic", "", "gain_automatic takes on or off, not \"\"");
}

static void
test_menus (void **state)
{
    (void) state;
    assert_int_equal (s_value ("power_line_frequency", "0"), 0);
    assert_int_equal (s_value ("power_line_frequency", "3"), 3);
    assert_int_equal (s_value ("power_line_frequency", "60 hz"), 3);
    assert_int_equal (s_value ("power_line_frequency", "50_Hz"), 1);
    assert_int_equal (s_value ("power_line_frequency", "disabled"), 0);
    s_check_refused ("power_line_frequency", "2",
                     "power_line_frequency has no entry \"2\"; --list shows them");
    s_check_refused ("power_line_frequency", "4294967297",
                     "power_line_frequency has no entry \"4294967297\"; --list shows "
                     "them");
    s_check_refused ("power_line_frequency", "",
                     "power_line_frequency has no entry \"\"; --list shows them");
}

static void
test_buttons (void **state)
{
    (void) state;
    assert_int_equal (s_value ("focus_now", ""), 1);
    assert_int_equal (s_value ("focus_now", "whatever"), 1);
}

static void
test_no_device (void **state)
{
    (void) state;
    char said[256];
    assert_int_equal (zr_camera_controls_set (-1, "brightness=1", said, sizeof said),
                      ZR_CAMERA_CONTROL_UNKNOWN);
    assert_string_equal (said, "the camera has no control \"brightness\"; --list shows "
                               "them");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"names are made as v4l2-ctl makes them", test_names, NULL, NULL, NULL},
        {"a beginning that one control has finds it", test_find, NULL, NULL, NULL},
        {"numbers are decimal or 0x", test_numbers, NULL, NULL, NULL},
        {"what is no number or out of range is refused with the range",
         test_bad_numbers, NULL, NULL, NULL},
        {"the largest numbers are read, larger ones refused", test_largest, NULL, NULL,
         NULL},
        {"switches take on and off in several words", test_switches, NULL, NULL, NULL},
        {"menus take numbers and names of entries there are", test_menus, NULL, NULL,
         NULL},
        {"a button takes anything", test_buttons, NULL, NULL, NULL},
        {"without a device no control is known", test_no_device, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
