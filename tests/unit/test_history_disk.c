// SPDX-License-Identifier: MPL-2.0
// Files that are no history, and disks that are full, failing or read-only (a file size
// limit; a small tmpfs where the test may mount one); and a process that is killed.

#include "tests/unit/history_probe.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "broker/database.h"

static void
s_in_use (void **state)
{
    (void) state;
    zr_history_t *history = s_open ("used", 100);
    s_refused ("used");
    assert_non_null (strstr (s_said, "another program uses it"));
    s_add (history, 1, 'a', 1);
    zr_history_close (&history);
    history = s_open ("used", 100);
    zr_history_close (&history);
}

static void
s_not_ours (void **state)
{
    (void) state;
    s_execute ("foreign", "CREATE TABLE something (x)");
    s_refused ("foreign");
    assert_non_null (strstr (s_said, "no history of Zroom"));
    zr_history_t *history = s_open ("later", 100);
    zr_history_close (&history);
    s_execute ("later", "PRAGMA user_version = 2");
    s_refused ("later");
    assert_non_null (strstr (s_said, "another version"));
    history = s_open ("torn", 100);
    zr_history_close (&history);
    s_execute ("torn", "DROP TABLE members");
    s_refused ("torn");
    assert_non_null (strstr (s_said, "no such table"));
    history = s_open ("other", 100);
    zr_history_close (&history);
    s_execute ("other", "PRAGMA application_id = 7");
    s_refused ("other");
    assert_non_null (strstr (s_said, "no history of Zroom"));
    s_execute ("empty", "PRAGMA application_id = 7");
    s_refused ("empty");
    s_execute ("versioned", "PRAGMA user_version = 1");
    s_refused ("versioned");
    // a kind that is not known is still a line
    history = s_open ("kind", 100);
    s_add (history, 1, 'a', 1);
    s_add (history, 2, 'a', 2);
    zr_history_close (&history);
    s_execute ("kind", "UPDATE lines SET kind = CASE number WHEN 1 THEN 9 ELSE -1 END,"
                       " nick_from = x''");
    history = s_open ("kind", 100);
    zr_room_line_t line = s_line (1, 'a', 1, "text");
    line.from[0] = '\0';
    assert_int_equal (zr_history_read (history, "", 0, 1, 9, s_check_line, &line), 1);
    line = s_line (2, 'a', 2, "text");
    line.from[0] = '\0';
    assert_int_equal (zr_history_read (history, "", 1, 2, 9, s_check_line, &line), 1);
    zr_history_close (&history);
}

// Overwrites len bytes of the file, which are whole pages.
static void
s_damage (const char *name, off_t at, off_t len)
{
    char noise[4096];
    memset (noise, 0xa5, sizeof noise);
    int file = open (s_path (name), O_RDWR);
    for (off_t end = at + len; at < end; at += (off_t) sizeof noise)
        assert_int_equal (pwrite (file, noise, sizeof noise, at), sizeof noise);
    close (file);
}

// A history whose file is larger than what SQLite keeps in memory.
static zr_history_t *
s_large (const char *name)
{
    static char text[ZR_CHAT_TEXT_MAX + 1];
    memset (text, 'x', ZR_CHAT_TEXT_MAX);
    zr_history_t *history = s_open (name, 2000);
    zr_history_begin (history);
    for (int i = 1; i <= 1500; i++) {
        const zr_room_line_t line = s_line (i, 'a', i, text);
        assert_int_equal (zr_history_add_line (history, &line), 0);
    }
    for (char token = 'a'; token <= 'f'; token++)
        s_put (history, token, "x", 1, true);
    assert_int_equal (zr_history_commit (history), 0);
    zr_history_close (&history); // everything is in the file now
    return s_open (name, 2000);
}

