// SPDX-License-Identifier: MPL-2.0
// Which copy of a stream is worth its network: full, half or quarter. One for each
// stream. It goes down when pictures grow old or are left out on the way, or when the
// picture is shown so small that a smaller copy does; up again by trying: for a moment
// the larger copy comes beside the one that is shown, and is judged before it is shown.
// Pure: the clock (monotonic, microseconds) is handed in.

#ifndef ZR_TIER_CONTROL_H
#define ZR_TIER_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire.h"

// No copy at all; as a wish: whichever fits.
#define ZR_TIER_NONE ZR_TIERS

// What is known of the stream and of its place in the view.
typedef struct {
    unsigned offered;            // 1 << tier for each that the publisher offers
    int width, height;           // of the full picture, pixels; 0: unknown
    double fps;                  // as announced; 0: unknown
    int tile_width, tile_height; // what it is shown at; 0: it is not
    bool kept;                   // wanted in full even if it is not shown (a recording)
    zr_tier_t pinned;            // by the user; ZR_TIER_NONE: not
} zr_tier_facts_t;

// The copy to take. trial: beside the one that is taken now, and not shown yet.
typedef struct {
    zr_tier_t tier;
    bool trial;
} zr_tier_goal_t;

#define ZR_TIER_BUCKETS 8

// What came of one copy over the last 2 s.
typedef struct {
    struct {
        int64_t number; // of the quarter of a second
        int came, made; // pictures: that arrived; that the publisher sent meanwhile
        int aged;       // of those that came, how many tell their age
        int64_t age_us; // their ages' sum
    } buckets[ZR_TIER_BUCKETS];
    int64_t since_us; // when it was asked for
    int64_t first_us; // when its first picture came; 0: none did
    int64_t last_us;
    uint64_t last_seq;
} zr_tier_track_t;

typedef struct {
    zr_tier_track_t tracks[ZR_TIERS];
    zr_tier_goal_t goal;
    zr_tier_t by_size;         // the largest that the tile is worth
    zr_tier_t by_network;      // and the largest that the network carries
    int64_t shown_us;          // when it was last shown
    int64_t promised_us;       // since when pictures are announced; 0: they are not
    int64_t calm_us;           // since when all is well
    int64_t wait_us;           // how long that must be before a larger one is tried
    int suffered;              // pictures shown that grew old during this trial
    int64_t raised_us;         // when one was last taken; 0: never
    int64_t forgiven_us;       // when wait_us was last halved for that
    int64_t best_us[2];        // lowest age in this half minute, and in the last
    int64_t best_half_minutes; // number of this half minute
} zr_tier_control_t;

void zr_tier_control_init (zr_tier_control_t *self, int64_t now_us);

// A picture of that tier arrived, with what it says of itself, unix_us being the time
// of its arrival.
void zr_tier_control_picture (zr_tier_control_t *self, zr_tier_t tier,
                              const zr_meta_t *meta, int64_t unix_us, int64_t now_us);

// That tier's connection was made anew: what came before says nothing of it.
void zr_tier_control_restart (zr_tier_control_t *self, zr_tier_t tier, int64_t now_us);

// What to take from now on; to be asked some ten times a second.
zr_tier_goal_t zr_tier_control_choose (zr_tier_control_t *self,
                                       const zr_tier_facts_t *facts, int64_t now_us);

#endif
