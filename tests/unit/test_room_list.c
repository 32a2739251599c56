// SPDX-License-Identifier: MPL-2.0
// Which rooms there are: what was heard, what answers here, each once.

#include "common/room_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALL (ZR_ROOM_CHAT | ZR_ROOM_PICTURES_OUT | ZR_ROOM_PICTURES_IN)

static zr_room_list_t *s_list;
static const zr_room_t *s_rooms[ZR_ROOM_LIST_MAX];

static int
s_setup (void **state)
{
    (void) state;
    s_list = zr_room_list_new ();
    return 0;
}

static int
s_teardown (void **state)
{
    (void) state;
    zr_room_list_destroy (&s_list);
    assert_null (s_list);
    return 0;
}

// The broker with that number, with the usual ports.
static zr_discovery_event_t
s_broker (uint32_t number, const char *name, const char *address)
{
    zr_discovery_event_t event = {.kind = ZR_DISCOVERY_FOUND,
                                  .beacon = {.kind = ZR_BEACON_BROKER,
                                             .uuid = {1},
                                             .chat_port = 5550,
                                             .video_out_port = 5555,
                                             .video_in_port = 5556},
                                  .interface = "eth0"};
    memcpy (event.beacon.uuid + 4, &number, sizeof number);
    snprintf (event.beacon.name, sizeof event.beacon.name, "%s", name);
    snprintf (event.address, sizeof event.address, "%s", address);
    return event;
}

static void
s_hear (uint32_t number, const char *name, const char *address)
{
    zr_discovery_event_t event = s_broker (number, name, address);
    zr_room_list_hear (s_list, &event, false, NULL);
}

static size_t
s_count (unsigned needs)
{
    return zr_room_list_rooms (s_list, needs, s_rooms);
}

static void
test_an_empty_list_has_nothing (void **state)
{
    (void) state;
    assert_int_equal (s_count (0), 0);
    assert_int_equal (zr_room_list_publishers (s_list, s_rooms), 0);
}

static void
test_what_is_found_is_listed_and_what_is_gone_is_not (void **state)
{
    (void) state;
    s_hear (1, "attic", "10.0.0.1");
    assert_int_equal (s_count (ALL), 1);
    assert_string_equal (s_rooms[0]->address, "10.0.0.1");
    assert_string_equal (s_rooms[0]->interface, "eth0");
    assert_string_equal (s_rooms[0]->beacon.name, "attic");
    zr_discovery_event_t event = s_broker (1, "attic", "10.0.0.1");
    event.kind = ZR_DISCOVERY_GONE;
    zr_room_list_hear (s_list, &event, false, NULL);
    assert_int_equal (s_count (0), 0);
    zr_room_list_hear (s_list, &event, false, NULL); // gone twice is nothing
    assert_int_equal (s_count (0), 0);
}

static void
test_a_change_takes_the_place_of_what_was (void **state)
{
    (void) state;
    s_hear (1, "attic", "10.0.0.1");
    zr_discovery_event_t event = s_broker (1, "attic", "10.0.1.1");
    event.kind = ZR_DISCOVERY_CHANGED;
    event.beacon.video_in_port = 0;
    zr_room_list_hear (s_list, &event, false, NULL);
    assert_int_equal (s_count (0), 1);
    assert_string_equal (s_rooms[0]->address, "10.0.1.1");
    assert_int_equal (s_count (ZR_ROOM_PICTURES_IN), 0);
}

static void
test_only_rooms_that_offer_what_is_needed_are_listed (void **state)
{
    (void) state;
    zr_discovery_event_t event = s_broker (1, "talk", "10.0.0.1");
    event.beacon.video_in_port = event.beacon.video_out_port = 0;
    zr_room_list_hear (s_list, &event, false, NULL);
    event = s_broker (2, "film", "10.0.0.2");
    event.beacon.chat_port = 0;
    zr_room_list_hear (s_list, &event, false, NULL);
    assert_int_equal (s_count (0), 2);
    assert_int_equal (s_count (ZR_ROOM_CHAT), 1);
    assert_string_equal (s_rooms[0]->beacon.name, "talk");
    assert_int_equal (s_count (ZR_ROOM_PICTURES_IN | ZR_ROOM_PICTURES_OUT), 1);
    assert_string_equal (s_rooms[0]->beacon.name, "film");
    assert_int_equal (s_count (ALL), 0);
}

static void
test_publishers_are_no_rooms (void **state)
{
    (void) state;
    zr_discovery_event_t event = s_broker (1, "cam", "10.0.0.1");
    event.beacon.kind = ZR_BEACON_PUBLISHER;
    event.beacon.chat_port = event.beacon.video_in_port = 0;
    zr_room_list_hear (s_list, &event, false, NULL);
    assert_int_equal (s_count (0), 0);
    assert_int_equal (zr_room_list_publishers (s_list, s_rooms), 1);
    assert_string_equal (s_rooms[0]->beacon.name, "cam");
}

static void
test_this_host_comes_first_then_names_in_order (void **state)
{
    (void) state;
    s_hear (1, "cellar", "10.0.0.9");
    s_hear (2, "attic", "10.0.0.3");
    s_hear (3, "attic", "10.0.0.2");
    zr_discovery_event_t event = s_broker (4, "zoo", "10.0.0.7");
    zr_room_list_hear (s_list, &event, true, NULL);
    assert_int_equal (s_count (ALL), 4);
    assert_string_equal (s_rooms[0]->beacon.name, "zoo");
    assert_string_equal (s_rooms[1]->address, "10.0.0.2");
    assert_string_equal (s_rooms[2]->address, "10.0.0.3");
    assert_string_equal (s_rooms[3]->beacon.name, "cellar");
}

