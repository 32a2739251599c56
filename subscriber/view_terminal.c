// SPDX-License-Identifier: MPL-2.0
// Pictures in a terminal. Each show builds one buffer and writes it at once, between
// the marks of a synchronized update: pictures that are new, lines of text that are
// there, then what lies over everything. Cells are overwritten in place; the screen is
// cleared only when something moved. A slow terminal makes show slow and nothing else:
// whoever calls takes the newest picture the next time.
// Main thread, except wake. terminal_tty.h deals with signals.

#include "subscriber/view.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <czmq.h>
#include <glib.h>
#include <libavutil/log.h>

#include "common/log.h"
#include "subscriber/layout.h"
#include "subscriber/terminal_canvas.h"
#include "subscriber/terminal_caps.h"
#include "subscriber/terminal_keys.h"
#include "subscriber/terminal_text.h"
#include "subscriber/terminal_tty.h"

#define TILES_MAX ZR_LAYOUT_TILES_MAX
#define INPUT_MAX 64
#define GAP 2       // columns between tiles
#define AWAY_MS 250 // at most this long until we see that we are in front again

// All that, when it changes, moves something: the screen is cleared then.
typedef struct {
    zr_terminal_size_t size;
    int count, selected;
    bool help;
    char notice[ZR_VIEW_TEXT_MAX];
    unsigned ids[TILES_MAX];       // of the tiles
    zr_rect_t cells[TILES_MAX];    // pictures; no area: none
    zr_rect_t captions[TILES_MAX]; // the lines under them, likewise
} s_arrangement_t;

typedef struct {
    zr_terminal_caps_t caps;
    zr_terminal_canvas_t *canvases[TILES_MAX]; // made when first used
    s_arrangement_t shown;
    bool broken; // what is on the screen is not what was drawn
    GString *out;
    zr_terminal_keys_t keys;
    int64_t silence_at; // when a pending sequence is given up
    uint8_t input[INPUT_MAX];
    int input_len, input_at;
    int library_log_level; // FFmpeg's, to be put back
} s_view_t;

static const char *const help_lines[] = {
    " q      quit          ", " Tab    next / grid   ", " Esc    grid, quit    ",
    " space  freeze        ", " s      snapshot      ", " r      record        ",
    " o      figures       ", " h      this help     ",
};
#define HELP_LINES ((int) (sizeof help_lines / sizeof help_lines[0]))

static void *
s_open (const char *title)
{
    (void) title; // a terminal's title cannot be put back in all of them
    zr_terminal_caps_t caps;
    gchar **environment = g_get_environ ();
    zr_terminal_caps_environment (&caps, environment);
    g_strfreev (environment);
    if (!caps.usable) {
        zr_log_error ("view_terminal", "TERM names no terminal that can place its "
                                       "cursor; set it, or use --view none");
        return NULL;
    }
    zr_log_hold ();
    if (zr_terminal_tty_open () < 0) {
        zr_log_release ();
        return NULL;
    }
    zr_terminal_caps_ask (&caps, zr_terminal_tty_input (), zr_terminal_tty_output ());
    zr_terminal_tty_set_kitty (caps.graphics == ZR_TERMINAL_KITTY);
    zr_log_debug ("view_terminal", "shows pictures by %s",
                  zr_terminal_caps_name (&caps));
    s_view_t *self = (s_view_t *) zmalloc (sizeof *self);
    self->caps = caps;
    self->out = g_string_sized_new (1 << 16);
    self->broken = true;
    self->library_log_level = av_log_get_level ();
    av_log_set_level (AV_LOG_QUIET); // it writes to stderr, across the picture
    return self;
}

