// SPDX-License-Identifier: MPL-2.0
// Sleeps in the view's poll until a key or a picture comes. Threads beside this one:
// the receiver's, the decoder's and libzmq's. Figures over the pictures change four
// times a second, so that they can be read. The view says how large it shows each
// stream, and that is what is decoded next.
// The list of streams is asked for once in a turn, and what is no longer in it is never
// touched again.

#include "subscriber/player.h"

#include <assert.h>
#include <czmq.h>
#include <limits.h>

#include "common/log.h"
#include "subscriber/guide.h"
#include "subscriber/overlay.h"
#include "subscriber/snapshot.h"
#include "subscriber/statistics.h"
#include "subscriber/talk.h"

#define POLL_MS 250       // a signal is noticed within it
#define TALK_POLL_MS 20   // and a line of chat
#define REFRESH_US 250000 // figures and states
#define SECOND_US 1000000
#define ANSWER_US 2000000   // how long the answer to a key is shown
#define GRID_PAUSE_US 15000 // several streams share a redraw: displays show 60 a second
#define SHARPEN_US 150000   // a picture that is not replaced so long is decoded larger

typedef struct {
    const zr_player_settings_t *settings;
    const zr_view_ops_t *view_ops;
    void *view;
    zr_decoder_t *decoder;
    zr_receiver_t *receiver;
    zr_talk_t *talk;             // NULL without a chat
    zr_guide_t *guide;           // NULL: the endpoints are those given
    char chat[ZR_ROOM_TEXT_MAX]; // where the guide found it
    zr_jpeg_t *jpeg;

    zr_stream_t *streams[ZR_STREAMS_MAX]; // all that there are in this turn
    int streams_count;

    // Those that have pictures, in the order of the first ones.
    zr_stream_t *shown[ZR_STREAMS_MAX];
    zr_view_tile_t tiles[ZR_STREAMS_MAX];
    int count;
    unsigned last_id;

    int selected; // index of the tile that fills the view, -1: grid
    bool overlay, help, frozen;
    bool changed; // a stream came or went: words and picture are old
    uint64_t frames;
    int64_t started_us, refreshed_us, drawn_us, second_us;
    char notice[ZR_VIEW_TEXT_MAX];
    char answer[ZR_VIEW_TEXT_MAX]; // to a key, shown until answered_us
    int64_t answered_us;
    bool failed; // stdout takes no more
} player_t;

static void
s_wake_view (void *arg)
{
    player_t *self = arg;
    self->view_ops->wake (self->view);
}

// Says over the pictures what a key has done.
static void
s_answer (player_t *self, const char *text)
{
    snprintf (self->answer, sizeof self->answer, "%s", text);
    self->answered_us = zclock_usecs () + ANSWER_US;
}

// Starts a recording. path NULL: under a name of now.
static int
s_start_recording (player_t *self, const char *path)
{
    char made[PATH_MAX];
    if (!path) {
        zr_snapshot_path (made, sizeof made, self->settings->snapshot_dir, "zroom",
                          "mkv");
        path = made;
    }
    zr_recorder_t *recorder = zr_recorder_new (path);
    if (!recorder)
        return -1;
    zr_decoder_record (self->decoder, &recorder);
    return 0;
}

static void
s_toggle_recording (player_t *self)
{
    int64_t pictures = zr_decoder_recorded (self->decoder);
    if (pictures < 0) {
        int status = s_start_recording (self, NULL);
        s_answer (self, status ? "cannot record there" : "recording");
        return;
    }
    zr_decoder_record (self->decoder, NULL);
    s_answer (self, "recording ended");
    zr_log_info ("recorder", "ended with %" PRId64 " pictures", pictures);
}

static void
s_save_snapshots (player_t *self)
{
    int status = self->count ? 0 : -1;
    for (int i = 0; i < self->count; i++)
        if (self->selected < 0 || self->selected == i)
            status |= zr_snapshot_save (&zr_stream_shown (self->shown[i])->frame,
                                        self->settings->snapshot_dir,
                                        zr_stream_name (self->shown[i]));
    s_answer (self, status ? "no snapshot could be saved" : "snapshot saved");
}

