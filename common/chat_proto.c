// SPDX-License-Identifier: MPL-2.0
// Messages of the chat, both ways, from one table: for each verb its word, who says it,
// and its fields in order, a letter each. Parsing and packing walk the same letters, so
// that neither can know a message that the other does not.
//
// Left out on purpose: whether a nick is a name (nick.c) and whether a person's text
// may be said (the room answers for that); here they only keep the grammar.

#include "common/chat_proto.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#define VERSION "zroom/1"
#define VERSION_FAMILY "zroom/"
#define NUMBER_DIGITS_MAX 19

typedef enum { S_CLIENT, S_BROKER } s_side_t;

// Fields: T token, L last, n N #, t time, k kind, u nick, o to, O to of a "msg" LINE,
// c code, e the n that an ERROR may have. A text is the second part.
typedef struct {
    const char *word;
    const char *fields;
    s_side_t side;
    bool has_text;
    zr_chat_code_t code_min, code_max; // of field c
} s_form_t;

static const s_form_t s_forms[] = {
    [ZR_CHAT_JOIN] = {"JOIN", "TL", S_CLIENT, true, 0, 0},
    [ZR_CHAT_SAY] = {"SAY", "n", S_CLIENT, true, 0, 0},
    [ZR_CHAT_ME] = {"ME", "n", S_CLIENT, true, 0, 0},
    [ZR_CHAT_MSG] = {"MSG", "no", S_CLIENT, true, 0, 0},
    [ZR_CHAT_NICK] = {"NICK", "", S_CLIENT, true, 0, 0},
    [ZR_CHAT_WHO] = {"WHO", "", S_CLIENT, false, 0, 0},
    [ZR_CHAT_LEAVE] = {"LEAVE", "", S_CLIENT, false, 0, 0},
    [ZR_CHAT_WELCOME] = {"WELCOME", "u#n", S_BROKER, false, 0, 0},
    [ZR_CHAT_REFUSED] = {"REFUSED", "c", S_BROKER, true, ZR_CHAT_NAME_BAD,
                         ZR_CHAT_REPLACED},
    [ZR_CHAT_NAMES] = {"NAMES", "#", S_BROKER, true, 0, 0},
    [ZR_CHAT_LINE] = {"LINE", "#tkuO", S_BROKER, true, 0, 0},
    [ZR_CHAT_ACK] = {"ACK", "n#", S_BROKER, false, 0, 0},
    [ZR_CHAT_WAIT] = {"WAIT", "n#", S_BROKER, false, 0, 0},
    [ZR_CHAT_JOINED] = {"JOINED", "u", S_BROKER, false, 0, 0},
    [ZR_CHAT_LEFT] = {"LEFT", "uc", S_BROKER, false, ZR_CHAT_WHY_LEFT,
                      ZR_CHAT_WHY_STUCK},
    [ZR_CHAT_RENAMED] = {"RENAMED", "uo", S_BROKER, false, 0, 0},
    [ZR_CHAT_NOTICE] = {"NOTICE", "", S_BROKER, true, 0, 0},
    [ZR_CHAT_ERROR] = {"ERROR", "ce", S_BROKER, true, ZR_CHAT_MALFORMED,
                       ZR_CHAT_UNSTORED},
};
#define FORMS (sizeof s_forms / sizeof *s_forms)

static const char *const s_kinds[] = {
    [ZR_CHAT_SAY] = "say", [ZR_CHAT_ME] = "me", [ZR_CHAT_MSG] = "msg"};

