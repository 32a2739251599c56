// SPDX-License-Identifier: MPL-2.0
// JPEG by TurboJPEG's YUV functions, which return codes where libjpeg would exit or
// longjmp. The metadata segment is written over the SOI of a JPEG that was compressed
// a little way into the memory, so nothing is moved. libjpeg's warnings (damaged data
// inside a whole JPEG) are no failures: the picture is shown as far as it goes.
// Smaller pictures are made by libjpeg's inverse transforms of 4, 2 and 1 points, for
// which there is vector code. The sizes between (7/8, 3/4, 5/8, 3/8) have none: of a
// 720p picture they took 2.1, 1.5, 1.2 and 0.7 ms, the whole 0.8, the half 0.6.
// A coarse JPEG is decoded by the fast inverse transform, which saves 6 % of the time;
// the pictures differ by 51 dB, each about as far from what was compressed.
// libjpeg-turbo (libjpeg.txt, dct_method) finds little or no visible difference up to
// quality 85; above it there is one, and the accurate transform is taken.
//
// Left out on purpose: CMYK, 12 bit and lossless JPEGs.

#include "common/jpeg.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCANS_MAX 200
#define SCANNED_MAX (INT64_C (1) << 30) // pixels times scans
#define MARKER_SOI 0xd8
#define MARKER_EOI 0xd9
#define MARKER_COM 0xfe
#define MARKER_DQT 0xdb
#define MARKER_SOS 0xda
#define DECODE_FLAGS (TJFLAG_LIMITSCANS) // behind s_is_bomb's own limits
#define COARSE_SUM 1109 // of the 64 quantizers of luma at quality 85 (T.81, table K.1)
#define ERROR_TEXT_MAX 200
#define SCALED_SIDE_MIN 16 // pixels: below it TurboJPEG 2.1 reads behind its buffers

struct zr_jpeg {
    tjhandle compressor;   // made at first use
    tjhandle decompressor; // made at first use
    const char *error;     // why the last call failed
    char text[ERROR_TEXT_MAX];
    uint8_t *rgb; // scratch for RGB JPEGs
    size_t rgb_size;
};

ssize_t
zr_jpeg_check (const uint8_t *data, size_t len)
{
    if (len < 4 || data[0] != 0xff || data[1] != MARKER_SOI || data[2] != 0xff)
        return -1;
    while (len > 4 && data[len - 1] == 0)
        len--; // cameras pad their buffers with zeroes
    if (data[len - 2] != 0xff || data[len - 1] != MARKER_EOI)
        return -1;
    return (ssize_t) len;
}

size_t
zr_jpeg_write_meta (uint8_t *dest, const zr_meta_t *meta)
{
    char *text = (char *) dest + 6;
    int len =
        snprintf (text, ZR_JPEG_META_MAX - 6, "zroom/1 seq=%" PRIu64 " time=%" PRId64,
                  meta->seq, meta->time_us);
    assert (len > 0 && len < ZR_JPEG_META_MAX - 6);
    int segment = len + 2; // its length counts itself
    const uint8_t head[6] = {0xff,
                             MARKER_SOI,
                             0xff,
                             MARKER_COM,
                             (uint8_t) (segment >> 8),
                             (uint8_t) segment};
    memcpy (dest, head, sizeof head);
    return sizeof head + (size_t) len;
}

// Reads "key=NUMBER" pairs; text is NUL-terminated.
static void
s_parse_meta (char *text, zr_meta_t *meta)
{
    bool seq_known = false, time_known = false;
    char *state = NULL;
    for (char *word = strtok_r (text, " ", &state); word;
         word = strtok_r (NULL, " ", &state)) {
        char *end = NULL;
        errno = 0;
        if (strncmp (word, "seq=", 4) == 0) {
            meta->seq = strtoull (word + 4, &end, 10);
            seq_known = isdigit ((unsigned char) word[4]) && !*end && !errno;
        } else if (strncmp (word, "time=", 5) == 0) {
            meta->time_us = strtoll (word + 5, &end, 10);
            const char *first = word + (word[5] == '-' ? 6 : 5);
            time_known = isdigit ((unsigned char) *first) && !*end && !errno;
        }
    }
    meta->known = seq_known && time_known;
}

void
zr_jpeg_read_meta (const uint8_t *data, size_t len, zr_meta_t *meta)
{
    static const char prefix[] = "zroom/1 ";
    char text[256];
    *meta = (zr_meta_t){0};
    if (len < 6 || data[2] != 0xff || data[3] != MARKER_COM)
        return;
    size_t segment = (size_t) data[4] << 8 | data[5];
    if (segment < 2 || segment + 4 > len)
        return; // the segment claims more than there is
    size_t text_len = segment - 2;
    if (text_len >= sizeof text || text_len < sizeof prefix ||
        memcmp (data + 6, prefix, sizeof prefix - 1) != 0)
        return;
    memcpy (text, data + 6, text_len);
    text[text_len] = '\0';
    s_parse_meta (text + sizeof prefix - 1, meta);
    if (!meta->known)
        *meta = (zr_meta_t){0};
}