// A click: from the grid to one of its tiles, and back.
static void
s_pick (player_t *self)
{
    int picked = self->view_ops->picked (self->view);
    bool enlarges = self->selected < 0 && self->count > 1 && picked < self->count;
    self->selected = enlarges ? picked : -1;
}

static void
s_next (player_t *self)
{
    self->selected++;
    if (self->selected >= self->count || self->count < 2)
        self->selected = -1;
}

// Returns false if there is nothing to go back from.
static bool
s_go_back (player_t *self)
{
    bool enlarged = self->selected >= 0;
    self->selected = -1;
    return enlarged;
}

// Returns false if it ends the program.
static bool
s_handle_key (player_t *self, zr_key_t key)
{
    switch (key) {
    case ZR_KEY_QUIT:
        return false;
    case ZR_KEY_BACK:
        return s_go_back (self);
    case ZR_KEY_OVERLAY:
        self->overlay = !self->overlay;
        break;
    case ZR_KEY_SNAPSHOT:
        s_save_snapshots (self);
        break;
    case ZR_KEY_RECORD:
        s_toggle_recording (self);
        break;
    case ZR_KEY_FREEZE:
        self->frozen = !self->frozen;
        break;
    case ZR_KEY_NEXT:
        s_next (self);
        break;
    case ZR_KEY_PICK:
        s_pick (self);
        break;
    case ZR_KEY_HELP:
        self->help = !self->help;
        break;
    case ZR_KEY_SAY:
        return !self->talk ||
               !zr_talk_say (self->talk, self->view_ops->said (self->view));
    case ZR_KEY_NONE:
    case ZR_KEY_REDRAW:
        break;
    }
    return true;
}

// The tile of a stream; a new one if it has its first picture now.
static zr_view_tile_t *
s_tile (player_t *self, zr_stream_t *stream)
{
    int i = 0;
    while (i < self->count && self->shown[i] != stream)
        i++;
    if (i == self->count) {
        self->shown[self->count++] = stream;
        self->tiles[i] = (zr_view_tile_t){
            .id = ++self->last_id,
            .name = zr_stream_name (stream),
            .shown_width = ZR_STREAM_FULL_SIZE,
            .shown_height = ZR_STREAM_FULL_SIZE,
        };
        self->changed = true;
    }
    return &self->tiles[i];
}

static void
s_remove_tile (player_t *self, int index)
{
    size_t behind = (size_t) (--self->count - index);
    memmove (&self->shown[index], &self->shown[index + 1],
             behind * sizeof *self->shown);
    memmove (&self->tiles[index], &self->tiles[index + 1],
             behind * sizeof *self->tiles);
    if (self->selected == index || self->count < 2)
        self->selected = -1;
    else if (self->selected > index)
        self->selected--;
    self->changed = true;
}

static bool
s_is_present (const player_t *self, const zr_stream_t *stream)
{
    for (int i = 0; i < self->streams_count; i++)
        if (self->streams[i] == stream) // and not another one in the memory of it
            return zr_stream_shown (stream) != NULL;
    return false;
}

// The streams of this turn; tiles of others go.
static void
s_list_streams (player_t *self)
{
    self->streams_count = zr_receiver_streams (self->receiver, self->streams);
    for (int i = self->count - 1; i >= 0; i--)
        if (!s_is_present (self, self->shown[i]))
            s_remove_tile (self, i);
}

// Takes the newest picture of a stream, if there is one. Returns whether there is.
static bool
s_take (player_t *self, zr_stream_t *stream)
{
    const zr_shown_t *shown = self->frozen ? NULL : zr_stream_take (stream);
    if (!shown)
        return false;
    zr_view_tile_t *tile = s_tile (self, stream);
    tile->picture = &shown->picture;
    tile->width = shown->header.width;
    tile->height = shown->header.height;
    tile->fresh = true;
    return true;
}

// Fetches what is new. Returns how many pictures that were.
static int
s_fetch (player_t *self)
{
    int fetched = 0;
    for (int i = 0; i < self->streams_count; i++)
        fetched += s_take (self, self->streams[i]);
    self->frames += (uint64_t) fetched;
    return fetched;
}

