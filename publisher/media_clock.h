// SPDX-License-Identifier: MPL-2.0
// Time of a film: a timeline that makes sense of what a file says about it, and a
// clock that tells when each picture is due and which ones are left out. Pure: the
// time of day is told, never asked for. Everything is in microseconds.

#ifndef ZR_MEDIA_CLOCK_H
#define ZR_MEDIA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define ZR_MEDIA_TIME_UNKNOWN INT64_MIN

// Places pictures one behind the other, over gaps, jumps and repetitions. All zeroes
// is a new one.
typedef struct {
    bool started;
    int64_t shift_us; // from the file's time to ours
    int64_t last_us;  // when the picture before began
    int64_t next_us;  // when it ends
} zr_media_timeline_t;

// Returns where a picture stands that the file puts at stamp_us (or
// ZR_MEDIA_TIME_UNKNOWN) for duration_us. A stamp that goes back, or ahead by more
// than gap_us, is taken for a new beginning right behind the picture before.
int64_t zr_media_timeline_place (zr_media_timeline_t *self, int64_t stamp_us,
                                 int64_t duration_us, int64_t gap_us);

// The file begins again: the next picture follows the last one, whatever its stamp.
void zr_media_timeline_restart (zr_media_timeline_t *self);

typedef enum {
    ZR_MEDIA_SHOW,    // at due_us
    ZR_MEDIA_LEAVE,   // it is too late for this one: take the next
    ZR_MEDIA_REBASED, // show it now; it was so late that the clock was set back
} zr_media_verdict_t;

typedef struct {
    bool running;        // base_us holds
    int64_t base_us;     // when the picture at 0 was due, by the monotonic clock
    int64_t shown_us;    // when the last one was shown
    int64_t asked_us;    // when anybody last wanted one
    int64_t interval_us; // least time between pictures; 0: all are wanted
    bool limited;        // wanted_us holds
    int64_t wanted_us;   // stamp of the next picture within the rate limit
} zr_media_clock_t;

// fps is the rate that pictures are thinned out to; 0: all are wanted.
void zr_media_clock_init (zr_media_clock_t *self, int fps);

// The film stands still; the next picture is due when it is asked for.
void zr_media_clock_hold (zr_media_clock_t *self);

// Somebody wants a picture. If that was long ago, the film stood still meanwhile.
void zr_media_clock_ask (zr_media_clock_t *self, int64_t now_us);

// Whether the picture at stamp_us is within the rate limit. Call once for each.
bool zr_media_clock_wants (zr_media_clock_t *self, int64_t stamp_us);

// What to do with a picture, and when it is due.
zr_media_verdict_t zr_media_clock_judge (zr_media_clock_t *self, int64_t stamp_us,
                                         int64_t duration_us, int64_t now_us,
                                         int64_t *due_us);

// A picture is being shown.
void zr_media_clock_show (zr_media_clock_t *self, int64_t now_us);

#endif
