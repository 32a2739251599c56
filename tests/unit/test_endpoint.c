// SPDX-License-Identifier: MPL-2.0
// Tables of what people type and what it means.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/endpoint.h"

typedef struct {
    const char *text, *endpoint;
} s_case_t;

static void
s_assert_completed (const s_case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char endpoint[ZR_ENDPOINT_MAX] = "";
        if (zr_endpoint_complete (cases[i].text, 5555, endpoint, sizeof endpoint))
            fail_msg ("\"%s\" was refused", cases[i].text);
        assert_string_equal (endpoint, cases[i].endpoint);
    }
}

static void
s_assert_refused (const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char endpoint[ZR_ENDPOINT_MAX] = "";
        if (zr_endpoint_complete (texts[i], 5555, endpoint, sizeof endpoint) != -1)
            fail_msg ("\"%s\" became \"%s\"", texts[i], endpoint);
    }
}

#define S_COUNT(array) (sizeof (array) / sizeof (array)[0])

static void
s_test_hosts (void **state)
{
    static const s_case_t cases[] = {
        {"192.168.1.5", "tcp://192.168.1.5:5555"},
        {"192.168.1.5:7000", "tcp://192.168.1.5:7000"},
        {"localhost", "tcp://localhost:5555"},
        {"my-host.example.org:1", "tcp://my-host.example.org:1"},
        {"host:65535", "tcp://host:65535"},
        {"host:07000", "tcp://host:7000"},
        {"3com", "tcp://3com:5555"},
        {"my_host", "tcp://my_host:5555"},
    };
    (void) state;
    s_assert_completed (cases, S_COUNT (cases));
}

static void
s_test_ports (void **state)
{
    static const s_case_t cases[] = {
        {"7000", "tcp://127.0.0.1:7000"},
        {"1", "tcp://127.0.0.1:1"},
        {"65535", "tcp://127.0.0.1:65535"},
        {"tcp://7000", "tcp://127.0.0.1:7000"},
    };
    static const char *const bad[] = {
        "0",
        "65536",
        "99999999999999999999",
        "host:0",
        "host:65536",
        "host:",
        "host:x",
        "host:-1",
        "host:+1",
        "[::1]:0",
        "[::1]:",
        "tcp://*:0",
        "tcp://h:70000",
        ":7000",
    };
    (void) state;
    s_assert_completed (cases, S_COUNT (cases));
    s_assert_refused (bad, S_COUNT (bad));
}

static void
s_test_wildcards (void **state)
{
    static const s_case_t cases[] = {
        {"*", "tcp://*:5555"},
        {"*:7000", "tcp://*:7000"},
        {"tcp://*:*", "tcp://*:*"},
        {"tcp://*", "tcp://*:5555"},
        {"tcp://*:5556", "tcp://*:5556"},
        {"*:*", "tcp://*:*"},
        {"127.0.0.1:!", "tcp://127.0.0.1:!"},
    };
    (void) state;
    s_assert_completed (cases, S_COUNT (cases));
}

static void
s_test_ipv6 (void **state)
{
    static const s_case_t cases[] = {
        {"::1", "tcp://[::1]:5555"},
        {"[::1]", "tcp://[::1]:5555"},
        {"[::1]:7000", "tcp://[::1]:7000"},
        {"tcp://::1", "tcp://[::1]:5555"},
        {"tcp://[::]:5555", "tcp://[::]:5555"},
        {"fe80::1%eth0", "tcp://[fe80::1%eth0]:5555"},
        {"[fe80::1%eth0]:7000", "tcp://[fe80::1%eth0]:7000"},
        {"::ffff:10.0.0.1", "tcp://[::ffff:10.0.0.1]:5555"},
    };
    static const char *const bad[] = {
        "[::1",   "::1]",   "[]",   "[::1]7000", "1:2:3",   "[1.2.3.4]",
        "::1::2", "[host]", "::1%", "::1%a/b",   "[::1]:x", ":::",
    };
    (void) state;
    s_assert_completed (cases, S_COUNT (cases));
    s_assert_refused (bad, S_COUNT (bad));
}

