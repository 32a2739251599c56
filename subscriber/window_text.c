// SPDX-License-Identifier: MPL-2.0
// A drawn line is kept as a texture, since most lines stay for many pictures; one that
// is no longer in the window goes, or makes room. Shaping beyond what SDL_ttf does by
// itself is left out.

#include "subscriber/window_text.h"

#include <SDL_ttf.h>
#include <assert.h>
#include <czmq.h>
#include <fontconfig/fontconfig.h>
#include <limits.h>

#include "common/log.h"

#define LINES_MAX 256
#define FONTS_MAX 8
#define TEXT_MAX 4400 // bytes of a line that can be drawn
#define BOX_ALPHA 150
#define ELLIPSIS "\xe2\x80\xa6"

typedef struct {
    char *text; // owned
    SDL_Texture *texture;
    int width, height;
    unsigned used; // when, in calls
} line_t;

typedef struct {
    char path[1024];
    TTF_Font *font;
} font_t;

struct zr_window_text {
    SDL_Renderer *renderer;
    font_t fonts[FONTS_MAX];
    int fonts_count;
    line_t lines[LINES_MAX];
    unsigned calls;
    int size;    // of the letters, pixels
    int opacity; // 0 to 255
    bool said_missing;
};

zr_window_text_t *
zr_window_text_new (SDL_Renderer *renderer)
{
    zr_window_text_t *self = zmalloc (sizeof *self);
    self->renderer = renderer;
    self->size = 16;
    self->opacity = 255;
    if (TTF_Init ())
        zr_log_warn ("window", "no text can be drawn: %s", TTF_GetError ());
    return self;
}

static void
s_forget (line_t *line)
{
    if (line->texture)
        SDL_DestroyTexture (line->texture);
    freen (line->text);
    *line = (line_t){0};
}

static void
s_forget_lines (zr_window_text_t *self)
{
    for (int i = 0; i < LINES_MAX; i++)
        s_forget (&self->lines[i]);
}

void
zr_window_text_destroy (zr_window_text_t **self_p)
{
    assert (self_p);
    zr_window_text_t *self = *self_p;
    if (!self)
        return;
    s_forget_lines (self);
    for (int i = 0; i < self->fonts_count; i++)
        TTF_CloseFont (self->fonts[i].font);
    if (TTF_WasInit ())
        TTF_Quit ();
    FcFini ();
    freen (self);
    *self_p = NULL;
}

void
zr_window_text_set_size (zr_window_text_t *self, int pixels)
{
    if (pixels == self->size)
        return;
    self->size = pixels;
    s_forget_lines (self);
    for (int i = 0; i < self->fonts_count; i++)
        TTF_SetFontSize (self->fonts[i].font, pixels);
}

void
zr_window_text_set_opacity (zr_window_text_t *self, int opacity)
{
    self->opacity = opacity;
}

static int
s_margin (const zr_window_text_t *self)
{
    return self->size / 4 + 1;
}

int
zr_window_text_line_height (const zr_window_text_t *self)
{
    return self->size * 5 / 4 + 2 * s_margin (self);
}

// Path of a monospaced font that has the characters of text. Returns 0 or -1.
static int
s_find_font (const char *text, char *path, size_t size)
{
    FcPattern *pattern = FcNameParse ((const FcChar8 *) "monospace");
    FcCharSet *characters = FcCharSetCreate ();
    const FcChar8 *at = (const FcChar8 *) text;
    FcChar32 code;
    for (int len;
         (len = FcUtf8ToUcs4 (at, &code, (int) strlen ((const char *) at))) > 0;
         at += len)
        FcCharSetAddChar (characters, code);
    FcPatternAddCharSet (pattern, FC_CHARSET, characters);
    FcPatternAddBool (pattern, FC_SCALABLE, FcTrue);
    FcConfigSubstitute (NULL, pattern, FcMatchPattern);
    FcDefaultSubstitute (pattern);

    FcResult result;
    FcChar8 *file = NULL;
    FcPattern *match = FcFontMatch (NULL, pattern, &result);
    int status = -1;
    if (match && FcPatternGetString (match, FC_FILE, 0, &file) == FcResultMatch) {
        snprintf (path, size, "%s", (const char *) file);
        status = 0;
    }
    if (match)
        FcPatternDestroy (match);
    FcCharSetDestroy (characters);
    FcPatternDestroy (pattern);
    return status;
}

// The font that fontconfig has for text; opened once. NULL if there is none.
static TTF_Font *
s_open_font (zr_window_text_t *self, const char *text)
{
    char path[1024];
    if (s_find_font (text, path, sizeof path))
        return NULL;
    for (int i = 0; i < self->fonts_count; i++)
        if (streq (self->fonts[i].path, path))
            return self->fonts[i].font;
    TTF_Font *font =
        self->fonts_count < FONTS_MAX ? TTF_OpenFont (path, self->size) : NULL;
    if (font) {
        font_t *entry = &self->fonts[self->fonts_count++];
        snprintf (entry->path, sizeof entry->path, "%s", path);
        entry->font = font;
    }
    return font;
}

static bool
s_has_all (TTF_Font *font, const char *text)
{
    const FcChar8 *at = (const FcChar8 *) text;
    FcChar32 code;
    for (int len;
         (len = FcUtf8ToUcs4 (at, &code, (int) strlen ((const char *) at))) > 0;
         at += len)
        if (!TTF_GlyphIsProvided32 (font, code))
            return false;
    return true;
}

