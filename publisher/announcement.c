// SPDX-License-Identifier: MPL-2.0
// JSON by jansson. An order comes from whoever we are connected to, so it is taken only
// if every part of it is as it has to be.

#include "publisher/announcement.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/json_line.h"

char *
zr_announcement_write (const zr_announcement_t *self)
{
    assert (self && self->id && self->source);
    json_t *tiers = json_array ();
    zr_tier_t count = self->full_only ? ZR_TIER_FULL + 1 : ZR_TIERS;
    for (zr_tier_t tier = 0; tier < count; tier++)
        json_array_append_new (tiers, json_string (zr_wire_tier_name (tier)));
    json_t *root =
        json_pack ("{s:s, s:i, s:i, s:f, s:i, s:o, s:b, s:s}", "id", self->id, "width",
                   self->width, "height", self->height, "fps",
                   zr_json_line_round (self->fps), "kbit_s", (int) self->kbit_s,
                   "tiers", tiers, "exact", !self->full_only, "source", self->source);
    char *text = json_dumps (root, JSON_COMPACT | JSON_REAL_PRECISION (6));
    json_decref (root);
    return text;
}

bool
zr_announcement_read_rename (const char *order, const char *id, char *name)
{
    assert (order && id && name);
    static const char verb[] = "rename ";
    size_t verb_len = sizeof verb - 1, id_len = strlen (id);
    if (strncmp (order, verb, verb_len) != 0 ||
        strncmp (order + verb_len, id, id_len) != 0 || order[verb_len + id_len] != ' ')
        return false;
    const char *wanted = order + verb_len + id_len + 1;
    if (!zr_wire_name_is_valid (wanted)) // which bounds its length, too
        return false;
    snprintf (name, ZR_WIRE_NAME_MAX + 1, "%s", wanted);
    return true;
}
