// SPDX-License-Identifier: MPL-2.0
// A line is put together whole, with its colours, and then broken at blanks; what
// follows a break is indented. So nobody can begin a line on the screen with a text
// that looks like the room's, by filling the line before it with blanks. Everything of
// others passes zr_text_visible, after which the only escapes are ours.
// Left out on purpose: the order of right-to-left text, which is the terminal's.

#include "common/chat_print.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utf8proc.h>

#include "common/text.h"

#define INDENT_LINE 6 // behind "12:04 "
#define INDENT_NOTICE 3
#define COLUMNS_MIN 20 // narrower ones are left to the terminal
#define VISIBLE_MAX 3  // bytes that are shown for one, at most
#define VARIATION_EMOJI 0xFE0F

#define DIM "\033[2m"
#define BOLD "\033[1m"
#define REVERSE "\033[7m"
#define PLAIN "\033[m"

typedef struct {
    const zr_chat_print_t *print;
    FILE *stream;
    char *text; // of the stream
    size_t len;
} s_output_t;

static void
s_begin (s_output_t *output, const zr_chat_print_t *print)
{
    *output = (s_output_t){.print = print};
    output->stream = open_memstream (&output->text, &output->len);
    assert (output->stream);
}

static void
s_put (s_output_t *output, const char *text)
{
    fputs (text, output->stream);
}

static void
s_style (s_output_t *output, const char *sequence)
{
    if (output->print->colours)
        s_put (output, sequence);
}

// Returns a copy that can be seen; for free(3).
static char *
s_visible (const char *text, size_t len)
{
    size_t size = len * VISIBLE_MAX + 1;
    char *visible = malloc (size);
    assert (visible);
    zr_text_visible (visible, size, text, len);
    return visible;
}

static void
s_put_visible (s_output_t *output, const char *text, size_t len)
{
    char *visible = s_visible (text, len);
    s_put (output, visible);
    free (visible);
}

// ---- breaking lines -----------------------------------------------------------------

// The character at text, which ends at end: its length and its width.
static size_t
s_measure (const char *text, const char *end, int *width)
{
    utf8proc_int32_t code;
    if (*text == '\033') { // one of ours: up to the letter
        *width = 0;
        return strcspn (text, "m") + 1;
    }
    utf8proc_ssize_t len =
        utf8proc_iterate ((const utf8proc_uint8_t *) text, end - text, &code);
    // A picture of a narrow sign is wide.
    *width = code == VARIATION_EMOJI ? 1 : utf8proc_charwidth (code);
    return len < 1 ? 1 : (size_t) len;
}

// How much of text, which ends at end, fits into width: up to a blank if there is one.
static const char *
s_fit (const char *text, const char *end, int width)
{
    const char *at = text, *blank = NULL;
    while (at < end) {
        int step_width;
        size_t step = s_measure (at, end, &step_width);
        if (*at == ' ')
            blank = at;
        width -= step_width;
        if (width < 0)
            break;
        at += step;
    }
    if (at >= end)
        return end;
    return blank && blank > text ? blank : at;
}

// Writes the line (without '\n') to stream, broken to columns.
static void
s_break (FILE *stream, const char *line, size_t len, int columns, int indent)
{
    const char *end = line + len;
    int width = columns - 1; // terminals differ in what the last column does
    if (columns < COLUMNS_MIN) {
        fprintf (stream, "%.*s\n", (int) len, line);
        return;
    }
    while (line < end) {
        const char *stop = s_fit (line, end, width);
        if (stop == line) // one that is wider than all
            stop = end;
        fprintf (stream, "%.*s\n", (int) (stop - line), line);
        line = stop < end && *stop == ' ' ? stop + 1 : stop;
        if (line < end)
            fprintf (stream, "%*s", indent, "");
        width = columns - 1 - indent;
    }
}

// Ends the line and returns it, broken.
static char *
s_end (s_output_t *output, int indent)
{
    char *broken;
    size_t len;
    fclose (output->stream);
    FILE *stream = open_memstream (&broken, &len);
    assert (stream);
    s_break (stream, output->text, output->len, output->print->columns, indent);
    fclose (stream);
    free (output->text);
    return broken;
}

// ---- names --------------------------------------------------------------------------

// Readable on black and on white alike.
static const unsigned char s_palette[] = {30,  32,  35,  64,  97,  99,
                                          125, 130, 136, 161, 166, 168};

static void
s_put_nick (s_output_t *output, const char *nick)
{
    const zr_chat_print_t *print = output->print;
    char sequence[32];
    uint32_t hash = 2166136261; // FNV-1a
    for (const char *at = nick; *at; at++)
        hash = (hash ^ (unsigned char) *at) * 16777619;
    hash ^= hash >> 16;
    if (print->colours >= 256)
        snprintf (sequence, sizeof sequence, "\033[38;5;%dm",
                  s_palette[hash % sizeof s_palette]);
    else
        snprintf (sequence, sizeof sequence, "\033[3%um", (unsigned) (1 + hash % 6));
    if (strcmp (nick, print->nick) == 0)
        s_style (output, BOLD);
    s_style (output, sequence);
    s_put_visible (output, nick, strlen (nick));
    s_style (output, PLAIN);
}

