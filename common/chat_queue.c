// SPDX-License-Identifier: MPL-2.0
// A singly linked list; those on their way are its first ones, and at most a window of
// them, so looking for one is short. The highest number ever sent is kept over
// rewinds: a broker that claims to have stored more than was sent is not believed.

#include "common/chat_queue.h"

#include <assert.h>
#include <czmq.h>

#define N_MAX (INT64_MAX - (INT64_C (1) << 32)) // numbers never run over

struct zr_chat_queue {
    zr_chat_line_t *first, *last;
    zr_chat_line_t *next; // to be sent; NULL: all are on their way
    size_t size, on_way;  // lines
    int64_t newest;       // number of the last line added
    int64_t sent;         // highest number sent since they were numbered
};

zr_chat_line_t *
zr_chat_line_new (zr_chat_verb_t verb, const char *to, const char *text, size_t len)
{
    assert (text || !len);
    zr_chat_line_t *self = zmalloc (sizeof *self + len + 1);
    self->verb = verb;
    self->len = len;
    if (len)
        memcpy (self->text, text, len);
    if (to)
        snprintf (self->to, sizeof self->to, "%s", to);
    return self;
}

void
zr_chat_line_destroy (zr_chat_line_t **self_p)
{
    assert (self_p);
    freen (*self_p);
    *self_p = NULL;
}

zr_chat_queue_t *
zr_chat_queue_new (void)
{
    return zmalloc (sizeof (zr_chat_queue_t));
}

void
zr_chat_queue_destroy (zr_chat_queue_t **self_p)
{
    assert (self_p);
    zr_chat_queue_t *self = *self_p;
    if (!self)
        return;
    while (self->first) {
        zr_chat_line_t *line = self->first;
        self->first = line->next;
        zr_chat_line_destroy (&line);
    }
    freen (self);
    *self_p = NULL;
}

void
zr_chat_queue_add (zr_chat_queue_t *self, zr_chat_line_t **line_p)
{
    assert (self && line_p && *line_p);
    zr_chat_line_t *line = *line_p;
    *line_p = NULL;
    line->next = NULL;
    line->n = ++self->newest;
    if (self->last)
        self->last->next = line;
    else
        self->first = line;
    self->last = line;
    if (!self->next)
        self->next = line;
    self->size++;
}

const zr_chat_line_t *
zr_chat_queue_next (const zr_chat_queue_t *self)
{
    return self->on_way < ZR_CHAT_WINDOW ? self->next : NULL;
}

void
zr_chat_queue_sent (zr_chat_queue_t *self)
{
    assert (self->next);
    if (self->sent < self->next->n)
        self->sent = self->next->n;
    self->next->on_way = true;
    self->next = self->next->next;
    self->on_way++;
}

// Takes out the line that link points to: that of the line before, or the list's own.
static void
s_unlink (zr_chat_queue_t *self, zr_chat_line_t **link, zr_chat_line_t *before)
{
    zr_chat_line_t *line = *link;
    *link = line->next;
    if (self->last == line)
        self->last = before;
    if (self->next == line)
        self->next = line->next;
    if (line->on_way)
        self->on_way--;
    self->size--;
    zr_chat_line_destroy (&line);
}

int64_t
zr_chat_queue_take (zr_chat_queue_t *self, int64_t n)
{
    zr_chat_line_t *line = self->first;
    if (!line || line->n > n || line->n > self->sent)
        return 0;
    int64_t taken = line->n;
    s_unlink (self, &self->first, NULL);
    return taken;
}

// The link to the line with the number n, or NULL if it was not sent. *before is the
// line that the link belongs to.
static zr_chat_line_t **
s_find (zr_chat_queue_t *self, int64_t n, zr_chat_line_t **before)
{
    zr_chat_line_t **link = &self->first;
    *before = NULL;
    if (n > self->sent)
        return NULL;
    while (*link && (*link)->n < n) {
        *before = *link;
        link = &(*link)->next;
    }
    return *link && (*link)->n == n ? link : NULL;
}

bool
zr_chat_queue_drop (zr_chat_queue_t *self, int64_t n)
{
    zr_chat_line_t *before;
    zr_chat_line_t **link = s_find (self, n, &before);
    if (!link)
        return false;
    s_unlink (self, link, before);
    return true;
}

bool
zr_chat_queue_was_sent (zr_chat_queue_t *self, int64_t n)
{
    zr_chat_line_t *before;
    return s_find (self, n, &before) != NULL;
}

void
zr_chat_queue_rewind (zr_chat_queue_t *self)
{
    for (zr_chat_line_t *line = self->first; line != self->next; line = line->next)
        line->on_way = false;
    self->next = self->first;
    self->on_way = 0;
}

void
zr_chat_queue_renumber (zr_chat_queue_t *self, int64_t accepted)
{
    assert (accepted >= 0);
    zr_chat_queue_rewind (self);
    self->sent = self->newest = accepted < N_MAX ? accepted : N_MAX;
    for (zr_chat_line_t *line = self->first; line; line = line->next)
        line->n = ++self->newest;
}

size_t
zr_chat_queue_size (const zr_chat_queue_t *self)
{
    return self->size;
}
