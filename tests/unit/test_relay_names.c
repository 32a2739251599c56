// SPDX-License-Identifier: MPL-2.0
// Who has which name. Two names for ids are enough.

#include "broker/relay_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HERE ZR_RELAY_HERE
#define NOW INT64_C (5000)

static int
s_setup (void **state)
{
    *state = zr_relay_names_new ();
    return 0;
}

static int
s_teardown (void **state)
{
    zr_relay_names_t *names = *state;
    zr_relay_names_destroy (&names);
    return 0;
}

static zr_relay_names_answer_t
s_take (zr_relay_names_t *names, const char *name, int id, int source, int64_t now_ms)
{
    zr_room_info_t info = {.width = 640};
    snprintf (info.id, sizeof info.id, "%032x", (unsigned) id);
    return zr_relay_names_take (names, name, &info, source, now_ms);
}

static void
s_second (void **state)
{
    zr_relay_names_t *names = *state;
    assert_true (s_take (names, "ana", 1, HERE, NOW).pass);
    zr_relay_names_answer_t answer = s_take (names, "ana", 2, HERE, NOW + 1);
    assert_false (answer.pass);
    assert_true (answer.first);
    assert_string_equal (answer.rename->given, "ana-2");
    assert_string_equal (answer.rename->info.id, "00000000000000000000000000000002");
    // the third gets another one, though the second has not taken its name yet
    answer = s_take (names, "ana", 3, HERE, NOW + 2);
    assert_string_equal (answer.rename->given, "ana-3");
    // who has obeyed passes, and the first one always did
    assert_true (s_take (names, "ana-2", 2, HERE, NOW + 500).pass);
    assert_true (s_take (names, "ana", 1, HERE, NOW + 501).pass);
}

static void
s_told_again (void **state)
{
    zr_relay_names_t *names = *state;
    s_take (names, "ana", 1, HERE, NOW);
    assert_true (s_take (names, "ana", 2, HERE, NOW).first);
    assert_null (s_take (names, "ana", 2, HERE, NOW + 500).rename);
    s_take (names, "ana", 1, HERE, NOW + 500);
    zr_relay_names_answer_t answer = s_take (names, "ana", 2, HERE, NOW + 1000);
    assert_false (answer.first);
    assert_string_equal (answer.rename->given, "ana-2");
}

static void
s_given_taken (void **state)
{
    zr_relay_names_t *names = *state;
    s_take (names, "ana", 1, HERE, NOW);
    s_take (names, "ana-2", 2, HERE, NOW);
    assert_string_equal (s_take (names, "ana", 3, HERE, NOW).rename->given, "ana-3");
    s_take (names, "ana-3", 4, HERE, NOW + 900);
    s_take (names, "ana-2", 2, HERE, NOW + 900);
    s_take (names, "ana", 1, HERE, NOW + 900);
    assert_string_equal (s_take (names, "ana", 3, HERE, NOW + 1000).rename->given,
                         "ana-4");
}

static void
s_silent (void **state)
{
    zr_relay_names_t *names = *state;
    s_take (names, "ana", 1, HERE, NOW);
    assert_false (s_take (names, "ana", 2, HERE, NOW + 2999).pass);
    assert_true (s_take (names, "ana", 2, HERE, NOW + 3000).pass);
    assert_false (s_take (names, "ana", 1, HERE, NOW + 3001).pass);
}

static void
s_from_upstream (void **state)
{
    zr_relay_names_t *names = *state;
    s_take (names, "ana", 1, HERE, NOW);
    zr_relay_names_answer_t answer = s_take (names, "ana", 2, 1, NOW);
    assert_true (answer.pass); // it keeps its name, ours is told
    assert_string_equal (answer.rename->info.id, "00000000000000000000000000000001");
    assert_string_equal (answer.rename->given, "ana-2");
    assert_false (s_take (names, "ana", 1, HERE, NOW + 1).pass);
    assert_true (s_take (names, "ana-2", 1, HERE, NOW + 2).pass);
    // one of ours that comes later is told, too
    assert_string_equal (s_take (names, "ana", 3, HERE, NOW + 3).rename->given,
                         "ana-3");
}

