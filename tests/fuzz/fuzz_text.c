// SPDX-License-Identifier: MPL-2.0
// Whatever somebody writes: text that is shown, names of streams, addresses that a
// person types. The first byte is the room that there is.

#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/endpoint.h"
#include "common/text.h"
#include "common/wire.h"

static void
s_clean (const char *text, size_t len, size_t room)
{
    char *dest = malloc (room);
    assert (dest);
    size_t written = zr_text_clean (dest, room, text, len);
    assert (written < room && strlen (dest) == written);
    assert (zr_text_is_printable (dest, written));
    if (written == len && zr_text_is_printable (text, len))
        assert (memcmp (dest, text, len) == 0);
    free (dest);
}

static void
s_complete (const char *text, size_t room)
{
    char endpoint[ZR_ENDPOINT_MAX], again[ZR_ENDPOINT_MAX];
    char *label = malloc (room);
    assert (label);
    zr_endpoint_label (text, label, room);
    assert (strlen (label) < room);
    zr_endpoint_wants_ipv6 (text);
    if (zr_endpoint_complete (text, ZR_PORT_VIDEO_OUT, endpoint, sizeof endpoint) ==
        0) {
        int status = zr_endpoint_complete (endpoint, ZR_PORT_CHAT, again, sizeof again);
        assert (status == 0 && strcmp (endpoint, again) == 0); // complete it is
        zr_endpoint_label (endpoint, label, room);
        assert (strlen (label) < room);
        zr_endpoint_wants_ipv6 (endpoint);
    }
    free (label);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t room = (size_t) data[0] + 1, len = size - 1;
    char *text = malloc (len + 1);
    assert (text);
    memcpy (text, data + 1, len);
    text[len] = '\0';
    s_clean ((const char *) data + 1, len, room);
    s_complete (text, room);
    if (zr_wire_name_is_valid (text)) {
        char topic[ZR_WIRE_TOPIC_MAX] = "full/", name[ZR_WIRE_LABEL_MAX];
        size_t name_len = strlen (text);
        memcpy (topic + 5, text, name_len);
        int status = zr_wire_stream_name ((uint8_t *) topic, 5 + name_len, name);
        assert (status == 0 && strcmp (name, text) == 0);
    }
    free (text);
    return 0;
}
