// SPDX-License-Identifier: MPL-2.0
// Where the newest picture wins, a link that is too slow shows in two ways: pictures
// are older than the best that this link has done, and numbers are missing between
// them. Ages are compared with the lowest of the last half or whole minute, so clocks
// need not agree. A copy is left when either has gone on for 2 s, or for 1 s if it is
// grave; a larger one is tried after a calm time, which every failure makes four times
// as long and every half minute without one halves. While one is tried, the copy that
// is shown must not suffer: at its first sign the trial ends. Left out on purpose:
// measuring the bandwidth; it is what trying finds out.

#include "subscriber/tier_control.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define BUCKET_US INT64_C (250000)
#define WINDOW_US (ZR_TIER_BUCKETS * BUCKET_US)
#define GRAVE_WINDOW_US (WINDOW_US / 2)
#define OLD_US 150000        // older than the best by so much is too old,
#define GROWING_US 75000     // or by so much, and so much more than a second before
#define GRAVE_US 400000      // or grave
#define CALM_AGE_US 100000   // older than the best by less: all is well
#define MADE_MIN 10          // pictures from which losses are told
#define HIDDEN_US 3000000    // not shown for so long, it is not taken at all
#define STALLED_US 6000000   // no first picture
#define PROMISED_FPS 2       // a stream of fewer pictures is not missed in 2 s
#define TRIAL_US 1500000     // a larger copy is judged for so long
#define TRIAL_MAX_US 4000000 // and given up if that is not done within
#define WAIT_MIN_US INT64_C (4000000)
#define WAIT_MAX_US 120000000
#define WAIT_TRIAL_MAX_US 30000000 // after trials alone, which hardly show
#define SUFFER_PICTURES 2          // older than CALM_AGE_US
#define SUFFER_SILENCE_US 150000
#define SUFFER_FPS 20       // a stream of fewer is silent so long by itself
#define RAISED_US 10000000  // going down so soon after going up: that has failed
#define FORGIVE_US 30000000 // so long without one, the wait is halved
#define HALF_MINUTE_US 30000000
#define DAY_US (INT64_C (86400) * 1000000)
#define LEAP_MAX 1000 // pictures lost at once

// What a span of a track amounts to.
typedef struct {
    int came, made;
    int64_t age_us; // mean, above the best; 0 if none is known
} sum_t;

static void
s_restart (zr_tier_track_t *track, int64_t now_us)
{
    *track = (zr_tier_track_t){.since_us = now_us};
}

void
zr_tier_control_init (zr_tier_control_t *self, int64_t now_us)
{
    assert (self);
    *self = (zr_tier_control_t){
        .goal = {.tier = ZR_TIER_NONE},
        .shown_us = now_us,
        .calm_us = now_us,
        .wait_us = WAIT_MIN_US,
        .best_us = {INT64_MAX, INT64_MAX},
        .best_half_minutes = now_us / HALF_MINUTE_US,
    };
}

static int64_t
s_best_us (const zr_tier_control_t *self)
{
    return self->best_us[0] < self->best_us[1] ? self->best_us[0] : self->best_us[1];
}

static void
s_note_age (zr_tier_control_t *self, int64_t age_us, int64_t now_us)
{
    int64_t half_minutes = now_us / HALF_MINUTE_US;
    if (half_minutes != self->best_half_minutes) {
        bool next = half_minutes == self->best_half_minutes + 1;
        self->best_us[1] = next ? self->best_us[0] : INT64_MAX;
        self->best_us[0] = INT64_MAX;
        self->best_half_minutes = half_minutes;
    }
    if (age_us < self->best_us[0])
        self->best_us[0] = age_us;
}

void
zr_tier_control_picture (zr_tier_control_t *self, zr_tier_t tier, const zr_meta_t *meta,
                         int64_t unix_us, int64_t now_us)
{
    assert (self && meta && tier < ZR_TIER_NONE);
    zr_tier_track_t *track = &self->tracks[tier];
    int64_t number = now_us / BUCKET_US;
    size_t at = (size_t) number % ZR_TIER_BUCKETS;
    if (track->buckets[at].number != number) {
        memset (&track->buckets[at], 0, sizeof track->buckets[at]);
        track->buckets[at].number = number;
    }
    uint64_t made = 1;
    if (meta->known && track->first_us && meta->seq > track->last_seq)
        made = meta->seq - track->last_seq;
    track->buckets[at].came++;
    track->buckets[at].made += made < LEAP_MAX ? (int) made : 1;
    track->last_seq = meta->seq;
    track->last_us = now_us;
    if (!track->first_us)
        track->first_us = now_us;
    if (!meta->known || meta->time_us < unix_us - DAY_US ||
        meta->time_us > unix_us + DAY_US)
        return; // unknown, or no clock at all
    int64_t age_us = unix_us - meta->time_us;
    s_note_age (self, age_us, now_us);
    if (self->goal.trial && tier == self->by_network &&
        age_us - s_best_us (self) > CALM_AGE_US)
        self->suffered++;
    track->buckets[at].aged++;
    track->buckets[at].age_us += age_us;
}

