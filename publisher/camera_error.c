// SPDX-License-Identifier: MPL-2.0
// What V4L2's error codes mean to the person before the camera (kernel documentation,
// userspace-api/media/v4l, where each call lists its own).

#include "publisher/camera_error.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *
s_sentence (int error)
{
    switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return "no such device (is it plugged in?)";
    case EBUSY:
        return "in use by another program (end that first)";
    case EACCES:
    case EPERM:
        return "no permission (add yourself to group video)";
    case ENOSPC: // of STREAMON alone
        return "not enough USB bandwidth; ask for a smaller --width or --fps, or use "
               "another USB port";
    case ENOTTY:
    case EISDIR:
        return "not a capture device";
    case EINVAL: // of a format that it had offered
        return "it refuses every format that it offers and we can use; see --list";
    case ENOMSG: // ours: see camera_format.h
        return "it has no such --format; see --list";
    default:
        return NULL;
    }
}

void
zr_camera_error_text (char *text, size_t size, const char *what, int error)
{
    assert (text && what);
    const char *sentence = s_sentence (error);
    if (sentence)
        snprintf (text, size, "%s", sentence);
    else
        snprintf (text, size, "%s: %s", what, strerror (error));
}
