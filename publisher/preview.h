// SPDX-License-Identifier: MPL-2.0
// A subscriber of our own stream, as a process of its own: one sees what viewers see.
// Main thread.

#ifndef ZR_PREVIEW_H
#define ZR_PREVIEW_H

#include <sys/types.h>

// Starts the zroom-subscriber beside this program (else the one in PATH) on endpoint,
// showing only stream unless that is NULL. Returns its process id, or -1; logged.
pid_t zr_preview_start (const char *endpoint, const char *stream);

// Ends it and waits for it, 1 s at most. Nothing happens for an id below 1.
void zr_preview_stop (pid_t pid);

#endif
