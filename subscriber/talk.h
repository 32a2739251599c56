// SPDX-License-Identifier: MPL-2.0
// The room's chat over the pictures: the client, the last lines with the time each is
// still to be seen, and what is typed. Main thread.

#ifndef ZR_TALK_H
#define ZR_TALK_H

#include "subscriber/view.h"

#define ZR_TALK_LINES_MAX 12     // kept to be shown
#define ZR_TALK_SEEN_US 12000000 // how long a line is seen
#define ZR_TALK_FADE_US 2000000  // of which it fades so long

typedef struct zr_talk zr_talk_t;

// Joins the room at endpoint (complete) as nick. NULL if the endpoint cannot be used;
// logged.
zr_talk_t *zr_talk_new (const char *endpoint, const char *nick);
void zr_talk_destroy (zr_talk_t **self_p);

// Takes what has arrived, without waiting. Returns true if something new is to be seen.
bool zr_talk_poll (zr_talk_t *self);

// Says a line, or carries out a /command. Returns true if that asks to quit.
bool zr_talk_say (zr_talk_t *self, const char *line);

// The lines to be seen at now_us (zclock_usecs), oldest first; valid until the next
// call of any function here. Returns how many.
int zr_talk_lines (zr_talk_t *self, int64_t now_us, zr_view_line_t *lines);

#endif
