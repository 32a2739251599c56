// SPDX-License-Identifier: MPL-2.0
// Which camera: the first one, the one that a text names, or the one that was pulled
// out and is plugged in again. Nothing here changes a camera or switches it on. Any
// thread, no state.

#ifndef ZR_CAMERA_FINDER_H
#define ZR_CAMERA_FINDER_H

#include <stdbool.h>
#include <stddef.h>

#define ZR_CAMERAS_MAX 64     // more are not looked at
#define ZR_CAMERA_CARD_MAX 64 // bytes of a camera's name, with the NUL

// A device that captures. Texts of the driver are fit for a terminal.
typedef struct {
    char path[32];                 // "/dev/video0"; cut if probe was given a longer one
    char card[ZR_CAMERA_CARD_MAX]; // its name
    char bus[64];                  // where it is plugged in; empty if denied
    char link[256];                // below /dev/v4l/by-id, or empty; scan only
    bool denied;                   // want of permission: the kernel's name is in card
} zr_camera_t;

// Where a node is and of which kind, read from sysfs without opening it. Both empty
// where that says nothing.
typedef struct {
    char kind[192];  // USB: ids, interface, serial, number among its nodes; else a name
    char place[512]; // the device in sysfs: stays the same on the same port
} zr_camera_trace_t;

// What to know a camera by when it comes back.
typedef struct {
    char card[ZR_CAMERA_CARD_MAX];
    char bus[64];
    zr_camera_trace_t trace;
    int count;   // nodes of that kind when it was read, itself included
    bool linked; // it was named by a symbolic link
} zr_camera_identity_t;

// Whether path is a device that captures. Returns 0, with all of camera but the link;
// else an errno: ENOTTY if it is something else.
int zr_camera_finder_probe (const char *path, zr_camera_t *camera);

// All cameras in the order of their numbers, also those that we may not open. cameras
// has ZR_CAMERAS_MAX places. Returns how many.
int zr_camera_finder_scan (zr_camera_t *cameras);

// Path of the camera that text means: NULL is the first one (before one that we may
// not open); a device, or what begins with '/' or '.', is taken as it is, there or
// not; all else is part of a camera's name or of its by-id link, without case, a whole
// name winning over a part. Returns 0; -1 with the reason and what to do in error if
// there is none or several.
int zr_camera_finder_resolve (const char *text, char *path, size_t size, char *error,
                              size_t error_size);

// Whether the name of a camera, or of its by-id link, contains text; NULL: whether
// there is a camera at all.
bool zr_camera_finder_matches (const char *text);

// Notes what the camera at path is known by. Best done when it was just opened.
// Returns 0, or -1 if it is none.
int zr_camera_identity_read (const char *path, zr_camera_identity_t *self);

// Where that camera is now. A symbolic link (by-id, by-path) is followed again.
// Otherwise it is the one of the same kind on the same port; else the only one of that
// kind, if it was also the only one before: with a serial number that is the very
// same camera. A second camera of its kind that was there before is never taken; one
// without a serial that came while the first was still there is, once that has gone.
// Opens no node but that one, so once a second is fine. Returns 0 with the path, or -1
// if it is not there, or not fit for use yet.
int zr_camera_finder_again (const zr_camera_identity_t *identity,
                            const char *former_path, char *path, size_t size);

// The two decisions, pure. select: index of the camera that text names among count, or
// -1 with the reason. pick: index of the trace that is the camera's, or -1.
int zr_camera_finder_select (const zr_camera_t *cameras, int count, const char *text,
                             char *error, size_t error_size);
int zr_camera_finder_pick (const zr_camera_identity_t *identity,
                           const zr_camera_trace_t *traces, int count);

#endif
