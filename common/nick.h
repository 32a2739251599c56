// SPDX-License-Identifier: MPL-2.0
// What may be a name in the room (PROTOCOL.md, Names). Unicode by utf8proc. Pure.

#ifndef ZR_NICK_H
#define ZR_NICK_H

#include "common/chat_proto.h"

#define ZR_NICK_KEY_MAX 640 // bytes of a folded name with the NUL

// Brings what was typed (len bytes, blanks around it left out) to NFC and judges it.
// Returns NULL and fills nick (ZR_CHAT_NICK_MAX bytes) and key (ZR_NICK_KEY_MAX
// bytes), which is the same for names that are the same; else why it is no name, a
// constant text that fits into "... : choose another".
const char *zr_nick_read (const char *text, size_t len, char *nick, char *key);

#endif
