// SPDX-License-Identifier: MPL-2.0
// JSON by jansson. Length before parsing, and every value's type and range after it.
// Keys that are not ours are skipped.

#include "common/room_message.h"

#include <assert.h>
#include <ctype.h>
#include <czmq.h>
#include <jansson.h>
#include <string.h>

#include "common/picture.h"
#include "common/text.h"

#define PREFIX_LEN 5 // "info/", "room/"
#define FPS_MAX 10000
#define KBIT_S_MAX 100000000
#define PORT_MAX 65535

bool
zr_room_topic_is_info (const void *topic, size_t len)
{
    return len >= PREFIX_LEN && memcmp (topic, "info/", PREFIX_LEN) == 0;
}

bool
zr_room_topic_is_room (const void *topic, size_t len)
{
    return len >= PREFIX_LEN && memcmp (topic, "room/", PREFIX_LEN) == 0;
}

void
zr_room_id_make (zr_room_id_t id)
{
    zuuid_t *uuid = zuuid_new ();
    const char *text = zuuid_str (uuid);
    for (size_t i = 0; i < ZR_ROOM_ID_LEN; i++)
        id[i] = (char) tolower ((unsigned char) text[i]);
    id[ZR_ROOM_ID_LEN] = '\0';
    zuuid_destroy (&uuid);
}

// Returns 0, or -1 if it is no id.
static int
s_read_id (zr_room_id_t id, const char *text, size_t len)
{
    if (!text || len != ZR_ROOM_ID_LEN)
        return -1;
    memcpy (id, text, len);
    id[len] = '\0';
    return strspn (id, "0123456789abcdef") == len ? 0 : -1;
}

// The object that a second part is, or NULL.
static json_t *
s_read_json (zmq_msg_t *part)
{
    if (zmq_msg_size (part) > ZR_ROOM_JSON_MAX)
        return NULL;
    json_t *root = json_loadb (zmq_msg_data (part), zmq_msg_size (part), 0, NULL);
    if (json_is_object (root))
        return root;
    json_decref (root);
    return NULL;
}

static double
s_number (const json_t *root, const char *key, double max)
{
    double value = json_number_value (json_object_get (root, key));
    return value > 0 && value <= max ? value : 0;
}

static unsigned
s_read_tiers (const json_t *root)
{
    const json_t *list = json_object_get (root, "tiers");
    unsigned tiers = 0;
    for (size_t i = 0; i < json_array_size (list); i++) {
        const char *name = json_string_value (json_array_get (list, i));
        for (zr_tier_t tier = ZR_TIER_FULL; name && tier < ZR_TIERS; tier++)
            if (strcmp (name, zr_wire_tier_name (tier)) == 0)
                tiers |= 1u << tier;
    }
    return tiers ? tiers : 1u << ZR_TIER_FULL;
}

// The text of a key, fit for a terminal; empty if there is none.
static void
s_read_text (const json_t *root, const char *key, char *text, size_t size)
{
    const json_t *value = json_object_get (root, key);
    text[0] = '\0';
    if (json_is_string (value))
        zr_text_clean (text, size, json_string_value (value),
                       json_string_length (value));
}

int
zr_room_info_read (zr_room_info_t *info, char name[ZR_WIRE_NAME_MAX + 1],
                   zmq_msg_t parts[2])
{
    assert (info && name && parts);
    const char *topic = zmq_msg_data (&parts[0]);
    size_t len = zmq_msg_size (&parts[0]);
    if (!zr_room_topic_is_info (topic, len) || len - PREFIX_LEN > ZR_WIRE_NAME_MAX)
        return -1;
    len -= PREFIX_LEN;
    memcpy (name, topic + PREFIX_LEN, len);
    name[len] = '\0';
    if (strlen (name) != len || !zr_wire_name_is_valid (name))
        return -1;
    json_t *root = s_read_json (&parts[1]);
    const json_t *id = json_object_get (root, "id");
    int status = s_read_id (info->id, json_string_value (id), json_string_length (id));
    info->width = (int) s_number (root, "width", ZR_PICTURE_SIDE_MAX);
    info->height = (int) s_number (root, "height", ZR_PICTURE_SIDE_MAX);
    info->fps = s_number (root, "fps", FPS_MAX);
    info->kbit_s = s_number (root, "kbit_s", KBIT_S_MAX);
    info->tiers = s_read_tiers (root);
    info->exact = json_is_true (json_object_get (root, "exact"));
    s_read_text (root, "source", info->source, sizeof info->source);
    json_decref (root);
    return status;
}

int
zr_room_id_number (const char *id, int end)
{
    assert (id && end > 0);
    uint32_t hash = 2166136261; // FNV-1a
    for (; *id; id++)
        hash = (hash ^ (uint8_t) *id) * 16777619;
    return (int) (hash % (uint32_t) end);
}

void
zr_room_self_add_above (zr_room_self_t *room, const char *id)
{
    assert (room && id);
    for (int i = 0; i < room->above_count; i++)
        if (strcmp (room->above[i], id) == 0)
            return;
    if (room->above_count < ZR_ROOM_ABOVE_MAX)
        memcpy (room->above[room->above_count++], id, sizeof (zr_room_id_t));
}

int
zr_room_self_read (zr_room_self_t *room, zmq_msg_t parts[2])
{
    assert (room && parts);
    *room = (zr_room_self_t){0};
    const char *topic = zmq_msg_data (&parts[0]);
    size_t len = zmq_msg_size (&parts[0]);
    if (!zr_room_topic_is_room (topic, len) ||
        s_read_id (room->id, topic + PREFIX_LEN, len - PREFIX_LEN))
        return -1;
    json_t *root = s_read_json (&parts[1]);
    if (!root)
        return -1;
    s_read_text (root, "name", room->name, sizeof room->name);
    room->chat = (int) s_number (root, "chat", PORT_MAX);
    const json_t *above = json_object_get (root, "upstream");
    for (size_t i = 0; i < json_array_size (above); i++) {
        const json_t *item = json_array_get (above, i);
        zr_room_id_t id;
        if (s_read_id (id, json_string_value (item), json_string_length (item)) == 0)
            zr_room_self_add_above (room, id);
    }
    json_decref (root);
    return 0;
}

char *
zr_room_self_write (const zr_room_self_t *room)
{
    assert (room);
    json_t *above = json_array ();
    for (int i = 0; i < room->above_count; i++)
        json_array_append_new (above, json_string (room->above[i]));
    json_t *root = json_pack ("{s:s, s:i, s:o}", "name", room->name, "chat", room->chat,
                              "upstream", above);
    assert (root); // the name is UTF-8 by its maker's care
    char *text = json_dumps (root, JSON_COMPACT);
    json_decref (root);
    assert (text);
    return text;
}
