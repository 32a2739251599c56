// SPDX-License-Identifier: MPL-2.0
// A bucket of 3 a second, 2 at once: thirds do not come out even in milliseconds.

#include "broker/bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW INT64_C (1732150000000)

static void
s_burst (void **state)
{
    (void) state;
    zr_bucket_t bucket;
    zr_bucket_init (&bucket, 3, 2, NOW);
    assert_int_equal (zr_bucket_take (&bucket, NOW), 0);
    assert_int_equal (zr_bucket_take (&bucket, NOW), 0);
    assert_int_equal (zr_bucket_take (&bucket, NOW), 334);
    assert_int_equal (zr_bucket_take (&bucket, NOW + 100), 234);
    assert_int_equal (zr_bucket_take (&bucket, NOW + 333), 1);
    assert_int_equal (zr_bucket_take (&bucket, NOW + 334), 0);
    assert_int_equal (zr_bucket_take (&bucket, NOW + 334), 333);
}

static void
s_sustained (void **state)
{
    (void) state;
    zr_bucket_t bucket;
    zr_bucket_init (&bucket, 3, 2, NOW);
    int taken = 0;
    for (int ms = 0; ms < 10000; ms++)
        taken += zr_bucket_take (&bucket, NOW + ms) == 0;
    assert_int_equal (taken, 2 + 29);
}

static void
s_full (void **state)
{
    (void) state;
    zr_bucket_t bucket;
    zr_bucket_init (&bucket, 1000000, 2, 0);
    assert_int_equal (zr_bucket_take (&bucket, 0), 0);
    // any absence, however long, fills it to the brim and not above
    assert_int_equal (zr_bucket_take (&bucket, INT64_MAX), 0);
    assert_int_equal (zr_bucket_take (&bucket, INT64_MAX), 0);
    assert_int_equal (zr_bucket_take (&bucket, INT64_MAX), 1);
    zr_bucket_init (&bucket, 3, 2, NOW);
    assert_int_equal (zr_bucket_take (&bucket, NOW), 0);
    assert_int_equal (zr_bucket_take (&bucket, NOW + 335), 0);
    assert_int_equal (zr_bucket_take (&bucket, NOW + 335), 0);
    assert_int_equal (zr_bucket_take (&bucket, NOW + 335), 334);
}

static void
s_back (void **state)
{
    (void) state;
    zr_bucket_t bucket;
    zr_bucket_init (&bucket, 1, 1, NOW);
    assert_int_equal (zr_bucket_take (&bucket, NOW), 0);
    assert_int_equal (zr_bucket_take (&bucket, NOW - 5000), 1000);
    assert_int_equal (zr_bucket_take (&bucket, NOW + 999), 1);
    assert_int_equal (zr_bucket_take (&bucket, NOW + 1000), 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a burst is taken, and then one has to wait", s_burst, NULL, NULL, NULL},
        {"who never stops gets the rate", s_sustained, NULL, NULL, NULL},
        {"it holds no more than a burst", s_full, NULL, NULL, NULL},
        {"a clock that goes back fills nothing", s_back, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("bucket", tests, NULL, NULL);
}