// Decodes larger what was enlarged and has no newer picture. Returns whether any was.
static bool
s_sharpen (player_t *self)
{
    bool any = false;
    for (int i = 0; i < self->count; i++) {
        bool rests = self->frozen || zr_stream_silence_us (self->shown[i]) > SHARPEN_US;
        if (rests && zr_stream_sharpen (self->shown[i], self->jpeg))
            any = self->tiles[i].fresh = true;
    }
    return any;
}

// The words over the pictures.
static void
s_refresh (player_t *self)
{
    const zr_player_settings_t *settings = self->settings;
    for (int i = 0; i < self->count; i++) {
        zr_view_tile_t *tile = &self->tiles[i];
        zr_meter_report_t report;
        zr_stream_report (self->shown[i], false, &report);
        const zr_overlay_facts_t facts = {
            .report = &report,
            .width = tile->width,
            .height = tile->height,
            .tier = zr_stream_tier (self->shown[i]),
            .silence_us = zr_stream_silence_us (self->shown[i]),
            .recorded = zr_decoder_recorded (self->decoder),
            .late = settings->max_age_ms && report.age_ms_last > settings->max_age_ms,
            .frozen = self->frozen,
        };
        tile->overlay[0] = tile->brief[0] = '\0';
        if (self->overlay) {
            zr_overlay_figures (&facts, tile->overlay, sizeof tile->overlay);
            zr_overlay_brief (&facts, tile->brief, sizeof tile->brief);
        }
        zr_overlay_state (&facts, tile->state, sizeof tile->state);
    }
    // A recording has all streams in full, whatever is shown.
    zr_receiver_keep (self->receiver, zr_decoder_recorded (self->decoder) >= 0);
    const zr_list_t *wanted = &settings->streams;
    self->notice[0] = '\0';
    if (!self->count && self->guide)
        zr_guide_notice (self->guide, wanted, self->notice, sizeof self->notice);
    else if (!self->count)
        zr_statistics_notice (wanted, &settings->endpoints,
                              zr_receiver_is_connected (self->receiver), self->notice,
                              sizeof self->notice);
    else if (zclock_usecs () < self->answered_us)
        snprintf (self->notice, sizeof self->notice, "%s", self->answer);
}

static void
s_draw (player_t *self)
{
    zr_view_line_t lines[ZR_TALK_LINES_MAX];
    int64_t now_us = zclock_usecs ();
    const zr_view_scene_t scene = {
        .chat = self->talk != NULL,
        .lines = lines,
        .lines_count = self->talk ? zr_talk_lines (self->talk, now_us, lines) : 0,
        .tiles = self->tiles,
        .count = self->count,
        .selected = self->selected,
        .notice = self->notice[0] ? self->notice : NULL,
        .help = self->help,
    };
    self->view_ops->show (self->view, &scene);
    self->drawn_us = zclock_usecs ();
    for (int i = 0; i < self->count; i++) {
        zr_view_tile_t *tile = &self->tiles[i];
        tile->fresh = false;
        zr_stream_want (self->shown[i], tile->shown_width, tile->shown_height);
    }
}

// Once a second: figures for programs, and for people where no view has them.
static void
s_tell (player_t *self)
{
    const zr_statistics_t statistics = {
        .streams = self->streams,
        .count = self->streams_count,
        .bad = zr_decoder_bad (self->decoder) + zr_receiver_bad (self->receiver),
        .notice = self->notice,
    };
    if (self->settings->stats)
        self->failed = zr_statistics_json (&statistics) != 0;
    else
        zr_statistics_status (&statistics);
}

// Whether --frames or --seconds say that it is enough.
static bool
s_is_done (const player_t *self, int64_t now_us)
{
    const zr_player_settings_t *settings = self->settings;
    return (settings->frames && self->frames >= (uint64_t) settings->frames) ||
           (settings->seconds &&
            now_us - self->started_us >= settings->seconds * (int64_t) SECOND_US);
}

// How long to sleep, if nothing happens: not beyond a redraw that was put off.
static int
s_pause_ms (const player_t *self, bool redraw)
{
    int64_t rest_us = self->drawn_us + GRID_PAUSE_US - zclock_usecs ();
    if (redraw)
        return rest_us > 0 ? (int) (rest_us / 1000) + 1 : 0;
    return self->talk ? TALK_POLL_MS : POLL_MS;
}

