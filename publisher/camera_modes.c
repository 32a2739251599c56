// SPDX-License-Identifier: MPL-2.0
// Enumerates devices, formats, sizes and rates. For each format that we can read the
// best size is found, and the formats are put in order; the device then takes the
// first that its driver really gives.
//
// Any thread, no state. v4l2_ioctl on a descriptor of plain open is the bare ioctl,
// so one set of loops serves both the list (what the camera has) and the choice (what
// libv4l2 can make of it). A metadata node (each USB camera has one) says so in
// device_caps. Left out: the rate has no say in which format is taken.

#include "publisher/camera_modes.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"
#include "publisher/camera_pixels.h"

#define NODES 256   // /dev/video0 to video255 are all that the kernel has
#define SIZES 256   // more of one format are not looked at
#define FORMATS 128 // likewise
#define RATES 32

typedef struct {
    int width, height;
} s_size_t;

static int
s_probe_capability (int fd, struct v4l2_capability *capability)
{
    memset (capability, 0, sizeof *capability);
    if (v4l2_ioctl (fd, VIDIOC_QUERYCAP, capability) < 0)
        return ENOTTY;
    uint32_t can = capability->capabilities & V4L2_CAP_DEVICE_CAPS
                       ? capability->device_caps
                       : capability->capabilities;
    if (!(can & V4L2_CAP_VIDEO_CAPTURE) || !(can & V4L2_CAP_STREAMING))
        return ENOTTY;
    return 0;
}

