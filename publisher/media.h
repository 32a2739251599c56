// SPDX-License-Identifier: MPL-2.0
// A film, a stream or a screen through FFmpeg: opens it, finds the video in it and
// decodes picture by picture, on one timeline however often it begins again. Calls may
// wait for a network; zr_media_stop and Ctrl-C end any wait.
// One thread at a time, except where it says otherwise.

#ifndef ZR_MEDIA_H
#define ZR_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/frame.h>

#define ZR_MEDIA_TEXT_MAX 256 // bytes of a label or a description

typedef struct {
    const char *subject;        // of log lines; a constant text
    const char *location;       // file, URL or device
    const char *format;         // FFmpeg's name of the input format; NULL: find out
    const char *const *options; // of that format: name, value, ..., NULL; or NULL
} zr_media_settings_t;

// A decoded picture. frame is the owner's shell: made by av_frame_alloc, kept from
// picture to picture. Its sample_aspect_ratio is what holds, from whichever source.
typedef struct {
    AVFrame *frame;
    int64_t stamp_us;    // place on the timeline, which goes on over the end
    int64_t duration_us; // at least 1 ms
    int64_t time_us;     // Unix time when it was decoded
    int degrees;         // 0, 90, 180, 270: to be turned clockwise to stand upright
} zr_media_picture_t;

typedef enum {
    ZR_MEDIA_PICTURE,
    ZR_MEDIA_END,     // after at least one picture; what was wrong was logged
    ZR_MEDIA_FAILED,  // nothing could be had; the cause was logged, unless live
    ZR_MEDIA_STOPPED, // by zr_media_stop or Ctrl-C
} zr_media_result_t;

typedef struct zr_media zr_media_t;

// Opens it. NULL if it cannot be; the cause was logged in one line.
zr_media_t *zr_media_new (const zr_media_settings_t *settings);
void zr_media_destroy (zr_media_t **self_p);

// Whether pictures come when they happen, rather than when we ask for them.
bool zr_media_is_live (const zr_media_t *self);

// Whether it can begin again: not what comes through a pipe.
bool zr_media_is_repeatable (const zr_media_t *self);

// How messages name it: the location, without user and password.
const char *zr_media_label (const zr_media_t *self);

// Such as "1280x720 H.264, 20 fps". Valid until the next call that is not const.
const char *zr_media_describe (const zr_media_t *self);

// What zr_media_read will deliver first, as far as known: size, pixel shape, turn.
void zr_media_preview (const zr_media_t *self, AVFrame *frame, int *degrees);

// The next picture. What picture->frame held before is let go of.
zr_media_result_t zr_media_read (zr_media_t *self, zr_media_picture_t *picture);

// Reads on without decoding, for as long as nobody looks at a live one; the next
// zr_media_read begins with a picture that stands for itself.
zr_media_result_t zr_media_drop (zr_media_t *self);

// Goes back to the beginning after the end, or connects again. Returns 0, or -1 if
// that failed (logged unless live).
int zr_media_rewind (zr_media_t *self);

// Makes the call that waits, and all that follow, return. Any thread.
void zr_media_stop (zr_media_t *self);

#endif
