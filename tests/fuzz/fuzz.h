// SPDX-License-Identifier: MPL-2.0
// What every fuzzer here is: one function, called with one input, by libFuzzer or by
// replay_main.c. It aborts if something that must hold does not.

#ifndef ZR_FUZZ_H
#define ZR_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#endif
