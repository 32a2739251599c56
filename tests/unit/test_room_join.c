// SPDX-License-Identifier: MPL-2.0
// Coming, going and names, by made-up clocks.

#include "tests/unit/room_probe.h"

#include "common/nick.h"

static void
s_comes (void **state)
{
    (void) state;
    zr_room_t *room = zr_room_new (812);
    s_join (room, 1, 'a', "ana", -1, NOW);
    s_join (room, 2, 'b', "bob", 0, NOW);
    s_expect (room, "1 < WELCOME ana 812 0\n"
                    "catch up 1 a -1\n"
                    "all but 1 < JOINED ana\n"
                    "remember a ana 0 here\n"
                    "2 < WELCOME bob 812 0\n"
                    "catch up 2 b 0\n"
                    "all but 2 < JOINED bob\n"
                    "remember b bob 0 here\n");
    s_expect (room, "");
    assert_int_equal (zr_room_count (room), 2);
    assert_int_equal (zr_room_next_ms (room), -1);
    zr_room_destroy (&room);
    assert_null (room);
    zr_room_destroy (&room);
}

static void
s_joins_twice (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_join (room, 1, 'c', "cleo", -1, NOW);
    s_expect (room, "1 < ERROR already-joined | "
                    "this connection has joined already\n");
    zr_room_destroy (&room);
}

static void
s_bad_name (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    char nick[ZR_CHAT_NICK_MAX], key[ZR_NICK_KEY_MAX], expected[256];
    const char *why = zr_nick_read ("an a", 4, nick, key);
    assert_non_null (why);
    s_join (room, 3, 'c', "an a", -1, NOW);
    snprintf (expected, sizeof expected,
              "3 < REFUSED name-bad | %s: choose another name\n", why);
    s_expect (room, expected);
    s_join (room, 3, 'c', "", -1, NOW);
    s_expect (room, "3 < REFUSED name-bad | a name is missing: choose another name\n");
    zr_chat_message_t message = {.verb = ZR_CHAT_JOIN};
    memset (message.token, 'c', ZR_CHAT_TOKEN_LEN);
    zr_room_receive (room, 3, &message, ZR_CHAT_TOO_LONG, NOW);
    s_expect (room, "3 < REFUSED name-bad | a name has at most 32 characters: "
                    "choose another name\n");
    s_join (room, 3, 'c', "cleo", -1, NOW);
    s_expect (room, "3 < WELCOME cleo 812 0\n"
                    "catch up 3 c -1\n"
                    "all but 3 < JOINED cleo\n"
                    "remember c cleo 0 here\n");
    zr_room_destroy (&room);
}

static void
s_taken (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_join (room, 3, 'c', "ANA", -1, NOW);
    s_expect (room, "3 < REFUSED name-taken | \"ANA\" is taken; choose another name\n");
    assert_int_equal (zr_room_count (room), 2);
    zr_room_destroy (&room);
}

static void
s_break_unheard (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    zr_room_lost (room, 1, false, NOW);
    s_expect (room, "drop 1\n");
    assert_int_equal (zr_room_next_ms (room), NOW + ZR_ROOM_BACK_MS);
    assert_int_equal (zr_room_count (room), 2);
    zr_room_tick (room, NOW + ZR_ROOM_BACK_MS - 1);
    s_join (room, 3, 'a', "ana", 812, NOW + ZR_ROOM_BACK_MS - 1);
    s_expect (room, "3 < WELCOME ana 812 0\ncatch up 3 a 812\n");
    assert_int_equal (zr_room_next_ms (room), -1);
    zr_room_tick (room, NOW + 10 * ZR_ROOM_BACK_MS);
    s_expect (room, "");
    zr_room_destroy (&room);
}

static void
s_break_too_long (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    zr_room_lost (room, 1, false, NOW);
    zr_room_lost (room, 2, false, NOW + 1);
    s_expect (room, "drop 1\ndrop 2\n");
    zr_room_tick (room, NOW + ZR_ROOM_BACK_MS);
    s_expect (room, "all < LEFT ana lost\nremember a ana 0 gone\n");
    assert_int_equal (zr_room_next_ms (room), NOW + ZR_ROOM_BACK_MS + 1);
    s_join (room, 3, 'a', "ana", 812, NOW + ZR_ROOM_BACK_MS);
    s_expect (room, "3 < WELCOME ana 812 0\n"
                    "catch up 3 a 812\n"
                    "all but 3 < JOINED ana\n"
                    "remember a ana 0 here\n");
    zr_room_destroy (&room);
}

