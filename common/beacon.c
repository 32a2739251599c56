// SPDX-License-Identifier: MPL-2.0
// A fixed head, then the name; numbers with the most significant byte first. Bytes
// behind the name are left to later versions and skipped. The name is judged as a
// stream's is, since it is shown and becomes part of labels and lists.

#include "common/beacon.h"

#include <assert.h>
#include <string.h>

#include "common/text.h"

static const uint8_t s_magic[] = {'Z', 'R', 'O', 'O', 'M', 1};

// Where each field begins.
#define AT_KIND sizeof s_magic
#define AT_UUID (AT_KIND + 1)
#define AT_CHAT (AT_UUID + ZR_BEACON_UUID_SIZE)
#define AT_VIDEO_OUT (AT_CHAT + 2)
#define AT_VIDEO_IN (AT_VIDEO_OUT + 2)
#define AT_NAME_SIZE (AT_VIDEO_IN + 2)
#define AT_NAME (AT_NAME_SIZE + 1)

_Static_assert(AT_NAME + ZR_WIRE_NAME_MAX <= ZR_BEACON_SIZE_MAX, "a name fits");

static void
s_put16 (uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t) (value >> 8);
    bytes[1] = (uint8_t) value;
}

static uint16_t
s_get16 (const uint8_t *bytes)
{
    return (uint16_t) (bytes[0] << 8 | bytes[1]);
}

bool
zr_beacon_is_goodbye (const zr_beacon_t *beacon)
{
    return !beacon->chat_port && !beacon->video_out_port && !beacon->video_in_port;
}

bool
zr_beacon_is_valid (const zr_beacon_t *beacon)
{
    static const uint8_t nobody[ZR_BEACON_UUID_SIZE];
    if (memcmp (beacon->uuid, nobody, sizeof nobody) == 0 ||
        !zr_wire_name_is_valid (beacon->name))
        return false;
    if (beacon->kind == ZR_BEACON_PUBLISHER)
        return !beacon->chat_port && !beacon->video_in_port;
    return beacon->kind == ZR_BEACON_BROKER;
}

size_t
zr_beacon_encode (const zr_beacon_t *beacon, uint8_t bytes[ZR_BEACON_SIZE_MAX])
{
    assert (beacon && bytes && zr_beacon_is_valid (beacon));
    size_t name_len = strlen (beacon->name);
    memcpy (bytes, s_magic, sizeof s_magic);
    bytes[AT_KIND] = (uint8_t) beacon->kind;
    memcpy (bytes + AT_UUID, beacon->uuid, ZR_BEACON_UUID_SIZE);
    s_put16 (bytes + AT_CHAT, beacon->chat_port);
    s_put16 (bytes + AT_VIDEO_OUT, beacon->video_out_port);
    s_put16 (bytes + AT_VIDEO_IN, beacon->video_in_port);
    bytes[AT_NAME_SIZE] = (uint8_t) name_len;
    memcpy (bytes + AT_NAME, beacon->name, name_len);
    return AT_NAME + name_len;
}

int
zr_beacon_decode (const uint8_t *bytes, size_t len, zr_beacon_t *beacon)
{
    assert (bytes && beacon);
    if (len < AT_NAME || len > ZR_BEACON_SIZE_MAX ||
        memcmp (bytes, s_magic, sizeof s_magic) != 0)
        return -1;
    size_t name_len = bytes[AT_NAME_SIZE];
    if (name_len > ZR_WIRE_NAME_MAX || name_len > len - AT_NAME ||
        memchr (bytes + AT_NAME, '\0', name_len))
        return -1;
    memset (beacon, 0, sizeof *beacon);
    beacon->kind = (zr_beacon_kind_t) bytes[AT_KIND];
    memcpy (beacon->uuid, bytes + AT_UUID, ZR_BEACON_UUID_SIZE);
    beacon->chat_port = s_get16 (bytes + AT_CHAT);
    beacon->video_out_port = s_get16 (bytes + AT_VIDEO_OUT);
    beacon->video_in_port = s_get16 (bytes + AT_VIDEO_IN);
    memcpy (beacon->name, bytes + AT_NAME, name_len);
    return zr_beacon_is_valid (beacon) ? 0 : -1;
}

int
zr_beacon_read_uuid (uint8_t uuid[ZR_BEACON_UUID_SIZE], const char *digits)
{
    assert (uuid && digits);
    static const char hex[] = "0123456789abcdef";
    const size_t len = sizeof "00112233445566778899aabbccddeeff" - 1;
    if (strlen (digits) != len || strspn (digits, hex) != len)
        return -1;
    for (size_t i = 0; i < ZR_BEACON_UUID_SIZE; i++, digits += 2)
        uuid[i] = (uint8_t) ((strchr (hex, digits[0]) - hex) << 4 |
                             (strchr (hex, digits[1]) - hex));
    return 0;
}

void
zr_beacon_make_name (char name[ZR_BEACON_NAME_SIZE], const char *text)
{
    assert (name && text);
    text += strspn (text, " ");
    size_t len = zr_text_clean (name, ZR_BEACON_NAME_SIZE, text, strlen (text));
    while (len > 0 && name[len - 1] == ' ')
        name[--len] = '\0';
    for (char *at = name; (at = strchr (at, '/'));)
        *at = '?';
    if (len == 0)
        memcpy (name, "?", 2);
    assert (zr_wire_name_is_valid (name));
}
