// SPDX-License-Identifier: MPL-2.0
// One question holds all there is to ask, and ends with DA1 (ESC [ c), which every
// terminal answers: whoever has not answered the others before that never will. So a
// terminal that knows nothing costs one round trip, and one that is mute 200 ms.
//
//     ESC _ G i=31,a=q ... ESC \  kitty graphics; not asked through tmux or screen,
//                                 which take it for a window's title
//     ESC [ ? 1 ; 1 ; 0 S         number of sixel colour registers (xterm)
//     ESC [ 6 n                   cursor position, behind one character of UTF-8 whose
//                                 two bytes would be two letters elsewhere
//
// Left out on purpose: passing graphics through tmux to the outer terminal.

#include "subscriber/terminal_caps.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <czmq.h>

#include "subscriber/terminal_chafa.h"

#define ASK_MS 200
#define ANSWER_MAX 1024
#define PARAMETERS_MAX 24

#define ASK_KITTY "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\"
#define ASK_REST "\033[?1;1;0S\r\xc3\xa9\033[6n\033[c"

// Terminals without colours; prefixes of TERM.
static const char *const mono_terms[] = {"vt1", "vt2",        "vt3", "vt4", "wy",
                                         "hp",  "xterm-mono", "sun", NULL};

static const char *
s_variable (char **environment, const char *name)
{
    const char *value = g_environ_getenv (environment, name);
    return value ? value : "";
}

static bool
s_starts_with_any (const char *text, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (strncmp (text, *prefixes, strlen (*prefixes)) == 0)
            return true;
    return false;
}

// The first of these three that is set decides, as for the C library.
static bool
s_locale_is_utf8 (char **environment)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG", NULL};
    for (const char *const *name = names; *name; name++) {
        const char *value = s_variable (environment, *name);
        if (*value != '\0')
            return strcasestr (value, "utf-8") || strcasestr (value, "utf8");
    }
    return false;
}

static zr_terminal_colours_t
s_colours (ChafaTermInfo *info, const char *term, const char *colorterm, bool screen)
{
    if (s_starts_with_any (term, mono_terms))
        return ZR_TERMINAL_MONO;
    bool direct = strcasecmp (colorterm, "truecolor") == 0 ||
                  strcasecmp (colorterm, "24bit") == 0 ||
                  chafa_term_info_have_seq (info, CHAFA_TERM_SEQ_SET_COLOR_FGBG_DIRECT);
    if (direct && !screen && strcmp (term, "linux") != 0)
        return ZR_TERMINAL_TRUE_COLOUR;
    if (chafa_term_info_have_seq (info, CHAFA_TERM_SEQ_SET_COLOR_FGBG_256))
        return ZR_TERMINAL_COLOURS_256;
    return ZR_TERMINAL_COLOURS_16;
}

static zr_terminal_graphics_t
s_graphics (ChafaTermInfo *info)
{
    ChafaTermSeq kitty = CHAFA_TERM_SEQ_BEGIN_KITTY_IMMEDIATE_IMAGE_V1;
    if (chafa_term_info_have_seq (info, kitty))
        return ZR_TERMINAL_KITTY;
    if (chafa_term_info_have_seq (info, CHAFA_TERM_SEQ_BEGIN_ITERM2_IMAGE))
        return ZR_TERMINAL_ITERM;
    if (chafa_term_info_have_seq (info, CHAFA_TERM_SEQ_BEGIN_SIXELS))
        return ZR_TERMINAL_SIXEL;
    return ZR_TERMINAL_SYMBOLS;
}

void
zr_terminal_caps_environment (zr_terminal_caps_t *self, char **environment)
{
    assert (self && environment);
    const char *term = s_variable (environment, "TERM");
    bool tmux =
        *s_variable (environment, "TMUX") != '\0' || strncmp (term, "tmux", 4) == 0;
    bool screen = !tmux && (*s_variable (environment, "STY") != '\0' ||
                            strncmp (term, "screen", 6) == 0);

    ChafaTermInfo *info =
        chafa_term_db_detect (chafa_term_db_get_default (), environment);
    *self = (zr_terminal_caps_t){0};
    self->usable = *term != '\0' && strcmp (term, "dumb") != 0;
    self->multiplexed = tmux || screen;
    self->graphics = self->multiplexed ? ZR_TERMINAL_SYMBOLS : s_graphics (info);
    self->colours =
        s_colours (info, term, s_variable (environment, "COLORTERM"), screen);
    self->utf8 = s_locale_is_utf8 (environment);
    chafa_term_info_unref (info);
}

// One control sequence: ESC [ lead parameters final.
typedef struct {
    char lead; // '?' or '>' if it begins with one, else 0
    char final;
    int parameters[PARAMETERS_MAX];
    int count;
} s_sequence_t;

