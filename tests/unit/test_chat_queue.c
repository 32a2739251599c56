// SPDX-License-Identifier: MPL-2.0
// What a client keeps until it is acknowledged: order, window, resending, numbers.

#include "common/chat_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static zr_chat_queue_t *s_queue;

static int
s_set_up (void **state)
{
    (void) state;
    s_queue = zr_chat_queue_new ();
    return 0;
}

static int
s_tear_down (void **state)
{
    (void) state;
    zr_chat_queue_destroy (&s_queue);
    zr_chat_queue_destroy (&s_queue); // does nothing
    return 0;
}

static void
s_add (int count)
{
    for (int i = 0; i < count; i++) {
        char text[16];
        snprintf (text, sizeof text, "%d", i + 1);
        zr_chat_line_t *line =
            zr_chat_line_new (ZR_CHAT_SAY, NULL, text, strlen (text));
        zr_chat_queue_add (s_queue, &line);
        assert_null (line);
    }
}

// Sends all that may be sent; checks that they are first to last. 0: none.
static void
s_send (int64_t first, int64_t last)
{
    const zr_chat_line_t *line;
    for (int64_t n = first; n && n <= last; n++) {
        line = zr_chat_queue_next (s_queue);
        assert_non_null (line);
        assert_int_equal (line->n, n);
        zr_chat_queue_sent (s_queue);
    }
    assert_null (zr_chat_queue_next (s_queue));
}

static void
s_test_order (void **state)
{
    (void) state;
    assert_null (zr_chat_queue_next (s_queue));
    assert_int_equal (zr_chat_queue_take (s_queue, 9), 0);
    zr_chat_line_t *line = zr_chat_line_new (ZR_CHAT_MSG, "bob", "hi\0x", 4);
    assert_string_equal (line->to, "bob");
    assert_memory_equal (line->text, "hi\0x", 5);
    zr_chat_queue_add (s_queue, &line);
    s_add (2);
    assert_int_equal (zr_chat_queue_size (s_queue), 3);
    s_send (1, 3);
    assert_int_equal (zr_chat_queue_take (s_queue, 2), 1);
    assert_int_equal (zr_chat_queue_take (s_queue, 2), 2);
    assert_int_equal (zr_chat_queue_take (s_queue, 2), 0);
    s_add (1);
    s_send (4, 4);
    assert_int_equal (zr_chat_queue_size (s_queue), 2);
}

static void
s_test_window (void **state)
{
    (void) state;
    s_add (ZR_CHAT_WINDOW + 3);
    s_send (1, ZR_CHAT_WINDOW);
    zr_chat_queue_take (s_queue, 1);
    s_send (ZR_CHAT_WINDOW + 1, ZR_CHAT_WINDOW + 1);
    assert_true (zr_chat_queue_drop (s_queue, 5));
    s_send (ZR_CHAT_WINDOW + 2, ZR_CHAT_WINDOW + 2);
}

static void
s_test_drop (void **state)
{
    (void) state;
    s_add (4);
    assert_false (zr_chat_queue_drop (s_queue, 1)); // not sent
    assert_false (zr_chat_queue_was_sent (s_queue, 1));
    s_send (1, 4);
    assert_true (zr_chat_queue_was_sent (s_queue, 4));
    assert_false (zr_chat_queue_was_sent (s_queue, 5));
    assert_true (zr_chat_queue_drop (s_queue, 2));
    assert_false (zr_chat_queue_drop (s_queue, 2));
    assert_true (zr_chat_queue_drop (s_queue, 4)); // the last one
    s_add (1);
    s_send (5, 5);
    zr_chat_queue_rewind (s_queue);
    assert_true (zr_chat_queue_drop (s_queue, 1)); // about to be sent again
    assert_int_equal (zr_chat_queue_next (s_queue)->n, 3);
    zr_chat_queue_sent (s_queue);
    s_send (5, 5); // 4 is used up
}

static void
s_test_rewind (void **state)
{
    (void) state;
    s_add (3);
    s_send (1, 3);
    zr_chat_queue_rewind (s_queue);
    assert_int_equal (zr_chat_queue_take (s_queue, 1), 1); // a late ACK
    s_send (2, 3);
    zr_chat_queue_rewind (s_queue);
    zr_chat_queue_rewind (s_queue);
    s_send (2, 3);
}

static void
s_test_renumber (void **state)
{
    (void) state;
    s_add (4);
    s_send (1, 4);
    zr_chat_queue_take (s_queue, 2);
    zr_chat_queue_take (s_queue, 2);
    zr_chat_queue_renumber (s_queue, 0); // a broker without a memory
    assert_int_equal (zr_chat_queue_take (s_queue, 4), 0);
    const zr_chat_line_t *line = zr_chat_queue_next (s_queue);
    assert_string_equal (line->text, "3");
    s_send (1, 2);
    s_add (1);
    s_send (3, 3);
}

static void
s_test_unsent (void **state)
{
    (void) state;
    s_add (100);
    s_send (1, ZR_CHAT_WINDOW);
    for (int64_t n = 1; n <= ZR_CHAT_WINDOW; n++)
        assert_int_equal (zr_chat_queue_take (s_queue, INT64_MAX), n);
    assert_int_equal (zr_chat_queue_take (s_queue, INT64_MAX), 0);
    zr_chat_queue_renumber (s_queue, INT64_MAX);
    const zr_chat_line_t *line = zr_chat_queue_next (s_queue);
    assert_true (line->n > 0);
    assert_string_equal (line->text, "65");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"lines leave in the order they came", s_test_order, s_set_up, s_tear_down,
         NULL},
        {"no more than the window are on their way", s_test_window, s_set_up,
         s_tear_down, NULL},
        {"a refused line leaves from between others", s_test_drop, s_set_up,
         s_tear_down, NULL},
        {"what is not acknowledged is sent again", s_test_rewind, s_set_up, s_tear_down,
         NULL},
        {"after a break lines are numbered from what is stored", s_test_renumber,
         s_set_up, s_tear_down, NULL},
        {"what was never sent cannot be stored", s_test_unsent, s_set_up, s_tear_down,
         NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
