// SPDX-License-Identifier: MPL-2.0
// One's own picture in a call: a zroom-publisher beside this program. Main thread.

#ifndef ZR_CALL_H
#define ZR_CALL_H

#include <sys/types.h>

// Sends source ("": the camera, or the test pattern where there is none) as nick to the
// room that takes pictures in at input; NULL: to the one that is found. Returns the
// process id for zr_companion_stop, or -1: logged.
pid_t zr_call_start (const char *nick, const char *source, const char *input);

#endif
