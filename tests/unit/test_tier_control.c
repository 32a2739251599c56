// SPDX-License-Identifier: MPL-2.0
// The choice of a tier, played against a simulated link: a publisher of 30 pictures a
// second, a bottleneck of so many kbit/s that all connections share, a sender's mark of
// 1 on each (a picture is on its way, one waits, further ones are lost), and a receiver
// that does what it is told. Time goes in steps of a millisecond.

#include "subscriber/tier_control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C (1000)
#define S INT64_C (1000000)
#define START_US (1000 * S)
#define UNIX_US (INT64_C (1800000000) * S) // beside which the two clocks differ
#define ALL (1 << ZR_TIER_FULL | 1 << ZR_TIER_HALF | 1 << ZR_TIER_QUARTER)

// Bits of a picture: 15, 4.5 and 1.5 Mbit/s.
static const double s_bits[ZR_TIERS] = {500000, 150000, 50000};

typedef struct {
    bool open;
    double left;          // bits of the picture on its way, 0: none
    zr_meta_t way, waits; // known: there is one
} s_link_t;

typedef struct {
    zr_tier_control_t control;
    zr_tier_facts_t facts;
    int64_t now_us, clock_us; // clock_us: the publisher's clock ahead of ours
    double kbit_s;
    s_link_t links[ZR_TIERS];
    zr_tier_t shown; // the tier that is
    zr_tier_goal_t goal;
    uint64_t seq;
    int64_t delay_us; // of the way
    bool silent;      // the publisher sends nothing
    int changes;      // of what is shown
    int trials;
    double age_sum;
    int ages;
} s_world_t;

static int
s_set_up (void **state)
{
    s_world_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    self->now_us = START_US;
    self->kbit_s = 100000;
    self->delay_us = 2 * MS;
    self->shown = ZR_TIER_NONE;
    self->facts = (zr_tier_facts_t){
        .offered = ALL,
        .width = 1280,
        .height = 720,
        .fps = 30,
        .tile_width = 1280,
        .tile_height = 720,
        .pinned = ZR_TIER_NONE,
    };
    zr_tier_control_init (&self->control, self->now_us);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    free (*state);
    return 0;
}

static void
s_choose (s_world_t *self)
{
    bool tried = self->goal.trial;
    self->goal = zr_tier_control_choose (&self->control, &self->facts, self->now_us);
    self->trials += self->goal.trial && !tried;
    for (zr_tier_t tier = ZR_TIER_FULL; tier < ZR_TIERS; tier++) {
        bool open = self->goal.tier != ZR_TIER_NONE &&
                    (tier == self->goal.tier || tier == self->shown);
        if (!open)
            self->links[tier] = (s_link_t){0};
        self->links[tier].open = open;
    }
    if (self->goal.tier == ZR_TIER_NONE)
        self->shown = ZR_TIER_NONE;
}

static void
s_arrive (s_world_t *self, zr_tier_t tier)
{
    s_link_t *link = &self->links[tier];
    const zr_meta_t *meta = &link->way;
    int64_t unix_us = UNIX_US + self->now_us + self->delay_us;
    zr_tier_control_picture (&self->control, tier, meta, unix_us, self->now_us);
    if (tier == self->goal.tier && tier != self->shown &&
        (!self->goal.trial || self->shown == ZR_TIER_NONE)) {
        self->changes += self->shown != ZR_TIER_NONE;
        self->shown = tier;
    }
    if (tier == self->shown) {
        self->age_sum += (double) (unix_us + self->clock_us - meta->time_us);
        self->ages++;
    }
}

static void
s_send (s_world_t *self)
{
    const zr_meta_t meta = {true, ++self->seq, UNIX_US + self->now_us + self->clock_us};
    for (zr_tier_t tier = ZR_TIER_FULL; tier < ZR_TIERS && !self->silent; tier++)
        if (self->links[tier].open && !self->links[tier].waits.known)
            self->links[tier].waits = meta;
}