void
zr_tier_control_restart (zr_tier_control_t *self, zr_tier_t tier, int64_t now_us)
{
    assert (self && tier < ZR_TIER_NONE);
    s_restart (&self->tracks[tier], now_us);
}

// The buckets from before_us ago to until_us ago.
static sum_t
s_sum (const zr_tier_control_t *self, const zr_tier_track_t *track, int64_t now_us,
       int64_t before_us, int64_t until_us)
{
    sum_t sum = {0};
    int aged = 0;
    int64_t number = now_us / BUCKET_US, age_us = 0;
    int64_t best_us = s_best_us (self);
    for (int i = 0; i < ZR_TIER_BUCKETS; i++) {
        int64_t ago = number - track->buckets[i].number;
        if (ago < until_us / BUCKET_US || ago >= before_us / BUCKET_US)
            continue;
        sum.came += track->buckets[i].came;
        sum.made += track->buckets[i].made;
        aged += track->buckets[i].aged;
        age_us += track->buckets[i].age_us;
    }
    if (aged && best_us != INT64_MAX)
        sum.age_us = age_us / aged - best_us;
    return sum;
}

// Whether the network does not carry this copy.
static bool
s_is_too_much (const zr_tier_control_t *self, const zr_tier_track_t *track,
               int64_t now_us)
{
    bool stalled = self->promised_us && now_us - self->promised_us >= WINDOW_US;
    if (!track->first_us)
        return stalled && now_us - track->since_us >= STALLED_US;
    int64_t lasts_us = now_us - track->first_us;
    if (lasts_us < GRAVE_WINDOW_US)
        return false;
    sum_t last = s_sum (self, track, now_us, GRAVE_WINDOW_US, 0);
    if (last.age_us > GRAVE_US || (last.made >= MADE_MIN && last.came * 2 < last.made))
        return true;
    if (lasts_us < WINDOW_US)
        return false;
    sum_t all = s_sum (self, track, now_us, WINDOW_US, 0);
    sum_t before = s_sum (self, track, now_us, WINDOW_US, GRAVE_WINDOW_US);
    bool growing = last.came && before.came && last.age_us > GROWING_US &&
                   last.age_us - before.age_us > GROWING_US;
    bool losing = all.made >= MADE_MIN && all.came * 100 < all.made * 85;
    return all.age_us > OLD_US || growing || losing || (!all.came && stalled);
}

static bool
s_is_well (const zr_tier_control_t *self, const zr_tier_track_t *track, int64_t now_us)
{
    sum_t all = s_sum (self, track, now_us, WINDOW_US, 0);
    return all.came && all.age_us < CALM_AGE_US && all.came * 100 >= all.made * 95;
}

static bool
s_is_offered (const zr_tier_facts_t *facts, zr_tier_t tier)
{
    return facts->offered & 1u << tier;
}

// The largest that is offered and no larger than tier; else the smallest there is.
static zr_tier_t
s_at_most (const zr_tier_facts_t *facts, zr_tier_t tier)
{
    for (zr_tier_t i = tier; i < ZR_TIER_NONE; i++)
        if (s_is_offered (facts, i))
            return i;
    for (zr_tier_t i = tier; i > ZR_TIER_FULL; i--)
        if (s_is_offered (facts, i - 1))
            return i - 1;
    return ZR_TIER_FULL;
}

// The next larger one that is offered; ZR_TIER_NONE if there is none.
static zr_tier_t
s_above (const zr_tier_facts_t *facts, zr_tier_t tier)
{
    for (zr_tier_t i = tier; i > ZR_TIER_FULL; i--)
        if (s_is_offered (facts, i - 1))
            return i - 1;
    return ZR_TIER_NONE;
}

// A tenth more than a copy has is still shown by it, so that a window whose size is
// changed by hand does not go back and forth.
static zr_tier_t
s_tier_for_size (const zr_tier_control_t *self, const zr_tier_facts_t *facts)
{
    if (facts->kept || facts->width < 1 || facts->height < 1)
        return ZR_TIER_FULL;
    for (zr_tier_t tier = ZR_TIER_QUARTER; tier > ZR_TIER_FULL; tier--) {
        double part = tier == ZR_TIER_QUARTER ? 0.25 : 0.5;
        if (self->by_size >= tier)
            part *= 1.1;
        if (facts->tile_width <= facts->width * part &&
            facts->tile_height <= facts->height * part)
            return tier;
    }
    return ZR_TIER_FULL;
}

static void
s_fail (zr_tier_control_t *self, int64_t max_us)
{
    if (self->wait_us < max_us)
        self->wait_us = self->wait_us < max_us / 4 ? self->wait_us * 4 : max_us;
}

// Whether a trial shows in the copy that is shown, which arrived well before.
static bool
s_suffers (const zr_tier_control_t *self, const zr_tier_facts_t *facts,
           const zr_tier_track_t *shown, int64_t now_us)
{
    if (facts->fps >= SUFFER_FPS && now_us - shown->last_us > SUFFER_SILENCE_US)
        return true;
    return self->suffered >= SUFFER_PICTURES;
}