static void
s_two_upstreams (void **state)
{
    zr_relay_names_t *names = *state;
    s_take (names, "ana", 1, 1, NOW);
    zr_relay_names_answer_t answer = s_take (names, "ana", 2, 2, NOW);
    assert_false (answer.pass);
    assert_true (answer.first);
    assert_string_equal (answer.rename->given, ""); // nobody here can tell it
    s_take (names, "ana", 1, 1, NOW + 1500);
    assert_null (s_take (names, "ana", 2, 2, NOW + 1500).rename); // said once
    assert_true (zr_relay_names_is_from (names, "full/ana", 8, 1));
    assert_false (zr_relay_names_is_from (names, "full/ana", 8, 2));
    assert_true (zr_relay_names_is_from (names, "=half/ana/", 10, 1));
    assert_false (zr_relay_names_is_from (names, "=half/ana/", 10, 2));
    assert_true (zr_relay_names_is_from (names, "full/anabel", 11, 2));
    assert_true (zr_relay_names_is_from (names, "/9j/4AAQ", 8, 2));
    assert_true (zr_relay_names_is_from (names, "full/", 5, 2));
    assert_true (zr_relay_names_is_from (names, "", 0, 2));
}

static void
s_two_ways (void **state)
{
    zr_relay_names_t *names = *state;
    assert_true (s_take (names, "ana", 1, HERE, NOW).pass);
    zr_relay_names_answer_t answer = s_take (names, "ana", 1, 1, NOW + 1);
    assert_false (answer.pass);
    assert_null (answer.rename);
    assert_false (zr_relay_names_is_from (names, "half/ana", 8, 1));
    // the way by which it came ends: the other one is taken
    assert_true (s_take (names, "ana", 1, 1, NOW + 3000).pass);
    assert_true (zr_relay_names_is_from (names, "half/ana", 8, 1));
}

static void
s_long_name (void **state)
{
    zr_relay_names_t *names = *state;
    char name[ZR_WIRE_NAME_MAX + 1];
    memset (name, 'x', ZR_WIRE_NAME_MAX);
    memcpy (name + ZR_WIRE_NAME_MAX - 3, "\xe2\x82\xac", 4); // a euro at its end
    s_take (names, name, 1, HERE, NOW);
    zr_relay_names_answer_t answer = s_take (names, name, 2, HERE, NOW);
    const char *given = answer.rename->given;
    assert_int_equal (strlen (given), ZR_WIRE_NAME_MAX - 3 + 2);
    assert_memory_equal (given, name, ZR_WIRE_NAME_MAX - 3);
    assert_string_equal (given + ZR_WIRE_NAME_MAX - 3, "-2");
    assert_true (zr_wire_name_is_valid (given));
}

static void
s_many (void **state)
{
    zr_relay_names_t *names = *state;
    for (int i = 0; i < ZR_RELAY_STREAMS_MAX; i++)
        assert_false (s_take (names, "ana", i, HERE, NOW).full);
    assert_true (s_take (names, "bob", 9999, HERE, NOW).full);
    assert_true (s_take (names, "ana", 0, HERE, NOW + 1).pass);
    size_t count;
    zr_relay_names_all (names, &count);
    assert_int_equal (count, ZR_RELAY_STREAMS_MAX);
    zr_relay_names_expire (names, NOW + 3000);
    zr_relay_names_all (names, &count);
    assert_int_equal (count, 1);
}

#define TEST(name, test)                                                               \
    {                                                                                  \
        name, test, s_setup, s_teardown, NULL                                          \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("the second of a name is told to take the first free one", s_second),
        TEST ("who does not obey is told again after a second", s_told_again),
        TEST ("a name that was given and is taken by another is replaced",
              s_given_taken),
        TEST ("a name is free again when its holder was silent for 3 s", s_silent),
        TEST ("a stream from upstream keeps its name, and ours gives way",
              s_from_upstream),
        TEST ("of two upstreams' streams of one name the first is taken",
              s_two_upstreams),
        TEST ("a stream that comes by two ways is taken by the first", s_two_ways),
        TEST ("a long name is cut between characters", s_long_name),
        TEST ("there are so many streams and no more", s_many),
    };
    return cmocka_run_group_tests_name ("relay_names", tests, NULL, NULL);
}
