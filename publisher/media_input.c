// SPDX-License-Identifier: MPL-2.0
// Opening is where users' mistakes show, so most of this file finds the words for what
// went wrong. libavformat asks s_is_over again and again while it waits; that is how
// Ctrl-C, zr_media_stop and the limits reach it. A pipe would block in read() all the
// same: it is opened non-blocking and handed over by its number.
// What FFmpeg itself has to say goes to the debug log, never to stderr.

#include "publisher/media_input.h"

#include <assert.h>
#include <czmq.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>

#include <libavutil/avstring.h>
#include <libavutil/parseutils.h>
#include <libavutil/time.h>

#include "common/log.h"

#define WAIT_MAX_US INT64_C (10000000)
#define BROKEN_PACKETS_MAX 100 // so many in a row, and it is the end
#define RETRY_US 5000          // between attempts where nothing is there yet

static void s_take_log (void *object, int level, const char *format, va_list args)
    __attribute__ ((format (printf, 3, 0)));

static void
s_take_log (void *object, int level, const char *format, va_list args)
{
    if (level > AV_LOG_WARNING)
        return;
    char line[512];
    int with_prefix = 1;
    av_log_format_line2 (object, level, format, args, line, sizeof line, &with_prefix);
    line[strcspn (line, "\r\n")] = 0;
    if (line[0])
        zr_log_debug ("ffmpeg", "%s", line);
}

static void
s_catch_log (void)
{
    av_log_set_callback (s_take_log);
    avformat_network_init ();
}

static int
s_is_over (void *arg)
{
    const zr_media_input_t *self = arg;
    return zr_media_input_is_stopped (self) ||
           (self->deadline_us && av_gettime_relative () > self->deadline_us);
}

// The location with "user:password@" taken out.
static void
s_make_label (zr_media_input_t *self)
{
    const char *location = self->settings.location;
    const char *host = strstr (location, "://");
    const char *at = NULL;
    if (host) {
        host += 3;
        size_t len = strcspn (host, "/?#");
        at = memrchr (host, '@', len);
    }
    if (at)
        snprintf (self->label, sizeof self->label, "%.*s%s", (int) (host - location),
                  location, at + 1);
    else
        snprintf (self->label, sizeof self->label, "%s", location);
}

void
zr_media_input_init (zr_media_input_t *self, const zr_media_settings_t *settings)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    assert (self && settings && settings->subject && settings->location);
    pthread_once (&once, s_catch_log);
    *self = (zr_media_input_t){.settings = *settings, .pipe_fd = -1};
    s_make_label (self);
}

