// SPDX-License-Identifier: MPL-2.0
// A thread of its own for reading and decoding, so that a slow disk, network or film
// never holds up the publisher. It works one picture ahead: a film waits there until
// it is wanted; of a live stream the newest is kept.

#ifndef ZR_MEDIA_FEED_H
#define ZR_MEDIA_FEED_H

#include "publisher/media.h"
#include "publisher/source.h"

typedef struct zr_media_feed zr_media_feed_t;

// Starts the thread, which owns the media from now on. subject is the log's. With loop
// a film begins again at its end, and a live stream that broke off is dialled again.
zr_media_feed_t *zr_media_feed_new (const char *subject, zr_media_t **media_p,
                                    bool loop);
void zr_media_feed_destroy (zr_media_feed_t **self_p);

// The next picture, waiting for it until until_us (monotonic). It is moved into
// picture, whose frame gives up what it had. Never ZR_GRAB_SHOT without one.
zr_grab_t zr_media_feed_take (zr_media_feed_t *self, int64_t until_us,
                              zr_media_picture_t *picture);

// Nobody looks: a live stream is no longer decoded until the next take, and what is
// there of it is forgotten. A film simply waits.
void zr_media_feed_rest (zr_media_feed_t *self);

// Whether the pictures come when they happen.
bool zr_media_feed_is_live (const zr_media_feed_t *self);

#endif