// Where the tiles of a scene go, in cells.
static void
s_arrange_tiles (const zr_view_scene_t *scene, s_arrangement_t *now,
                 zr_layout_tile_t *tiles)
{
    const zr_terminal_size_t *size = &now->size;
    int columns = size->columns, rows = size->rows;
    bool grid = scene->selected < 0 && now->count > 1;
    memset (tiles, 0, sizeof *tiles * (size_t) now->count);
    if (!grid) {
        zr_layout_tile_t *tile = &tiles[scene->selected < 0 ? 0 : scene->selected];
        tile->picture = (zr_rect_t){0, 0, columns, rows - 1};
        tile->caption = (zr_rect_t){0, rows - 1, columns, 1};
        return;
    }
    for (int i = 0; i < now->count; i++) { // cells are no squares
        tiles[i].width = scene->tiles[i].width * size->cell_height;
        tiles[i].height = scene->tiles[i].height * size->cell_width;
    }
    const zr_layout_surface_t surface = {
        .width = columns, .height = rows, .gap_x = GAP, .caption = 1};
    zr_layout_grid (&surface, tiles, now->count);
}

static void
s_arrange (s_view_t *self, const zr_view_scene_t *scene, s_arrangement_t *now)
{
    zr_layout_tile_t tiles[TILES_MAX];
    memset (now, 0, sizeof *now);
    zr_terminal_tty_size (&now->size);
    now->count = scene->count < TILES_MAX ? scene->count : TILES_MAX;
    now->selected = scene->selected;
    now->help = scene->help;
    if (scene->notice)
        snprintf (now->notice, sizeof now->notice, "%s", scene->notice);
    if (now->count == 0)
        return;
    s_arrange_tiles (scene, now, tiles);
    for (int index = 0; index < now->count; index++) {
        zr_view_tile_t *tile = &scene->tiles[index];
        zr_rect_t room = tiles[index].picture;
        tile->shown_width = tile->shown_height = 0;
        now->ids[index] = tile->id;
        now->captions[index] = tiles[index].caption;
        if (room.width < 1 || room.height < 1)
            continue;
        if (self->canvases[index] == NULL)
            self->canvases[index] = zr_terminal_canvas_new (&self->caps, index + 1);
        zr_terminal_canvas_place (self->canvases[index], room, &now->size, tile->width,
                                  tile->height, &now->cells[index]);
        zr_terminal_canvas_pixels (self->canvases[index], now->cells[index], &now->size,
                                   &tile->shown_width, &tile->shown_height);
    }
}

static bool
s_is_same_rect (const zr_rect_t *a, const zr_rect_t *b)
{
    return a->x == b->x && a->y == b->y && a->width == b->width &&
           a->height == b->height;
}

static bool
s_is_same (const s_arrangement_t *one, const s_arrangement_t *two)
{
    bool same = one->size.columns == two->size.columns &&
                one->size.rows == two->size.rows &&
                one->size.cell_width == two->size.cell_width &&
                one->size.cell_height == two->size.cell_height &&
                one->count == two->count && one->selected == two->selected &&
                one->help == two->help && strcmp (one->notice, two->notice) == 0;
    for (int index = 0; same && index < one->count; index++)
        same = one->ids[index] == two->ids[index] &&
               s_is_same_rect (&one->cells[index], &two->cells[index]) &&
               s_is_same_rect (&one->captions[index], &two->captions[index]);
    return same;
}

// Appends text at column x of row y, from 0, cut to columns. Fills the rest of columns
// with blanks, half of them in front, if centred. Returns how many columns it takes.
static int
s_put_text (s_view_t *self, int x, int y, int columns, bool centred, const char *text)
{
    char cut[ZR_TERMINAL_TEXT_MAX];
    if (columns < 1)
        return 0;
    int used = zr_terminal_text_cut (text, columns, self->caps.utf8, cut, sizeof cut);
    int before = centred ? (columns - used) / 2 : 0;
    int after = columns - used - before;
    g_string_append_printf (self->out, "\033[%d;%dH%*s%s%*s", y + 1, x + 1, before, "",
                            cut, after, "");
    return used;
}

