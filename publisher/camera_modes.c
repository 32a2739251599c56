// SPDX-License-Identifier: MPL-2.0
// Enumerates formats, sizes and rates. For each format that we can read the
// best size is found, and the formats are put in order; the device then takes the
// first that its driver really gives.
//
// Any thread, no state. v4l2_ioctl on a descriptor of plain open is the bare ioctl,
// so one set of loops serves both the list (what the camera has) and the choice (what
// libv4l2 can make of it). Left out: the rate has no say in which format is taken.

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
#include "publisher/camera_controls.h"
#include "publisher/camera_finder.h"
#include "publisher/camera_pixels.h"

#define SIZES 256   // more of one format are not looked at
#define FORMATS 128 // likewise
#define RATES 32
#define NAME_END 8 // columns of the list's rows that the format's name is in

typedef struct {
    int width, height;
} s_size_t;

// Brings a size that follows width into the driver's steps.
static s_size_t
s_fit_steps (const struct v4l2_frmsize_stepwise *steps, s_size_t wanted)
{
    int most = (int) steps->max_width, least = (int) steps->min_width;
    int step = steps->step_width ? (int) steps->step_width : 1;
    s_size_t size = {wanted.width == 0 || wanted.width > most ? most : wanted.width, 0};
    if (size.width < least)
        size.width = least;
    size.width -= (size.width - least) % step;
    most = (int) steps->max_height;
    least = (int) steps->min_height;
    step = steps->step_height ? (int) steps->step_height : 1;
    // The camera's own shape is that of its largest picture.
    size.height = wanted.height
                      ? wanted.height
                      : (int) ((int64_t) size.width * most / (int) steps->max_width);
    if (size.height > most)
        size.height = most;
    if (size.height < least)
        size.height = least;
    size.height -= (size.height - least) % step;
    return size;
}

// What the driver would make of the width where it lists no sizes.
static int
s_ask_size (int fd, uint32_t fourcc, s_size_t wanted, s_size_t *size)
{
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    if (v4l2_ioctl (fd, VIDIOC_G_FMT, &format) < 0)
        return 0;
    struct v4l2_pix_format *pixels = &format.fmt.pix;
    if (wanted.width && pixels->width) {
        pixels->height =
            (uint32_t) ((uint64_t) wanted.width * pixels->height / pixels->width);
        pixels->width = wanted.width;
    }
    if (wanted.height)
        pixels->height = wanted.height;
    pixels->pixelformat = fourcc;
    pixels->bytesperline = 0;
    if (v4l2_ioctl (fd, VIDIOC_TRY_FMT, &format) < 0 || pixels->pixelformat != fourcc)
        return 0;
    *size = (s_size_t){(int) pixels->width, (int) pixels->height};
    return 1;
}