// Logs why it cannot be opened, unless it is being opened again or was given up.
static int s_refuse (const zr_media_input_t *self, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

static int
s_refuse (const zr_media_input_t *self, const char *format, ...)
{
    char cause[ZR_MEDIA_TEXT_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (cause, sizeof cause, format, args);
    va_end (args);
    if (!self->quiet && !zr_media_input_is_stopped (self))
        zr_log_error (self->settings.subject, "%s %s", self->label, cause);
    return -1;
}

static int
s_refuse_code (const zr_media_input_t *self, int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE];
    av_strerror (code, text, sizeof text);
    bool late = self->deadline_us && av_gettime_relative () > self->deadline_us;
    if (self->settings.format)
        return s_refuse (
            self, "cannot be captured: %s; is it there, and may you use it?", text);
    if (code == AVERROR_PROTOCOL_NOT_FOUND)
        return s_refuse (self, "cannot be opened: no such file, and no kind of address "
                               "that this FFmpeg knows");
    if (self->is_network)
        return s_refuse (self,
                         "cannot be opened: %s; check the address, and that it sends",
                         late ? "no answer in 10 s" : text);
    if (self->is_pipe && late)
        return s_refuse (self, "cannot be opened: nothing was written to it in 10 s");
    if (code == AVERROR_INVALIDDATA || code == AVERROR_EOF)
        return s_refuse (self, "is no video that FFmpeg knows, or is cut off (%s)",
                         text);
    return s_refuse (self, "cannot be opened: %s", text);
}

// Waits until somebody writes to the pipe, and gives its number in url.
static int
s_open_pipe (zr_media_input_t *self, const char *path, char *url, size_t size)
{
    self->is_pipe = true;
    self->pipe_fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (self->pipe_fd < 0)
        return s_refuse (self, "cannot be opened: %s", strerror (errno));
    struct pollfd item = {.fd = self->pipe_fd, .events = POLLIN};
    while (poll (&item, 1, 50) <= 0)
        if (s_is_over (self))
            return s_refuse_code (self, AVERROR (ETIMEDOUT));
    snprintf (url, size, "pipe:%d", self->pipe_fd);
    return 0;
}

// What libavformat is to open: the location as it is, or an existing file made safe
// from being taken for a protocol ("12:30.mp4").
static int
s_find_url (zr_media_input_t *self, char *url, size_t size)
{
    const char *location = self->settings.location;
    const char *path = streq (location, "-") ? "/dev/stdin" : location;
    struct stat status;
    if (self->settings.format) {
        snprintf (url, size, "%s", location);
        return 0;
    }
    if (stat (path, &status) == 0) {
        if (S_ISDIR (status.st_mode))
            return s_refuse (self, "is a directory: give a video file that is in it");
        if (S_ISFIFO (status.st_mode))
            return s_open_pipe (self, path, url, size);
        if (S_ISCHR (status.st_mode))
            return s_refuse (self, "is a device, not a video file");
        if (S_ISREG (status.st_mode) && status.st_size == 0)
            return s_refuse (self, "is an empty file");
        snprintf (url, size, "file:%s", path);
        return 0;
    }
    if (errno != ENOENT)
        return s_refuse (self, "cannot be opened: %s", strerror (errno));
    self->is_network = strstr (location, "://") != NULL;
    if (!self->is_network && !strchr (location, ':') &&
        !av_filename_number_test (location))
        return s_refuse (self, strpbrk (location, "./")
                                   ? "does not exist: check the path"
                                   : "is neither a file nor a part of a camera's name: "
                                     "--list shows the cameras");
    snprintf (url, size, "%s", location);
    return 0;
}

static int
s_open_context (zr_media_input_t *self, const char *url)
{
    const AVInputFormat *format = NULL;
    if (self->settings.format) {
        format = av_find_input_format (self->settings.format);
        if (!format)
            return s_refuse (self, "cannot be captured: this FFmpeg has no %s",
                             self->settings.format);
    }
    AVDictionary *options = NULL;
    const char *const *pairs = self->settings.options;
    for (; pairs && pairs[0]; pairs += 2)
        av_dict_set (&options, pairs[0], pairs[1], 0);
    self->context = avformat_alloc_context ();
    assert (self->context);
    self->context->interrupt_callback =
        (AVIOInterruptCB){.callback = s_is_over, .opaque = self};
    int code = avformat_open_input (&self->context, url, format, &options);
    av_dict_free (&options);
    if (code < 0)
        return s_refuse_code (self, code); // it has freed the context
    if (streq (self->context->iformat->name, "tty"))
        return s_refuse (self, "is a text, not a video");
    code = avformat_find_stream_info (self->context, NULL);
    return code < 0 ? s_refuse_code (self, code) : 0;
}

// The largest video that is not the cover of a song; the others are not even read.
static int
s_choose_stream (zr_media_input_t *self)
{
    int64_t most = -1;
    bool sound = false, broken = false;
    for (unsigned i = 0; i < self->context->nb_streams; i++) {
        AVStream *stream = self->context->streams[i];
        const AVCodecParameters *codec = stream->codecpar;
        stream->discard = AVDISCARD_ALL;
        sound = sound || codec->codec_type == AVMEDIA_TYPE_AUDIO;
        if (codec->codec_type != AVMEDIA_TYPE_VIDEO ||
            stream->disposition & AV_DISPOSITION_ATTACHED_PIC)
            continue;
        int64_t pixels = (int64_t) codec->width * codec->height;
        broken = broken || pixels <= 0;
        if (pixels > 0 && pixels > most) {
            most = pixels;
            self->video = stream;
        }
    }
    if (self->video) {
        self->video->discard = AVDISCARD_DEFAULT;
        return 0;
    }
    if (broken)
        return s_refuse (self, "has a video in it, but none that can be read: it is "
                               "damaged, or of a kind that this FFmpeg does not know");
    return s_refuse (self, "has no video in it%s", sound ? ", only sound" : "");
}

int
zr_media_input_open (zr_media_input_t *self)
{
    assert (self && !self->context);
    char url[4096];
    self->is_network = false;
    self->is_pipe = false;
    self->deadline_us = av_gettime_relative () + WAIT_MAX_US;
    if (strlen (self->settings.location) >= sizeof url - sizeof "file:")
        return s_refuse (self, "cannot be opened: the name is too long");
    if (s_find_url (self, url, sizeof url) || s_open_context (self, url) ||
        s_choose_stream (self)) {
        zr_media_input_close (self);
        return -1;
    }
    return 0;
}

void
zr_media_input_close (zr_media_input_t *self)
{
    assert (self);
    self->video = NULL;
    avformat_close_input (&self->context);
    if (self->pipe_fd >= 0)
        close (self->pipe_fd);
    self->pipe_fd = -1;
}

int
zr_media_input_read (zr_media_input_t *self, AVPacket *packet)
{
    assert (self && self->context && packet);
    bool waits = self->is_network || self->is_pipe;
    int broken = 0;
    self->deadline_us = waits ? av_gettime_relative () + WAIT_MAX_US : 0;
    for (;;) {
        if (zr_media_input_is_stopped (self))
            return AVERROR_EXIT;
        int code = av_read_frame (self->context, packet);
        if (code == 0 && packet->stream_index == self->video->index)
            return 0;
        if (code == 0)
            av_packet_unref (packet);
        else if (s_is_over (self))
            return zr_media_input_is_stopped (self) ? AVERROR_EXIT
                                                    : AVERROR (ETIMEDOUT);
        else if (code == AVERROR (EAGAIN))
            av_usleep (RETRY_US);
        else if (code != AVERROR_INVALIDDATA || ++broken > BROKEN_PACKETS_MAX)
            return code;
    }
}

int
zr_media_input_seek_start (zr_media_input_t *self)
{
    assert (self && self->context);
    AVFormatContext *context = self->context;
    if (self->is_pipe || (context->pb && !context->pb->seekable))
        return -1;
    // Where times are not to be relied upon, the beginning is byte 0.
    int format = context->iformat->flags;
    if (format & AVFMT_TS_DISCONT && !(format & AVFMT_NO_BYTE_SEEK))
        return av_seek_frame (context, -1, 0, AVSEEK_FLAG_BYTE) < 0 ? -1 : 0;
    int64_t start = context->start_time != AV_NOPTS_VALUE && context->start_time < 0
                        ? context->start_time
                        : 0;
    return avformat_seek_file (context, -1, INT64_MIN, start, start, 0) < 0 ? -1 : 0;
}

bool
zr_media_input_is_live (const zr_media_input_t *self)
{
    assert (self && self->context);
    const char *name = self->context->iformat->name;
    if (self->settings.format)
        return true;
    if (av_strstart (name, "rtsp", NULL) || av_strstart (name, "rtp", NULL) ||
        av_strstart (name, "sdp", NULL))
        return true;
    // Segments come in bursts: they are played by their times like a file.
    if (av_strstart (name, "hls", NULL) || av_strstart (name, "dash", NULL))
        return false;
    return self->is_network && self->context->duration == AV_NOPTS_VALUE;
}

int64_t
zr_media_input_duration_us (const zr_media_input_t *self)
{
    assert (self && self->context);
    const AVFormatContext *context = self->context;
    if (context->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
        return 0;
    if (self->video->duration != AV_NOPTS_VALUE && self->video->duration > 0)
        return av_rescale_q (self->video->duration, self->video->time_base,
                             AV_TIME_BASE_Q);
    const AVDictionaryEntry *tag =
        av_dict_get (self->video->metadata, "DURATION", NULL, 0);
    int64_t duration_us = 0;
    if (tag && av_parse_time (&duration_us, tag->value, 1) == 0 && duration_us > 0)
        return duration_us;
    // The whole may be longer than the video in it, if there is something else.
    bool alone = context->nb_streams == 1 && context->duration != AV_NOPTS_VALUE;
    return alone && context->duration > 0 ? context->duration : 0;
}

bool
zr_media_input_is_stopped (const zr_media_input_t *self)
{
    return zsys_interrupted || atomic_load (&self->stopped);
}
