// SPDX-License-Identifier: MPL-2.0

#include "publisher/camera_finder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const zr_camera_t CAMERAS[] = {
    {.path = "/dev/video0", .card = "HD Pro Webcam C920"},
    {.path = "/dev/video2",
     .card = "Webcam",
     .link = "/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920_1F2E3D-video-index0"},
    {.path = "/dev/video4", .card = "Integrated Camera"},
    {.path = "/dev/video6", .card = "Integrated Camera: IR", .denied = true},
};
#define CAMERA_COUNT ((int) (sizeof CAMERAS / sizeof CAMERAS[0]))

static void
s_check_found (const char *text, const char *path)
{
    char error[320] = "";
    int found =
        zr_camera_finder_select (CAMERAS, CAMERA_COUNT, text, error, sizeof error);
    assert_string_equal (error, "");
    assert_in_range (found, 0, CAMERA_COUNT - 1);
    assert_string_equal (CAMERAS[found].path, path);
}

static void
s_check_refused (const char *text, const char *expected)
{
    char error[320] = "";
    assert_int_equal (
        zr_camera_finder_select (CAMERAS, CAMERA_COUNT, text, error, sizeof error), -1);
    assert_string_equal (error, expected);
}

static void
test_part (void **state)
{
    (void) state;
    s_check_found ("hd pro", "/dev/video0");
    s_check_found ("1f2e", "/dev/video2");
    s_check_found ("IR", "/dev/video6");
}

static void
test_whole (void **state)
{
    (void) state;
    s_check_found ("integrated camera", "/dev/video4");
    s_check_found ("Webcam", "/dev/video2");
    s_check_found ("usb-046d_HD_Pro_Webcam_C920_1F2E3D-video-index0", "/dev/video2");
}

static void
test_several (void **state)
{
    (void) state;
    s_check_refused ("c920", "\"c920\" matches /dev/video0 (HD Pro Webcam C920), "
                             "/dev/video2 (Webcam): say which");
    // Names of folders are no part of a link's name.
    s_check_refused ("v4l", "no camera has \"v4l\" in its name; --list shows them");
    s_check_refused ("c930", "no camera has \"c930\" in its name; --list shows them");
}

static void
test_many (void **state)
{
    (void) state;
    zr_camera_t many[ZR_CAMERAS_MAX];
    for (int i = 0; i < ZR_CAMERAS_MAX; i++) {
        many[i] = (zr_camera_t){.card = "One of a great many cameras"};
        snprintf (many[i].path, sizeof many[i].path, "/dev/video%d", i);
    }
    char error[320];
    assert_int_equal (
        zr_camera_finder_select (many, ZR_CAMERAS_MAX, "many", error, sizeof error),
        -1);
    assert_true (strlen (error) < sizeof error);
    assert_non_null (strstr (error, "/dev/video3 "));
    char small[16];
    assert_int_equal (
        zr_camera_finder_select (many, ZR_CAMERAS_MAX, "many", small, sizeof small),
        -1);
    assert_int_equal (strlen (small), sizeof small - 1);
}

static void
test_path (void **state)
{
    (void) state;
    char path[64], error[128];
    static const char *const paths[] = {"/dev/null", "/dev/video99",
                                        "/dev/v4l/by-id/usb-gone-video-index0",
                                        "./video", "../x"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal (
            zr_camera_finder_resolve (paths[i], path, sizeof path, error, sizeof error),
            0);
        assert_string_equal (path, paths[i]);
    }
    assert_int_equal (
        zr_camera_finder_resolve ("/dev/video99", path, 8, error, sizeof error), -1);
}

static void
test_no_camera (void **state)
{
    (void) state;
    zr_camera_t camera;
    zr_camera_identity_t identity;
    assert_int_not_equal (zr_camera_finder_probe ("/dev/null", &camera), 0);
    assert_int_not_equal (zr_camera_finder_probe ("/", &camera), 0);
    assert_int_not_equal (zr_camera_finder_probe ("/nowhere", &camera), 0);
    assert_int_equal (zr_camera_identity_read ("/dev/null", &identity), -1);
    assert_false (zr_camera_finder_matches ("no camera has such a name"));
}

// Replugging. "0" and "1" are ports.
static const zr_camera_trace_t HERE = {"046d:0825 A", "0"},
                               THERE = {"046d:0825 A", "1"},
                               OTHER = {"046d:0825 B", "2"}, NOTHING = {"", ""};

static int
s_pick (zr_camera_trace_t known, int count, zr_camera_trace_t one,
        zr_camera_trace_t other)
{
    zr_camera_identity_t identity = {.trace = known, .count = count};
    zr_camera_trace_t traces[] = {one, other};
    return zr_camera_finder_pick (&identity, traces, 2);
}

static void
test_same_port (void **state)
{
    (void) state;
    assert_int_equal (s_pick (HERE, 1, OTHER, HERE), 1);
    assert_int_equal (s_pick (HERE, 2, THERE, HERE), 1);
    assert_int_equal (s_pick (HERE, 2, HERE, THERE), 0);
}

static void
test_other_port (void **state)
{
    (void) state;
    assert_int_equal (s_pick (HERE, 1, OTHER, THERE), 1);
    assert_int_equal (s_pick (HERE, 1, THERE, NOTHING), 0);
}

static void
test_not_another (void **state)
{
    (void) state;
    // Of two alike the one that stayed.
    assert_int_equal (s_pick (HERE, 2, THERE, OTHER), -1);
    // Two alike came: either might be it.
    assert_int_equal (s_pick (HERE, 1, THERE, THERE), -1);
    // Another kind on its port.
    zr_camera_trace_t usurper = {"1234:5678", "0"};
    assert_int_equal (s_pick (HERE, 1, usurper, OTHER), -1);
    assert_int_equal (s_pick (NOTHING, 1, NOTHING, HERE), -1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a part of a name or of a link's name finds a camera", test_part, NULL, NULL,
         NULL},
        {"a whole name wins over a part of another", test_whole, NULL, NULL, NULL},
        {"several that match are listed, none is said", test_several, NULL, NULL, NULL},
        {"a list that does not fit is cut", test_many, NULL, NULL, NULL},
        {"a path is taken as it is", test_path, NULL, NULL, NULL},
        {"what is no camera is refused", test_no_camera, NULL, NULL, NULL},
        {"a camera comes back on its port", test_same_port, NULL, NULL, NULL},
        {"the only one of its kind comes back on any port", test_other_port, NULL, NULL,
         NULL},
        {"another camera is not taken for it", test_not_another, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
