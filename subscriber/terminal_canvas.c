// SPDX-License-Identifier: MPL-2.0
// libswscale makes pixels of the size that the place has. Symbols (8 by 8 pixels a
// cell, which is what it compares with its glyphs) and sixels are libchafa's work.
// Kitty and iTerm2 images are written here: libchafa has no way to give an image an
// id, by which a picture replaces the one before, and would send iTerm2 uncompressed
// TIFF where a JPEG does. Both stretch what they get over the cells, so a large place
// is sent fewer pixels; sixels are what they are, so there the place is made smaller.

#include "subscriber/terminal_canvas.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <czmq.h>
#include <libavutil/base64.h>
#include <libavutil/pixfmt.h>
#include <libswscale/swscale.h>

#include "subscriber/terminal_chafa.h"

#define SYMBOL_SIDE 8             // pixels of a cell, either way
#define KITTY_MAX (640 * 360)     // pixels; they travel uncompressed
#define KITTY_BELOW (-1073741825) // z, less than half of the smallest
#define KITTY_CHUNK 3072          // bytes that become 4096 of base64, the most allowed
#define ITERM_MAX (1280 * 720)    // pixels
#define ITERM_QUALITY 85          // of the JPEG
#define SIXEL_SIDE_MAX 1000       // pixels of a sixel picture; xterm's limit too
#define SIXEL_BAND 6              // pixels that one row of sixels is high
#define ROW_ALIGNMENT 64          // swscale's vector code writes whole registers

struct zr_terminal_canvas {
    zr_terminal_caps_t caps;
    int id;
    bool covered;
    bool second;         // which of its two kitty images is shown
    ChafaCanvas *canvas; // for the cells and pixels below
    ChafaTermInfo *info;
    zr_rect_t cells;
    int width, height; // pixels
    struct SwsContext *scaler;
    uint8_t *pixels; // RGB for kitty; else RGBA, which is quicker to make
    int stride;      // bytes from row to row
    tjhandle jpeg;   // for iTerm2
};

zr_terminal_canvas_t *
zr_terminal_canvas_new (const zr_terminal_caps_t *caps, int id)
{
    assert (caps && id > 0);
    zr_terminal_canvas_t *self = (zr_terminal_canvas_t *) zmalloc (sizeof *self);
    self->caps = *caps;
    self->id = id;
    return self;
}

static void
s_forget (zr_terminal_canvas_t *self)
{
    if (self->canvas)
        chafa_canvas_unref (self->canvas);
    if (self->info)
        chafa_term_info_unref (self->info);
    self->canvas = NULL;
    self->info = NULL;
    free (self->pixels);
    self->pixels = NULL;
}

void
zr_terminal_canvas_destroy (zr_terminal_canvas_t **self_p)
{
    assert (self_p);
    zr_terminal_canvas_t *self = *self_p;
    if (self == NULL)
        return;
    s_forget (self);
    sws_freeContext (self->scaler);
    if (self->jpeg)
        tjDestroy (self->jpeg);
    free (self);
    *self_p = NULL;
}

void
zr_terminal_canvas_set_covered (zr_terminal_canvas_t *self, bool covered)
{
    assert (self);
    self->covered = covered;
}

// Makes width and height smaller, shape kept, until they have at most this many pixels.
static void
s_cap_pixels (int *width, int *height, int pixels_max)
{
    int64_t pixels = (int64_t) *width * *height;
    if (pixels <= pixels_max)
        return;
    double scale = sqrt ((double) pixels_max / (double) pixels);
    *width = (int) (*width * scale);
    *height = (int) (*height * scale);
    *width = *width < 1 ? 1 : *width;
    *height = *height < 1 ? 1 : *height;
}

static int
s_clamp (int value, int low, int high)
{
    if (value > high)
        value = high;
    return value < low ? low : value;
}

