// SPDX-License-Identifier: MPL-2.0
// What info/ and room/ messages make of the list of streams: comings, goings, new
// names, two ways to one stream, two names at once, and messages that only an enemy
// sends.

#include "subscriber/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C (1000000)
#define ANA "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BOB "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ROOM "0123456789abcdef0123456789abcdef"

static int
s_set_up (void **state)
{
    *state = zr_directory_new ();
    return 0;
}

static int
s_tear_down (void **state)
{
    zr_directory_t *self = *state;
    zr_directory_destroy (&self);
    assert_null (self);
    zr_directory_destroy (&self);
    return 0;
}

static void
s_fill (zmq_msg_t *part, const void *data, size_t len)
{
    zmq_msg_init_size (part, len);
    memcpy (zmq_msg_data (part), data, len);
}

static int
s_hear (zr_directory_t *self, int origin, const char *topic, const char *json,
        int64_t now_us)
{
    zmq_msg_t parts[2];
    s_fill (&parts[0], topic, strlen (topic));
    s_fill (&parts[1], json, strlen (json));
    int status = zr_directory_hear (self, origin, parts, now_us);
    zmq_msg_close (&parts[0]);
    zmq_msg_close (&parts[1]);
    return status;
}

static void
s_hear_info (zr_directory_t *self, int origin, const char *name, const char *id,
             int64_t now_us)
{
    char topic[128], json[256];
    snprintf (topic, sizeof topic, "info/%s", name);
    snprintf (json, sizeof json,
              "{\"id\":\"%s\",\"width\":1280,\"height\":720,\"fps\":29.9,"
              "\"kbit_s\":5210,\"tiers\":[\"full\",\"quarter\"],"
              "\"source\":\"camera\\n\"}",
              id);
    assert_int_equal (s_hear (self, origin, topic, json, now_us), 0);
}

static void
s_hear_room (zr_directory_t *self, int origin, const char *id, int64_t now_us)
{
    char topic[128];
    snprintf (topic, sizeof topic, "room/%s", id);
    assert_int_equal (s_hear (self, origin, topic, "{\"name\":\"hall\"}", now_us), 0);
}

static void
s_told (void **state)
{
    zr_directory_t *self = *state;
    s_hear_info (self, 3, "Ana in Zürich", ANA, 7 * S);
    assert_int_equal (zr_directory_count (self), 1);
    const zr_directory_stream_t *ana = zr_directory_find (self, 3, "Ana in Zürich");
    assert_ptr_equal (ana, zr_directory_at (self, 0));
    assert_int_equal (ana->origin, 3);
    assert_string_equal (ana->info.id, ANA);
    assert_int_equal (ana->info.width, 1280);
    assert_int_equal (ana->info.height, 720);
    assert_true (ana->info.fps > 29.8 && ana->info.fps < 30);
    assert_true (ana->info.kbit_s > 5209 && ana->info.kbit_s < 5211);
    assert_int_equal (ana->info.tiers, 1 << ZR_TIER_FULL | 1 << ZR_TIER_QUARTER);
    assert_string_equal (ana->info.source, "camera?");
    assert_true (ana->heard_us == 7 * S);
    assert_null (zr_directory_find (self, 2, "Ana in Zürich"));
    assert_null (zr_directory_find (self, 3, "ana"));
}

static void
s_goes (void **state)
{
    zr_directory_t *self = *state;
    s_hear_info (self, 0, "ana", ANA, 0);
    s_hear_info (self, 0, "bob", BOB, 1 * S);
    zr_directory_expire (self, 3 * S - 1);
    assert_int_equal (zr_directory_count (self), 2);
    zr_directory_expire (self, 3 * S);
    assert_int_equal (zr_directory_count (self), 1);
    assert_non_null (zr_directory_find (self, 0, "bob"));
    zr_directory_picture (self, 0, "bob", 3 * S);
    zr_directory_picture (self, 0, "bob", 2 * S); // told late
    zr_directory_picture (self, 0, "ana", 3 * S); // nobody said that she is back
    zr_directory_expire (self, 6 * S - 1);
    assert_int_equal (zr_directory_count (self), 1);
    zr_directory_expire (self, 6 * S);
    assert_int_equal (zr_directory_count (self), 0);
}

