// SPDX-License-Identifier: MPL-2.0
// A name is judged twice: as it is shown (NFC), character by character, and as it is
// compared (NFKC_Casefold), for some letters and symbols fold to blanks, brackets or
// signs that would be refused if they were typed.
//
// Left out on purpose: letters of different scripts that look the same (UTS 39), which
// would need tables that nothing here has, and refuses honest names.

#include "common/nick.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define INPUT_MAX 512 // bytes; 32 characters of NFC come from no more than 384
#define MARKS_MAX 3   // above each other

#define NFC (UTF8PROC_STABLE | UTF8PROC_COMPOSE)
#define NFKC_CASEFOLD                                                                  \
    (UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |        \
     UTF8PROC_IGNORE)

// Each fits into "... : choose another".
static const char s_empty[] = "a name has at least one character";
static const char s_long[] = "a name has at most 32 characters";
static const char s_coding[] = "that is not valid UTF-8";
static const char s_blank[] = "a name has no blanks";
static const char s_invisible[] = "a name has no invisible or unknown characters";
static const char s_sign[] = "a name has letters, digits, symbols and - _ . ' only";
static const char s_first[] = "a name begins with a letter, a digit or a symbol";
static const char s_marks[] = "a name has at most three marks above each other";
static const char s_own[] = "that name is the room's own";

static const char *const s_reserved[] = {"zroom", "room", "server", "broker"};

// Symbols, letters and marks by category, but nothing to be seen, or in place of what
// could not be shown.
static bool
s_looks_blank (utf8proc_int32_t code)
{
    switch (code) {
    case 0x2800:  // braille blank
    case 0xFFFC:  // object replacement
    case 0xFFFD:  // replacement
    case 0x13441: // Egyptian hieroglyphs: full and half blank
    case 0x13442:
    case 0x16FE4: // Khitan filler
    case 0x1D159: // null note head
        return true;
    default:
        return utf8proc_get_property (code)->ignorable;
    }
}

// Whether it is one of ASCII's that may be in a name.
static bool
s_is_plain (utf8proc_int32_t code)
{
    return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
           (code >= 'a' && code <= 'z') || code == '-' || code == '_' || code == '.' ||
           code == '\'';
}

// Judges one character. *marks counts those above each other until now, or is -1
// before the first character. NULL if it may be in a name there.
static const char *
s_judge_character (utf8proc_int32_t code, int *marks)
{
    const bool first = *marks < 0;
    if (s_looks_blank (code))
        return s_invisible;
    const char *category = utf8proc_category_string (code);
    switch (category[0]) {
    case 'C': // control, format, private, unassigned
        return s_invisible;
    case 'Z':
        return s_blank;
    case 'M':
        if (first)
            return s_first;
        if (category[1] == 'c') // beside its letter, as many in Burmese are
            break;
        return ++*marks > MARKS_MAX ? s_marks : NULL;
    case 'P':
        if (!s_is_plain (code))
            return s_sign;
        if (first)
            return s_first;
        break;
    default: // letters, numbers, symbols; ASCII's are judged with the key
        break;
    }
    *marks = 0;
    return NULL;
}

static const char *
s_judge (const utf8proc_uint8_t *name, size_t len)
{
    const char *reason = NULL;
    int marks = -1;
    int count = 0;
    for (size_t at = 0; at < len && !reason; count++) {
        utf8proc_int32_t code;
        at +=
            (size_t) utf8proc_iterate (name + at, (utf8proc_ssize_t) (len - at), &code);
        reason = s_judge_character (code, &marks);
    }
    if (!reason && count > ZR_CHAT_NICK_CHARS_MAX)
        reason = s_long;
    return reason;
}

static const char *
s_judge_key (const utf8proc_uint8_t *key, size_t len)
{
    if (len >= ZR_NICK_KEY_MAX)
        return s_long;
    for (size_t i = 0; i < len; i++)
        if (key[i] < 0x80 && !s_is_plain (key[i]))
            return s_sign;
    for (size_t i = 0; i < sizeof s_reserved / sizeof *s_reserved; i++)
        if (strcmp ((const char *) key, s_reserved[i]) == 0)
            return s_own;
    return NULL;
}

const char *
zr_nick_read (const char *text, size_t len, char *nick, char *key)
{
    assert (nick && key && (text || len == 0));
    while (len > 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        len--;
    }
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    if (len == 0)
        return s_empty;
    if (len > INPUT_MAX)
        return s_long;
    utf8proc_uint8_t *shown = NULL;
    utf8proc_ssize_t shown_len = utf8proc_map ((const utf8proc_uint8_t *) text,
                                               (utf8proc_ssize_t) len, &shown, NFC);
    if (shown_len < 0)
        return s_coding;
    const char *reason = s_judge (shown, (size_t) shown_len);
    utf8proc_uint8_t *folded = NULL;
    if (!reason) {
        utf8proc_ssize_t folded_len =
            utf8proc_map (shown, shown_len, &folded, NFKC_CASEFOLD);
        assert (folded_len > 0); // it was valid, and has characters that stay
        reason = s_judge_key (folded, (size_t) folded_len);
        if (!reason) {
            memcpy (nick, shown, (size_t) shown_len + 1);
            memcpy (key, folded, (size_t) folded_len + 1);
        }
    }
    free (shown);
    free (folded);
    return reason;
}
