// SPDX-License-Identifier: MPL-2.0
// What follows from the rooms that there are, and what a person answers. That rooms are
// found and waited for is tested on separate hosts (tests/lan).

#include "common/room_finder.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/options.h"

static void
test_one_is_taken_several_are_asked_for_and_none_is_waited_for (void **state)
{
    (void) state;
    assert_int_equal (zr_room_finder_choose (0, true), ZR_ROOM_WAIT);
    assert_int_equal (zr_room_finder_choose (0, false), ZR_ROOM_WAIT);
    assert_int_equal (zr_room_finder_choose (1, true), ZR_ROOM_TAKE);
    assert_int_equal (zr_room_finder_choose (1, false), ZR_ROOM_TAKE);
    assert_int_equal (zr_room_finder_choose (2, true), ZR_ROOM_ASK);
    assert_int_equal (zr_room_finder_choose (2, false), ZR_ROOM_REFUSE);
}

static void
test_an_answer_is_a_number_of_the_list_or_nothing_for_the_first (void **state)
{
    (void) state;
    assert_int_equal (zr_room_finder_read_answer ("\n", 3), 0);
    assert_int_equal (zr_room_finder_read_answer ("", 3), 0);
    assert_int_equal (zr_room_finder_read_answer ("  \n", 3), 0);
    assert_int_equal (zr_room_finder_read_answer ("1\n", 3), 0);
    assert_int_equal (zr_room_finder_read_answer (" 3 \r\n", 3), 2);
    assert_int_equal (zr_room_finder_read_answer ("0\n", 3), -1);
    assert_int_equal (zr_room_finder_read_answer ("4\n", 3), -1);
    assert_int_equal (zr_room_finder_read_answer ("-1\n", 3), -1);
    assert_int_equal (zr_room_finder_read_answer ("2x\n", 3), -1);
    assert_int_equal (zr_room_finder_read_answer ("attic\n", 3), -1);
    assert_int_equal (zr_room_finder_read_answer ("1 2\n", 3), -1);
    assert_int_equal (zr_room_finder_read_answer ("99999999999999999999\n", 3), -1);
}

static void
test_a_list_is_in_columns_with_numbers_or_with_what_to_type (void **state)
{
    (void) state;
    zr_room_t here, attic = {.beacon = {.kind = ZR_BEACON_BROKER,
                                        .name = "küche-oben",
                                        .chat_port = 6000},
                             .address = "10.77.0.5",
                             .interface = "eth0"};
    zr_room_here (&here);
    const zr_room_t *rooms[] = {&here, &attic};
    char *text = zr_room_finder_print (rooms, 2, NULL, ZR_ROOM_CHAT);
    assert_string_equal (text, "  1  this host   127.0.0.1\n"
                               "  2  küche-oben  10.77.0.5:6000  eth0\n");
    free (text);
    text = zr_room_finder_print (rooms, 2, "zroom-chat", ZR_ROOM_CHAT);
    assert_string_equal (text, "  zroom-chat 127.0.0.1        # this host\n"
                               "  zroom-chat 10.77.0.5:6000   # küche-oben, on eth0\n");
    free (text);
}

static void
test_a_port_of_this_host_answers_or_does_not (void **state)
{
    (void) state;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl (INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal (bind (fd, (const struct sockaddr *) &address, sizeof address), 0);
    assert_int_equal (getsockname (fd, (struct sockaddr *) &address, &size), 0);
    int port = ntohs (address.sin_port);
    assert_false (zr_room_finder_is_answered (port)); // bound, but does not listen
    assert_int_equal (listen (fd, 1), 0);
    assert_true (zr_room_finder_is_answered (port));
    close (fd);
}

static void
test_without_networks_it_is_this_host_at_once (void **state)
{
    (void) state;
    const zr_room_wanted_t wanted = {.needs = ZR_ROOM_CHAT,
                                     .typed = ZR_ROOM_CHAT,
                                     .command = "zroom-chat",
                                     .stop_fd = -1};
    zr_room_t room;
    assert_int_equal (setenv ("ZROOM_INTERFACES", "none", 1), 0);
    zr_room_finder_t *finder = zr_room_finder_new ();
    assert_true (zr_room_finder_is_alone (finder));
    zr_room_finder_destroy (&finder);
    zr_room_finder_destroy (&finder);
    assert_int_equal (zr_room_finder_find_once (&wanted, &room), ZR_OPTIONS_GO);
    assert_string_equal (room.address, "127.0.0.1");
    assert_int_equal (room.beacon.chat_port, 5550);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_one_is_taken_several_are_asked_for_and_none_is_waited_for),
        cmocka_unit_test (
            test_an_answer_is_a_number_of_the_list_or_nothing_for_the_first),
        cmocka_unit_test (test_a_list_is_in_columns_with_numbers_or_with_what_to_type),
        cmocka_unit_test (test_a_port_of_this_host_answers_or_does_not),
        cmocka_unit_test (test_without_networks_it_is_this_host_at_once),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
