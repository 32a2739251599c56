// SPDX-License-Identifier: MPL-2.0
// What is stored is there, all of it or nothing, for those who may see it.

#include "tests/unit/history_probe.h"

static void
s_new_file (void **state)
{
    (void) state;
    zr_history_t *history = s_open ("below/two/folders", 100);
    struct stat status;
    assert_int_equal (stat (s_path ("below/two/folders"), &status), 0);
    assert_int_equal (status.st_mode & 0777, 0600);
    assert_int_equal (stat (s_path ("below/two"), &status), 0);
    assert_int_equal (status.st_mode & 0777, 0700);
    assert_int_equal (zr_history_newest (history), 0);
    assert_string_equal (s_members (history), "");
    assert_string_equal (s_read (history, 'a', 0, 100, 100), "");
    zr_history_close (&history);
    assert_null (history);
    zr_history_close (&history);
}

static void
s_round_trip (void **state)
{
    (void) state;
    static char text[ZR_CHAT_TEXT_MAX + 1];
    memset (text, 'x', ZR_CHAT_TEXT_MAX);
    memcpy (text, "\xf0\x9f\x98\x80'\"", 6);
    zr_room_line_t lines[3] = {s_line (5, 'a', 7, "hello\tyou"),
                               s_line (6, 'a', INT64_MAX, text),
                               s_line (INT64_MAX, 'a', 1, "psst")};
    lines[1].kind = ZR_CHAT_ME;
    lines[2].kind = ZR_CHAT_MSG;
    snprintf (lines[2].to, sizeof lines[2].to, "bob");
    memset (lines[2].to_token, 'b', ZR_CHAT_TOKEN_LEN);
    zr_history_t *history = s_open ("trip", 100);
    zr_history_begin (history);
    for (int i = 0; i < 3; i++)
        assert_int_equal (zr_history_add_line (history, &lines[i]), 0);
    s_put (history, 'a', "\xc3\xa9ve", 1, true);
    assert_int_equal (zr_history_commit (history), 0);
    zr_history_close (&history);
    history = s_open ("trip", 100);
    assert_int_equal (zr_history_newest (history), INT64_MAX);
    for (int i = 0; i < 3; i++)
        assert_int_equal (zr_history_read (history, lines[2].to_token,
                                           lines[i].number - 1, lines[i].number, 5,
                                           s_check_line, &lines[i]),
                          1);
    assert_string_equal (s_members (history), "a \xc3\xa9ve 1 here\n");
    zr_history_close (&history);
}

static void
s_rollback (void **state)
{
    (void) state;
    zr_history_t *history = s_open ("rollback", 100);
    s_add (history, 1, 'a', 1);
    zr_history_begin (history);
    const zr_room_line_t line = s_line (2, 'a', 2, "two");
    const zr_room_line_t same = s_line (2, 'a', 3, "another of that number");
    assert_int_equal (zr_history_add_line (history, &line), 0);
    s_put (history, 'a', "ana", 1, true);
    assert_int_equal (zr_history_add_line (history, &same), -1);
    assert_non_null (strstr (zr_history_error (history), "UNIQUE"));
    zr_history_rollback (history);
    assert_non_null (strstr (zr_history_error (history), "UNIQUE"));
    assert_int_equal (zr_history_newest (history), 1);
    assert_string_equal (s_read (history, 'a', 0, 100, 100), "1 ");
    assert_string_equal (s_members (history), "");
    zr_history_rollback (history); // nothing to be rolled back
    s_add (history, 2, 'a', 2);
    assert_int_equal (zr_history_begin (history), 0);
    assert_int_equal (zr_history_begin (history), -1);
    zr_history_rollback (history);
    assert_int_equal (zr_history_commit (history), -1);
    zr_history_close (&history);
}

static void
s_doubles (void **state)
{
    (void) state;
    zr_history_t *history = zr_history_open (NULL, 100);
    zr_history_begin (history);
    s_put (history, 'a', "ana", 0, true);
    assert_int_equal (zr_history_commit (history), 0);
    s_add (history, 1, 'a', 1);
    s_add (history, 2, 'a', 1);
    assert_int_equal (zr_history_newest (history), 1);
    s_add (history, 2, 'b', 1);
    s_add (history, 3, 'a', 2);
    assert_string_equal (s_read (history, 'a', 0, 100, 100), "1 2 3 ");
    assert_string_equal (s_members (history), "a ana 2 here\n");
    zr_history_close (&history);
}

