// SPDX-License-Identifier: MPL-2.0
// Recordings, read back with libavformat from a folder of their own. The pictures are
// made-up bytes: neither the recorder nor the reader looks into them.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <libavformat/avformat.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "subscriber/recorder.h"

#define START_US 1790000000123456 // 2026-09-21T14:13:20.123456Z
#define SIZE_MAX_TEST 200000

static char s_folder[64];
static int s_stderr = -1; // what it was
static uint8_t s_bytes[SIZE_MAX_TEST];

static const char *
s_path (const char *name)
{
    static char paths[4][512];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf (paths[turn], sizeof paths[turn], "%s/%s", s_folder, name);
    return paths[turn];
}

// Every test has a folder, and its log in a file there.
static int
s_setup (void **state)
{
    (void) state;
    snprintf (s_folder, sizeof s_folder, "/tmp/zroom-test-recorder-XXXXXX");
    assert_non_null (mkdtemp (s_folder));
    int log = open (s_path ("log"), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    s_stderr = dup (STDERR_FILENO);
    dup2 (log, STDERR_FILENO);
    close (log);
    return 0;
}

static int
s_teardown (void **state)
{
    (void) state;
    dup2 (s_stderr, STDERR_FILENO);
    close (s_stderr);
    DIR *dir = opendir (s_folder);
    for (struct dirent *entry; dir && (entry = readdir (dir));)
        unlinkat (dirfd (dir), entry->d_name, 0);
    closedir (dir);
    return rmdir (s_folder);
}

static const char *
s_log (void)
{
    static char text[16384];
    FILE *file = fopen (s_path ("log"), "r");
    text[fread (text, 1, sizeof text - 1, file)] = '\0';
    fclose (file);
    return text;
}

static int
s_log_count (const char *what)
{
    int count = 0;
    for (const char *at = s_log (); (at = strstr (at, what)); at++)
        count++;
    return count;
}

static off_t
s_size (const char *name)
{
    struct stat status;
    assert_int_equal (stat (s_path (name), &status), 0);
    return status.st_size;
}

// Picture number i: as large as it likes, unlike all others.
static zr_frame_t
s_frame (int i)
{
    zr_frame_t frame = {.data = s_bytes};
    frame.len = 100 + (size_t) i * 7919 % (SIZE_MAX_TEST - 100);
    for (size_t k = 0; k < frame.len; k++)
        s_bytes[k] = (uint8_t) (k * 31 + (size_t) i * 17 + (k >> 8));
    memcpy (s_bytes, "\xff\xd8\xff\xfe", 4);
    return frame;
}

static int
s_write (zr_recorder_t *recorder, const char *stream, int i, int64_t time_us)
{
    zr_frame_t frame = s_frame (i);
    return zr_recorder_write (recorder, stream, &frame, 640, 360, time_us);
}

static AVFormatContext *
s_open (const char *name)
{
    AVFormatContext *reader = NULL;
    if (avformat_open_input (&reader, s_path (name), NULL, NULL) < 0)
        fail_msg ("%s cannot be read", name);
    assert_int_equal (reader->nb_streams, 1);
    assert_int_equal (reader->streams[0]->codecpar->codec_id, AV_CODEC_ID_MJPEG);
    assert_int_equal (reader->streams[0]->time_base.den, 1000);
    return reader;
}

// The file holds pictures first, first + 1, ... in order, the bytes as they were.
// Checks their times if any are given. Returns how many there are.
static int
s_read_back (const char *name, int first, const int64_t *times_ms, int times)
{
    AVFormatContext *reader = s_open (name);
    AVPacket *packet = av_packet_alloc ();
    int count = 0;
    for (; av_read_frame (reader, packet) == 0; count++, av_packet_unref (packet)) {
        zr_frame_t frame = s_frame (first + count);
        assert_int_equal (packet->size, frame.len);
        assert_memory_equal (packet->data, frame.data, frame.len);
        assert_true (packet->flags & AV_PKT_FLAG_KEY);
        if (times_ms) {
            assert_in_range (count, 0, times - 1);
            assert_int_equal (packet->pts, times_ms[count]);
        }
    }
    av_packet_free (&packet);
    avformat_close_input (&reader);
    return count;
}

static void
s_test_true (void **state)
{
    static const int64_t times_ms[] = {0,    33,   34,      100,    1100,
                                       1101, 7000, 3600000, 3600040};
    const int count = sizeof times_ms / sizeof times_ms[0];
    (void) state;
    zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
    assert_non_null (recorder);
    for (int i = 0; i < count; i++)
        assert_int_equal (s_write (recorder, "ana", i, START_US + times_ms[i] * 1000),
                          0);
    assert_int_equal (zr_recorder_pictures (recorder), count);
    zr_recorder_destroy (&recorder);
    assert_null (recorder);
    zr_recorder_destroy (&recorder);
    assert_int_equal (s_read_back ("call.mkv", 0, times_ms, count), count);
}

static void
s_test_described (void **state)
{
    (void) state;
    zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
    s_write (recorder, "ana", 0, START_US);
    zr_recorder_destroy (&recorder);
    AVFormatContext *reader = s_open ("call.mkv");
    AVStream *video = reader->streams[0];
    assert_string_equal (
        av_dict_get (reader->metadata, "creation_time", NULL, 0)->value,
        "2026-09-21T14:13:20.123456Z");
    assert_string_equal (av_dict_get (video->metadata, "title", NULL, 0)->value, "ana");
    assert_int_equal (video->codecpar->width, 640);
    assert_int_equal (video->codecpar->height, 360);
    assert_int_equal (video->codecpar->color_range, AVCOL_RANGE_JPEG);
    avformat_close_input (&reader);
}

static void
s_test_clocks (void **state)
{
    const int64_t day_us = 86400000000;
    const int64_t given[] = {START_US, START_US, START_US - 500000,
                             START_US + 40000, // a clock set back by an hour, then on
                             START_US - 3600000000, START_US - 3599960000,
                             // 2 days ahead, and on from there
                             START_US + 2 * day_us, START_US + 2 * day_us + 40000,
                             INT64_MAX, INT64_MIN, INT64_MIN + 1, START_US};
    static const int64_t times_ms[] = {0,  1,   2,   40,  41,  81,
                                       82, 122, 123, 124, 125, 126};
    (void) state;
    zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
    for (int i = 0; i < 12; i++)
        assert_int_equal (s_write (recorder, "ana", i, given[i]), 0);
    zr_recorder_destroy (&recorder);
    assert_int_equal (s_read_back ("call.mkv", 0, times_ms, 12), 12);

    recorder = zr_recorder_new (s_path ("late.mkv"));
    assert_int_equal (s_write (recorder, "ana", 0, INT64_MAX), 0);
    zr_recorder_destroy (&recorder);
    assert_int_equal (s_read_back ("late.mkv", 0, NULL, 0), 1);
    AVFormatContext *reader = s_open ("late.mkv");
    assert_string_equal (
        av_dict_get (reader->metadata, "creation_time", NULL, 0)->value,
        "2200-01-01T00:00:00.000000Z");
    avformat_close_input (&reader);
}

static void
s_test_streams (void **state)
{
    (void) state;
    zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
    for (int i = 0; i < 6; i++) {
        assert_int_equal (s_write (recorder, "first", i, START_US + i * 40000), 0);
        assert_int_equal (s_write (recorder, "bea", 50 + i, START_US + i * 40000), 0);
        assert_int_equal (s_write (recorder, "../.x/\n\x7fy", i, START_US + i * 1000),
                          0);
    }
    assert_int_equal (zr_recorder_pictures (recorder), 18);
    zr_recorder_destroy (&recorder);
    assert_int_equal (s_read_back ("call.mkv", 0, NULL, 0), 6);
    assert_int_equal (s_read_back ("call-bea.mkv", 50, NULL, 0), 6);
    assert_int_equal (s_read_back ("call-___.x___y.mkv", 0, NULL, 0), 6);
}

static void
s_test_too_many (void **state)
{
    (void) state;
    zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
    for (int i = 0; i < ZR_RECORDER_STREAMS_MAX + 2; i++) {
        char name[16];
        snprintf (name, sizeof name, "%d", i);
        assert_int_equal (s_write (recorder, name, 0, START_US),
                          i < ZR_RECORDER_STREAMS_MAX ? 0 : -1);
    }
    assert_int_equal (s_write (recorder, "1", 0, START_US), 0);
    assert_int_equal (s_log_count ("64 is not recorded"), 1);
    assert_int_equal (s_log_count ("is not recorded"), 1);
    zr_recorder_destroy (&recorder);
}

static void
s_touch (const char *name)
{
    int fd = open (s_path (name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true (fd >= 0);
    assert_int_equal (write (fd, "mine", 4), 4);
    close (fd);
}

static void
s_test_exists (void **state)
{
    (void) state;
    s_touch ("old.mkv");
    assert_null (zr_recorder_new (s_path ("old.mkv")));
    assert_non_null (strstr (s_log (), "old.mkv exists; choose another name\n"));
    assert_int_equal (s_size ("old.mkv"), 4);
    assert_int_equal (symlink ("nowhere", s_path ("link.mkv")), 0);
    assert_null (zr_recorder_new (s_path ("link.mkv")));

    s_touch ("call-bea.mkv");
    zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
    assert_int_equal (s_write (recorder, "ana", 0, START_US), 0);
    assert_int_equal (s_write (recorder, "bea", 0, START_US), -1);
    assert_int_equal (s_write (recorder, "bea", 0, START_US), -1);
    assert_int_equal (s_write (recorder, "a/b", 0, START_US), 0);
    assert_int_equal (s_write (recorder, "a_b", 1, START_US), -1);
    assert_int_equal (s_write (recorder, "ana", 1, START_US + 1000), 0);
    assert_int_equal (s_log_count ("call-bea.mkv exists"), 1);
    assert_int_equal (s_log_count ("call-a_b.mkv exists"), 1);
    zr_recorder_destroy (&recorder);
    assert_int_equal (s_size ("call-bea.mkv"), 4);
    assert_int_equal (s_read_back ("call.mkv", 0, NULL, 0), 2);
    assert_int_equal (s_read_back ("call-a_b.mkv", 0, NULL, 0), 1);

    recorder = zr_recorder_new (s_path ("taken.mkv"));
    s_touch ("taken.mkv"); // between new and the first picture
    assert_int_equal (s_write (recorder, "ana", 0, START_US), -1);
    zr_recorder_destroy (&recorder);
    assert_int_equal (s_size ("taken.mkv"), 4);
}

static void
s_test_refused (void **state)
{
    static const char *const names[] = {
        "call", "call.mp4", ".mkv", "mkv", "", "call.mkv/", "no/call.mkv", "log/x.mkv"};
    (void) state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_null (zr_recorder_new (s_path (names[i])));
    assert_null (zr_recorder_new (""));
    assert_int_equal (s_log_count ("\n"), 9);
    zr_recorder_t *recorder = zr_recorder_new (s_path ("CALL.MKV"));
    assert_non_null (recorder);
    zr_recorder_destroy (&recorder);
    assert_int_equal (access (s_path ("CALL.MKV"), F_OK), -1); // no picture, no file
}

static void
s_test_killed (void **state)
{
    (void) state;
    pid_t pid = fork ();
    if (pid == 0) {
        zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
        for (int i = 0; i < 25; i++)
            if (s_write (recorder, "ana", i, START_US + i * 40000) == -1)
                _exit (1);
        kill (getpid (), SIGKILL);
    }
    int status;
    assert_int_equal (waitpid (pid, &status, 0), pid);
    assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
    assert_int_equal (s_read_back ("call.mkv", 0, NULL, 0), 25);
}

// Lets no file grow above this; -1 lifts it.
static void
s_limit_files (long size)
{
    struct rlimit limit;
    getrlimit (RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size < 0 ? limit.rlim_max : (rlim_t) size;
    signal (SIGXFSZ, size < 0 ? SIG_DFL : SIG_IGN);
    assert_int_equal (setrlimit (RLIMIT_FSIZE, &limit), 0);
}

static void
s_test_full (void **state)
{
    (void) state;
    zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
    s_limit_files (300000);
    int taken = 0;
    off_t whole = 0; // bytes behind the last picture that was taken
    while (taken < 100 &&
           s_write (recorder, "ana", taken, START_US + taken * 40000) == 0) {
        whole = s_size ("call.mkv");
        taken++;
    }
    assert_in_range (taken, 2, 20);
    for (int i = 0; i < 3; i++)
        assert_int_equal (s_write (recorder, "ana", i, START_US + 9000000), -1);
    s_limit_files (-1);
    assert_int_equal (s_write (recorder, "ana", 1, START_US + 9000000), -1);
    assert_int_equal (s_write (recorder, "bea", 1, START_US), 0);
    assert_int_equal (zr_recorder_pictures (recorder), taken + 1);
    zr_recorder_destroy (&recorder);
    assert_int_equal (s_log_count ("ends here: File too large"), 1);
    assert_int_equal (s_log_count (" E recorder"), 1);
    assert_int_equal (s_size ("call.mkv"), whole);
    assert_int_equal (s_read_back ("call.mkv", 0, NULL, 0), taken);
    assert_int_equal (s_read_back ("call-bea.mkv", 1, NULL, 0), 1);
}

// Full only when the index is to be written: the pictures are whole all the same.
static void
s_test_full_at_end (void **state)
{
    (void) state;
    zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
    for (int i = 0; i < 5; i++)
        assert_int_equal (s_write (recorder, "ana", i, START_US + i * 40000), 0);
    off_t whole = s_size ("call.mkv");
    s_limit_files (whole + 10);
    zr_recorder_destroy (&recorder);
    s_limit_files (-1);
    assert_int_equal (s_size ("call.mkv"), whole);
    assert_int_equal (s_log_count ("ends here: File too large"), 1);
    assert_int_equal (s_read_back ("call.mkv", 0, NULL, 0), 5);
}

// Full before the first picture: nothing stays behind.
static void
s_test_full_at_start (void **state)
{
    (void) state;
    zr_recorder_t *recorder = zr_recorder_new (s_path ("call.mkv"));
    s_limit_files (100);
    int rc = s_write (recorder, "ana", 0, START_US);
    s_limit_files (-1);
    assert_int_equal (rc, -1);
    assert_int_equal (s_write (recorder, "ana", 0, START_US), -1);
    zr_recorder_destroy (&recorder);
    assert_int_equal (access (s_path ("call.mkv"), F_OK), -1);
}

#define S_TEST(name, function)                                                         \
    {                                                                                  \
        name, function, s_setup, s_teardown, NULL                                      \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        S_TEST ("pictures come back byte for byte with their times", s_test_true),
        S_TEST ("a file says when it was begun and of whom", s_test_described),
        S_TEST ("time only goes on, whatever clocks say", s_test_clocks),
        S_TEST ("every stream has its file, with a safe name", s_test_streams),
        S_TEST ("streams above the limit are told once", s_test_too_many),
        S_TEST ("an existing file is never touched", s_test_exists),
        S_TEST ("a path that cannot be recorded to is refused", s_test_refused),
        S_TEST ("a killed program has lost no picture", s_test_killed),
        S_TEST ("a full disk ends a file with a whole picture", s_test_full),
        S_TEST ("a disk full at the end costs the index only", s_test_full_at_end),
        S_TEST ("a disk full at the start leaves no file", s_test_full_at_start),
    };
    return cmocka_run_group_tests_name ("recorder", tests, NULL, NULL);
}
