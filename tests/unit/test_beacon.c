// SPDX-License-Identifier: MPL-2.0
// A beacon's bytes, both ways. What is read stands in heap blocks of exactly its size.

#include "common/beacon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD 30 // bytes before the name

// PROTOCOL.md's example.
static const uint8_t s_bytes[] = {
    'Z',  'R',  'O',  'O',  'M',  1,    1,    0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
    0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x15, 0xAE, 0x15,
    0xB3, 0x15, 0xB4, 7,    'a',  't',  't',  'i',  'c',  '-',  '1',
};

static zr_beacon_t
s_broker (void)
{
    zr_beacon_t beacon = {.kind = ZR_BEACON_BROKER,
                          .chat_port = 5550,
                          .video_out_port = 5555,
                          .video_in_port = 5556,
                          .name = "attic-1"};
    for (int i = 0; i < ZR_BEACON_UUID_SIZE; i++)
        beacon.uuid[i] = (uint8_t) (i * 0x11);
    return beacon;
}

static int
s_decode (const uint8_t *bytes, size_t len, zr_beacon_t *beacon)
{
    uint8_t *copy = malloc (len ? len : 1);
    assert_non_null (copy);
    memcpy (copy, bytes, len);
    int status = zr_beacon_decode (copy, len, beacon);
    free (copy);
    return status;
}

static void
s_refuse_with (size_t at, uint8_t value)
{
    uint8_t bytes[sizeof s_bytes];
    zr_beacon_t beacon;
    memcpy (bytes, s_bytes, sizeof bytes);
    bytes[at] = value;
    assert_int_equal (s_decode (bytes, sizeof bytes, &beacon), -1);
}

static void
test_bytes (void **state)
{
    (void) state;
    uint8_t bytes[ZR_BEACON_SIZE_MAX];
    const zr_beacon_t broker = s_broker ();
    assert_int_equal (zr_beacon_encode (&broker, bytes), sizeof s_bytes);
    assert_memory_equal (bytes, s_bytes, sizeof s_bytes);
}

static void
test_round (void **state)
{
    (void) state;
    zr_beacon_t beacon;
    const zr_beacon_t broker = s_broker ();
    assert_int_equal (s_decode (s_bytes, sizeof s_bytes, &beacon), 0);
    assert_memory_equal (&beacon, &broker, sizeof beacon);
    assert_false (zr_beacon_is_goodbye (&beacon));
}

static void
test_longest_name (void **state)
{
    (void) state;
    uint8_t bytes[ZR_BEACON_SIZE_MAX];
    zr_beacon_t broker = s_broker (), beacon;
    memset (broker.name, 'n', ZR_WIRE_NAME_MAX);
    size_t len = zr_beacon_encode (&broker, bytes);
    assert_int_equal (len, HEAD + ZR_WIRE_NAME_MAX);
    assert_int_equal (s_decode (bytes, len, &beacon), 0);
    assert_string_equal (beacon.name, broker.name);
    bytes[len] = 'n'; // one more than may be
    bytes[HEAD - 1]++;
    assert_int_equal (s_decode (bytes, len + 1, &beacon), -1);
}

static void
test_lengths (void **state)
{
    (void) state;
    zr_beacon_t beacon;
    for (size_t len = 0; len < sizeof s_bytes; len++)
        assert_int_equal (s_decode (s_bytes, len, &beacon), -1);
    uint8_t bytes[ZR_BEACON_SIZE_MAX + 1] = {0};
    memcpy (bytes, s_bytes, sizeof s_bytes);
    assert_int_equal (s_decode (bytes, ZR_BEACON_SIZE_MAX, &beacon), 0);
    assert_string_equal (beacon.name, "attic-1");
    assert_int_equal (s_decode (bytes, ZR_BEACON_SIZE_MAX + 1, &beacon), -1);
}

static void
test_heads (void **state)
{
    (void) state;
    for (size_t at = 0; at < 6; at++)
        s_refuse_with (at, 2); // magic and version
    s_refuse_with (6, 0);      // kind
    s_refuse_with (6, 3);
    uint8_t bytes[sizeof s_bytes];
    zr_beacon_t beacon;
    memcpy (bytes, s_bytes, sizeof bytes);
    memset (bytes + 7, 0, ZR_BEACON_UUID_SIZE);
    assert_int_equal (s_decode (bytes, sizeof bytes, &beacon), -1);
}

static void
test_names (void **state)
{
    (void) state;
    s_refuse_with (HEAD - 1, 0);   // empty
    s_refuse_with (HEAD - 1, 8);   // longer than what came
    s_refuse_with (HEAD - 1, 255); //
    s_refuse_with (HEAD, '\0');
    s_refuse_with (HEAD + 2, '\033');
    s_refuse_with (HEAD + 2, 0xFF); // no UTF-8
    s_refuse_with (HEAD + 2, '/');
    s_refuse_with (HEAD, ' ');
}

