// SPDX-License-Identifier: MPL-2.0
// A small state machine after ECMA-48: sequences are followed to their end and thrown
// away, plain bytes are looked up. Bytes above 127 are nobody's key. Which terminal
// sends what for F1 is left out on purpose. Any thread.

#include "subscriber/terminal_keys.h"

#include <assert.h>

#define ESCAPE 0x1b
#define BELL 0x07

static zr_key_t
s_plain (uint8_t byte)
{
    switch (byte) {
    case 'q':
        return ZR_KEY_QUIT;
    case 'o':
        return ZR_KEY_OVERLAY;
    case 's':
        return ZR_KEY_SNAPSHOT;
    case 'r':
        return ZR_KEY_RECORD;
    case ' ':
        return ZR_KEY_FREEZE;
    case '\t':
        return ZR_KEY_NEXT;
    case 'h':
        return ZR_KEY_HELP;
    default:
        return ZR_KEY_NONE;
    }
}

static zr_terminal_keys_state_t
s_after_escape (uint8_t byte)
{
    switch (byte) {
    case '[':
        return ZR_TERMINAL_KEYS_CONTROL;
    case 'O':
        return ZR_TERMINAL_KEYS_SINGLE;
    case 'P':
    case ']':
    case '_':
    case '^':
    case 'X':
        return ZR_TERMINAL_KEYS_STRING;
    default:
        return ZR_TERMINAL_KEYS_GROUND;
    }
}

// What follows Esc within a string: a backslash ends it; anything else means that the
// string was cut off and a new sequence has begun.
static zr_terminal_keys_state_t
s_after_string_escape (uint8_t byte)
{
    return byte == '\\' ? ZR_TERMINAL_KEYS_GROUND : s_after_escape (byte);
}

zr_key_t
zr_terminal_keys_byte (zr_terminal_keys_t *self, uint8_t byte)
{
    assert (self);
    switch (self->state) {
    case ZR_TERMINAL_KEYS_GROUND:
        if (byte != ESCAPE)
            return s_plain (byte);
        self->state = ZR_TERMINAL_KEYS_ESCAPE;
        break;
    case ZR_TERMINAL_KEYS_ESCAPE:
        if (byte == ESCAPE)
            return ZR_KEY_BACK; // twice: the first one stood alone
        self->state = s_after_escape (byte);
        break;
    case ZR_TERMINAL_KEYS_CONTROL:
        if (byte == ESCAPE)
            self->state = ZR_TERMINAL_KEYS_ESCAPE;
        else if (byte >= 0x40 && byte <= 0x7e)
            self->state = ZR_TERMINAL_KEYS_GROUND;
        break;
    case ZR_TERMINAL_KEYS_SINGLE:
        self->state = ZR_TERMINAL_KEYS_GROUND;
        break;
    case ZR_TERMINAL_KEYS_STRING:
        if (byte == ESCAPE)
            self->state = ZR_TERMINAL_KEYS_STRING_END;
        else if (byte == BELL)
            self->state = ZR_TERMINAL_KEYS_GROUND;
        break;
    case ZR_TERMINAL_KEYS_STRING_END:
        self->state = s_after_string_escape (byte);
        break;
    }
    return ZR_KEY_NONE;
}

bool
zr_terminal_keys_pending (const zr_terminal_keys_t *self)
{
    assert (self);
    return self->state != ZR_TERMINAL_KEYS_GROUND;
}

zr_key_t
zr_terminal_keys_silence (zr_terminal_keys_t *self)
{
    assert (self);
    bool alone = self->state == ZR_TERMINAL_KEYS_ESCAPE;
    self->state = ZR_TERMINAL_KEYS_GROUND;
    return alone ? ZR_KEY_BACK : ZR_KEY_NONE;
}
