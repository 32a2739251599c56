// SPDX-License-Identifier: MPL-2.0
// Files as a source, with films that the tests write themselves: ten pictures, each
// of one brightness, a hundred a second. What is logged is read from a temporary file
// that stands in for stderr.

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "publisher/source.h"

#define PICTURES 10
#define FPS 100

static char s_folder[] = "/tmp/zroom-test-XXXXXX";

static void
s_path (char path[PATH_MAX], const char *name)
{
    snprintf (path, PATH_MAX, "%s/%s", s_folder, name);
}

static void
s_write_packets (AVFormatContext *film, AVCodecContext *encoder, const AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc ();
    assert_non_null (packet);
    assert_int_equal (avcodec_send_frame (encoder, frame), 0);
    while (avcodec_receive_packet (encoder, packet) == 0) {
        av_packet_rescale_ts (packet, encoder->time_base, film->streams[0]->time_base);
        packet->duration =
            av_rescale_q (1, encoder->time_base, film->streams[0]->time_base);
        assert_int_equal (av_interleaved_write_frame (film, packet), 0);
    }
    av_packet_free (&packet);
}

// Picture i is as bright as 20 times i, up to the tenth; then it begins again.
static void
s_write_pictures (AVFormatContext *film, AVCodecContext *encoder, int pictures)
{
    AVFrame *frame = av_frame_alloc ();
    assert_non_null (frame);
    frame->format = encoder->pix_fmt;
    frame->width = encoder->width;
    frame->height = encoder->height;
    frame->color_range = AVCOL_RANGE_JPEG;
    assert_int_equal (av_frame_get_buffer (frame, 0), 0);
    for (int i = 0; i < pictures; i++) {
        assert_int_equal (av_frame_make_writable (frame), 0);
        for (int plane = 0; plane < 3; plane++)
            memset (frame->data[plane], plane ? 128 : i % PICTURES * 20,
                    (size_t) frame->linesize[plane] *
                        (size_t) (frame->height / (plane ? 2 : 1)));
        frame->pts = i;
        s_write_packets (film, encoder, frame);
    }
    s_write_packets (film, encoder, NULL);
    av_frame_free (&frame);
}

static void
s_write_film (const char *name, int pictures)
{
    char path[PATH_MAX];
    s_path (path, name);
    AVFormatContext *film = NULL;
    assert_true (avformat_alloc_output_context2 (&film, NULL, NULL, path) >= 0);
    const AVCodec *codec = avcodec_find_encoder (AV_CODEC_ID_MJPEG);
    AVCodecContext *encoder = avcodec_alloc_context3 (codec);
    AVStream *stream = avformat_new_stream (film, NULL);
    assert_true (codec && encoder && stream);
    encoder->width = 64;
    encoder->height = 48;
    encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
    encoder->time_base = (AVRational){1, FPS};
    encoder->flags |= AV_CODEC_FLAG_QSCALE;
    encoder->global_quality = FF_QP2LAMBDA;
    assert_int_equal (avcodec_open2 (encoder, codec, NULL), 0);
    stream->time_base = encoder->time_base;
    stream->avg_frame_rate = (AVRational){FPS, 1};
    assert_true (avcodec_parameters_from_context (stream->codecpar, encoder) >= 0);
    assert_true (avio_open (&film->pb, path, AVIO_FLAG_WRITE) >= 0);
    assert_true (avformat_write_header (film, NULL) >= 0);
    s_write_pictures (film, encoder, pictures);
    assert_int_equal (av_write_trailer (film), 0);
    avio_closep (&film->pb);
    avcodec_free_context (&encoder);
    avformat_free_context (film);
}

static int
s_set_up (void **state)
{
    (void) state;
    if (!mkdtemp (s_folder))
        return -1;
    s_write_film ("film.avi", PICTURES);
    return 0;
}

static int
s_tear_down (void **state)
{
    (void) state;
    static const char *const names[] = {"film.avi", "long.mkv", "text", "log"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        s_path (path, names[i]);
        unlink (path);
    }
    return rmdir (s_folder);
}