void
zr_terminal_canvas_place (const zr_terminal_canvas_t *self, zr_rect_t box,
                          const zr_terminal_size_t *size, int width, int height,
                          zr_rect_t *cells)
{
    assert (self && size && cells);
    zr_rect_t area = {0, 0, box.width * size->cell_width,
                      box.height * size->cell_height};
    if (self->caps.graphics == ZR_TERMINAL_SIXEL) {
        area.width = s_clamp (area.width, 0, SIXEL_SIDE_MAX);
        area.height = s_clamp (area.height, 0, SIXEL_SIDE_MAX);
    }
    zr_rect_t fitted;
    zr_layout_fit (area, width, height, &fitted);
    *cells = (zr_rect_t){box.x, box.y, 0, 0};
    if (fitted.width == 0)
        return;
    int across = (fitted.width + size->cell_width / 2) / size->cell_width;
    int down = (fitted.height + size->cell_height / 2) / size->cell_height;
    cells->width = s_clamp (across, 1, box.width);
    cells->height = s_clamp (down, 1, box.height);
    cells->x += (box.width - cells->width) / 2;
    cells->y += (box.height - cells->height) / 2;
}

void
zr_terminal_canvas_pixels (const zr_terminal_canvas_t *self, zr_rect_t cells,
                           const zr_terminal_size_t *size, int *width, int *height)
{
    *width = cells.width * size->cell_width;
    *height = cells.height * size->cell_height;
    switch (self->caps.graphics) {
    case ZR_TERMINAL_SYMBOLS:
        *width = cells.width * SYMBOL_SIDE;
        *height = cells.height * SYMBOL_SIDE;
        break;
    case ZR_TERMINAL_SIXEL:
        // Whole rows of sixels: libchafa would scale again to get them.
        if (*height > SIXEL_BAND)
            *height -= *height % SIXEL_BAND;
        break;
    case ZR_TERMINAL_ITERM:
        s_cap_pixels (width, height, ITERM_MAX);
        break;
    case ZR_TERMINAL_KITTY:
        s_cap_pixels (width, height, KITTY_MAX);
        break;
    }
}

static ChafaCanvasMode
s_canvas_mode (const zr_terminal_caps_t *caps)
{
    static const ChafaCanvasMode modes[] = {
        CHAFA_CANVAS_MODE_FGBG, CHAFA_CANVAS_MODE_INDEXED_16,
        CHAFA_CANVAS_MODE_INDEXED_240, CHAFA_CANVAS_MODE_TRUECOLOR};
    if (caps->graphics == ZR_TERMINAL_SIXEL)
        return caps->sixel_colours > 0 && caps->sixel_colours < 240
                   ? CHAFA_CANVAS_MODE_INDEXED_16
                   : CHAFA_CANVAS_MODE_INDEXED_240;
    return modes[caps->colours];
}

static void
s_make_canvas (zr_terminal_canvas_t *self)
{
    bool sixel = self->caps.graphics == ZR_TERMINAL_SIXEL;
    ChafaCanvasConfig *config = chafa_canvas_config_new ();
    ChafaSymbolMap *symbols = chafa_symbol_map_new ();
    ChafaSymbolTags tags = CHAFA_SYMBOL_TAG_ASCII | CHAFA_SYMBOL_TAG_SPACE;
    if (self->caps.utf8)
        tags = CHAFA_SYMBOL_TAG_BLOCK | CHAFA_SYMBOL_TAG_SOLID | CHAFA_SYMBOL_TAG_SPACE;
    chafa_symbol_map_add_by_tags (symbols, tags);
    chafa_canvas_config_set_symbol_map (config, symbols);
    chafa_symbol_map_unref (symbols);

    if (!sixel) {
        chafa_canvas_config_set_geometry (config, self->cells.width,
                                          self->cells.height);
    } else {
        // So that the pixels are exactly ours, whatever the cells.
        chafa_canvas_config_set_geometry (config, self->width, self->height);
        chafa_canvas_config_set_cell_geometry (config, 1, 1);
    }
    chafa_canvas_config_set_pixel_mode (config, sixel ? CHAFA_PIXEL_MODE_SIXELS
                                                      : CHAFA_PIXEL_MODE_SYMBOLS);
    chafa_canvas_config_set_canvas_mode (config, s_canvas_mode (&self->caps));
    if (sixel || self->caps.colours == ZR_TERMINAL_MONO)
        chafa_canvas_config_set_dither_mode (config, CHAFA_DITHER_MODE_ORDERED);
    // Cells that stayed blank would keep the picture before.
    chafa_canvas_config_set_optimizations (config, CHAFA_OPTIMIZATION_REUSE_ATTRIBUTES);
    self->canvas = chafa_canvas_new (config);
    chafa_canvas_config_unref (config);
    self->info = chafa_term_db_get_fallback_info (chafa_term_db_get_default ());
}

