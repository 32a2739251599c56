// SPDX-License-Identifier: MPL-2.0
// The terminal as a device: raw mode, the alternate screen, its size, writing without
// getting stuck, and giving it back whatever happens. There is one terminal, and
// signal handlers know no object: so these functions have none either.
// Main thread, except zr_terminal_tty_wake.

#ifndef ZR_TERMINAL_TTY_H
#define ZR_TERMINAL_TTY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    int columns, rows;
    int cell_width, cell_height; // pixels; 8 by 16 if the terminal does not say
} zr_terminal_size_t;

// Takes the terminal on stdout: no echo, no line mode, alternate screen, cursor hidden.
// Keys come from stdin, or from the controlling terminal if stdin is something else.
// Signals that end or stop the program give the terminal back first; SIGINT and SIGTERM
// are left to their owner, who closes. Returns 0, or -1; the cause was logged.
int zr_terminal_tty_open (void);

// Gives the terminal back as it was. Does nothing if it is not open.
void zr_terminal_tty_close (void);

// Whether pictures are kitty images, which must be deleted when it is given back.
void zr_terminal_tty_set_kitty (bool kitty);

// Where keys are read and what the questions are written to; the input is -1 while
// there is none, or while the program is stopped or in the background.
int zr_terminal_tty_input (void);
int zr_terminal_tty_output (void);

// The terminal hung up: no more input.
void zr_terminal_tty_drop_input (void);

// Becomes readable by zr_terminal_tty_wake, a new size, and coming back to the front.
int zr_terminal_tty_waker (void);
void zr_terminal_tty_wake (void);

// Whether the program was stopped and now runs in the background. Takes the terminal
// again if it has come back to the foreground: call it from time to time.
bool zr_terminal_tty_is_away (void);

// Whether the screen has to be drawn anew; true once for each cause.
bool zr_terminal_tty_changed (void);

void zr_terminal_tty_size (zr_terminal_size_t *size);

// Writes all of it, waiting for a slow terminal. Returns -1 if it is given up: the
// program is to end, or the terminal has taken nothing for a second, or it is not ours
// now. What was cut off is ended, as a sequence, by the next write or on leaving.
int zr_terminal_tty_write (const char *bytes, size_t len);

#endif
