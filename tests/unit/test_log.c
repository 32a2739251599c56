// SPDX-License-Identifier: MPL-2.0
// What the log writes, read back from a file and from a pseudo terminal that stand in
// for stderr. Everything is judged by bytes: a terminal would hide the mistakes.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "common/log.h"

static struct {
    int stderr_saved;
    int reader; // where the test reads what was written
    char text[65536];
} s_capture;

static void
s_capture_start (int writer, int reader)
{
    s_capture.stderr_saved = dup (STDERR_FILENO);
    s_capture.reader = reader;
    assert_true (dup2 (writer, STDERR_FILENO) >= 0);
    close (writer);
}

static void
s_capture_file (void)
{
    char path[] = "/tmp/zroom-test-log-XXXXXX";
    int fd = mkstemp (path);
    assert_true (fd >= 0);
    s_capture_start (fd, open (path, O_RDONLY | O_CLOEXEC));
    unlink (path);
}

static void
s_capture_terminal (int columns)
{
    int master = posix_openpt (O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true (master >= 0 && grantpt (master) == 0 && unlockpt (master) == 0);
    int slave = open (ptsname (master), O_RDWR | O_NOCTTY);
    assert_true (slave >= 0);
    struct termios modes;
    tcgetattr (slave, &modes);
    modes.c_oflag &= ~(tcflag_t) OPOST; // no "\r\n" for "\n"
    tcsetattr (slave, TCSANOW, &modes);
    struct winsize size = {.ws_row = 24, .ws_col = (unsigned short) columns};
    ioctl (slave, TIOCSWINSZ, &size);
    s_capture_start (slave, master);
}

// What has come since the last call.
static const char *
s_capture_read (void)
{
    ssize_t n = read (s_capture.reader, s_capture.text, sizeof s_capture.text - 1);
    s_capture.text[n > 0 ? n : 0] = '\0';
    return s_capture.text;
}

static int
s_capture_end (void **state)
{
    (void) state;
    zr_log_release ();
    zr_log_status_clear ();
    zr_log_set_level (ZR_LOG_INFO);
    dup2 (s_capture.stderr_saved, STDERR_FILENO);
    close (s_capture.stderr_saved);
    close (s_capture.reader);
    return 0;
}

static void
s_assert_matches (const char *text, const char *pattern)
{
    regex_t regex;
    assert_int_equal (regcomp (&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    int rc = regexec (&regex, text, 0, NULL, 0);
    regfree (&regex);
    if (rc)
        fail_msg ("\"%s\" does not match \"%s\"", text, pattern);
}

// Behind "HH:MM:SS.mmm ", 13 characters long.
static void
s_assert_line (const char *text, const char *line)
{
    assert_true (strlen (text) > 13);
    assert_string_equal (text + 13, line);
}

static void
s_test_line (void **state)
{
    (void) state;
    s_capture_file ();
    zr_log_error ("file", "%s is gone (%d)", "x.mkv", 7);
    s_assert_matches (s_capture_read (), "^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{3} "
                                         "E file: x\\.mkv is gone \\(7\\)\n$");
    zr_log_warn ("a", "b");
    s_assert_line (s_capture_read (), "W a: b\n");
    zr_log_info ("a", "b");
    s_assert_line (s_capture_read (), "I a: b\n");
}

// A datagram socket keeps writes apart.
static void
s_test_one_write (void **state)
{
    (void) state;
    int pair[2];
    assert_int_equal (socketpair (AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    s_capture_start (pair[1], pair[0]);
    zr_log_info ("a", "one");
    zr_log_info ("a", "two");
    s_assert_line (s_capture_read (), "I a: one\n");
    s_assert_line (s_capture_read (), "I a: two\n");
}

static void
s_test_level (void **state)
{
    (void) state;
    s_capture_file ();
    zr_log_debug ("a", "not by default");
    assert_string_equal (s_capture_read (), "");
    zr_log_set_level (ZR_LOG_DEBUG);
    zr_log_debug ("a", "b");
    s_assert_line (s_capture_read (), "D a: b\n");
    zr_log_set_level (ZR_LOG_ERROR);
    zr_log_warn ("a", "b");
    assert_string_equal (s_capture_read (), "");
}

static void
s_test_harmless (void **state)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"\033[2Jx", "I a: ?[2Jx\n"},
        {"one\r\ntwo\tthree\x7f", "I a: one??two?three?\n"},
        {"C1 \xc2\x80\xc2\x9b\xc2\x9f.", "I a: C1 ???.\n"},
        {"kept: \xc2\xa0 \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
         "I a: kept: \xc2\xa0 \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\n"},
        {"alone \x80\xff cut \xe2\x82", "I a: alone ?? cut ??\n"},
        {"overlong \xc0\xaf\xe0\x80\xaf", "I a: overlong ?????\n"},
        {"surrogate \xed\xa0\x80 beyond \xf4\x90\x80\x80",
         "I a: surrogate ??? beyond ????\n"},
    };
    (void) state;
    s_capture_file ();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        zr_log_info ("a", "%s", cases[i].text);
        s_assert_line (s_capture_read (), cases[i].line);
    }
    zr_log_info ("a\nb\033", "c");
    s_assert_line (s_capture_read (), "I a?b?: c\n");
}

static void
s_test_long (void **state)
{
    (void) state;
    s_capture_file ();
    char text[4001];
    for (size_t i = 0; i < 4000; i += 2)
        memcpy (text + i, "\xc3\xa4", 2);
    text[4000] = '\0';
    for (int shift = 0; shift < 2; shift++) {
        zr_log_info ("a", "%s%s", shift ? "x" : "", text);
        const char *line = s_capture_read ();
        size_t len = strlen (line);
        assert_in_range (len, 900, 1024);
        assert_string_equal (line + len - 6, "\xc3\xa4...\n");
        assert_null (strchr (line, '?'));
    }
}

static void
s_test_errno (void **state)
{
    (void) state;
    s_capture_file ();
    close (STDERR_FILENO);
    errno = ENOENT;
    zr_log_info ("a", "nowhere to go");
    assert_int_equal (errno, ENOENT);
}

static void
s_test_status_pipe (void **state)
{
    (void) state;
    s_capture_file ();
    zr_log_status ("30 fps");
    zr_log_info ("a", "b");
    zr_log_status_clear ();
    s_assert_line (s_capture_read (), "I a: b\n");
}

static void
s_test_status (void **state)
{
    (void) state;
    s_capture_terminal (80);
    zr_log_status ("%d fps", 30);
    assert_string_equal (s_capture_read (), "\r\033[K30 fps");
    zr_log_info ("a", "b");
    s_assert_matches (s_capture_read (),
                      "^\r\033\\[K[0-9:.]{12} I a: b\n\r\033\\[K30 fps$");
    zr_log_status ("\033[2J");
    assert_string_equal (s_capture_read (), "\r\033[K?[2J");
    zr_log_status_clear ();
    assert_string_equal (s_capture_read (), "\r\033[K");
    zr_log_status_clear ();
    assert_string_equal (s_capture_read (), "");
    zr_log_info ("a", "b");
    s_assert_line (s_capture_read (), "I a: b\n");
}

static void
s_test_status_cut (void **state)
{
    (void) state;
    s_capture_terminal (10);
    zr_log_status ("0123456789abc");
    assert_string_equal (s_capture_read (), "\r\033[K0123456789");
    zr_log_status ("012345678\xc3\xa4"
                   "b");
    assert_string_equal (s_capture_read (), "\r\033[K012345678\xc3\xa4");
    zr_log_status ("012345678\xe6\xbc\xa2"); // a Chinese character takes two columns
    assert_string_equal (s_capture_read (), "\r\033[K012345678");
}

static void
s_test_hold (void **state)
{
    (void) state;
    s_capture_terminal (80);
    zr_log_status ("30 fps");
    s_capture_read ();
    zr_log_hold ();
    assert_string_equal (s_capture_read (), "\r\033[K");
    zr_log_info ("a", "one");
    zr_log_info ("a", "two");
    zr_log_status ("31 fps");
    assert_string_equal (s_capture_read (), "");
    zr_log_release ();
    s_assert_matches (s_capture_read (),
                      "^[0-9:.]{12} I a: one\n[0-9:.]{12} I a: two\n\r\033\\[K31 fps$");
    zr_log_release ();
    assert_string_equal (s_capture_read (), "\r\033[K\r\033[K31 fps");
    zr_log_info ("a", "three");
    assert_non_null (strstr (s_capture_read (), "I a: three\n"));
}

static void
s_test_hold_bound (void **state)
{
    (void) state;
    s_capture_file ();
    zr_log_hold ();
    for (int i = 0; i < 1000; i++)
        zr_log_info ("a", "line %d", i);
    zr_log_release ();
    const char *text = s_capture_read ();
    assert_in_range (strlen (text), 8000, 8192 + 80);
    assert_null (strstr (text, "line 0\n"));
    assert_non_null (strstr (text, " I a: line 999\n"));
    s_assert_matches (text, "^[0-9:.]{12} W log: [0-9]+ earlier lines were left out\n"
                            "[0-9:.]{12} I a: line [0-9]+\n");
}

static void *
s_chatter (void *arg)
{
    for (int i = 0; i < 200; i++)
        zr_log_info (arg, "0123456789");
    return NULL;
}

static void
s_test_threads (void **state)
{
    static char names[4][2] = {"a", "b", "c", "d"};
    (void) state;
    s_capture_file ();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create (&threads[i], NULL, s_chatter, names[i]);
    for (int i = 0; i < 4; i++)
        pthread_join (threads[i], NULL);
    const char *text = s_capture_read ();
    int lines = 0;
    for (; *text; lines++) {
        const char *end = strchr (text, '\n');
        assert_int_equal (end - text, 13 + strlen ("I a: 0123456789"));
        text = end + 1;
    }
    assert_int_equal (lines, 800);
}

#define S_TEST(name, function)                                                         \
    {                                                                                  \
        name, function, NULL, s_capture_end, NULL                                      \
    }

static void
s_collect (void *arg, const char *line)
{
    char *collected = arg; // of 256 bytes
    size_t len = strlen (collected);
    snprintf (collected + len, 256 - len, "%s/", line + 13); // behind the time
}

static void
s_test_writer (void **state)
{
    (void) state;
    char collected[256] = "";
    s_capture_terminal (80);
    zr_log_status ("%s", "live");
    s_capture_read ();
    zr_log_set_writer (s_collect, collected);
    assert_string_equal (s_capture_read (), "\r\033[K");
    zr_log_info ("a", "b\033");
    zr_log_hold ();
    zr_log_warn ("c", "d");
    zr_log_release ();
    zr_log_status ("%s", "still live");
    assert_string_equal (collected, "I a: b?/W c: d/");
    assert_string_equal (s_capture_read (), "");
    zr_log_set_writer (NULL, NULL);
    assert_string_equal (s_capture_read (), "\r\033[Kstill live");
    zr_log_info ("e", "f");
    assert_string_equal (collected, "I a: b?/W c: d/");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        S_TEST ("a line has time, level, subject and text", s_test_line),
        S_TEST ("a line is one write", s_test_one_write),
        S_TEST ("lines above the level are not printed", s_test_level),
        S_TEST ("control characters and broken UTF-8 become ?", s_test_harmless),
        S_TEST ("a long line is cut between characters", s_test_long),
        S_TEST ("errno survives a failed write", s_test_errno),
        S_TEST ("a status line goes to a terminal only", s_test_status_pipe),
        S_TEST ("a log line erases the status line and redraws it", s_test_status),
        S_TEST ("the status line is cut to the terminal's width", s_test_status_cut),
        S_TEST ("held lines come out when released, status last", s_test_hold),
        S_TEST ("what is held is bounded and the newest is kept", s_test_hold_bound),
        S_TEST ("a writer gets the lines, and the terminal nothing", s_test_writer),
        S_TEST ("lines of many threads never mix", s_test_threads),
    };
    return cmocka_run_group_tests_name ("log", tests, NULL, NULL);
}