static bool
s_uses_chafa (const zr_terminal_canvas_t *self)
{
    return self->caps.graphics == ZR_TERMINAL_SYMBOLS ||
           self->caps.graphics == ZR_TERMINAL_SIXEL;
}

// Keeps canvas and memory if the place is what it was.
static void
s_shape (zr_terminal_canvas_t *self, zr_rect_t cells, const zr_terminal_size_t *size)
{
    int width;
    int height;
    zr_terminal_canvas_pixels (self, cells, size, &width, &height);
    bool same = self->pixels && width == self->width && height == self->height &&
                cells.width == self->cells.width && cells.height == self->cells.height;
    self->cells = cells;
    if (same)
        return;
    s_forget (self);
    self->width = width;
    self->height = height;
    self->stride = (width * 4 + ROW_ALIGNMENT - 1) / ROW_ALIGNMENT * ROW_ALIGNMENT;
    // One row more than needed, for what is written behind the last pixel.
    self->pixels = (uint8_t *) zmalloc ((size_t) self->stride * (size_t) (height + 1));
    if (s_uses_chafa (self))
        s_make_canvas (self);
}

static enum AVPixelFormat
s_pixel_format (int subsampling)
{
    switch (subsampling) {
    case TJSAMP_444:
        return AV_PIX_FMT_YUV444P;
    case TJSAMP_422:
        return AV_PIX_FMT_YUV422P;
    case TJSAMP_420:
        return AV_PIX_FMT_YUV420P;
    case TJSAMP_GRAY:
        return AV_PIX_FMT_GRAY8;
    case TJSAMP_440:
        return AV_PIX_FMT_YUV440P;
    case TJSAMP_411:
        return AV_PIX_FMT_YUV411P;
    default:
        return AV_PIX_FMT_NONE;
    }
}

static int
s_scale (zr_terminal_canvas_t *self, const zr_picture_t *picture)
{
    enum AVPixelFormat format = s_pixel_format (picture->subsampling);
    if (format == AV_PIX_FMT_NONE)
        return -1;
    bool kitty = self->caps.graphics == ZR_TERMINAL_KITTY;
    enum AVPixelFormat to_format = kitty ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_RGBA;
    self->scaler = sws_getCachedContext (self->scaler, picture->width, picture->height,
                                         format, self->width, self->height, to_format,
                                         SWS_AREA, NULL, NULL, NULL);
    if (self->scaler == NULL)
        return -1;
    // Full range on both sides, as JFIF has it; free if nothing changed.
    const int *colours = sws_getCoefficients (SWS_CS_ITU601);
    sws_setColorspaceDetails (self->scaler, colours, 1, colours, 1, 0, 1 << 16,
                              1 << 16);
    const uint8_t *planes[4] = {picture->planes[0], picture->planes[1],
                                picture->planes[2], NULL};
    int strides[4] = {picture->strides[0], picture->strides[1], picture->strides[2], 0};
    uint8_t *to[4] = {self->pixels, NULL, NULL, NULL};
    int to_strides[4] = {self->stride, 0, 0, 0};
    int rows =
        sws_scale (self->scaler, planes, strides, 0, picture->height, to, to_strides);
    return rows == self->height ? 0 : -1;
}

// Every row of symbols at its own position: a line feed would go to the first column.
static void
s_append_rows (const GString *text, zr_rect_t cells, GString *out)
{
    const char *row = text->str;
    for (int y = 0; y < cells.height && row; y++) {
        const char *end = strchr (row, '\n');
        gssize len = end ? end - row : (gssize) strlen (row);
        g_string_append_printf (out, "\033[%d;%dH", cells.y + y + 1, cells.x + 1);
        g_string_append_len (out, row, len);
        row = end ? end + 1 : NULL;
    }
}

