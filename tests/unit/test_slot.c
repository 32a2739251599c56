// SPDX-License-Identifier: MPL-2.0
// The slot: newest wins, nothing is lost unseen or handed out twice, one wake-up for
// each time that it was filled. The last test runs two plain threads, for the thread
// sanitizer too.

#include "common/slot.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define ITEMS 100000

static void
s_count_up (void *arg)
{
    ++*(int *) arg;
}

static void
s_take_what_was_put (void **state)
{
    (void) state;
    int item;
    zr_slot_t *slot = zr_slot_new (NULL, NULL);
    assert_null (zr_slot_take (slot));
    for (int i = 0; i < 3; i++) {
        assert_null (zr_slot_put (slot, &item));
        assert_ptr_equal (zr_slot_take (slot), &item);
        assert_null (zr_slot_take (slot));
    }
    zr_slot_destroy (&slot);
    assert_null (slot);
    zr_slot_destroy (&slot);
}

static void
s_newest_wins (void **state)
{
    (void) state;
    int items[3];
    zr_slot_t *slot = zr_slot_new (NULL, NULL);
    assert_null (zr_slot_put (slot, &items[0]));
    assert_ptr_equal (zr_slot_put (slot, &items[1]), &items[0]);
    assert_ptr_equal (zr_slot_put (slot, &items[2]), &items[1]);
    assert_ptr_equal (zr_slot_take (slot), &items[2]);
    assert_null (zr_slot_take (slot));
    zr_slot_destroy (&slot);
}

static void
s_one_wake_up (void **state)
{
    (void) state;
    int item, woken = 0;
    zr_slot_t *slot = zr_slot_new (s_count_up, &woken);
    assert_null (zr_slot_take (slot));
    assert_int_equal (woken, 0);
    for (int i = 0; i < 5; i++)
        zr_slot_put (slot, &item);
    assert_int_equal (woken, 1);
    zr_slot_take (slot);
    assert_int_equal (woken, 1);
    zr_slot_put (slot, &item);
    assert_int_equal (woken, 2);
    zr_slot_take (slot);
    zr_slot_destroy (&slot);
}

typedef struct {
    int number;
    int ends; // how often it came out: must be 1
} s_item_t;

typedef struct {
    zr_slot_t *slot;
    atomic_int taken;
    bool in_order;
} s_taker_t;

// Takes until the last item came.
static void *
s_run_taker (void *arg)
{
    s_taker_t *self = arg;
    int last = -1;
    self->in_order = true;
    while (last < ITEMS - 1) {
        s_item_t *item = zr_slot_take (self->slot);
        if (!item) {
            sched_yield ();
            continue;
        }
        item->ends++;
        atomic_fetch_add_explicit (&self->taken, 1, memory_order_relaxed);
        self->in_order = self->in_order && item->number > last;
        last = item->number;
    }
    return NULL;
}

static void
s_two_threads (void **state)
{
    (void) state;
    static s_item_t items[ITEMS];
    int woken = 0, replaced = 0;
    s_taker_t taker = {.slot = zr_slot_new (s_count_up, &woken)};
    pthread_t thread;
    assert_int_equal (pthread_create (&thread, NULL, s_run_taker, &taker), 0);
    for (int i = 0; i < ITEMS; i++) {
        items[i].number = i;
        s_item_t *former = zr_slot_put (taker.slot, &items[i]);
        if (former) {
            former->ends++;
            replaced++;
        }
        // Every now and then the taker gets its turn, however few processors there are;
        // relaxed, so that the thread sanitizer sees no order in it.
        int taken = atomic_load_explicit (&taker.taken, memory_order_relaxed);
        while (i % 1000 == 0 && taken <= i / 1000) {
            sched_yield ();
            taken = atomic_load_explicit (&taker.taken, memory_order_relaxed);
        }
    }
    pthread_join (thread, NULL);
    assert_null (zr_slot_take (taker.slot));
    assert_int_equal (taker.taken + replaced, ITEMS);
    assert_int_equal (woken, taker.taken);
    assert_in_range (taker.taken, ITEMS / 1000, ITEMS);
    assert_true (taker.in_order);
    for (int i = 0; i < ITEMS; i++)
        assert_int_equal (items[i].ends, 1);
    zr_slot_destroy (&taker.slot);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"what was put is taken once", s_take_what_was_put, NULL, NULL, NULL},
        {"the newest item wins and the older one comes back", s_newest_wins, NULL, NULL,
         NULL},
        {"only filling an empty slot wakes up", s_one_wake_up, NULL, NULL, NULL},
        {"of 100,000 items between two threads none is lost or doubled", s_two_threads,
         NULL, NULL, NULL},
    };
    alarm (60); // with a broken slot two threads may wait for ever
    return cmocka_run_group_tests_name ("slot", tests, NULL, NULL);
}