// A larger copy is being tried beside the one that is shown.
static void
s_judge_trial (zr_tier_control_t *self, const zr_tier_facts_t *facts, int64_t now_us)
{
    const zr_tier_track_t *shown = &self->tracks[self->by_network];
    const zr_tier_track_t *tried = &self->tracks[self->goal.tier];
    bool failed =
        s_suffers (self, facts, shown, now_us) || s_is_too_much (self, shown, now_us) ||
        s_is_too_much (self, tried, now_us) || now_us - tried->since_us > TRIAL_MAX_US;
    bool passed = tried->first_us && now_us - tried->first_us >= TRIAL_US &&
                  s_is_well (self, tried, now_us) && s_is_well (self, shown, now_us);
    if (!failed && !passed)
        return;
    if (failed) {
        s_fail (self, WAIT_TRIAL_MAX_US);
        // What the trial has done to the one that is shown is not its own fault.
        s_restart (&self->tracks[self->by_network], now_us);
    } else {
        self->by_network = self->goal.tier;
        self->raised_us = self->forgiven_us = now_us;
        self->wait_us =
            self->wait_us > 2 * WAIT_MIN_US ? self->wait_us / 2 : WAIT_MIN_US;
    }
    self->goal.trial = false;
    self->calm_us = now_us;
}

static void
s_judge (zr_tier_control_t *self, const zr_tier_facts_t *facts, int64_t now_us)
{
    zr_tier_t tier = self->goal.tier;
    const zr_tier_track_t *track = &self->tracks[tier];
    if (s_is_too_much (self, track, now_us)) {
        self->calm_us = now_us;
        zr_tier_t lower = s_at_most (facts, tier < ZR_TIER_QUARTER ? tier + 1 : tier);
        if (lower <= tier)
            return; // there is none
        if (self->raised_us && now_us - self->raised_us < RAISED_US)
            s_fail (self, WAIT_MAX_US);
        self->raised_us = 0;
        self->by_network = lower;
        return;
    }
    bool young = track->first_us && now_us - track->first_us <= WINDOW_US;
    if (!young && !s_is_well (self, track, now_us))
        self->calm_us = now_us;
    if (self->raised_us && now_us - self->forgiven_us > FORGIVE_US) {
        self->forgiven_us = now_us;
        self->wait_us =
            self->wait_us > 2 * WAIT_MIN_US ? self->wait_us / 2 : WAIT_MIN_US;
    }
    zr_tier_t above = s_above (facts, tier);
    if (tier == self->by_network && above >= self->by_size && above != ZR_TIER_NONE &&
        now_us - self->calm_us >= self->wait_us) {
        self->goal = (zr_tier_goal_t){above, true};
        self->suffered = 0;
        s_restart (&self->tracks[above], now_us);
    }
}

// What is not shown is not judged: nothing of it is seen.
static zr_tier_goal_t
s_hidden_goal (const zr_tier_control_t *self, const zr_tier_facts_t *facts,
               int64_t now_us)
{
    bool long_ago = now_us - self->shown_us >= HIDDEN_US;
    return (zr_tier_goal_t){
        long_ago ? ZR_TIER_NONE : s_at_most (facts, ZR_TIER_QUARTER), false};
}

static zr_tier_goal_t
s_shown_goal (zr_tier_control_t *self, const zr_tier_facts_t *facts, int64_t now_us)
{
    self->shown_us = now_us;
    if (facts->fps < PROMISED_FPS)
        self->promised_us = 0;
    else if (!self->promised_us)
        self->promised_us = now_us;
    if (facts->pinned != ZR_TIER_NONE)
        return (zr_tier_goal_t){s_at_most (facts, facts->pinned), false};
    self->by_network = s_at_most (facts, self->by_network);
    self->by_size = s_at_most (facts, s_tier_for_size (self, facts));
    if (self->goal.trial && self->goal.tier < self->by_size)
        self->goal.trial = false; // the tile has become smaller meanwhile
    else if (self->goal.trial)
        s_judge_trial (self, facts, now_us);
    else if (self->goal.tier != ZR_TIER_NONE)
        s_judge (self, facts, now_us);
    if (self->goal.trial)
        return self->goal;
    zr_tier_t tier =
        self->by_size > self->by_network ? self->by_size : self->by_network;
    return (zr_tier_goal_t){tier, false};
}

zr_tier_goal_t
zr_tier_control_choose (zr_tier_control_t *self, const zr_tier_facts_t *facts,
                        int64_t now_us)
{
    assert (self && facts);
    bool shown = facts->kept || (facts->tile_width > 0 && facts->tile_height > 0);
    zr_tier_goal_t former = self->goal;
    zr_tier_goal_t goal = shown ? s_shown_goal (self, facts, now_us)
                                : s_hidden_goal (self, facts, now_us);
    if (goal.tier != former.tier && !goal.trial) {
        // The copy that was tried goes on with what it is known for; so does the one
        // from which it was tried.
        bool known = goal.tier != ZR_TIER_NONE && former.trial;
        if (goal.tier != ZR_TIER_NONE && !known)
            s_restart (&self->tracks[goal.tier], now_us);
        self->calm_us = now_us;
    }
    self->goal = goal;
    return goal;
}