static void
s_step (s_world_t *self)
{
    int busy = 0;
    for (zr_tier_t tier = ZR_TIER_FULL; tier < ZR_TIERS; tier++) {
        s_link_t *link = &self->links[tier];
        if (!link->way.known && link->waits.known) {
            link->way = link->waits;
            link->waits.known = false;
            link->left = s_bits[tier];
        }
        busy += link->way.known;
    }
    for (zr_tier_t tier = ZR_TIER_FULL; tier < ZR_TIERS; tier++) {
        s_link_t *link = &self->links[tier];
        if (!link->way.known)
            continue;
        link->left -= self->kbit_s / busy; // kbit/s are bits a millisecond
        if (link->left <= 0) {
            s_arrive (self, tier);
            link->way.known = false;
        }
    }
}

static void
s_run_ms (s_world_t *self, int duration_ms)
{
    for (int ms = 0; ms < duration_ms; ms++) {
        if (ms % 100 == 0)
            s_choose (self);
        if (ms % 33 == 0)
            s_send (self);
        s_step (self);
        self->now_us += MS;
    }
}

static void
s_run (s_world_t *self, int seconds)
{
    self->age_sum = self->ages = 0;
    s_run_ms (self, seconds * 1000);
}

static void
s_free_link (void **state)
{
    s_world_t *self = *state;
    s_run (self, 120);
    assert_int_equal (self->shown, ZR_TIER_FULL);
    assert_int_equal (self->changes + self->trials, 0);
}

static void
s_slow_link (void **state)
{
    s_world_t *self = *state;
    self->kbit_s = 6000;
    s_run (self, 3);
    assert_int_equal (self->shown, ZR_TIER_HALF);
    int changes = self->changes;
    s_run (self, 300);
    assert_int_equal (self->shown, ZR_TIER_HALF);
    assert_int_equal (self->changes, changes); // what was tried was never shown
    assert_in_range (self->trials, 2, 12);
    assert_true (self->age_sum / self->ages < 100.0 * MS);
}

static void
s_very_slow_link (void **state)
{
    s_world_t *self = *state;
    self->kbit_s = 2000;
    s_run (self, 6);
    assert_int_equal (self->shown, ZR_TIER_QUARTER);
    s_run (self, 300);
    assert_int_equal (self->shown, ZR_TIER_QUARTER);
    assert_in_range (self->changes, 2, 2);
}

static void
s_room_again (void **state)
{
    s_world_t *self = *state;
    s_run (self, 10);
    self->kbit_s = 2000;
    s_run (self, 10);
    assert_int_equal (self->shown, ZR_TIER_QUARTER);
    self->kbit_s = 100000;
    s_run (self, 25);
    assert_int_equal (self->shown, ZR_TIER_FULL);
    int changes = self->changes;
    s_run (self, 60);
    assert_int_equal (self->changes, changes);
}

static void
s_waits_double (void **state)
{
    s_world_t *self = *state;
    self->kbit_s = 6000;
    s_run (self, 20);
    int first = self->trials;
    assert_in_range (first, 1, 2);
    s_run (self, 200);
    int then = self->trials;
    s_run (self, 200);
    assert_in_range (self->trials - then, 5, 7); // half a minute between them by now
    // And after a calm time at full the first wait is short again.
    self->kbit_s = 100000;
    s_run (self, 130);
    assert_int_equal (self->shown, ZR_TIER_FULL);
    s_run (self, 300);
    self->kbit_s = 6000;
    s_run (self, 3);
    assert_int_equal (self->shown, ZR_TIER_HALF);
    self->kbit_s = 100000;
    s_run (self, 12);
    assert_int_equal (self->shown, ZR_TIER_FULL);
}

static void
s_trial_that_shows (void **state)
{
    s_world_t *self = *state;
    self->kbit_s = 6000;
    s_run (self, 3);
    assert_int_equal (self->shown, ZR_TIER_HALF);
    for (int i = 0; i < 300 && !self->goal.trial; i++)
        s_run_ms (self, 100);
    assert_true (self->goal.trial);
    self->silent = true; // longer than a stream of 30 a second is silent
    s_run_ms (self, 400);
    assert_false (self->goal.trial);
    assert_int_equal (self->goal.tier, ZR_TIER_HALF);
}