static void
s_renamed (void **state)
{
    zr_directory_t *self = *state;
    s_hear_info (self, 0, "ana", ANA, 0);
    s_hear_info (self, 1, "ana", ANA, 0); // the same by another way
    s_hear_info (self, 0, "ana-2", ANA, 1);
    assert_null (zr_directory_find (self, 0, "ana"));
    assert_non_null (zr_directory_find (self, 0, "ana-2"));
    assert_non_null (zr_directory_find (self, 1, "ana"));
    s_hear_info (self, 1, "ana-2", ANA, 2);
    assert_int_equal (zr_directory_count (self), 2);
    assert_false (zr_directory_is_double (self, zr_directory_find (self, 0, "ana-2")));
    assert_true (zr_directory_is_double (self, zr_directory_find (self, 1, "ana-2")));
}

static void
s_two_of_one_name (void **state)
{
    zr_directory_t *self = *state;
    for (int64_t now = 0; now < 3 * S; now += S / 2) {
        s_hear_info (self, 0, "ana", ANA, now);
        s_hear_info (self, 0, "ana", BOB, now + 1);
        assert_string_equal (zr_directory_find (self, 0, "ana")->info.id, ANA);
    }
    s_hear_info (self, 0, "ana-2", BOB, 3 * S); // their broker has told him
    assert_int_equal (zr_directory_count (self), 2);
    // A publisher that began anew has another id, and the name at once or a little
    // later.
    s_hear_info (self, 0, "ana", ROOM, 5 * S);
    assert_string_equal (zr_directory_find (self, 0, "ana")->info.id, ROOM);
}

static void
s_two_ways (void **state)
{
    zr_directory_t *self = *state;
    s_hear_info (self, 5, "ana", ANA, 0);
    s_hear_info (self, 2, "ana", ANA, 1);
    s_hear_info (self, 2, "bob", BOB, 1);
    assert_false (zr_directory_is_double (self, zr_directory_find (self, 5, "ana")));
    assert_true (zr_directory_is_double (self, zr_directory_find (self, 2, "ana")));
    assert_false (zr_directory_is_double (self, zr_directory_find (self, 2, "bob")));
    s_hear_info (self, 2, "ana", ANA, 2 * S);
    zr_directory_expire (self, 3 * S); // the first way is closed
    assert_null (zr_directory_find (self, 5, "ana"));
    assert_false (zr_directory_is_double (self, zr_directory_find (self, 2, "ana")));
}

static void
s_two_ways_to_a_room (void **state)
{
    zr_directory_t *self = *state;
    assert_false (zr_directory_is_double_room (self, 0));
    s_hear_room (self, 4, ROOM, 0);
    s_hear_room (self, 1, ROOM, 1);
    s_hear_room (self, 2, ANA, 1);
    assert_false (zr_directory_is_double_room (self, 4));
    assert_true (zr_directory_is_double_room (self, 1));
    assert_false (zr_directory_is_double_room (self, 2));
    s_hear_room (self, 4, BOB, 2); // another broker is there now
    assert_false (zr_directory_is_double_room (self, 1));
    s_hear_room (self, 4, ROOM, 3);
    assert_true (zr_directory_is_double_room (self, 4));
    s_hear_room (self, 4, ROOM, 2 * S);
    zr_directory_expire (self, 3 * S + 1);
    assert_false (zr_directory_is_double_room (self, 4));
    // Met in the same moment, one of them is the first all the same.
    s_hear_room (self, 7, BOB, 4 * S);
    s_hear_room (self, 6, BOB, 4 * S);
    assert_true (zr_directory_is_double_room (self, 7));
    assert_false (zr_directory_is_double_room (self, 6));
}

static void
s_forgotten (void **state)
{
    zr_directory_t *self = *state;
    s_hear_info (self, 0, "ana", ANA, 0);
    s_hear_info (self, 1, "ana", ANA, 0);
    s_hear_room (self, 0, ROOM, 0);
    s_hear_room (self, 1, ROOM, 1);
    zr_directory_forget (self, 0);
    assert_int_equal (zr_directory_count (self), 1);
    assert_false (zr_directory_is_double (self, zr_directory_at (self, 0)));
    assert_false (zr_directory_is_double_room (self, 1));
}

