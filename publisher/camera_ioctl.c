// SPDX-License-Identifier: MPL-2.0
// A signal in the middle of a call is no answer.

#include "publisher/camera_ioctl.h"

#include <errno.h>
#include <libv4l2.h>

int
zr_camera_ioctl (int fd, unsigned long request, void *argument)
{
    int rc;
    do
        rc = v4l2_ioctl (fd, request, argument);
    while (rc < 0 && errno == EINTR);
    return rc;
}
