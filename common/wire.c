// SPDX-License-Identifier: MPL-2.0
// Base64 by libavutil, with care for two habits of it: encoding writes a NUL behind
// its output, so the last group goes by way of a scratch buffer and the message is
// exactly as long as its text; decoding reads on until it meets a NUL, so the text is
// copied behind the place it is decoded to.

#include "common/wire.h"

#include <assert.h>
#include <jansson.h>
#include <libavutil/base64.h>
#include <stdio.h>
#include <string.h>

#include "common/jpeg.h"
#include "common/text.h"

#define PEEK_MAX 352    // characters of base64: those of the longest metadata
#define DECODE_SLACK 16 // it may write a word where three bytes are due

static const char *const s_tiers[ZR_TIERS] = {"full", "half", "quarter"};

const char *
zr_wire_tier_name (zr_tier_t tier)
{
    assert (tier < ZR_TIERS);
    return s_tiers[tier];
}

void
zr_wire_topic (char *topic, zr_tier_t tier, const char *name)
{
    snprintf (topic, ZR_WIRE_TOPIC_MAX, "%s/%s", zr_wire_tier_name (tier), name);
}

void
zr_wire_exact_topic (char *topic, zr_tier_t tier, const char *name)
{
    snprintf (topic, ZR_WIRE_TOPIC_MAX, "=%s/%s/", zr_wire_tier_name (tier), name);
}

bool
zr_wire_name_is_valid (const char *name)
{
    size_t len = strlen (name);
    return len >= 1 && len <= ZR_WIRE_NAME_MAX && !strchr (name, '/') &&
           name[0] != ' ' && name[len - 1] != ' ' && zr_text_is_printable (name, len);
}

static void
s_encode_base64 (char *text, const uint8_t *data, size_t len)
{
    char last[AV_BASE64_SIZE (3)];
    size_t tail = len % 3 ? len % 3 : 3;
    size_t head = len - tail;
    size_t head_text = head / 3 * 4;
    if (head)
        av_base64_encode (text, (int) head_text + 1, data, (int) head);
    av_base64_encode (last, sizeof last, data + head, (int) tail);
    memcpy (text + head_text, last, 4);
}

int
zr_wire_pack (zmq_msg_t *message, zr_wire_encoding_t encoding, const uint8_t *jpeg,
              size_t len)
{
    assert (message && jpeg && len > 0);
    size_t size = encoding == ZR_WIRE_RAW ? len : (len + 2) / 3 * 4;
    if (len > ZR_FRAME_SIZE_MAX || size > ZR_FRAME_SIZE_MAX)
        return -1;
    if (zmq_msg_init_size (message, size))
        return -1;
    if (encoding == ZR_WIRE_RAW)
        memcpy (zmq_msg_data (message), jpeg, len);
    else
        s_encode_base64 (zmq_msg_data (message), jpeg, len);
    return 0;
}

// Returns the decoded length, or -1. The text is behind the decoded bytes' place.
static int
s_decode_base64 (const uint8_t *payload, size_t len, zr_frame_t *frame)
{
    if (len % 4)
        return -1;
    size_t padding = 0;
    while (padding < 2 && payload[len - 1 - padding] == '=')
        padding++;
    size_t room = len / 4 * 3 + DECODE_SLACK;
    zr_frame_reserve (frame, room + len + 1);
    char *text = (char *) frame->memory + room;
    memcpy (text, payload, len);
    text[len] = '\0';
    int decoded = av_base64_decode (frame->memory, text, (int) (len / 4 * 3));
    if (decoded != (int) (len / 4 * 3 - padding))
        return -1; // not base64, or padding in the middle of it
    return decoded;
}

int
zr_wire_unpack (const uint8_t *payload, size_t len, zr_frame_t *frame,
                const char **reason)
{
    assert (payload && frame && reason);
    *reason = "empty";
    if (len == 0)
        return -1;
    *reason = "above 32 MiB";
    if (len > ZR_FRAME_SIZE_MAX)
        return -1;

    size_t size = len;
    if (payload[0] == 0xff) {
        zr_frame_reserve (frame, len);
        memcpy (frame->memory, payload, len);
    } else {
        int decoded = s_decode_base64 (payload, len, frame);
        *reason = "neither a JPEG nor base64";
        if (decoded < 0)
            return -1;
        size = (size_t) decoded;
    }
    *reason = "no JPEG, or one that is cut short";
    ssize_t whole = zr_jpeg_check (frame->memory, size);
    if (whole < 0)
        return -1;
    frame->data = frame->memory;
    frame->len = (size_t) whole;
    zr_jpeg_read_meta (frame->data, frame->len, &frame->meta);
    return 0;
}

void
zr_wire_peek (const uint8_t *payload, size_t len, zr_meta_t *meta)
{
    assert (payload && meta);
    char text[PEEK_MAX + 1];
    uint8_t start[PEEK_MAX];
    *meta = (zr_meta_t){0};
    if (len == 0)
        return;
    if (payload[0] == 0xff) {
        zr_jpeg_read_meta (payload, len, meta);
        return;
    }
    size_t text_len = len < PEEK_MAX ? len / 4 * 4 : PEEK_MAX;
    memcpy (text, payload, text_len);
    text[text_len] = '\0';
    int decoded = av_base64_decode (start, text, sizeof start);
    if (decoded > 0)
        zr_jpeg_read_meta (start, (size_t) decoded, meta);
}

// imagezmq's first part is a JSON object whose "msg" is the sender's text.
static size_t
s_json_text (const char *part, size_t len, char *name)
{
    json_t *root = json_loadb (part, len, 0, NULL);
    const json_t *text = json_object_get (root, "msg");
    size_t written = 0;
    if (json_is_string (text))
        written = zr_text_clean (name, ZR_WIRE_LABEL_MAX, json_string_value (text),
                                 json_string_length (text));
    json_decref (root);
    return written;
}

static int
s_topic_name (const char *text, size_t len, char *name)
{
    if (len > ZR_WIRE_NAME_MAX)
        return -1;
    memcpy (name, text, len);
    name[len] = '\0';
    return strlen (name) == len && zr_wire_name_is_valid (name) ? 0 : -1;
}

int
zr_wire_stream_name (const uint8_t *part, size_t len, char *name)
{
    assert (part && name);
    const char *text = (const char *) part;
    if (len == 0 || len > ZR_WIRE_FIRST_PART_MAX)
        return -1;
    for (int i = 0; i < ZR_TIERS; i++) {
        size_t tier = strlen (s_tiers[i]);
        if (len > tier && memcmp (text, s_tiers[i], tier) == 0 && text[tier] == '/')
            return s_topic_name (text + tier + 1, len - tier - 1, name);
    }
    if (text[0] == '{' && s_json_text (text, len, name))
        return 0;
    return zr_text_clean (name, ZR_WIRE_LABEL_MAX, text, len) ? 0 : -1;
}
