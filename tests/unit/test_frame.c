// SPDX-License-Identifier: MPL-2.0
// The memory of a frame: what is asked for is there to its last byte (the address
// sanitizer looks on), it is kept while it is large enough, and let go of once.

#include "common/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
s_holds_what_was_asked (void **state)
{
    (void) state;
    static const size_t sizes[] = {1, 2, 3, 4, 5, 63, 64, 4095, 4096, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        zr_frame_t frame = {0};
        zr_frame_reserve (&frame, sizes[i]);
        assert_non_null (frame.memory);
        assert_true (frame.capacity >= sizes[i]);
        memset (frame.memory, 0xa5, frame.capacity);
        zr_frame_release (&frame);
    }
}

static void
s_keeps_memory (void **state)
{
    (void) state;
    zr_frame_t frame = {0};
    zr_frame_reserve (&frame, 1000);
    uint8_t *memory = frame.memory;
    size_t capacity = frame.capacity;
    frame.data = memory + 7;
    frame.len = 11;
    zr_frame_reserve (&frame, 10);
    zr_frame_reserve (&frame, 0);
    zr_frame_reserve (&frame, capacity);
    assert_ptr_equal (frame.memory, memory);
    assert_int_equal (frame.capacity, capacity);
    assert_ptr_equal (frame.data, memory + 7);
    assert_int_equal (frame.len, 11);
    zr_frame_release (&frame);
}

static void
s_forgets_data (void **state)
{
    (void) state;
    zr_frame_t frame = {0};
    zr_frame_reserve (&frame, 1000);
    frame.data = frame.memory;
    frame.len = 1000;
    size_t capacity = frame.capacity;
    zr_frame_reserve (&frame, capacity + 1);
    assert_true (frame.capacity > capacity);
    assert_null (frame.data);
    assert_int_equal (frame.len, 0);
    zr_frame_release (&frame);
}

static void
s_soon_stops_growing (void **state)
{
    (void) state;
    zr_frame_t frame = {0};
    int grown = 0;
    for (size_t size = 100000; size <= 200000; size += 100) {
        size_t before = frame.capacity;
        zr_frame_reserve (&frame, size);
        grown += frame.capacity != before;
    }
    assert_in_range (grown, 2, 5); // of 1001 sizes
    zr_frame_release (&frame);
}

static void
s_nothing_takes_nothing (void **state)
{
    (void) state;
    zr_frame_t frame = {0};
    zr_frame_reserve (&frame, 0);
    assert_null (frame.memory);
    assert_int_equal (frame.capacity, 0);
    zr_frame_release (&frame);
}

static void
s_release_empties (void **state)
{
    (void) state;
    static const zr_frame_t empty;
    zr_frame_t frame = {.meta = {.known = true, .seq = 7, .time_us = 9}};
    zr_frame_reserve (&frame, 64);
    frame.data = frame.memory;
    frame.len = 64;
    zr_frame_release (&frame);
    assert_memory_equal (&frame, &empty, sizeof frame);
    zr_frame_release (&frame);
    assert_memory_equal (&frame, &empty, sizeof frame);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a frame holds what was asked for, to its last byte", s_holds_what_was_asked,
         NULL, NULL, NULL},
        {"memory that is large enough is kept with its contents", s_keeps_memory, NULL,
         NULL, NULL},
        {"a frame that grew has forgotten its data", s_forgets_data, NULL, NULL, NULL},
        {"pictures of growing size soon stop to allocate", s_soon_stops_growing, NULL,
         NULL, NULL},
        {"asking for nothing takes no memory", s_nothing_takes_nothing, NULL, NULL,
         NULL},
        {"release empties a frame and may be repeated", s_release_empties, NULL, NULL,
         NULL},
    };
    return cmocka_run_group_tests_name ("frame", tests, NULL, NULL);
}
