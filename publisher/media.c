// SPDX-License-Identifier: MPL-2.0
// media_input finds packets, libavcodec makes frames of them, media_clock's timeline
// puts them in order. What is damaged is counted and played around; once the film has
// been seen to its end for the first time, one line says what was wrong with it.
//
// Up to 1280x720 one thread decodes, which costs least memory; above, as many as there
// are cores, up to four. A live picture must not wait for those behind it: slices only.
// Runs on whichever thread its owner reads it: media_feed's, or source_screen's.

#include "publisher/media.h"

#include <assert.h>
#include <czmq.h>

#include <libavcodec/avcodec.h>
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <libavutil/time.h>

#include "common/log.h"
#include "common/picture.h"
#include "publisher/media_clock.h"
#include "publisher/media_input.h"

#define FPS_DEFAULT 25
#define THREADS_MAX 4
#define ONE_THREAD_PIXELS (INT64_C (1280) * 720)
#define DURATION_MIN_US 1000
#define DURATION_MAX_US 3600000000
#define STILL_US 200000               // a film of one picture comes five times a second
#define STAMP_MAX_US 1000000000000000 // more than 30 years is no time stamp
#define GAP_MAX_US 60000000           // between pictures, in files that keep time
#define JUMP_MAX_US 10000000          // in those that may start anew anywhere
#define EARLY_US 500000               // so much missing is worth a word
#define KEYLESS_MAX 300   // packets; then it never says which stand for themselves
#define FAILURES_MAX 1000 // of the decoder in a row

struct zr_media {
    zr_media_input_t input;
    AVCodecContext *decoder;
    AVPacket *packet;
    char description[ZR_MEDIA_TEXT_MAX];
    int degrees;
    int64_t picture_us; // duration where none is told
    bool live;
    bool draining; // the decoder was told that no more comes
    bool sought;   // this pass began by seeking
    int keyless;   // packets to wait for one that stands for itself
    zr_media_timeline_t timeline;

    // This pass over the film, and whether one was reported on.
    int64_t pass_us; // where it began on the timeline
    uint64_t pictures;
    uint64_t damaged;
    int fault; // AVERROR code that ended it, or 0
    bool reported;
};

