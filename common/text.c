// SPDX-License-Identifier: MPL-2.0
// One walk over code points, used to judge and to clean.

#include "common/text.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

// Length of the character at text, and whether it can be shown. What is no UTF-8 is
// one byte that cannot.
static size_t
s_next (const char *text, size_t len, bool *printable)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t size = utf8proc_iterate ((const utf8proc_uint8_t *) text,
                                              (utf8proc_ssize_t) len, &code);
    *printable = false;
    if (size < 1)
        return 1;
    switch (utf8proc_category (code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        break;
    default:
        *printable = true;
    }
    return (size_t) size;
}

bool
zr_text_is_printable (const char *text, size_t len)
{
    bool printable = true;
    for (size_t at = 0; at < len && printable;)
        at += s_next (text + at, len - at, &printable);
    return printable;
}

size_t
zr_text_clean (char *dest, size_t size, const char *text, size_t len)
{
    assert (dest && size > 0);
    size_t written = 0;
    for (size_t at = 0; at < len;) {
        bool printable;
        size_t step = s_next (text + at, len - at, &printable);
        size_t room = printable ? step : 1;
        if (written + room >= size)
            break;
        if (printable)
            memcpy (dest + written, text + at, step);
        else
            dest[written] = '?';
        written += room;
        at += step;
    }
    dest[written] = '\0';
    return written;
}

// What is shown for a character that is not printable.
static utf8proc_int32_t
s_stand_in (utf8proc_int32_t code)
{
    if (code == '\t')
        return ' ';
    if (code >= 0 && code < ' ')
        return 0x2400 + code;
    if (code == 0x7F)
        return 0x2421;
    return code == 0x200C || code == 0x200D ? code : 0xFFFD;
}

size_t
zr_text_visible (char *dest, size_t size, const char *text, size_t len)
{
    assert (dest && size > 0);
    size_t written = 0;
    for (size_t at = 0; at < len;) {
        bool printable;
        size_t step = s_next (text + at, len - at, &printable);
        const utf8proc_uint8_t *from = (const utf8proc_uint8_t *) text + at;
        utf8proc_uint8_t shown[4];
        size_t room = step;
        if (!printable) {
            utf8proc_int32_t code;
            utf8proc_iterate (from, (utf8proc_ssize_t) step, &code); // -1: no UTF-8
            room = (size_t) utf8proc_encode_char (s_stand_in (code), shown);
            from = shown;
        }
        if (written + room >= size)
            break;
        memcpy (dest + written, from, room);
        written += room;
        at += step;
    }
    dest[written] = '\0';
    return written;
}

int
zr_text_characters (const char *text)
{
    assert (text);
    int count = 0;
    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}
