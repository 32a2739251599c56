// SPDX-License-Identifier: MPL-2.0
// The room's events as lines for people, with colours and line breaks where a terminal
// has them. What others said begins with its time; what the room says with "-- ", at
// the left edge, where nothing of others ever stands. Pure.

#ifndef ZR_CHAT_PRINT_H
#define ZR_CHAT_PRINT_H

#include "common/chat_client.h"

typedef struct {
    int colours; // 0: no escape sequences at all; 8; 256
    int columns; // lines are broken to this width; 0: they are not
    // Kept by zr_chat_print_event:
    char nick[ZR_CHAT_NICK_MAX]; // own, empty before the first UP
    bool down;                   // the room cannot be reached now
    bool names;                  // the next NAMES is shown, which was asked for
    int64_t newest;              // lines up to this one were said before UP
    int64_t day;                 // of the line shown last
} zr_chat_print_t;

// now_ms: lines of other days than this one are told by their date.
void zr_chat_print_init (zr_chat_print_t *self, int colours, int64_t now_ms);

// What is shown for the event: one line or more, each with its '\n'; for free(3). NULL:
// nothing. *named (may be NULL) says whether somebody just said the own name.
char *zr_chat_print_event (zr_chat_print_t *self, const zr_chat_event_t *event,
                           bool *named);

// A line of this program's or the room's own, "-- text".
char *zr_chat_print_notice (const zr_chat_print_t *self, const char *text);

// How many colours: 0 if NO_COLOR is set or TERM has none. Arguments are the values of
// TERM, COLORTERM and NO_COLOR, or NULL.
int zr_chat_print_colours (const char *term, const char *colorterm,
                           const char *no_color);

// Where nick stands in text as a word, without regard to case; NULL if nowhere. *len
// is set to the length of what stands there.
const char *zr_chat_print_find (const char *text, const char *nick, size_t *len);

#endif
