// SPDX-License-Identifier: MPL-2.0
// Every layout is a row in a table: where the first Y, U and V lie, how many bytes
// lead from one to the next of its kind, and which plane of the buffer they are in.
// One loop gathers samples by that and stretches 16..235 to 0..255 on the way, which
// JPEG needs and cameras rarely deliver. RGB goes through TurboJPEG, whose way to YUV
// is the one that JPEG wants.
//
// Left out: Bayer and cameras' own compressions (libv4l2 converts those), formats of
// several memory planes, and BT.709 matrices, which would want a look at all three
// samples at once for a small shift of hue.

#include "publisher/camera_pixels.h"

#include <assert.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLOCK 16 // samples in the inner loop, so that compilers vectorise it

typedef enum {
    PACKED, // all in one plane
    SEMI,   // Y, then U and V interleaved
    PLANAR, // Y, then U, then V, or the other way round
    RGB,    // packed, one of TurboJPEG's orders
} s_kind_t;

typedef struct {
    uint32_t fourcc;
    s_kind_t kind;
    int subsampling;
    int first[3]; // PACKED, SEMI: byte of the first Y, U, V; PLANAR: which plane; RGB:
                  // TJPF_...
} s_layout_t;

// In order of preference.
static const s_layout_t LAYOUTS[] = {
    {V4L2_PIX_FMT_YUV420, PLANAR, TJSAMP_420, {0, 1, 2}},
    {V4L2_PIX_FMT_YVU420, PLANAR, TJSAMP_420, {0, 2, 1}},
    {V4L2_PIX_FMT_NV12, SEMI, TJSAMP_420, {0, 0, 1}},
    {V4L2_PIX_FMT_NV21, SEMI, TJSAMP_420, {0, 1, 0}},
    {V4L2_PIX_FMT_YUV422P, PLANAR, TJSAMP_422, {0, 1, 2}},
    {V4L2_PIX_FMT_NV16, SEMI, TJSAMP_422, {0, 0, 1}},
    {V4L2_PIX_FMT_YUYV, PACKED, TJSAMP_422, {0, 1, 3}},
    {V4L2_PIX_FMT_UYVY, PACKED, TJSAMP_422, {1, 0, 2}},
    {V4L2_PIX_FMT_YVYU, PACKED, TJSAMP_422, {0, 3, 1}},
    {V4L2_PIX_FMT_VYUY, PACKED, TJSAMP_422, {1, 2, 0}},
    {V4L2_PIX_FMT_RGB24, RGB, TJSAMP_420, {TJPF_RGB}},
    {V4L2_PIX_FMT_BGR24, RGB, TJSAMP_420, {TJPF_BGR}},
    {V4L2_PIX_FMT_XBGR32, RGB, TJSAMP_420, {TJPF_BGRX}},
    {V4L2_PIX_FMT_BGR32, RGB, TJSAMP_420, {TJPF_BGRX}},
    {V4L2_PIX_FMT_XRGB32, RGB, TJSAMP_420, {TJPF_XRGB}},
    {V4L2_PIX_FMT_RGB32, RGB, TJSAMP_420, {TJPF_XRGB}},
    {V4L2_PIX_FMT_GREY, PACKED, TJSAMP_GRAY, {0, 0, 0}},
};
#define LAYOUT_COUNT ((int) (sizeof LAYOUTS / sizeof LAYOUTS[0]))

struct zr_camera_pixels {
    tjhandle colours; // made by the first RGB picture
};

// What other programs call some of them.
static const struct {
    const char *name;
    uint32_t fourcc;
} ALIASES[] = {
    {"MJPEG", V4L2_PIX_FMT_MJPEG},   {"I420", V4L2_PIX_FMT_YUV420},
    {"YV12", V4L2_PIX_FMT_YVU420},   {"YUY2", V4L2_PIX_FMT_YUYV},
    {"RGB24", V4L2_PIX_FMT_RGB24},   {"BGR24", V4L2_PIX_FMT_BGR24},
    {"YUV420", V4L2_PIX_FMT_YUV420}, {"JPEG", V4L2_PIX_FMT_JPEG},
};

