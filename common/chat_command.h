// SPDX-License-Identifier: MPL-2.0
// What a typed line asks for: something said, or one of the /commands, which stand in
// one table.

#ifndef ZR_CHAT_COMMAND_H
#define ZR_CHAT_COMMAND_H

#include "common/chat_client.h"
#include "common/chat_print.h"

// Who types, and what the commands act on.
typedef struct {
    zr_chat_client_t *client;
    zr_chat_print_t *print; // knows whether the room is there
    // Tells the person something: a line without its '\n'. failed: what was asked for
    // was not done.
    void (*tell) (void *arg, const char *text, bool failed);
    void *arg;
    bool quits; // after /quit
} zr_chat_command_t;

// Carries out one line (without '\n'). Returns 0, or -1 if that was not possible, which
// was told, and the line is worth correcting.
int zr_chat_command_run (zr_chat_command_t *self, const char *line);

// The next command's word, with its slash, that begins with prefix; *at is 0 for the
// first one, and kept by this function. NULL: no more.
const char *zr_chat_command_match (const char *prefix, size_t *at);

#endif
