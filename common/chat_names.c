// SPDX-License-Identifier: MPL-2.0
// A list in the order of coming, walked from end to end: names change at people's pace.

#include "common/chat_names.h"

#include <assert.h>
#include <czmq.h>
#include <utf8proc.h>

#include "common/text.h"

struct zr_chat_names {
    char *names[ZR_CHAT_PEERS_MAX];
    size_t count;
};

zr_chat_names_t *
zr_chat_names_new (void)
{
    return zmalloc (sizeof (zr_chat_names_t));
}

static void
s_clear (zr_chat_names_t *self)
{
    while (self->count)
        free (self->names[--self->count]); // freen would count twice
}

void
zr_chat_names_destroy (zr_chat_names_t **self_p)
{
    assert (self_p);
    if (*self_p)
        s_clear (*self_p);
    freen (*self_p);
    *self_p = NULL;
}

static void
s_remove (zr_chat_names_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (streq (self->names[i], name)) {
            freen (self->names[i]);
            self->count--;
            memmove (&self->names[i], &self->names[i + 1],
                     (self->count - i) * sizeof self->names[0]);
            return;
        }
}

static void
s_add (zr_chat_names_t *self, const char *name, size_t len)
{
    if (self->count < ZR_CHAT_PEERS_MAX && zr_text_is_printable (name, len))
        self->names[self->count++] = strndup (name, len);
}

static void
s_set (zr_chat_names_t *self, const char *text, size_t len)
{
    const char *end = text + len;
    s_clear (self);
    while (text < end) {
        const char *stop = memchr (text, '\n', (size_t) (end - text));
        stop = stop ? stop : end;
        s_add (self, text, (size_t) (stop - text));
        text = stop + 1;
    }
}

void
zr_chat_names_take (zr_chat_names_t *self, const zr_chat_message_t *message)
{
    assert (self && message);
    const char *comes = message->nick;
    switch (message->verb) {
    case ZR_CHAT_NAMES:
        s_set (self, message->text, message->text_len);
        return;
    case ZR_CHAT_LEFT:
        s_remove (self, message->nick);
        return;
    case ZR_CHAT_RENAMED:
        s_remove (self, message->nick);
        comes = message->to;
        break;
    case ZR_CHAT_JOINED:
        break;
    default:
        return;
    }
    s_remove (self, comes);
    s_add (self, comes, strlen (comes));
}

const char *
zr_chat_names_match (const zr_chat_names_t *self, const char *prefix, size_t *at)
{
    assert (self && prefix && at);
    utf8proc_uint8_t *wanted =
        utf8proc_NFKC_Casefold ((const utf8proc_uint8_t *) prefix);
    const char *match = NULL;
    while (wanted && !match && *at < self->count) {
        const char *name = self->names[(*at)++];
        utf8proc_uint8_t *key =
            utf8proc_NFKC_Casefold ((const utf8proc_uint8_t *) name);
        if (key &&
            strncmp ((char *) key, (char *) wanted, strlen ((char *) wanted)) == 0)
            match = name;
        free (key);
    }
    free (wanted);
    return match;
}