// One plane's samples within the buffer.
typedef struct {
    size_t offset; // of the first
    size_t stride; // bytes from row to row
    int step;      // bytes from sample to sample
} s_samples_t;

// sample -> base + (sample - bias) * (256 + gain) / 256
typedef struct {
    int16_t bias, base, gain;
} s_range_t;

static const s_range_t FULL = {0, 0, 0};
static const s_range_t LUMA = {16, 0, 42};      // 255 / 219
static const s_range_t CHROMA = {128, 128, 35}; // 255 / 224

zr_camera_pixels_t *
zr_camera_pixels_new (void)
{
    zr_camera_pixels_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    return self;
}

void
zr_camera_pixels_destroy (zr_camera_pixels_t **self_p)
{
    assert (self_p);
    zr_camera_pixels_t *self = *self_p;
    if (!self)
        return;
    if (self->colours)
        tjDestroy (self->colours);
    free (self);
    *self_p = NULL;
}

bool
zr_camera_pixels_is_jpeg (uint32_t fourcc)
{
    return fourcc == V4L2_PIX_FMT_MJPEG || fourcc == V4L2_PIX_FMT_JPEG;
}

static const s_layout_t *
s_find (uint32_t fourcc)
{
    for (int i = 0; i < LAYOUT_COUNT; i++)
        if (LAYOUTS[i].fourcc == fourcc)
            return &LAYOUTS[i];
    return NULL;
}

int
zr_camera_pixels_rank (uint32_t fourcc)
{
    if (zr_camera_pixels_is_jpeg (fourcc))
        return 0;
    const s_layout_t *layout = s_find (fourcc);
    return layout ? (int) (layout - LAYOUTS) + 1 : -1;
}

void
zr_camera_pixels_name (uint32_t fourcc, char *text)
{
    assert (text);
    int len = 0;
    for (int i = 0; i < 4; i++) {
        unsigned character = fourcc >> (8 * i) & 0x7f; // bit 31 says big-endian
        text[i] = (char) (character > 32 && character < 127 ? character : ' ');
        if (text[i] != ' ')
            len = i + 1;
    }
    text[len] = 0;
}

uint32_t
zr_camera_pixels_parse (const char *text)
{
    assert (text);
    for (size_t i = 0; i < sizeof ALIASES / sizeof *ALIASES; i++)
        if (strcasecmp (text, ALIASES[i].name) == 0)
            return ALIASES[i].fourcc;
    for (int i = 0; i < LAYOUT_COUNT; i++) {
        char name[5];
        zr_camera_pixels_name (LAYOUTS[i].fourcc, name);
        if (strcasecmp (text, name) == 0)
            return LAYOUTS[i].fourcc;
    }
    return strcasecmp (text, "MJPG") == 0 ? V4L2_PIX_FMT_MJPEG : 0;
}

static inline uint8_t
s_stretch (uint8_t sample, s_range_t range)
{
    int16_t value = (int16_t) (sample - range.bias);
    value = (int16_t) (value + ((value * range.gain + 128) >> 8) + range.base);
    return (uint8_t) (value < 0 ? 0 : value > 255 ? 255 : value);
}

// Inlined with each step as a constant.
static inline void
s_gather (uint8_t *restrict dest, const uint8_t *restrict src, int count, int step,
          s_range_t range)
{
    int i = 0;
    for (; i + BLOCK < count; i += BLOCK) // the last block may lack the bytes behind it
        for (int k = 0; k < BLOCK; k++)
            dest[i + k] = s_stretch (src[(size_t) (i + k) * step], range);
    for (; i < count; i++)
        dest[i] = s_stretch (src[(size_t) i * step], range);
}

static void
s_gather_row (uint8_t *dest, const uint8_t *src, int count, int step, s_range_t range)
{
    if (step == 1 && range.gain == 0)
        memcpy (dest, src, count);
    else if (step == 1)
        s_gather (dest, src, count, 1, range);
    else if (step == 2)
        s_gather (dest, src, count, 2, range);
    else
        s_gather (dest, src, count, 4, range);
}

