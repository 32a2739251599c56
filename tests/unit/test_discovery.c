// SPDX-License-Identifier: MPL-2.0
// The thread's beginning and end, with no interface to send on: what goes over a
// network is tested in tests/lan, in namespaces.

#include "common/discovery.h"

#include <czmq.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const zr_beacon_t s_own = {
    .kind = ZR_BEACON_BROKER, .uuid = {1}, .chat_port = 5550, .name = "attic"};

static int
s_forbid (void **state)
{
    (void) state;
    return setenv ("ZROOM_INTERFACES", "none", 1);
}

static void
test_none (void **state)
{
    (void) state;
    zr_discovery_t *discovery = zr_discovery_new (&s_own, true);
    zr_discovery_event_t event;
    char text[ZR_DISCOVERY_INTERFACES_MAX];
    zr_discovery_interfaces (discovery, text, sizeof text);
    assert_string_equal (text, "none");
    assert_true (zsock_is (zsock_resolve (zr_discovery_pollable (discovery))) ||
                 zactor_is (zr_discovery_pollable (discovery)));
    assert_int_equal (zr_discovery_read (discovery, &event), -1);
    zr_discovery_destroy (&discovery);
    assert_null (discovery);
    zr_discovery_destroy (&discovery);
}

static void
test_ends_at_once (void **state)
{
    (void) state;
    int64_t start_ms = zclock_mono ();
    for (int i = 0; i < 20; i++) {
        zr_discovery_t *announcer = zr_discovery_new (&s_own, false);
        zr_discovery_t *listener = zr_discovery_new (NULL, true);
        zr_discovery_destroy (&announcer);
        zr_discovery_destroy (&listener);
    }
    assert_in_range (zclock_mono () - start_ms, 0, 5000); // 40 ends
}

static void
test_environment (void **state)
{
    (void) state;
    zr_discovery_t *discovery = zr_discovery_new (NULL, true);
    char text[ZR_DISCOVERY_INTERFACES_MAX];
    setenv ("ZROOM_INTERFACES", "", 1); // read when it began
    zr_discovery_interfaces (discovery, text, sizeof text);
    setenv ("ZROOM_INTERFACES", "none", 1);
    assert_string_equal (text, "none");
    zr_discovery_destroy (&discovery);
}

static void
test_local (void **state)
{
    (void) state;
    assert_true (zr_discovery_is_local ("127.0.0.1"));
    assert_false (zr_discovery_is_local ("203.0.113.77"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"with no interface allowed it is quiet, and ends", test_none, s_forbid, NULL,
         NULL},
        {"it ends at once", test_ends_at_once, s_forbid, NULL, NULL},
        {"which interfaces are allowed is settled when it begins", test_environment,
         s_forbid, NULL, NULL},
        {"an address of this machine is local", test_local, s_forbid, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("discovery", tests, NULL, NULL);
}
