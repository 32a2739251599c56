// SPDX-License-Identifier: MPL-2.0
// SDL hands over text that the keyboard or an input method has completed; what is
// still being composed is shown in brackets at the cursor. A key that opened the line
// has no text of its own (Enter).

#include "subscriber/window_input.h"

#include <assert.h>
#include <czmq.h>

#include "subscriber/line_edit.h"

#define COMPOSED_MAX 128
#define SHOWN_MAX 400 // bytes on either side of the cursor that are drawn

struct zr_window_input {
    zr_line_edit_t *line;
    bool open;
    char composed[COMPOSED_MAX]; // by the input method, not in the line yet
    const char *done;            // completed last
};

zr_window_input_t *
zr_window_input_new (void)
{
    zr_window_input_t *self = zmalloc (sizeof *self);
    self->line = zr_line_edit_new ();
    self->done = "";
    SDL_StopTextInput (); // SDL begins with it on
    return self;
}

void
zr_window_input_destroy (zr_window_input_t **self_p)
{
    assert (self_p);
    zr_window_input_t *self = *self_p;
    if (!self)
        return;
    zr_line_edit_destroy (&self->line);
    freen (self);
    *self_p = NULL;
}

void
zr_window_input_open (zr_window_input_t *self)
{
    self->open = true;
    SDL_StartTextInput ();
}

static void
s_close (zr_window_input_t *self)
{
    self->open = false;
    self->composed[0] = '\0';
    SDL_StopTextInput ();
}

bool
zr_window_input_is_open (const zr_window_input_t *self)
{
    return self->open;
}

static void
s_paste (zr_window_input_t *self)
{
    char *text = SDL_GetClipboardText ();
    if (text)
        zr_line_edit_insert (self->line, text);
    SDL_free (text);
}

static zr_window_input_result_t
s_handle_control (zr_window_input_t *self, SDL_Keycode key)
{
    switch (key) {
    case SDLK_v:
        s_paste (self);
        break;
    case SDLK_c:
        SDL_SetClipboardText (zr_line_edit_text (self->line));
        break;
    case SDLK_w:
    case SDLK_BACKSPACE:
        zr_line_edit_key (self->line, ZR_LINE_KILL_WORD);
        break;
    case SDLK_u:
        zr_line_edit_key (self->line, ZR_LINE_KILL_LINE);
        break;
    case SDLK_a:
        zr_line_edit_key (self->line, ZR_LINE_HOME);
        break;
    case SDLK_e:
        zr_line_edit_key (self->line, ZR_LINE_END);
        break;
    default:
        break;
    }
    return ZR_WINDOW_INPUT_CHANGED;
}

static zr_window_input_result_t
s_handle_key (zr_window_input_t *self, const SDL_Keysym *key)
{
    static const struct {
        SDL_Keycode key;
        zr_line_key_t edit;
    } edits[] = {
        {SDLK_LEFT, ZR_LINE_LEFT},           {SDLK_RIGHT, ZR_LINE_RIGHT},
        {SDLK_HOME, ZR_LINE_HOME},           {SDLK_END, ZR_LINE_END},
        {SDLK_BACKSPACE, ZR_LINE_BACKSPACE}, {SDLK_DELETE, ZR_LINE_DELETE},
        {SDLK_UP, ZR_LINE_EARLIER},          {SDLK_DOWN, ZR_LINE_LATER},
    };
    if (self->composed[0])
        return ZR_WINDOW_INPUT_CHANGED; // the input method has the keyboard
    if (key->mod & KMOD_CTRL)
        return s_handle_control (self, key->sym);
    if (key->sym == SDLK_INSERT && key->mod & KMOD_SHIFT)
        s_paste (self);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
        if (edits[i].key == key->sym)
            zr_line_edit_key (self->line, edits[i].edit);
    if (key->sym == SDLK_ESCAPE)
        s_close (self);
    if (key->sym == SDLK_RETURN || key->sym == SDLK_KP_ENTER) {
        self->done = zr_line_edit_take (self->line);
        s_close (self);
        return *self->done ? ZR_WINDOW_INPUT_DONE : ZR_WINDOW_INPUT_CHANGED;
    }
    return ZR_WINDOW_INPUT_CHANGED;
}

zr_window_input_result_t
zr_window_input_handle (zr_window_input_t *self, const SDL_Event *event)
{
    if (!self->open)
        return ZR_WINDOW_INPUT_NONE;
    switch (event->type) {
    case SDL_TEXTINPUT:
        self->composed[0] = '\0';
        zr_line_edit_insert (self->line, event->text.text);
        return ZR_WINDOW_INPUT_CHANGED;
    case SDL_TEXTEDITING:
        snprintf (self->composed, sizeof self->composed, "%s", event->edit.text);
        return ZR_WINDOW_INPUT_CHANGED;
    case SDL_KEYDOWN:
        return s_handle_key (self, &event->key.keysym);
    default:
        return ZR_WINDOW_INPUT_NONE;
    }
}

const char *
zr_window_input_line (const zr_window_input_t *self)
{
    return self->done;
}

void
zr_window_input_draw (const zr_window_input_t *self, zr_window_text_t *text,
                      SDL_Rect area)
{
    char shown[ZR_LINE_EDIT_MAX + COMPOSED_MAX + 32];
    if (!self->open)
        return;
    const char *line = zr_line_edit_text (self->line);
    size_t cursor = zr_line_edit_cursor (self->line);
    while (cursor > SHOWN_MAX || (cursor > 0 && (*line & 0xc0) == 0x80)) {
        line++; // what is far before the cursor is not seen anyway
        cursor--;
    }
    bool composing = self->composed[0] != '\0';
    snprintf (shown, sizeof shown, "> %.*s%s%s%s\xe2\x96\x8f%.*s", (int) cursor, line,
              composing ? "[" : "", self->composed, composing ? "]" : "", SHOWN_MAX,
              line + cursor);
    SDL_SetTextInputRect (&area);
    zr_window_text_draw (text, shown, area, ZR_WINDOW_TEXT_TAIL, 2);
}
