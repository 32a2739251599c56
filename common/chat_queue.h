// SPDX-License-Identifier: MPL-2.0
// The lines of one client that the room has not acknowledged yet, in order, and which
// of them are on their way (PROTOCOL.md, Resending). Pure.

#ifndef ZR_CHAT_QUEUE_H
#define ZR_CHAT_QUEUE_H

#include "common/chat_proto.h"

// A line, or another request of the client's owner. One block, for free(3).
typedef struct zr_chat_line {
    struct zr_chat_line *next; // the queue's
    zr_chat_verb_t verb;
    int64_t n;   // the queue's
    bool on_way; // the queue's
    char to[ZR_CHAT_NICK_MAX];
    size_t len; // bytes of text
    char text[];
} zr_chat_line_t;

typedef struct zr_chat_queue zr_chat_queue_t;

// A line with a copy of the text (len bytes, may be NULL with 0). to may be NULL.
zr_chat_line_t *zr_chat_line_new (zr_chat_verb_t verb, const char *to, const char *text,
                                  size_t len);
void zr_chat_line_destroy (zr_chat_line_t **self_p);

zr_chat_queue_t *zr_chat_queue_new (void);
void zr_chat_queue_destroy (zr_chat_queue_t **self_p);

// Adds a line at the end, with the next number. It is the queue's now.
void zr_chat_queue_add (zr_chat_queue_t *self, zr_chat_line_t **line_p);

// The line to be sent next; NULL if there is none, or ZR_CHAT_WINDOW are on their way.
// It is on its way from zr_chat_queue_sent on.
const zr_chat_line_t *zr_chat_queue_next (const zr_chat_queue_t *self);
void zr_chat_queue_sent (zr_chat_queue_t *self);

// The oldest line leaves if it was sent and its number is at most n. Returns its
// number, or 0 if it stays or there is none.
int64_t zr_chat_queue_take (zr_chat_queue_t *self, int64_t n);

// The line with the number n leaves if it was sent. Returns whether it was.
bool zr_chat_queue_drop (zr_chat_queue_t *self, int64_t n);

// Whether the line with the number n was sent and is still here.
bool zr_chat_queue_was_sent (zr_chat_queue_t *self, int64_t n);

// None is on its way any more: all are sent again.
void zr_chat_queue_rewind (zr_chat_queue_t *self);

// The same, and the lines are numbered from accepted + 1 on.
void zr_chat_queue_renumber (zr_chat_queue_t *self, int64_t accepted);

// Lines that wait or are on their way.
size_t zr_chat_queue_size (const zr_chat_queue_t *self);

#endif