static void
s_test_transports (void **state)
{
    static const s_case_t cases[] = {
        {"tcp://10.0.0.1", "tcp://10.0.0.1:5555"},
        {"TCP://Host:7000", "tcp://Host:7000"},
        {"tcp://eth0;10.0.0.1", "tcp://eth0;10.0.0.1:5555"},
        {"tcp://10.0.0.2:0;[::1]:7000", "tcp://10.0.0.2:0;[::1]:7000"},
        {"ipc:///tmp/room.sock", "ipc:///tmp/room.sock"},
        {"ipc://@abstract", "ipc://@abstract"},
        {"IPC:///Tmp/A", "ipc:///Tmp/A"},
        {"inproc://test", "inproc://test"},
        {"epgm://eth0;239.1.1.1:5555", "epgm://eth0;239.1.1.1:5555"},
        {"pgm://eth0;239.1.1.1:5555", "pgm://eth0;239.1.1.1:5555"},
        {"ws://host:8080/room", "ws://host:8080/room"},
        {"ws://host", "ws://host:5555"},
    };
    static const char *const bad[] = {
        "tcp://",  "ipc://",          "://host",     "http://host", "udp://host:1",
        "wss://h", "rtsp://h/stream", "tcpx://host", "tc://host",
    };
    (void) state;
    s_assert_completed (cases, S_COUNT (cases));
    s_assert_refused (bad, S_COUNT (bad));
}

static void
s_test_no_address (void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "a b",
        "host ",
        "a\tb",
        "a\nb",
        "\x7f",
        "\x1b[2J",
        "ipc://a b",
        "/dev/video0",
        "./x.sock",
        "clip/a.mp4",
        "u@host",
        "300.1.1.1",
        "192.168.1",
        "1.2.3.4.5",
        "-host",
        ".",
        "h\xc3\xb6st",
        "a**b",
        "tcp://a/b",
        "host;7000x y",
        "a,b",
        "**",
    };
    (void) state;
    s_assert_refused (bad, S_COUNT (bad));
}

