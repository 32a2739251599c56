// SPDX-License-Identifier: MPL-2.0
// Whatever comes as a JPEG. Large claims are left out, to be quick: they are refused or
// paid for by their size, which the unit tests look at. A good JPEG must be decoded
// after every input, whatever that one did to the decompressor.

#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/jpeg.h"

#define SIDE_MAX 512

static bool
s_is_small (const uint8_t *data, size_t size)
{
    int width = 0, height = 0, subsampling, colours;
    tjhandle handle = tjInitDecompress ();
    tjDecompressHeader3 (handle, data, size, &width, &height, &subsampling, &colours);
    tjDestroy (handle);
    return width <= SIDE_MAX && height <= SIDE_MAX;
}

static void
s_decode (const uint8_t *data, size_t size)
{
    zr_jpeg_t *jpeg = zr_jpeg_new ();
    zr_picture_t picture = {0}, good = {0};
    zr_frame_t frame = {0};
    if (zr_jpeg_decode (jpeg, data, size, &picture) == 0)
        assert (picture.memory && picture.width >= 1 && picture.height >= 1);
    else
        assert (*zr_jpeg_error (jpeg));
    zr_picture_release (&picture); // memory of exactly the next one's shape
    for (int side = 1; side <= 64; side *= 4) {
        if (zr_jpeg_decode_scaled (jpeg, data, size, side, side, &picture) == 0)
            assert (picture.memory && picture.width >= 1 && picture.height >= 1);
        zr_picture_release (&picture);
    }

    const zr_meta_t meta = {.seq = size};
    int status = zr_picture_shape (&good, 9, 5, TJSAMP_420);
    assert (status == 0);
    zr_picture_fill (&good, 200, 90, 120);
    zr_picture_pad (&good);
    status = zr_jpeg_encode (jpeg, &good, 90, &meta, &frame);
    assert (status == 0);
    status = zr_jpeg_decode (jpeg, frame.data, frame.len, &picture);
    assert (status == 0 && picture.width == 9 && picture.planes[0][0] > 190);

    zr_frame_release (&frame);
    zr_picture_release (&good);
    zr_picture_release (&picture);
    zr_jpeg_destroy (&jpeg);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    zr_meta_t meta;
    ssize_t whole = zr_jpeg_check (data, size);
    assert (whole >= -1 && whole <= (ssize_t) size);
    zr_jpeg_read_meta (data, size, &meta);
    if (meta.known) { // what is known can be said again
        uint8_t head[ZR_JPEG_META_MAX];
        zr_meta_t again;
        zr_jpeg_read_meta (head, zr_jpeg_write_meta (head, &meta), &again);
        assert (again.known && again.seq == meta.seq && again.time_us == meta.time_us);
    }
    if (s_is_small (data, size))
        s_decode (data, size);
    return 0;
}
