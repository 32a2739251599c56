// SPDX-License-Identifier: MPL-2.0
// What media.c reads from: a file, a pipe, a URL or a device, opened by libavformat,
// with the one stream in it that is a video. No wait lasts longer than its limit.
// One thread at a time, except where it says otherwise.

#ifndef ZR_MEDIA_INPUT_H
#define ZR_MEDIA_INPUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <libavformat/avformat.h>

#include "publisher/media.h"

typedef struct {
    zr_media_settings_t settings; // texts are borrowed
    char label[ZR_MEDIA_TEXT_MAX];
    AVFormatContext *context; // NULL while closed
    AVStream *video;          // within context
    bool is_network;
    bool is_pipe;
    int pipe_fd;         // -1 if there is none
    bool quiet;          // opening again: failures are not logged
    int64_t deadline_us; // of the call that waits, monotonic; 0: none
    atomic_bool stopped; // any thread may set it
} zr_media_input_t;

// All else is zeroes until zr_media_input_open.
void zr_media_input_init (zr_media_input_t *self, const zr_media_settings_t *settings);

// Opens it and finds the video. Returns 0, or -1 with the cause logged.
int zr_media_input_open (zr_media_input_t *self);
void zr_media_input_close (zr_media_input_t *self);

// The next packet of the video. Returns 0 or an AVERROR code; AVERROR_EXIT if it was
// stopped, ETIMEDOUT if nothing came from a network or a pipe for ten seconds.
int zr_media_input_read (zr_media_input_t *self, AVPacket *packet);

// Back to the beginning, by seeking. Returns 0 or -1.
int zr_media_input_seek_start (zr_media_input_t *self);

// Whether pictures come when they happen.
bool zr_media_input_is_live (const zr_media_input_t *self);

// How long the video says it is, microseconds; 0 if it does not, or is only guessed.
int64_t zr_media_input_duration_us (const zr_media_input_t *self);

bool zr_media_input_is_stopped (const zr_media_input_t *self);

#endif