static const char *const s_codes[] = {
    [ZR_CHAT_CODE_NONE] = "none",
    [ZR_CHAT_NAME_BAD] = "name-bad",
    [ZR_CHAT_NAME_TAKEN] = "name-taken",
    [ZR_CHAT_BUSY] = "busy",
    [ZR_CHAT_FULL] = "full",
    [ZR_CHAT_REPLACED] = "replaced",
    [ZR_CHAT_MALFORMED] = "malformed",
    [ZR_CHAT_VERSION] = "version",
    [ZR_CHAT_NOT_JOINED] = "not-joined",
    [ZR_CHAT_ALREADY_JOINED] = "already-joined",
    [ZR_CHAT_TEXT_BAD] = "text-bad",
    [ZR_CHAT_TOO_LONG] = "too-long",
    [ZR_CHAT_NOBODY] = "nobody",
    [ZR_CHAT_GAP] = "gap",
    [ZR_CHAT_UNSTORED] = "unstored",
    [ZR_CHAT_WHY_LEFT] = "left",
    [ZR_CHAT_WHY_LOST] = "lost",
    [ZR_CHAT_WHY_SILENT] = "silent",
    [ZR_CHAT_WHY_STUCK] = "stuck",
};
#define CODES (sizeof s_codes / sizeof *s_codes)

// ---- what words are made of ---------------------------------------------------------

// Length of the character at text if a word may have it, else 0.
static size_t
s_word_character (const char *text, size_t len)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t size = utf8proc_iterate ((const utf8proc_uint8_t *) text,
                                              (utf8proc_ssize_t) len, &code);
    if (size < 1)
        return 0;
    switch (utf8proc_category (code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return 0;
    default:
        return (size_t) size;
    }
}

static bool
s_is_word (const char *text, size_t len)
{
    if (len == 0 || len >= ZR_CHAT_NICK_MAX)
        return false;
    size_t step = 1;
    for (size_t at = 0; at < len && step; at += step)
        step = s_word_character (text + at, len - at);
    return step > 0;
}

static bool
s_is_token (const char *token)
{
    size_t digits = strspn (token, "0123456789abcdef");
    return digits == ZR_CHAT_TOKEN_LEN && !token[digits];
}

static bool
s_is_utf8 (const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t step = utf8proc_iterate ((const utf8proc_uint8_t *) text + at,
                                                  (utf8proc_ssize_t) (len - at), &code);
        if (step < 1)
            return false;
        at += (size_t) step;
    }
    return true;
}

// Whether text is at most count words with an LF between each two.
static bool
s_is_names (const char *text, size_t len, int64_t count)
{
    if (len == 0)
        return true;
    int64_t names = 0;
    for (const char *end = text + len; text <= end; names++) {
        const char *stop = memchr (text, '\n', (size_t) (end - text));
        if (!stop)
            stop = end;
        if (names == count || !s_is_word (text, (size_t) (stop - text)))
            return false;
        text = stop + 1;
    }
    return true;
}

static bool
s_code_fits (const s_form_t *form, zr_chat_code_t code)
{
    return code >= form->code_min && code <= form->code_max;
}

// ---- packing ------------------------------------------------------------------------

static void
s_put (char *head, size_t *at, const char *word)
{
    size_t len = strlen (word);
    assert (*at + 1 + len < ZR_CHAT_HEAD_MAX);
    head[(*at)++] = ' ';
    memcpy (head + *at, word, len + 1);
    *at += len;
}

static void
s_put_number (char *head, size_t *at, int64_t number)
{
    assert (number >= 0);
    char word[NUMBER_DIGITS_MAX + 1];
    snprintf (word, sizeof word, "%" PRId64, number);
    s_put (head, at, word);
}

static void
s_put_nick (char *head, size_t *at, const char *nick)
{
    assert (s_is_word (nick, strlen (nick)));
    s_put (head, at, nick);
}

