// SPDX-License-Identifier: MPL-2.0
// Command lines: one table makes getopt_long's input, the checks and --help.
// The line is gone through twice: first only for --help and --version, which win over
// mistakes and must show the defaults as they were; then for good. getopt is told to
// hand over positionals in their order (a leading '-'), so options may stand anywhere,
// whatever POSIXLY_CORRECT says. Main thread, before others start.
// Left out on purpose: configuration files.

#include "common/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"

#define S_OPTIONS_MAX 64
#define S_WIDTH 80       // columns of --help
#define S_INDENT 29      // column of the explanations in --help
#define S_LONG 0x100     // val of a long option: this plus its place in the table
#define S_POSITIONAL 1   // getopt's code for what is not an option
#define S_NAME_MAX 40    // bytes of an option's name that are compared
#define S_DISTANCE_MAX 2 // edits between what was typed and what is suggested

// One command line being read.
typedef struct {
    const zr_program_t *program;
    zr_option_t table[S_OPTIONS_MAX + 1]; // the program's, then those of every program
    struct option longs[S_OPTIONS_MAX + 1];
    char letters[2 * S_OPTIONS_MAX + 3];
    int count;
    bool help, version, verbose;
} s_line_t;

static bool
s_takes_value (const zr_option_t *option)
{
    return option->kind != ZR_OPTION_ON && option->kind != ZR_OPTION_OFF;
}

static void
s_line_add (s_line_t *self, const zr_option_t *option)
{
    assert (self->count < S_OPTIONS_MAX);
    assert (strlen (option->name) < S_NAME_MAX && option->value && option->help);
    for (int i = 0; i < self->count; i++) {
        assert (strcmp (self->table[i].name, option->name) != 0);
        assert (!option->letter || self->table[i].letter != option->letter);
    }
    int has_arg = option->kind == ZR_OPTION_MAYBE ? optional_argument
                  : s_takes_value (option)        ? required_argument
                                                  : no_argument;
    assert (option->kind != ZR_OPTION_MAYBE || !option->letter);
    self->longs[self->count] =
        (struct option){option->name, has_arg, NULL, S_LONG + self->count};
    self->table[self->count++] = *option;
    if (option->letter) {
        size_t len = strlen (self->letters);
        self->letters[len] = option->letter;
        self->letters[len + 1] = has_arg ? ':' : '\0';
    }
}

static void
s_line_init (s_line_t *self, const zr_program_t *program)
{
    *self = (s_line_t){.program = program, .letters = "-:"};
    const zr_option_t common[] = {
        {.name = "verbose",
         .kind = ZR_OPTION_ON,
         .value = &self->verbose,
         .help = "say more on stderr"},
        {.name = "help",
         .letter = 'h',
         .kind = ZR_OPTION_ON,
         .value = &self->help,
         .help = "show this and end"},
        {.name = "version",
         .kind = ZR_OPTION_ON,
         .value = &self->version,
         .help = "show the version and end"},
    };
    for (const zr_option_t *option = program->table; option->name; option++)
        s_line_add (self, option);
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        s_line_add (self, &common[i]);
}

// The option for a code of getopt, or NULL.
static const zr_option_t *
s_line_option (const s_line_t *self, int code)
{
    if (code >= S_LONG && code < S_LONG + self->count)
        return &self->table[code - S_LONG];
    for (int i = 0; i < self->count; i++)
        if (code && self->table[i].letter == code)
            return &self->table[i];
    return NULL;
}

// "a number from 0 to 8192", with only those bounds that bind.
static void
s_say_range (const zr_option_t *option, const char *lead, char *text, size_t size)
{
    if (option->min == INT_MIN && option->max == INT_MAX)
        snprintf (text, size, "%s", lead);
    else if (option->max == INT_MAX)
        snprintf (text, size, "%s from %d", lead, option->min);
    else
        snprintf (text, size, "%s from %d to %d", lead, option->min, option->max);
}