static void
test_one_on_this_host_is_not_taken_twice (void **state)
{
    (void) state;
    zr_room_list_answers (s_list, ALL);
    assert_int_equal (s_count (ALL), 1);
    assert_string_equal (s_rooms[0]->address, ZR_ROOM_HERE);
    zr_discovery_event_t event = s_broker (1, "attic", "10.0.0.1");
    zr_room_list_hear (s_list, &event, true, ZR_ROOM_HERE);
    assert_int_equal (s_count (ALL), 1);
    assert_string_equal (s_rooms[0]->beacon.name, "attic");
    assert_string_equal (s_rooms[0]->address, ZR_ROOM_HERE);
    event.kind = ZR_DISCOVERY_GONE; // its beacons got lost; it still answers
    zr_room_list_hear (s_list, &event, true, ZR_ROOM_HERE);
    assert_int_equal (s_count (ALL), 1);
    zr_room_list_answers (s_list, 0);
    assert_int_equal (s_count (0), 0);
}

static void
test_a_silent_one_here_beside_another_elsewhere_is_two (void **state)
{
    (void) state;
    zr_room_list_answers (s_list, ZR_ROOM_CHAT);
    s_hear (1, "attic", "10.0.0.1");
    assert_int_equal (s_count (ZR_ROOM_CHAT), 2);
    assert_int_equal (s_count (ZR_ROOM_PICTURES_IN), 1);
    assert_string_equal (s_rooms[0]->beacon.name, "attic");
}

static void
test_only_pictures_out_here_are_a_publisher (void **state)
{
    (void) state;
    zr_room_list_answers (s_list, ZR_ROOM_PICTURES_OUT);
    assert_int_equal (s_count (0), 0);
    assert_int_equal (zr_room_list_publishers (s_list, s_rooms), 1);
    assert_string_equal (s_rooms[0]->address, ZR_ROOM_HERE);
}

static void
test_one_that_was_killed_and_started_anew_is_one (void **state)
{
    (void) state;
    s_hear (1, "attic", "10.0.0.1");
    s_hear (2, "attic", "10.0.0.1");
    assert_int_equal (s_count (ALL), 1);
    assert_int_equal (s_rooms[0]->beacon.uuid[4], 2);
    zr_discovery_event_t event = s_broker (1, "attic", "10.0.0.1");
    event.kind = ZR_DISCOVERY_GONE;
    zr_room_list_hear (s_list, &event, false, NULL);
    assert_int_equal (s_count (ALL), 1);
    event = s_broker (3, "attic", "10.0.0.1"); // another one, at other ports
    event.beacon.chat_port = 6000;
    event.beacon.video_out_port = 6005;
    event.beacon.video_in_port = 6006;
    zr_room_list_hear (s_list, &event, false, NULL);
    assert_int_equal (s_count (ALL), 2);
}

static void
test_no_more_are_kept_than_there_is_room_for (void **state)
{
    (void) state;
    char address[INET_ADDRSTRLEN];
    for (uint32_t i = 1; i <= ZR_ROOM_LIST_MAX + 3; i++) {
        snprintf (address, sizeof address, "10.0.%u.%u", i / 200, i % 200);
        s_hear (i, "attic", address);
    }
    zr_room_list_answers (s_list, ALL);
    assert_int_equal (s_count (0), ZR_ROOM_LIST_MAX);
}

static void
test_words_for_people (void **state)
{
    (void) state;
    char text[ZR_ROOM_TEXT_MAX];
    zr_room_t room;
    zr_room_here (&room);
    zr_room_describe (&room, text);
    assert_string_equal (text, "this host (127.0.0.1)");
    zr_room_endpoint (&room, ZR_ROOM_CHAT, text);
    assert_string_equal (text, "tcp://127.0.0.1:5550");
    zr_room_endpoint (&room, ZR_ROOM_PICTURES_IN, text);
    assert_string_equal (text, "tcp://127.0.0.1:5556");
    s_hear (1, "attic", "10.0.0.1");
    assert_int_equal (s_count (0), 1);
    room = *s_rooms[0];
    zr_room_describe (&room, text);
    assert_string_equal (text, "attic (10.0.0.1)");
    zr_room_address (&room, ZR_ROOM_PICTURES_OUT, text);
    assert_string_equal (text, "10.0.0.1");
    room.beacon.video_out_port = 7000;
    zr_room_address (&room, ZR_ROOM_PICTURES_OUT, text);
    assert_string_equal (text, "10.0.0.1:7000");
    zr_room_endpoint (&room, ZR_ROOM_PICTURES_OUT, text);
    assert_string_equal (text, "tcp://10.0.0.1:7000");
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, s_setup, s_teardown)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_an_empty_list_has_nothing),
        TEST (test_what_is_found_is_listed_and_what_is_gone_is_not),
        TEST (test_a_change_takes_the_place_of_what_was),
        TEST (test_only_rooms_that_offer_what_is_needed_are_listed),
        TEST (test_publishers_are_no_rooms),
        TEST (test_this_host_comes_first_then_names_in_order),
        TEST (test_one_on_this_host_is_not_taken_twice),
        TEST (test_a_silent_one_here_beside_another_elsewhere_is_two),
        TEST (test_only_pictures_out_here_are_a_publisher),
        TEST (test_one_that_was_killed_and_started_anew_is_one),
        TEST (test_no_more_are_kept_than_there_is_room_for),
        TEST (test_words_for_people),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
