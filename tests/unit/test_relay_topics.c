// SPDX-License-Identifier: MPL-2.0
// What viewers ask for, and what is told of it.

#include "broker/relay_topics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char s_told[4096]; // "+full/ana -full/bob "

static int
s_setup (void **state)
{
    *state = zr_relay_topics_new ();
    s_told[0] = '\0';
    return 0;
}

static int
s_teardown (void **state)
{
    zr_relay_topics_t *topics = *state;
    zr_relay_topics_destroy (&topics);
    return 0;
}

// what: '+' or '-', then the topic.
static int
s_take (zr_relay_topics_t *topics, const char *what, int fd)
{
    uint8_t message[1024];
    size_t len = strlen (what);
    memcpy (message, what, len);
    message[0] = what[0] == '+';
    return zr_relay_topics_take (topics, message, len, fd);
}

static void
s_note (void *arg, const zr_relay_topic_t *topic)
{
    (void) arg;
    size_t len = strlen (s_told);
    snprintf (s_told + len, sizeof s_told - len, "%c%.*s ", topic->wanted ? '+' : '-',
              (int) topic->len, (const char *) topic->text);
}

static const char *
s_settle (zr_relay_topics_t *topics)
{
    s_told[0] = '\0';
    zr_relay_topics_settle (topics, s_note, NULL);
    return s_told;
}

static const char *
s_roots (const zr_relay_topics_t *topics)
{
    static char text[1024];
    const zr_relay_topic_t *roots[16];
    size_t count = zr_relay_topics_roots (topics, roots, 16);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen (text);
        snprintf (text + len, sizeof text - len, "%.*s ", (int) roots[i]->len,
                  (const char *) roots[i]->text);
    }
    return text;
}

static void
s_told_once (void **state)
{
    zr_relay_topics_t *topics = *state;
    assert_false (zr_relay_topics_has_changed (topics));
    s_take (topics, "+full/bob", 7);
    s_take (topics, "+full/ana", 8);
    assert_true (zr_relay_topics_has_changed (topics));
    assert_string_equal (s_settle (topics), "+full/ana +full/bob ");
    assert_false (zr_relay_topics_has_changed (topics));
    assert_string_equal (s_settle (topics), "");
    s_take (topics, "-full/ana", 8);
    assert_string_equal (s_settle (topics), "-full/ana ");
}

static void
s_back_and_forth (void **state)
{
    zr_relay_topics_t *topics = *state;
    s_take (topics, "+full/ana", 7);
    s_take (topics, "-full/ana", 7);
    assert_string_equal (s_settle (topics), "");
    s_take (topics, "+full/ana", 7);
    s_settle (topics);
    s_take (topics, "-full/ana", 7);
    s_take (topics, "+full/ana", 7);
    assert_string_equal (s_settle (topics), "");
}

static void
s_others (void **state)
{
    zr_relay_topics_t *topics = *state;
    s_take (topics, "+full/ana", 7);
    s_settle (topics);
    s_take (topics, "-full/ana", 8);
    s_take (topics, "-full/ana", -1);
    assert_false (zr_relay_topics_has_changed (topics));
    s_take (topics, "+full/ana", 8);
    s_take (topics, "+full/ana", 8);
    s_take (topics, "-full/ana", 7);
    assert_string_equal (s_settle (topics), "");
    s_take (topics, "-full/ana", 8);
    assert_string_equal (s_settle (topics), "-full/ana ");
}

static void
s_gone (void **state)
{
    zr_relay_topics_t *topics = *state;
    s_take (topics, "+full/ana", 7);
    s_take (topics, "+full/ana", 8);
    s_take (topics, "+full/bob", 8);
    s_settle (topics);
    zr_relay_topics_forget (topics, 8);
    assert_string_equal (s_settle (topics), "-full/bob ");
    zr_relay_topics_forget (topics, 8);
    assert_string_equal (s_settle (topics), "");
    zr_relay_topics_forget (topics, 7);
    assert_string_equal (s_settle (topics), "-full/ana ");
}

static void
s_garbage (void **state)
{
    zr_relay_topics_t *topics = *state;
    assert_int_equal (zr_relay_topics_take (topics, (const uint8_t *) "", 0, 7), 0);
    assert_int_equal (zr_relay_topics_take (topics, (const uint8_t *) "hi", 2, 7), 0);
    s_take (topics, "-never/asked", 7);
    assert_false (zr_relay_topics_has_changed (topics));
}