static void
s_clocks (void **state)
{
    s_world_t *self = *state;
    static const int64_t ahead_us[] = {-3600 * S, -S, S, 3600 * S};
    for (size_t i = 0; i < sizeof ahead_us / sizeof *ahead_us; i++) {
        zr_tier_control_init (&self->control, self->now_us);
        self->shown = ZR_TIER_NONE;
        self->clock_us = ahead_us[i];
        s_run (self, 20);
        assert_int_equal (self->shown, ZR_TIER_FULL);
    }
}

static void
s_clock_set_back (void **state)
{
    s_world_t *self = *state;
    s_run (self, 20);
    self->clock_us = -2 * S; // every picture looks 2 s older from now on
    s_run (self, 180);
    assert_int_equal (self->shown, ZR_TIER_FULL);
}

// Whether one gap, as Wi-Fi has them, is borne.
static void
s_hiccup (void **state)
{
    s_world_t *self = *state;
    s_run (self, 10);
    for (int i = 0; i < 5; i++) {
        for (int ms = 0; ms < 200; ms++) { // nothing arrives, the sender goes on
            self->now_us += MS;
            if (ms % 33 == 0)
                s_send (self);
        }
        s_run (self, 10);
        assert_int_equal (self->shown, ZR_TIER_FULL);
    }
    assert_int_equal (self->changes, 0);
}

static void
s_nothing_comes (void **state)
{
    s_world_t *self = *state;
    s_run (self, 5);
    self->silent = true;
    s_run (self, 3);
    assert_int_equal (self->goal.tier, ZR_TIER_HALF); // so slow that nothing comes
    self->facts.fps = 0;                              // now nobody says that it should
    s_run (self, 60);
    assert_int_equal (self->goal.tier, ZR_TIER_HALF);
    self->silent = false;
    self->facts.fps = 30;
    s_run (self, 10);
    assert_int_equal (self->shown, ZR_TIER_FULL);
}

static void
s_size (s_world_t *self, int width, int height, zr_tier_t expected)
{
    self->facts.tile_width = width;
    self->facts.tile_height = height;
    s_run (self, 1);
    assert_int_equal (self->shown, expected);
}

static void
s_tiles (void **state)
{
    s_world_t *self = *state;
    s_run (self, 2);
    s_size (self, 1920, 1080, ZR_TIER_FULL);
    s_size (self, 641, 361, ZR_TIER_FULL);
    s_size (self, 640, 360, ZR_TIER_HALF);
    s_size (self, 700, 390, ZR_TIER_HALF); // a little more: no change
    s_size (self, 710, 400, ZR_TIER_FULL);
    s_size (self, 640, 400, ZR_TIER_FULL);
    s_size (self, 320, 180, ZR_TIER_QUARTER);
    s_size (self, 1280, 720, ZR_TIER_FULL); // at once, and without a trial
    self->facts.width = self->facts.height = 0;
    s_size (self, 10, 10, ZR_TIER_FULL); // nobody knows how large it is
    assert_int_equal (self->trials, 0);
}

static void
s_small_tile_on_a_slow_link (void **state)
{
    s_world_t *self = *state;
    self->kbit_s = 6000;
    s_run (self, 5);
    assert_int_equal (self->shown, ZR_TIER_HALF);
    int trials = self->trials;
    self->facts.tile_width = 320;
    self->facts.tile_height = 180;
    s_run (self, 100);
    assert_int_equal (self->shown, ZR_TIER_QUARTER);
    assert_in_range (self->trials, trials, trials + 1); // larger ones are not wanted
    self->facts.tile_width = 1280;
    self->facts.tile_height = 720;
    s_run (self, 1);
    assert_int_equal (self->shown, ZR_TIER_HALF); // what the network was known to carry
}