static bool
s_is_letter (utf8proc_int32_t code)
{
    const char *category = utf8proc_category_string (code);
    return category[0] == 'L' || category[0] == 'N' || category[0] == 'M';
}

// Whether text begins with nick, without regard to case. Returns its length, or 0.
static size_t
s_match (const char *text, const char *nick)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *) text;
    const utf8proc_uint8_t *wanted = (const utf8proc_uint8_t *) nick;
    utf8proc_int32_t a, b;
    while (*wanted) {
        utf8proc_ssize_t wanted_len = utf8proc_iterate (wanted, -1, &b);
        utf8proc_ssize_t len = *at ? utf8proc_iterate (at, -1, &a) : 0;
        if (len < 1 || wanted_len < 1 || utf8proc_tolower (a) != utf8proc_tolower (b))
            return 0;
        at += len;
        wanted += wanted_len;
    }
    a = ' ';
    if (*at)
        utf8proc_iterate (at, -1, &a);
    return s_is_letter (a) ? 0 : (size_t) ((const char *) at - text);
}

const char *
zr_chat_print_find (const char *text, const char *nick, size_t *len)
{
    utf8proc_int32_t before = ' ';
    while (*text && *nick) {
        *len = s_is_letter (before) ? 0 : s_match (text, nick);
        if (*len)
            return text;
        utf8proc_ssize_t step =
            utf8proc_iterate ((const utf8proc_uint8_t *) text, -1, &before);
        text += step < 1 ? 1 : step;
    }
    return NULL;
}

// What somebody said, with the own name where it stands in it.
static void
s_put_said (s_output_t *output, const char *text)
{
    const char *found;
    size_t len;
    while ((found = zr_chat_print_find (text, output->print->nick, &len)) != NULL) {
        fprintf (output->stream, "%.*s", (int) (found - text), text);
        s_style (output, REVERSE);
        fprintf (output->stream, "%.*s", (int) len, found);
        s_style (output, PLAIN);
        text = found + len;
    }
    s_put (output, text);
}

// ---- lines --------------------------------------------------------------------------

char *
zr_chat_print_notice (const zr_chat_print_t *self, const char *text)
{
    s_output_t output;
    s_begin (&output, self);
    s_style (&output, DIM);
    s_put (&output, "-- ");
    s_put_visible (&output, text, strlen (text));
    s_style (&output, PLAIN);
    return s_end (&output, INDENT_NOTICE);
}

static char *__attribute__ ((format (printf, 2, 3)))
s_notice (const zr_chat_print_t *self, const char *format, ...)
{
    char *text;
    va_list args;
    va_start (args, format);
    int len = vasprintf (&text, format, args);
    va_end (args);
    assert (len >= 0);
    char *notice = zr_chat_print_notice (self, text);
    free (text);
    return notice;
}

// A number for each day.
static int64_t
s_day (const struct tm *local)
{
    return (int64_t) local->tm_year * 366 + local->tm_yday;
}

// The date, if it is another one than that of the line before.
static char *
s_print_date (zr_chat_print_t *self, const struct tm *local)
{
    if (s_day (local) == self->day)
        return NULL;
    self->day = s_day (local);
    char text[64];
    strftime (text, sizeof text, "%A, %d %B %Y", local);
    return zr_chat_print_notice (self, text);
}

static char *
s_print_line (zr_chat_print_t *self, const zr_chat_event_t *event, bool *named)
{
    const zr_chat_message_t *message = &event->message;
    bool action = message->kind == ZR_CHAT_ME;
    bool own = strcmp (message->nick, self->nick) == 0;
    s_output_t output;
    struct tm local = {0};
    time_t seconds = (time_t) (message->time_ms / 1000);
    localtime_r (&seconds, &local);
    char *date = s_print_date (self, &local);

    s_begin (&output, self);
    s_style (&output, DIM);
    fprintf (output.stream, "%02d:%02d ", local.tm_hour, local.tm_min);
    s_style (&output, PLAIN);
    s_put (&output, action ? "* " : "<");
    s_put_nick (&output, message->nick);
    if (message->kind == ZR_CHAT_MSG) {
        s_put (&output, " -> ");
        s_put_nick (&output, message->to);
    }
    s_put (&output, action ? " " : "> ");
    char *said = s_visible (message->text, message->text_len);
    size_t len;
    *named = message->number > self->newest && !own &&
             (message->kind == ZR_CHAT_MSG ||
              zr_chat_print_find (said, self->nick, &len) != NULL);
    if (own)
        s_put (&output, said);
    else
        s_put_said (&output, said);
    free (said);
    char *line = s_end (&output, INDENT_LINE);
    if (!date)
        return line;
    char *both;
    int status = asprintf (&both, "%s%s", date, line);
    assert (status >= 0);
    free (date);
    free (line);
    return both;
}

