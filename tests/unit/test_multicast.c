// SPDX-License-Identifier: MPL-2.0
// What a multicast endpoint may be, and that a wrong one ends in words and not in
// libzmq's assertion. Nothing is sent: what would be opened cannot be.

#include "common/multicast.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
s_assert_wrong (const char *endpoint, const char *why)
{
    zr_multicast_t multicast;
    const char *wrong = zr_multicast_parse (&multicast, endpoint);
    assert_non_null (wrong);
    if (!strstr (wrong, why))
        fail_msg ("%s: %s", endpoint, wrong);
}

static void
test_kinds (void **state)
{
    (void) state;
    assert_true (zr_multicast_is ("epgm://eth0;239.192.1.1:5557"));
    assert_true (zr_multicast_is ("pgm://eth0;239.192.1.1:5557"));
    assert_false (zr_multicast_is ("tcp://eth0:5557"));
    assert_false (zr_multicast_is ("ipc://epgm://"));
}

static void
test_right (void **state)
{
    (void) state;
    zr_multicast_t multicast;
    assert_null (zr_multicast_parse (&multicast, "epgm://eth0;239.192.1.1:5557"));
    assert_string_equal (multicast.interface, "eth0");
    assert_int_equal (ntohl (multicast.group.s_addr), 0xefc00101);
    assert_int_equal (multicast.port, 5557);
    assert_null (zr_multicast_parse (&multicast, "epgm://10.0.0.7;224.0.1.1:65535"));
    assert_string_equal (multicast.interface, "10.0.0.7");
    assert_int_equal (multicast.port, 65535);
}

static void
test_interface (void **state)
{
    (void) state;
    s_assert_wrong ("epgm://239.192.1.1:5557", "the interface is missing");
    s_assert_wrong ("epgm://;239.192.1.1:5557", "the interface is missing");
    s_assert_wrong ("epgm://", "the interface is missing");
    s_assert_wrong (
        "epgm://eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
        ";239.192.1.1:5557",
        "too long");
}

static void
test_group (void **state)
{
    (void) state;
    s_assert_wrong ("epgm://eth0;10.0.0.1:5557", "no multicast address");
    s_assert_wrong ("epgm://eth0;240.0.0.1:5557", "no multicast address");
    s_assert_wrong ("epgm://eth0;224.0.0.1:5557", "belong to the network");
    s_assert_wrong ("epgm://eth0;host:5557", "no IPv4 address");
    s_assert_wrong ("epgm://eth0;:5557", "no IPv4 address");
    s_assert_wrong ("epgm://eth0;239.192.1.1;239.192.1.2:5557", "no IPv4 address");
}

static void
test_port (void **state)
{
    (void) state;
    s_assert_wrong ("epgm://eth0;239.192.1.1", "port");
    s_assert_wrong ("epgm://eth0;239.192.1.1:", "port");
    s_assert_wrong ("epgm://eth0;239.192.1.1:0", "port");
    s_assert_wrong ("epgm://eth0;239.192.1.1:65536", "port");
    s_assert_wrong ("epgm://eth0;239.192.1.1:5557x", "port");
    s_assert_wrong ("epgm://eth0;239.192.1.1:+557", "port");
}

static void
test_pgm (void **state)
{
    (void) state;
    s_assert_wrong ("pgm://eth0;239.192.1.1:5557", "epgm://");
}

// libzmq would end the program at every one of these, or take it for good.
static void
test_open (void **state)
{
    (void) state;
    static const char *const endpoints[] = {
        "epgm://no-such-one;239.192.1.1:5557", "epgm://203.0.113.9;239.192.1.1:5557",
        "epgm://lo;239.192.1.1:5557", "epgm://127.0.0.1;239.192.1.1:5557",
        "epgm://239.192.1.1:5557"};
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        zr_multicast_t multicast;
        zsock_t *socket = zsock_new (ZMQ_SUB);
        assert_int_equal (zr_multicast_open (&multicast, socket, endpoints[i], "test"),
                          -1);
        zsock_destroy (&socket);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"multicast is told from the rest by its transport", test_kinds, NULL, NULL,
         NULL},
        {"an endpoint is an interface, a group and a port", test_right, NULL, NULL,
         NULL},
        {"one without an interface is refused", test_interface, NULL, NULL, NULL},
        {"one whose group is none is refused", test_group, NULL, NULL, NULL},
        {"one without a port is refused", test_port, NULL, NULL, NULL},
        {"pgm without UDP is refused", test_pgm, NULL, NULL, NULL},
        {"an interface that cannot be used is an error and no abort", test_open, NULL,
         NULL, NULL},
    };
    return cmocka_run_group_tests_name ("multicast", tests, NULL, NULL);
}
