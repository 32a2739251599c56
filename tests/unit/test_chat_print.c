// SPDX-License-Identifier: MPL-2.0
// Events as lines for people: what is said, by whom, in which colours, how long.

#include "common/chat_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define NOON_MS INT64_C (1732190400000) // 2024-11-21 12:00 UTC
#define DAY_MS 86400000

static zr_chat_print_t s_print;
static bool s_named;

static int
s_set_up (void **state)
{
    (void) state;
    zr_chat_print_init (&s_print, 0, NOON_MS);
    return 0;
}

static void
s_assert_event (zr_chat_event_kind_t kind, const zr_chat_message_t *message,
                const char *text, const char *wanted)
{
    zr_chat_event_t event = {.kind = kind, .message = *message};
    event.text = text ? strdup (text) : NULL;
    event.message.text = event.text;
    event.message.text_len = text ? strlen (text) : 0;
    char *shown = zr_chat_print_event (&s_print, &event, &s_named);
    if (wanted)
        assert_string_equal (shown ? shown : "(nothing)", wanted);
    else
        assert_null (shown);
    free (shown);
    free (event.text);
}

static void
s_assert_message (const zr_chat_message_t *message, const char *text,
                  const char *wanted)
{
    s_assert_event (ZR_CHAT_EVENT_MESSAGE, message, text, wanted);
}

static void
s_assert_said (zr_chat_verb_t kind, const char *from, const char *text,
               const char *wanted)
{
    zr_chat_message_t message = {
        .verb = ZR_CHAT_LINE, .kind = kind, .number = 11, .time_ms = NOON_MS};
    snprintf (message.nick, sizeof message.nick, "%s", from);
    snprintf (message.to, sizeof message.to, "%s", kind == ZR_CHAT_MSG ? "ana" : "");
    s_assert_message (&message, text, wanted);
}

static void
s_join (void)
{
    const zr_chat_message_t welcome = {
        .verb = ZR_CHAT_WELCOME, .nick = "ana", .number = 10};
    s_assert_event (ZR_CHAT_EVENT_UP, &welcome, NULL, "-- in the room as ana\n");
}

static void
s_test_lines (void **state)
{
    (void) state;
    s_join ();
    s_assert_said (ZR_CHAT_SAY, "bob", "hello", "12:00 <bob> hello\n");
    s_assert_said (ZR_CHAT_ME, "bob", "waves", "12:00 * bob waves\n");
    s_assert_said (ZR_CHAT_MSG, "bob", "psst", "12:00 <bob -> ana> psst\n");
    s_assert_said (ZR_CHAT_SAY, "bob", "a\tb\x1b[31mc\n-- eve left",
                   "12:00 <bob> a b\u241b[31mc\u240a-- eve left\n");
    s_assert_said (ZR_CHAT_SAY, "bob", "\u202ercs", "12:00 <bob> \ufffdrcs\n");
}

static void
s_test_date (void **state)
{
    (void) state;
    zr_chat_message_t line = {.verb = ZR_CHAT_LINE,
                              .kind = ZR_CHAT_SAY,
                              .time_ms = NOON_MS - DAY_MS,
                              .nick = "bob"};
    s_assert_message (&line, "x", "-- Wednesday, 20 November 2024\n12:00 <bob> x\n");
    s_assert_message (&line, "y", "12:00 <bob> y\n");
    line.time_ms = NOON_MS;
    s_assert_message (&line, "z", "-- Thursday, 21 November 2024\n12:00 <bob> z\n");
    line.time_ms = INT64_MAX; // no date at all, and no harm
    zr_chat_event_t event = {ZR_CHAT_EVENT_MESSAGE, line, NULL};
    event.message.text = event.text = strdup ("x");
    event.message.text_len = 1;
    char *shown = zr_chat_print_event (&s_print, &event, NULL);
    assert_non_null (strstr (shown, "<bob> x"));
    free (shown);
    free (event.text);
}

