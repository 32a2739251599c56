// SPDX-License-Identifier: MPL-2.0
// Who is there, by a clock of the test's own.

#include "common/neighbours.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static zr_neighbours_t *s_table;
static zr_discovery_event_t s_event;

static int
s_setup (void **state)
{
    (void) state;
    s_table = zr_neighbours_new ();
    return 0;
}

static int
s_teardown (void **state)
{
    (void) state;
    zr_neighbours_destroy (&s_table);
    assert_null (s_table);
    return 0;
}

// The broker with that number.
static zr_beacon_t
s_broker (uint32_t number)
{
    zr_beacon_t beacon = {.kind = ZR_BEACON_BROKER,
                          .uuid = {1},
                          .chat_port = 5550,
                          .video_out_port = 5555,
                          .video_in_port = 5556,
                          .name = "attic"};
    memcpy (beacon.uuid + 4, &number, sizeof number);
    return beacon;
}

static void
s_hear (const zr_beacon_t *beacon, const char *from, int64_t now_ms)
{
    struct in_addr address;
    assert_int_equal (inet_pton (AF_INET, from, &address), 1);
    zr_neighbours_hear (s_table, beacon, address, "eth0", now_ms);
}

static void
s_hear_goodbye (zr_beacon_t beacon, const char *from, int64_t now_ms)
{
    beacon.chat_port = beacon.video_out_port = beacon.video_in_port = 0;
    s_hear (&beacon, from, now_ms);
}

static void
s_assert_told (zr_discovery_kind_t kind, const char *address)
{
    assert_true (zr_neighbours_next (s_table, &s_event));
    assert_int_equal (s_event.kind, kind);
    assert_string_equal (s_event.address, address);
    assert_string_equal (s_event.interface, "eth0");
    assert_false (zr_beacon_is_goodbye (&s_event.beacon));
}

static void
s_assert_nothing (void)
{
    assert_false (zr_neighbours_next (s_table, &s_event));
}

static void
test_found (void **state)
{
    (void) state;
    const zr_beacon_t broker = s_broker (1);
    s_assert_nothing ();
    s_hear (&broker, "10.0.0.1", 0);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
    assert_memory_equal (&s_event.beacon, &broker, sizeof broker);
    s_hear (&broker, "10.0.0.1", 1000);
    s_assert_nothing ();
}

static void
test_silent (void **state)
{
    (void) state;
    const zr_beacon_t broker = s_broker (1);
    s_hear (&broker, "10.0.0.1", 0);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
    zr_neighbours_tick (s_table, 5000);
    s_assert_nothing ();
    zr_neighbours_tick (s_table, 5001);
    s_assert_told (ZR_DISCOVERY_GONE, "10.0.0.1");
    assert_string_equal (s_event.beacon.name, "attic");
    s_assert_nothing ();
    s_hear (&broker, "10.0.0.1", 6000);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
}

static void
test_goodbye (void **state)
{
    (void) state;
    const zr_beacon_t broker = s_broker (1);
    s_hear_goodbye (broker, "10.0.0.1", 0); // of one whom nobody knows
    s_assert_nothing ();
    s_hear (&broker, "10.0.0.1", 0);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
    s_hear_goodbye (broker, "10.0.0.1", 10);
    s_assert_told (ZR_DISCOVERY_GONE, "10.0.0.1");
    s_assert_nothing ();
}

static void
test_changed (void **state)
{
    (void) state;
    zr_beacon_t broker = s_broker (1);
    s_hear (&broker, "10.0.0.1", 0);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
    broker.video_out_port = 6000;
    s_hear (&broker, "10.0.0.1", 1000);
    s_assert_told (ZR_DISCOVERY_CHANGED, "10.0.0.1");
    assert_int_equal (s_event.beacon.video_out_port, 6000);
    snprintf (broker.name, sizeof broker.name, "cellar");
    s_hear (&broker, "10.0.0.1", 2000);
    s_assert_told (ZR_DISCOVERY_CHANGED, "10.0.0.1");
    assert_string_equal (s_event.beacon.name, "cellar");
    s_assert_nothing ();
}

static void
test_two_ways (void **state)
{
    (void) state;
    const zr_beacon_t broker = s_broker (1);
    s_hear (&broker, "10.0.0.1", 0);
    s_hear (&broker, "10.9.0.1", 1);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
    s_assert_nothing ();
    for (int64_t now_ms = 1000; now_ms <= 5000; now_ms += 1000) {
        s_hear (&broker, "10.9.0.1", now_ms);
        zr_neighbours_tick (s_table, now_ms);
        s_assert_nothing ();
    }
    zr_neighbours_tick (s_table, 5001);
    s_assert_told (ZR_DISCOVERY_CHANGED, "10.9.0.1");
    s_hear (&broker, "10.0.0.1", 6000); // it is back, and stays the second
    s_assert_nothing ();
    zr_neighbours_tick (s_table, 10001);
    s_assert_told (ZR_DISCOVERY_CHANGED, "10.0.0.1");
    zr_neighbours_tick (s_table, 11001);
    s_assert_told (ZR_DISCOVERY_GONE, "10.0.0.1");
    s_assert_nothing ();
}

static void
test_second_way_is_not_believed (void **state)
{
    (void) state;
    const zr_beacon_t broker = s_broker (1);
    zr_beacon_t other = broker;
    other.video_out_port = 9;
    s_hear (&broker, "10.0.0.1", 0);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
    s_hear (&other, "10.0.0.66", 1);
    s_assert_nothing ();
    s_hear_goodbye (broker, "10.0.0.66", 2);
    s_hear_goodbye (broker, "10.0.0.67", 3);
    s_assert_nothing ();
    s_hear_goodbye (broker, "10.0.0.1", 4);
    s_assert_told (ZR_DISCOVERY_GONE, "10.0.0.1");
}

