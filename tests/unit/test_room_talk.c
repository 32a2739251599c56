// SPDX-License-Identifier: MPL-2.0
// Lines: taken once and in order, or answered with why not; and what a history that
// cannot be written does to them.

#include "tests/unit/room_probe.h"

static void
s_stored (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_say (room, 1, 1, "hello");
    s_line (room, 2, ZR_CHAT_ME, 1, "wav\tes \xc3\xa9\xf0\x9f\x98\x80", NOW + 5);
    s_say (room, 1, 2, "x");
    s_expect (room, "store 1 a #813 n1 say ana | hello\n"
                    "store 2 b #814 n1 me bob | wav\tes \xc3\xa9\xf0\x9f\x98\x80\n"
                    "store 1 a #815 n2 say ana | x\n");
    s_say (room, 2, 2, "y");
    s_expect (room, "store 2 b #816 n2 say bob | y\n");
    s_join (room, 3, 'a', "ana", 812, NOW);
    s_end (room, true);
    assert_non_null (strstr (s_log, "3 < WELCOME ana 816 2\n"));
    zr_room_destroy (&room);
}

static void
s_msg (zr_room_t *room, zr_room_peer_t peer, int64_t n, const char *to)
{
    zr_chat_message_t message = {.verb = ZR_CHAT_MSG, .n = n};
    snprintf (message.to, sizeof message.to, "%s", to);
    s_receive (room, peer, message, "psst", NOW);
}

static void
s_private (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    zr_room_lost (room, 2, false, NOW);
    s_msg (room, 1, 1, "BOB");
    s_msg (room, 1, 2, "ana");
    s_expect (room, "drop 2\n"
                    "store 1 a #813 n1 msg ana bob b | psst\n"
                    "store 1 a #814 n2 msg ana ana a | psst\n");
    s_msg (room, 1, 3, "cleo");
    s_msg (room, 1, 4, "b b");
    s_expect (room, "remember a ana 3 here\n"
                    "remember a ana 4 here\n"
                    "--\n"
                    "1 < ERROR nobody 3 | nobody here has that name\n"
                    "1 < ERROR nobody 4 | nobody here has that name\n");
    zr_room_tick (room, NOW + ZR_ROOM_BACK_MS);
    s_msg (room, 1, 5, "bob");
    s_expect (room, "all < LEFT bob lost\n"
                    "remember b bob 0 gone\n"
                    "remember a ana 5 here\n"
                    "--\n"
                    "1 < ERROR nobody 5 | nobody here has that name\n");
    zr_room_destroy (&room);
}

static void
s_bad_text (void **state)
{
    (void) state;
    static const char *const bad[] = {
        "",     "a\nb",     "\x1b[2J",      "a\x7f",   "\xc2\x80",         "\xc2\x9b",
        "\xff", "\xc0\xaf", "\xed\xa0\x80", "caf\xc3", "\xf4\x90\x80\x80", "\xc2\x9f",
        "\x1f",
    };
    zr_room_t *room = s_room ();
    char expected[256];
    for (int i = 0; i < 13; i++) {
        s_say (room, 1, i + 1, bad[i]);
        snprintf (expected, sizeof expected,
                  "remember a ana %d here\n--\n1 < ERROR text-bad %d | a line is "
                  "UTF-8 without control characters, and not empty\n",
                  i + 1, i + 1);
        s_expect (room, expected);
    }
    // a NUL is a control character
    zr_chat_message_t message = {.verb = ZR_CHAT_SAY, .n = 14};
    message.text = "a\0b";
    message.text_len = 3;
    zr_room_receive (room, 1, &message, ZR_CHAT_CODE_NONE, NOW);
    s_end (room, true);
    assert_non_null (strstr (s_log, "ERROR text-bad 14"));
    s_say (room, 1, 15, "\xc2\xa0");
    s_expect (room, "store 1 a #813 n15 say ana | \xc2\xa0\n");
    zr_room_destroy (&room);
}

