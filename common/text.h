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

#endif
