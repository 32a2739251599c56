// SPDX-License-Identifier: MPL-2.0
// The subscriber's main loop: pictures from the streams to the view, keys back, and
// once a second the figures. Main thread.

#ifndef ZR_PLAYER_H
#define ZR_PLAYER_H

#include "common/room_finder.h"
#include "subscriber/receiver.h"
#include "subscriber/view.h"

typedef struct {
    const zr_view_ops_t *view;
    const zr_view_ops_t *fallback; // if that one cannot be opened; NULL: none
    zr_list_t endpoints;           // complete ones
    zr_list_t streams;             // names and patterns wanted; none: all
    zr_tier_t tier;                // the one to take; ZR_TIERS: whichever fits
    const char *nick;              // takes part in the chat under it; NULL: does not
    const char *room;         // where the chat is, complete; with nick. NULL: where
                              // the finder finds it
    zr_room_finder_t *finder; // looks for rooms and publishers; NULL: nobody does
    const zr_room_t *found;   // with finder: the room to begin with (guide.h)
    int max_age_ms;           // older pictures are late; 0: none is
    const char *record;       // file to record to from the start, or NULL
    const char *snapshot_dir; // for snapshots, and recordings that a key starts
    int frames;               // end after so many pictures; 0: do not
    int seconds;              // end after so long; 0: do not
    bool stats;               // one JSON line a second on stdout
} zr_player_settings_t;

// Runs until the user, a signal or a limit ends it. Returns the exit status; what
// failed was logged.
int zr_player_run (const zr_player_settings_t *settings);

#endif
