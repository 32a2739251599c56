// SPDX-License-Identifier: MPL-2.0
// The room in a terminal: lines that arrive are printed above the one being typed,
// which is never broken (readline's callback interface). Where stdin is no terminal,
// lines in, lines out. One thread, the one that owns the client.

#ifndef ZR_CHAT_CONSOLE_H
#define ZR_CHAT_CONSOLE_H

#include <stdbool.h>

#include "common/chat_client.h"

typedef struct {
    const char *endpoint; // of the broker, complete
    const char *nick;     // NULL: the user's login name
    bool json;            // events out as JSON, a line each
    bool bell;            // rings when the own name is said
} zr_chat_console_settings_t;

// Takes part until the user leaves (/quit, Ctrl-D), a signal comes, or stdin, where it
// is no terminal, is at its end and everything is stored. stop_fd: also ends when this
// descriptor becomes readable; -1: none. Returns the exit status.
int zr_chat_console_run (const zr_chat_console_settings_t *settings, int stop_fd);

#endif