zr_jpeg_t *
zr_jpeg_new (void)
{
    zr_jpeg_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->error = "";
    return self;
}

void
zr_jpeg_destroy (zr_jpeg_t **self_p)
{
    assert (self_p);
    zr_jpeg_t *self = *self_p;
    if (!self)
        return;
    if (self->compressor)
        tjDestroy (self->compressor);
    if (self->decompressor)
        tjDestroy (self->decompressor);
    free (self->rgb);
    free (self);
    *self_p = NULL;
}

// Always -1. TurboJPEG's text is in a buffer of the handle, so it is copied.
static int
s_fail (zr_jpeg_t *self, tjhandle handle, const char *error)
{
    if (handle) {
        snprintf (self->text, sizeof self->text, "%s", tjGetErrorStr2 (handle));
        error = self->text;
    }
    self->error = error;
    return -1;
}

static tjhandle
s_handle (tjhandle *handle, tjhandle (*make) (void))
{
    if (!*handle)
        *handle = make ();
    if (!*handle)
        abort (); // it fails for want of memory only
    return *handle;
}

int
zr_jpeg_encode (zr_jpeg_t *self, const zr_picture_t *picture, int quality,
                const zr_meta_t *meta, zr_frame_t *frame)
{
    assert (self && picture && meta && frame);
    assert (quality >= 1 && quality <= 100);
    tjhandle handle = s_handle (&self->compressor, tjInitCompress);
    unsigned long size =
        tjBufSize (picture->width, picture->height, picture->subsampling);
    if (size == (unsigned long) -1)
        return s_fail (self, NULL, "no such picture shape");
    zr_frame_reserve (frame, ZR_JPEG_META_MAX + size);

    const unsigned char *planes[3] = {picture->planes[0], picture->planes[1],
                                      picture->planes[2]};
    uint8_t *jpeg = frame->memory + ZR_JPEG_META_MAX;
    if (tjCompressFromYUVPlanes (handle, planes, picture->width, picture->strides,
                                 picture->height, picture->subsampling, &jpeg, &size,
                                 quality, TJFLAG_NOREALLOC))
        return s_fail (self, handle, NULL);

    uint8_t head[ZR_JPEG_META_MAX];
    size_t head_len = zr_jpeg_write_meta (head, meta);
    frame->data = jpeg + 2 - head_len; // over the JPEG's own SOI
    memcpy (frame->data, head, head_len);
    frame->len = head_len + size - 2;
    frame->meta = *meta;
    frame->meta.known = true;
    return 0;
}

// An error, and not only a warning about damaged data.
static bool
s_is_fatal (tjhandle handle, int status)
{
    return status != 0 && tjGetErrorCode (handle) != TJERR_WARNING;
}

// There is no YUV in it, so it takes the way over packed pixels.
static int
s_decode_rgb (zr_jpeg_t *self, const uint8_t *data, size_t len, zr_picture_t *picture)
{
    tjhandle from = self->decompressor;
    tjhandle to = s_handle (&self->compressor, tjInitCompress);
    size_t size = (size_t) picture->width * (size_t) picture->height * 3;
    if (size > self->rgb_size) {
        free (self->rgb);
        self->rgb = malloc (size);
        if (!self->rgb)
            abort ();
        self->rgb_size = size;
    }
    int status = tjDecompress2 (from, data, len, self->rgb, picture->width, 0,
                                picture->height, TJPF_RGB, DECODE_FLAGS);
    if (s_is_fatal (from, status))
        return s_fail (self, from, NULL);
    if (tjEncodeYUVPlanes (to, self->rgb, picture->width, 0, picture->height, TJPF_RGB,
                           picture->planes, picture->strides, picture->subsampling, 0))
        return s_fail (self, to, NULL);
    return 0;
}

// A progressive JPEG may ask for any number of passes over the whole picture, a few
// bytes each: a second of work at most is done for one message.
static bool
s_is_bomb (const uint8_t *data, size_t len, int width, int height)
{
    int64_t scans = 0;
    const uint8_t *end = data + len - 1;
    for (const uint8_t *p = data; (p = memchr (p, 0xff, (size_t) (end - p))); p++)
        scans += p[1] == MARKER_SOS;
    return scans > SCANS_MAX || scans * width * height > SCANNED_MAX;
}

// The sum of table 0, which is luma's, in the content of a DQT segment; 0: not in it.
static int
s_sum_quantizers (const uint8_t *table, const uint8_t *end)
{
    int sum = 0;
    for (; end - table > 64 && *table >> 4 == 0; table += 65) // tables of bytes
        for (int i = 1; i <= 64 && (*table & 15) == 0; i++)
            sum += table[i];
    return sum;
}

