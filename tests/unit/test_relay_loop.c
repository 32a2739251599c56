// SPDX-License-Identifier: MPL-2.0
// Rings of brokers. A ring is played through with the rule alone.

#include "broker/relay_loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOLD_MS 2000
#define LOW "00000000000000000000000000000001"
#define HIGH "f0000000000000000000000000000000"
#define OTHER "80000000000000000000000000000000"

static bool
s_judge (zr_relay_loop_t *loop, const char *own, const char *upstream,
         const char *above, int64_t now_ms)
{
    zr_room_self_t room = {0};
    memcpy (room.id, upstream, sizeof room.id);
    if (above)
        zr_room_self_add_above (&room, above);
    return zr_relay_loop_judge (loop, own, &room, now_ms, HOLD_MS);
}

static void
s_fine (void **state)
{
    (void) state;
    zr_relay_loop_t loop = {0};
    assert_false (s_judge (&loop, LOW, HIGH, NULL, 1));
    assert_false (s_judge (&loop, LOW, HIGH, OTHER, 500));
}

static void
s_itself (void **state)
{
    (void) state;
    zr_relay_loop_t loop = {0};
    assert_true (s_judge (&loop, LOW, LOW, NULL, 1));
}

static void
s_low (void **state)
{
    (void) state;
    zr_relay_loop_t loop = {0};
    assert_true (s_judge (&loop, LOW, HIGH, LOW, 1));
}

static void
s_high (void **state)
{
    (void) state;
    zr_relay_loop_t loop = {0};
    assert_false (s_judge (&loop, HIGH, LOW, HIGH, 1));
    assert_false (s_judge (&loop, HIGH, LOW, HIGH, 3000));
    assert_true (s_judge (&loop, HIGH, LOW, HIGH, 3001));
    loop = (zr_relay_loop_t){0};
    s_judge (&loop, HIGH, LOW, HIGH, 1);
    s_judge (&loop, HIGH, LOW, NULL, 2000); // the other one gave way
    assert_false (s_judge (&loop, HIGH, LOW, HIGH, 4000));
}

static void
s_recovers (void **state)
{
    (void) state;
    zr_relay_loop_t loop = {0};
    s_judge (&loop, LOW, HIGH, LOW, 1);
    assert_true (s_judge (&loop, LOW, HIGH, NULL, 1000));
    assert_true (s_judge (&loop, LOW, HIGH, LOW, 2000)); // seen again: from the start
    assert_true (s_judge (&loop, LOW, HIGH, NULL, 2500));
    assert_true (s_judge (&loop, LOW, HIGH, NULL, 4400));
    assert_false (s_judge (&loop, LOW, HIGH, NULL, 4500));
}

// Three brokers, each the next one's upstream, all started at once.
static void
s_ring (void **state)
{
    (void) state;
    zr_room_self_t rooms[3] = {{.id = LOW}, {.id = OTHER}, {.id = HIGH}};
    zr_relay_loop_t loops[3] = {{0}};
    bool heard[3] = {false};
    int changes = 0;
    for (int64_t now_ms = 1; now_ms < 60000; now_ms += 500) {
        zr_room_self_t former[3];
        memcpy (former, rooms, sizeof former);
        for (int i = 0; i < 3; i++) {
            const zr_room_self_t *upstream = &former[(i + 1) % 3];
            bool before = loops[i].refused;
            bool refused = zr_relay_loop_judge (&loops[i], rooms[i].id, upstream,
                                                now_ms, 1000 + 900 * i);
            changes += now_ms > 30000 && refused != before;
            heard[i] = true;
            rooms[i].above_count = 0;
            if (refused)
                continue;
            zr_room_self_add_above (&rooms[i], upstream->id);
            for (int n = 0; n < upstream->above_count; n++)
                zr_room_self_add_above (&rooms[i], upstream->above[n]);
        }
    }
    int refused = loops[0].refused + loops[1].refused + loops[2].refused;
    assert_true (heard[0] && heard[1] && heard[2]);
    assert_int_equal (changes, 0);
    assert_int_equal (refused, 1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"an upstream that does not know us is fine", s_fine, NULL, NULL, NULL},
        {"we are not our own upstream", s_itself, NULL, NULL, NULL},
        {"of two who see a loop the smaller id refuses at once", s_low, NULL, NULL,
         NULL},
        {"the other one refuses if the loop is still there after 3 s", s_high, NULL,
         NULL, NULL},
        {"when the loop is gone for a while it is tried again", s_recovers, NULL, NULL,
         NULL},
        {"a ring of three is cut once and stays so", s_ring, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("relay_loop", tests, NULL, NULL);
}
