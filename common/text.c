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
    utf8proc_ssize_t size =
        utf8proc_iterate ((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &code);
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
    return (size_t)size;
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