static void
s_visible (void **state)
{
    (void) state;
    zr_history_t *history = zr_history_open (NULL, 100);
    zr_history_begin (history);
    for (int i = 1; i <= 9; i++) {
        zr_room_line_t line = s_line (i, 'a', i, "text");
        if (i % 3 == 0) {
            line.kind = ZR_CHAT_MSG;
            memset (line.to_token, 'b', ZR_CHAT_TOKEN_LEN);
        }
        zr_history_add_line (history, &line);
    }
    assert_int_equal (zr_history_commit (history), 0);
    assert_string_equal (s_read (history, 'a', 0, 9, 100), "1 2 3 4 5 6 7 8 9 ");
    assert_string_equal (s_read (history, 'b', 4, 7, 100), "5 6 7 ");
    assert_string_equal (s_read (history, 'c', 0, 9, 100), "1 2 4 5 7 8 ");
    assert_string_equal (s_read (history, 'c', 2, 9, 2), "4 5 ");
    assert_string_equal (s_read (history, 'c', 9, 9, 2), "");
    const char *a = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const char *c = "cccccccccccccccccccccccccccccccc";
    assert_int_equal (zr_history_before_newest (history, a, INT64_MAX, 1), 8);
    assert_int_equal (zr_history_before_newest (history, c, 6, 50), 0);
    assert_true (zr_history_before_newest (history, c, 6, 1) < 6);
    assert_int_equal (zr_history_before_newest (history, c, INT64_MAX, 1), 7);
    assert_int_equal (zr_history_before_newest (history, c, INT64_MAX, 2), 6);
    assert_int_equal (zr_history_before_newest (history, c, INT64_MAX, 3), 4);
    assert_int_equal (zr_history_before_newest (history, c, INT64_MAX, 50), 0);
    int left = 2;
    s_log_len = 0;
    assert_int_equal (zr_history_read (history, a, 0, 9, 9, s_write_line, &left), 2);
    assert_string_equal (s_log, "1 2 ");
    zr_history_close (&history);
}

static void
s_member_changes (void **state)
{
    (void) state;
    zr_history_t *history = s_open ("members", 100);
    zr_history_begin (history);
    s_put (history, 'a', "ana", 5, true);
    s_put (history, 'b', "bob", 0, true);
    s_put (history, 'c', "cleo", 7, false);
    s_put (history, 'a', "anna", 0, false); // what was accepted stays so
    assert_int_equal (zr_history_commit (history), 0);
    assert_string_equal (s_members (history),
                         "b bob 0 here\nc cleo 7 gone\na anna 5 gone\n");
    zr_history_close (&history);
    history = s_open ("members", 100);
    zr_history_begin (history);
    s_put (history, 'b', "bob", 0, false); // of no further use
    s_put (history, 'd', "dan", 0, false); // never known
    s_put (history, 'c', "cleo", 9, true);
    assert_int_equal (zr_history_commit (history), 0);
    assert_string_equal (s_members (history), "a anna 5 gone\nc cleo 9 here\n");
    zr_history_close (&history);
}

static void
s_count_member (void *arg, const zr_room_member_t *member)
{
    int *counts = arg;
    counts[member->present]++;
    if (!member->present && !counts[2])
        counts[2] = (int) member->accepted;
}

static void
s_members_pruned (void **state)
{
    (void) state;
    zr_history_t *history = zr_history_open (NULL, 100);
    zr_room_member_t member = {.nick = "x"};
    for (int turn = 0; turn < 2; turn++) {
        zr_history_begin (history);
        for (int i = 1; i <= ZR_ROOM_KNOWN_MAX; i++) {
            int number = turn * ZR_ROOM_KNOWN_MAX + i;
            snprintf (member.token, sizeof member.token, "%032x", number);
            member.accepted = number;
            member.present = number <= 10;
            zr_history_put_member (history, &member);
        }
        assert_int_equal (zr_history_commit (history), 0);
    }
    int counts[3] = {0}; // gone, here, the first one that is gone
    assert_int_equal (zr_history_members (history, s_count_member, counts),
                      ZR_ROOM_KNOWN_MAX + 10);
    assert_int_equal (counts[1], 10);
    assert_int_equal (counts[2], ZR_ROOM_KNOWN_MAX + 1);
    zr_history_close (&history);
}

static void
s_lines_pruned (void **state)
{
    (void) state;
    zr_history_t *history = s_open ("pruned", 20);
    for (int i = 1; i <= 22; i++)
        s_add (history, i, 'a', i);
    s_read (history, 'a', 0, 100, 100);
    assert_memory_equal (s_log, "1 2 ", 4);
    s_add (history, 23, 'a', 23);
    s_read (history, 'a', 0, 100, 100);
    assert_memory_equal (s_log, "4 5 ", 4);
    zr_history_close (&history);
    // how many there are is known again
    history = s_open ("pruned", 20);
    s_add (history, 24, 'a', 24);
    s_add (history, 25, 'a', 25);
    assert_memory_equal (s_read (history, 'a', 0, 100, 100), "4 5 ", 4);
    s_add (history, 26, 'a', 26);
    assert_memory_equal (s_read (history, 'a', 0, 100, 100), "7 8 ", 4);
    zr_history_close (&history);
    // numbers never begin anew
    history = s_open ("pruned", 0);
    s_add (history, 27, 'a', 27);
    s_add (history, 28, 'a', 28);
    zr_history_close (&history);
    history = s_open ("pruned", 0);
    assert_int_equal (zr_history_newest (history), 28);
    assert_string_equal (s_read (history, 'a', 0, 100, 100), "28 ");
    zr_history_close (&history);
}

