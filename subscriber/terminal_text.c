// SPDX-License-Identifier: MPL-2.0
// Widths are utf8proc's; the C library's wcwidth would depend on the locale. Variation
// selectors are left out: terminals disagree about how wide they make what they
// follow, and a line that is one column too long breaks the picture beside it.
// Any thread.

#include "subscriber/terminal_text.h"

#include <assert.h>
#include <string.h>

#include <utf8proc.h>

#include "common/text.h"

static bool
s_is_variation_selector (utf8proc_int32_t code)
{
    return code >= 0xfe00 && code <= 0xfe0f;
}

int
zr_terminal_text_cut (const char *text, int columns, bool utf8, char *dest, size_t size)
{
    assert (text && dest && size > 0);
    char clean[ZR_TERMINAL_TEXT_MAX];
    size_t clean_len = zr_text_clean (clean, sizeof clean, text, strlen (text));
    size_t len = 0;
    int used = 0;
    for (size_t at = 0; at < clean_len;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t step =
            utf8proc_iterate ((const utf8proc_uint8_t *) clean + at,
                              (utf8proc_ssize_t) (clean_len - at), &code);
        if (step < 1)
            break; // cannot be: it was cleaned
        const char *bytes = utf8 || code < 128 ? clean + at : "?";
        size_t count = utf8 ? (size_t) step : 1;
        int width = utf8 ? utf8proc_charwidth (code) : 1;
        at += (size_t) step;
        if (s_is_variation_selector (code))
            continue;
        if (used + width > columns || len + count >= size)
            break;
        memcpy (dest + len, bytes, count);
        len += count;
        used += width;
    }
    dest[len] = '\0';
    return used;
}
