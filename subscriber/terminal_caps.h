// SPDX-License-Identifier: MPL-2.0
// What the terminal can do: how pictures reach it, and in how many colours. Two
// sources: the environment, and the terminal's own answers. The functions on text and
// bytes are pure.

#ifndef ZR_TERMINAL_CAPS_H
#define ZR_TERMINAL_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Better ones last.
typedef enum {
    ZR_TERMINAL_SYMBOLS, // characters with colours
    ZR_TERMINAL_SIXEL,
    ZR_TERMINAL_ITERM,
    ZR_TERMINAL_KITTY,
} zr_terminal_graphics_t;

typedef enum {
    ZR_TERMINAL_MONO,
    ZR_TERMINAL_COLOURS_16,
    ZR_TERMINAL_COLOURS_256,
    ZR_TERMINAL_TRUE_COLOUR,
} zr_terminal_colours_t;

typedef struct {
    zr_terminal_graphics_t graphics;
    zr_terminal_colours_t colours; // of characters
    int sixel_colours;             // colour registers; 0: unknown
    bool utf8;                     // it shows UTF-8
    bool usable;                   // it can place the cursor
    bool multiplexed;              // tmux or screen is in between
} zr_terminal_caps_t;

// What a terminal answered.
typedef struct {
    bool attributes;   // DA1, which every terminal answers, and ours comes last
    bool sixel;        // DA1 lists it
    bool kitty;        // it understood the kitty graphics query
    int column;        // of the cursor behind one UTF-8 character; 0: not said
    int sixel_colours; // 0: not said
} zr_terminal_answers_t;

// Capabilities by the environment (NULL-terminated NAME=VALUE) alone. Within tmux or
// screen what it says of the outer terminal's graphics is not believed. NO_COLOR is
// about text: a picture keeps its colours, and the text here has none.
void zr_terminal_caps_environment (zr_terminal_caps_t *self, char **environment);

// Reads all that came back so far, keys in between included. Incomplete sequences are
// skipped: call it again with more.
void zr_terminal_caps_parse (const uint8_t *bytes, size_t len,
                             zr_terminal_answers_t *answers);

// Corrects what the environment said by what the terminal did.
void zr_terminal_caps_apply (zr_terminal_caps_t *self,
                             const zr_terminal_answers_t *answers);

// Asks the terminal, and applies its answers. Ends at its last answer, and after
// 200 ms at the latest. input is in raw mode, output shows a screen that is cleared
// afterwards. Main thread.
void zr_terminal_caps_ask (zr_terminal_caps_t *self, int input, int output);

// For messages: "kitty", "symbols, 256 colours".
const char *zr_terminal_caps_name (const zr_terminal_caps_t *self);

#endif
