// SPDX-License-Identifier: MPL-2.0
// Packets from anybody: what is taken is valid, and its bytes say the same again. Then
// the same bytes as a host's name.

#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/beacon.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    zr_beacon_t beacon, again;
    uint8_t bytes[ZR_BEACON_SIZE_MAX];
    if (zr_beacon_decode (data, size, &beacon) == 0) {
        assert (zr_beacon_is_valid (&beacon));
        size_t len = zr_beacon_encode (&beacon, bytes);
        assert (len <= size && memcmp (bytes, data, len) == 0);
        assert (zr_beacon_decode (bytes, len, &again) == 0);
        assert (memcmp (&beacon, &again, sizeof beacon) == 0);
    }
    char *text = malloc (size + 1), name[ZR_BEACON_NAME_SIZE];
    assert (text);
    memcpy (text, data, size);
    text[size] = '\0';
    zr_beacon_make_name (name, text);
    assert (zr_wire_name_is_valid (name));
    free (text);
    return 0;
}