static void
s_damaged (void **state)
{
    (void) state;
    zr_history_t *history = s_large ("damaged");
    // while it is used
    s_damage ("damaged", 4096, 6 << 20);
    int left = -1;
    s_log_len = 0;
    int count = zr_history_read (history, "", 0, 2000, 2000, s_write_line, &left);
    assert_int_equal (count, -1);
    assert_non_null (strstr (zr_history_error (history), "damaged"));
    zr_history_close (&history);
    s_refused ("damaged");
    assert_non_null (strstr (s_said, "damaged"));
    s_damage ("damaged", 0, 4096);
    s_refused ("damaged");
    assert_non_null (strstr (s_said, "damaged, or no history"));
    // where nobody would look at once
    history = s_large ("worn");
    zr_history_close (&history);
    s_damage ("worn", 3 << 20, 4096);
    s_refused ("worn");
    assert_non_null (strstr (s_said, "damaged"));
}

static void
s_unreachable (void **state)
{
    (void) state;
    assert_int_equal (mkdir (s_path ("a-folder"), 0700), 0);
    s_refused ("a-folder");
    assert_non_null (strstr (s_said, "Is a directory"));
    zr_history_t *history = s_open ("a-file", 100);
    zr_history_close (&history);
    s_refused ("a-file/below");
    assert_non_null (strstr (s_said, "Not a directory"));
}

