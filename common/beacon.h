// SPDX-License-Identifier: MPL-2.0
// The bytes by which brokers and free-standing publishers announce themselves
// (PROTOCOL.md, "Finding each other"). Pure: no sockets. Nothing read here is trusted.

#ifndef ZR_BEACON_H
#define ZR_BEACON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"

#define ZR_BEACON_SIZE_MAX 255 // bytes of a beacon
#define ZR_BEACON_UUID_SIZE 16
#define ZR_BEACON_NAME_SIZE (ZR_WIRE_NAME_MAX + 1) // with the NUL

typedef enum {
    ZR_BEACON_BROKER = 1,
    ZR_BEACON_PUBLISHER = 2, // one that stands free: others connect to it
} zr_beacon_kind_t;

typedef struct {
    zr_beacon_kind_t kind;
    uint8_t uuid[ZR_BEACON_UUID_SIZE]; // of this run of the program; not all zero
    uint16_t chat_port;                // 0: has none; so for all three
    uint16_t video_out_port;
    uint16_t video_in_port;
    char name[ZR_BEACON_NAME_SIZE]; // as a stream's (wire.h): host's or stream's
} zr_beacon_t;

// Whether it can be sent: known kind, a UUID, a valid name, and ports that fit the
// kind: a publisher has video out only. All three 0 is a goodbye.
bool zr_beacon_is_valid (const zr_beacon_t *beacon);

// Whether it says that its sender ends.
bool zr_beacon_is_goodbye (const zr_beacon_t *beacon);

// Writes a valid beacon; returns its length.
size_t zr_beacon_encode (const zr_beacon_t *beacon, uint8_t bytes[ZR_BEACON_SIZE_MAX]);

// Reads a beacon from what came. Returns 0 with a valid one; -1 if it is none.
int zr_beacon_decode (const uint8_t *bytes, size_t len, zr_beacon_t *beacon);

// Makes the 16 bytes of a UUID of its 32 hexadecimal digits. Returns 0, or -1.
int zr_beacon_read_uuid (uint8_t uuid[ZR_BEACON_UUID_SIZE], const char *digits);

// Makes a valid name of any text, such as a host's: what cannot be shown, and '/',
// becomes '?', blanks at its ends go, and it is cut at ZR_WIRE_NAME_MAX bytes between
// characters. "?" if nothing is left.
void zr_beacon_make_name (char name[ZR_BEACON_NAME_SIZE], const char *text);

#endif
