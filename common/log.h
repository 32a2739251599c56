// SPDX-License-Identifier: MPL-2.0
// Messages for people, on stderr: one line each, with time, level and subject, and
// one live status line below them when stderr is a terminal.
//
//     12:04:07.312 W source_camera: /dev/video0 gone (No such device), retrying
//
// What a line prints is made harmless first (text.h): control characters, direction
// overrides and what is no UTF-8 become '?', so that nothing a peer or a file says
// reaches the terminal as a command. Lines are cut at 1 KiB. errno is left as it was.
// Every function may be called from any thread.

#ifndef ZR_LOG_H
#define ZR_LOG_H

typedef enum {
    ZR_LOG_ERROR, // we stop, or lose something
    ZR_LOG_WARN,  // degraded
    ZR_LOG_INFO,  // a change of state
    ZR_LOG_DEBUG, // decisions; never once per picture
} zr_log_level_t;

// Highest level that is printed; ZR_LOG_INFO until set. Call before threads start.
void zr_log_set_level (zr_log_level_t level);

// Prints one line. Say subject first, then value, cause, and what happens next.
void zr_log_error (const char *subject, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
void zr_log_warn (const char *subject, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
void zr_log_info (const char *subject, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
void zr_log_debug (const char *subject, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

// Rewrites the status line in place, cut to the terminal's width. Log lines scroll
// by above it. Does nothing where stderr is not a terminal.
void zr_log_status (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

// Takes the status line away; call before the program ends or hands the terminal on.
void zr_log_status_clear (void);

// Keeps every line back while another part of the program draws on the terminal, up
// to a bound of a few KiB (newest kept); they are printed when it is released.
void zr_log_hold (void);
void zr_log_release (void);

// Hands every line, without its '\n', to writer instead of to stderr, and shows no
// status line, while another part of the program writes to the terminal line by line.
// writer is called by any thread, one at a time, and must neither wait nor log. NULL:
// to stderr again; from then on write is not called any more.
void zr_log_set_writer (void (*writer) (void *arg, const char *line), void *arg);

#endif
