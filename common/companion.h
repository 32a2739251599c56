// SPDX-License-Identifier: MPL-2.0
// Another of our programs as a process beside this one: the preview of a publisher, the
// camera of a call. It ends with us, however we end. Main thread.

#ifndef ZR_COMPANION_H
#define ZR_COMPANION_H

#include <stdbool.h>
#include <sys/types.h>

#define ZR_COMPANION_ARGUMENTS_MAX 16

// Starts the program beside this one, or the one in PATH if there is none. arguments
// are those behind its name, ended by NULL, at most ZR_COMPANION_ARGUMENTS_MAX. Its
// standard output and errors are ours; it has no status line. Returns its process id,
// or -1; logged. A program that cannot be found says so and ends.
pid_t zr_companion_start (const char *program, const char *const *arguments);

// Whether it still runs. False for an id below 1. After false it need not be stopped.
bool zr_companion_runs (pid_t pid);

// Ends it and waits for it, 1 s at most. Nothing happens for an id below 1.
void zr_companion_stop (pid_t pid);

#endif
