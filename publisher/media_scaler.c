// SPDX-License-Identifier: MPL-2.0
// Three steps, each left out where there is nothing to do: libswscale brings the frame
// to size and to 4:2:0 or grey of 8 bit, but in its own matrix and range; media_colour
// makes those JPEG's in one cheap pass, in place; and the picture is turned upright.
// A full-range BT.601 frame of the right size, as MJPEG decodes to, is handed on as it
// is. RGB and palettes become JPEG's YCbCr in libswscale at once. Left out:
// deinterlacing, blending of transparent parts, mirrored display matrices.

#include "publisher/media_scaler.h"

#include <assert.h>
#include <czmq.h>

#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "common/log.h"
#include "publisher/media_colour.h"

#define SIDE_MIN 2
#define SHAPE_MAX 10 // pixels more oblong than this are a lie

// What a frame looks like, as far as it matters here.
typedef struct {
    enum AVPixelFormat format; // JPEG variants replaced by the plain ones
    enum AVColorSpace space;
    bool full;      // range
    bool grey, rgb; // rgb includes palettes
    zr_media_size_t size;
} s_look_t;

struct zr_media_scaler {
    const char *subject;
    int width_max;
    s_look_t look;          // of the frames that everything here is set up for
    zr_media_size_t target; // what look is scaled to, not turned yet
    struct SwsContext *sws; // NULL if there is nothing to scale or unpack
    zr_media_colour_t colour;
    zr_picture_t scaled; // memory of the first two steps
    zr_picture_t turned;
};

static int
s_clamp_side (double side)
{
    if (side < SIDE_MIN)
        return SIDE_MIN;
    return side > ZR_PICTURE_SIDE_MAX ? ZR_PICTURE_SIDE_MAX : (int) (side + 0.5);
}

zr_media_size_t
zr_media_scaler_fit (zr_media_size_t coded, AVRational pixel_shape, int degrees,
                     int width_max)
{
    assert (coded.width > 0 && coded.height > 0 && width_max >= 0);
    double shape = 1;
    if (pixel_shape.num > 0 && pixel_shape.den > 0)
        shape = av_q2d (pixel_shape);
    if (shape > SHAPE_MAX || shape < 1.0 / SHAPE_MAX)
        shape = 1;

    // Square pixels by making one side smaller.
    double width = shape < 1 ? coded.width * shape : coded.width;
    double height = shape > 1 ? coded.height / shape : coded.height;
    if (degrees == 90 || degrees == 270) {
        double upright = height;
        height = width;
        width = upright;
    }
    double scale = 1;
    if (width_max && width > width_max)
        scale = width_max / width;
    if (width * scale > ZR_PICTURE_SIDE_MAX)
        scale = ZR_PICTURE_SIDE_MAX / width;
    if (height * scale > ZR_PICTURE_SIDE_MAX)
        scale = ZR_PICTURE_SIDE_MAX / height;
    return (zr_media_size_t){s_clamp_side (width * scale),
                             s_clamp_side (height * scale)};
}

zr_media_scaler_t *
zr_media_scaler_new (const char *subject, int width_max)
{
    assert (subject && width_max >= 0);
    zr_media_scaler_t *self = zmalloc (sizeof *self);
    self->subject = subject;
    self->width_max = width_max;
    self->look.format = AV_PIX_FMT_NONE;
    return self;
}

void
zr_media_scaler_destroy (zr_media_scaler_t **self_p)
{
    assert (self_p);
    zr_media_scaler_t *self = *self_p;
    if (!self)
        return;
    sws_freeContext (self->sws);
    zr_picture_release (&self->scaled);
    zr_picture_release (&self->turned);
    freen (self);
    *self_p = NULL;
}

// The formats that say "full range" by their name, which libswscale has given up.
static enum AVPixelFormat
s_plain_format (enum AVPixelFormat format, bool *full)
{
    static const struct {
        enum AVPixelFormat jpeg, plain;
    } names[] = {
        {AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P},
        {AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
        {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P},
        {AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P},
        {AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].jpeg == format) {
            *full = true;
            return names[i].plain;
        }
    return format;
}

static int
s_look_at (const AVFrame *frame, s_look_t *look)
{
    const AVPixFmtDescriptor *kind = av_pix_fmt_desc_get (frame->format);
    if (!kind || frame->width < 1 || frame->height < 1)
        return -1;
    *look = (s_look_t){.space = frame->colorspace,
                       .full = frame->color_range == AVCOL_RANGE_JPEG,
                       .size = {frame->width, frame->height}};
    look->format = s_plain_format (frame->format, &look->full);
    look->rgb = kind->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) ||
                frame->format == AV_PIX_FMT_MONOWHITE ||
                frame->format == AV_PIX_FMT_MONOBLACK;
    look->grey = !look->rgb && kind->nb_components <= 2;
    if (look->grey && frame->color_range != AVCOL_RANGE_MPEG)
        look->full = true; // grey that does not say is a still's, not a film's
    return 0;
}

static bool
s_look_is_same (const s_look_t *a, const s_look_t *b)
{
    return a->format == b->format && a->space == b->space && a->full == b->full &&
           a->size.width == b->size.width && a->size.height == b->size.height;
}

static enum AVPixelFormat
s_wanted_format (const s_look_t *look)
{
    return look->grey ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_YUV420P;
}

