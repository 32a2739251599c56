// SPDX-License-Identifier: MPL-2.0
// Text for a terminal's cells: made harmless and cut by columns, not by bytes. Names
// come from the network. Pure.

#ifndef ZR_TERMINAL_TEXT_H
#define ZR_TERMINAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define ZR_TERMINAL_TEXT_MAX 1024 // bytes of text that are looked at, with the NUL

// Writes as much of text as fits into columns and into size bytes (with the NUL).
// What cannot be shown becomes '?', as by zr_text_clean; without utf8 so does all but
// ASCII. Returns how many columns it takes.
int zr_terminal_text_cut (const char *text, int columns, bool utf8, char *dest,
                          size_t size);

#endif