static void
s_limit_files (rlim_t bytes)
{
    struct rlimit limit;
    getrlimit (RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal (setrlimit (RLIMIT_FSIZE, &limit), 0);
}

// Adds lines until that fails. Returns the number of the last that was stored.
static int
s_fill (zr_history_t *history, int number)
{
    static char text[ZR_CHAT_TEXT_MAX + 1];
    memset (text, 'x', ZR_CHAT_TEXT_MAX);
    for (;; number++) {
        const zr_room_line_t line = s_line (number + 1, 'a', number + 1, text);
        if (zr_history_begin (history) || zr_history_add_line (history, &line) ||
            zr_history_commit (history)) {
            zr_history_rollback (history);
            return number;
        }
    }
}

static void
s_assert_intact (zr_history_t *history, int number)
{
    assert_int_equal (zr_history_newest (history), number);
    int left = -1;
    s_log_len = 0;
    assert_int_equal (
        zr_history_read (history, "", 0, 1 << 20, 1 << 20, s_write_line, &left),
        number);
}

static void
s_disk_fails (void **state)
{
    (void) state;
    signal (SIGXFSZ, SIG_IGN);
    zr_history_t *history = s_open ("limited", 1000);
    s_limit_files (100000);
    int number = s_fill (history, 0);
    assert_true (number > 1 && number < 25);
    assert_string_equal (zr_history_error (history), "the disk fails");
    assert_int_equal (s_fill (history, number), number);
    s_assert_intact (history, number);
    s_limit_files (200000);
    int later = s_fill (history, number);
    assert_true (later > number);
    s_limit_files (RLIM_INFINITY);
    s_assert_intact (history, later);
    s_add (history, later + 1, 'a', later + 1);
    zr_history_close (&history);
    history = s_open ("limited", 1000);
    s_assert_intact (history, later + 1);
    zr_history_close (&history);
    // not even the schema fits
    s_limit_files (512);
    s_refused ("tiny");
    assert_non_null (strstr (s_said, "the disk fails"));
    s_limit_files (RLIM_INFINITY);
    history = s_open ("tiny", 100);
    zr_history_close (&history);
}

static int
s_unlimit_files (void **state)
{
    (void) state;
    s_limit_files (RLIM_INFINITY);
    return 0;
}

static void
s_disk_full (void **state)
{
    (void) state;
    char disk[128];
    snprintf (disk, sizeof disk, "%s", s_path ("disk"));
    assert_int_equal (mkdir (disk, 0700), 0);
    // in a namespace of its own, so that nothing of it stays
    if (unshare (CLONE_NEWNS) || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount ("none", disk, "tmpfs", 0, "size=256k"))
        skip ();
    zr_history_t *history = s_open ("disk/history", 1000);
    int ballast = open (s_path ("disk/ballast"), O_RDWR | O_CREAT, 0600);
    assert_int_equal (posix_fallocate (ballast, 0, 100000), 0);
    int number = s_fill (history, 0);
    assert_true (number > 2);
    assert_string_equal (zr_history_error (history), "the disk is full");
    s_assert_intact (history, number);
    assert_int_equal (s_fill (history, number), number);
    assert_int_equal (ftruncate (ballast, 0), 0);
    close (ballast);
    s_add (history, number + 1, 'a', number + 1);
    zr_history_close (&history);
    history = s_open ("disk/history", 1000);
    s_assert_intact (history, number + 1);
    zr_history_close (&history);
    assert_int_equal (mount ("none", disk, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    s_refused ("disk/history");
    assert_non_null (strstr (s_said, "Read-only file system"));
    umount (disk);
}

static void
s_killed (void **state)
{
    (void) state;
    int64_t told = 0, number;
    for (int life = 0; life < 2; life++) {
        int pipes[2];
        assert_int_equal (pipe (pipes), 0);
        pid_t child = fork ();
        assert_true (child >= 0);
        if (child == 0) {
            zr_history_t *history = zr_history_open (s_path ("killed"), 100000);
            number = zr_history_newest (history);
            for (;;) {
                const zr_room_line_t line =
                    s_line (number + 1, 'a', number + 1, "text");
                if (zr_history_begin (history) ||
                    zr_history_add_line (history, &line) || zr_history_commit (history))
                    _exit (1);
                number++;
                if (write (pipes[1], &number, sizeof number) != sizeof number)
                    _exit (1);
            }
        }
        close (pipes[1]); // so that a child that gives up is not waited for
        for (int i = 0; i < 10; i++) {
            assert_int_equal (read (pipes[0], &number, sizeof number), sizeof number);
            assert_true (number > told);
            told = number;
        }
        kill (child, SIGKILL);
        int status;
        waitpid (child, &status, 0);
        assert_true (WIFSIGNALED (status));
        close (pipes[0]);
    }
    zr_history_t *history = s_open ("killed", 100000);
    number = zr_history_newest (history);
    assert_true (number >= told);
    s_assert_intact (history, (int) number);
    zr_history_close (&history);
}

static void
s_words (void **state)
{
    (void) state;
    const zr_database_kind_t kind = {1, 1, "CREATE TABLE x (y)"};
    zr_database_t database;
    assert_int_equal (zr_database_open (&database, NULL, &kind), 0);
    zr_database_fail (&database, SQLITE_READONLY);
    assert_string_equal (database.error, "the file or its disk is read-only");
    zr_database_fail (&database, SQLITE_IOERR);
    assert_string_equal (database.error, "the disk fails");
    int64_t value;
    assert_int_equal (zr_database_ask (&database, "SELECT z FROM x", &value), -1);
    assert_string_equal (database.error, "no such column: z");
    assert_int_equal (zr_database_ask (&database, "SELECT y FROM x", &value), -1);
    zr_database_close (&database);
    const zr_database_kind_t wrong = {1, 1, "CREATE NOTHING"};
    assert_int_equal (zr_database_open (&database, NULL, &wrong), -1);
    zr_database_close (&database);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a second broker is told that the file is in use", s_in_use, NULL, NULL, NULL},
        {"a file that is no history of ours is refused", s_not_ours, NULL, NULL, NULL},
        {"a damaged file is refused", s_damaged, NULL, NULL, NULL},
        {"a file that cannot be reached is refused", s_unreachable, NULL, NULL, NULL},
        {"a failing disk is survived", s_disk_fails, NULL, s_unlimit_files, NULL},
        {"what is committed survives a kill", s_killed, NULL, NULL, NULL},
        {"errors are said in words", s_words, NULL, NULL, NULL},
        {"a full disk is survived, a read-only one refused", s_disk_full, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests_name ("history_disk", tests, s_set_up, s_tear_down);
}
