// SPDX-License-Identifier: MPL-2.0
// Between libzmq and libpgm: what comes from the network and would end the program in
// libzmq is left out. Any host of the network could do that otherwise, and a port scan
// does (libzmq issue 1195): an empty UDP packet is enough.

#ifndef ZR_MULTICAST_GUARD_H
#define ZR_MULTICAST_GUARD_H

#include <stdbool.h>
#include <stddef.h>

struct pgm_msgv_t;

// Before the first multicast endpoint is opened.
void zr_multicast_guard_prepare (void);

// Whether libzmq can take these messages, total bytes altogether: each is one packet
// that says where in it a message begins. What is wrong there and can be mended is.
// Pure.
bool zr_multicast_guard_check (const struct pgm_msgv_t *messages, size_t count,
                               size_t total);

#endif
