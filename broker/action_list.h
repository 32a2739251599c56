// SPDX-License-Identifier: MPL-2.0
// The room's actions of one turn, and the texts that they point to.

#ifndef ZR_ACTION_LIST_H
#define ZR_ACTION_LIST_H

#include "broker/room.h"

typedef struct {
    zr_room_action_t *actions;
    size_t count, capacity;
    char **texts; // owned; what actions say that was not constant
    size_t texts_count, texts_capacity;
} zr_action_list_t;

// Zeroed is empty. Clears it, and gives back the memory of an unusually long turn.
void zr_action_list_clear (zr_action_list_t *self);
void zr_action_list_release (zr_action_list_t *self);

// Adds one, zeroed but for these. Valid until the next one is added.
zr_room_action_t *zr_action_list_add (zr_action_list_t *self,
                                      zr_room_action_kind_t kind, zr_room_peer_t peer);

// Copies len bytes. The copy lives until the list is cleared.
const char *zr_action_list_keep (zr_action_list_t *self, const char *text, size_t len);

// The same for a text that was allocated: the list's now.
const char *zr_action_list_adopt (zr_action_list_t *self, char **text_p);

#endif