// Goes where the guide finds streams, and the chat, if no other was given.
static void
s_follow (player_t *self)
{
    zr_guide_poll (self->guide);
    const char *chat = zr_guide_chat (self->guide);
    if (!self->settings->nick || self->settings->room || !chat ||
        streq (chat, self->chat))
        return;
    snprintf (self->chat, sizeof self->chat, "%s", chat);
    zr_talk_destroy (&self->talk);
    self->talk = zr_talk_new (chat, self->settings->nick);
}

static void
s_loop (player_t *self)
{
    bool running = true, redraw = true;
    while (running && !zsys_interrupted) {
        zr_key_t key = self->view_ops->poll (self->view, s_pause_ms (self, redraw));
        running = s_handle_key (self, key);
        if (self->guide)
            s_follow (self);
        s_list_streams (self);
        redraw |= s_fetch (self) > 0;
        redraw |= s_sharpen (self);
        int64_t now_us = zclock_usecs ();
        redraw |= self->talk && zr_talk_poll (self->talk);
        if (key != ZR_KEY_NONE || self->changed ||
            now_us - self->refreshed_us >= REFRESH_US) {
            s_refresh (self);
            self->refreshed_us = now_us;
            self->changed = false;
            redraw = true;
        }
        if (redraw && (self->count < 2 || now_us - self->drawn_us >= GRID_PAUSE_US)) {
            s_draw (self);
            redraw = false;
        }
        if (now_us - self->second_us >= SECOND_US) {
            self->second_us = now_us;
            s_tell (self);
        }
        running = running && !self->failed && !s_is_done (self, now_us);
    }
}

static int
s_open (player_t *self)
{
    const zr_player_settings_t *settings = self->settings;
    self->view_ops = settings->view;
    self->view = self->view_ops->open ("Zroom");
    if (!self->view && settings->fallback) {
        self->view_ops = settings->fallback;
        self->view = self->view_ops->open ("Zroom");
    }
    if (!self->view)
        return -1;
    self->decoder = zr_decoder_new ();
    self->jpeg = zr_jpeg_new ();
    if (settings->record && s_start_recording (self, settings->record))
        return -1;
    if (settings->nick && settings->room) {
        self->talk = zr_talk_new (settings->room, settings->nick);
        if (!self->talk)
            return -1;
    }
    // Who only counts need not be woken for each, unless some number is enough.
    bool wakes = self->view_ops != &zr_view_none || settings->frames;
    const zr_receiver_settings_t receiver = {
        .endpoints = settings->endpoints,
        .streams = settings->streams,
        .tier = settings->tier,
        .max_age_ms = settings->max_age_ms,
        .decoder = self->decoder,
        .notify_view = wakes ? s_wake_view : NULL,
        .view = self,
    };
    self->receiver = zr_receiver_new (&receiver);
    if (self->receiver && settings->finder)
        self->guide = zr_guide_new (settings->finder, settings->found, self->receiver);
    if (self->receiver && self->view_ops == &zr_view_none && !settings->stats)
        zr_log_info ("subscriber", "no view: pictures are only counted");
    return self->receiver ? 0 : -1;
}

// In the order that lets no thread touch what is gone.
static void
s_close (player_t *self)
{
    zr_log_status_clear ();
    zr_talk_destroy (&self->talk);
    zr_guide_destroy (&self->guide);
    if (self->receiver)
        zr_receiver_stop (self->receiver);
    zr_decoder_destroy (&self->decoder);
    if (self->view)
        self->view_ops->close (&self->view);
    zr_receiver_destroy (&self->receiver);
    zr_jpeg_destroy (&self->jpeg);
}

int
zr_player_run (const zr_player_settings_t *settings)
{
    assert (settings && settings->view);
    player_t *self = zmalloc (sizeof *self);
    self->settings = settings;
    self->selected = -1;
    self->overlay = true;
    self->started_us = self->second_us = zclock_usecs ();
    int status = s_open (self);
    if (status == 0) {
        s_loop (self);
        if (zclock_usecs () - self->second_us > SECOND_US / 2)
            s_tell (self); // the last second was not told yet
    }
    bool failed = status || self->failed;
    s_close (self);
    freen (self);
    return failed;
}
