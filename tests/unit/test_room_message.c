// SPDX-License-Identifier: MPL-2.0
// info/ and room/: what is right is read, and what lies is not.

#include "common/room_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef"

static void
s_fill (zmq_msg_t parts[2], const char *topic, const char *json)
{
    zmq_msg_init_size (&parts[0], strlen (topic));
    memcpy (zmq_msg_data (&parts[0]), topic, strlen (topic));
    zmq_msg_init_size (&parts[1], strlen (json));
    memcpy (zmq_msg_data (&parts[1]), json, strlen (json));
}

static int
s_info (const char *topic, const char *json, zr_room_info_t *info)
{
    zmq_msg_t parts[2];
    char name[ZR_WIRE_NAME_MAX + 1];
    s_fill (parts, topic, json);
    int status = zr_room_info_read (info, name, parts);
    if (status == 0)
        assert_string_equal (name, topic + 5);
    zmq_msg_close (&parts[0]);
    zmq_msg_close (&parts[1]);
    return status;
}

static int
s_room (const char *topic, const char *json, zr_room_self_t *room)
{
    zmq_msg_t parts[2];
    s_fill (parts, topic, json);
    int status = zr_room_self_read (room, parts);
    zmq_msg_close (&parts[0]);
    zmq_msg_close (&parts[1]);
    return status;
}

static void
s_good_info (void **state)
{
    (void) state;
    zr_room_info_t info;
    assert_int_equal (s_info ("info/Ana in Z\xc3\xbcrich",
                              "{\"id\":\"" ID "\",\"width\":1280,\"height\":720,"
                              "\"fps\":29.9,\"kbit_s\":5210,\"tiers\":[\"full\"],"
                              "\"new\":{}}",
                              &info),
                      0);
    assert_string_equal (info.id, ID);
    assert_int_equal (info.width, 1280);
    assert_int_equal (info.height, 720);
    assert_true (info.fps > 29.8 && info.fps < 30);
    assert_true (info.kbit_s > 5209 && info.kbit_s < 5211);
}

static void
s_lying_numbers (void **state)
{
    (void) state;
    zr_room_info_t info;
    assert_int_equal (s_info ("info/ana",
                              "{\"id\":\"" ID "\",\"width\":-1,\"height\":1e300,"
                              "\"fps\":\"many\",\"kbit_s\":99999999999}",
                              &info),
                      0);
    assert_int_equal (info.width, 0);
    assert_int_equal (info.height, 0);
    assert_true (info.fps < 0.1 && info.kbit_s < 0.1);
}

static void
s_bad_info (void **state)
{
    (void) state;
    static const char good[] = "{\"id\":\"" ID "\"}";
    static const char *const topics[] = {
        "info/",
        "info/a/b",
        "info/ ana",
        "info/a\x1b[2J",
        "info/\xff\xfe",
        "infos/ana",
        "info",
        "info/"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    };
    static const char *const jsons[] = {
        "",
        "{",
        "[]",
        "7",
        "{}",
        "{\"id\":7}",
        "{\"id\":\"short\"}",
        "{\"id\":\"0123456789ABCDEF0123456789ABCDEF\"}",
        "{\"id\":\"" ID "0\"}",
        "{\"id\":\"" ID "\"} and more",
    };
    zr_room_info_t info;
    assert_int_equal (s_info ("info/ana", good, &info), 0);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        assert_int_equal (s_info (topics[i], good, &info), -1);
    for (size_t i = 0; i < sizeof jsons / sizeof *jsons; i++)
        assert_int_equal (s_info ("info/ana", jsons[i], &info), -1);
}

static void
s_long_json (void **state)
{
    (void) state;
    char json[ZR_ROOM_JSON_MAX + 2];
    zr_room_info_t info;
    memset (json, ' ', sizeof json);
    memcpy (json, "{\"id\":\"" ID "\"}", 41);
    json[sizeof json - 1] = '\0';
    assert_int_equal (s_info ("info/ana", json, &info), -1);
    json[sizeof json - 2] = '\0';
    assert_int_equal (s_info ("info/ana", json, &info), 0);
}

static void
s_room_there_and_back (void **state)
{
    (void) state;
    zr_room_self_t room = {.name = "M\xc3\xbchle \"2\"", .chat = 5550}, back;
    zr_room_id_t id;
    for (unsigned i = 0; i < ZR_ROOM_ABOVE_MAX + 3; i++) {
        snprintf (id, sizeof id, "%032x", i);
        zr_room_self_add_above (&room, id);
        zr_room_self_add_above (&room, id);
    }
    assert_int_equal (room.above_count, ZR_ROOM_ABOVE_MAX);
    char *json = zr_room_self_write (&room);
    assert_true (strlen (json) <= ZR_ROOM_JSON_MAX);
    assert_int_equal (s_room ("room/" ID, json, &back), 0);
    free (json);
    assert_string_equal (back.id, ID);
    memcpy (room.id, back.id, sizeof room.id);
    assert_memory_equal (&back, &room, sizeof room);
}

static void
s_bad_room (void **state)
{
    (void) state;
    zr_room_self_t room;
    assert_int_equal (s_room ("room/x", "{}", &room), -1);
    assert_int_equal (s_room ("room/" ID "0", "{}", &room), -1);
    assert_int_equal (s_room ("room/" ID, "[]", &room), -1);
    // what is wrong inside is left out
    assert_int_equal (s_room ("room/" ID,
                              "{\"name\":7,\"chat\":65536,"
                              "\"upstream\":[7,\"x\",null,\"" ID "\",[]]}",
                              &room),
                      0);
    assert_string_equal (room.name, "");
    assert_int_equal (room.chat, 0);
    assert_int_equal (room.above_count, 1);
    assert_int_equal (s_room ("room/" ID, "{\"name\":\"a\\u001b[2J\"}", &room), 0);
    assert_string_equal (room.name, "a?[2J");
}

static void
s_id_numbers (void **state)
{
    (void) state;
    assert_int_equal (zr_room_id_number (ID, 1), 0);
    assert_true (zr_room_id_number (ID, 1000) < 1000);
    assert_int_not_equal (
        zr_room_id_number (ID, 100000),
        zr_room_id_number ("1123456789abcdef0123456789abcdef", 100000));
}

static void
test_ids (void **state)
{
    (void) state;
    zr_room_id_t one, other;
    zr_room_id_make (one);
    zr_room_id_make (other);
    assert_int_equal (strlen (one), ZR_ROOM_ID_LEN);
    assert_int_equal (strspn (one, "0123456789abcdef"), ZR_ROOM_ID_LEN);
    assert_string_not_equal (one, other);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"ids are made of small letters, each another one", test_ids, NULL, NULL, NULL},
        {"an info/ message is read", s_good_info, NULL, NULL, NULL},
        {"numbers that cannot be true are 0", s_lying_numbers, NULL, NULL, NULL},
        {"what is no info/ message is refused", s_bad_info, NULL, NULL, NULL},
        {"JSON above 4096 bytes is not read", s_long_json, NULL, NULL, NULL},
        {"a room/ message is written as it is read", s_room_there_and_back, NULL, NULL,
         NULL},
        {"what is no room/ message is refused", s_bad_room, NULL, NULL, NULL},
        {"ids give numbers that differ", s_id_numbers, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("room_message", tests, NULL, NULL);
}
