// SPDX-License-Identifier: MPL-2.0
// A plain buffer: lines are short, so everything moves bytes. Selecting and undoing
// are left out.

#include "subscriber/line_edit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct zr_line_edit {
    char text[ZR_LINE_EDIT_MAX + 1];
    size_t len, cursor;
    char taken[ZR_LINE_EDIT_MAX + 1];
    char *earlier[ZR_LINE_EDIT_HISTORY]; // newest first, owned
    int earlier_count;
    int browsing; // how many lines back; 0: the one being typed
    char *draft;  // the one being typed, while browsing; owned
};

zr_line_edit_t *
zr_line_edit_new (void)
{
    zr_line_edit_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    return self;
}

void
zr_line_edit_destroy (zr_line_edit_t **self_p)
{
    assert (self_p);
    zr_line_edit_t *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < self->earlier_count; i++)
        free (self->earlier[i]);
    free (self->draft);
    free (self);
    *self_p = NULL;
}

static char *
s_copy (const char *text)
{
    char *copy = strdup (text);
    if (!copy)
        abort ();
    return copy;
}

static void
s_set (zr_line_edit_t *self, const char *text)
{
    self->len = self->cursor = strlen (text);
    memmove (self->text, text, self->len + 1);
}

// Where the character that ends at end begins.
static size_t
s_before (const zr_line_edit_t *self, size_t end)
{
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *) self->text;
    utf8proc_int32_t last = 0, code, state = 0;
    size_t start = 0;
    for (size_t at = 0; at < end;) {
        utf8proc_ssize_t size =
            utf8proc_iterate (text + at, (utf8proc_ssize_t) (end - at), &code);
        assert (size > 0); // only UTF-8 is let in
        if (at == 0 || utf8proc_grapheme_break_stateful (last, code, &state))
            start = at;
        last = code;
        at += (size_t) size;
    }
    return start;
}

// Where the character that begins at start ends.
static size_t
s_after (const zr_line_edit_t *self, size_t start)
{
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *) self->text;
    utf8proc_int32_t last = 0, code, state = 0;
    size_t at = start;
    while (at < self->len) {
        utf8proc_ssize_t size =
            utf8proc_iterate (text + at, (utf8proc_ssize_t) (self->len - at), &code);
        assert (size > 0);
        if (at > start && utf8proc_grapheme_break_stateful (last, code, &state))
            break;
        last = code;
        at += (size_t) size;
    }
    return at;
}

bool
zr_line_edit_insert (zr_line_edit_t *self, const char *text)
{
    char clean[ZR_LINE_EDIT_MAX + 1];
    size_t len = 0;
    for (const utf8proc_uint8_t *at = (const utf8proc_uint8_t *) text; *at;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t size = utf8proc_iterate (at, -1, &code);
        bool blank = size == 1 && (*at == '\n' || *at == '\t');
        if (size > 0 && (blank || utf8proc_category (code) != UTF8PROC_CATEGORY_CC)) {
            if (self->len + len + (size_t) size > ZR_LINE_EDIT_MAX)
                return false;
            memcpy (clean + len, blank ? " " : (const char *) at, (size_t) size);
            len += (size_t) size;
        }
        at += size > 0 ? size : 1;
    }
    memmove (self->text + self->cursor + len, self->text + self->cursor,
             self->len - self->cursor + 1);
    memcpy (self->text + self->cursor, clean, len);
    self->cursor += len;
    self->len += len;
    return true;
}

static void
s_remove (zr_line_edit_t *self, size_t start, size_t end)
{
    memmove (self->text + start, self->text + end, self->len - end + 1);
    self->len -= end - start;
    self->cursor = start;
}

static void
s_kill_word (zr_line_edit_t *self)
{
    size_t start = self->cursor;
    while (start > 0 && self->text[start - 1] == ' ')
        start--;
    while (start > 0 && self->text[start - 1] != ' ')
        start--;
    s_remove (self, start, self->cursor);
}

// step 1: one line back; -1: one line forward.
static void
s_browse (zr_line_edit_t *self, int step)
{
    int target = self->browsing + step;
    if (target < 0 || target > self->earlier_count)
        return;
    if (self->browsing == 0) {
        free (self->draft);
        self->draft = s_copy (self->text);
    }
    self->browsing = target;
    s_set (self, target ? self->earlier[target - 1] : self->draft);
}

void
zr_line_edit_key (zr_line_edit_t *self, zr_line_key_t key)
{
    switch (key) {
    case ZR_LINE_LEFT:
        self->cursor = s_before (self, self->cursor);
        break;
    case ZR_LINE_RIGHT:
        self->cursor = s_after (self, self->cursor);
        break;
    case ZR_LINE_HOME:
        self->cursor = 0;
        break;
    case ZR_LINE_END:
        self->cursor = self->len;
        break;
    case ZR_LINE_BACKSPACE:
        s_remove (self, s_before (self, self->cursor), self->cursor);
        break;
    case ZR_LINE_DELETE:
        s_remove (self, self->cursor, s_after (self, self->cursor));
        break;
    case ZR_LINE_KILL_WORD:
        s_kill_word (self);
        break;
    case ZR_LINE_KILL_LINE:
        s_remove (self, 0, self->len);
        break;
    case ZR_LINE_EARLIER:
        s_browse (self, 1);
        break;
    case ZR_LINE_LATER:
        s_browse (self, -1);
        break;
    }
}

const char *
zr_line_edit_text (const zr_line_edit_t *self)
{
    return self->text;
}

size_t
zr_line_edit_cursor (const zr_line_edit_t *self)
{
    return self->cursor;
}

const char *
zr_line_edit_take (zr_line_edit_t *self)
{
    memcpy (self->taken, self->text, self->len + 1);
    if (self->len) {
        if (self->earlier_count == ZR_LINE_EDIT_HISTORY)
            free (self->earlier[--self->earlier_count]);
        memmove (self->earlier + 1, self->earlier,
                 (size_t) self->earlier_count * sizeof *self->earlier);
        self->earlier[0] = s_copy (self->text);
        self->earlier_count++;
    }
    self->browsing = 0;
    s_set (self, "");
    return self->taken;
}