// Where the samples of each plane are, for the rows that the driver promises.
static void
s_locate (const s_layout_t *layout, const zr_picture_t *picture, int stride,
          s_samples_t samples[3])
{
    size_t luma = (size_t) stride * picture->height;
    samples[0] = (s_samples_t){layout->first[0], stride, 1};
    if (layout->kind == PACKED && layout->subsampling != TJSAMP_GRAY)
        samples[0].step = 2;
    for (int plane = 1; plane < zr_picture_planes (picture); plane++) {
        s_samples_t *at = &samples[plane];
        if (layout->kind == PACKED) {
            *at = (s_samples_t){layout->first[plane], stride, 4};
        } else if (layout->kind == SEMI) {
            *at = (s_samples_t){luma + layout->first[plane],
                                ((size_t) stride + 1) / 2 * 2, 2};
        } else {
            size_t half = ((size_t) stride + 1) / 2;
            size_t size = half * zr_picture_plane_height (picture, plane);
            *at = (s_samples_t){luma + (layout->first[plane] - 1) * size, half, 1};
        }
    }
}

// Whether every row holds its samples, and the last of them lies within len bytes.
static bool
s_fits (const zr_picture_t *picture, int plane, const s_samples_t *samples, size_t len)
{
    size_t rows = zr_picture_plane_height (picture, plane);
    size_t row = (size_t) (zr_picture_plane_width (picture, plane) - 1) * samples->step;
    return row < samples->stride &&
           samples->offset + (rows - 1) * samples->stride + row < len;
}

static int
s_unpack_yuv (zr_picture_t *picture, const s_layout_t *layout,
              const zr_camera_format_t *format, const uint8_t *data, size_t len)
{
    s_samples_t samples[3];
    s_locate (layout, picture, format->stride, samples);
    int planes = zr_picture_planes (picture);
    for (int plane = 0; plane < planes; plane++)
        if (!s_fits (picture, plane, &samples[plane], len))
            return -1;
    for (int plane = 0; plane < planes; plane++) {
        s_range_t range = format->full_range ? FULL : plane ? CHROMA : LUMA;
        int width = zr_picture_plane_width (picture, plane);
        int height = zr_picture_plane_height (picture, plane);
        for (int y = 0; y < height; y++)
            s_gather_row (picture->planes[plane] + (size_t) y * picture->strides[plane],
                          data + samples[plane].offset + y * samples[plane].stride,
                          width, samples[plane].step, range);
    }
    return 0;
}

static int
s_unpack_rgb (zr_camera_pixels_t *self, zr_picture_t *picture, int order,
              const zr_camera_format_t *format, const uint8_t *data, size_t len)
{
    size_t row = (size_t) picture->width * (size_t) tjPixelSize[order];
    size_t stride = (size_t) format->stride;
    if (row > stride || stride * (size_t) (picture->height - 1) + row > len)
        return -1;
    if (!self->colours)
        self->colours = tjInitCompress ();
    if (!self->colours)
        abort (); // it fails for want of memory only
    return tjEncodeYUVPlanes (self->colours, data, picture->width, format->stride,
                              picture->height, order, picture->planes, picture->strides,
                              picture->subsampling, 0);
}

int
zr_camera_pixels_unpack (zr_camera_pixels_t *self, zr_picture_t *picture,
                         const zr_camera_format_t *format, const uint8_t *data,
                         size_t len)
{
    assert (self && picture && format && data);
    const s_layout_t *layout = s_find (format->fourcc);
    if (!layout || format->stride <= 0)
        return -1;
    if (zr_picture_shape (picture, format->width, format->height, layout->subsampling) <
        0)
        return -1;
    if (layout->kind == RGB)
        return s_unpack_rgb (self, picture, layout->first[0], format, data, len);
    return s_unpack_yuv (picture, layout, format, data, len);
}
