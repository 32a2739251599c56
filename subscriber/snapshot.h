// SPDX-License-Identifier: MPL-2.0
// Saves received JPEGs, byte for byte. Any thread.

#ifndef ZR_SNAPSHOT_H
#define ZR_SNAPSHOT_H

#include "common/frame.h"

// Writes a name for a file of now to path: DIR/STREAM-20240131-120407.312.EXTENSION,
// with what a file name cannot have as '_'.
void zr_snapshot_path (char *path, size_t size, const char *dir, const char *stream,
                       const char *extension);

// Saves the frame's JPEG in dir under zr_snapshot_path's name; whole or not at all.
// Returns 0 and says where; -1 if it cannot, with the cause logged.
int zr_snapshot_save (const zr_frame_t *frame, const char *dir, const char *stream);

#endif