static bool
s_is_coarse (const uint8_t *data, size_t len)
{
    const uint8_t *end = data + len, *at = data + 2;
    int sum = 0;
    while (end - at >= 4 && at[0] == 0xff && at[1] != MARKER_SOS) {
        ptrdiff_t size = (at[2] << 8 | at[3]) + 2;
        if (size < 4 || size > end - at)
            return false;
        if (at[1] == MARKER_DQT)
            sum += s_sum_quantizers (at + 4, at + size);
        at += size;
    }
    return sum >= COARSE_SUM;
}

static int
s_read_header (zr_jpeg_t *self, const uint8_t *data, size_t len,
               zr_jpeg_header_t *header)
{
    tjhandle handle = s_handle (&self->decompressor, tjInitDecompress);
    *header = (zr_jpeg_header_t){.subsampling = -1, .colours = -1};
    int status =
        tjDecompressHeader3 (handle, data, len, &header->width, &header->height,
                             &header->subsampling, &header->colours);
    if (s_is_fatal (handle, status))
        return s_fail (self, handle, NULL);
    if (header->width > ZR_PICTURE_SIDE_MAX || header->height > ZR_PICTURE_SIDE_MAX)
        return s_fail (self, NULL, "larger than 8192 pixels a side");
    if (s_is_bomb (data, len, header->width, header->height))
        return s_fail (self, NULL, "more scans than a picture needs");
    if (header->colours == TJCS_CMYK || header->colours == TJCS_YCCK)
        return s_fail (self, NULL, "a CMYK JPEG");
    if (header->width < 1 || header->height < 1 || header->subsampling < 0)
        return s_fail (self, NULL, "unusual size or chroma sampling");
    header->coarse = s_is_coarse (data, len);
    return 0;
}

static int
s_decode (zr_jpeg_t *self, const uint8_t *data, size_t len,
          const zr_jpeg_header_t *header, zr_picture_t *picture)
{
    tjhandle handle = s_handle (&self->decompressor, tjInitDecompress);
    if (zr_picture_shape (picture, header->width, header->height, header->subsampling))
        return s_fail (self, NULL, "unusual size or chroma sampling");
    if (header->colours == TJCS_RGB)
        return s_decode_rgb (self, data, len, picture);
    int flags = DECODE_FLAGS | (header->coarse ? TJFLAG_FASTDCT : 0);
    int status =
        tjDecompressToYUVPlanes (handle, data, len, picture->planes, picture->width,
                                 picture->strides, picture->height, flags);
    if (s_is_fatal (handle, status))
        return s_fail (self, handle, NULL);
    return 0;
}

// After a broken header TurboJPEG 2.1 leaves the handle in the middle of it, and every
// JPEG from then on would fail as well: a new one is made.
static int
s_recover (zr_jpeg_t *self, int status)
{
    if (status) {
        tjDestroy (self->decompressor);
        self->decompressor = NULL;
    }
    return status;
}

int
zr_jpeg_read_header (zr_jpeg_t *self, const uint8_t *data, size_t len,
                     zr_jpeg_header_t *header)
{
    assert (self && data && header);
    return s_recover (self, s_read_header (self, data, len, header));
}

void
zr_jpeg_fit (zr_jpeg_header_t *header, int width, int height)
{
    assert (header);
    int full_width = header->width, full_height = header->height;
    for (int by = 2; by <= 8; by *= 2) {
        const tjscalingfactor factor = {1, by};
        int less_width = TJSCALED (full_width, factor);
        int less_height = TJSCALED (full_height, factor);
        if (less_width < width || less_height < height ||
            less_width < SCALED_SIDE_MIN || less_height < SCALED_SIDE_MIN)
            return;
        header->width = less_width;
        header->height = less_height;
    }
}

int
zr_jpeg_decode_as (zr_jpeg_t *self, const uint8_t *data, size_t len,
                   const zr_jpeg_header_t *header, zr_picture_t *picture)
{
    assert (self && data && header && picture);
    return s_recover (self, s_decode (self, data, len, header, picture));
}

int
zr_jpeg_decode_scaled (zr_jpeg_t *self, const uint8_t *data, size_t len, int width,
                       int height, zr_picture_t *picture)
{
    assert (self && data && picture);
    zr_jpeg_header_t header;
    if (zr_jpeg_read_header (self, data, len, &header))
        return -1;
    zr_jpeg_fit (&header, width, height);
    return zr_jpeg_decode_as (self, data, len, &header, picture);
}

int
zr_jpeg_decode (zr_jpeg_t *self, const uint8_t *data, size_t len, zr_picture_t *picture)
{
    return zr_jpeg_decode_scaled (self, data, len, INT_MAX, INT_MAX, picture);
}

const char *
zr_jpeg_error (const zr_jpeg_t *self)
{
    return self->error;
}
