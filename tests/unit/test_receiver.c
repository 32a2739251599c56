// SPDX-License-Identifier: MPL-2.0
// Endpoints that come and go while the receiver runs, over inproc.

#include "subscriber/receiver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <czmq.h>

#include <cmocka.h>

#include "common/log.h"

#define WAIT_MS 5000

typedef struct {
    zr_decoder_t *decoder;
    zr_receiver_t *receiver;
    zsock_t *ana, *bob; // publishers
    char at_ana[64], at_bob[64];
} s_fixture_t;

// At an endpoint that was never used: libzmq gives one free in the background.
static zsock_t *
s_bind (char endpoint[64])
{
    static int number;
    zsock_t *socket = zsock_new (ZMQ_XPUB);
    assert_non_null (socket);
    snprintf (endpoint, 64, "inproc://publisher-%d", number++);
    assert_int_not_equal (zsock_bind (socket, "%s", endpoint), -1);
    return socket;
}

static int
s_set_up (void **state)
{
    s_fixture_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    zr_log_set_level (ZR_LOG_ERROR);
    self->ana = s_bind (self->at_ana);
    self->bob = s_bind (self->at_bob);
    self->decoder = zr_decoder_new ();
    self->receiver = zr_receiver_new (
        &(zr_receiver_settings_t){.decoder = self->decoder, .tier = ZR_TIERS});
    assert_non_null (self->receiver);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_fixture_t *self = *state;
    zr_receiver_stop (self->receiver);
    zr_decoder_destroy (&self->decoder);
    zr_receiver_destroy (&self->receiver);
    assert_null (self->receiver);
    zsock_destroy (&self->ana);
    zsock_destroy (&self->bob);
    free (self);
    return 0;
}

static void
s_tell (zsock_t *socket, const char *name, char digit)
{
    char topic[32], id[33], json[64];
    memset (id, digit, 32);
    id[32] = '\0';
    snprintf (topic, sizeof topic, "info/%s", name);
    snprintf (json, sizeof json, "{\"id\":\"%s\"}", id);
    zstr_sendx (socket, topic, json, NULL);
    snprintf (topic, sizeof topic, "full/%s", name);
    zstr_sendx (socket, topic, "no picture", NULL);
}

// Waits until there are so many streams, while both publishers tell of theirs.
static int
s_wait (s_fixture_t *self, int wanted, zr_stream_t *streams[ZR_STREAMS_MAX])
{
    int count = -1;
    for (int ms = 0; ms < WAIT_MS && count != wanted; ms += 20) {
        s_tell (self->ana, "ana", 'a');
        s_tell (self->bob, "bob", 'b');
        zclock_sleep (20);
        count = zr_receiver_streams (self->receiver, streams);
    }
    return count;
}

static void
s_come_and_go (void **state)
{
    s_fixture_t *self = *state;
    zr_stream_t *streams[ZR_STREAMS_MAX], *again[ZR_STREAMS_MAX];
    assert_int_equal (s_wait (self, 0, streams), 0);
    zr_receiver_add (self->receiver, self->at_ana);
    assert_int_equal (s_wait (self, 1, streams), 1);
    assert_string_equal (zr_stream_name (streams[0]), "ana");
    zr_receiver_add (self->receiver, self->at_ana); // there is one already
    zr_receiver_add (self->receiver, self->at_bob);
    assert_int_equal (s_wait (self, 2, streams), 2);
    assert_string_equal (zr_stream_name (streams[1]), "bob");
    zr_receiver_remove (self->receiver, "inproc://nobody");
    zr_receiver_remove (self->receiver, self->at_ana);
    assert_int_equal (s_wait (self, 1, again), 1);
    assert_ptr_equal (again[0], streams[1]);
    zr_receiver_add (self->receiver, self->at_ana);
    assert_int_equal (s_wait (self, 2, again), 2);
    assert_ptr_equal (again[0], streams[0]); // the same one, at its old place
    assert_ptr_equal (again[1], streams[1]);
    assert_true (zr_receiver_bad (self->receiver) == 0);
}

static void
s_hidden_is_not_taken (void **state)
{
    s_fixture_t *self = *state;
    zr_stream_t *streams[ZR_STREAMS_MAX];
    zr_meter_report_t report, later;
    zr_receiver_add (self->receiver, self->at_ana);
    assert_int_equal (s_wait (self, 1, streams), 1);
    zr_stream_want (streams[0], 0, 0);
    for (int ms = 0; ms < 3300; ms += 20)
        s_wait (self, 1, streams);
    zr_stream_report (streams[0], false, &report);
    assert_true (report.received > 20);
    for (int i = 0; i < 25; i++)
        assert_int_equal (s_wait (self, 1, streams), 1); // and still listed
    zr_stream_report (streams[0], false, &later);
    assert_true (later.received == report.received);
    zr_receiver_keep (self->receiver, true); // a recording begins
    for (int i = 0; i < 25; i++)
        s_wait (self, 1, streams);
    zr_stream_report (streams[0], false, &later);
    assert_true (later.received > report.received);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"endpoints come and go, and their streams with them", s_come_and_go, s_set_up,
         s_tear_down, NULL},
        {"what is not shown is not received, unless it is kept", s_hidden_is_not_taken,
         s_set_up, s_tear_down, NULL},
    };
    return cmocka_run_group_tests_name ("receiver", tests, NULL, NULL);
}
