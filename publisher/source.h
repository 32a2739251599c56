// SPDX-License-Identifier: MPL-2.0
// Where pictures come from. A source is one const table of functions and one object;
// everything runs on the publisher's thread and nothing here blocks for long.

#ifndef ZR_SOURCE_H
#define ZR_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"
#include "common/picture.h"

// What the command line asks for; sources take what concerns them.
typedef struct {
    const char *location; // device, file, URL; NULL where the kind needs none
    int width;            // wanted, pixels; height follows; 0 keeps the source's own
    int height;           // of a camera that has several for that width; 0: its shape
    int fps;              // wanted pictures a second; 0 keeps the source's own
    bool loop;            // files begin again at their end
    int quality;          // of a source's own JPEGs, 1 to 100; 0 keeps what it has
    const char *format;   // of a camera's formats only this one; NULL: the best
    zr_list_t controls;   // of a camera, each "NAME=VALUE"
    bool *wrong_call;     // open sets it if it fails for one of the above; may be NULL
} zr_source_settings_t;

// One capture: either a ready JPEG or a picture. Borrowed: valid until the next call
// on the source.
typedef struct {
    const uint8_t *jpeg;  // whole JPEG (SOI to EOI, with Huffman tables), or NULL
    size_t jpeg_len;      // bytes
    zr_picture_t picture; // planes borrowed from the source; with a jpeg only its size
    int64_t time_us;      // Unix time of capture, microseconds
} zr_shot_t;

// What a source that can miss pictures knows of them, since it was opened.
typedef struct {
    bool known;        // the source counts
    uint64_t captured; // pictures taken
    uint64_t missed;   // made and not taken, here or by the driver
    uint64_t damaged;  // taken, and left out
    bool signal;       // false: what comes now only says why there is nothing
} zr_source_counts_t;

typedef enum {
    ZR_GRAB_SHOT,    // *shot is filled
    ZR_GRAB_NOTHING, // nothing within the time given: call again
    ZR_GRAB_END,     // the source is at its end (a file without loop)
    ZR_GRAB_FAILED,  // it is broken for good; the cause was logged
} zr_grab_t;

typedef struct {
    const char *name; // for messages: "file", "pattern", "camera", "screen"

    // Makes and opens a source. Settings are copied, their texts are not. NULL if it
    // cannot be; the cause was logged in one line that says what to do.
    void *(*open) (const zr_source_settings_t *settings);

    // Waits at most timeout_ms for the next picture, paced as the source is: it comes
    // when it is due, and those that nobody fetched in time are left out.
    zr_grab_t (*grab) (void *self, int timeout_ms, zr_shot_t *shot);

    // Nobody is watching: let go of what costs something; the next grab resumes, with
    // a file where it was. May be NULL.
    void (*pause) (void *self);

    // One line of what is captured, such as "1280x720 H.264, 20 fps". Lives as long
    // as the source.
    const char *(*describe) (void *self);

    // What was captured so far. May be NULL.
    void (*count) (void *self, zr_source_counts_t *counts);

    // Closes and frees; nulls *self_p. Accepts NULL there.
    void (*close) (void **self_p);
} zr_source_ops_t;

extern const zr_source_ops_t zr_source_camera;
extern const zr_source_ops_t zr_source_file;
extern const zr_source_ops_t zr_source_pattern;
extern const zr_source_ops_t zr_source_screen;

#endif