// The font for text; NULL if there is none. Fontconfig looks at every font there is and
// allocates hundreds of times, and figures are new lines all the time: it is asked only
// for what no open font has. The font of choice comes first of these.
static TTF_Font *
s_font (zr_window_text_t *self, const char *text)
{
    if (!TTF_WasInit ())
        return NULL;
    if (!self->fonts_count)
        s_open_font (self, "");
    for (int i = 0; i < self->fonts_count; i++)
        if (s_has_all (self->fonts[i].font, text))
            return self->fonts[i].font;
    TTF_Font *font = s_open_font (self, text);
    if (font)
        return font;
    if (self->fonts_count)
        return self->fonts[0].font; // boxes for what it lacks
    if (!self->said_missing)
        zr_log_warn ("window", "no font found, so no text is shown; install one, such "
                               "as the package fonts-dejavu-core");
    self->said_missing = true;
    return NULL;
}

// The line as a texture: kept, or made now. NULL if it cannot be drawn.
static const line_t *
s_line (zr_window_text_t *self, const char *text)
{
    line_t *oldest = &self->lines[0];
    self->calls++;
    for (int i = 0; i < LINES_MAX; i++) {
        line_t *line = &self->lines[i];
        if (line->texture && streq (line->text, text)) {
            line->used = self->calls;
            return line;
        }
        if (self->calls - line->used > LINES_MAX)
            s_forget (line); // others fill the window: figures of seconds ago
        if (line->used < oldest->used)
            oldest = line;
    }
    TTF_Font *font = s_font (self, text);
    if (!font)
        return NULL;
    const SDL_Color white = {255, 255, 255, 255};
    SDL_Surface *surface = TTF_RenderUTF8_Blended (font, text, white);
    if (!surface)
        return NULL; // nothing in it has any width
    if (oldest->texture)
        SDL_DestroyTexture (oldest->texture);
    oldest->texture = SDL_CreateTextureFromSurface (self->renderer, surface);
    oldest->width = surface->w;
    oldest->height = surface->h;
    oldest->used = self->calls;
    freen (oldest->text);
    oldest->text = strdup (text);
    SDL_FreeSurface (surface);
    return oldest->texture ? oldest : NULL;
}

static const line_t *
s_drawable (zr_window_text_t *self, const char *text, SDL_Rect area)
{
    if (!text || !*text || strlen (text) > TEXT_MAX || area.w < self->size ||
        area.h < self->size)
        return NULL;
    return s_line (self, text);
}

static void
s_copy (zr_window_text_t *self, const line_t *line, SDL_Rect source, SDL_Rect target,
        int grey)
{
    SDL_SetTextureColorMod (line->texture, (Uint8) grey, (Uint8) grey, (Uint8) grey);
    SDL_SetTextureAlphaMod (line->texture, (Uint8) self->opacity);
    target.w = source.w;
    target.h = source.h;
    if (source.w > 0)
        SDL_RenderCopy (self->renderer, line->texture, &source, &target);
}

// The letters, in the middle of area's height. tail: of what is too wide the end.
static void
s_draw_letters (zr_window_text_t *self, const line_t *line, SDL_Rect area, bool tail,
                int grey)
{
    SDL_Rect source = {0, 0, line->width, line->height};
    SDL_Rect target = {area.x, area.y + (area.h - line->height) / 2, 0, 0};
    if (source.w > area.w && tail) {
        source.x = source.w - area.w;
        source.w = area.w;
    } else if (source.w > area.w) {
        // Making it may put out any other line, but not the one used a moment ago.
        const line_t *ellipsis = s_line (self, ELLIPSIS);
        int ends = ellipsis && ellipsis->width < area.w ? ellipsis->width : 0;
        source.w = area.w - ends;
        if (ends) {
            source.w -= source.w % ends; // whole letters: they are of one width
            s_copy (self, ellipsis, (SDL_Rect){0, 0, ends, ellipsis->height},
                    (SDL_Rect){area.x + source.w, target.y, 0, 0}, grey);
        }
    }
    s_copy (self, line, source, target, grey);
}

void
zr_window_text_draw (zr_window_text_t *self, const char *text, SDL_Rect area,
                     int column, int row)
{
    const line_t *line = s_drawable (self, text, area);
    if (!line)
        return;
    int margin = s_margin (self);
    SDL_Rect box = {0, 0, line->width + 2 * margin, zr_window_text_line_height (self)};
    if (box.w > area.w)
        box.w = area.w;
    bool tail = column == ZR_WINDOW_TEXT_TAIL;
    box.x = area.x + (tail ? 0 : (area.w - box.w) * column / 2);
    box.y = area.y + (area.h - box.h) * row / 2;
    SDL_SetRenderDrawBlendMode (self->renderer, SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor (self->renderer, 0, 0, 0,
                            (Uint8) (BOX_ALPHA * self->opacity / 255));
    SDL_RenderFillRect (self->renderer, &box);
    box.x += margin;
    box.w -= 2 * margin;
    s_draw_letters (self, line, box, tail, 255);
}

int
zr_window_text_draw_plain (zr_window_text_t *self, const char *text, SDL_Rect area,
                           int column, int grey)
{
    const line_t *line = s_drawable (self, text, area);
    if (!line)
        return 0;
    if (line->width < area.w) {
        area.x += (area.w - line->width) * column / 2;
        area.w = line->width;
    }
    s_draw_letters (self, line, area, false, grey);
    return area.w;
}

int
zr_window_text_width (zr_window_text_t *self, const char *text)
{
    const line_t *line = s_drawable (self, text, (SDL_Rect){0, 0, INT_MAX, INT_MAX});
    return line ? line->width : 0;
}
