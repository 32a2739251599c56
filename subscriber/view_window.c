// SPDX-License-Identifier: MPL-2.0
// The window: SDL2 with YUV textures, so that colours are converted where the picture
// is scaled. 4:2:0 and grey planes are uploaded as they are; other samplings, which
// SDL has no texture for, are brought to 4:2:0 by swscale.
// Presenting does not wait for the display's refresh: pictures come at their own pace
// and the newest should be seen. The first picture sets the size of the window.

#include <SDL.h>
#include <assert.h>
#include <czmq.h>
#include <libavutil/pixfmt.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "subscriber/layout.h"
#include "subscriber/view.h"
#include "subscriber/window_input.h"
#include "subscriber/window_text.h"

#define TILES_MAX ZR_LAYOUT_CELLS_MAX
#define LETTERS 15 // height in pixels at 96 dpi

typedef struct {
    SDL_Texture *texture;
    int width, height;
    bool stale; // a newer picture than the texture's is there
} tile_t;

typedef struct {
    SDL_Window *window;
    SDL_Renderer *renderer;
    zr_window_text_t *text;
    zr_window_input_t *input;
    bool chat; // Enter opens the line to type in
    tile_t tiles[TILES_MAX];
    struct SwsContext *scaler; // to 4:2:0
    zr_picture_t converted;
    uint8_t *neutral; // a grey picture's chroma, NULL until needed
    size_t neutral_size;
    Uint32 wake_event;
    bool sized; // the first picture has set the window's size
    bool failing;
} window_t;

static const char *const s_help[] = {
    "q  Esc   quit",
    "f        full screen",
    "o        overlay",
    "s        save a snapshot",
    "r        record",
    "space    freeze",
    "Tab      next stream, grid",
    "h        this help",
};

static void s_close (void **self_p);

// Whether a window is open: Xlib calls exit when it loses its display, in the middle
// of whatever it is asked for.
static bool s_is_open;

static void
s_leave_without_display (void)
{
    if (!s_is_open)
        return;
    zr_log_error ("window", "the display is gone");
    _exit (1); // sockets and threads are in use: nothing else can be done orderly
}

static int
s_create (window_t *self, const char *title)
{
    SDL_SetHint (SDL_HINT_NO_SIGNAL_HANDLERS, "1"); // czmq has them
    SDL_SetHint (SDL_HINT_RENDER_SCALE_QUALITY, "linear");
    SDL_SetHint (SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "0");
    // Without these SDL tries more, with words of its own on stderr.
    if (!getenv ("DISPLAY") && !getenv ("WAYLAND_DISPLAY") &&
        !getenv ("SDL_VIDEODRIVER"))
        return SDL_SetError ("there is no display");
    if (SDL_Init (SDL_INIT_VIDEO))
        return -1;
    // Where it finds no display, SDL draws into memory that nobody sees.
    if (streq (SDL_GetCurrentVideoDriver (), "offscreen") &&
        !getenv ("SDL_VIDEODRIVER"))
        return SDL_SetError ("there is no display");
    self->window =
        SDL_CreateWindow (title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, 640,
                          360, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!self->window)
        return -1;
    SDL_SetWindowMinimumSize (self->window, 160, 90);
    self->renderer = SDL_CreateRenderer (self->window, -1, 0);
    if (!self->renderer)
        return -1;
    SDL_SetYUVConversionMode (SDL_YUV_CONVERSION_JPEG);
    self->wake_event = SDL_RegisterEvents (1);
    self->text = zr_window_text_new (self->renderer);
    self->input = zr_window_input_new ();
    s_is_open = atexit (s_leave_without_display) == 0;
    return 0;
}

static void *
s_open (const char *title)
{
    window_t *self = zmalloc (sizeof *self);
    if (s_create (self, title)) {
        zr_log_error ("window",
                      "cannot open one (%s); try --view terminal or "
                      "--view none",
                      SDL_GetError ());
        s_close ((void **) &self);
    }
    return self;
}