static void
s_put_field (char *head, size_t *at, const zr_chat_message_t *message, char field)
{
    const s_form_t *form = &s_forms[message->verb];
    switch (field) {
    case 'T':
        assert (s_is_token (message->token));
        s_put (head, at, message->token);
        break;
    case 'L':
        if (message->number == -1)
            s_put (head, at, "-");
        else
            s_put_number (head, at, message->number);
        break;
    case '#':
        s_put_number (head, at, message->number);
        break;
    case 'n':
        s_put_number (head, at, message->n);
        break;
    case 'e':
        if (message->n != -1)
            s_put_number (head, at, message->n);
        break;
    case 't':
        s_put_number (head, at, message->time_ms);
        break;
    case 'k':
        assert (message->kind >= ZR_CHAT_SAY && message->kind <= ZR_CHAT_MSG);
        s_put (head, at, s_kinds[message->kind]);
        break;
    case 'u':
        s_put_nick (head, at, message->nick);
        break;
    case 'O':
        if (message->kind != ZR_CHAT_MSG)
            break;
        // fall through
    case 'o':
        s_put_nick (head, at, message->to);
        break;
    default: // 'c'
        assert (s_code_fits (form, message->code));
        s_put (head, at, s_codes[message->code]);
    }
}

size_t
zr_chat_pack (const zr_chat_message_t *message, char *head)
{
    assert (message && head);
    assert (message->verb > ZR_CHAT_NOTHING && message->verb < FORMS);
    const s_form_t *form = &s_forms[message->verb];
    assert (!message->text == !form->has_text);
    size_t at = strlen (VERSION);
    memcpy (head, VERSION, at + 1);
    s_put (head, &at, form->word);
    for (const char *field = form->fields; *field; field++)
        s_put_field (head, &at, message, *field);
    return at;
}

bool
zr_chat_has_text (zr_chat_verb_t verb)
{
    assert (verb > ZR_CHAT_NOTHING && verb < FORMS);
    return s_forms[verb].has_text;
}

// ---- parsing ------------------------------------------------------------------------

// What of the head is still to be read. A word is what stands before the next blank.
typedef struct {
    const char *text, *end; // text NULL: no word is left
} s_reader_t;

static bool
s_take (s_reader_t *reader, const char **word, size_t *len)
{
    if (!reader->text)
        return false;
    const char *blank =
        memchr (reader->text, ' ', (size_t) (reader->end - reader->text));
    *word = reader->text;
    *len = (size_t) ((blank ? blank : reader->end) - reader->text);
    reader->text = blank ? blank + 1 : NULL;
    return true;
}

static bool
s_is (const char *word, size_t len, const char *expected)
{
    return len == strlen (expected) && memcmp (word, expected, len) == 0;
}

static bool
s_read_number (const char *word, size_t len, int64_t *number)
{
    if (len == 0 || len > NUMBER_DIGITS_MAX || (word[0] == '0' && len > 1))
        return false;
    uint64_t value = 0; // 19 digits fit
    for (size_t i = 0; i < len; i++) {
        if (word[i] < '0' || word[i] > '9')
            return false;
        value = value * 10 + (uint64_t) (word[i] - '0');
    }
    *number = (int64_t) (value & INT64_MAX);
    return value <= INT64_MAX;
}

static bool
s_read_last (const char *word, size_t len, int64_t *number)
{
    *number = -1;
    return s_is (word, len, "-") || s_read_number (word, len, number);
}

static bool
s_read_nick (const char *word, size_t len, char *nick)
{
    if (!s_is_word (word, len))
        return false;
    memcpy (nick, word, len);
    nick[len] = '\0';
    return true;
}

static bool
s_read_token (const char *word, size_t len, char *token)
{
    if (len != ZR_CHAT_TOKEN_LEN)
        return false;
    memcpy (token, word, len);
    token[len] = '\0';
    return s_is_token (token);
}

static bool
s_read_kind (const char *word, size_t len, zr_chat_verb_t *kind)
{
    for (*kind = ZR_CHAT_SAY; *kind <= ZR_CHAT_MSG; (*kind)++)
        if (s_is (word, len, s_kinds[*kind]))
            return true;
    return false;
}

static bool
s_read_code (const char *word, size_t len, const s_form_t *form, zr_chat_code_t *code)
{
    for (*code = form->code_min; *code <= form->code_max; (*code)++)
        if (s_is (word, len, s_codes[*code]))
            return true;
    return false;
}