static void
s_replaced (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_join (room, 3, 'a', "ana", 800, NOW);
    s_expect (room, "1 < REFUSED replaced | you have joined by another connection\n"
                    "drop 1\n"
                    "3 < WELCOME ana 812 0\n"
                    "catch up 3 a 800\n");
    zr_room_lost (room, 1, false, NOW);
    s_expect (room, "");
    s_ask (room, 1, ZR_CHAT_NICK, "anna", NOW);
    s_expect (room, "1 < ERROR not-joined | join first\n");
    assert_int_equal (zr_room_count (room), 2);
    zr_room_destroy (&room);
}

static void
s_comes_back_renamed (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_join (room, 3, 'a', "anna", 812, NOW);
    s_expect (room, "1 < REFUSED replaced | you have joined by another connection\n"
                    "drop 1\n"
                    "all but 3 < RENAMED ana anna\n"
                    "remember a anna 0 here\n"
                    "3 < WELCOME anna 812 0\n"
                    "catch up 3 a 812\n");
    // a name that somebody else has by now
    zr_room_lost (room, 3, false, NOW);
    s_join (room, 4, 'a', "BOB", 812, NOW);
    s_expect (room, "drop 3\n"
                    "4 < WELCOME anna 812 0\n"
                    "catch up 4 a 812\n"
                    "4 < NOTICE | \"BOB\" is taken; you keep your name\n");
    // a name that a ghost has
    zr_room_lost (room, 4, false, NOW);
    zr_room_lost (room, 2, false, NOW);
    s_join (room, 5, 'a', "BOB", 812, NOW);
    s_expect (room, "drop 4\n"
                    "drop 2\n"
                    "all < LEFT bob lost\n"
                    "remember b bob 0 gone\n"
                    "all but 5 < RENAMED anna BOB\n"
                    "remember a BOB 0 here\n"
                    "5 < WELCOME BOB 812 0\n"
                    "catch up 5 a 812\n");
    zr_room_destroy (&room);
}

static void
s_ghost (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    zr_room_lost (room, 1, false, NOW);
    s_join (room, 3, 'c', "Ana", -1, NOW);
    s_expect (room, "drop 1\n"
                    "all < LEFT ana lost\n"
                    "remember a ana 0 gone\n"
                    "3 < WELCOME Ana 812 0\n"
                    "catch up 3 c -1\n"
                    "all but 3 < JOINED Ana\n"
                    "remember c Ana 0 here\n");
    assert_int_equal (zr_room_next_ms (room), -1);
    s_join (room, 4, 'a', "ana", 812, NOW);
    s_expect (room, "4 < REFUSED name-taken | \"ana\" is taken; choose another name\n");
    zr_room_destroy (&room);
}

static void
s_last_is_new (void **state)
{
    (void) state;
    zr_room_t *room = zr_room_new (5);
    s_join (room, 1, 'a', "ana", 812, NOW);
    s_expect (room, "1 < WELCOME ana 5 0\n"
                    "catch up 1 a -1\n"
                    "all but 1 < JOINED ana\n"
                    "remember a ana 0 here\n");
    zr_room_destroy (&room);
}