static void
s_close (void **self_p)
{
    window_t *self = *self_p;
    if (!self)
        return;
    zr_window_text_destroy (&self->text);
    zr_window_input_destroy (&self->input);
    if (self->renderer)
        SDL_DestroyRenderer (self->renderer); // with its textures
    if (self->window)
        SDL_DestroyWindow (self->window);
    SDL_Quit ();
    s_is_open = false;
    sws_freeContext (self->scaler);
    zr_picture_release (&self->converted);
    freen (self->neutral);
    freen (self);
    *self_p = NULL;
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
s_convert (window_t *self, const zr_picture_t *picture)
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
s_neutral_plane (window_t *self, int stride, int rows)
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
s_upload (window_t *self, tile_t *tile, const zr_picture_t *picture)
{
    int width = picture->width, height = picture->height;
    if (!tile->texture || tile->width != width || tile->height != height) {
        if (tile->texture)
            SDL_DestroyTexture (tile->texture);
        tile->texture = SDL_CreateTexture (self->renderer, SDL_PIXELFORMAT_IYUV,
                                           SDL_TEXTUREACCESS_STREAMING, width, height);
        tile->width = width;
        tile->height = height;
    }
    if (tile->texture && picture->subsampling == TJSAMP_GRAY) {
        int half = (width + 1) / 2;
        const uint8_t *grey = s_neutral_plane (self, half, (height + 1) / 2);
        return SDL_UpdateYUVTexture (tile->texture, NULL, picture->planes[0],
                                     picture->strides[0], grey, half, grey, half);
    }
    if (tile->texture && picture->subsampling != TJSAMP_420)
        picture = s_convert (self, picture);
    if (!tile->texture || !picture)
        return -1;
    return SDL_UpdateYUVTexture (tile->texture, NULL, picture->planes[0],
                                 picture->strides[0], picture->planes[1],
                                 picture->strides[1], picture->planes[2],
                                 picture->strides[2]);
}

// The first picture's own size, if the screen has room for it.
static void
s_size_window (window_t *self, const zr_picture_t *picture)
{
    SDL_Rect room = {0, 0, picture->width, picture->height};
    zr_rect_t box;
    self->sized = true;
    SDL_GetDisplayUsableBounds (SDL_GetWindowDisplayIndex (self->window), &room);
    zr_layout_fit ((zr_rect_t){0, 0, room.w, room.h}, picture->width, picture->height,
                   &box);
    if (picture->width < box.width) {
        box.width = picture->width < 320 ? 320 : picture->width;
        box.height = box.width * picture->height / picture->width;
    }
    SDL_SetWindowSize (self->window, box.width, box.height);
    SDL_SetWindowPosition (self->window, SDL_WINDOWPOS_CENTERED,
                           SDL_WINDOWPOS_CENTERED);
}

static void
s_draw_tile (window_t *self, tile_t *shown, const zr_view_tile_t *tile, zr_rect_t cell,
             bool named)
{
    zr_rect_t fitted;
    zr_layout_fit (cell, tile->picture->width, tile->picture->height, &fitted);
    SDL_Rect area = {fitted.x, fitted.y, fitted.width, fitted.height};
    if (shown->stale || !shown->texture) {
        int status = s_upload (self, shown, tile->picture);
        if (status && !self->failing)
            zr_log_warn ("window", "a %dx%d picture cannot be drawn: %s",
                         tile->picture->width, tile->picture->height, SDL_GetError ());
        self->failing = status != 0;
        shown->stale = false;
    }
    if (shown->texture)
        SDL_RenderCopy (self->renderer, shown->texture, NULL, &area);
    zr_window_text_draw (self->text, tile->overlay, area, 0, 0);
    zr_window_text_draw (self->text, tile->state, area, 1, 1);
    if (named)
        zr_window_text_draw (self->text, tile->name, area, 0, 2);
}

static void
s_draw_help (window_t *self, SDL_Rect all)
{
    int lines = (int) (sizeof s_help / sizeof *s_help);
    int height = zr_window_text_line_height (self->text);
    SDL_Rect row = {all.x, (all.h - lines * height) / 2, all.w, height};
    for (int i = 0; i < lines; i++, row.y += height) {
        char padded[ZR_VIEW_TEXT_MAX];
        snprintf (padded, sizeof padded, "%-28s", s_help[i]);
        zr_window_text_draw (self->text, padded, row, 1, 1);
    }
}

static void
s_draw_tiles (window_t *self, const zr_view_scene_t *scene, SDL_Rect all)
{
    zr_rect_t cells[TILES_MAX];
    int count = scene->count < TILES_MAX ? scene->count : TILES_MAX;
    for (int i = 0; i < count; i++)
        self->tiles[i].stale |= scene->tiles[i].fresh;
    if (count > 0 && !self->sized)
        s_size_window (self, scene->tiles[0].picture);
    if (scene->selected >= 0 && scene->selected < count) {
        s_draw_tile (self, &self->tiles[scene->selected],
                     &scene->tiles[scene->selected], (zr_rect_t){0, 0, all.w, all.h},
                     true);
        return;
    }
    if (count > 0)
        zr_layout_grid (count, all.w, all.h, cells);
    for (int i = 0; i < count; i++)
        s_draw_tile (self, &self->tiles[i], &scene->tiles[i], cells[i], count > 1);
}

// The last lines, the newest lowest, above the one that is being typed.
static void
s_draw_chat (window_t *self, const zr_view_scene_t *scene, SDL_Rect all)
{
    int height = zr_window_text_line_height (self->text);
    SDL_Rect row = {all.x, all.h - 2 * height, all.w, height};
    for (int i = scene->lines_count - 1; i >= 0 && row.y >= 0; i--, row.y -= height) {
        zr_window_text_set_opacity (self->text, scene->lines[i].opacity);
        zr_window_text_draw (self->text, scene->lines[i].text, row, 0, 2);
    }
    zr_window_text_set_opacity (self->text, 255);
    zr_window_input_draw (self->input, self->text, all);
}

static void
s_show (void *arg, const zr_view_scene_t *scene)
{
    window_t *self = arg;
    int width, height;
    SDL_Rect all = {0};
    SDL_GetWindowSize (self->window, &width, &height);
    SDL_GetRendererOutputSize (self->renderer, &all.w, &all.h);
    zr_window_text_set_size (self->text, LETTERS * all.w / (width > 0 ? width : 1));
    SDL_SetRenderDrawColor (self->renderer, 16, 16, 16, 255);
    SDL_RenderClear (self->renderer);
    s_draw_tiles (self, scene, all);
    zr_window_text_draw (self->text, scene->notice, all, 1, scene->count ? 2 : 1);
    self->chat = scene->chat;
    if (scene->chat)
        s_draw_chat (self, scene, all);
    if (scene->help)
        s_draw_help (self, all);
    SDL_RenderPresent (self->renderer);
}

static void
s_toggle_full_screen (window_t *self)
{
    bool full = SDL_GetWindowFlags (self->window) & SDL_WINDOW_FULLSCREEN_DESKTOP;
    SDL_SetWindowFullscreen (self->window, full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
    SDL_ShowCursor (full ? SDL_ENABLE : SDL_DISABLE);
}

static zr_key_t
s_map_key (window_t *self, SDL_Keycode key)
{
    switch (key) {
    case SDLK_q:
    case SDLK_ESCAPE:
        return ZR_KEY_QUIT;
    case SDLK_o:
        return ZR_KEY_OVERLAY;
    case SDLK_s:
        return ZR_KEY_SNAPSHOT;
    case SDLK_r:
        return ZR_KEY_RECORD;
    case SDLK_SPACE:
        return ZR_KEY_FREEZE;
    case SDLK_TAB:
        return ZR_KEY_NEXT;
    case SDLK_h:
        return ZR_KEY_HELP;
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
        if (self->chat)
            zr_window_input_open (self->input);
        return ZR_KEY_REDRAW;
    case SDLK_f:
        s_toggle_full_screen (self);
        return ZR_KEY_REDRAW;
    default:
        return ZR_KEY_NONE;
    }
}

static zr_key_t
s_poll (void *arg, int timeout_ms)
{
    window_t *self = arg;
    SDL_Event event;
    if (!SDL_WaitEventTimeout (&event, timeout_ms))
        return ZR_KEY_NONE;
    switch (zr_window_input_handle (self->input, &event)) {
    case ZR_WINDOW_INPUT_CHANGED:
        return ZR_KEY_REDRAW;
    case ZR_WINDOW_INPUT_DONE:
        return ZR_KEY_SAY;
    case ZR_WINDOW_INPUT_NONE:
        break;
    }
    switch (event.type) {
    case SDL_QUIT:
        return ZR_KEY_QUIT;
    case SDL_KEYDOWN:
        if (event.key.repeat || event.key.keysym.mod & (KMOD_CTRL | KMOD_ALT))
            return ZR_KEY_NONE;
        return s_map_key (self, event.key.keysym.sym);
    case SDL_WINDOWEVENT:
    case SDL_RENDER_TARGETS_RESET:
    case SDL_RENDER_DEVICE_RESET:
        return ZR_KEY_REDRAW;
    default:
        return ZR_KEY_NONE;
    }
}

static const char *
s_said (void *arg)
{
    const window_t *self = arg;
    return zr_window_input_line (self->input);
}

static void
s_wake (void *arg)
{
    const window_t *self = arg;
    SDL_Event event = {.type = self->wake_event};
    SDL_PushEvent (&event);
}

const zr_view_ops_t zr_view_window = {
    .name = "window",
    .open = s_open,
    .show = s_show,
    .poll = s_poll,
    .said = s_said,
    .wake = s_wake,
    .close = s_close,
};