static int
s_find_rotation (const AVStream *stream)
{
    const uint8_t *matrix =
        av_stream_get_side_data (stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
    if (!matrix)
        return 0;
    // It is told counterclockwise, and NAN if the matrix is no turn.
    double degrees = -av_display_rotation_get ((const int32_t *) (const void *) matrix);
    if (!isfinite (degrees))
        return 0;
    int quarters = (int) lrint (degrees / 90) % 4;
    return (quarters + 4) % 4 * 90;
}

static AVRational
s_find_rate (const zr_media_t *self)
{
    AVRational rate =
        av_guess_frame_rate (self->input.context, self->input.video, NULL);
    bool sane =
        rate.num > 0 && rate.den > 0 && av_q2d (rate) <= 1000 && av_q2d (rate) >= 0.01;
    return sane ? rate : (AVRational){FPS_DEFAULT, 1};
}

static void
s_write_description (zr_media_t *self)
{
    const AVCodecParameters *codec = self->input.video->codecpar;
    const AVCodecDescriptor *kind = avcodec_descriptor_get (codec->codec_id);
    const char *name =
        kind && kind->long_name ? kind->long_name : avcodec_get_name (codec->codec_id);
    size_t len = strcspn (name, "/(");
    while (len > 1 && name[len - 1] == ' ')
        len--;
    snprintf (self->description, sizeof self->description, "%dx%d %.*s, %.4g fps",
              codec->width, codec->height, (int) len, name,
              av_q2d (s_find_rate (self)));
}

static int
s_open_decoder (zr_media_t *self)
{
    const AVCodecParameters *parameters = self->input.video->codecpar;
    const AVCodec *codec = avcodec_find_decoder (parameters->codec_id);
    if (!codec) {
        zr_log_error (self->input.settings.subject,
                      "%s: its video is %s, which this FFmpeg cannot decode",
                      self->input.label, avcodec_get_name (parameters->codec_id));
        return -1;
    }
    self->decoder = avcodec_alloc_context3 (codec);
    assert (self->decoder);
    if (avcodec_parameters_to_context (self->decoder, parameters) < 0)
        return -1;
    long cores = sysconf (_SC_NPROCESSORS_ONLN);
    bool large = parameters->width * (int64_t) parameters->height > ONE_THREAD_PIXELS;
    self->decoder->thread_count = !large || cores < 1   ? 1
                                  : cores < THREADS_MAX ? (int) cores
                                                        : THREADS_MAX;
    self->decoder->thread_type =
        self->live ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE;
    self->decoder->pkt_timebase = self->input.video->time_base;
    self->decoder->max_pixels = (int64_t) ZR_PICTURE_SIDE_MAX * ZR_PICTURE_SIDE_MAX;
    int code = avcodec_open2 (self->decoder, codec, NULL);
    if (code < 0) {
        char text[AV_ERROR_MAX_STRING_SIZE];
        av_strerror (code, text, sizeof text);
        zr_log_error (self->input.settings.subject,
                      "%s: its video (%s) cannot be decoded: %s", self->input.label,
                      codec->name, text);
    }
    return code < 0 ? -1 : 0;
}

// Input and decoder, at the beginning of a pass.
static int
s_open (zr_media_t *self)
{
    if (zr_media_input_open (&self->input))
        return -1;
    self->live = zr_media_input_is_live (&self->input);
    self->degrees = s_find_rotation (self->input.video);
    AVRational rate = s_find_rate (self);
    self->picture_us = av_rescale (1000000, rate.den, rate.num);
    return s_open_decoder (self);
}

static void
s_close (zr_media_t *self)
{
    avcodec_free_context (&self->decoder);
    zr_media_input_close (&self->input);
}

zr_media_t *
zr_media_new (const zr_media_settings_t *settings)
{
    assert (settings);
    zr_media_t *self = zmalloc (sizeof *self);
    zr_media_input_init (&self->input, settings);
    self->packet = av_packet_alloc ();
    assert (self->packet);
    if (s_open (self))
        zr_media_destroy (&self);
    else
        s_write_description (self);
    return self;
}

void
zr_media_destroy (zr_media_t **self_p)
{
    assert (self_p);
    zr_media_t *self = *self_p;
    if (!self)
        return;
    s_close (self);
    av_packet_free (&self->packet);
    freen (self);
    *self_p = NULL;
}

bool
zr_media_is_live (const zr_media_t *self)
{
    assert (self);
    return self->live;
}

bool
zr_media_is_repeatable (const zr_media_t *self)
{
    assert (self);
    return !self->input.is_pipe;
}

const char *
zr_media_label (const zr_media_t *self)
{
    assert (self);
    return self->input.label;
}

const char *
zr_media_describe (const zr_media_t *self)
{
    assert (self);
    return self->description;
}

void
zr_media_preview (const zr_media_t *self, AVFrame *frame, int *degrees)
{
    assert (self && frame && degrees);
    frame->width = self->input.video->codecpar->width;
    frame->height = self->input.video->codecpar->height;
    frame->sample_aspect_ratio =
        av_guess_sample_aspect_ratio (self->input.context, self->input.video, NULL);
    *degrees = self->degrees;
}

// Whether the video is over before the time that it says it lasts.
static bool
s_is_cut_short (const zr_media_t *self, int64_t *played_us, int64_t *declared_us)
{
    *played_us = self->timeline.next_us - self->pass_us;
    *declared_us = zr_media_input_duration_us (&self->input);
    return *declared_us - *played_us > EARLY_US + *declared_us / 50;
}

// One line for all that was wrong in a pass; nothing if it was fine.
static void
s_report (const zr_media_t *self)
{
    char damage[96] = "", early[96] = "", cause[AV_ERROR_MAX_STRING_SIZE + 4] = "";
    int64_t played_us, declared_us;
    bool cut = s_is_cut_short (self, &played_us, &declared_us);
    if (self->damaged)
        snprintf (damage, sizeof damage,
                  "damaged: %" PRIu64 " picture%s could not be decoded%s",
                  self->damaged, self->damaged == 1 ? "" : "s",
                  cut || self->fault ? "; " : "");
    if (cut)
        snprintf (early, sizeof early, "ends early, after %.1f of %.1f s",
                  (double) played_us / 1e6, (double) declared_us / 1e6);
    else if (self->fault)
        snprintf (early, sizeof early, "ends early, after %.1f s",
                  (double) played_us / 1e6);
    if (self->fault) {
        char text[AV_ERROR_MAX_STRING_SIZE];
        av_strerror (self->fault, text, sizeof text);
        snprintf (cause, sizeof cause, " (%s)", text);
    }
    if (damage[0] || early[0])
        zr_log_warn (self->input.settings.subject, "%s: %s%s%s", self->input.label,
                     damage, early, cause);
}

static zr_media_result_t
s_end_pass (zr_media_t *self)
{
    if (zr_media_input_is_stopped (&self->input))
        return ZR_MEDIA_STOPPED;
    if (!self->pictures && !self->live) {
        char text[AV_ERROR_MAX_STRING_SIZE] = "it may be damaged";
        if (self->fault)
            av_strerror (self->fault, text, sizeof text);
        zr_log_error (self->input.settings.subject,
                      "%s: no picture in it could be decoded (%s)", self->input.label,
                      text);
    }
    if (!self->pictures)
        return ZR_MEDIA_FAILED;
    if (self->pictures == 1 && self->timeline.next_us < self->pass_us + STILL_US)
        self->timeline.next_us = self->pass_us + STILL_US;
    if (!self->reported && !self->live)
        s_report (self);
    self->reported = true;
    return ZR_MEDIA_END;
}

static void
s_begin_pass (zr_media_t *self)
{
    zr_media_timeline_restart (&self->timeline);
    self->pass_us = self->timeline.next_us;
    self->pictures = 0;
    self->damaged = 0;
    self->fault = 0;
    self->draining = false;
}

static int
s_reopen (zr_media_t *self)
{
    s_close (self);
    self->input.quiet = self->live;
    self->sought = false;
    s_begin_pass (self);
    return s_open (self);
}

int
zr_media_rewind (zr_media_t *self)
{
    assert (self);
    if (self->input.context && !self->live &&
        zr_media_input_seek_start (&self->input) == 0) {
        avcodec_flush_buffers (self->decoder);
        s_begin_pass (self);
        self->sought = true;
        return 0;
    }
    return s_reopen (self);
}

// Gives the decoder one more packet, or the end. Returns 0, or -1 once it has all.
static int
s_feed_decoder (zr_media_t *self)
{
    if (self->draining)
        return -1;
    int code = zr_media_input_read (&self->input, self->packet);
    if (code < 0) {
        if (code != AVERROR_EOF && code != AVERROR_EXIT)
            self->fault = code;
        self->draining = true;
        avcodec_send_packet (self->decoder, NULL);
        return 0;
    }
    bool skip = self->keyless > 0 && !(self->packet->flags & AV_PKT_FLAG_KEY);
    self->keyless = skip ? self->keyless - 1 : 0;
    if (!skip && avcodec_send_packet (self->decoder, self->packet) < 0)
        self->damaged++;
    av_packet_unref (self->packet);
    return 0;
}

static void
s_describe_picture (zr_media_t *self, zr_media_picture_t *picture)
{
    AVFrame *frame = picture->frame;
    AVRational base = self->input.video->time_base;
    int64_t duration_us = self->picture_us;
    if (frame->pkt_duration > 0)
        duration_us = av_rescale_q (frame->pkt_duration, base, AV_TIME_BASE_Q);
    if (duration_us < DURATION_MIN_US || duration_us > DURATION_MAX_US)
        duration_us = self->picture_us;
    int64_t stamp_us = ZR_MEDIA_TIME_UNKNOWN;
    if (frame->best_effort_timestamp != AV_NOPTS_VALUE)
        stamp_us = av_rescale_q (frame->best_effort_timestamp, base, AV_TIME_BASE_Q);
    if (stamp_us > STAMP_MAX_US || stamp_us < -STAMP_MAX_US)
        stamp_us = ZR_MEDIA_TIME_UNKNOWN;
    bool jumps = self->input.context->iformat->flags & AVFMT_TS_DISCONT;

    picture->duration_us = duration_us;
    picture->stamp_us = zr_media_timeline_place (&self->timeline, stamp_us, duration_us,
                                                 jumps ? JUMP_MAX_US : GAP_MAX_US);
    picture->time_us = av_gettime ();
    picture->degrees = self->degrees;
    frame->sample_aspect_ratio =
        av_guess_sample_aspect_ratio (self->input.context, self->input.video, frame);
}

zr_media_result_t
zr_media_read (zr_media_t *self, zr_media_picture_t *picture)
{
    assert (self && picture && picture->frame);
    int failures = 0;
    if (!self->decoder)
        return ZR_MEDIA_FAILED;
    for (;;) {
        if (zr_media_input_is_stopped (&self->input))
            return ZR_MEDIA_STOPPED;
        int code = avcodec_receive_frame (self->decoder, picture->frame);
        if (code == 0) {
            AVFrame *frame = picture->frame;
            if (frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags)
                self->damaged++;
            self->pictures++;
            s_describe_picture (self, picture);
            return ZR_MEDIA_PICTURE;
        }
        if (code != AVERROR (EAGAIN) && code != AVERROR_EOF) {
            self->damaged++;
            if (++failures < FAILURES_MAX && self->draining)
                continue;
        }
        if (code != AVERROR_EOF && s_feed_decoder (self) == 0)
            continue;
        // A seek may have missed everything that there is: read it anew once.
        if (self->pictures || !self->sought || s_reopen (self))
            return s_end_pass (self);
    }
}

zr_media_result_t
zr_media_drop (zr_media_t *self)
{
    assert (self);
    if (!self->decoder)
        return ZR_MEDIA_FAILED;
    if (!self->keyless)
        avcodec_flush_buffers (self->decoder);
    self->keyless = KEYLESS_MAX;
    int code = zr_media_input_read (&self->input, self->packet);
    av_packet_unref (self->packet);
    if (code == AVERROR_EXIT)
        return ZR_MEDIA_STOPPED;
    return code < 0 ? ZR_MEDIA_FAILED : ZR_MEDIA_PICTURE;
}

void
zr_media_stop (zr_media_t *self)
{
    assert (self);
    atomic_store (&self->input.stopped, true);
}
