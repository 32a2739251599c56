// SPDX-License-Identifier: MPL-2.0
// What of a packet libzmq asserts, and that it is left out before it gets there.

#include "common/multicast_guard.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <zmq.h>

#define PGM_RESTRICT_DEFINED // C has it; the header would hide it
#include <pgm/pgm.h>

static uint8_t s_data[16];
static struct pgm_sk_buff_t s_packet;
static struct pgm_msgv_t s_message;

// A packet of so many bytes that says that a message begins there.
static void
s_make (uint16_t len, unsigned begins)
{
    memset (s_data, 7, sizeof s_data);
    s_data[0] = (uint8_t) (begins >> 8);
    s_data[1] = (uint8_t) begins;
    s_packet = (struct pgm_sk_buff_t){.len = len, .data = s_data};
    s_message = (struct pgm_msgv_t){.msgv_len = 1, .msgv_skb = {&s_packet}};
}

static unsigned
s_begins (void)
{
    return (unsigned) s_data[0] << 8 | s_data[1];
}

static void
test_right (void **state)
{
    (void) state;
    const unsigned begins[] = {0, 5, 14, 0xffff};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        s_make (16, begins[i]);
        assert_true (zr_multicast_guard_check (&s_message, 1, 16));
        assert_int_equal (s_begins (), begins[i]);
    }
}

static void
test_beyond (void **state)
{
    (void) state;
    s_make (16, 15);
    assert_true (zr_multicast_guard_check (&s_message, 1, 16));
    assert_int_equal (s_begins (), 0xffff);
}

static void
test_short (void **state)
{
    (void) state;
    s_make (1, 0);
    assert_false (zr_multicast_guard_check (&s_message, 1, 1));
    s_make (16, 0);
    assert_false (zr_multicast_guard_check (&s_message, 1, 17));
}

static void
test_fragments (void **state)
{
    (void) state;
    s_make (16, 0);
    s_message.msgv_len = 2;
    assert_false (zr_multicast_guard_check (&s_message, 1, 32));
}

static void
test_in_place (void **state)
{
    (void) state;
    int major, minor, patch;
    zmq_version (&major, &minor, &patch); // it is linked only if it is called
    void *found = dlsym (RTLD_DEFAULT, "pgm_recvmsgv");
    void *next = dlsym (RTLD_NEXT, "pgm_recvmsgv");
    zr_multicast_guard_prepare ();
    assert_non_null (next);
    assert_ptr_not_equal (found, next);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a packet as libzmq sends it is left as it is", test_right, NULL, NULL, NULL},
        {"one whose message begins behind its end has none that begins", test_beyond,
         NULL, NULL, NULL},
        {"one too short to say where a message begins is left out", test_short, NULL,
         NULL, NULL},
        {"one in fragments is left out", test_fragments, NULL, NULL, NULL},
        {"libzmq meets the program's function before libpgm's", test_in_place, NULL,
         NULL, NULL},
    };
    return cmocka_run_group_tests_name ("multicast_guard", tests, NULL, NULL);
}
