// SPDX-License-Identifier: MPL-2.0
// A camera's own JPEG is never decoded: its SOI is replaced by SOI and the metadata
// segment, the rest is copied once.

#include "publisher/encoder.h"

#include <assert.h>
#include <czmq.h>
#include <string.h>

#include "common/jpeg.h"
#include "common/log.h"

struct zr_encoder {
    zr_jpeg_t *jpeg;
    int quality;
    bool failing; // the last shot failed and that was said
};

zr_encoder_t *
zr_encoder_new (int quality)
{
    zr_encoder_t *self = zmalloc (sizeof *self);
    self->jpeg = zr_jpeg_new ();
    self->quality = quality;
    return self;
}

void
zr_encoder_destroy (zr_encoder_t **self_p)
{
    assert (self_p);
    zr_encoder_t *self = *self_p;
    if (!self)
        return;
    zr_jpeg_destroy (&self->jpeg);
    freen (self);
    *self_p = NULL;
}

static void
s_wrap (const uint8_t *jpeg, size_t len, const zr_meta_t *meta, zr_frame_t *frame)
{
    zr_frame_reserve (frame, ZR_JPEG_META_MAX + len);
    size_t head_len = zr_jpeg_write_meta (frame->memory, meta);
    memcpy (frame->memory + head_len, jpeg + 2, len - 2);
    frame->data = frame->memory;
    frame->len = head_len + len - 2;
    frame->meta = *meta;
}

int
zr_encoder_encode (zr_encoder_t *self, const zr_shot_t *shot, uint64_t seq,
                   zr_frame_t *frame)
{
    assert (self && shot && frame);
    const zr_meta_t meta = {.known = true, .seq = seq, .time_us = shot->time_us};
    const char *error = NULL;
    if (!shot->jpeg) {
        if (zr_jpeg_encode (self->jpeg, &shot->picture, self->quality, &meta, frame))
            error = zr_jpeg_error (self->jpeg);
    } else if (shot->jpeg_len < 4 || shot->jpeg_len > ZR_FRAME_SIZE_MAX)
        error = "a JPEG of impossible size";
    else
        s_wrap (shot->jpeg, shot->jpeg_len, &meta, frame);

    if (error && !self->failing)
        zr_log_warn ("encoder", "pictures cannot be compressed: %s", error);
    self->failing = error != NULL;
    return error ? -1 : 0;
}