// The line below a picture that is alone: whose it is, what is wrong with it, its
// figures.
static void
s_put_line (s_view_t *self, const zr_view_tile_t *tile, zr_rect_t box)
{
    char line[3 * ZR_VIEW_TEXT_MAX];
    bool quiet = tile->state[0] == '\0' && tile->overlay[0] == '\0';
    snprintf (line, sizeof line, "%s%s%s%s%s", quiet ? "" : tile->name,
              tile->state[0] ? "  " : "", tile->state, tile->overlay[0] ? "  " : "",
              tile->overlay);
    s_put_text (self, box.x, box.y, box.width, false, line);
}

// The line below a picture in the grid: whose it is on the left; on the right what is
// wrong with it, or its figures if there is room for them.
static void
s_put_caption (s_view_t *self, const zr_view_tile_t *tile, zr_rect_t box)
{
    char line[3 * ZR_VIEW_TEXT_MAX], cut[ZR_TERMINAL_TEXT_MAX];
    bool wrong = tile->state[0] != '\0';
    const char *right = wrong ? tile->state : tile->brief;
    snprintf (line, sizeof line, "%s%s%s", tile->name, wrong ? "  " : "",
              wrong ? right : "");
    int name =
        zr_terminal_text_cut (tile->name, box.width, self->caps.utf8, cut, sizeof cut);
    int space = box.width - name - GAP;
    int wide =
        zr_terminal_text_cut (right, box.width, self->caps.utf8, cut, sizeof cut);
    bool fits = wide > 0 && wide <= space;
    s_put_text (self, box.x, box.y, box.width, false, fits ? tile->name : line);
    if (!fits)
        return;
    g_string_append (self->out, wrong ? "" : "\033[2m"); // faint
    s_put_text (self, box.x + box.width - wide, box.y, wide, false, right);
    g_string_append (self->out, "\033[0m");
}

static void
s_put_tiles (s_view_t *self, const zr_view_scene_t *scene, const s_arrangement_t *now,
             bool all)
{
    bool alone = now->count == 1 || now->selected >= 0;
    bool covered = now->help || now->notice[0];
    for (int index = 0; index < now->count; index++) {
        const zr_view_tile_t *tile = &scene->tiles[index];
        zr_rect_t cells = now->cells[index], caption = now->captions[index];
        if (cells.width > 0 && (tile->fresh || all)) {
            zr_terminal_canvas_set_covered (self->canvases[index], covered);
            // What cannot be scaled leaves its place empty; its caption still stands.
            zr_terminal_canvas_draw (self->canvases[index], tile->picture, cells,
                                     &now->size, self->out);
        }
        g_string_append (self->out, "\033[0m");
        if (caption.width < 1 || caption.height < 1)
            continue;
        if (alone)
            s_put_line (self, tile, caption);
        else
            s_put_caption (self, tile, caption);
    }
}

static void
s_put_over (s_view_t *self, const s_arrangement_t *now)
{
    int columns = now->size.columns;
    int rows = now->size.rows;
    if (now->notice[0] && now->count == 0)
        s_put_text (self, 0, (rows - 1) / 2, columns, true, now->notice);
    if (now->notice[0] && now->count > 0) {
        g_string_append (self->out, "\033[7m");
        s_put_text (self, 0, 0, columns, true, now->notice);
        g_string_append (self->out, "\033[0m");
    }
    if (!now->help)
        return;
    int width = (int) strlen (help_lines[0]);
    width = width < columns ? width : columns;
    int y = rows > HELP_LINES ? (rows - HELP_LINES) / 2 : 0;
    g_string_append (self->out, "\033[7m");
    for (int line = 0; line < HELP_LINES && line < rows; line++)
        s_put_text (self, (columns - width) / 2, y + line, width, false,
                    help_lines[line]);
    g_string_append (self->out, "\033[0m");
}

