// SPDX-License-Identifier: MPL-2.0
// Which interfaces a setting allows, and how they are told. What this machine has is
// only looked at; nothing is sent.

#include "common/interfaces.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static zr_interface_t
s_interface (const char *name, unsigned index, const char *address, const char *netmask)
{
    zr_interface_t interface = {.index = index};
    snprintf (interface.name, sizeof interface.name, "%s", name);
    assert_int_equal (inet_pton (AF_INET, address, &interface.address), 1);
    assert_int_equal (inet_pton (AF_INET, netmask, &interface.netmask), 1);
    return interface;
}

static struct in_addr
s_address (const char *text)
{
    struct in_addr address;
    assert_int_equal (inet_pton (AF_INET, text, &address), 1);
    return address;
}

static void
test_unset (void **state)
{
    (void) state;
    assert_true (zr_interfaces_allow (NULL, "eth0"));
    assert_true (zr_interfaces_allow ("", "eth0"));
}

static void
test_names (void **state)
{
    (void) state;
    assert_true (zr_interfaces_allow ("eth0", "eth0"));
    assert_true (zr_interfaces_allow ("wlan0,eth0", "eth0"));
    assert_true (zr_interfaces_allow (" wlan0 , eth0 ", "eth0"));
    assert_true (zr_interfaces_allow (",,eth0,,", "eth0"));
    assert_false (zr_interfaces_allow ("eth0", "eth"));
    assert_false (zr_interfaces_allow ("eth0", "eth01"));
    assert_false (zr_interfaces_allow ("wlan0,eth1", "eth0"));
    assert_false (zr_interfaces_allow (" , ", "eth0"));
}

static void
test_none (void **state)
{
    (void) state;
    zr_interface_t interfaces[ZR_INTERFACES_MAX];
    assert_false (zr_interfaces_allow ("none", "eth0"));
    assert_false (zr_interfaces_allow ("none", "none"));
    assert_int_equal (zr_interfaces_list ("none", interfaces), 0);
}

static void
test_find (void **state)
{
    (void) state;
    const zr_interface_t list[] = {
        s_interface ("eth0", 2, "10.77.0.1", "255.255.255.0"),
        s_interface ("eth0", 2, "192.168.1.7", "255.255.0.0"),
        s_interface ("wlan0", 3, "10.77.0.9", "255.255.255.0"),
    };
    assert_ptr_equal (zr_interfaces_find (list, 3, 2, s_address ("10.77.0.200")), list);
    assert_ptr_equal (zr_interfaces_find (list, 3, 2, s_address ("192.168.77.1")),
                      list + 1);
    assert_ptr_equal (zr_interfaces_find (list, 3, 3, s_address ("10.77.0.1")),
                      list + 2);
    assert_null (zr_interfaces_find (list, 3, 2, s_address ("10.77.1.1"))); // routed
    assert_null (zr_interfaces_find (list, 3, 4, s_address ("10.77.0.1")));
    assert_null (zr_interfaces_find (list, 0, 2, s_address ("10.77.0.1")));
}

static void
test_print (void **state)
{
    (void) state;
    const zr_interface_t list[] = {
        s_interface ("eth0", 2, "192.168.1.7", "255.255.255.0"),
        s_interface ("wlan0", 3, "10.0.0.3", "255.0.0.0"),
    };
    char text[64];
    zr_interfaces_print (list, 0, text, sizeof text);
    assert_string_equal (text, "none");
    zr_interfaces_print (list, 1, text, sizeof text);
    assert_string_equal (text, "eth0 (192.168.1.7)");
    zr_interfaces_print (list, 2, text, sizeof text);
    assert_string_equal (text, "eth0 (192.168.1.7), wlan0 (10.0.0.3)");
}

static void
test_print_cut (void **state)
{
    (void) state;
    const zr_interface_t list[] = {
        s_interface ("eth0", 2, "192.168.1.7", "255.255.255.0"),
        s_interface ("wlan0", 3, "10.0.0.3", "255.0.0.0"),
    };
    for (size_t size = 1; size < 37; size++) {
        char *text = malloc (size);
        assert_non_null (text);
        zr_interfaces_print (list, 2, text, size);
        assert_string_equal (text, size > 18 ? "eth0 (192.168.1.7)" : "");
        free (text);
    }
}

static void
test_here (void **state)
{
    (void) state;
    assert_true (zr_interfaces_are_at ("127.0.0.1"));
    assert_true (zr_interfaces_are_at ("127.9.9.9"));
    assert_false (zr_interfaces_are_at ("203.0.113.77")); // RFC 5737: nobody's
    assert_false (zr_interfaces_are_at (""));
    assert_false (zr_interfaces_are_at ("localhost"));
    assert_false (zr_interfaces_are_at ("::1"));
    zr_interface_t interfaces[ZR_INTERFACES_MAX];
    size_t count = zr_interfaces_list (NULL, interfaces);
    assert_in_range (count, 0, ZR_INTERFACES_MAX);
    for (size_t i = 0; i < count; i++) {
        char address[INET_ADDRSTRLEN];
        inet_ntop (AF_INET, &interfaces[i].address, address, sizeof address);
        assert_true (zr_interfaces_are_at (address));
        assert_true (strncmp (address, "127.", 4) != 0);
        assert_true (strlen (interfaces[i].name) > 0 && interfaces[i].index > 0);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"without a setting every interface is allowed", test_unset, NULL, NULL, NULL},
        {"a setting allows those that it names", test_names, NULL, NULL, NULL},
        {"none allows none", test_none, NULL, NULL, NULL},
        {"what was routed here came by none of the interfaces", test_find, NULL, NULL,
         NULL},
        {"interfaces are told with their addresses", test_print, NULL, NULL, NULL},
        {"what does not fit is left out as a whole", test_print_cut, NULL, NULL, NULL},
        {"this machine knows its own addresses", test_here, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("interfaces", tests, NULL, NULL);
}
