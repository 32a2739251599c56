// SPDX-License-Identifier: MPL-2.0
// The newest thing, handed from one thread to another. A slot holds one pending item;
// if the taker has not fetched it when the giver puts another, the older one goes
// back to the giver, who counts it as skipped and reuses it. That is how Zroom stays
// live: nowhere is there a queue of pictures.
// One giver thread, one taker thread.

#ifndef ZR_SLOT_H
#define ZR_SLOT_H

typedef struct zr_slot zr_slot_t;

// Called on the giver's thread when an empty slot is filled, so that at most one
// wake-up is pending. It must not call the slot.
typedef void (zr_slot_notify_fn) (void *arg);

// notify may be NULL.
zr_slot_t *zr_slot_new (zr_slot_notify_fn *notify, void *arg);

// The slot must be empty: take what is in it first.
void zr_slot_destroy (zr_slot_t **self_p);

// Puts item (not NULL) and gives the item that it replaces, or NULL if the slot was
// empty. The slot owns item until it is taken.
void *zr_slot_put (zr_slot_t *self, void *item);

// Takes the pending item, or NULL if there is none. It is the caller's now.
void *zr_slot_take (zr_slot_t *self);

#endif