// "auto, window or none" in a sentence, "auto|window|none" in the usage.
static void
s_say_choices (const zr_option_t *option, bool sentence, char *text, size_t size)
{
    const char *const *choices = option->choices;
    size_t len = 0;
    text[0] = '\0';
    for (int i = 0; choices[i] && len < size; i++) {
        const char *between = !sentence ? "|" : choices[i + 1] ? ", " : " or ";
        len += (size_t) snprintf (text + len, size - len, "%s%s", i ? between : "",
                                  choices[i]);
    }
}

// What stands in the option's variable, as --help says it; empty if there is nothing
// to say.
static void
s_say_default (const zr_option_t *option, char *text, size_t size)
{
    const char *unset = option->unset ? option->unset : "";
    switch (option->kind) {
    case ZR_OPTION_ON:
        snprintf (text, size, "%s", *(const bool *) option->value ? "on" : "");
        break;
    case ZR_OPTION_OFF:
        snprintf (text, size, "%s", *(const bool *) option->value ? "" : unset);
        break;
    case ZR_OPTION_NUMBER:
        if (*(const int *) option->value == 0 && option->unset)
            snprintf (text, size, "%s", unset);
        else
            snprintf (text, size, "%d", *(const int *) option->value);
        break;
    case ZR_OPTION_CHOICE:
        snprintf (text, size, "%s", option->choices[*(const int *) option->value]);
        break;
    case ZR_OPTION_MAYBE:
    case ZR_OPTION_TEXT: {
        const char *value = *(const char *const *) option->value;
        snprintf (text, size, "%s", value && *value ? value : unset);
        break;
    }
    case ZR_OPTION_LIST:
        snprintf (text, size, "%s",
                  ((const zr_list_t *) option->value)->count ? "" : unset);
        break;
    }
}

// Prints text from column S_INDENT on, wrapped between words at S_WIDTH; the cursor
// stands at column.
static void
s_print_wrapped (const char *text, int column)
{
    printf ("%*s", S_INDENT - column, "");
    column = S_INDENT;
    while (*text) {
        int len = (int) strcspn (text, " \n");
        bool first = column == S_INDENT;
        if (!first && column + 1 + len > S_WIDTH) {
            printf ("\n%*s", S_INDENT, "");
            column = S_INDENT;
            first = true;
        }
        column += printf ("%s%.*s", first ? "" : " ", len, text);
        text += len;
        if (*text == '\n') {
            printf ("\n%*s", S_INDENT, "");
            column = S_INDENT;
        }
        text += *text != '\0';
    }
    putchar ('\n');
}

static void
s_print_option (const zr_option_t *option)
{
    char letter[] = "    ";
    if (option->letter)
        snprintf (letter, sizeof letter, "-%c, ", option->letter);
    char argument[128] = "";
    if (option->argument)
        snprintf (argument, sizeof argument, "%s", option->argument);
    else if (option->kind == ZR_OPTION_CHOICE)
        s_say_choices (option, false, argument, sizeof argument);
    bool maybe = option->kind == ZR_OPTION_MAYBE;
    const char *between = maybe ? "[=" : argument[0] ? " " : "";
    int column = printf ("  %s--%s%s%s%s", letter, option->name, between, argument,
                         maybe ? "]" : "");
    if (column > S_INDENT - 2) {
        putchar ('\n');
        column = 0;
    }

    char taken[256] = "", value[256], text[1024];
    if (option->kind == ZR_OPTION_NUMBER)
        s_say_range (option, "", taken, sizeof taken);
    else if (option->kind == ZR_OPTION_CHOICE && option->argument)
        s_say_choices (option, true, taken, sizeof taken);
    s_say_default (option, value, sizeof value);
    const char *said = taken[0] == ' ' ? taken + 1 : taken;
    if (said[0] || value[0])
        snprintf (text, sizeof text, "%s (%s%s%s%s)", option->help, said,
                  said[0] && value[0] ? "; " : "", value[0] ? "default: " : "", value);
    else
        snprintf (text, sizeof text, "%s", option->help);
    s_print_wrapped (text, column);
}

static void
s_print_help (const s_line_t *self)
{
    const zr_program_t *program = self->program;
    size_t about_len = strlen (program->about);
    while (about_len > 0 && program->about[about_len - 1] == '\n')
        about_len--;
    printf ("Usage: %s %s\n\n%.*s\n\nOptions:\n", program->name, program->synopsis,
            (int) about_len, program->about);
    for (int i = 0; i < self->count; i++)
        s_print_option (&self->table[i]);
}

