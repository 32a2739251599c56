// SPDX-License-Identifier: MPL-2.0
// Whatever a camera delivers. What passes for whole begins and ends as a JPEG does, is
// the input's own bytes but for the tables, and is taken as it is the next time.

#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/jpeg.h"
#include "publisher/camera_jpeg.h"

// Whether there may be a DHT, or a frame header that needs none (SOF9 and up).
static bool
s_may_lack_none (const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 1 < size; i++)
        if (data[i] == 0xff &&
            (data[i + 1] == 0xc4 || (data[i + 1] >= 0xc9 && data[i + 1] <= 0xcf)))
            return true;
    return false;
}

static void
s_check_tables (const uint8_t *data, size_t size, const uint8_t *jpeg, size_t len)
{
    assert (len > ZR_CAMERA_JPEG_TABLES && len - ZR_CAMERA_JPEG_TABLES <= size);
    size_t scan = 0;
    while (scan < size && data[scan] == jpeg[scan])
        scan++;
    scan--; // FF DA there, FF C4 here
    assert (data[scan + 1] == 0xda && jpeg[scan + 1] == 0xc4);
    assert (memcmp (data + scan, jpeg + scan + ZR_CAMERA_JPEG_TABLES,
                    len - scan - ZR_CAMERA_JPEG_TABLES) == 0);
}

static void
s_check_whole (const uint8_t *data, size_t size, const uint8_t *jpeg, size_t len)
{
    assert (len >= 4 && memcmp (jpeg, "\xff\xd8", 2) == 0);
    assert (memcmp (jpeg + len - 2, "\xff\xd9", 2) == 0);
    assert (zr_jpeg_check (jpeg, len) == (ssize_t) len);
    if (jpeg == data)
        assert (len <= size && s_may_lack_none (data, size));
    else
        s_check_tables (data, size, jpeg, len);

    const uint8_t *again = NULL;
    size_t again_len = 0;
    zr_camera_jpeg_t *other = zr_camera_jpeg_new ();
    int status = zr_camera_jpeg_mend (other, jpeg, len, &again, &again_len);
    assert (status == 0 && again == jpeg && again_len == len);
    zr_camera_jpeg_destroy (&other);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    zr_camera_jpeg_t *camera = zr_camera_jpeg_new ();
    const uint8_t *jpeg = NULL;
    size_t len = 0;
    if (zr_camera_jpeg_mend (camera, data, size, &jpeg, &len) == 0)
        s_check_whole (data, size, jpeg, len);
    else
        assert (!jpeg && *zr_camera_jpeg_reason (camera));
    zr_camera_jpeg_destroy (&camera);
    return 0;
}
