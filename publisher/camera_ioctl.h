// SPDX-License-Identifier: MPL-2.0
// One way to ask a V4L2 driver. Any thread, no state.

#ifndef ZR_CAMERA_IOCTL_H
#define ZR_CAMERA_IOCTL_H

// v4l2_ioctl (which on a descriptor of plain open is the bare one), again after a
// signal. Returns 0 or above, or -1 with errno.
int zr_camera_ioctl (int fd, unsigned long request, void *argument);

#endif
