// SPDX-License-Identifier: MPL-2.0
// Two arrays that grow by doubling. Actions are large (some 400 bytes) and short-lived,
// so after a flood the arrays are given back instead of being kept for the next one.

#include "broker/action_list.h"

#include <assert.h>
#include <czmq.h>

#define KEPT_MAX 1024 // actions whose memory is kept from turn to turn

// Makes room for one more of size bytes.
static void *
s_grown (void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? 2 * *capacity : 16;
    items = realloc (items, *capacity * size);
    assert (items);
    return items;
}

static void
s_free_texts (zr_action_list_t *self)
{
    for (size_t i = 0; i < self->texts_count; i++)
        free (self->texts[i]);
    self->count = self->texts_count = 0;
}

void
zr_action_list_clear (zr_action_list_t *self)
{
    assert (self);
    if (self->capacity > KEPT_MAX)
        zr_action_list_release (self);
    else
        s_free_texts (self);
}

void
zr_action_list_release (zr_action_list_t *self)
{
    assert (self);
    s_free_texts (self);
    free (self->actions);
    free (self->texts);
    *self = (zr_action_list_t){0};
}

zr_room_action_t *
zr_action_list_add (zr_action_list_t *self, zr_room_action_kind_t kind,
                    zr_room_peer_t peer)
{
    assert (self);
    self->actions =
        s_grown (self->actions, self->count, &self->capacity, sizeof *self->actions);
    zr_room_action_t *action = &self->actions[self->count++];
    memset (action, 0, sizeof *action);
    action->kind = kind;
    action->peer = peer;
    return action;
}

static const char *
s_own (zr_action_list_t *self, char *text)
{
    self->texts = s_grown (self->texts, self->texts_count, &self->texts_capacity,
                           sizeof *self->texts);
    self->texts[self->texts_count++] = text;
    return text;
}

const char *
zr_action_list_keep (zr_action_list_t *self, const char *text, size_t len)
{
    assert (self && text);
    char *copy = malloc (len + 1);
    assert (copy);
    memcpy (copy, text, len);
    copy[len] = '\0';
    return s_own (self, copy);
}

const char *
zr_action_list_adopt (zr_action_list_t *self, char **text_p)
{
    assert (self && text_p && *text_p);
    char *text = *text_p;
    *text_p = NULL;
    return s_own (self, text);
}