static void
s_restart (void **state)
{
    (void) state;
    zr_room_t *room = zr_room_new (812);
    s_restore (room, 'a', "ana", 7, true);
    s_restore (room, 'b', "bob", 0, true);
    s_restore (room, 'c', "cleo", 9, false);
    s_restore (room, 'd', "dan", 0, false);  // of no use
    s_restore (room, 'a', "other", 1, true); // twice
    s_restore (room, 'e', "ANA", 3, true);   // two of one name
    s_restore (room, 'f', "f f", 3, true);   // no name
    s_expect (room, "");
    assert_int_equal (zr_room_count (room), 2);
    assert_int_equal (zr_room_next_ms (room), NOW + ZR_ROOM_RESTART_MS);
    s_join (room, 1, 'a', "ana", 800, NOW + 1000);
    s_join (room, 3, 'c', "cleo", 800, NOW + 1000);
    s_join (room, 5, 'e', "eve", 800, NOW + 1000);
    s_expect (room, "1 < WELCOME ana 812 7\n"
                    "catch up 1 a 800\n"
                    "3 < WELCOME cleo 812 9\n"
                    "catch up 3 c 800\n"
                    "all but 3 < JOINED cleo\n"
                    "remember c cleo 9 here\n"
                    "5 < WELCOME eve 812 3\n"
                    "catch up 5 e 800\n"
                    "all but 5 < JOINED eve\n"
                    "remember e eve 3 here\n");
    // two kinds of waiting: who is due first goes first
    zr_room_lost (room, 1, false, NOW + 1000);
    s_expect (room, "drop 1\n");
    assert_int_equal (zr_room_next_ms (room), NOW + 1000 + ZR_ROOM_BACK_MS);
    zr_room_lost (room, 3, false, NOW + ZR_ROOM_RESTART_MS);
    zr_room_tick (room, NOW + ZR_ROOM_RESTART_MS);
    s_expect (room, "drop 3\n"
                    "all < LEFT ana lost\n"
                    "remember a ana 7 gone\n"
                    "all < LEFT bob lost\n"
                    "remember b bob 0 gone\n");
    zr_room_destroy (&room);
}

static void
s_restored_ghost (void **state)
{
    (void) state;
    zr_room_t *room = zr_room_new (812);
    s_restore (room, 'a', "ana", 7, true);
    s_join (room, 1, 'b', "ana", -1, NOW);
    s_expect (room, "all < LEFT ana lost\n"
                    "remember a ana 7 gone\n"
                    "1 < WELCOME ana 812 0\n"
                    "catch up 1 b -1\n"
                    "all but 1 < JOINED ana\n"
                    "remember b ana 0 here\n");
    zr_room_destroy (&room);
}

static void
s_goes (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_ask (room, 1, ZR_CHAT_LEAVE, NULL, NOW);
    s_expect (room, "all but 1 < LEFT ana left\nremember a ana 0 gone\ndrop 1\n");
    s_ask (room, 1, ZR_CHAT_LEAVE, NULL, NOW);
    s_expect (room, "1 < ERROR not-joined | join first\n");
    zr_room_stuck (room, 2, NOW);
    zr_room_stuck (room, 2, NOW);
    s_expect (room, "all but 2 < LEFT bob stuck\nremember b bob 0 gone\ndrop 2\n");
    s_join (room, 3, 'c', "cleo", -1, NOW);
    s_end (room, true);
    zr_room_lost (room, 3, true, NOW);
    s_expect (room, "all but 3 < LEFT cleo silent\nremember c cleo 0 gone\ndrop 3\n");
    assert_int_equal (zr_room_count (room), 0);
    assert_int_equal (zr_room_next_ms (room), -1);
    zr_room_destroy (&room);
}

static void
s_renames (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_ask (room, 1, ZR_CHAT_NICK, "anna", NOW);
    s_expect (room, "all < RENAMED ana anna\nremember a anna 0 here\n");
    s_ask (room, 1, ZR_CHAT_NICK, "Anna", NOW);
    s_expect (room, "all < RENAMED anna Anna\nremember a Anna 0 here\n");
    s_ask (room, 1, ZR_CHAT_NICK, "Anna", NOW);
    s_expect (room, "1 < RENAMED Anna Anna\n");
    s_ask (room, 1, ZR_CHAT_NICK, "Bob", NOW);
    s_expect (room, "1 < REFUSED name-taken | \"Bob\" is taken; choose another name\n");
    s_ask (room, 1, ZR_CHAT_NICK, "", NOW);
    s_expect (room, "1 < REFUSED name-bad | a name is missing: choose another name\n");
    zr_room_lost (room, 2, false, NOW);
    s_ask (room, 1, ZR_CHAT_NICK, "Bob", NOW);
    s_expect (room, "drop 2\n"
                    "all < LEFT bob lost\n"
                    "remember b bob 0 gone\n"
                    "all < RENAMED Anna Bob\n"
                    "remember a Bob 0 here\n");
    // the old name is free at once
    s_ask (room, 3, ZR_CHAT_NICK, "anna", NOW);
    s_join (room, 3, 'c', "anna", -1, NOW);
    s_expect (room, "3 < ERROR not-joined | join first\n"
                    "3 < WELCOME anna 812 0\n"
                    "catch up 3 c -1\n"
                    "all but 3 < JOINED anna\n"
                    "remember c anna 0 here\n");
    zr_room_destroy (&room);
}