static void
s_long_text (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    static char text[ZR_CHAT_TEXT_MAX + 2];
    memset (text, 'x', ZR_CHAT_TEXT_MAX + 1);
    static const char expected[] =
        "remember a ana 1 here\n"
        "--\n"
        "1 < ERROR too-long 1 | a line has at most 4096 bytes\n";
    s_say (room, 1, 1, text);
    s_expect (room, expected);
    const zr_chat_message_t message = {.verb = ZR_CHAT_SAY, .n = 2};
    zr_room_receive (room, 1, &message, ZR_CHAT_TOO_LONG, NOW);
    s_end (room, true);
    assert_non_null (strstr (s_log, "ERROR too-long 2"));
    text[ZR_CHAT_TEXT_MAX] = '\0';
    s_say (room, 1, 3, text);
    s_end (room, true);
    assert_memory_equal (s_log, "store 1 a #813 n3 say ana | xxx", 31);
    zr_room_destroy (&room);
}

static void
s_numbers (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_say (room, 9, 1, "who am I");
    s_expect (room, "9 < ERROR not-joined 1 | join first\n");
    s_say (room, 1, 0, "zero");
    s_expect (room, "1 < ERROR malformed | that is no message of zroom/1\n");
    // to a room without memory any number is the first
    s_say (room, 1, 41, "first");
    s_say (room, 1, 42, "second");
    s_expect (room, "store 1 a #813 n41 say ana | first\n"
                    "store 1 a #814 n42 say ana | second\n");
    s_say (room, 1, 44, "gap");
    s_say (room, 1, 41, "again");
    s_say (room, 1, 42, "again");
    s_expect (room, "1 < ERROR gap 44 | a line before this one is missing\n"
                    "1 < ACK 41 0\n"
                    "1 < ACK 42 0\n");
    s_say (room, 1, 43, "third");
    s_expect (room, "store 1 a #815 n43 say ana | third\n");
    zr_room_destroy (&room);
}

static void
s_double_in_turn (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_say (room, 1, 1, "hello");
    s_say (room, 1, 1, "hello");
    s_expect (room, "store 1 a #813 n1 say ana | hello\n"
                    "--\n"
                    "1 < ACK 1 0\n");
    // by a new connection, which is told only what is stored
    s_say (room, 1, 2, "more");
    s_join (room, 3, 'a', "ana", 813, NOW);
    s_say (room, 3, 2, "more");
    s_expect (room, "store 1 a #814 n2 say ana | more\n"
                    "1 < REFUSED replaced | you have joined by another connection\n"
                    "drop 1\n"
                    "3 < WELCOME ana 813 1\n"
                    "catch up 3 a 813\n"
                    "--\n"
                    "3 < ACK 2 0\n");
    zr_room_destroy (&room);
}

static void
s_flood (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    for (int i = 1; i <= ZR_ROOM_BURST; i++)
        s_say (room, 1, i, "x");
    s_end (room, true);
    assert_null (strstr (s_log, "WAIT"));
    s_say (room, 1, ZR_ROOM_BURST + 1, "x");
    s_say (room, 1, ZR_ROOM_BURST + 2, "x");
    s_say (room, 2, 1, "others never wait");
    s_expect (room, "1 < WAIT 201 10\n"
                    "1 < ERROR gap 202 | a line before this one is missing\n"
                    "store 2 b #1013 n1 say bob | others never wait\n");
    s_line (room, 1, ZR_CHAT_SAY, ZR_ROOM_BURST + 1, "x", NOW + 4);
    s_expect (room, "1 < WAIT 201 6\n");
    s_line (room, 1, ZR_CHAT_SAY, ZR_ROOM_BURST + 1, "x", NOW + 10);
    s_line (room, 1, ZR_CHAT_SAY, 1, "an old one waits for nothing", NOW + 10);
    s_expect (room, "store 1 a #1014 n201 say ana | x\n1 < ACK 1 0\n");
    zr_room_destroy (&room);
}

static void
s_too_many_requests (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    for (int i = 0; i < ZR_ROOM_BURST; i++)
        s_ask (room, 1, ZR_CHAT_WHO, NULL, NOW);
    s_end (room, true);
    s_ask (room, 1, ZR_CHAT_WHO, NULL, NOW);
    s_ask (room, 1, ZR_CHAT_NICK, "anna", NOW);
    s_ask (room, 2, ZR_CHAT_WHO, NULL, NOW);
    s_expect (room, "1 < NOTICE | too many at once; try again in a second\n"
                    "1 < REFUSED busy | too many at once; try again in a second\n"
                    "2 < NAMES 2 | ana\nbob\n");
    zr_room_destroy (&room);
}