static bool
s_read_field (s_reader_t *reader, char field, zr_chat_message_t *message)
{
    if (field == 'O' && message->kind != ZR_CHAT_MSG)
        return true;
    if (field == 'e' && !reader->text) {
        message->n = -1;
        return true;
    }
    const char *word;
    size_t len;
    if (!s_take (reader, &word, &len))
        return false;
    switch (field) {
    case 'T':
        return s_read_token (word, len, message->token);
    case 'L':
        return s_read_last (word, len, &message->number);
    case '#':
        return s_read_number (word, len, &message->number);
    case 'n':
    case 'e':
        return s_read_number (word, len, &message->n);
    case 't':
        return s_read_number (word, len, &message->time_ms);
    case 'k':
        return s_read_kind (word, len, &message->kind);
    case 'u':
        return s_read_nick (word, len, message->nick);
    case 'o':
    case 'O':
        return s_read_nick (word, len, message->to);
    default: // 'c'
        return s_read_code (word, len, &s_forms[message->verb], &message->code);
    }
}

static bool
s_read_head (s_reader_t *reader, s_side_t side, zr_chat_message_t *message)
{
    const char *word;
    size_t len;
    if (!s_take (reader, &word, &len))
        return false;
    zr_chat_verb_t verb = ZR_CHAT_JOIN;
    while (verb < FORMS && !s_is (word, len, s_forms[verb].word))
        verb++;
    if (verb == FORMS || s_forms[verb].side != side)
        return false;
    message->verb = verb;
    for (const char *field = s_forms[verb].fields; *field; field++)
        if (!s_read_field (reader, *field, message))
            return false;
    return !reader->text;
}

// The second part. What a client says is the room's to judge, beyond its length.
static zr_chat_code_t
s_read_text (const char *text, size_t len, zr_chat_message_t *message)
{
    bool names = message->verb == ZR_CHAT_NAMES;
    if (names && message->number > ZR_CHAT_PEERS_MAX)
        return ZR_CHAT_MALFORMED;
    if (len > (names ? ZR_CHAT_NAMES_MAX : ZR_CHAT_TEXT_MAX))
        return ZR_CHAT_TOO_LONG;
    if (names && !s_is_names (text, len, message->number))
        return ZR_CHAT_MALFORMED;
    if (s_forms[message->verb].side == S_BROKER && !s_is_utf8 (text, len))
        return ZR_CHAT_MALFORMED;
    message->text = text;
    message->text_len = len;
    return ZR_CHAT_CODE_NONE;
}

zr_chat_code_t
// NOLINTNEXTLINE(readability-function-size): two parts by length, how many, and whose
zr_chat_parse (const char *head, size_t head_len, const char *text, size_t text_len,
               int count, bool from_client, zr_chat_message_t *message)
{
    assert (head && message);
    *message = (zr_chat_message_t){0};
    const char *word;
    size_t len;
    s_reader_t reader = {head, head + head_len};
    if (head_len > ZR_CHAT_HEAD_MAX || !s_take (&reader, &word, &len))
        return ZR_CHAT_MALFORMED;
    if (!s_is (word, len, VERSION))
        return len > strlen (VERSION_FAMILY) &&
                       memcmp (word, VERSION_FAMILY, strlen (VERSION_FAMILY)) == 0
                   ? ZR_CHAT_VERSION
                   : ZR_CHAT_MALFORMED;
    zr_chat_code_t code = ZR_CHAT_MALFORMED;
    if (s_read_head (&reader, from_client ? S_CLIENT : S_BROKER, message)) {
        bool has_text = s_forms[message->verb].has_text;
        if (count == 1 + has_text)
            code = has_text ? s_read_text (text ? text : "", text_len, message)
                            : ZR_CHAT_CODE_NONE;
    }
    if (code == ZR_CHAT_MALFORMED)
        *message = (zr_chat_message_t){0};
    return code;
}

const char *
zr_chat_code_word (zr_chat_code_t code)
{
    assert (code < CODES);
    return s_codes[code];
}