static void
s_who (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    s_ask (room, 1, ZR_CHAT_WHO, NULL, NOW);
    s_ask (room, 2, ZR_CHAT_WHO, NULL, NOW);
    s_ask (room, 1, ZR_CHAT_LEAVE, NULL, NOW);
    s_ask (room, 2, ZR_CHAT_WHO, NULL, NOW);
    s_expect (room, "1 < NAMES 2 | ana\nbob\n"
                    "2 < NAMES 2 | ana\nbob\n"
                    "all but 1 < LEFT ana left\n"
                    "remember a ana 0 gone\n"
                    "drop 1\n"
                    "2 < NAMES 1 | bob\n");
    s_ask (room, 2, ZR_CHAT_WHO, NULL, NOW);
    s_ask (room, 2, ZR_CHAT_NICK, "rob", NOW);
    s_ask (room, 2, ZR_CHAT_WHO, NULL, NOW);
    s_ask (room, 2, ZR_CHAT_NICK, "bob", NOW);
    s_expect (room, "2 < NAMES 1 | bob\n"
                    "all < RENAMED bob rob\n"
                    "remember b rob 0 here\n"
                    "2 < NAMES 1 | rob\n"
                    "all < RENAMED rob bob\n"
                    "remember b bob 0 here\n");
    char text[8];
    s_join (room, 3, 'c', "cleo", -1, NOW);
    assert_int_equal (zr_room_names (room, text, 8), 2);
    assert_string_equal (text, "bob");
    assert_int_equal (zr_room_names (room, text, 3), 2);
    assert_string_equal (text, "");
    char more[9];
    zr_room_names (room, more, 9);
    assert_string_equal (more, "bob\ncleo");
    zr_room_destroy (&room);
}

static void
s_welcome_again (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    zr_chat_message_t message;
    s_say (room, 1, 1, "hello");
    assert_true (zr_room_welcome (room, 1, &message));
    assert_true (message.verb == ZR_CHAT_WELCOME && message.n == 0);
    assert_int_equal (message.number, 812);
    s_end (room, true);
    assert_true (zr_room_welcome (room, 1, &message));
    assert_true (message.n == 1 && message.number == 813);
    assert_string_equal (message.nick, "ana");
    assert_false (zr_room_welcome (room, 9, &message));
    zr_room_destroy (&room);
}

static void
s_bad_messages (void **state)
{
    (void) state;
    zr_room_t *room = s_room ();
    const zr_chat_message_t message = {.verb = ZR_CHAT_LEAVE};
    zr_room_receive (room, 1, &message, ZR_CHAT_MALFORMED, NOW);
    zr_room_receive (room, 9, &message, ZR_CHAT_VERSION, NOW);
    s_ask (room, 2, ZR_CHAT_WELCOME, NULL, NOW);
    s_expect (room, "1 < ERROR malformed | that is no message of zroom/1\n"
                    "9 < ERROR version | this room speaks zroom/1\n"
                    "2 < ERROR malformed | that is no message of zroom/1\n");
    assert_int_equal (zr_room_count (room), 2);
    zr_room_destroy (&room);
}

// Somebody with a token, a name and a connection by number.
static void
s_join_one (zr_room_t *room, unsigned number, int64_t now_ms)
{
    zr_chat_message_t message = {.verb = ZR_CHAT_JOIN, .number = -1};
    char nick[16];
    snprintf (message.token, sizeof message.token, "%032x", number);
    snprintf (nick, sizeof nick, "p%u", number);
    s_receive (room, number, message, nick, now_ms);
}

// How many of that kind there are; of what is sent, how many with that code.
static int
s_count_action (zr_room_t *room, zr_room_action_kind_t kind, zr_chat_code_t code)
{
    size_t count;
    int found = 0;
    const zr_room_action_t *actions = zr_room_actions (room, &count);
    for (size_t i = 0; i < count; i++)
        found += actions[i].kind == kind &&
                 (kind != ZR_ROOM_SEND || actions[i].message.code == code);
    zr_room_end (room, true, &actions, &count);
    return found;
}

