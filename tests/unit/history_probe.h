// SPDX-License-Identifier: MPL-2.0
// Histories for tests: files in a folder of the test's own, and what was read as text.
// Tokens are one letter, 32 times.

#ifndef HISTORY_PROBE_H
#define HISTORY_PROBE_H

#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/history.h"

static char s_folder[64];
static char s_said[1024]; // by the last s_refused
static char s_log[1 << 14];
static size_t s_log_len;

static inline const char *
s_path (const char *name)
{
    static char path[128];
    snprintf (path, sizeof path, "%s/%s", s_folder, name);
    return path;
}

static inline zr_history_t *
s_open (const char *name, int64_t keep)
{
    zr_history_t *history = zr_history_open (s_path (name), keep);
    assert_non_null (history);
    return history;
}

// Opens what cannot be opened, and reads what was logged.
static inline void
s_refused (const char *name)
{
    char log[128];
    snprintf (log, sizeof log, "%s/log", s_folder);
    int before = dup (STDERR_FILENO);
    int file = open (log, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true (before >= 0 && file >= 0);
    dup2 (file, STDERR_FILENO);
    zr_history_t *history = zr_history_open (s_path (name), 100);
    dup2 (before, STDERR_FILENO);
    close (before);
    ssize_t len = pread (file, s_said, sizeof s_said - 1, 0);
    close (file);
    assert_null (history);
    assert_true (len > 0);
    s_said[len] = '\0';
    assert_non_null (strstr (s_said, name));
    assert_non_null (strstr (s_said, "--history"));
}

static inline zr_room_line_t
s_line (int64_t number, char token, int64_t n, const char *text)
{
    zr_room_line_t line = {.number = number,
                           .time_ms = number / 2,
                           .kind = ZR_CHAT_SAY,
                           .n = n,
                           .from = "ana",
                           .text = text,
                           .text_len = strlen (text)};
    memset (line.token, token, ZR_CHAT_TOKEN_LEN);
    return line;
}

static inline void
s_add (zr_history_t *history, int64_t number, char token, int64_t n)
{
    const zr_room_line_t line = s_line (number, token, n, "text");
    assert_int_equal (zr_history_begin (history), 0);
    assert_int_equal (zr_history_add_line (history, &line), 0);
    assert_int_equal (zr_history_commit (history), 0);
}

static inline void
s_put (zr_history_t *history, char token, const char *nick, int64_t accepted,
       bool present)
{
    zr_room_member_t member = {.accepted = accepted, .present = present};
    memset (member.token, token, ZR_CHAT_TOKEN_LEN);
    snprintf (member.nick, sizeof member.nick, "%s", nick);
    assert_int_equal (zr_history_put_member (history, &member), 0);
}

static inline void
s_write_member (void *arg, const zr_room_member_t *member)
{
    (void) arg;
    s_log_len += (size_t) snprintf (
        s_log + s_log_len, sizeof s_log - s_log_len, "%c %s %d %s\n", member->token[0],
        member->nick, (int) member->accepted, member->present ? "here" : "gone");
}

static inline const char *
s_members (zr_history_t *history)
{
    s_log_len = 0;
    s_log[0] = '\0';
    int count = zr_history_members (history, s_write_member, NULL);
    for (const char *at = s_log; (at = strchr (at, '\n')); at++)
        count--;
    assert_int_equal (count, 0);
    return s_log;
}

// Takes as many as *arg says.
static inline bool
s_write_line (void *arg, const zr_room_line_t *line)
{
    int *left = arg;
    if ((*left)-- == 0)
        return false;
    s_log_len += (size_t) snprintf (s_log + s_log_len, sizeof s_log - s_log_len, "%d ",
                                    (int) line->number);
    return true;
}

static inline const char *
s_read (zr_history_t *history, char token, int64_t number, int64_t last, int limit)
{
    char name[ZR_CHAT_TOKEN_LEN + 1] = "";
    memset (name, token, ZR_CHAT_TOKEN_LEN);
    int left = -1;
    s_log_len = 0;
    s_log[0] = '\0';
    assert_true (
        zr_history_read (history, name, number, last, limit, s_write_line, &left) >= 0);
    return s_log;
}

static inline void
s_execute (const char *name, const char *sql)
{
    sqlite3 *db;
    assert_int_equal (sqlite3_open (s_path (name), &db), SQLITE_OK);
    assert_int_equal (sqlite3_exec (db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close (db);
}

static inline int
s_set_up (void **state)
{
    (void) state;
    alarm (60); // whatever hangs
    // in memory where that is possible: this is not about the disk's speed
    const char *base = getenv ("TMPDIR");
    if (!base || strlen (base) > 31)
        base = access ("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf (s_folder, sizeof s_folder, "%s/zroom-history-XXXXXX", base);
    return mkdtemp (s_folder) ? 0 : -1;
}

static inline int
s_tear_down (void **state)
{
    (void) state;
    pid_t child = fork ();
    if (child == 0)
        execlp ("rm", "rm", "-rf", s_folder, (char *) NULL);
    int status;
    return waitpid (child, &status, 0) == child ? status : -1;
}

static inline bool
s_check_line (void *arg, const zr_room_line_t *line)
{
    const zr_room_line_t *expected = arg;
    assert_int_equal (line->number, expected->number);
    assert_int_equal (line->time_ms, expected->time_ms);
    assert_int_equal (line->kind, expected->kind);
    assert_int_equal (line->n, expected->n);
    assert_string_equal (line->from, expected->from);
    assert_string_equal (line->to, expected->to);
    assert_string_equal (line->token, expected->token);
    assert_string_equal (line->to_token, expected->to_token);
    assert_int_equal (line->text_len, expected->text_len);
    assert_memory_equal (line->text, expected->text, line->text_len);
    return true;
}

#endif