#define UNSTORED "the history cannot be written now"
#define FAILING "all < NOTICE | the history cannot be written; lines wait\n"
#define WORKING "all < NOTICE | the history is written again\n"

static void
s_unstored (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_say (room, 1, 1, "one");
    s_say (room, 1, 2, "two");
    s_join (room, 3, 'c', "cleo", -1, NOW);
    s_expect_unstored (room, "store 1 a #813 n1 say ana | one\n"
                             "store 1 a #814 n2 say ana | two\n"
                             "3 < WELCOME cleo 812 0\n"
                             "catch up 3 c -1\n"
                             "all but 3 < JOINED cleo\n"
                             "remember c cleo 0 here\n"
                             "--\n"
                             "1 < ERROR unstored 1 | " UNSTORED "\n"
                             "1 < ERROR unstored 2 | " UNSTORED "\n" FAILING);
    assert_int_equal (zr_room_count (room), 3);
    // nothing behind the first one can come first, even though nothing is accepted
    s_say (room, 1, 3, "three");
    s_expect_unstored (room, "1 < ERROR gap 3 | a line before this one is missing\n");
    // who fails again is told, but not everybody
    s_say (room, 1, 1, "one");
    s_expect_unstored (room, "remember a ana 1 here\n"
                             "store 1 a #813 n1 say ana | one\n"
                             "--\n"
                             "1 < ERROR unstored 1 | " UNSTORED "\n");
    s_say (room, 1, 1, "one");
    s_say (room, 1, 2, "two");
    s_expect (room, "remember a ana 1 here\n"
                    "store 1 a #813 n1 say ana | one\n"
                    "store 1 a #814 n2 say ana | two\n"
                    "--\n" WORKING);
    // what else was missed follows at once
    assert_int_equal (zr_room_next_ms (room), NOW);
    zr_room_tick (room, NOW);
    s_expect (room, "remember c cleo 0 here\n");
    assert_int_equal (zr_room_next_ms (room), -1);
    s_say (room, 1, 3, "three");
    s_expect (room, "store 1 a #815 n3 say ana | three\n");
    zr_room_destroy (&room);
}

static void
s_unstored_flood (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    for (int i = 1; i <= ZR_ROOM_BURST + 1; i++)
        s_say (room, 1, i, "x");
    s_end (room, false);
    assert_non_null (strstr (s_log, "1 < WAIT 201 10\n"));
    s_line (room, 1, ZR_CHAT_SAY, ZR_ROOM_BURST + 1, "x", NOW + 2000);
    s_line (room, 1, ZR_CHAT_SAY, 2, "x", NOW + 2000);
    s_line (room, 1, ZR_CHAT_SAY, 1, "x", NOW + 2000);
    s_expect (room, "1 < ERROR gap 201 | a line before this one is missing\n"
                    "1 < ERROR gap 2 | a line before this one is missing\n"
                    "remember a ana 1 here\n"
                    "store 1 a #813 n1 say ana | x\n"
                    "--\n" WORKING);
    zr_room_destroy (&room);
}

static void
s_retry (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    zr_room_lost (room, 2, false, NOW);
    s_say (room, 1, 1, "one");
    s_end (room, false);
    assert_int_equal (zr_room_next_ms (room), NOW + ZR_ROOM_BACK_MS);
    zr_room_tick (room, NOW + ZR_ROOM_BACK_MS);
    s_end (room, false);
    assert_int_equal (zr_room_next_ms (room), NOW + ZR_ROOM_BACK_MS + ZR_ROOM_RETRY_MS);
    zr_room_tick (room, NOW + ZR_ROOM_RETRY_MS);
    s_expect (room, "");
    // the history is told again without anybody saying anything
    s_ask (room, 1, ZR_CHAT_NICK, "anna", NOW + ZR_ROOM_BACK_MS + ZR_ROOM_RETRY_MS);
    zr_room_tick (room, NOW + ZR_ROOM_BACK_MS + ZR_ROOM_RETRY_MS);
    s_expect (room, "all < RENAMED ana anna\n"
                    "remember a anna 0 here\n"
                    "remember b bob 0 gone\n");
    assert_int_equal (zr_room_next_ms (room), -1);
    // a line failed, so it takes a line to know that they can be stored again
    s_say (room, 1, 1, "one");
    s_expect (room, "store 1 a #813 n1 say anna | one\n--\n" WORKING);
    zr_room_destroy (&room);
}