static void
s_lies (void **state)
{
    zr_directory_t *self = *state;
    assert_int_equal (
        s_hear (self, 0, "info/ana",
                "{\"id\":\"" ANA "\",\"width\":-5,\"height\":1e300,"
                "\"fps\":\"many\",\"kbit_s\":null,\"tiers\":[\"huge\",7]}",
                0),
        0);
    const zr_directory_stream_t *ana = zr_directory_find (self, 0, "ana");
    assert_true (ana->info.width == 0 && ana->info.height == 0);
    assert_true (ana->info.fps < 1 && ana->info.kbit_s < 1);
    assert_int_equal (ana->info.tiers, 1 << ZR_TIER_FULL); // what everybody has
}

static void
s_malformed (void **state)
{
    zr_directory_t *self = *state;
    static const char good[] = "{\"id\":\"" ANA "\"}";
    static const struct {
        const char *topic, *json;
    } bad[] = {
        {"info/", good},
        {"info/a/b", good},
        {"info/ a", good},
        {"info/\x1b[2J", good},
        {"info/\xff", good},
        {"info/aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg",
         good},
        {"full/ana", good},
        {"inf", good},
        {"", good},
        {"info/ana", ""},
        {"info/ana", "{"},
        {"info/ana", "[]"},
        {"info/ana", "{}"},
        {"info/ana", "{\"id\":7}"},
        {"info/ana", "{\"id\":\"aa\"}"},
        {"info/ana", "{\"id\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"},
        {"room/", "{}"},
        {"room/ana", "{}"},
        {"room/" ROOM "0", "{}"},
        {"room/" ROOM, "7"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal (s_hear (self, 0, bad[i].topic, bad[i].json, 0), -1);
    char text[ZR_ROOM_JSON_MAX + 2];
    memset (text, ' ', sizeof text);
    memcpy (text, good, sizeof good - 1);
    text[ZR_ROOM_JSON_MAX + 1] = '\0';
    assert_int_equal (s_hear (self, 0, "info/ana", text, 0), -1);
    assert_int_equal (zr_directory_count (self), 0);
    text[ZR_ROOM_JSON_MAX] = '\0'; // and that is the limit
    assert_int_equal (s_hear (self, 0, "info/ana", text, 0), 0);
}

static void
s_nul (void **state)
{
    zr_directory_t *self = *state;
    zmq_msg_t parts[2];
    s_fill (&parts[0], "info/a\0b", 8);
    s_fill (&parts[1], "{\"id\":\"" ANA "\"}", 41);
    assert_int_equal (zr_directory_hear (self, 0, parts, 0), -1);
    zmq_msg_close (&parts[0]);
    zmq_msg_close (&parts[1]);
}

static void
s_flood (void **state)
{
    zr_directory_t *self = *state;
    for (int i = 0; i < 2 * ZR_DIRECTORY_STREAMS_MAX; i++) {
        char name[16], id[33];
        snprintf (name, sizeof name, "name%d", i);
        snprintf (id, sizeof id, "%032x", (unsigned) i);
        s_hear_info (self, 0, name, id, 0);
    }
    assert_int_equal (zr_directory_count (self), ZR_DIRECTORY_STREAMS_MAX);
    assert_non_null (zr_directory_find (self, 0, "name0"));
    assert_null (zr_directory_find (self, 0, "name256"));
    s_hear_info (self, 0, "name0", "00000000000000000000000000000000", S);
    zr_directory_expire (self, 3 * S);
    s_hear_info (self, 0, "name256", ANA, 3 * S);
    assert_int_equal (zr_directory_count (self), 2);
}

#define TEST(name, function)                                                           \
    {                                                                                  \
        name, function, s_set_up, s_tear_down, NULL                                    \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("a stream is known by what its publisher tells", s_told),
        TEST ("a stream without word or picture for 3 s is gone", s_goes),
        TEST ("an id under a new name is that publisher renamed", s_renamed),
        TEST ("of two publishers under one name the first keeps it", s_two_of_one_name),
        TEST ("a publisher met by two ways counts once", s_two_ways),
        TEST ("a room met by two ways counts once", s_two_ways_to_a_room),
        TEST ("an endpoint is forgotten with all that it told", s_forgotten),
        TEST ("numbers that cannot be true are unknown", s_lies),
        TEST ("a malformed message changes nothing", s_malformed),
        TEST ("a name with a NUL in it is no name", s_nul),
        TEST ("a flood of names is bounded, and its places come back", s_flood),
    };
    return cmocka_run_group_tests_name ("directory", tests, NULL, NULL);
}