static void
s_own (void **state)
{
    zr_relay_topics_t *topics = *state;
    s_take (topics, "+info/", 7);
    s_take (topics, "+room/", 7);
    s_take (topics, "+info/ana", 7);
    assert_string_equal (s_settle (topics), "");
    assert_string_equal (s_roots (topics), "");
}

static void
s_covers (void **state)
{
    zr_relay_topics_t *topics = *state;
    s_take (topics, "+full/ana", 7);
    s_take (topics, "+half/bob", 7);
    s_take (topics, "+full/anabel", 7);
    s_take (topics, "+full/b", 7);
    assert_string_equal (s_roots (topics), "full/ana full/b half/bob ");
    s_take (topics, "+full/", 8);
    assert_string_equal (s_roots (topics), "full/ half/bob ");
    s_take (topics, "-full/", 8);
    s_take (topics, "-full/ana", 7);
    assert_string_equal (s_roots (topics), "full/anabel full/b half/bob ");
    s_take (topics, "+", 9); // everything
    const zr_relay_topic_t *roots[16];
    assert_int_equal (zr_relay_topics_roots (topics, roots, 16), 1);
    assert_int_equal (roots[0]->len, 0);
}

static void
s_flood (void **state)
{
    zr_relay_topics_t *topics = *state;
    char topic[64];
    for (int i = 0; i < ZR_RELAY_TOPICS_OF_ONE; i++) {
        snprintf (topic, sizeof topic, "+full/%d", i);
        assert_int_equal (s_take (topics, topic, 7), 0);
    }
    assert_int_equal (s_take (topics, "+full/more", 7), -1);
    assert_int_equal (s_take (topics, "+full/more", 8), 0); // another may
    s_take (topics, "-full/0", 7);
    assert_int_equal (s_take (topics, "+full/again", 7), 0);
    // the descriptor is the next one's
    zr_relay_topics_forget (topics, 7);
    assert_int_equal (s_take (topics, "+full/fresh", 7), 0);
}

static void
s_all_full (void **state)
{
    zr_relay_topics_t *topics = *state;
    char topic[64];
    for (int i = 0; i < ZR_RELAY_TOPICS_MAX; i++) {
        snprintf (topic, sizeof topic, "+full/%d", i);
        assert_int_equal (s_take (topics, topic, i / 100), 0);
    }
    assert_int_equal (s_take (topics, "+full/more", 1000), -1);
    assert_int_equal (s_take (topics, "+full/more", -1), -1);
    assert_int_equal (s_take (topics, "+full/1", 1000), 0); // is there already
    s_take (topics, "-full/1", 0);
    s_take (topics, "-full/1", 1000);
    zr_relay_topics_settle (topics, s_note, NULL);
    assert_int_equal (s_take (topics, "+full/more", 1000), 0);
}

static void
s_long (void **state)
{
    zr_relay_topics_t *topics = *state;
    char topic[ZR_RELAY_TOPIC_MAX + 3];
    memset (topic, 'x', sizeof topic);
    topic[0] = '+';
    topic[ZR_RELAY_TOPIC_MAX + 2] = '\0';
    assert_int_equal (s_take (topics, topic, 7), -1);
    topic[ZR_RELAY_TOPIC_MAX + 1] = '\0';
    assert_int_equal (s_take (topics, topic, 7), 0);
}

#define TEST(name, test)                                                               \
    {                                                                                  \
        name, test, s_setup, s_teardown, NULL                                          \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("what becomes wanted, or is no more, is told once", s_told_once),
        TEST ("what changes back before it was told is not told", s_back_and_forth),
        TEST ("nobody takes back what another asked for", s_others),
        TEST ("who is gone wants nothing", s_gone),
        TEST ("what is no subscription is left aside", s_garbage),
        TEST ("info/ and room/ are the relay's own", s_own),
        TEST ("a shorter topic carries what it covers", s_covers),
        TEST ("one connection asks for so much and no more", s_flood),
        TEST ("all together ask for so much and no more", s_all_full),
        TEST ("a topic has so many bytes and no more", s_long),
    };
    return cmocka_run_group_tests_name ("relay_topics", tests, NULL, NULL);
}
