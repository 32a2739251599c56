// SPDX-License-Identifier: MPL-2.0
// Makes a shot a frame: a picture is compressed, a ready JPEG is only given its
// metadata. One thread at a time.

#ifndef ZR_ENCODER_H
#define ZR_ENCODER_H

#include "common/frame.h"
#include "publisher/source.h"

typedef struct zr_encoder zr_encoder_t;

// quality: 1 to 100, for pictures.
zr_encoder_t *zr_encoder_new (int quality);
void zr_encoder_destroy (zr_encoder_t **self_p);

// Fills frame, whose memory is reused. seq counts the pictures of the stream.
// Returns 0; -1 if this shot cannot be sent: logged once until one can again.
int zr_encoder_encode (zr_encoder_t *self, const zr_shot_t *shot, uint64_t seq,
                       zr_frame_t *frame);

#endif
