// SPDX-License-Identifier: MPL-2.0
// zroom-subscriber --list: what is on the network, for people. Main thread.

#ifndef ZR_LISTING_H
#define ZR_LISTING_H

#include <stdio.h>

#include "common/options.h"

// Prints where was searched, then every room with its streams and people, and every
// free-standing publisher; takes up to 3 s. endpoints: complete ones, to look at only
// these; none: searches. Returns the exit status: 0; 1 if nothing was found, unless a
// signal ended it.
int zr_listing_print (const zr_list_t *endpoints, FILE *out);

#endif
