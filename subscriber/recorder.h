// SPDX-License-Identifier: MPL-2.0
// Writes received JPEGs, unchanged, into Matroska files with their true times. The
// first stream goes to the path given, every further one to a file beside it with the
// stream's name in it ("call.mkv", "call-ana.mkv"), '/' and the like in it as '_'. A
// file is readable at any moment, also after the program was killed: every picture is
// with the kernel when write returns. One thread at a time.

#ifndef ZR_RECORDER_H
#define ZR_RECORDER_H

#include "common/frame.h"

#define ZR_RECORDER_STREAMS_MAX 64

typedef struct zr_recorder zr_recorder_t;

// Nothing is created before the first picture, but a path that cannot be written is
// told now. NULL then; the cause was logged. An existing file is refused, not replaced,
// and so is a name that does not end in ".mkv": it would promise another format.
// Turns FFmpeg's own messages off, for the whole process.
zr_recorder_t *zr_recorder_new (const char *path);

// Adds one JPEG of a stream. time_us: Unix microseconds, capture time if the picture
// says one, else its arrival; what does not come after the last one is put 1 ms behind
// it, and after a leap back (1 s) or ahead (a day) time goes on from there. Returns 0;
// -1 if the disk does not take it, the stream's file exists, or there are too many
// streams: said once, and that stream is not recorded any more; what it has is whole.
int zr_recorder_write (zr_recorder_t *self, const char *stream, const zr_frame_t *frame,
                       int width, int height, int64_t time_us);

// Pictures written since the start, over all files.
uint64_t zr_recorder_pictures (const zr_recorder_t *self);

// Ends the files. Accepts NULL inside.
void zr_recorder_destroy (zr_recorder_t **self_p);

#endif
