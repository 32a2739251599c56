// SPDX-License-Identifier: MPL-2.0
// Matroska files by libavformat's muxer, over a file descriptor of our own: so that a
// file is created only where none was (O_EXCL), and a full disk comes back as an error.
// Every picture is a cluster of its own, handed to the kernel before write returns: a
// killed program loses nothing, for some 50 bytes a picture. When the disk is full,
// what was begun is cut off again and the file ends with its last whole picture.
// One thread at a time. Left out on purpose: sound, re-encoding, a new file when a
// stream changes its size (players take the size from each JPEG).

#include "subscriber/recorder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/wire.h"

#define S_LOG "recorder"
#define S_EXTENSION ".mkv"
#define S_BUFFER_SIZE 65536            // bytes, of libavformat's writer
#define S_TIME_MAX_US 7258118400000000 // 2200-01-01: what Matroska's date can say
#define S_BACK_MAX_US 1000000          // a clock further back than this was set anew
#define S_AHEAD_MAX_US 86400000000     // or further ahead than a day

// One file.
typedef struct {
    char *stream; // owned; as the caller names it
    char *path;   // owned
    int fd;       // -1 once closed
    AVFormatContext *muxer;
    AVIOContext *writer;
    int64_t start_us; // Unix time of timestamp 0
    int64_t last_ms;  // timestamp of the last picture
    int64_t good_len; // bytes up to the last whole picture
    bool failed;      // for good; said already
} s_track_t;

struct zr_recorder {
    char *path; // owned; of the first stream
    s_track_t *tracks[ZR_RECORDER_STREAMS_MAX];
    int count;
    bool full; // that there are too many streams was said
    uint64_t pictures;
};

// Called by libavformat: all of the bytes, or an error.
static int
s_on_write (void *opaque, uint8_t *bytes, int size)
{
    const s_track_t *self = opaque;
    for (int done = 0; done < size;) {
        ssize_t n = write (self->fd, bytes + done, (size_t) (size - done));
        if (n > 0)
            done += (int) n;
        else if (n == 0 || errno != EINTR)
            return AVERROR (n == 0 ? ENOSPC : errno);
    }
    return size;
}

