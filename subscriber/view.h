// SPDX-License-Identifier: MPL-2.0
// Where pictures are shown: a window, a terminal, or nowhere. A view is one const
// table of functions and one object; all of it runs on the main thread.

#ifndef ZR_VIEW_H
#define ZR_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/frame.h"
#include "common/picture.h"

#define ZR_VIEW_TEXT_MAX 256 // bytes of a line of text, with the NUL

// One stream as it is to be shown now. Borrowed: valid until the call returns.
typedef struct {
    unsigned id;                    // tells the stream from others, at all times; not 0
    const char *name;               // printable UTF-8
    const zr_picture_t *picture;    // newest; may be smaller than the two below
    int width, height;              // of the stream's pictures, whose shape is shown
    bool fresh;                     // this picture was not shown before
    char overlay[ZR_VIEW_TEXT_MAX]; // figures, one line; empty: none
    char brief[ZR_VIEW_TEXT_MAX];   // the most important of them, for a small tile
    char state[ZR_VIEW_TEXT_MAX];   // "no picture for 3 s"; empty while it is live

    // Set by the view: how many pixels it has shown it in; 0, 0: not at all.
    int shown_width, shown_height;
} zr_view_tile_t;

// One line of chat over the pictures.
typedef struct {
    const char *text; // UTF-8, clean
    int opacity;      // 0 to 255: lines fade
} zr_view_line_t;

// The whole scene. No tiles: notice says what is being waited for.
typedef struct {
    zr_view_tile_t *tiles;
    int count;
    int selected;                // this tile fills the view; -1: all of them, as a grid
    const char *notice;          // a line over everything, or NULL
    bool help;                   // the keys are listed over everything
    bool chat;                   // there is a chat: Enter opens a line to type in
    const zr_view_line_t *lines; // of the chat, oldest first
    int lines_count;
} zr_view_scene_t;

typedef enum {
    ZR_KEY_NONE,
    ZR_KEY_QUIT,     // q, the window's close button
    ZR_KEY_BACK,     // Esc: back to the grid; quit if that is where we are
    ZR_KEY_OVERLAY,  // o
    ZR_KEY_SNAPSHOT, // s
    ZR_KEY_RECORD,   // r
    ZR_KEY_FREEZE,   // space
    ZR_KEY_NEXT,     // Tab
    ZR_KEY_PICK,     // a tile was clicked at: picked says which
    ZR_KEY_HELP,     // h
    ZR_KEY_SAY,      // a line of chat was typed: said has it
    ZR_KEY_REDRAW,   // something changed its size or was uncovered: show again
} zr_key_t;

typedef struct {
    const char *name; // "window", "terminal", "none"

    // Opens the view; title is for a window's bar. NULL if it cannot be; the cause
    // was logged in one line that says what to do.
    void *(*open) (const char *title);

    // Draws the scene and sets its tiles' shown sizes; a view that shows nothing leaves
    // them alone. May block on the display (a hidden window with vsync).
    void (*show) (void *self, const zr_view_scene_t *scene);

    // Waits up to timeout_ms for a key or a wake-up. ZR_KEY_NONE on a wake-up, a
    // time-out or a signal; full screen (f) is dealt with inside.
    zr_key_t (*poll) (void *self, int timeout_ms);

    // The line that came with ZR_KEY_SAY; valid until the next poll. NULL where the
    // view has no chat.
    const char *(*said) (void *self);

    // The tile, of those last shown, that came with ZR_KEY_PICK. NULL where the view
    // has no pointer.
    int (*picked) (void *self);

    // Ends a poll that waits, or the next one. Any thread.
    void (*wake) (void *self);

    // Closes and frees; nulls *self_p. Leaves the terminal as it was.
    void (*close) (void **self_p);
} zr_view_ops_t;

extern const zr_view_ops_t zr_view_window;
extern const zr_view_ops_t zr_view_terminal;
extern const zr_view_ops_t zr_view_none;

#endif