// Whether a turn of lines and a member is stored, or taken back as a whole.
static void
s_needed (void **state)
{
    (void) state;
    zr_history_t *history = s_open ("needed", 20);
    zr_history_need (history, 2); // somebody has got the first two
    for (int i = 1; i <= 40; i++)
        s_add (history, i, 'a', i);
    assert_memory_equal (s_read (history, 'a', 0, 100, 100), "3 4 ", 4);
    zr_history_need (history, INT64_MAX);
    s_add (history, 41, 'a', 41);
    assert_memory_equal (s_read (history, 'a', 0, 100, 100), "22 23 ", 6);
    zr_history_close (&history);
}

static bool
s_is_stored (zr_history_t *history, int64_t number, int lines, const char *nick)
{
    zr_room_member_t member = {.accepted = 1};
    snprintf (member.nick, sizeof member.nick, "%s", nick);
    memset (member.token, nick[0], ZR_CHAT_TOKEN_LEN);
    bool stored = zr_history_begin (history) == 0 &&
                  zr_history_put_member (history, &member) == 0;
    for (int i = 0; i < lines && stored; i++) {
        const zr_room_line_t line = s_line (number + i, 'a', number + i, "text");
        stored = zr_history_add_line (history, &line) == 0;
    }
    stored = stored && zr_history_commit (history) == 0;
    if (!stored)
        zr_history_rollback (history);
    return stored;
}

static void
s_all_or_nothing (void **state)
{
    (void) state;
    zr_history_t *history = s_open ("triggers", 20);
    zr_history_close (&history);
    s_execute ("triggers",
               "CREATE TRIGGER a BEFORE INSERT ON members WHEN new.nick = 'bob'"
               " BEGIN SELECT RAISE (ABORT, 'no bob'); END;"
               "CREATE TRIGGER b BEFORE DELETE ON lines WHEN old.number = 1"
               " BEGIN SELECT RAISE (ABORT, 'no pruning'); END;");
    history = s_open ("triggers", 20);
    assert_true (s_is_stored (history, 1, 10, "ana"));
    assert_false (s_is_stored (history, 11, 1, "bob"));
    assert_string_equal (zr_history_error (history), "no bob");
    assert_int_equal (zr_history_newest (history), 10);
    assert_false (s_is_stored (history, 11, 13, "cleo"));
    assert_string_equal (zr_history_error (history), "no pruning");
    assert_int_equal (zr_history_newest (history), 10);
    assert_true (s_is_stored (history, 11, 12, "cleo"));
    assert_string_equal (s_members (history), "a ana 22 gone\nc cleo 1 gone\n");
    zr_history_close (&history);
    // pruning of members comes with the first turn
    s_execute (
        "triggers",
        "DROP TRIGGER b; CREATE TRIGGER c BEFORE DELETE ON members BEGIN"
        " SELECT RAISE (ABORT, 'no forgetting'); END;"
        "WITH RECURSIVE i (n) AS (SELECT 1 UNION SELECT n + 1 FROM i LIMIT 17000)"
        " INSERT INTO members SELECT n, 'x', 1, 0, n FROM i");
    history = s_open ("triggers", 20);
    assert_false (s_is_stored (history, 23, 1, "dan"));
    assert_string_equal (zr_history_error (history), "no forgetting");
    zr_history_close (&history);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a new file is for its owner only, and empty", s_new_file, NULL, NULL, NULL},
        {"what is committed is there again", s_round_trip, NULL, NULL, NULL},
        {"a rollback takes everything back", s_rollback, NULL, NULL, NULL},
        {"a line that is there already is left out", s_doubles, NULL, NULL, NULL},
        {"everybody reads the lines it may see", s_visible, NULL, NULL, NULL},
        {"members change, and go when they are of no use", s_member_changes, NULL, NULL,
         NULL},
        {"lines that somebody still has to get stay", s_needed, NULL, NULL, NULL},
        {"the longest absent members go", s_members_pruned, NULL, NULL, NULL},
        {"old lines go, a tenth at a time", s_lines_pruned, NULL, NULL, NULL},
        {"a turn is stored as a whole or not at all", s_all_or_nothing, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests_name ("history", tests, s_set_up, s_tear_down);
}