static void
s_show (void *arg, const zr_view_scene_t *scene)
{
    s_view_t *self = (s_view_t *) arg;
    s_arrangement_t now;
    bool all = zr_terminal_tty_changed () || self->broken;
    s_arrange (self, scene, &now);
    // Kitty replaces an image at once anyway, and older ones break off sequences when
    // much comes within an update.
    bool marked = self->caps.graphics != ZR_TERMINAL_KITTY;
    g_string_assign (self->out, marked ? "\033[?2026h" : "");
    if (all || !s_is_same (&now, &self->shown)) {
        all = true;
        if (self->caps.graphics == ZR_TERMINAL_KITTY)
            g_string_append (self->out, "\033_Ga=d,d=A,q=2\033\\");
        g_string_append (self->out, "\033[0m\033[2J");
    }
    s_put_tiles (self, scene, &now, all);
    s_put_over (self, &now);
    g_string_append (self->out, marked ? "\033[?2026l" : "");
    self->shown = now;
    self->broken = zr_terminal_tty_write (self->out->str, self->out->len) < 0;
}

// The next key among the bytes that were read.
static zr_key_t
s_next_key (s_view_t *self)
{
    while (self->input_at < self->input_len) {
        uint8_t byte = self->input[self->input_at++];
        zr_key_t key = zr_terminal_keys_byte (&self->keys, byte);
        if (key != ZR_KEY_NONE)
            return key;
    }
    return ZR_KEY_NONE;
}

// Reads what was typed. A terminal that hung up ends the program, once.
static zr_key_t
s_read_keys (s_view_t *self, int input)
{
    ssize_t got = read (input, self->input, sizeof self->input);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return ZR_KEY_NONE;
    if (got <= 0) {
        zr_terminal_tty_drop_input ();
        return ZR_KEY_QUIT;
    }
    self->input_at = 0;
    self->input_len = (int) got;
    self->silence_at = zclock_mono () + ZR_TERMINAL_KEYS_SILENCE_MS;
    return s_next_key (self);
}

static zr_key_t
s_poll (void *arg, int timeout_ms)
{
    s_view_t *self = (s_view_t *) arg;
    zr_key_t key = s_next_key (self);
    if (key != ZR_KEY_NONE)
        return key;
    bool pending = zr_terminal_keys_pending (&self->keys);
    int64_t silence_ms = pending ? self->silence_at - zclock_mono () : 0;
    silence_ms = silence_ms > 0 ? silence_ms : 0;
    if (pending && (timeout_ms < 0 || silence_ms < timeout_ms))
        timeout_ms = (int) silence_ms;
    if (zr_terminal_tty_is_away () && (timeout_ms < 0 || timeout_ms > AWAY_MS))
        timeout_ms = AWAY_MS;
    struct pollfd items[2] = {{zr_terminal_tty_waker (), POLLIN, 0},
                              {zr_terminal_tty_input (), POLLIN, 0}};
    if (poll (items, 2, timeout_ms) < 0)
        return ZR_KEY_NONE; // a signal: whoever it is for looks by himself
    if (items[0].revents) {
        uint64_t count;
        ssize_t got = read (items[0].fd, &count, sizeof count);
        (void) got; // nothing there: it was read with another one
    }
    if (items[1].revents)
        return s_read_keys (self, items[1].fd);
    if (pending && zclock_mono () >= self->silence_at)
        return zr_terminal_keys_silence (&self->keys);
    if (zr_terminal_tty_changed ()) {
        self->broken = true;
        return ZR_KEY_REDRAW;
    }
    return ZR_KEY_NONE;
}

static void
s_wake (void *arg)
{
    (void) arg;
    zr_terminal_tty_wake ();
}

static void
s_close (void **self_p)
{
    s_view_t *self = (s_view_t *) *self_p;
    if (self == NULL)
        return;
    zr_terminal_tty_close ();
    av_log_set_level (self->library_log_level);
    for (int index = 0; index < TILES_MAX; index++)
        zr_terminal_canvas_destroy (&self->canvases[index]);
    g_string_free (self->out, TRUE);
    free (self);
    *self_p = NULL;
    zr_log_release ();
}

const zr_view_ops_t zr_view_terminal = {
    .name = "terminal",
    .open = s_open,
    .show = s_show,
    .poll = s_poll,
    .wake = s_wake,
    .close = s_close,
};
