// SPDX-License-Identifier: MPL-2.0
// The window: SDL2. One stream fills it; several are a grid, with names and figures
// under the pictures, or the one that was clicked at fills it. Pixels here are the
// renderer's, which are more than the window's on a display of high density.
// Presenting does not wait for the display's refresh: pictures come at their own pace
// and the newest should be seen. The first picture sets the size of the window. Where
// the CPU plays the graphics card, SDL draws by itself.

#include <SDL.h>
#include <SDL_opengl.h>
#include <assert.h>
#include <czmq.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "subscriber/layout.h"
#include "subscriber/view.h"
#include "subscriber/window_input.h"
#include "subscriber/window_picture.h"
#include "subscriber/window_text.h"

#define TILES_MAX ZR_LAYOUT_TILES_MAX
#define LETTERS 15      // height in pixels at 96 dpi
#define GAP 12          // between tiles, likewise
#define INSET 4         // of a caption, likewise
#define POINTER_MS 2000 // for so long the pointer stays on a full screen
#define NAME_GREY 235   // letters under a picture
#define FIGURES_GREY 145

typedef struct {
    SDL_Window *window;
    SDL_Renderer *renderer;
    zr_window_text_t *text;
    zr_window_pictures_t *pictures;
    zr_window_input_t *input;
    bool chat;                   // Enter opens the line to type in
    zr_rect_t places[TILES_MAX]; // of the tiles last shown; no area: not shown
    int places_count;
    int picked;      // index of the tile that was clicked at
    int scale;       // pixels for 100 of the window's
    Uint32 moved_ms; // when the pointer was moved last
    Uint32 wake_event;
    bool sized; // the first picture has set the window's size
} window_t;

