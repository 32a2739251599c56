// SPDX-License-Identifier: MPL-2.0
// Events become lines by chat_print, without colours and broken to a width that fits a
// window; a ring keeps the newest. A refused name is told like everything else, with
// the way to another one.

#include "subscriber/talk.h"

#include <assert.h>
#include <czmq.h>

#include "common/chat_command.h"

#define COLUMNS 80

typedef struct {
    char *text; // owned
    int64_t until_us;
} line_t;

struct zr_talk {
    zr_chat_client_t *client;
    zr_chat_print_t print;
    zr_chat_command_t command;
    line_t lines[ZR_TALK_LINES_MAX]; // oldest first
    int count;
};

// Adds text, which may be several lines, each with its '\n'.
static void
s_add (zr_talk_t *self, const char *text)
{
    while (*text) {
        size_t len = strcspn (text, "\n");
        if (self->count == ZR_TALK_LINES_MAX) {
            freen (self->lines[0].text);
            memmove (self->lines, self->lines + 1,
                     (ZR_TALK_LINES_MAX - 1) * sizeof *self->lines);
            self->count--;
        }
        self->lines[self->count++] =
            (line_t){strndup (text, len), zclock_usecs () + ZR_TALK_SEEN_US};
        text += len + (text[len] == '\n');
    }
}

static void
s_tell (void *arg, const char *text, bool failed)
{
    zr_talk_t *self = arg;
    (void) failed;
    char *line = zr_chat_print_notice (&self->print, text);
    s_add (self, line);
    free (line);
}

zr_talk_t *
zr_talk_new (const char *endpoint, const char *nick)
{
    zr_chat_client_t *client = zr_chat_client_new (endpoint, nick);
    if (!client)
        return NULL;
    zr_talk_t *self = zmalloc (sizeof *self);
    self->client = client;
    zr_chat_print_init (&self->print, 0, zclock_time ());
    self->print.columns = COLUMNS;
    self->command = (zr_chat_command_t){
        .client = client, .print = &self->print, .tell = s_tell, .arg = self};
    return self;
}

void
zr_talk_destroy (zr_talk_t **self_p)
{
    assert (self_p);
    zr_talk_t *self = *self_p;
    if (!self)
        return;
    zr_chat_client_destroy (&self->client);
    for (int i = 0; i < self->count; i++)
        freen (self->lines[i].text);
    freen (self);
    *self_p = NULL;
}

bool
zr_talk_poll (zr_talk_t *self)
{
    bool news = false;
    zr_chat_event_t *event;
    while ((event = zr_chat_client_read (self->client))) {
        char *text = zr_chat_print_event (&self->print, event, NULL);
        if (text) {
            s_add (self, text);
            news = true;
        }
        free (text);
        if (event->kind == ZR_CHAT_EVENT_MESSAGE &&
            event->message.verb == ZR_CHAT_REFUSED)
            s_tell (self, "type /nick NAME to take another name", false);
        zr_chat_event_destroy (&event);
    }
    return news;
}

bool
zr_talk_say (zr_talk_t *self, const char *line)
{
    zr_chat_command_run (&self->command, line); // what failed was told
    return self->command.quits;
}

int
zr_talk_lines (zr_talk_t *self, int64_t now_us, zr_view_line_t *lines)
{
    int count = 0;
    for (int i = 0; i < self->count; i++) {
        int64_t left_us = self->lines[i].until_us - now_us;
        if (left_us <= 0)
            continue;
        int64_t opacity = left_us * 255 / ZR_TALK_FADE_US;
        lines[count++] =
            (zr_view_line_t){self->lines[i].text, opacity < 255 ? (int) opacity : 255};
    }
    return count;
}