// Sizes of a format, at most SIZES; of a range, the one for width. Returns the count.
static int
s_read_sizes (int fd, uint32_t fourcc, s_size_t wanted, s_size_t *sizes)
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
            sizes[0] = s_fit_steps (&item.stepwise, wanted);
            return 1;
        }
        if (item.discrete.width - 1 < ZR_PICTURE_SIDE_MAX &&
            item.discrete.height - 1 < ZR_PICTURE_SIDE_MAX)
            sizes[count++] =
                (s_size_t){(int) item.discrete.width, (int) item.discrete.height};
    }
    if (count == 0 && item.index == 0)
        return s_ask_size (fd, fourcc, wanted, sizes);
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
s_nearest (const s_size_t *sizes, int count, s_size_t wanted)
{
    s_size_t shape = s_largest (sizes, count);
    int width = wanted.width;
    if (width == 0)
        return shape;
    if (wanted.height)
        shape = wanted;
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
zr_camera_modes_choose (int fd, int width, int height, zr_camera_mode_t *modes)
{
    assert (modes && width >= 0 && height >= 0);
    s_candidate_t found[ZR_CAMERA_MODES_MAX];
    s_size_t sizes[SIZES], wanted = {width, height};
    int count = 0;
    struct v4l2_fmtdesc item = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    for (; item.index < FORMATS && count < ZR_CAMERA_MODES_MAX; item.index++) {
        if (v4l2_ioctl (fd, VIDIOC_ENUM_FMT, &item) < 0)
            break;
        bool emulated = item.flags & V4L2_FMT_FLAG_EMULATED;
        int rank = s_rank (item.pixelformat, emulated);
        if (rank < 0)
            continue;
        int offered = s_read_sizes (fd, item.pixelformat, wanted, sizes);
        if (offered == 0)
            continue;
        s_size_t size = s_nearest (sizes, offered, wanted);
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

// Rates of one size, such as "30, 15, 7.5".
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
    fputs (item.index ? "\n" : "-\n", out);
}

// The smallest of a range of sizes, for "16x16 to 1920x1080". Returns false if the
// sizes of the format are no range.
static bool
s_read_least (int fd, uint32_t fourcc, s_size_t *least)
{
    struct v4l2_frmsizeenum item = {.pixel_format = fourcc};
    if (v4l2_ioctl (fd, VIDIOC_ENUM_FRAMESIZES, &item) < 0 ||
        item.type == V4L2_FRMSIZE_TYPE_DISCRETE)
        return false;
    *least = (s_size_t){(int) item.stepwise.min_width, (int) item.stepwise.min_height};
    return true;
}

// The sizes and rates of a format as rows of the table, to be freed. Its name is in
// the first one.
static char *
s_format_rows (int fd, uint32_t fourcc, const char *name)
{
    char *rows = NULL, text[48];
    size_t rows_len;
    FILE *out = open_memstream (&rows, &rows_len);
    assert (out); // no memory
    s_size_t sizes[SIZES], least;
    int count = s_read_sizes (fd, fourcc, (s_size_t){0, 0}, sizes);
    bool range = count && s_read_least (fd, fourcc, &least);
    for (int i = 0; i < count; i++) {
        int len = 0;
        if (range)
            len = snprintf (text, sizeof text, "%dx%d to ", least.width, least.height);
        snprintf (text + len, sizeof text - len, "%dx%d", sizes[i].width,
                  sizes[i].height);
        fprintf (out, "  %-6s  %-10s  ", i ? "" : name, text);
        s_print_rates (out, fd, fourcc, sizes[i]);
    }
    fclose (out);
    return rows;
}

// All formats. Those that differ in nothing from an earlier one are one row each.
static void
s_print_formats (FILE *out, int fd)
{
    char *model = NULL, model_name[5] = "",
         name[5]; // the last one that was written out
    fprintf (out, "  %-6s  %-10s  pictures a second\n", "format", "size");
    struct v4l2_fmtdesc item = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    for (; item.index < FORMATS; item.index++) {
        if (v4l2_ioctl (fd, VIDIOC_ENUM_FMT, &item) < 0)
            break;
        zr_camera_pixels_name (item.pixelformat, name);
        char *rows = s_format_rows (fd, item.pixelformat, name);
        if (model && *model && *rows &&
            strcmp (rows + NAME_END, model + NAME_END) == 0) {
            fprintf (out, "  %-6s  as %s\n", name, model_name);
            free (rows);
            continue;
        }
        fputs (rows, out);
        free (model);
        model = rows;
        memcpy (model_name, name, sizeof name);
    }
    free (model);
}

// A camera that cannot be opened any more has its heading only.
static void
s_print_camera (FILE *out, const zr_camera_t *camera)
{
    fprintf (out, "%s  %s%s%s%s%s\n", camera->path, camera->card,
             *camera->bus ? "  " : "", camera->bus, *camera->link ? "  " : "",
             camera->link);
    if (camera->denied)
        fputs ("  no permission (add yourself to group video)\n", out);
    int fd = camera->denied ? -1 : open (camera->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    s_print_formats (out, fd);
    zr_camera_controls_print (out, fd);
    close (fd);
}

int
zr_camera_list (FILE *out)
{
    assert (out);
    zr_camera_t cameras[ZR_CAMERAS_MAX];
    int count = zr_camera_finder_scan (cameras);
    for (int i = 0; i < count; i++) {
        if (i)
            fputc ('\n', out);
        s_print_camera (out, &cameras[i]);
    }
    if (count == 0)
        zr_log_info ("camera", "none was found");
    return count;
}