static void
s_append_position (zr_rect_t cells, GString *out)
{
    g_string_append_printf (out, "\033[%d;%dH", cells.y + 1, cells.x + 1);
}

static void
s_append_chafa (zr_terminal_canvas_t *self, GString *out)
{
    chafa_canvas_draw_all_pixels (self->canvas, CHAFA_PIXEL_RGBA8_UNASSOCIATED,
                                  self->pixels, self->width, self->height,
                                  self->stride);
    GString *text = chafa_canvas_print (self->canvas, self->info);
    if (self->caps.graphics == ZR_TERMINAL_SYMBOLS) {
        s_append_rows (text, self->cells, out);
    } else {
        s_append_position (self->cells, out);
        g_string_append_len (out, text->str, (gssize) text->len);
    }
    g_string_free (text, TRUE);
}

// a=T shows it at once; C=1 leaves the cursor alone, q=2 asks for no answer (it would
// be read as keys). The one before is deleted when this one is there, so that there is
// never none. The negative z lies below text and its background; not always, as kitty
// 0.26 then leaves traces of text that changed.
static void
s_append_kitty (zr_terminal_canvas_t *self, GString *out)
{
    int before = 2 * self->id + self->second;
    self->second = !self->second;
    int now = 2 * self->id + self->second;
    size_t row = (size_t) self->width * 3;
    for (int y = 1; y < self->height; y++) // without gaps
        memmove (self->pixels + (size_t) y * row,
                 self->pixels + (size_t) y * (size_t) self->stride, row);
    size_t len = row * (size_t) self->height;
    s_append_position (self->cells, out);
    g_string_append_printf (out,
                            "\033_Ga=T,f=24,s=%d,v=%d,c=%d,r=%d,i=%d,p=1,C=1,"
                            "q=2,z=%d,",
                            self->width, self->height, self->cells.width,
                            self->cells.height, now, self->covered ? KITTY_BELOW : 0);
    for (size_t at = 0; at < len; at += KITTY_CHUNK) {
        size_t left = len - at;
        size_t count = left < KITTY_CHUNK ? left : KITTY_CHUNK;
        char text[AV_BASE64_SIZE (KITTY_CHUNK)];
        av_base64_encode (text, sizeof text, self->pixels + at, (int) count);
        g_string_append_printf (out, "%sm=%d;%s\033\\", at > 0 ? "\033_G" : "",
                                left > KITTY_CHUNK, text);
    }
    g_string_append_printf (out, "\033_Ga=d,d=I,i=%d,q=2\033\\", before);
}

static int
s_append_iterm (zr_terminal_canvas_t *self, GString *out)
{
    if (self->jpeg == NULL)
        self->jpeg = tjInitCompress ();
    unsigned char *jpeg = NULL; // TurboJPEG allocates
    unsigned long len = 0;
    int done =
        tjCompress2 (self->jpeg, self->pixels, self->width, self->stride, self->height,
                     TJPF_RGBX, &jpeg, &len, TJSAMP_420, ITERM_QUALITY, 0);
    if (done == 0) {
        gchar *text = g_base64_encode (jpeg, len);
        s_append_position (self->cells, out);
        g_string_append_printf (out,
                                "\033]1337;File=inline=1;size=%lu;width=%d;height=%d;"
                                "preserveAspectRatio=0:%s\a",
                                len, self->cells.width, self->cells.height, text);
        g_free (text);
    }
    tjFree (jpeg);
    return done;
}

int
zr_terminal_canvas_draw (zr_terminal_canvas_t *self, const zr_picture_t *picture,
                         zr_rect_t cells, const zr_terminal_size_t *size, GString *out)
{
    assert (self && picture && size && out);
    if (cells.width < 1 || cells.height < 1)
        return 0;
    s_shape (self, cells, size);
    if (s_scale (self, picture) < 0)
        return -1;
    if (self->caps.graphics == ZR_TERMINAL_ITERM)
        return s_append_iterm (self, out);
    if (self->caps.graphics == ZR_TERMINAL_KITTY)
        s_append_kitty (self, out);
    else
        s_append_chafa (self, out);
    return 0;
}
