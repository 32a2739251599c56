// SPDX-License-Identifier: MPL-2.0
// Subscriptions as an XPUB hands them out, from viewers, brokers and enemies. Messages
// stand in heap blocks of exactly their size.

#include "publisher/audience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int
s_take (zr_audience_t *audience, const void *message, size_t len)
{
    uint8_t *copy = malloc (len ? len : 1);
    assert_non_null (copy);
    memcpy (copy, message, len);
    int viewers = zr_audience_take (audience, copy, len);
    free (copy);
    assert_int_equal (viewers, audience->viewers);
    return viewers;
}

#define TAKE(audience, text) s_take (audience, text, sizeof (text) - 1)

static void
s_comes_and_goes (void **state)
{
    (void) state;
    zr_audience_t audience;
    zr_audience_init (&audience, "full/ana", 8, 0);
    assert_int_equal (audience.viewers, 0);
    assert_int_equal (TAKE (&audience, "\1full/ana"), 1);
    assert_int_equal (TAKE (&audience, "\1full/"), 2);
    assert_int_equal (TAKE (&audience, "\1"), 3); // everything
    assert_int_equal (TAKE (&audience, "\0full/"), 2);
    assert_int_equal (TAKE (&audience, "\0"), 1);
    assert_int_equal (TAKE (&audience, "\0full/ana"), 0);
}

static void
s_of_no_concern (void **state)
{
    (void) state;
    zr_audience_t audience;
    zr_audience_init (&audience, "full/ana", 8, 0);
    TAKE (&audience, "\1full/");
    assert_int_equal (TAKE (&audience, "\1full/bob"), 1);
    assert_int_equal (TAKE (&audience, "\1full/anb"), 1);
    assert_int_equal (TAKE (&audience, "\1Full/"), 1);
    assert_int_equal (TAKE (&audience, "\1half/"), 1);
    assert_int_equal (TAKE (&audience, "\1/9j/"), 1);
    assert_int_equal (TAKE (&audience, "\1{"), 1);
    assert_int_equal (TAKE (&audience, "\0full/bob"), 1);
    assert_int_equal (TAKE (&audience, "\0half/"), 1);
}

// A viewer of "everything" asks by four prefixes; each form of message meets one.
static void
s_one_of_many (void **state)
{
    (void) state;
    static const struct {
        const char *start;
        size_t len;
    } forms[] = {{"full/ana", 8}, {"/9j/", 4}, {"\xff\xd8", 2}};
    for (size_t i = 0; i < 3; i++) {
        zr_audience_t audience;
        zr_audience_init (&audience, forms[i].start, forms[i].len, 0);
        TAKE (&audience, "\1full/");
        TAKE (&audience, "\1/9j/");
        TAKE (&audience, "\1\xff\xd8");
        assert_int_equal (TAKE (&audience, "\1{"), 1);
    }
}

// What is asked for may be longer than what all our messages begin with.
static void
s_longer_prefix (void **state)
{
    (void) state;
    zr_audience_t audience;
    zr_audience_init (&audience, "/9j/", 4, 0);
    assert_int_equal (TAKE (&audience, "\1/9j/4AAQSkZJRg"), 1);
    assert_int_equal (TAKE (&audience, "\1/9j"), 2);
    assert_int_equal (TAKE (&audience, "\1/9k/4AAQSkZJRg"), 2);
    zr_audience_init (&audience, "", 0, 0); // we send anything
    assert_int_equal (TAKE (&audience, "\1x"), 1);
    assert_int_equal (TAKE (&audience, "\0x"), 0);
}

static void
s_never_below (void **state)
{
    (void) state;
    zr_audience_t audience;
    zr_audience_init (&audience, "full/ana", 8, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal (TAKE (&audience, "\0full/"), 0);
    assert_int_equal (TAKE (&audience, "\1full/"), 1);
}

static void
s_anything_else (void **state)
{
    (void) state;
    zr_audience_t audience;
    zr_audience_init (&audience, "full/ana", 8, 0);
    TAKE (&audience, "\1full/");
    assert_int_equal (s_take (&audience, "", 0), 1);
    for (int first = 2; first < 256; first++) {
        const char message[] = {(char) first, 'f', 'u', 'l', 'l', '/'};
        assert_int_equal (s_take (&audience, message, sizeof message), 1);
        assert_int_equal (s_take (&audience, message, 1), 1);
    }
    static uint8_t huge[65536];
    memset (huge, 'x', sizeof huge);
    huge[0] = 1;
    assert_int_equal (s_take (&audience, huge, sizeof huge), 1);
}

static void
s_everything_is_not_us (void **state)
{
    (void) state;
    zr_audience_t audience;
    zr_audience_init (&audience, "half/ana", 8, 5);
    assert_int_equal (TAKE (&audience, "\1"), 0);
    assert_int_equal (TAKE (&audience, "\1half"), 0);
    assert_int_equal (TAKE (&audience, "\1half/"), 1);
    assert_int_equal (TAKE (&audience, "\1half/ana"), 2);
    assert_int_equal (TAKE (&audience, "\0"), 2);
    assert_int_equal (TAKE (&audience, "\0half/"), 1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"who wants everything wants no smaller copies of it", s_everything_is_not_us,
         NULL, NULL, NULL},
        {"viewers are counted as they come and go", s_comes_and_goes, NULL, NULL, NULL},
        {"other streams' viewers are of no concern", s_of_no_concern, NULL, NULL, NULL},
        {"a viewer of everything counts once for each form", s_one_of_many, NULL, NULL,
         NULL},
        {"a prefix longer than our own counts", s_longer_prefix, NULL, NULL, NULL},
        {"there are never fewer viewers than none", s_never_below, NULL, NULL, NULL},
        {"what is no subscription is left aside", s_anything_else, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("audience", tests, NULL, NULL);
}