static int
s_open (const char *path)
{
    return open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

int
zr_camera_modes_probe (const char *path, char *card)
{
    assert (path && card);
    int fd = s_open (path);
    if (fd < 0)
        return errno;
    struct v4l2_capability capability;
    int error = s_probe_capability (fd, &capability);
    close (fd);
    const char *name = (const char *) capability.card;
    if (!error)
        zr_text_clean (card, ZR_CAMERA_CARD_MAX, name,
                       strnlen (name, sizeof capability.card));
    return error;
}

int
zr_camera_find (char *path, size_t size)
{
    assert (path);
    char denied[32] = "", node[32], card[ZR_CAMERA_CARD_MAX];
    for (int i = 0; i < NODES; i++) {
        snprintf (node, sizeof node, "/dev/video%d", i);
        int error = zr_camera_modes_probe (node, card);
        if (!error) {
            snprintf (path, size, "%s", node);
            return 0;
        }
        if (error == EACCES && !*denied)
            memcpy (denied, node, sizeof denied);
    }
    if (!*denied)
        return -1;
    snprintf (path, size, "%s", denied);
    return 0;
}

bool
zr_camera_present (void)
{
    char path[32];
    return zr_camera_find (path, sizeof path) == 0;
}

// Brings a size that follows width into the driver's steps.
static s_size_t
s_fit_steps (const struct v4l2_frmsize_stepwise *steps, int width)
{
    int most = (int) steps->max_width, least = (int) steps->min_width;
    int step = steps->step_width ? (int) steps->step_width : 1;
    s_size_t size = {width == 0 || width > most ? most : width, 0};
    if (size.width < least)
        size.width = least;
    size.width -= (size.width - least) % step;
    most = (int) steps->max_height;
    least = (int) steps->min_height;
    step = steps->step_height ? (int) steps->step_height : 1;
    // The camera's own shape is that of its largest picture.
    size.height = (int) ((int64_t) size.width * most / (int) steps->max_width);
    if (size.height < least)
        size.height = least;
    size.height -= (size.height - least) % step;
    return size;
}

// What the driver would make of the width where it lists no sizes.
static int
s_ask_size (int fd, uint32_t fourcc, int width, s_size_t *size)
{
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    if (v4l2_ioctl (fd, VIDIOC_G_FMT, &format) < 0)
        return 0;
    struct v4l2_pix_format *pixels = &format.fmt.pix;
    if (width && pixels->width) {
        pixels->height = (uint32_t) ((uint64_t) width * pixels->height / pixels->width);
        pixels->width = width;
    }
    pixels->pixelformat = fourcc;
    pixels->bytesperline = 0;
    if (v4l2_ioctl (fd, VIDIOC_TRY_FMT, &format) < 0 || pixels->pixelformat != fourcc)
        return 0;
    *size = (s_size_t){(int) pixels->width, (int) pixels->height};
    return 1;
}

// Sizes of a format, at most SIZES; of a range, the one for width. Returns the count.
static int
s_read_sizes (int fd, uint32_t fourcc, int width, s_size_t *sizes)
{
    int count = 0;
    struct v4l2_frmsizeenum item = {.pixel_format = fourcc};
    for (; count < SIZES; item.index++) {
        if (v4l2_ioctl (fd, VIDIOC_ENUM_FRAMESIZES, &item) < 0)
            break;
        if (item.type != V4L2_FRMSIZE_TYPE_DISCRETE) {
            if (item.stepwise.max_width == 0 || item.stepwise.max_width > INT16_MAX ||
                item.stepwise.max_height > INT16_MAX)
                return 0;
            sizes[0] = s_fit_steps (&item.stepwise, width);
            return 1;
        }
        if (item.discrete.width - 1 < ZR_PICTURE_SIDE_MAX &&
            item.discrete.height - 1 < ZR_PICTURE_SIDE_MAX)
            sizes[count++] =
                (s_size_t){(int) item.discrete.width, (int) item.discrete.height};
    }
    if (count == 0 && item.index == 0)
        return s_ask_size (fd, fourcc, width, sizes);
    return count;
}

static s_size_t
s_largest (const s_size_t *sizes, int count)
{
    s_size_t best = sizes[0];
    for (int i = 1; i < count; i++)
        if (sizes[i].width * sizes[i].height > best.width * best.height)
            best = sizes[i];
    return best;
}

static s_size_t
s_nearest (const s_size_t *sizes, int count, int width)
{
    s_size_t shape = s_largest (sizes, count);
    if (width == 0)
        return shape;
    s_size_t best = sizes[0];
    for (int i = 1; i < count; i++) {
        int nearer = abs (best.width - width) - abs (sizes[i].width - width);
        // How far each is from the shape, as the height that is too much or missing.
        int own = abs (best.height - best.width * shape.height / shape.width);
        int other = abs (sizes[i].height - sizes[i].width * shape.height / shape.width);
        if (nearer > 0 || (nearer == 0 && other < own))
            best = sizes[i];
    }
    return best;
}

typedef struct {
    zr_camera_mode_t mode;
    int keys[3]; // in order of weight; less is better
} s_candidate_t;

static int
s_compare (const void *one, const void *other)
{
    const s_candidate_t *a = one, *b = other;
    for (int i = 0; i < 3; i++)
        if (a->keys[i] != b->keys[i])
            return a->keys[i] < b->keys[i] ? -1 : 1;
    return 0;
}

// JPEG, the camera's own colour formats, what libv4l2 converts, and grey.
static int
s_rank (uint32_t fourcc, bool emulated)
{
    int rank = zr_camera_pixels_rank (fourcc);
    if (rank < 0)
        return -1;
    return rank + (emulated ? 100 : 0) + (fourcc == V4L2_PIX_FMT_GREY ? 200 : 0);
}

int
zr_camera_modes_choose (int fd, int width, zr_camera_mode_t *modes)
{
    assert (modes && width >= 0);
    s_candidate_t found[ZR_CAMERA_MODES_MAX];
    s_size_t sizes[SIZES];
    int count = 0;
    struct v4l2_fmtdesc item = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    for (; item.index < FORMATS && count < ZR_CAMERA_MODES_MAX; item.index++) {
        if (v4l2_ioctl (fd, VIDIOC_ENUM_FMT, &item) < 0)
            break;
        bool emulated = item.flags & V4L2_FMT_FLAG_EMULATED;
        int rank = s_rank (item.pixelformat, emulated);
        if (rank < 0)
            continue;
        int offered = s_read_sizes (fd, item.pixelformat, width, sizes);
        if (offered == 0)
            continue;
        s_size_t size = s_nearest (sizes, offered, width);
        s_candidate_t *candidate = &found[count++];
        candidate->mode =
            (zr_camera_mode_t){item.pixelformat, size.width, size.height, emulated};
        candidate->keys[0] = width ? abs (size.width - width) : 0;
        candidate->keys[1] = rank;
        candidate->keys[2] = (int) item.index;
    }
    if (count > 1)
        qsort (found, count, sizeof found[0], s_compare);
    for (int i = 0; i < count; i++)
        modes[i] = found[i].mode;
    return count;
}

// Rates of one size, such as "30, 15, 7.5 fps".
static void
s_print_rates (FILE *out, int fd, uint32_t fourcc, s_size_t size)
{
    struct v4l2_frmivalenum item = {.pixel_format = fourcc};
    item.width = size.width;
    item.height = size.height;
    for (; item.index < RATES; item.index++) {
        if (v4l2_ioctl (fd, VIDIOC_ENUM_FRAMEINTERVALS, &item) < 0)
            break;
        if (item.type != V4L2_FRMIVAL_TYPE_DISCRETE) {
            const struct v4l2_fract *slow = &item.stepwise.max;
            const struct v4l2_fract *fast = &item.stepwise.min;
            if (slow->numerator && fast->numerator)
                fprintf (out, "%.4g to %.4g",
                         (double) slow->denominator / slow->numerator,
                         (double) fast->denominator / fast->numerator);
            item.index++;
            break;
        }
        if (item.discrete.numerator)
            fprintf (out, "%s%.4g", item.index ? ", " : "",
                     (double) item.discrete.denominator / item.discrete.numerator);
    }
    fputs (item.index ? " fps\n" : "\n", out);
}

static void
s_print_format (FILE *out, int fd, uint32_t fourcc)
{
    char name[5], text[32];
    zr_camera_pixels_name (fourcc, name);
    s_size_t sizes[SIZES];
    int count = s_read_sizes (fd, fourcc, 0, sizes);
    for (int i = 0; i < count; i++) {
        snprintf (text, sizeof text, "%dx%d", sizes[i].width, sizes[i].height);
        fprintf (out, "  %-4s  %-10s ", name, text);
        s_print_rates (out, fd, fourcc, sizes[i]);
    }
}

// Returns whether it is a camera.
static bool
s_print_camera (FILE *out, const char *path)
{
    char card[ZR_CAMERA_CARD_MAX];
    int error = zr_camera_modes_probe (path, card);
    if (error == EACCES)
        fprintf (out, "%s  no permission (add yourself to group video)\n", path);
    int fd = error ? -1 : s_open (path);
    if (fd < 0)
        return error == EACCES;
    fprintf (out, "%s  %s\n", path, card);
    struct v4l2_fmtdesc item = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    for (; item.index < FORMATS; item.index++) {
        if (v4l2_ioctl (fd, VIDIOC_ENUM_FMT, &item) < 0)
            break;
        s_print_format (out, fd, item.pixelformat);
    }
    close (fd);
    return true;
}

int
zr_camera_list (FILE *out)
{
    assert (out);
    int count = 0;
    for (int i = 0; i < NODES; i++) {
        char path[32];
        snprintf (path, sizeof path, "/dev/video%d", i);
        count += s_print_camera (out, path);
    }
    if (count == 0)
        zr_log_info ("camera", "none was found");
    return count;
}
