// SPDX-License-Identifier: MPL-2.0
// The room in a terminal, for chat_console.c. There is one terminal and one readline,
// so one of these runs at a time.

#ifndef ZR_CHAT_TERMINAL_H
#define ZR_CHAT_TERMINAL_H

#include "common/chat_console.h"

// Until the person leaves, a signal comes, or stop_fd (-1: none) becomes readable.
// Returns the exit status.
int zr_chat_terminal_run (const zr_chat_console_settings_t *settings,
                          zr_chat_client_t *client, int stop_fd);

#endif