static void
s_test_size (void **state)
{
    (void) state;
    char endpoint[20], text[600];
    assert_int_equal (zr_endpoint_complete ("localhost", 5555, endpoint, 20), -1);
    assert_int_equal (zr_endpoint_complete ("localhos", 5555, endpoint, 20), 0);
    assert_string_equal (endpoint, "tcp://localhos:5555");
    assert_int_equal (zr_endpoint_complete ("ipc://0123456789abcd", 1, endpoint, 20),
                      -1);
    assert_int_equal (zr_endpoint_complete ("ipc://0123456789abc", 1, endpoint, 20), 0);
    memset (text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    s_assert_refused ((const char *const[]){text, text + 300, text + 345}, 3);
    memcpy (text, "[", 1);
    s_assert_refused ((const char *const[]){text}, 1);
    memset (text, ':', sizeof text - 1);
    s_assert_refused ((const char *const[]){text}, 1);
}

static void
s_test_wants_ipv6 (void **state)
{
    static const char *const yes[] = {"tcp://[::1]:5555", "tcp://*:5555", "tcp://*:*",
                                      "ws://[::]:80", "tcp://eth0;[fe80::1]:5555"};
    static const char *const no[] = {"tcp://127.0.0.1:5555",
                                     "tcp://localhost:5555",
                                     "ipc://[x",
                                     "ipc://*",
                                     "inproc://*",
                                     "nonsense"};
    (void) state;
    for (size_t i = 0; i < S_COUNT (yes); i++)
        assert_true (zr_endpoint_wants_ipv6 (yes[i]));
    for (size_t i = 0; i < S_COUNT (no); i++)
        assert_false (zr_endpoint_wants_ipv6 (no[i]));
}

static void
s_test_label (void **state)
{
    static const s_case_t cases[] = {
        {"tcp://192.168.1.5:5555", "192.168.1.5"},
        {"tcp://192.168.1.5:7000", "192.168.1.5:7000"},
        {"tcp://host:15555", "host:15555"},
        {"tcp://[::1]:5555", "::1"},
        {"tcp://[::1]:7000", "[::1]:7000"},
        {"tcp://*:5555", "*"},
        {"ipc:///tmp/room.sock", "/tmp/room.sock"},
        {"ipc://@room:5555", "@room:5555"},
        {"inproc://test", "inproc://test"},
        {"ws://host:5555", "ws://host:5555"},
        {"tcp://:5555", ":5555"},
    };
    (void) state;
    for (size_t i = 0; i < S_COUNT (cases); i++) {
        char label[64];
        zr_endpoint_label (cases[i].text, label, sizeof label);
        assert_string_equal (label, cases[i].endpoint);
    }
}

static void
s_test_label_cut (void **state)
{
    (void) state;
    char label[8] = "xxxxxxx";
    zr_endpoint_label ("tcp://10.0.0.1:5555", label, 5);
    assert_string_equal (label, "10.0");
    zr_endpoint_label ("ipc://abc\xc3\xa4z", label, 5);
    assert_string_equal (label, "abc");
    zr_endpoint_label ("ipc://abc", label, 1);
    assert_string_equal (label, "");
}

static void
s_test_neighbour (void **state)
{
    (void) state;
    char text[32];
    assert_int_equal (zr_endpoint_neighbour ("tcp://[::1]:5555", 1, text, sizeof text),
                      0);
    assert_string_equal (text, "tcp://[::1]:5556");
    assert_int_equal (zr_endpoint_neighbour ("tcp://h:5556", -1, text, sizeof text), 0);
    assert_string_equal (text, "tcp://h:5555");
    static const char *const none[] = {"ipc:///tmp/room", "tcp://h:*", "tcp://h:65535",
                                       "tcp://host-of-a-longer-name.lan:5555"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal (zr_endpoint_neighbour (none[i], 1, text, sizeof text), -1);
}

#define S_TEST(name, function)                                                         \
    {                                                                                  \
        name, function, NULL, NULL, NULL                                               \
    }

static void
test_a_port_that_the_network_reaches_is_told (void **state)
{
    (void) state;
    assert_int_equal (zr_endpoint_network_port ("tcp://*:5555"), 5555);
    assert_int_equal (zr_endpoint_network_port ("tcp://0.0.0.0:7000"), 7000);
    assert_int_equal (zr_endpoint_network_port ("tcp://[::]:7000"), 7000);
    assert_int_equal (zr_endpoint_network_port ("tcp://192.168.1.5:65535"), 65535);
    assert_int_equal (zr_endpoint_network_port ("tcp://eth0:7000"), 7000);
}

static void
test_a_port_that_the_network_does_not_reach_is_0 (void **state)
{
    (void) state;
    static const char *const endpoints[] = {
        "tcp://127.0.0.1:5555", "tcp://127.1.2.3:5555",
        "tcp://localhost:5555", "tcp://LocalHost:5555",
        "tcp://lo:5555",        "tcp://[::1]:5555",
        "tcp://[fe80::1]:5555", "tcp://*:*",
        "ipc:///tmp/room",      "inproc://room",
        "ws://*:5555",          "epgm://eth0;239.1.1.1:5555"};
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        assert_int_equal (zr_endpoint_network_port (endpoints[i]), 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_port_that_the_network_reaches_is_told),
        cmocka_unit_test (test_a_port_that_the_network_does_not_reach_is_0),
        S_TEST ("a host gets transport and port", s_test_hosts),
        S_TEST ("a port alone is this host's, and bad ones are refused", s_test_ports),
        S_TEST ("wildcards to bind are kept", s_test_wildcards),
        S_TEST ("IPv6 literals get brackets, and bad ones are refused", s_test_ipv6),
        S_TEST ("known transports are kept, others are refused", s_test_transports),
        S_TEST ("what is no address is refused", s_test_no_address),
        S_TEST ("what does not fit is refused", s_test_size),
        S_TEST ("IPv6 is wanted by literals and by *", s_test_wants_ipv6),
        S_TEST ("a label leaves out what goes without saying", s_test_label),
        S_TEST ("the endpoint at the next port", s_test_neighbour),
        S_TEST ("a label is cut between characters", s_test_label_cut),
    };
    return cmocka_run_group_tests_name ("endpoint", tests, NULL, NULL);
}
