// SPDX-License-Identifier: MPL-2.0
// YUV textures, so that colours are converted where the picture is scaled. 4:2:0 and
// grey planes are uploaded as they are; other samplings, which SDL has no texture for,
// are brought to 4:2:0 by swscale. A texture has its picture's size; when that changes
// another one takes its place with the picture in it, so that nothing flickers.

#include "subscriber/window_picture.h"

#include <assert.h>
#include <czmq.h>
#include <libavutil/pixfmt.h>
#include <libswscale/swscale.h>

#include "common/log.h"
#include "subscriber/layout.h"

typedef struct {
    unsigned id; // of the tile; 0: there is none here
    SDL_Texture *sdl;
    int width, height;
    bool stale; // a newer picture than the texture's is there
} texture_t;

struct zr_window_pictures {
    SDL_Renderer *renderer;
    texture_t textures[ZR_LAYOUT_TILES_MAX]; // in the order of the tiles
    struct SwsContext *scaler;               // to 4:2:0
    zr_picture_t converted;
    uint8_t *neutral; // a grey picture's chroma, NULL until needed
    size_t neutral_size;
    bool failing;
};

zr_window_pictures_t *
zr_window_pictures_new (SDL_Renderer *renderer)
{
    zr_window_pictures_t *self = zmalloc (sizeof *self);
    self->renderer = renderer;
    return self;
}

static void
s_forget (texture_t *texture)
{
    if (texture->sdl)
        SDL_DestroyTexture (texture->sdl);
    *texture = (texture_t){0};
}

void
zr_window_pictures_destroy (zr_window_pictures_t **self_p)
{
    assert (self_p);
    zr_window_pictures_t *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < ZR_LAYOUT_TILES_MAX; i++)
        s_forget (&self->textures[i]);
    sws_freeContext (self->scaler);
    zr_picture_release (&self->converted);
    freen (self->neutral);
    freen (self);
    *self_p = NULL;
}

void
zr_window_pictures_keep (zr_window_pictures_t *self, const zr_view_tile_t *tiles,
                         int count)
{
    assert (count <= ZR_LAYOUT_TILES_MAX);
    int kept = 0; // tiles keep their order, so that those that went are passed over
    for (int i = 0; i < ZR_LAYOUT_TILES_MAX && self->textures[i].id; i++) {
        texture_t texture = self->textures[i];
        self->textures[i] = (texture_t){0};
        if (kept < count && texture.id == tiles[kept].id)
            self->textures[kept++] = texture;
        else
            s_forget (&texture);
    }
    for (int i = 0; i < count; i++) {
        self->textures[i].id = tiles[i].id;
        self->textures[i].stale |= tiles[i].fresh;
    }
}

static enum AVPixelFormat
s_pixel_format (int subsampling)
{
    switch (subsampling) {
    case TJSAMP_444:
        return AV_PIX_FMT_YUV444P;
    case TJSAMP_422:
        return AV_PIX_FMT_YUV422P;
    case TJSAMP_440:
        return AV_PIX_FMT_YUV440P;
    case TJSAMP_411:
        return AV_PIX_FMT_YUV411P;
    default:
        return AV_PIX_FMT_NONE;
    }
}

// The picture as 4:2:0. Returns NULL if that cannot be.
static const zr_picture_t *
s_convert (zr_window_pictures_t *self, const zr_picture_t *picture)
{
    int width = picture->width, height = picture->height;
    self->scaler = sws_getCachedContext (
        self->scaler, width, height, s_pixel_format (picture->subsampling), width,
        height, AV_PIX_FMT_YUV420P, SWS_BILINEAR, NULL, NULL, NULL);
    if (!self->scaler || zr_picture_shape (&self->converted, width, height, TJSAMP_420))
        return NULL;
    // Full range on both sides. FFmpeg's own YUVJ formats say so too, but then it warns
    // and begins anew with every picture.
    const int *colours = sws_getCoefficients (SWS_CS_ITU601);
    sws_setColorspaceDetails (self->scaler, colours, 1, colours, 1, 0, 1 << 16,
                              1 << 16);
    sws_scale (self->scaler, (const uint8_t *const *) picture->planes, picture->strides,
               0, height, self->converted.planes, self->converted.strides);
    return &self->converted;
}

// Chroma planes without colour, for a grey picture.
static const uint8_t *
s_neutral_plane (zr_window_pictures_t *self, int stride, int rows)
{
    size_t size = (size_t) stride * (size_t) rows;
    if (size > self->neutral_size) {
        freen (self->neutral);
        self->neutral = zmalloc (size);
        self->neutral_size = size;
        memset (self->neutral, 128, size);
    }
    return self->neutral;
}

static int
s_upload (zr_window_pictures_t *self, texture_t *texture, const zr_picture_t *picture)
{
    int width = picture->width, height = picture->height;
    if (!texture->sdl || texture->width != width || texture->height != height) {
        if (texture->sdl)
            SDL_DestroyTexture (texture->sdl);
        texture->sdl = SDL_CreateTexture (self->renderer, SDL_PIXELFORMAT_IYUV,
                                          SDL_TEXTUREACCESS_STREAMING, width, height);
        texture->width = width;
        texture->height = height;
    }
    if (texture->sdl && picture->subsampling == TJSAMP_GRAY) {
        int half = (width + 1) / 2;
        const uint8_t *grey = s_neutral_plane (self, half, (height + 1) / 2);
        return SDL_UpdateYUVTexture (texture->sdl, NULL, picture->planes[0],
                                     picture->strides[0], grey, half, grey, half);
    }
    if (texture->sdl && picture->subsampling != TJSAMP_420)
        picture = s_convert (self, picture);
    if (!texture->sdl || !picture)
        return -1;
    return SDL_UpdateYUVTexture (
        texture->sdl, NULL, picture->planes[0], picture->strides[0], picture->planes[1],
        picture->strides[1], picture->planes[2], picture->strides[2]);
}

void
zr_window_pictures_draw (zr_window_pictures_t *self, int place,
                         const zr_view_tile_t *tile, SDL_Rect area)
{
    texture_t *texture = &self->textures[place];
    assert (texture->id == tile->id);
    if (texture->stale || !texture->sdl) {
        int status = s_upload (self, texture, tile->picture);
        if (status && !self->failing)
            zr_log_warn ("window", "a %dx%d picture cannot be drawn: %s",
                         tile->picture->width, tile->picture->height, SDL_GetError ());
        self->failing = status != 0;
        texture->stale = false;
    }
    if (texture->sdl)
        SDL_RenderCopy (self->renderer, texture->sdl, NULL, &area);
}