static void
s_next_of_two (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_say (room, 1, 1, "one");
    s_end (room, false);
    zr_room_lost (room, 2, false, NOW + 900);
    s_expect (room, "drop 2\n");
    assert_int_equal (zr_room_next_ms (room), NOW + ZR_ROOM_RETRY_MS);
    zr_room_destroy (&room);
}

static void
s_refused_unstored (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_say (room, 1, 1, "one");
    s_say (room, 1, 2, "");
    s_say (room, 1, 3, "three");
    s_expect_unstored (room, "store 1 a #813 n1 say ana | one\n"
                             "remember a ana 2 here\n"
                             "store 1 a #814 n3 say ana | three\n"
                             "--\n"
                             "1 < ERROR unstored 1 | " UNSTORED "\n"
                             "1 < ERROR unstored 2 | " UNSTORED "\n"
                             "1 < ERROR unstored 3 | " UNSTORED "\n" FAILING);
    s_say (room, 1, 1, "one");
    s_say (room, 1, 2, "");
    s_expect (room, "remember a ana 1 here\n"
                    "store 1 a #813 n1 say ana | one\n"
                    "remember a ana 2 here\n"
                    "--\n"
                    "1 < ERROR text-bad 2 | a line is UTF-8 without control "
                    "characters, and not empty\n" WORKING);
    // that it was refused is known again: it is not judged twice
    s_say (room, 1, 2, "");
    s_say (room, 1, 3, "three");
    s_expect (room, "1 < ACK 2 0\n"
                    "store 1 a #814 n3 say ana | three\n");
    zr_room_destroy (&room);
}

static void
s_gone_before_unstored (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_say (room, 1, 1, "one");
    s_ask (room, 1, ZR_CHAT_LEAVE, NULL, NOW);
    s_say (room, 2, 7, "seven");
    s_join (room, 3, 'b', "bob", 812, NOW);
    s_say (room, 3, 7, "seven");
    s_say (room, 3, 8, "eight");
    s_expect_unstored (room,
                       "store 1 a #813 n1 say ana | one\n"
                       "all but 1 < LEFT ana left\n"
                       "remember a ana 1 gone\n"
                       "drop 1\n"
                       "store 2 b #814 n7 say bob | seven\n"
                       "2 < REFUSED replaced | you have joined by another connection\n"
                       "drop 2\n"
                       "3 < WELCOME bob 812 0\n"
                       "catch up 3 b 812\n"
                       "store 3 b #815 n8 say bob | eight\n"
                       "--\n"
                       "3 < ERROR unstored 7 | " UNSTORED "\n"
                       "3 < ERROR unstored 8 | " UNSTORED "\n" FAILING);
    s_say (room, 3, 8, "eight");
    s_expect (room, "3 < ERROR gap 8 | a line before this one is missing\n");
    // a new connection begins where it likes
    s_join (room, 4, 'b', "bob", 812, NOW);
    s_say (room, 4, 9, "nine");
    zr_room_tick (room, NOW + ZR_ROOM_RETRY_MS);
    s_expect (room, "3 < REFUSED replaced | you have joined by another connection\n"
                    "drop 3\n"
                    "4 < WELCOME bob 812 0\n"
                    "catch up 4 b 812\n"
                    "remember b bob 9 here\n"
                    "store 4 b #813 n9 say bob | nine\n"
                    "remember a ana 0 gone\n"
                    "--\n" WORKING);
    zr_room_destroy (&room);
}

static void
s_passer_by (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    // who came and went while nothing could be stored left no trace
    s_join (room, 3, 'c', "cleo", -1, NOW);
    s_end (room, false);
    s_ask (room, 3, ZR_CHAT_LEAVE, NULL, NOW);
    s_end (room, false);
    zr_room_tick (room, NOW + ZR_ROOM_RETRY_MS);
    s_expect (room, "");
    // who went then is known to the history, which hears of it later
    s_ask (room, 2, ZR_CHAT_LEAVE, NULL, NOW);
    s_end (room, false);
    zr_room_tick (room, NOW + 2 * ZR_ROOM_RETRY_MS);
    s_expect (room, "remember b bob 0 gone\n--\n" WORKING);
    zr_room_destroy (&room);
}

