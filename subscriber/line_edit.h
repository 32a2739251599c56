// SPDX-License-Identifier: MPL-2.0
// One line of text being typed: UTF-8, a cursor, and own earlier lines. Cursor steps
// are characters with their combining marks (utf8proc's graphemes). Pure.

#ifndef ZR_LINE_EDIT_H
#define ZR_LINE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#define ZR_LINE_EDIT_MAX 4096 // bytes of text
#define ZR_LINE_EDIT_HISTORY 32

typedef struct zr_line_edit zr_line_edit_t;

typedef enum {
    ZR_LINE_LEFT,
    ZR_LINE_RIGHT,
    ZR_LINE_HOME,
    ZR_LINE_END,
    ZR_LINE_BACKSPACE, // deletes before the cursor
    ZR_LINE_DELETE,    // deletes at the cursor
    ZR_LINE_KILL_WORD, // deletes the word before the cursor
    ZR_LINE_KILL_LINE, // deletes everything
    ZR_LINE_EARLIER,   // own line before this one
    ZR_LINE_LATER,
} zr_line_key_t;

zr_line_edit_t *zr_line_edit_new (void);
void zr_line_edit_destroy (zr_line_edit_t **self_p);

// Puts text (NUL-terminated) in at the cursor. Line ends and tabs become blanks, other
// control characters and what is no UTF-8 are left out. Returns false if it does not
// fit: then nothing changes.
bool zr_line_edit_insert (zr_line_edit_t *self, const char *text);

void zr_line_edit_key (zr_line_edit_t *self, zr_line_key_t key);

// The text and the cursor's place in it in bytes; valid until the next change.
const char *zr_line_edit_text (const zr_line_edit_t *self);
size_t zr_line_edit_cursor (const zr_line_edit_t *self);

// Ends the line: it becomes an earlier one, and a new, empty one begins. Returns its
// text, valid until the next call of this.
const char *zr_line_edit_take (zr_line_edit_t *self);

#endif
