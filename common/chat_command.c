// SPDX-License-Identifier: MPL-2.0
// A line is cleaned of what only its typing put there: TABs become blanks, blanks at
// its end and a CR go. The room judges the rest.

#include "common/chat_command.h"

#include <assert.h>
#include <czmq.h>

#include "common/nick.h"

typedef struct {
    const char *word;
    const char *usage; // behind the word
    const char *help;
    int (*run) (zr_chat_command_t *self, const char *rest);
} s_command_t;

static int s_run_msg (zr_chat_command_t *self, const char *rest);
static int s_run_who (zr_chat_command_t *self, const char *rest);
static int s_run_nick (zr_chat_command_t *self, const char *rest);
static int s_run_me (zr_chat_command_t *self, const char *rest);
static int s_run_help (zr_chat_command_t *self, const char *rest);
static int s_run_quit (zr_chat_command_t *self, const char *rest);

static const s_command_t s_commands[] = {
    {"/msg", " NICK TEXT", "say it to that one only", s_run_msg},
    {"/me", " TEXT", "\"/me waves\"", s_run_me},
    {"/who", "", "who is here", s_run_who},
    {"/nick", " NEW", "take another name", s_run_nick},
    {"/help", "", "this list", s_run_help},
    {"/quit", "", "leave", s_run_quit},
};
#define COMMANDS (sizeof s_commands / sizeof *s_commands)

static void __attribute__ ((format (printf, 3, 4)))
s_tell (zr_chat_command_t *self, bool failed, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    char *text = zsys_vprintf (format, args);
    va_end (args);
    self->tell (self->arg, text, failed);
    zstr_free (&text);
}

static int
s_post (zr_chat_command_t *self, zr_chat_verb_t kind, const char *to, const char *text)
{
    size_t len = strlen (text);
    if (len > ZR_CHAT_TEXT_MAX) {
        s_tell (self, true, "that has %zu bytes, and a line at most %d: shorten it",
                len, ZR_CHAT_TEXT_MAX);
        return -1;
    }
    if (zr_chat_client_post (self->client, kind, to, text, len)) {
        s_tell (self, true, "%zu lines wait already; this one is not taken",
                zr_chat_client_pending (self->client));
        return -1;
    }
    if (self->print->down)
        s_tell (self, false, "waits for the room: %s", text);
    return 0;
}

static int
s_wrong_use (zr_chat_command_t *self, const char *word)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (streq (s_commands[i].word, word))
            s_tell (self, true, "use: %s%s", word, s_commands[i].usage);
    return -1;
}

static int
s_run_msg (zr_chat_command_t *self, const char *rest)
{
    char nick[ZR_CHAT_NICK_MAX], key[ZR_NICK_KEY_MAX];
    size_t len = strcspn (rest, " ");
    const char *text = rest + len + strspn (rest + len, " ");
    if (len == 0 || *text == '\0')
        return s_wrong_use (self, "/msg");
    const char *reason = zr_nick_read (rest, len, nick, key);
    if (reason) {
        s_tell (self, true, "%.*s can be nobody: %s", (int) len, rest, reason);
        return -1;
    }
    return s_post (self, ZR_CHAT_MSG, nick, text);
}

static int
s_run_me (zr_chat_command_t *self, const char *rest)
{
    return *rest ? s_post (self, ZR_CHAT_ME, NULL, rest) : s_wrong_use (self, "/me");
}

static int
s_run_who (zr_chat_command_t *self, const char *rest)
{
    (void) rest;
    self->print->names = true;
    if (self->print->down)
        s_tell (self, true, "nobody can be seen from here until the room is back");
    else
        zr_chat_client_who (self->client);
    return 0;
}

static int
s_run_nick (zr_chat_command_t *self, const char *rest)
{
    if (*rest == '\0')
        return s_wrong_use (self, "/nick");
    zr_chat_client_nick (self->client, rest);
    return 0;
}

static int
s_run_help (zr_chat_command_t *self, const char *rest)
{
    (void) rest;
    for (size_t i = 0; i < COMMANDS; i++)
        s_tell (self, false, "%s%s: %s", s_commands[i].word, s_commands[i].usage,
                s_commands[i].help);
    s_tell (self, false, "//TEXT: say something that begins with a slash");
    return 0;
}

static int
s_run_quit (zr_chat_command_t *self, const char *rest)
{
    (void) rest;
    self->quits = true;
    return 0;
}

static int
s_run (zr_chat_command_t *self, const char *text)
{
    if (text[0] != '/')
        return s_post (self, ZR_CHAT_SAY, NULL, text);
    if (text[1] == '/')
        return s_post (self, ZR_CHAT_SAY, NULL, text + 1);
    size_t len = strcspn (text, " ");
    for (size_t i = 0; i < COMMANDS; i++)
        if (strlen (s_commands[i].word) == len &&
            strncmp (s_commands[i].word, text, len) == 0)
            return s_commands[i].run (self, text + len + strspn (text + len, " "));
    s_tell (self, true,
            "there is no %.*s; /help lists what there is, and //... says /...",
            (int) len, text);
    return -1;
}

int
zr_chat_command_run (zr_chat_command_t *self, const char *line)
{
    assert (self && line);
    char *text = strdup (line);
    size_t len = strlen (text);
    while (len > 0 && strchr (" \t\r", text[len - 1]))
        len--;
    text[len] = '\0';
    for (char *tab = text; (tab = strchr (tab, '\t')) != NULL;)
        *tab = ' ';
    int status = len ? s_run (self, text) : 0;
    free (text);
    return status;
}

const char *
zr_chat_command_match (const char *prefix, size_t *at)
{
    assert (prefix && at);
    while (*at < COMMANDS) {
        const char *word = s_commands[(*at)++].word;
        if (strncmp (word, prefix, strlen (prefix)) == 0)
            return word;
    }
    return NULL;
}
