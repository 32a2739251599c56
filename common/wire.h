// SPDX-License-Identifier: MPL-2.0
// The video messages of PROTOCOL.md: one message is one picture. Pure: bytes in,
// bytes out, no sockets. Nothing that is read here is trusted.

#ifndef ZR_WIRE_H
#define ZR_WIRE_H

#include <zmq.h>

#include "common/frame.h"

#define ZR_WIRE_NAME_MAX 64         // bytes of a stream's name
#define ZR_WIRE_TOPIC_MAX 80        // bytes of TIER/NAME, with the NUL
#define ZR_WIRE_LABEL_MAX 128       // bytes of somebody else's text that are shown
#define ZR_WIRE_FIRST_PART_MAX 8192 // bytes of a first part; a longer one is refused

typedef enum {
    ZR_WIRE_BASE64,
    ZR_WIRE_RAW,
} zr_wire_encoding_t;

// Copies of one stream, each half as wide and high as the one before.
typedef enum {
    ZR_TIER_FULL,
    ZR_TIER_HALF,
    ZR_TIER_QUARTER,
    ZR_TIERS, // how many there are
} zr_tier_t;

// "full", "half" or "quarter".
const char *zr_wire_tier_name (zr_tier_t tier);

// Writes the topic of a stream in a tier; topic has ZR_WIRE_TOPIC_MAX bytes. The exact
// one, "=full/ana/", is the beginning of no other stream's, whatever its name.
void zr_wire_topic (char *topic, zr_tier_t tier, const char *name);
void zr_wire_exact_topic (char *topic, zr_tier_t tier, const char *name);

// Whether text may name a stream: 1 to 64 bytes of UTF-8, printable, no '/', no
// blank at either end.
bool zr_wire_name_is_valid (const char *name);

// Makes message hold the JPEG, encoded straight into the message's memory. Returns
// 0; -1 if it would be above ZR_FRAME_SIZE_MAX (message is then not initialised).
int zr_wire_pack (zmq_msg_t *message, zr_wire_encoding_t encoding, const uint8_t *jpeg,
                  size_t len);

// Reads one payload, base64 or JPEG, into frame: data, length and metadata.
// Returns 0, or -1 with *reason set to a constant text.
int zr_wire_unpack (const uint8_t *payload, size_t len, zr_frame_t *frame,
                    const char **reason);

// Reads the metadata alone, from the payload's first bytes: what a receiver does that
// does not unpack it. meta->known is false if there is none.
void zr_wire_peek (const uint8_t *payload, size_t len, zr_meta_t *meta);

// The stream's name for the first part of a two-part message: NAME of a topic
// TIER/NAME; else the text itself, printable and cut to ZR_WIRE_LABEL_MAX (other
// people's senders; of a JSON object its "msg", as imagezmq sends it). name has
// ZR_WIRE_LABEL_MAX bytes. Returns 0; -1 if it is empty, too long or a topic whose
// name is not valid.
int zr_wire_stream_name (const uint8_t *part, size_t len, char *name);

#endif
