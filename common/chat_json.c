// SPDX-License-Identifier: MPL-2.0
// Jansson makes the objects; key order is that of the calls.

#include "common/chat_json.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

static void
s_text (json_t *object, const char *key, const char *text, size_t len)
{
    json_t *value = json_stringn (text, len);
    json_object_set_new (object, key, value ? value : json_string ("")); // no UTF-8
}

static void
s_word (json_t *object, const char *key, const char *word)
{
    s_text (object, key, word, strlen (word));
}

static void
s_number (json_t *object, const char *key, int64_t number)
{
    json_object_set_new (object, key, json_integer (number));
}

static void
s_line (json_t *object, const zr_chat_message_t *message)
{
    s_word (object, "event", "line");
    s_number (object, "number", message->number);
    s_number (object, "time", message->time_ms);
    s_word (object, "kind",
            message->kind == ZR_CHAT_SAY  ? "say"
            : message->kind == ZR_CHAT_ME ? "me"
                                          : "msg");
    s_word (object, "from", message->nick);
    if (message->kind == ZR_CHAT_MSG)
        s_word (object, "to", message->to);
    s_text (object, "text", message->text, message->text_len);
}

static void
s_names (json_t *object, const zr_chat_message_t *message)
{
    s_word (object, "event", "names");
    s_number (object, "count", message->number);
    json_t *nicks = json_array ();
    const char *at = message->text, *end = at + message->text_len;
    while (at < end) {
        const char *stop = memchr (at, '\n', (size_t) (end - at));
        stop = stop ? stop : end;
        json_array_append_new (nicks, json_stringn (at, (size_t) (stop - at)));
        at = stop + 1;
    }
    json_object_set_new (object, "nicks", nicks);
}

static void
s_person (json_t *object, const zr_chat_message_t *message)
{
    static const char *const words[] = {[ZR_CHAT_JOINED] = "joined",
                                        [ZR_CHAT_LEFT] = "left",
                                        [ZR_CHAT_RENAMED] = "renamed"};
    s_word (object, "event", words[message->verb]);
    s_word (object, "nick", message->nick);
    if (message->verb == ZR_CHAT_LEFT)
        s_word (object, "why", zr_chat_code_word (message->code));
    if (message->verb == ZR_CHAT_RENAMED)
        s_word (object, "to", message->to);
}

static void
s_message (json_t *object, const zr_chat_message_t *message)
{
    switch (message->verb) {
    case ZR_CHAT_LINE:
        s_line (object, message);
        return;
    case ZR_CHAT_NAMES:
        s_names (object, message);
        return;
    case ZR_CHAT_JOINED:
    case ZR_CHAT_LEFT:
    case ZR_CHAT_RENAMED:
        s_person (object, message);
        return;
    case ZR_CHAT_NOTICE:
        s_word (object, "event", "notice");
        break;
    default: // ERROR, REFUSED
        s_word (object, "event", message->verb == ZR_CHAT_ERROR ? "error" : "refused");
        s_word (object, "code", zr_chat_code_word (message->code));
        if (message->verb == ZR_CHAT_ERROR && message->n >= 0)
            s_number (object, "n", message->n);
    }
    s_text (object, "text", message->text, message->text_len);
}

static char *
s_dump (const json_t *object)
{
    char *dumped = json_dumps (object, JSON_COMPACT);
    assert (dumped);
    if (!zr_text_is_printable (dumped, strlen (dumped))) {
        free (dumped);
        dumped = json_dumps (object, JSON_COMPACT | JSON_ENSURE_ASCII);
    }
    char *line = NULL;
    size_t size;
    FILE *stream = open_memstream (&line, &size);
    assert (stream);
    for (const char *at = dumped; *at; at++)
        if (*at == '\x7f') // which Jansson leaves as it is
            fputs ("\\u007F", stream);
        else
            fputc (*at, stream);
    fputc ('\n', stream);
    fclose (stream);
    free (dumped);
    return line;
}

char *
zr_chat_json_event (const zr_chat_event_t *event)
{
    assert (event);
    const zr_chat_message_t *message = &event->message;
    if (event->kind == ZR_CHAT_EVENT_IDLE)
        return NULL;
    json_t *object = json_object ();
    switch (event->kind) {
    case ZR_CHAT_EVENT_UP:
        s_word (object, "event", "up");
        s_word (object, "nick", message->nick);
        s_number (object, "newest", message->number);
        s_number (object, "accepted", message->n);
        break;
    case ZR_CHAT_EVENT_DOWN:
        s_word (object, "event", "down");
        s_text (object, "text", message->text, message->text_len);
        break;
    case ZR_CHAT_EVENT_STORED:
        s_word (object, "event", "stored");
        s_number (object, "n", message->n);
        s_number (object, "number", message->number);
        break;
    default:
        s_message (object, message);
    }
    char *line = s_dump (object);
    json_decref (object);
    return line;
}