static void
s_hidden (void **state)
{
    s_world_t *self = *state;
    s_run (self, 2);
    self->facts.tile_width = self->facts.tile_height = 0;
    s_run (self, 2);
    assert_int_equal (self->shown, ZR_TIER_QUARTER);
    s_run (self, 2);
    assert_int_equal (self->shown, ZR_TIER_NONE);
    self->facts.kept = true; // recorded
    s_run (self, 1);
    assert_int_equal (self->shown, ZR_TIER_FULL);
    self->facts.kept = false;
    s_run (self, 5);
    assert_int_equal (self->shown, ZR_TIER_NONE);
    self->facts.tile_width = self->facts.tile_height = 2000;
    s_run (self, 1);
    assert_int_equal (self->shown, ZR_TIER_FULL);
}

static void
s_pinned (void **state)
{
    s_world_t *self = *state;
    self->kbit_s = 2000;
    self->facts.pinned = ZR_TIER_FULL;
    s_run (self, 20);
    assert_int_equal (self->shown, ZR_TIER_FULL);
    self->facts.pinned = ZR_TIER_QUARTER;
    self->kbit_s = 100000;
    s_run (self, 20);
    assert_int_equal (self->shown, ZR_TIER_QUARTER);
    self->facts.offered = 1 << ZR_TIER_FULL;
    s_run (self, 1);
    assert_int_equal (self->shown, ZR_TIER_FULL);
    assert_int_equal (self->trials, 0);
}

static void
s_offered (void **state)
{
    s_world_t *self = *state;
    self->kbit_s = 2000;
    self->facts.offered = 1 << ZR_TIER_FULL;
    s_run (self, 20);
    assert_int_equal (self->shown, ZR_TIER_FULL); // there is nothing else
    self->facts.offered |= 1 << ZR_TIER_QUARTER;
    s_run (self, 3);
    assert_int_equal (self->shown, ZR_TIER_QUARTER);
    self->kbit_s = 100000;
    s_run (self, 30);
    assert_int_equal (self->shown, ZR_TIER_FULL);
    self->facts.offered = 1 << ZR_TIER_HALF | 1 << ZR_TIER_QUARTER;
    s_run (self, 1);
    assert_int_equal (self->shown, ZR_TIER_HALF);
}

static void
s_without_metadata (void **state)
{
    s_world_t *self = *state;
    const zr_meta_t none = {0};
    for (int i = 0; i < 600; i++) {
        s_choose (self);
        zr_tier_control_picture (&self->control, ZR_TIER_FULL, &none,
                                 UNIX_US + self->now_us, self->now_us);
        self->now_us += 33 * MS;
    }
    assert_int_equal (self->goal.tier, ZR_TIER_FULL);
}

#define TEST(name, function)                                                           \
    {                                                                                  \
        name, function, s_set_up, s_tear_down, NULL                                    \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("on a free link the full picture is taken and stays", s_free_link),
        TEST ("on a slow link the half is soon taken, and no more shown", s_slow_link),
        TEST ("on a very slow link it is the quarter", s_very_slow_link),
        TEST ("when there is room again it goes up again", s_room_again),
        TEST ("tries that fail become rare, and common again", s_waits_double),
        TEST ("a trial that shows is over at once", s_trial_that_shows),
        TEST ("clocks need not agree", s_clocks),
        TEST ("a clock that is set spoils nothing for long", s_clock_set_back),
        TEST ("a short gap is borne", s_hiccup),
        TEST ("a link on which nothing comes any more is too slow", s_nothing_comes),
        TEST ("a small tile takes a small tier", s_tiles),
        TEST ("a small tile on a slow link tries nothing", s_small_tile_on_a_slow_link),
        TEST ("what is not shown is not taken, unless recorded", s_hidden),
        TEST ("a pinned tier is kept", s_pinned),
        TEST ("only what is offered is taken", s_offered),
        TEST ("pictures that say nothing of themselves are taken in full",
              s_without_metadata),
    };
    return cmocka_run_group_tests_name ("tier_control", tests, NULL, NULL);
}