static const char *const s_help[] = {
    "q        quit",
    "click    enlarge, grid",
    "Tab      next stream, grid",
    "Esc      grid, quit",
    "f        full screen",
    "o        overlay",
    "s        save a snapshot",
    "r        record",
    "space    freeze",
    "Enter    chat (--nick)",
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

// Whether the renderer's OpenGL is computed by the CPU (Mesa in a virtual machine, or
// on a display without a card).
static bool
s_is_emulated (SDL_Renderer *renderer)
{
    const char *(APIENTRY * get_string) (unsigned);
    SDL_RendererInfo info;
    if (SDL_GetRendererInfo (renderer, &info) || !strstr (info.name, "opengl"))
        return false;
    void *symbol = SDL_GL_GetProcAddress ("glGetString");
    memcpy (&get_string, &symbol, sizeof symbol); // ISO C has no such cast
    const char *card = symbol ? get_string (GL_RENDERER) : NULL;
    return card && (strstr (card, "llvmpipe") || strstr (card, "softpipe") ||
                    strstr (card, "Software Rasterizer"));
}

// The best there is. An emulated card takes five times the CPU of SDL's own drawing,
// and pictures are 7 ms longer on their way (720p); but that must go to X11 by shared
// memory: SDL would take the emulated card for this too.
static SDL_Renderer *
s_create_renderer (SDL_Window *window)
{
    SDL_Renderer *renderer = SDL_CreateRenderer (window, -1, 0);
    if (renderer && !getenv ("SDL_RENDER_DRIVER") &&
        streq (SDL_GetCurrentVideoDriver (), "x11") && s_is_emulated (renderer)) {
        SDL_DestroyRenderer (renderer);
        SDL_SetHint (SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
        renderer = SDL_CreateRenderer (window, -1, SDL_RENDERER_SOFTWARE);
        if (!renderer)
            renderer = SDL_CreateRenderer (window, -1, 0);
    }
    return renderer;
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
    self->renderer = s_create_renderer (self->window);
    if (!self->renderer)
        return -1;
    SDL_SetYUVConversionMode (SDL_YUV_CONVERSION_JPEG);
    self->wake_event = SDL_RegisterEvents (1);
    self->text = zr_window_text_new (self->renderer);
    self->pictures = zr_window_pictures_new (self->renderer);
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
    zr_window_pictures_destroy (&self->pictures);
    zr_window_input_destroy (&self->input);
    if (self->renderer)
        SDL_DestroyRenderer (self->renderer); // with its textures
    if (self->window)
        SDL_DestroyWindow (self->window);
    SDL_Quit ();
    s_is_open = false;
    freen (self);
    *self_p = NULL;
}

// The first picture's own size, if the screen has room for it.
static void
s_size_window (window_t *self, const zr_view_tile_t *tile)
{
    SDL_Rect room = {0, 0, tile->width, tile->height};
    zr_rect_t box;
    self->sized = true;
    SDL_GetDisplayUsableBounds (SDL_GetWindowDisplayIndex (self->window), &room);
    zr_layout_fit ((zr_rect_t){0, 0, room.w, room.h}, tile->width, tile->height, &box);
    if (tile->width < box.width) {
        box.width = tile->width < 320 ? 320 : tile->width;
        box.height = box.width * tile->height / tile->width;
    }
    SDL_SetWindowSize (self->window, box.width, box.height);
    SDL_SetWindowPosition (self->window, SDL_WINDOWPOS_CENTERED,
                           SDL_WINDOWPOS_CENTERED);
}

// The picture of a tile and what is wrong with it. Returns where that is.
static SDL_Rect
s_draw_picture (window_t *self, const zr_view_scene_t *scene, int place, zr_rect_t area)
{
    zr_view_tile_t *tile = &scene->tiles[place];
    SDL_Rect at = {area.x, area.y, area.width, area.height};
    self->places[place] = area;
    tile->shown_width = area.width;
    tile->shown_height = area.height;
    if (area.width > 0)
        zr_window_pictures_draw (self->pictures, place, tile, at);
    zr_window_text_draw (self->text, tile->state, at, 1, 1);
    return at;
}

// One tile in the whole window, its words over it.
static void
s_draw_alone (window_t *self, const zr_view_scene_t *scene, int place, SDL_Rect all)
{
    const zr_view_tile_t *tile = &scene->tiles[place];
    zr_rect_t fitted;
    zr_layout_fit ((zr_rect_t){0, 0, all.w, all.h}, tile->width, tile->height, &fitted);
    SDL_Rect at = s_draw_picture (self, scene, place, fitted);
    zr_window_text_draw (self->text, tile->overlay, at, 0, 0);
    if (scene->count > 1)
        zr_window_text_draw (self->text, tile->name, at, 0, 2);
}

// Name and figures under a picture. The name goes first where both do not fit.
static void
s_draw_caption (window_t *self, const zr_view_tile_t *tile, zr_rect_t area)
{
    int inset = INSET * self->scale / 100;
    SDL_Rect at = {area.x + inset, area.y, area.width - 2 * inset, area.height};
    if (area.height < 1)
        return;
    int name = zr_window_text_draw_plain (self->text, tile->name, at, 0, NAME_GREY);
    if (name + zr_window_text_width (self->text, tile->brief) + at.h <= at.w)
        zr_window_text_draw_plain (self->text, tile->brief, at, 2, FIGURES_GREY);
}

static void
s_draw_grid (window_t *self, const zr_view_scene_t *scene, SDL_Rect all)
{
    zr_layout_tile_t tiles[TILES_MAX];
    int gap = GAP * self->scale / 100;
    const zr_layout_surface_t surface = {
        .width = all.w,
        .height = all.h,
        .gap_x = gap,
        .gap_y = gap * 2 / 3, // the caption is a gap, too
        .caption = zr_window_text_line_height (self->text),
    };
    for (int i = 0; i < self->places_count; i++) {
        tiles[i].width = scene->tiles[i].width;
        tiles[i].height = scene->tiles[i].height;
    }
    zr_layout_grid (&surface, tiles, self->places_count);
    for (int i = 0; i < self->places_count; i++) {
        s_draw_picture (self, scene, i, tiles[i].picture);
        s_draw_caption (self, &scene->tiles[i], tiles[i].caption);
    }
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
    self->places_count = scene->count < TILES_MAX ? scene->count : TILES_MAX;
    zr_window_pictures_keep (self->pictures, scene->tiles, self->places_count);
    for (int i = 0; i < scene->count; i++)
        scene->tiles[i].shown_width = scene->tiles[i].shown_height = 0;
    memset (self->places, 0, sizeof self->places);
    if (scene->count > 0 && !self->sized)
        s_size_window (self, &scene->tiles[0]);
    if (scene->selected >= 0 || scene->count == 1)
        s_draw_alone (self, scene, scene->selected >= 0 ? scene->selected : 0, all);
    else if (scene->count > 1)
        s_draw_grid (self, scene, all);
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

static bool
s_is_full_screen (const window_t *self)
{
    return SDL_GetWindowFlags (self->window) & SDL_WINDOW_FULLSCREEN_DESKTOP;
}

static void
s_show (void *arg, const zr_view_scene_t *scene)
{
    window_t *self = arg;
    int width, height;
    SDL_Rect all = {0};
    SDL_GetWindowSize (self->window, &width, &height);
    SDL_GetRendererOutputSize (self->renderer, &all.w, &all.h);
    self->scale = 100 * all.w / (width > 0 ? width : 1);
    zr_window_text_set_size (self->text, LETTERS * self->scale / 100);
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
    bool idle = SDL_GetTicks () - self->moved_ms >= POINTER_MS;
    if (s_is_full_screen (self) && idle)
        SDL_ShowCursor (SDL_DISABLE);
}

static void
s_toggle_full_screen (window_t *self)
{
    bool full = s_is_full_screen (self);
    SDL_SetWindowFullscreen (self->window, full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
    SDL_ShowCursor (full ? SDL_ENABLE : SDL_DISABLE);
}

// x, y: in the window's own pixels.
static zr_key_t
s_click (window_t *self, const SDL_MouseButtonEvent *event)
{
    if (event->button != SDL_BUTTON_LEFT)
        return ZR_KEY_NONE;
    if (event->clicks == 2) { // what the first one did stays
        s_toggle_full_screen (self);
        return ZR_KEY_REDRAW;
    }
    int x = event->x * self->scale / 100, y = event->y * self->scale / 100;
    for (int i = 0; i < self->places_count; i++) {
        const zr_rect_t *place = &self->places[i];
        self->picked = i;
        if (x >= place->x && x < place->x + place->width && y >= place->y &&
            y < place->y + place->height)
            return ZR_KEY_PICK;
    }
    return ZR_KEY_NONE;
}

static zr_key_t
s_map_key (window_t *self, SDL_Keycode key)
{
    switch (key) {
    case SDLK_q:
        return ZR_KEY_QUIT;
    case SDLK_ESCAPE:
        return ZR_KEY_BACK;
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
    case SDL_MOUSEBUTTONDOWN:
        return s_click (self, &event.button);
    case SDL_MOUSEMOTION:
        self->moved_ms = SDL_GetTicks ();
        SDL_ShowCursor (SDL_ENABLE);
        return ZR_KEY_NONE;
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

static int
s_picked (void *arg)
{
    const window_t *self = arg;
    return self->picked;
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
    .picked = s_picked,
    .wake = s_wake,
    .close = s_close,
};
