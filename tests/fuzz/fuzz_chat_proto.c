// SPDX-License-Identifier: MPL-2.0
// Messages of the chat, of both sides: what parses is packed into what was parsed, byte
// by byte, and a text that a person sees is harmless. The first byte: bit 0 the side,
// bits 1 and 2 the number of parts. Then the head; behind its first LF, the text.

#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/chat_proto.h"
#include "common/text.h"

static char *
s_copy (const uint8_t *bytes, size_t len)
{
    char *copy = malloc (len ? len : 1);
    assert (copy);
    if (len)
        memcpy (copy, bytes, len);
    return copy;
}

static void
s_assert_nothing (const zr_chat_message_t *message)
{
    assert (message->verb == ZR_CHAT_NOTHING && !message->text);
    assert (!message->token[0] && !message->nick[0] && !message->to[0]);
}

static void
s_assert_same (const zr_chat_message_t *a, const zr_chat_message_t *b)
{
    assert (a->verb == b->verb && a->kind == b->kind && a->code == b->code);
    assert (a->n == b->n && a->number == b->number && a->time_ms == b->time_ms);
    assert (strcmp (a->token, b->token) == 0 && strcmp (a->nick, b->nick) == 0);
    assert (strcmp (a->to, b->to) == 0);
    assert (a->text == b->text && a->text_len == b->text_len);
}

static void
s_show (const char *text, size_t len)
{
    size_t size = 3 * len + 1; // U+FFFD for each byte
    char *shown = malloc (size), *again = malloc (size);
    assert (shown && again);
    size_t written = zr_text_visible (shown, size, text, len);
    assert (written < size && strlen (shown) == written);
    assert (!memchr (shown, '\x1b', written) && !memchr (shown, '\n', written));
    size_t second = zr_text_visible (again, size, shown, written);
    assert (second == written && memcmp (shown, again, written) == 0);
    free (shown);
    free (again);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    bool from_client = data[0] & 1;
    int count = data[0] >> 1 & 3;
    const uint8_t *head = data + 1, *end = data + size;
    const uint8_t *stop = memchr (head, '\n', (size_t) (end - head));
    size_t head_len = (size_t) ((stop ? stop : end) - head);
    size_t text_len = stop ? (size_t) (end - stop - 1) : 0;
    char *head_copy = s_copy (head, head_len);
    char *text = s_copy (end - text_len, text_len);

    zr_chat_message_t message, again;
    zr_chat_code_t code = zr_chat_parse (head_copy, head_len, text, text_len, count,
                                         from_client, &message);
    if (code == ZR_CHAT_CODE_NONE) {
        char packed[ZR_CHAT_HEAD_MAX];
        size_t len = zr_chat_pack (&message, packed);
        assert (len == head_len && memcmp (packed, head_copy, len) == 0);
        assert (count == 1 + zr_chat_has_text (message.verb));
        assert (zr_chat_parse (packed, len, text, text_len, count, from_client,
                               &again) == ZR_CHAT_CODE_NONE);
        s_assert_same (&message, &again);
    } else if (code == ZR_CHAT_TOO_LONG)
        assert (zr_chat_has_text (message.verb) && !message.text);
    else {
        assert (code == ZR_CHAT_MALFORMED || code == ZR_CHAT_VERSION);
        s_assert_nothing (&message);
    }
    s_show (text, text_len);
    free (head_copy);
    free (text);
    return 0;
}