static void
s_busy_and_full (void **state)
{
    (void) state;
    zr_room_t *room = zr_room_new (0);
    unsigned number = 0;
    while (number < ZR_ROOM_JOIN_BURST + 7)
        s_join_one (room, ++number, NOW);
    assert_int_equal (s_count_action (room, ZR_ROOM_SEND, ZR_CHAT_BUSY), 7);
    assert_int_equal (zr_room_count (room), ZR_ROOM_JOIN_BURST);
    for (; number < ZR_ROOM_JOIN_BURST + 7 + ZR_CHAT_PEERS_MAX; number++)
        s_join_one (room, number + 1, NOW + 1000 * number);
    assert_int_equal (s_count_action (room, ZR_ROOM_SEND, ZR_CHAT_FULL),
                      ZR_ROOM_JOIN_BURST);
    assert_int_equal (zr_room_count (room), ZR_CHAT_PEERS_MAX);
    // a ghost's place can be had
    zr_room_lost (room, 1, false, NOW + 1000 * number);
    zr_chat_message_t message = {.verb = ZR_CHAT_JOIN, .number = -1};
    memset (message.token, 'f', ZR_CHAT_TOKEN_LEN);
    s_receive (room, 9999, message, "p1", NOW + 1000 * number);
    assert_int_equal (s_count_action (room, ZR_ROOM_CATCH_UP, 0), 1);
    assert_int_equal (zr_room_count (room), ZR_CHAT_PEERS_MAX);
    s_restore (room, 'e', "late", 0, true);
    assert_int_equal (zr_room_count (room), ZR_CHAT_PEERS_MAX);
    zr_room_destroy (&room);
}

static void
s_forgets (void **state)
{
    (void) state;
    zr_room_t *room = zr_room_new (0);
    zr_room_member_t member = {.accepted = 5};
    for (unsigned i = 0; i < ZR_ROOM_KNOWN_MAX + 1; i++) {
        snprintf (member.token, sizeof member.token, "%032x", i);
        snprintf (member.nick, sizeof member.nick, "p%u", i);
        zr_room_restore (room, &member, NOW);
    }
    s_join_one (room, ZR_ROOM_KNOWN_MAX, NOW);
    s_end (room, true);
    assert_non_null (strstr (s_log, "WELCOME p16384 0 5\n"));
    s_join_one (room, 1, NOW);
    s_end (room, true);
    assert_non_null (strstr (s_log, "WELCOME p1 0 5\n"));
    // the first of all was one too many
    zr_chat_message_t message = {.verb = ZR_CHAT_JOIN, .number = -1};
    memset (message.token, '0', ZR_CHAT_TOKEN_LEN);
    s_receive (room, 2, message, "p0", NOW);
    s_end (room, true);
    assert_non_null (strstr (s_log, "WELCOME p0 0 0\n"));
    zr_room_destroy (&room);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"who joins is welcomed, caught up, announced and remembered", s_comes, NULL,
         NULL, NULL},
        {"a connection joins once", s_joins_twice, NULL, NULL, NULL},
        {"a bad name is refused with the reason, and another one taken", s_bad_name,
         NULL, NULL, NULL},
        {"a name is unique without regard to case", s_taken, NULL, NULL, NULL},
        {"a short break is announced to nobody", s_break_unheard, NULL, NULL, NULL},
        {"a long break is a LEFT, and then a JOINED", s_break_too_long, NULL, NULL,
         NULL},
        {"a token that joins again replaces its connection", s_replaced, NULL, NULL,
         NULL},
        {"who comes back may have another name", s_comes_back_renamed, NULL, NULL,
         NULL},
        {"a ghost's name can be had at once", s_ghost, NULL, NULL, NULL},
        {"who has seen later lines than there are is a newcomer", s_last_is_new, NULL,
         NULL, NULL},
        {"a restart of the broker is a break of everybody", s_restart, NULL, NULL,
         NULL},
        {"a ghost from before a restart gives its name too", s_restored_ghost, NULL,
         NULL, NULL},
        {"everybody else hears who went, and why", s_goes, NULL, NULL, NULL},
        {"a rename is told to all, or refused", s_renames, NULL, NULL, NULL},
        {"WHO is answered with everybody's name", s_who, NULL, NULL, NULL},
        {"a welcome can be given again", s_welcome_again, NULL, NULL, NULL},
        {"a message that is none gets one ERROR", s_bad_messages, NULL, NULL, NULL},
        {"too many joins are busy, too many people full", s_busy_and_full, NULL, NULL,
         NULL},
        {"the longest absent are forgotten", s_forgets, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("room_join", tests, NULL, NULL);
}