// Reads the sequence behind ESC [. Returns its length, or 0 if it is not all there.
static size_t
s_read_sequence (const uint8_t *bytes, size_t len, s_sequence_t *sequence)
{
    *sequence = (s_sequence_t){.count = 1};
    size_t at = 0;
    if (at < len && (bytes[at] == '?' || bytes[at] == '>'))
        sequence->lead = (char) bytes[at++];
    for (; at < len; at++) {
        uint8_t byte = bytes[at];
        int *parameter = &sequence->parameters[sequence->count - 1];
        if (byte >= '0' && byte <= '9') {
            if (*parameter < 100000)
                *parameter = *parameter * 10 + (byte - '0');
        } else if (byte == ';') {
            if (sequence->count == PARAMETERS_MAX)
                return 0;
            sequence->count++;
        } else if (byte >= 0x40 && byte <= 0x7e) {
            sequence->final = (char) byte;
            return at + 1;
        } else
            return 0;
    }
    return 0;
}

static void
s_note_sequence (const s_sequence_t *sequence, zr_terminal_answers_t *answers)
{
    const int *parameters = sequence->parameters;
    if (sequence->lead == '?' && sequence->final == 'c') {
        answers->attributes = true;
        // The first one is the terminal's class, not an extension.
        for (int index = 1; index < sequence->count; index++)
            if (parameters[index] == 4)
                answers->sixel = true;
    } else if (sequence->lead == '?' && sequence->final == 'S') {
        // Item 1, no error, number of registers.
        if (sequence->count >= 3 && parameters[0] == 1 && parameters[1] == 0)
            answers->sixel_colours = parameters[2];
    } else if (sequence->lead == 0 && sequence->final == 'R' && sequence->count == 2)
        answers->column = parameters[1];
}

void
zr_terminal_caps_parse (const uint8_t *bytes, size_t len,
                        zr_terminal_answers_t *answers)
{
    assert (answers && (bytes || len == 0));
    static const char kitty[] = "_Gi=31;OK\033\\";
    *answers = (zr_terminal_answers_t){0};
    for (size_t at = 0; at + 1 < len; at++) {
        if (bytes[at] != '\033')
            continue;
        const uint8_t *rest = bytes + at + 1;
        size_t left = len - at - 1;
        if (*rest == '[') {
            s_sequence_t sequence;
            if (s_read_sequence (rest + 1, left - 1, &sequence) > 0)
                s_note_sequence (&sequence, answers);
        } else if (left >= sizeof kitty - 1 &&
                   memcmp (rest, kitty, sizeof kitty - 1) == 0)
            answers->kitty = true;
    }
}

void
zr_terminal_caps_apply (zr_terminal_caps_t *self, const zr_terminal_answers_t *answers)
{
    assert (self && answers);
    if (answers->kitty)
        self->graphics = ZR_TERMINAL_KITTY;
    else if (answers->sixel && self->graphics == ZR_TERMINAL_SYMBOLS)
        self->graphics = ZR_TERMINAL_SIXEL;
    self->sixel_colours = answers->sixel_colours;
    // A multiplexer knows UTF-8 whether or not the terminal beyond it does.
    if (answers->column > 0 && !self->multiplexed)
        self->utf8 = answers->column == 2;
}

// Writes a question of less than a pipe's worth. False if the terminal takes it not.
static bool
s_put (int output, const char *question)
{
    size_t len = strlen (question);
    return write (output, question, len) == (ssize_t) len;
}

void
zr_terminal_caps_ask (zr_terminal_caps_t *self, int input, int output)
{
    assert (self);
    if (input < 0)
        return;
    if (!s_put (output, self->multiplexed ? ASK_REST : ASK_KITTY ASK_REST))
        return;
    uint8_t bytes[ANSWER_MAX];
    size_t len = 0;
    zr_terminal_answers_t answers = {0};
    int64_t deadline = zclock_mono () + ASK_MS;
    while (!answers.attributes && len < sizeof bytes && !zsys_interrupted) {
        int64_t left = deadline - zclock_mono ();
        struct pollfd item = {input, POLLIN, 0};
        if (left <= 0)
            break;
        int ready = poll (&item, 1, (int) left);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            break;
        ssize_t got = read (input, bytes + len, sizeof bytes - len);
        if (got <= 0)
            break;
        len += (size_t) got;
        zr_terminal_caps_parse (bytes, len, &answers);
    }
    zr_terminal_caps_apply (self, &answers);
}

const char *
zr_terminal_caps_name (const zr_terminal_caps_t *self)
{
    assert (self);
    static const char *const graphics[] = {NULL, "sixel", "iTerm2", "kitty"};
    static const char *const colours[] = {"symbols, no colours", "symbols, 16 colours",
                                          "symbols, 256 colours",
                                          "symbols, true colour"};
    if (self->graphics != ZR_TERMINAL_SYMBOLS)
        return graphics[self->graphics];
    return colours[self->colours];
}
