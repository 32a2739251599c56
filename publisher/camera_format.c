// SPDX-License-Identifier: MPL-2.0
// The negotiation with the driver. It may make something else of what it is asked for
// at each step, so what counts is what it answers. A rate or a quality that cannot be
// set is no failure: the picture is there all the same.
// Any thread, no state. Left out: cameras that list different rates for each size (the
// size is chosen first).

#include "publisher/camera_format.h"

#include <assert.h>
#include <errno.h>
#include <linux/videodev2.h>

#include "publisher/camera_ioctl.h"
#include "publisher/camera_modes.h"

#define FPS_DEFAULT 30

static bool
s_is_full_range (const struct v4l2_pix_format *pixels)
{
    if (pixels->quantization != V4L2_QUANTIZATION_DEFAULT)
        return pixels->quantization == V4L2_QUANTIZATION_FULL_RANGE;
    return pixels->colorspace == V4L2_COLORSPACE_JPEG;
}

// Sets the mode. Returns 0, or an errno (EINVAL: it made something else of it).
static int
s_set_mode (int fd, const zr_camera_mode_t *mode, zr_camera_format_t *format)
{
    struct v4l2_format wanted = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    wanted.fmt.pix.width = mode->width;
    wanted.fmt.pix.height = mode->height;
    wanted.fmt.pix.pixelformat = mode->fourcc;
    wanted.fmt.pix.field = V4L2_FIELD_ANY;
    if (zr_camera_ioctl (fd, VIDIOC_S_FMT, &wanted) < 0)
        return errno;
    const struct v4l2_pix_format *pixels = &wanted.fmt.pix;
    if (pixels->pixelformat != mode->fourcc ||
        pixels->width - 1 >= ZR_PICTURE_SIDE_MAX ||
        pixels->height - 1 >= ZR_PICTURE_SIDE_MAX ||
        pixels->bytesperline > 8 * ZR_PICTURE_SIDE_MAX)
        return EINVAL;
    *format = (zr_camera_format_t){
        .fourcc = pixels->pixelformat,
        .width = (int) pixels->width,
        .height = (int) pixels->height,
        .stride = (int) pixels->bytesperline,
        .full_range = s_is_full_range (pixels),
        .emulated = mode->emulated,
    };
    return 0;
}

// Sets the rate nearest to fps and notes what it is. Without a wish (0) a slow rate is
// raised all the same: drivers keep what the last program has set.
static void
s_set_rate (int fd, int fps, zr_camera_format_t *format)
{
    struct v4l2_streamparm parameters = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    struct v4l2_captureparm *capture = &parameters.parm.capture;
    if (zr_camera_ioctl (fd, VIDIOC_G_PARM, &parameters) < 0)
        return;
    struct v4l2_fract *interval = &capture->timeperframe; // 1/30 s: 1 and 30
    bool slow = interval->denominator / FPS_DEFAULT < interval->numerator;
    if ((fps || slow) && capture->capability & V4L2_CAP_TIMEPERFRAME) {
        *interval = (struct v4l2_fract){1, fps ? fps : FPS_DEFAULT};
        if (zr_camera_ioctl (fd, VIDIOC_S_PARM, &parameters) < 0)
            return;
    }
    if (interval->numerator && interval->denominator)
        format->fps = (double) interval->denominator / interval->numerator;
}

// A camera that makes JPEGs may let their quality be set: by a control, or the older
// way.
static void
s_set_quality (int fd, int quality, zr_camera_format_t *format)
{
    struct v4l2_control control = {.id = V4L2_CID_JPEG_COMPRESSION_QUALITY,
                                   .value = quality};
    struct v4l2_jpegcompression older = {0};
    bool set = zr_camera_ioctl (fd, VIDIOC_S_CTRL, &control) == 0;
    if (!set && zr_camera_ioctl (fd, VIDIOC_G_JPEGCOMP, &older) == 0) {
        older.quality = quality;
        set = zr_camera_ioctl (fd, VIDIOC_S_JPEGCOMP, &older) == 0;
    }
    format->fixed_quality = !set;
}

int
zr_camera_format_set (int fd, const zr_camera_wish_t *wish, zr_camera_format_t *format)
{
    assert (wish && format);
    zr_camera_mode_t modes[ZR_CAMERA_MODES_MAX];
    int count = zr_camera_modes_choose (fd, wish->width, wish->height, modes);
    int error = wish->fourcc ? ENOMSG : EINVAL;
    for (int i = 0; i < count; i++) {
        if (wish->fourcc && wish->fourcc != modes[i].fourcc)
            continue;
        error = s_set_mode (fd, &modes[i], format);
        if (error == EBUSY || error == ENODEV)
            return error; // so it is for all of them
        if (error)
            continue;
        s_set_rate (fd, wish->fps, format);
        if (zr_camera_pixels_is_jpeg (format->fourcc) && wish->quality)
            s_set_quality (fd, wish->quality, format);
        return 0;
    }
    return error;
}
