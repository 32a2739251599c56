// SPDX-License-Identifier: MPL-2.0
// Snapshots in a folder of their own: names that a file system takes, pictures whole or
// not at all. A full disk is a limit on the size of files.

#include "subscriber/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#define STAMP "-[0-9]{8}-[0-9]{6}\\.[0-9]{3}\\.jpg$"

static char s_folder[] = "/tmp/zroom-test-snapshot-XXXXXX";
static int s_stderr;

static int
s_set_up (void **state)
{
    (void) state;
    fflush (stderr);
    s_stderr = dup (STDERR_FILENO);
    int file = memfd_create ("log", MFD_CLOEXEC);
    dup2 (file, STDERR_FILENO);
    close (file);
    memcpy (s_folder + strlen (s_folder) - 6, "XXXXXX", 6);
    return mkdtemp (s_folder) == NULL;
}

static int
s_tear_down (void **state)
{
    (void) state;
    dup2 (s_stderr, STDERR_FILENO);
    close (s_stderr);
    return rmdir (s_folder); // a test takes away what it made
}

// How many files there are; the name of one of them goes to name (PATH_MAX bytes).
static int
s_count_files (char *name)
{
    DIR *folder = opendir (s_folder);
    assert_non_null (folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir (folder));)
        if (strcmp (entry->d_name, ".") && strcmp (entry->d_name, "..")) {
            snprintf (name, PATH_MAX, "%s/%s", s_folder, entry->d_name);
            count++;
        }
    closedir (folder);
    return count;
}

static void
s_assert_matches (const char *text, const char *pattern)
{
    regex_t regex;
    assert_int_equal (regcomp (&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    int status = regexec (&regex, text, 0, NULL, 0);
    regfree (&regex);
    if (status)
        fail_msg ("\"%s\" does not match \"%s\"", text, pattern);
}

static void
s_paths (void **state)
{
    (void) state;
    static const char *const cases[][2] = {
        {"ana", "^/dir/ana" STAMP},
        {"a/b", "^/dir/a_b" STAMP},
        {"../../etc/passwd", "^/dir/_\\._\\.\\._etc_passwd" STAMP},
        {"..", "^/dir/_\\." STAMP},
        {".hidden", "^/dir/_hidden" STAMP},
        {"a\nb\x1b", "^/dir/a_b_" STAMP},
        {"%s%n %d", "^/dir/%s%n %d" STAMP},
        {"\xc3\xa4", "^/dir/\xc3\xa4" STAMP},
        {"", "^/dir/" STAMP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[PATH_MAX];
        zr_snapshot_path (path, sizeof path, "/dir", cases[i][0], "jpg");
        s_assert_matches (path, cases[i][1]);
    }
    char path[PATH_MAX];
    zr_snapshot_path (path, sizeof path, ".", "zroom", "mkv");
    s_assert_matches (path, "^\\./zroom-.*\\.mkv$");
}

static void
s_long_names (void **state)
{
    (void) state;
    char path[PATH_MAX], name[1000] = "";
    memset (name, 'n', sizeof name - 1);
    zr_snapshot_path (path, sizeof path, "d", name, "jpg");
    assert_true (strlen (path) <= 2 + NAME_MAX);
    s_assert_matches (path, STAMP);
}

// Whatever the room, nothing is written beyond it.
static void
s_small_room (void **state)
{
    (void) state;
    char dir[64] = "";
    memset (dir, 'd', sizeof dir - 1);
    for (size_t size = 1; size < 150; size++) {
        char *path = malloc (size);
        assert_non_null (path);
        zr_snapshot_path (path, size, dir, "a/b", "jpg");
        assert_true (strlen (path) < size);
        free (path);
    }
}

static void
s_whole (void **state)
{
    (void) state;
    char name[PATH_MAX];
    uint8_t data[100000], read[100001];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t) (i * 31 >> 3);
    const zr_frame_t frame = {.data = data, .len = sizeof data};
    assert_int_equal (zr_snapshot_save (&frame, s_folder, "ana"), 0);
    assert_int_equal (s_count_files (name), 1); // and nothing temporary
    s_assert_matches (name, "/ana" STAMP);
    FILE *file = fopen (name, "rb");
    assert_non_null (file);
    assert_int_equal (fread (read, 1, sizeof read, file), sizeof data);
    fclose (file);
    assert_memory_equal (read, data, sizeof data);
    unlink (name);
}

static void
s_no_folder (void **state)
{
    (void) state;
    char name[PATH_MAX], dir[PATH_MAX * 2] = "";
    uint8_t data[4] = {0};
    const zr_frame_t frame = {.data = data, .len = sizeof data};
    snprintf (dir, sizeof dir, "%s/none", s_folder);
    assert_int_equal (zr_snapshot_save (&frame, dir, "ana"), -1);
    assert_int_equal (zr_snapshot_save (&frame, "/dev/null", "ana"), -1);
    memset (dir, '/', sizeof dir - 1); // as good as "/", but too long
    assert_int_equal (zr_snapshot_save (&frame, dir, "ana"), -1);
    assert_int_equal (s_count_files (name), 0);
}

static void
s_full_disk (void **state)
{
    (void) state;
    char name[PATH_MAX];
    static uint8_t data[100000];
    const zr_frame_t frame = {.data = data, .len = sizeof data};
    struct rlimit before, small;
    assert_int_equal (getrlimit (RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 50000;
    signal (SIGXFSZ, SIG_IGN);
    assert_int_equal (setrlimit (RLIMIT_FSIZE, &small), 0);
    int status = zr_snapshot_save (&frame, s_folder, "ana");
    assert_int_equal (setrlimit (RLIMIT_FSIZE, &before), 0);
    assert_int_equal (status, -1);
    assert_int_equal (s_count_files (name), 0); // nothing half-written
}

#define TEST(name, function)                                                           \
    {                                                                                  \
        name, function, s_set_up, s_tear_down, NULL                                    \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("a name holds nothing that a file name cannot", s_paths),
        TEST ("a long name is cut before its date", s_long_names),
        TEST ("a path that does not fit is cut", s_small_room),
        TEST ("a snapshot is the JPEG, byte for byte", s_whole),
        TEST ("without a folder it fails", s_no_folder),
        TEST ("on a full disk nothing half-written stays", s_full_disk),
    };
    return cmocka_run_group_tests_name ("snapshot", tests, NULL, NULL);
}
