// SPDX-License-Identifier: MPL-2.0
// libchafa's header, whose macros -Wpedantic would complain of dozens of times.

#ifndef ZR_TERMINAL_CHAFA_H
#define ZR_TERMINAL_CHAFA_H

#pragma GCC system_header

#include <chafa.h>

#endif
