// SPDX-License-Identifier: MPL-2.0
// What was typed, from the bytes that a terminal sends. Pure. An arrow key, Alt with a
// letter, or a late answer to a question starts with the same byte as the Esc key;
// only silence behind it tells Esc.

#ifndef ZR_TERMINAL_KEYS_H
#define ZR_TERMINAL_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "subscriber/view.h"

// Silence after which an Esc is the Esc key; what is sent as one comes closer together.
#define ZR_TERMINAL_KEYS_SILENCE_MS 60

typedef enum {
    ZR_TERMINAL_KEYS_GROUND,
    ZR_TERMINAL_KEYS_ESCAPE,     // Esc came
    ZR_TERMINAL_KEYS_CONTROL,    // Esc [
    ZR_TERMINAL_KEYS_SINGLE,     // Esc O: one more byte
    ZR_TERMINAL_KEYS_STRING,     // Esc P, ], _, ^ or X: up to BEL or Esc backslash
    ZR_TERMINAL_KEYS_STRING_END, // Esc within that
} zr_terminal_keys_state_t;

// Starts as all zeroes.
typedef struct {
    zr_terminal_keys_state_t state;
} zr_terminal_keys_t;

// The key that is complete with this byte, or ZR_KEY_NONE.
zr_key_t zr_terminal_keys_byte (zr_terminal_keys_t *self, uint8_t byte);

// Whether a sequence has begun: call zr_terminal_keys_silence if nothing follows.
bool zr_terminal_keys_pending (const zr_terminal_keys_t *self);

// Nothing came for ZR_TERMINAL_KEYS_SILENCE_MS: ZR_KEY_BACK if an Esc stands alone.
// Whatever else had begun is dropped, so that no keyboard can get stuck in it.
zr_key_t zr_terminal_keys_silence (zr_terminal_keys_t *self);

#endif