static int64_t
s_on_seek (void *opaque, int64_t offset, int whence)
{
    const s_track_t *self = opaque;
    if (whence == AVSEEK_SIZE)
        return AVERROR (ENOSYS);
    off_t at = lseek (self->fd, offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR (errno) : at;
}

// The file cannot go on: says why, once, and ends it with its last whole picture.
static void
s_track_fail (s_track_t *self, int error)
{
    self->failed = true;
    zr_log_error (S_LOG, "%s ends here: %s; what was recorded is kept", self->path,
                  av_err2str (error));
    if (self->fd != -1 && ftruncate (self->fd, self->good_len) == -1)
        zr_log_warn (S_LOG, "%s may end in half a picture (%s)", self->path,
                     strerror (errno));
}

static void
s_track_close (s_track_t *self)
{
    avformat_free_context (self->muxer);
    self->muxer = NULL;
    if (self->writer)
        av_freep (&self->writer->buffer);
    avio_context_free (&self->writer);
    if (self->fd != -1)
        close (self->fd);
    self->fd = -1;
}

static void
s_track_destroy (s_track_t **self_p)
{
    s_track_t *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    if (self->muxer && !self->failed) {
        int rc = av_write_trailer (self->muxer);
        if (rc >= 0 && self->writer->error < 0)
            rc = self->writer->error;
        if (rc < 0)
            s_track_fail (self, rc);
    }
    s_track_close (self);
    free (self->stream);
    free (self->path);
    free (self);
}

// "2026-11-21T12:04:07.312000Z" from Unix microseconds.
static void
s_say_time (int64_t time_us, char *text, size_t size)
{
    time_t seconds = (time_t) (time_us / 1000000);
    struct tm utc;
    gmtime_r (&seconds, &utc);
    size_t len = strftime (text, size, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf (text + len, size - len, ".%06dZ", (int) (time_us % 1000000));
}

// Makes the muxer and writes the file's head. Returns 0 or libavformat's error.
static int
s_track_begin (s_track_t *self, int width, int height)
{
    char created[48];
    s_say_time (self->start_us, created, sizeof created);
    int rc = avformat_alloc_output_context2 (&self->muxer, NULL, "matroska", NULL);
    if (rc < 0)
        return rc;
    AVStream *video = avformat_new_stream (self->muxer, NULL);
    uint8_t *buffer = av_malloc (S_BUFFER_SIZE);
    self->writer = avio_alloc_context (buffer, S_BUFFER_SIZE, 1, self, NULL, s_on_write,
                                       s_on_seek);
    assert (video && buffer && self->writer); // no memory
    self->muxer->pb = self->writer;
    video->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    video->codecpar->codec_id = AV_CODEC_ID_MJPEG;
    video->codecpar->width = width;
    video->codecpar->height = height;
    video->codecpar->color_range = AVCOL_RANGE_JPEG;
    video->time_base = (AVRational){1, 1000};
    av_dict_set (&video->metadata, "title", self->stream, 0);
    av_dict_set (&self->muxer->metadata, "title", self->stream, 0);
    av_dict_set (&self->muxer->metadata, "creation_time", created, 0);
    rc = avformat_write_header (self->muxer, NULL);
    avio_flush (self->writer);
    return rc < 0 ? rc : self->writer->error;
}

// Creates the file; a failed one is returned as well, so that it is tried once only.
// Takes path over.
static s_track_t *
s_track_new (const char *stream, char *path, int width, int height, int64_t time_us)
{
    s_track_t *self = calloc (1, sizeof *self);
    assert (self);
    self->stream = strdup (stream);
    self->path = path;
    self->start_us = time_us;
    self->last_ms = -1;
    self->fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (self->fd == -1) {
        self->failed = true;
        if (errno == EEXIST)
            zr_log_error (S_LOG, "%s exists; %s is not recorded", path, stream);
        else
            zr_log_error (S_LOG, "%s cannot be created (%s); %s is not recorded", path,
                          strerror (errno), stream);
        return self;
    }
    int rc = s_track_begin (self, width, height);
    if (rc < 0) {
        s_track_fail (self, rc);
        s_track_close (self);
        unlink (path); // there is nothing in it
        return self;
    }
    self->good_len = avio_tell (self->writer);
    zr_log_info (S_LOG, "recording %s to %s", stream, path);
    return self;
}

// The timestamp for a picture of that time: behind the last one in any case. After a
// clock was set anew, time goes on from there.
static int64_t
s_track_timestamp (s_track_t *self, int64_t time_us)
{
    int64_t last_us = self->start_us + self->last_ms * 1000;
    bool set_anew =
        time_us < last_us - S_BACK_MAX_US || time_us > last_us + S_AHEAD_MAX_US;
    if (set_anew && self->last_ms >= 0)
        self->start_us = time_us - (self->last_ms + 1) * 1000;
    int64_t ms = (time_us - self->start_us) / 1000;
    return ms > self->last_ms ? ms : self->last_ms + 1;
}

static int
s_track_write (s_track_t *self, const zr_frame_t *frame, int64_t time_us)
{
    int64_t timestamp_ms = s_track_timestamp (self, time_us);
    AVPacket *packet = av_packet_alloc ();
    assert (packet);
    packet->data = frame->data; // borrowed: the muxer has copied it when it returns
    packet->size = (int) frame->len;
    packet->pts = packet->dts = av_rescale_q (timestamp_ms, (AVRational){1, 1000},
                                              self->muxer->streams[0]->time_base);
    packet->flags = AV_PKT_FLAG_KEY;
    int rc = av_write_frame (self->muxer, packet);
    av_packet_free (&packet);
    if (rc >= 0)
        rc = av_write_frame (self->muxer, NULL); // ends the cluster
    avio_flush (self->writer);
    if (rc >= 0)
        rc = self->writer->error;
    if (rc < 0) {
        s_track_fail (self, rc);
        s_track_close (self);
        return -1;
    }
    self->last_ms = timestamp_ms;
    self->good_len = avio_tell (self->writer);
    return 0;
}

// Length of path without its extension; 0 if it has another one, or nothing before it.
static size_t
s_stem (const char *path)
{
    size_t len = strlen (path), extension = strlen (S_EXTENSION);
    if (len <= extension || strcasecmp (path + len - extension, S_EXTENSION) != 0 ||
        path[len - extension - 1] == '/')
        return 0;
    return len - extension;
}

// The file for a further stream: "call.mkv" and "ana" give "call-ana.mkv". What could
// leave the folder or upset a shell's user is '_'. The caller frees it.
static char *
s_further_path (const char *path, const char *stream)
{
    char safe[ZR_WIRE_LABEL_MAX], *further = NULL;
    snprintf (safe, sizeof safe, "%s", stream);
    for (char *c = safe; *c; c++)
        if ((unsigned char) *c < 0x20 || *c == 0x7f || *c == '/')
            *c = '_';
    for (char *c = safe; *c == '.'; c++)
        *c = '_';
    int stem = (int) s_stem (path);
    int rc = asprintf (&further, "%.*s-%s%s", stem, path, safe, path + stem);
    assert (rc != -1);
    return further;
}

// The file of a stream, made now if it is new; NULL if there are too many.
static s_track_t *
s_track_of (zr_recorder_t *self, const char *stream, int width, int height,
            int64_t time_us)
{
    for (int i = 0; i < self->count; i++)
        if (strcmp (self->tracks[i]->stream, stream) == 0)
            return self->tracks[i];
    if (self->count == ZR_RECORDER_STREAMS_MAX) {
        if (!self->full)
            zr_log_warn (S_LOG, "%s is not recorded: %d streams are, not more", stream,
                         ZR_RECORDER_STREAMS_MAX);
        self->full = true;
        return NULL;
    }
    char *path =
        self->count ? s_further_path (self->path, stream) : strdup (self->path);
    s_track_t *track = s_track_new (stream, path, width, height, time_us);
    self->tracks[self->count++] = track;
    return track;
}

zr_recorder_t *
zr_recorder_new (const char *path)
{
    assert (path);
    if (s_stem (path) == 0) {
        zr_log_error (S_LOG, "\"%s\" is no name for a recording: it must end in %s",
                      path, S_EXTENSION);
        return NULL;
    }
    if (faccessat (AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        zr_log_error (S_LOG, "%s exists; choose another name", path);
        return NULL;
    }
    const char *slash = strrchr (path, '/');
    char *folder = slash ? strndup (path, (size_t) (slash - path) + 1) : strdup (".");
    int rc = access (folder, W_OK | X_OK);
    if (rc == -1)
        zr_log_error (S_LOG, "%s cannot be created: %s (%s)", path, folder,
                      strerror (errno));
    free (folder);
    if (rc == -1)
        return NULL;
    av_log_set_level (AV_LOG_QUIET); // causes are said here
    zr_recorder_t *self = calloc (1, sizeof *self);
    assert (self);
    self->path = strdup (path);
    return self;
}

int
zr_recorder_write (zr_recorder_t *self, const char *stream, const zr_frame_t *frame,
                   int width, int height, int64_t time_us)
{
    assert (self && stream && frame);
    assert (frame->len > 0 && frame->len <= ZR_FRAME_SIZE_MAX);
    if (time_us < 0)
        time_us = 0;
    if (time_us > S_TIME_MAX_US)
        time_us = S_TIME_MAX_US;
    s_track_t *track = s_track_of (self, stream, width, height, time_us);
    if (!track || track->failed || s_track_write (track, frame, time_us) == -1)
        return -1;
    self->pictures++;
    return 0;
}

uint64_t
zr_recorder_pictures (const zr_recorder_t *self)
{
    assert (self);
    return self->pictures;
}

void
zr_recorder_destroy (zr_recorder_t **self_p)
{
    assert (self_p);
    zr_recorder_t *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < self->count; i++)
        s_track_destroy (&self->tracks[i]);
    free (self->path);
    free (self);
    *self_p = NULL;
}