// Edits (insert, delete, replace) that make b of a.
static int
s_distance (const char *a, const char *b)
{
    int row[S_NAME_MAX + 1];
    int width = (int) strnlen (b, S_NAME_MAX);
    for (int j = 0; j <= width; j++)
        row[j] = j;
    for (int i = 1; a[i - 1] && i <= S_NAME_MAX; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= width; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (best > row[j] + 1)
                best = row[j] + 1;
            if (best > row[j - 1] + 1)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[width];
}

// The known name nearest to what was typed; NULL if none is near.
// What shares no letter with it is not, however short both are.
static const char *
s_nearest (const s_line_t *self, const char *typed)
{
    const char *nearest = NULL;
    int least = S_DISTANCE_MAX + 1;
    for (int i = 0; i < self->count; i++) {
        int distance = s_distance (typed, self->table[i].name);
        if (distance < least && distance < (int) strlen (self->table[i].name)) {
            least = distance;
            nearest = self->table[i].name;
        }
    }
    return nearest;
}

// An option that is not there, or one cut so short that it may be several.
// word is the whole argument, letter getopt's if it was a short one.
static int
s_refuse_unknown (const s_line_t *self, const char *word, int letter)
{
    const zr_program_t *program = self->program;
    char typed[S_NAME_MAX], found[256] = "";
    const char *name = letter ? word + 1 : word + 2;
    snprintf (typed, sizeof typed, "%.*s", (int) strcspn (name, "="), name);
    size_t len = 0;
    for (int i = 0; !letter && i < self->count; i++)
        if (strncmp (self->table[i].name, typed, strlen (typed)) == 0 &&
            len < sizeof found)
            len += (size_t) snprintf (found + len, sizeof found - len, "%s--%s",
                                      len ? ", " : "", self->table[i].name);
    if (len)
        return zr_options_refuse (program, "--%s may be any of %s", typed, found);
    // "-px" is two letters, "-preview" a long name with a dash too few.
    bool long_name = !letter || strlen (typed) > 3;
    const char *nearest = long_name ? s_nearest (self, typed) : NULL;
    if (nearest)
        return zr_options_refuse (program,
                                  "there is no option %.*s; did you mean --%s?",
                                  (int) strcspn (word, "="), word, nearest);
    if (letter)
        return zr_options_refuse (program, "there is no option -%c", letter);
    return zr_options_refuse (program, "there is no option --%s", typed);
}

static int
s_set_number (const s_line_t *self, const zr_option_t *option, const char *text)
{
    char *end;
    errno = 0;
    long number = strtol (text, &end, 10);
    bool digit = strchr ("+-0123456789", text[0]) && text[0];
    if (digit && end > text && *end == '\0' && errno == 0 && number >= option->min &&
        number <= option->max) {
        *(int *) option->value = (int) number;
        return ZR_OPTIONS_GO;
    }
    char range[64];
    s_say_range (option, "a number", range, sizeof range);
    return zr_options_refuse (self->program, "--%s takes %s, not \"%s\"", option->name,
                              range, text);
}

static int
s_set_choice (const s_line_t *self, const zr_option_t *option, const char *text)
{
    for (int i = 0; option->choices[i]; i++)
        if (strcmp (option->choices[i], text) == 0) {
            *(int *) option->value = i;
            return ZR_OPTIONS_GO;
        }
    char choices[256];
    s_say_choices (option, true, choices, sizeof choices);
    return zr_options_refuse (self->program, "--%s takes %s, not \"%s\"", option->name,
                              choices, text);
}

static int
s_set (const s_line_t *self, const zr_option_t *option, const char *text)
{
    bool alone = option->kind == ZR_OPTION_MAYBE && !text;
    assert (option->value && (text || alone || !s_takes_value (option)));
    if (s_takes_value (option) && !alone && *text == '\0')
        return zr_options_refuse (self->program, "--%s takes %s, not an empty text",
                                  option->name,
                                  option->argument ? option->argument : "a value");
    switch (option->kind) {
    case ZR_OPTION_ON:
    case ZR_OPTION_OFF:
        *(bool *) option->value = option->kind == ZR_OPTION_ON;
        return ZR_OPTIONS_GO;
    case ZR_OPTION_NUMBER:
        return s_set_number (self, option, text);
    case ZR_OPTION_CHOICE:
        return s_set_choice (self, option, text);
    case ZR_OPTION_MAYBE:
    case ZR_OPTION_TEXT:
        *(const char **) option->value = alone ? "" : text;
        return ZR_OPTIONS_GO;
    case ZR_OPTION_LIST:
        break;
    }
    zr_list_t *list = option->value;
    if (list->count == ZR_LIST_MAX)
        return zr_options_refuse (self->program, "--%s may be given %d times, not more",
                                  option->name, ZR_LIST_MAX);
    list->items[list->count++] = text;
    return ZR_OPTIONS_GO;
}

static int
s_add_positional (const s_line_t *self, const char *text)
{
    const zr_program_t *program = self->program;
    zr_list_t *list = program->positional;
    if (*text == '\0')
        return zr_options_refuse (program, "an argument is empty");
    if (!list || program->positional_max == 0)
        return zr_options_refuse (program, "\"%s\" is no option", text);
    if (list->count == program->positional_max || list->count == ZR_LIST_MAX)
        return zr_options_refuse (program, "\"%s\" is one too many: usage is %s %s",
                                  text, program->name, program->synopsis);
    list->items[list->count++] = text;
    return ZR_OPTIONS_GO;
}

// Goes through the line for --help and --version only; mistakes wait.
static void
s_look_for_help (s_line_t *self, int argc, char **argv)
{
    int code;
    optind = 0; // begin anew, as glibc has it
    while ((code = getopt_long (argc, argv, self->letters, self->longs, NULL)) != -1) {
        const zr_option_t *option = s_line_option (self, code);
        if (option && (option->value == &self->help || option->value == &self->version))
            *(bool *) option->value = true;
    }
}

// Deals with what getopt found at word. Returns ZR_OPTIONS_GO or 2.
static int
s_take (const s_line_t *self, int code, const char *word)
{
    const zr_option_t *option = s_line_option (self, code);
    if (code == S_POSITIONAL)
        return s_add_positional (self, optarg);
    if (option)
        return s_set (self, option, optarg);
    option = s_line_option (self, optopt);
    if (code == ':')
        return zr_options_refuse (self->program, "--%s needs a value: --%s %s",
                                  option->name, option->name,
                                  option->argument ? option->argument : "VALUE");
    if (option)
        return zr_options_refuse (self->program, "--%s takes no value", option->name);
    return s_refuse_unknown (self, word, optopt);
}

int
zr_options_parse (const zr_program_t *program, int argc, char **argv)
{
    assert (program && argv);
    s_line_t line;
    s_line_init (&line, program);
    opterr = 0;
    s_look_for_help (&line, argc, argv);
    if (line.help) {
        line.help = line.version = false; // as they were, like all others
        s_print_help (&line);
        return 0;
    }
    if (line.version) {
        printf ("%s %s\n", program->name, ZR_VERSION);
        return 0;
    }

    int rc = ZR_OPTIONS_GO;
    optind = 0;
    for (int at = 1; rc == ZR_OPTIONS_GO; at = optind) {
        int code = getopt_long (argc, argv, line.letters, line.longs, NULL);
        if (code == -1)
            break;
        rc = s_take (&line, code, argv[at]);
    }
    while (rc == ZR_OPTIONS_GO && optind < argc)
        rc = s_add_positional (&line, argv[optind++]);
    if (rc == ZR_OPTIONS_GO && line.verbose)
        zr_log_set_level (ZR_LOG_DEBUG);
    return rc;
}

int
zr_options_refuse (const zr_program_t *program, const char *format, ...)
{
    assert (program && format);
    char raw[1024], text[sizeof raw];
    va_list args;
    va_start (args, format);
    vsnprintf (raw, sizeof raw, format, args);
    va_end (args);
    zr_text_clean (text, sizeof text, raw, strlen (raw));
    fprintf (stderr, "%s: %s (see --help)\n", program->name, text);
    return 2;
}