// Sends stderr to a file. Returns what brings it back.
static int
s_catch_log (void)
{
    char path[PATH_MAX];
    s_path (path, "log");
    int before = dup (STDERR_FILENO);
    int log = open (path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    assert_true (before >= 0 && log >= 0);
    dup2 (log, STDERR_FILENO);
    close (log);
    return before;
}

static void
s_release_log (int before, char text[1024])
{
    char path[PATH_MAX];
    s_path (path, "log");
    dup2 (before, STDERR_FILENO);
    close (before);
    FILE *log = fopen (path, "r");
    assert_non_null (log);
    text[fread (text, 1, 1023, log)] = 0;
    fclose (log);
}

static void *
s_open (const char *name, int width, int fps, bool loop)
{
    char path[PATH_MAX];
    s_path (path, name);
    zr_source_settings_t settings = {
        .location = path, .width = width, .fps = fps, .loop = loop};
    void *source = zr_source_file.open (&settings);
    assert_non_null (source);
    return source;
}

// Grabs until something comes; not longer than a test may take.
static zr_grab_t
s_grab (void *source, zr_shot_t *shot)
{
    zr_grab_t result = ZR_GRAB_NOTHING;
    for (int i = 0; i < 100 && result == ZR_GRAB_NOTHING; i++)
        result = zr_source_file.grab (source, 20, shot);
    return result;
}

static int
s_number (const zr_shot_t *shot)
{
    return (shot->picture.planes[0][0] + 10) / 20;
}

static void
test_play (void **state)
{
    (void) state;
    void *source = s_open ("film.avi", 0, 0, false);
    zr_shot_t shot = {0};
    int last = -1, shown = 0;
    while (s_grab (source, &shot) == ZR_GRAB_SHOT) {
        assert_int_equal (shot.picture.width, 64);
        assert_int_equal (shot.picture.height, 48);
        assert_null (shot.jpeg);
        assert_true (s_number (&shot) > last);
        last = s_number (&shot);
        shown++;
    }
    assert_int_equal (zr_source_file.grab (source, 20, &shot), ZR_GRAB_END);
    // A machine that is busy with other things leaves some out.
    assert_true (shown > 1 && shown <= PICTURES);
    zr_source_file.close (&source);
    assert_null (source);
}

static void
test_loop (void **state)
{
    (void) state;
    void *source = s_open ("film.avi", 0, 0, true);
    zr_shot_t shot = {0};
    int last = -1, rounds = 0;
    for (int i = 0; i < 3 * PICTURES && rounds < 1; i++) {
        assert_int_equal (s_grab (source, &shot), ZR_GRAB_SHOT);
        rounds += s_number (&shot) < last;
        last = s_number (&shot);
    }
    assert_int_equal (rounds, 1);
    zr_source_file.close (&source);
}

static void
test_pause (void **state)
{
    (void) state;
    void *source = s_open ("film.avi", 0, 0, false);
    zr_shot_t shot = {0};
    assert_int_equal (s_grab (source, &shot), ZR_GRAB_SHOT);
    int before = s_number (&shot);
    zr_source_file.pause (source);
    // As long as three pictures, of which none may be missing for it.
    nanosleep (&(struct timespec){.tv_nsec = 30000000}, NULL);
    assert_int_equal (s_grab (source, &shot), ZR_GRAB_SHOT);
    assert_int_equal (s_number (&shot), before + 1);
    zr_source_file.close (&source);
}

static void
test_narrow (void **state)
{
    (void) state;
    void *source = s_open ("film.avi", 31, 0, false);
    zr_shot_t shot = {0};
    assert_int_equal (s_grab (source, &shot), ZR_GRAB_SHOT);
    assert_int_equal (shot.picture.width, 31);
    assert_int_equal (shot.picture.height, 23);
    assert_string_equal (zr_source_file.describe (source),
                         "64x48 Motion JPEG, 100 fps, sent as 31x23");
    zr_source_file.close (&source);
}

static void
test_cut_short (void **state)
{
    (void) state;
    char path[PATH_MAX], text[1024];
    struct stat status;
    s_write_film ("long.mkv", FPS); // it says that it lasts a second
    s_path (path, "long.mkv");
    assert_int_equal (stat (path, &status), 0);
    assert_int_equal (truncate (path, status.st_size / 8), 0);

    int before = s_catch_log ();
    void *source = s_open ("long.mkv", 0, 0, false);
    zr_shot_t shot = {0};
    int shown = 0;
    while (s_grab (source, &shot) == ZR_GRAB_SHOT)
        shown++;
    zr_source_file.close (&source);
    s_release_log (before, text);
    assert_true (shown > 0);
    assert_non_null (strstr (text, "ends early, after 0.1 of 1.0 s"));
    assert_ptr_equal (strchr (text, '\n'), text + strlen (text) - 1); // one line
}

static void
s_assert_refused (const char *location, const char *words)
{
    char text[1024];
    zr_source_settings_t settings = {.location = location};
    int before = s_catch_log ();
    void *source = zr_source_file.open (&settings);
    s_release_log (before, text);
    assert_null (source);
    assert_non_null (strstr (text, words));
    assert_ptr_equal (strchr (text, '\n'), text + strlen (text) - 1);
}

static void
test_refused (void **state)
{
    (void) state;
    char path[PATH_MAX];
    s_path (path, "missing.mp4");
    s_assert_refused (path, "missing.mp4 does not exist");
    s_assert_refused (s_folder, "is a directory");
    s_assert_refused ("/dev/null", "is a device");
    s_path (path, "text");
    FILE *file = fopen (path, "w");
    assert_non_null (file);
    fputs ("These are words, and no pictures.\n", file);
    fclose (file);
    s_assert_refused (path, "is no video that FFmpeg knows");
    s_assert_refused ("nonsense://somewhere/x", "no kind of address");
    // A closed port of this host; what is secret is not said.
    s_assert_refused ("http://me:secret@127.0.0.1:1/x", "http://127.0.0.1:1/x cannot");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a film is played in order to its end", test_play, NULL, NULL, NULL},
        {"a looped film begins again", test_loop, NULL, NULL, NULL},
        {"a paused film keeps its place", test_pause, NULL, NULL, NULL},
        {"a film is made as narrow as wanted", test_narrow, NULL, NULL, NULL},
        {"a film cut short plays, and one line says so", test_cut_short, NULL, NULL,
         NULL},
        {"what is no video is refused in one line", test_refused, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, s_set_up, s_tear_down);
}