static void
test_ports (void **state)
{
    (void) state;
    zr_beacon_t beacon = s_broker ();
    beacon.kind = ZR_BEACON_PUBLISHER;
    assert_false (zr_beacon_is_valid (&beacon)); // it has no chat
    beacon.chat_port = 0;
    assert_false (zr_beacon_is_valid (&beacon)); // nothing connects into it
    beacon.video_in_port = 0;
    assert_true (zr_beacon_is_valid (&beacon));
    assert_false (zr_beacon_is_goodbye (&beacon));
    beacon = s_broker ();
    beacon.video_out_port = beacon.video_in_port = 0;
    assert_true (zr_beacon_is_valid (&beacon)); // --no-video
    assert_false (zr_beacon_is_goodbye (&beacon));
    s_refuse_with (6, ZR_BEACON_PUBLISHER);
}

static void
test_goodbye (void **state)
{
    (void) state;
    uint8_t bytes[ZR_BEACON_SIZE_MAX];
    zr_beacon_t broker = s_broker (), beacon;
    broker.chat_port = broker.video_out_port = broker.video_in_port = 0;
    size_t len = zr_beacon_encode (&broker, bytes);
    assert_int_equal (s_decode (bytes, len, &beacon), 0);
    assert_true (zr_beacon_is_goodbye (&beacon));
}

static void
test_any_bytes (void **state)
{
    (void) state;
    uint8_t bytes[sizeof s_bytes];
    zr_beacon_t beacon;
    for (size_t at = 0; at < sizeof s_bytes; at++)
        for (int value = 0; value < 256; value++) {
            memcpy (bytes, s_bytes, sizeof bytes);
            bytes[at] = (uint8_t) value;
            if (s_decode (bytes, sizeof bytes, &beacon) == 0)
                assert_true (zr_beacon_is_valid (&beacon));
        }
}

static void
s_assert_made (const char *text, const char *name)
{
    char made[ZR_BEACON_NAME_SIZE];
    zr_beacon_make_name (made, text);
    assert_string_equal (made, name);
    assert_true (zr_wire_name_is_valid (made));
}

static void
test_made_names (void **state)
{
    (void) state;
    s_assert_made ("attic", "attic");
    s_assert_made ("küche", "küche");
    s_assert_made ("  two words ", "two words");
    s_assert_made ("a/b\033[2J", "a?b?[2J");
    s_assert_made ("", "?");
    s_assert_made ("   ", "?");
    char text[200], name[ZR_BEACON_NAME_SIZE];
    memset (text, 'x', sizeof text);
    text[ZR_WIRE_NAME_MAX - 1] = ' '; // a blank where it is cut
    text[sizeof text - 1] = '\0';
    memset (name, 'x', sizeof name);
    name[ZR_WIRE_NAME_MAX - 1] = '\0';
    s_assert_made (text, name);
}

static void
test_a_uuid_is_read_from_its_digits (void **state)
{
    (void) state;
    uint8_t uuid[ZR_BEACON_UUID_SIZE];
    assert_int_equal (zr_beacon_read_uuid (uuid, "00112233445566778899aabbccddeeff"),
                      0);
    for (int i = 0; i < ZR_BEACON_UUID_SIZE; i++)
        assert_int_equal (uuid[i], i * 0x11);
    assert_int_equal (zr_beacon_read_uuid (uuid, "00112233445566778899AABBCCDDEEFF"),
                      -1);
    assert_int_equal (zr_beacon_read_uuid (uuid, "0011"), -1);
    assert_int_equal (zr_beacon_read_uuid (uuid, ""), -1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_uuid_is_read_from_its_digits),
        {"a beacon's bytes are those of PROTOCOL.md", test_bytes, NULL, NULL, NULL},
        {"what was written is read again", test_round, NULL, NULL, NULL},
        {"a name has 64 bytes at most", test_longest_name, NULL, NULL, NULL},
        {"cut short or too long it is none, and what follows the name is skipped",
         test_lengths, NULL, NULL, NULL},
        {"another magic, version or kind, or no UUID, is none", test_heads, NULL, NULL,
         NULL},
        {"a name that no stream could have is refused", test_names, NULL, NULL, NULL},
        {"ports fit the kind", test_ports, NULL, NULL, NULL},
        {"no port at all is a goodbye", test_goodbye, NULL, NULL, NULL},
        {"whatever one byte is, what is taken is valid", test_any_bytes, NULL, NULL,
         NULL},
        {"any text is made a name", test_made_names, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("beacon", tests, NULL, NULL);
}