static void
test_goodbye_by_both_ways (void **state)
{
    (void) state;
    const zr_beacon_t broker = s_broker (1);
    s_hear (&broker, "10.0.0.1", 0);
    s_hear (&broker, "10.9.0.1", 0);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
    s_hear_goodbye (broker, "10.0.0.1", 1);
    s_hear_goodbye (broker, "10.9.0.1", 1);
    s_assert_told (ZR_DISCOVERY_GONE, "10.0.0.1");
    s_assert_nothing ();
}

static void
test_many_ways (void **state)
{
    (void) state;
    const zr_beacon_t broker = s_broker (1);
    for (int i = 1; i < 250; i++) {
        char from[INET_ADDRSTRLEN];
        snprintf (from, sizeof from, "10.0.0.%d", i);
        s_hear (&broker, from, 0);
    }
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
    s_assert_nothing ();
    zr_neighbours_tick (s_table, 5001);
    s_assert_told (ZR_DISCOVERY_GONE, "10.0.0.1");
    s_assert_nothing ();
}

static void
test_untold (void **state)
{
    (void) state;
    zr_beacon_t broker = s_broker (1);
    s_hear (&broker, "10.0.0.1", 0); // came and went
    s_hear_goodbye (broker, "10.0.0.1", 1);
    s_assert_nothing ();
    s_hear (&broker, "10.0.0.1", 2);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
    s_hear_goodbye (broker, "10.0.0.1", 3); // went and came
    s_hear (&broker, "10.0.0.1", 4);
    s_assert_nothing ();
    s_hear_goodbye (broker, "10.0.0.1", 5); // went and came elsewhere
    s_hear (&broker, "10.0.0.2", 6);
    s_assert_told (ZR_DISCOVERY_CHANGED, "10.0.0.2");
    s_assert_nothing ();
}

// Events of that kind that wait.
static int
s_count (zr_discovery_kind_t kind)
{
    int count = 0;
    while (zr_neighbours_next (s_table, &s_event)) {
        assert_int_equal (s_event.kind, kind);
        count++;
    }
    return count;
}

static void
test_flood (void **state)
{
    (void) state;
    zr_beacon_t old = s_broker (0);
    s_hear (&old, "10.0.0.1", 0);
    assert_int_equal (s_count (ZR_DISCOVERY_FOUND), 1);
    for (uint32_t i = 1; i < 10000; i++) {
        const zr_beacon_t broker = s_broker (i);
        s_hear (&broker, "10.0.0.66", 0);
    }
    assert_int_equal (s_count (ZR_DISCOVERY_FOUND), ZR_NEIGHBOURS_ADDRESS_MAX);
    const zr_beacon_t newcomer = s_broker (20000);
    s_hear (&newcomer, "10.0.0.2", 0);
    assert_int_equal (s_count (ZR_DISCOVERY_FOUND), 1);
    s_hear (&old, "10.0.0.1", 5000);
    zr_neighbours_tick (s_table, 5001);
    assert_int_equal (s_count (ZR_DISCOVERY_GONE), ZR_NEIGHBOURS_ADDRESS_MAX + 1);
}

static void
test_full (void **state)
{
    (void) state;
    for (uint32_t i = 0; i < 2000; i++) {
        char from[INET_ADDRSTRLEN];
        snprintf (from, sizeof from, "10.0.%u.%u", i / 200, i % 200 + 1);
        const zr_beacon_t broker = s_broker (i);
        s_hear (&broker, from, 0);
    }
    assert_int_equal (s_count (ZR_DISCOVERY_FOUND), ZR_NEIGHBOURS_MAX);
    zr_beacon_t first = s_broker (0);
    first.video_out_port = 1; // who is in it is still heard
    s_hear (&first, "10.0.0.1", 1);
    s_assert_told (ZR_DISCOVERY_CHANGED, "10.0.0.1");
    zr_neighbours_tick (s_table, 10000);
    assert_int_equal (s_count (ZR_DISCOVERY_GONE), ZR_NEIGHBOURS_MAX);
    s_hear (&first, "10.0.0.1", 10000);
    s_assert_told (ZR_DISCOVERY_FOUND, "10.0.0.1");
}

int
main (void)
{
#define TEST(name, test)                                                               \
    {                                                                                  \
        name, test, s_setup, s_teardown, NULL                                          \
    }
    const struct CMUnitTest tests[] = {
        TEST ("one who announces itself is found, once", test_found),
        TEST ("one who is silent for more than 5 s is gone", test_silent),
        TEST ("one who says goodbye is gone at once", test_goodbye),
        TEST ("another name or port is told", test_changed),
        TEST ("heard by two ways it is one, at the first, until that is silent",
              test_two_ways),
        TEST ("what comes by another way neither changes it nor ends it",
              test_second_way_is_not_believed),
        TEST ("a goodbye by both ways is one", test_goodbye_by_both_ways),
        TEST ("ways are bounded", test_many_ways),
        TEST ("what passed before it was told is not told", test_untold),
        TEST ("10,000 programs at one address leave room for others", test_flood),
        TEST ("a full table keeps whom it has", test_full),
    };
    return cmocka_run_group_tests_name ("neighbours", tests, NULL, NULL);
}