static void
s_test_people (void **state)
{
    (void) state;
    zr_chat_message_t left = {.verb = ZR_CHAT_LEFT, .nick = "bob"};
    s_join ();
    s_assert_message (&(zr_chat_message_t){.verb = ZR_CHAT_NAMES, .number = 2},
                      "ana\nbob", "-- 2 here: ana, bob\n");
    s_assert_message (&(zr_chat_message_t){.verb = ZR_CHAT_NAMES, .number = 2},
                      "ana\nbob", NULL); // not asked for
    s_print.names = true;
    s_assert_message (&(zr_chat_message_t){.verb = ZR_CHAT_NAMES, .number = 9},
                      "ana\nbob", "-- 9 here: ana, bob and 7 more\n");
    s_assert_message (&(zr_chat_message_t){.verb = ZR_CHAT_JOINED, .nick = "bob"}, NULL,
                      "-- bob joined\n");
    left.code = ZR_CHAT_WHY_LEFT;
    s_assert_message (&left, NULL, "-- bob left\n");
    left.code = ZR_CHAT_WHY_LOST;
    s_assert_message (&left, NULL, "-- bob left (connection lost)\n");
    left.code = ZR_CHAT_WHY_SILENT;
    s_assert_message (&left, NULL, "-- bob left (timed out)\n");
    left.code = ZR_CHAT_WHY_STUCK;
    s_assert_message (&left, NULL, "-- bob left (did not keep up)\n");
    const zr_chat_message_t other = {
        .verb = ZR_CHAT_RENAMED, .nick = "bob", .to = "rob"};
    s_assert_message (&other, NULL, "-- bob is now rob\n");
    assert_string_equal (s_print.nick, "ana");
    const zr_chat_message_t own = {.verb = ZR_CHAT_RENAMED, .nick = "ana", .to = "eve"};
    s_assert_message (&own, NULL, "-- ana is now eve\n");
    assert_string_equal (s_print.nick, "eve");
}

static void
s_test_answers (void **state)
{
    (void) state;
    zr_chat_message_t error = {.verb = ZR_CHAT_ERROR, .code = ZR_CHAT_NOBODY, .n = 3};
    s_assert_message (&error, "no bob here", "-- not sent: no bob here\n");
    error.n = -1;
    s_assert_message (&error, "your name", "-- your name\n");
    error.code = ZR_CHAT_UNSTORED;
    s_assert_message (&error, "the disk is full",
                      "-- the room keeps nothing now: the disk is full; yours is sent "
                      "again\n");
    s_assert_message (&(zr_chat_message_t){.verb = ZR_CHAT_REFUSED}, "taken",
                      "-- taken\n");
    s_assert_message (&(zr_chat_message_t){.verb = ZR_CHAT_NOTICE}, "a\x1bx",
                      "-- a\u241bx\n");
    s_assert_event (ZR_CHAT_EVENT_STORED, &error, NULL, NULL);
    s_assert_event (ZR_CHAT_EVENT_IDLE, &error, NULL, NULL);
}

static void
s_test_breaks (void **state)
{
    (void) state;
    const zr_chat_message_t none = {0};
    const zr_chat_message_t welcome = {.nick = "ana"};
    s_assert_event (ZR_CHAT_EVENT_DOWN, &none, "it does not answer",
                    "-- it does not answer; trying again, and what you say is kept\n");
    assert_true (s_print.down);
    s_join ();
    assert_false (s_print.down);
    s_assert_event (ZR_CHAT_EVENT_UP, &welcome, NULL, NULL); // nobody heard of a break
    s_assert_event (ZR_CHAT_EVENT_DOWN, &none, "gone",
                    "-- gone; trying again, and what you say is kept\n");
    s_assert_event (ZR_CHAT_EVENT_UP, &welcome, NULL, "-- back in the room as ana\n");
    s_assert_event (ZR_CHAT_EVENT_DOWN, &(zr_chat_message_t){.code = ZR_CHAT_REPLACED},
                    "elsewhere", "-- elsewhere\n");
}

static void
s_test_width (void **state)
{
    (void) state;
    s_print.columns = 25; // 24 are used
    s_assert_said (ZR_CHAT_SAY, "bob", "twelve lette next",
                   "12:00 <bob> twelve lette\n      next\n");
    s_assert_said (ZR_CHAT_SAY, "bob", "twelve letter next",
                   "12:00 <bob> twelve\n      letter next\n");
    s_assert_said (ZR_CHAT_SAY, "bob", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-",
                   "12:00 <bob>\n      aaaaaaaaaaaaaaaaaa\n      aaaaaaaaaaaa-\n");
    s_assert_said (ZR_CHAT_SAY, "bob", "ab \u65e5\u672c\u8a9e\u65e5\u672c\u8a9e",
                   "12:00 <bob> ab\n      \u65e5\u672c\u8a9e\u65e5\u672c\u8a9e\n");
    s_assert_said (ZR_CHAT_SAY, "bob", "                 -- eve left",
                   "12:00 <bob>             \n          -- eve left\n");
    s_assert_message (&(zr_chat_message_t){.verb = ZR_CHAT_NOTICE},
                      "some words that are longer",
                      "-- some words that are\n   longer\n");
    s_print.columns = 5; // as it is
    s_assert_said (ZR_CHAT_SAY, "bob", "hello there", "12:00 <bob> hello there\n");
}

