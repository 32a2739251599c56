// SPDX-License-Identifier: MPL-2.0
// Text that came from somebody else, made fit for people's eyes and terminals. UTF-8
// and character classes by utf8proc. Pure.

#ifndef ZR_TEXT_H
#define ZR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

// Whether text is UTF-8 all through and every character of it can be seen: no
// control, format (direction overrides, zero width), line or paragraph separator,
// private use or unassigned ones.
bool zr_text_is_printable (const char *text, size_t len);

// Copies what can be shown of text to dest (size bytes, NUL included), everything
// else as '?', cut between characters where it does not fit. Returns the bytes
// written without the NUL.
size_t zr_text_clean (char *dest, size_t size, const char *text, size_t len);

// The same for what a peer said, which is longer and freer: joiners (U+200C, U+200D)
// and variation selectors stay, so that emoji and words are whole; C0 controls and DEL
// become their pictures (U+2400...), TAB a blank; all else that cannot be seen, or
// would change what stands around it, becomes U+FFFD, one for a byte that is no UTF-8.
size_t zr_text_visible (char *dest, size_t size, const char *text, size_t len);

// How many characters UTF-8 text has, which is near enough to columns for a table.
int zr_text_characters (const char *text);

#endif
