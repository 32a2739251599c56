// SPDX-License-Identifier: MPL-2.0
// libchafa's header, of whose macros -Wpedantic complains dozens of times; no
// diagnostic pragma reaches those. Compiled by itself this leaves it out, as the
// pragma would be complained of then.

#ifndef ZR_TERMINAL_CHAFA_H
#define ZR_TERMINAL_CHAFA_H

#include <glib.h>

#if __INCLUDE_LEVEL__ > 0
#pragma GCC system_header
#include <chafa.h>
#endif

#endif
