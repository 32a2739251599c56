// SPDX-License-Identifier: MPL-2.0
// Who is in the room, as far as a client has been told, for completing names. At most
// ZR_CHAT_PEERS_MAX, whatever a broker says. Pure.

#ifndef ZR_CHAT_NAMES_H
#define ZR_CHAT_NAMES_H

#include "common/chat_proto.h"

typedef struct zr_chat_names zr_chat_names_t;

zr_chat_names_t *zr_chat_names_new (void);
void zr_chat_names_destroy (zr_chat_names_t **self_p);

// Keeps up with the room: NAMES, JOINED, LEFT, RENAMED; others are left out. A name
// that cannot be seen is left out too.
void zr_chat_names_take (zr_chat_names_t *self, const zr_chat_message_t *message);

// The next name that begins with prefix, without regard to case; *at is 0 for the first
// one, and kept by this function. NULL: no more. Valid until the next take.
const char *zr_chat_names_match (const zr_chat_names_t *self, const char *prefix,
                                 size_t *at);

#endif