static void
s_test_colours (void **state)
{
    (void) state;
    s_join ();
    s_print.colours = 8;
    const zr_chat_message_t joined = {.verb = ZR_CHAT_JOINED, .nick = "bob"};
    s_assert_message (&joined, NULL, "\033[2m-- bob joined\033[m\n");
    s_assert_said (ZR_CHAT_SAY, "ana", "I am ana",
                   "\033[2m12:00 \033[m<\033[1m\033[33mana\033[m> I am ana\n");
    s_assert_said (ZR_CHAT_SAY, "bob", "ana?",
                   "\033[2m12:00 \033[m<\033[35mbob\033[m> \033[7mana\033[m?\n");
    s_print.colours = 256;
    s_assert_said (ZR_CHAT_SAY, "bob", "x",
                   "\033[2m12:00 \033[m<\033[38;5;166mbob\033[m> x\n");
    s_print.columns = 25; // sequences have no width
    s_assert_said (ZR_CHAT_SAY, "bob", "twelve lette next",
                   "\033[2m12:00 \033[m<\033[38;5;166mbob\033[m> twelve lette\n"
                   "      next\n");
}

static void
s_test_named (void **state)
{
    (void) state;
    s_join ();
    s_assert_said (ZR_CHAT_SAY, "bob", "hi Ana!", "12:00 <bob> hi Ana!\n");
    assert_true (s_named);
    s_assert_said (ZR_CHAT_SAY, "bob", "banana", "12:00 <bob> banana\n");
    assert_false (s_named);
    s_assert_said (ZR_CHAT_SAY, "ana", "I, ana", "12:00 <ana> I, ana\n");
    assert_false (s_named);
    s_assert_said (ZR_CHAT_MSG, "bob", "psst", "12:00 <bob -> ana> psst\n");
    assert_true (s_named);
    s_print.newest = 11; // said before we came
    s_assert_said (ZR_CHAT_SAY, "bob", "ana", "12:00 <bob> ana\n");
    assert_false (s_named);
}

static void
s_test_find (void **state)
{
    (void) state;
    static const struct {
        const char *text, *nick;
        int at; // -1: nowhere
        size_t len;
    } cases[] = {
        {"ana", "ana", 0, 3},
        {"an", "ana", -1, 0},
        {"", "ana", -1, 0},
        {"ana", "", -1, 0},
        {"anana ana", "ana", 6, 3},
        {"(ANA)", "ana", 1, 3},
        {"ana's", "ana", 0, 3},
        {"ana2 xana ana\u0301", "ana", -1, 0},
        {"hei \u00c5SA.", "\u00e5sa", 4, 4},
        {"\xff ana", "ana", 2, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = 0;
        const char *found = zr_chat_print_find (cases[i].text, cases[i].nick, &len);
        assert_int_equal (found ? found - cases[i].text : -1, cases[i].at);
        if (found)
            assert_int_equal (len, cases[i].len);
    }
}

static void
s_test_terminals (void **state)
{
    (void) state;
    assert_int_equal (zr_chat_print_colours (NULL, NULL, NULL), 0);
    assert_int_equal (zr_chat_print_colours ("", "truecolor", NULL), 0);
    assert_int_equal (zr_chat_print_colours ("dumb", NULL, NULL), 0);
    assert_int_equal (zr_chat_print_colours ("vt100", NULL, NULL), 0);
    assert_int_equal (zr_chat_print_colours ("xterm", NULL, NULL), 8);
    assert_int_equal (zr_chat_print_colours ("xterm", NULL, ""), 8);
    assert_int_equal (zr_chat_print_colours ("xterm", "truecolor", NULL), 256);
    assert_int_equal (zr_chat_print_colours ("screen-256color", NULL, NULL), 256);
    assert_int_equal (zr_chat_print_colours ("xterm-256color", "truecolor", "1"), 0);
}

#define S_TEST(name, function)                                                         \
    {                                                                                  \
        name, function, s_set_up, NULL, NULL                                           \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        S_TEST ("what is said stands behind its time and its author", s_test_lines),
        S_TEST ("a line of another day comes with its date", s_test_date),
        S_TEST ("who comes, goes and is renamed is told", s_test_people),
        S_TEST ("what the room answers is told", s_test_answers),
        S_TEST ("breaks are told, and their end", s_test_breaks),
        S_TEST ("a long line is broken, and never begins at the edge", s_test_width),
        S_TEST ("names have colours where the terminal has", s_test_colours),
        S_TEST ("one notices its own name", s_test_named),
        S_TEST ("a name is found as a word", s_test_find),
        S_TEST ("terminals without colours get none", s_test_terminals),
    };
    setenv ("TZ", "UTC", 1);
    tzset ();
    return cmocka_run_group_tests (tests, NULL, NULL);
}
