// SPDX-License-Identifier: MPL-2.0
// One table per program says what its command line takes; parsing and --help both
// come from it, so they cannot drift apart. Defaults shown in --help are read from
// the very variables that the options set. Main thread, before others start.

#ifndef ZR_OPTIONS_H
#define ZR_OPTIONS_H

#include <stddef.h>

#define ZR_VERSION "0.1.0"
#define ZR_LIST_MAX 32

// What parse returns when the program is to go on.
#define ZR_OPTIONS_GO (-1)

// Values of a repeatable option, in order; they point into argv.
typedef struct {
    const char *items[ZR_LIST_MAX];
    int count;
} zr_list_t;

typedef enum {
    ZR_OPTION_ON,     // bool *value becomes true
    ZR_OPTION_OFF,    // bool *value becomes false
    ZR_OPTION_NUMBER, // int *value, min to max
    ZR_OPTION_TEXT,   // const char **value, not empty
    ZR_OPTION_CHOICE, // int *value: index into choices
    ZR_OPTION_LIST,   // zr_list_t *value
    ZR_OPTION_MAYBE,  // const char **value: TEXT behind "=", or alone: then it is ""
} zr_option_kind_t;

typedef struct {
    const char *name; // without the dashes
    char letter;      // short form, or 0
    zr_option_kind_t kind;
    void *value;
    const char *argument; // its name in --help, such as "N"
    const char *help;     // one line or more, without the default
    // Said as the default while the value is NULL, empty, false (of an ON), or 0 (of a
    // NUMBER). NULL: nothing is said, or the 0 itself.
    const char *unset;
    int min, max;               // of a NUMBER
    const char *const *choices; // of a CHOICE, NULL-terminated
} zr_option_t;

typedef struct {
    const char *name;         // "zroom-publisher"
    const char *synopsis;     // "[OPTION...] [SOURCE]"
    const char *about;        // what it does and examples, shown above the options
    const zr_option_t *table; // ends with a NULL name
    zr_list_t *positional;    // what is not an option; NULL if none is taken
    int positional_max;       // more than these is a wrong call
} zr_program_t;

// Reads the command line into the table's variables. --help (-h), --version and
// --verbose are known to every program and not in the tables. The first two win over
// any mistake elsewhere in the line. Names may be abbreviated; options may stand
// anywhere, up to "--". Empty texts and positionals are refused.
// Returns ZR_OPTIONS_GO, or the exit status: 0 after --help or --version, 2 after a
// wrong call, which was said on stderr in one line.
int zr_options_parse (const zr_program_t *program, int argc, char **argv);

// Says what is wrong with a call in one line, with the way to --help. Returns 2.
int zr_options_refuse (const zr_program_t *program, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

#endif
