// SPDX-License-Identifier: MPL-2.0
// What a subscriber says before its first picture. The JSON and the status line are
// judged end to end, where there are streams.

#include "subscriber/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const zr_list_t any = {.count = 0};

static void
s_assert_notice (const zr_list_t *endpoints, bool connected, const char *expected)
{
    char text[256];
    zr_statistics_notice (&any, endpoints, connected, text, sizeof text);
    assert_string_equal (text, expected);
}

static void
s_one (void **state)
{
    (void) state;
    const zr_list_t plain = {.items = {"tcp://192.168.1.5:5555"}, .count = 1};
    s_assert_notice (&plain, false,
                     "waiting for a stream: 192.168.1.5 does not answer yet");
    s_assert_notice (&plain, true, "connected to 192.168.1.5; waiting for a stream");
    const zr_list_t other = {.items = {"tcp://[::1]:7000"}, .count = 1};
    s_assert_notice (&other, true, "connected to [::1]:7000; waiting for a stream");
}

static void
s_many (void **state)
{
    (void) state;
    zr_list_t endpoints = {.items = {"ipc:///run/zroom", "tcp://b:1"}, .count = 2};
    s_assert_notice (&endpoints, false,
                     "waiting for a stream: /run/zroom and 1 more do not answer yet");
    s_assert_notice (&endpoints, true, "connected to /run/zroom; waiting for a stream");
    for (int i = 0; i < ZR_LIST_MAX; i++)
        endpoints.items[i] = "tcp://b:1";
    endpoints.count = ZR_LIST_MAX;
    s_assert_notice (&endpoints, false,
                     "waiting for a stream: b:1 and 31 more do not answer yet");
}

static void
s_wanted (void **state)
{
    (void) state;
    char text[256], name[200] = "";
    const zr_list_t endpoints = {.items = {"tcp://192.168.1.5:5555"}, .count = 1};
    zr_list_t streams = {.items = {"attic", "ha*"}, .count = 1};
    zr_statistics_notice (&streams, &endpoints, true, text, sizeof text);
    assert_string_equal (text, "connected to 192.168.1.5; waiting for the stream attic "
                               "(--list shows all)");
    zr_statistics_notice (&streams, &endpoints, false, text, sizeof text);
    assert_string_equal (text, "waiting for the stream attic (--list shows all): "
                               "192.168.1.5 does not answer yet");
    streams.count = 2;
    assert_string_equal (zr_statistics_wanted (&streams, text, sizeof text),
                         "attic or 1 more (--list shows all)");
    memset (name, 'x', sizeof name - 1);
    streams.items[0] = name;
    zr_statistics_notice (&streams, &endpoints, true, text, sizeof text);
    assert_true (strlen (text) < sizeof text - 1); // the name is cut, not the rest
}

static void
s_small_room (void **state)
{
    (void) state;
    const zr_list_t endpoints = {.items = {"tcp://192.168.1.5:5555"}, .count = 1};
    char whole[256];
    zr_statistics_notice (&any, &endpoints, true, whole, sizeof whole);
    for (size_t size = 1; size < 80; size++) {
        char *text = malloc (size);
        assert_non_null (text);
        zr_statistics_notice (&any, &endpoints, true, text, size);
        size_t len = strlen (whole) < size ? strlen (whole) : size - 1;
        assert_int_equal (strlen (text), len);
        assert_memory_equal (text, whole, len);
        free (text);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"the address that is waited for is named", s_one, NULL, NULL, NULL},
        {"of many addresses the first is named and the others counted", s_many, NULL,
         NULL, NULL},
        {"the streams that were asked for are named", s_wanted, NULL, NULL, NULL},
        {"a notice that does not fit is cut", s_small_room, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("statistics", tests, NULL, NULL);
}
