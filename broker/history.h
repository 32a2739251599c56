// SPDX-License-Identifier: MPL-2.0
// What was said and who takes part, in SQLite. Lines are durable once commit has
// returned 0 (WAL, synchronous=FULL). One thread.

#ifndef ZR_HISTORY_H
#define ZR_HISTORY_H

#include "broker/room.h"

typedef struct zr_history zr_history_t;

// Opens or makes the file, and the folders above it; path NULL keeps everything in
// memory. keep: how many lines are kept at least; older ones go. NULL if it cannot be
// opened, is no history of ours, is damaged, or another broker uses it; logged, with
// the way out.
zr_history_t *zr_history_open (const char *path, int64_t keep);
void zr_history_close (zr_history_t **self_p);

// Number of the newest line, 0 if there is none.
int64_t zr_history_newest (zr_history_t *self);

// Calls fn for every participant known, in the order in which they were last put.
// Returns how many, or -1. fn must not call the history.
typedef void (zr_history_member_fn) (void *arg, const zr_room_member_t *member);
int zr_history_members (zr_history_t *self, zr_history_member_fn *fn, void *arg);

// Lines after number are still to be read by somebody: they stay, however old, until
// this is called again. INT64_MAX, as at the start: there are none such.
void zr_history_need (zr_history_t *self, int64_t number);

// One transaction: begin, any number of lines and members, commit. Each returns 0 or
// -1; after a -1 the rest of the turn is not stored: call rollback, which cannot fail.
// Why is in zr_history_error, and was not logged. A line also raises its author's
// accepted, if the author is known. A line whose (token, n) is there already is left
// out and is no error. A member that is not present and has nothing accepted is
// removed; of those who are not present, the newest ZR_ROOM_KNOWN_MAX are kept.
int zr_history_begin (zr_history_t *self);
int zr_history_add_line (zr_history_t *self, const zr_room_line_t *line);
int zr_history_put_member (zr_history_t *self, const zr_room_member_t *member);
int zr_history_commit (zr_history_t *self);
void zr_history_rollback (zr_history_t *self);

// Why the last call failed, in words a person can act on: "the disk is full".
const char *zr_history_error (const zr_history_t *self);

// Calls fn for the lines after number and up to last that token may see (public, by
// it, or to it), oldest first, at most limit of them. The line is borrowed until fn
// returns; fn returning false ends it. Returns how many fn took (a line that it
// returned false for was not taken), or -1.
typedef bool (zr_history_line_fn) (void *arg, const zr_room_line_t *line);
int zr_history_read (zr_history_t *self, const char *token, int64_t number,
                     int64_t last, int limit, zr_history_line_fn *fn, void *arg);

// The number after which the newest count lines up to last that token may see come.
int64_t zr_history_before_newest (zr_history_t *self, const char *token, int64_t last,
                                  int count);

#endif