static void
s_clock_back (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_line (room, 1, ZR_CHAT_SAY, 1, "later", NOW + 1000);
    s_line (room, 1, ZR_CHAT_SAY, 2, "earlier", NOW - 1000);
    size_t count;
    const zr_room_action_t *actions = zr_room_actions (room, &count);
    assert_int_equal (count, 2);
    assert_int_equal (actions[0].line.time_ms, NOW + 1000);
    assert_int_equal (actions[1].line.time_ms, NOW + 1000);
    zr_room_destroy (&room);
}

static void
s_long_turn (void **state)
{
    (void) state;
    zr_room_t *room = zr_room_new (0);
    for (int peer = 1; peer <= 10; peer++) {
        char nick[] = {'p', (char) ('0' + peer % 10), '\0'};
        s_join (room, (zr_room_peer_t) peer, "0123456789"[peer % 10], nick, -1, NOW);
        for (int n = 1; n <= ZR_ROOM_BURST; n++)
            s_say (room, (zr_room_peer_t) peer, n, nick);
    }
    size_t count, stored = 0;
    const zr_room_action_t *actions = zr_room_actions (room, &count);
    for (size_t i = 0; i < count; i++)
        if (actions[i].kind == ZR_ROOM_STORE) {
            assert_int_equal (actions[i].line.number, ++stored);
            assert_memory_equal (actions[i].line.text, actions[i].line.from, 2);
        }
    assert_int_equal (stored, 10 * ZR_ROOM_BURST);
    s_log_len = 0;
    zr_room_end (room, true, &actions, &count);
    assert_int_equal (count, 0);
    s_expect (room, "");
    zr_room_destroy (&room);
}

// Who is there can be asked from the door, as often as one could join.
static void
s_looking_in (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_ask (room, 9, ZR_CHAT_WHO, NULL, NOW);
    s_expect (room, "9 < NAMES 2 | ana\nbob\n");
    assert_int_equal (zr_room_count (room), 2);
    for (int i = 1; i < ZR_ROOM_JOIN_BURST; i++) {
        s_ask (room, 9, ZR_CHAT_WHO, NULL, NOW);
        s_end (room, true);
    }
    s_ask (room, 9, ZR_CHAT_WHO, NULL, NOW);
    s_expect (room, "9 < NOTICE | too many at once; try again in a second\n");
    zr_room_destroy (&room);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"who is there can be asked without joining", s_looking_in, NULL, NULL, NULL},
        {"lines are numbered in the order in which they came", s_stored, NULL, NULL,
         NULL},
        {"a private line is for one who takes part, connected or not", s_private, NULL,
         NULL, NULL},
        {"controls, broken UTF-8 and nothing are no text", s_bad_text, NULL, NULL,
         NULL},
        {"a line has at most 4096 bytes", s_long_text, NULL, NULL, NULL},
        {"each line is taken once, and none before the one before it", s_numbers, NULL,
         NULL, NULL},
        {"a line that comes twice in a turn is acknowledged when it is stored",
         s_double_in_turn, NULL, NULL, NULL},
        {"who floods waits, and nobody else", s_flood, NULL, NULL, NULL},
        {"questions and renames have the rate of lines", s_too_many_requests, NULL,
         NULL, NULL},
        {"lines that are not stored are taken back", s_unstored, NULL, NULL, NULL},
        {"a flood that is not stored begins anew at its first line", s_unstored_flood,
         NULL, NULL, NULL},
        {"the history is told again what it missed", s_retry, NULL, NULL, NULL},
        {"the next thing due may be that", s_next_of_two, NULL, NULL, NULL},
        {"a line is refused only when that is stored too", s_refused_unstored, NULL,
         NULL, NULL},
        {"who has another connection by then is not told", s_gone_before_unstored, NULL,
         NULL, NULL},
        {"who came and went unstored is forgotten", s_passer_by, NULL, NULL, NULL},
        {"a clock that goes back stands still", s_clock_back, NULL, NULL, NULL},
        {"a turn may be long", s_long_turn, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("room_talk", tests, NULL, NULL);
}