static char *
s_print_names (zr_chat_print_t *self, const zr_chat_event_t *event)
{
    if (!self->names)
        return NULL;
    self->names = false;
    s_output_t names;
    int64_t count = 0;
    s_begin (&names, self);
    for (const char *at = event->text; *at; count++) {
        size_t len = strcspn (at, "\n");
        fprintf (names.stream, "%s%.*s", count ? ", " : "", (int) len, at);
        at += len + (at[len] == '\n');
    }
    fclose (names.stream);
    int64_t more = event->message.number - count;
    char others[40] = "";
    if (more > 0)
        snprintf (others, sizeof others, " and %" PRId64 " more", more);
    char *notice =
        s_notice (self, "%" PRId64 " here: %s%s", count + more, names.text, others);
    free (names.text);
    return notice;
}

static const char *
s_why (zr_chat_code_t code)
{
    switch (code) {
    case ZR_CHAT_WHY_LOST:
        return " (connection lost)";
    case ZR_CHAT_WHY_SILENT:
        return " (timed out)";
    case ZR_CHAT_WHY_STUCK:
        return " (did not keep up)";
    default:
        return "";
    }
}

static char *
s_print_error (const zr_chat_print_t *self, const zr_chat_event_t *event)
{
    if (event->message.code == ZR_CHAT_UNSTORED)
        return s_notice (self, "the room keeps nothing now: %s; yours is sent again",
                         event->text);
    if (event->message.n >= 0)
        return s_notice (self, "not sent: %s", event->text);
    return zr_chat_print_notice (self, event->text);
}

static char *
s_print_message (zr_chat_print_t *self, const zr_chat_event_t *event, bool *named)
{
    const zr_chat_message_t *message = &event->message;
    switch (message->verb) {
    case ZR_CHAT_LINE:
        return s_print_line (self, event, named);
    case ZR_CHAT_NAMES:
        return s_print_names (self, event);
    case ZR_CHAT_JOINED:
        return s_notice (self, "%s joined", message->nick);
    case ZR_CHAT_LEFT:
        return s_notice (self, "%s left%s", message->nick, s_why (message->code));
    case ZR_CHAT_RENAMED:
        if (strcmp (self->nick, message->nick) == 0)
            memcpy (self->nick, message->to, sizeof self->nick);
        return s_notice (self, "%s is now %s", message->nick, message->to);
    case ZR_CHAT_ERROR:
        return s_print_error (self, event);
    default: // REFUSED, NOTICE
        return zr_chat_print_notice (self, event->text);
    }
}

static char *
s_print_up (zr_chat_print_t *self, const zr_chat_event_t *event)
{
    bool again = self->nick[0], said = !again || self->down;
    self->down = false;
    self->newest = event->message.number;
    self->names = self->names || !again;
    memcpy (self->nick, event->message.nick, sizeof self->nick);
    if (!said)
        return NULL;
    return s_notice (self, "%s as %s", again ? "back in the room" : "in the room",
                     self->nick);
}

void
zr_chat_print_init (zr_chat_print_t *self, int colours, int64_t now_ms)
{
    *self = (zr_chat_print_t){.colours = colours};
    struct tm local = {0};
    time_t seconds = (time_t) (now_ms / 1000);
    localtime_r (&seconds, &local);
    self->day = s_day (&local);
}

char *
zr_chat_print_event (zr_chat_print_t *self, const zr_chat_event_t *event, bool *named)
{
    assert (self && event);
    bool ignored = false;
    named = named ? named : &ignored;
    *named = false;
    switch (event->kind) {
    case ZR_CHAT_EVENT_UP:
        return s_print_up (self, event);
    case ZR_CHAT_EVENT_DOWN:
        self->down = true;
        if (event->message.code == ZR_CHAT_REPLACED)
            return zr_chat_print_notice (self, event->text);
        return s_notice (self, "%s; trying again, and what you say is kept",
                         event->text);
    case ZR_CHAT_EVENT_MESSAGE:
        return s_print_message (self, event, named);
    default: // STORED, IDLE
        return NULL;
    }
}

int
zr_chat_print_colours (const char *term, const char *colorterm, const char *no_color)
{
    static const char *const without[] = {"dumb",  "unknown", "vt100",     "vt102",
                                          "vt220", "vt320",   "xterm-mono"};
    if ((no_color && *no_color) || !term || !*term)
        return 0;
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (strcmp (term, without[i]) == 0)
            return 0;
    return strstr (term, "256color") || strstr (term, "direct") ||
                   (colorterm && *colorterm)
               ? 256
               : 8;
}
