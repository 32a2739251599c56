// SPDX-License-Identifier: MPL-2.0
// peers: finding connections by routing id, number and descriptor while they come and
// go.

#include "broker/peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static zr_peers_entry_t *
s_add (zr_peers_t *peers, uint32_t name)
{
    uint8_t id[5] = {0};
    memcpy (id, &name, sizeof name);
    return zr_peers_at (peers, id, sizeof id);
}

static void
test_by_id (void **state)
{
    (void) state;
    zr_peers_t *peers = zr_peers_new ();
    zr_peers_entry_t *first = s_add (peers, 1), *second = s_add (peers, 2);
    assert_ptr_not_equal (first, second);
    assert_int_not_equal (first->peer, second->peer);
    assert_int_equal (first->fd, -1);
    assert_ptr_equal (s_add (peers, 1), first);
    assert_ptr_equal (s_add (peers, 2), second);
    zr_peers_destroy (&peers);
    assert_null (peers);
}

static void
test_by_number (void **state)
{
    (void) state;
    zr_peers_t *peers = zr_peers_new ();
    zr_peers_entry_t *first = s_add (peers, 1), *second = s_add (peers, 2);
    zr_room_peer_t gone = first->peer;
    assert_null (zr_peers_by_number (peers, 0));
    assert_ptr_equal (zr_peers_by_number (peers, first->peer), first);
    assert_null (zr_peers_by_number (peers, second->peer + 1));
    assert_null (zr_peers_by_number (peers, gone + ZR_PEERS_MAX));
    zr_peers_remove (peers, &first);
    assert_null (first);
    assert_null (zr_peers_by_number (peers, gone));
    assert_ptr_equal (zr_peers_by_number (peers, second->peer), second);
    assert_int_not_equal (s_add (peers, 1)->peer, gone);
    zr_peers_destroy (&peers);
}

static void
test_by_fd (void **state)
{
    (void) state;
    zr_peers_t *peers = zr_peers_new ();
    zr_peers_entry_t *first = s_add (peers, 1), *second = s_add (peers, 2);
    first->fd = second->fd = 7;
    first->closed = true;
    assert_ptr_equal (zr_peers_by_fd (peers, 7), second);
    assert_null (zr_peers_by_fd (peers, 8));
    zr_peers_destroy (&peers);
}

// Whether all that are walked over are found, each once, by their number.
static void
s_assert_whole (zr_peers_t *peers, size_t expected)
{
    size_t count;
    zr_peers_entry_t *const *all = zr_peers_all (peers, &count);
    assert_int_equal (count, expected);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal (zr_peers_by_number (peers, all[i]->peer), all[i]);
}

static void
test_full (void **state)
{
    (void) state;
    zr_peers_t *peers = zr_peers_new ();
    for (uint32_t name = 0; name < ZR_PEERS_MAX; name++)
        assert_non_null (s_add (peers, name));
    assert_null (s_add (peers, ZR_PEERS_MAX));
    assert_non_null (s_add (peers, 0));
    s_assert_whole (peers, ZR_PEERS_MAX);
    // the two free numbers are found again among all that are taken
    zr_peers_entry_t *gone[] = {s_add (peers, 5), s_add (peers, ZR_PEERS_MAX - 1)};
    zr_peers_remove (peers, &gone[0]);
    zr_peers_remove (peers, &gone[1]);
    s_assert_whole (peers, ZR_PEERS_MAX - 2);
    assert_non_null (s_add (peers, ZR_PEERS_MAX));
    assert_non_null (s_add (peers, ZR_PEERS_MAX + 1));
    assert_null (s_add (peers, ZR_PEERS_MAX + 2));
    s_assert_whole (peers, ZR_PEERS_MAX);
    zr_peers_destroy (&peers);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a connection is made once and found by its routing id", test_by_id, NULL,
         NULL, NULL},
        {"a number leads to its connection and to no later one", test_by_number, NULL,
         NULL, NULL},
        {"a descriptor leads to the connection that has it now", test_by_fd, NULL, NULL,
         NULL},
        {"as many connections as there may be come and go", test_full, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