static int
s_open_sws (zr_media_scaler_t *self)
{
    const s_look_t *look = &self->look;
    int full = look->rgb || look->grey || look->full;
    self->sws = sws_alloc_context ();
    assert (self->sws);
    av_opt_set_int (self->sws, "srcw", look->size.width, 0);
    av_opt_set_int (self->sws, "srch", look->size.height, 0);
    av_opt_set_int (self->sws, "src_format", look->format, 0);
    av_opt_set_int (self->sws, "dstw", self->target.width, 0);
    av_opt_set_int (self->sws, "dsth", self->target.height, 0);
    av_opt_set_int (self->sws, "dst_format", s_wanted_format (look), 0);
    av_opt_set_int (self->sws, "src_range", full, 0);
    av_opt_set_int (self->sws, "dst_range", full, 0);
    // Area averaging is what shrinking wants: nothing flickers, and bicubic takes
    // twice its time.
    av_opt_set_int (self->sws, "sws_flags", SWS_AREA, 0);
    return sws_init_context (self->sws, NULL, NULL) < 0 ? -1 : 0;
}

// Sets everything up for frames of this look.
static int
s_configure (zr_media_scaler_t *self, const s_look_t *look, zr_media_size_t target)
{
    sws_freeContext (self->sws);
    self->sws = NULL;
    self->look = *look;
    self->target = target;
    zr_media_colour_init (&self->colour,
                          look->rgb || look->grey ? AVCOL_SPC_UNSPECIFIED : look->space,
                          look->rgb || look->full);
    if (look->format == s_wanted_format (look) && look->size.width == target.width &&
        look->size.height == target.height)
        return 0;
    if (s_open_sws (self) == 0)
        return 0;
    const char *name = av_get_pix_fmt_name (look->format);
    zr_log_error (self->subject, "cannot convert pictures of the kind %s (%dx%d)",
                  name ? name : "unknown", look->size.width, look->size.height);
    self->look.format = AV_PIX_FMT_NONE;
    return -1;
}

static void
s_borrow (zr_picture_t *picture, const AVFrame *frame, int subsampling)
{
    *picture = (zr_picture_t){
        .width = frame->width, .height = frame->height, .subsampling = subsampling};
    for (int i = 0; i < zr_picture_planes (picture); i++) {
        picture->planes[i] = frame->data[i];
        picture->strides[i] = frame->linesize[i];
    }
}

// Whether the compressor can read it where it is: it reads on to whole chroma samples.
static bool
s_is_compressible (const zr_picture_t *picture)
{
    for (int i = 0; i < zr_picture_planes (picture); i++)
        if (picture->strides[i] <= 0)
            return false;
    return picture->subsampling == TJSAMP_GRAY ||
           (picture->width % 2 == 0 && picture->height % 2 == 0);
}

static void
s_copy (zr_picture_t *dest, const zr_picture_t *src)
{
    for (int i = 0; i < zr_picture_planes (src); i++)
        av_image_copy_plane (dest->planes[i], dest->strides[i], src->planes[i],
                             src->strides[i], zr_picture_plane_width (src, i),
                             zr_picture_plane_height (src, i));
}

// The first two steps: size and colours, into picture.
static int
s_convert (zr_media_scaler_t *self, const AVFrame *frame, zr_picture_t *picture)
{
    int subsampling = self->look.grey ? TJSAMP_GRAY : TJSAMP_420;
    zr_picture_t own;
    s_borrow (&own, frame, subsampling);
    if (!self->sws && self->colour.is_identity && s_is_compressible (&own)) {
        *picture = own;
        return 0;
    }
    if (zr_picture_shape (&self->scaled, self->target.width, self->target.height,
                          subsampling))
        return -1;
    if (self->sws) {
        uint8_t *planes[4] = {0}; // libswscale reads four
        int strides[4] = {0};
        memcpy (planes, self->scaled.planes, sizeof self->scaled.planes);
        memcpy (strides, self->scaled.strides, sizeof self->scaled.strides);
        if (sws_scale (self->sws, (const uint8_t *const *) frame->data, frame->linesize,
                       0, frame->height, planes, strides) < 0)
            return -1;
        own = self->scaled;
    }
    if (!self->colour.is_identity)
        zr_media_colour_apply (&self->colour, &self->scaled, &own);
    else if (!self->sws)
        s_copy (&self->scaled, &own);
    zr_picture_pad (&self->scaled);
    *picture = self->scaled;
    return 0;
}

int
zr_media_scaler_convert (zr_media_scaler_t *self, const AVFrame *frame, int degrees,
                         zr_picture_t *picture)
{
    assert (self && frame && picture);
    s_look_t look;
    if (s_look_at (frame, &look))
        return -1;
    zr_media_size_t target = zr_media_scaler_fit (look.size, frame->sample_aspect_ratio,
                                                  degrees, self->width_max);
    if (degrees == 90 || degrees == 270)
        target = (zr_media_size_t){target.height, target.width};
    if (!s_look_is_same (&look, &self->look) || target.width != self->target.width ||
        target.height != self->target.height)
        if (s_configure (self, &look, target))
            return -1;

    if (s_convert (self, frame, picture))
        return -1;
    if (degrees) {
        if (zr_picture_rotate (&self->turned, picture, degrees))
            return -1;
        zr_picture_pad (&self->turned);
        *picture = self->turned;
    }
    picture->memory = NULL; // borrowed
    picture->capacity = 0;
    return 0;
}
