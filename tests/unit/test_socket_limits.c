// SPDX-License-Identifier: MPL-2.0
// What socket.h asks of the kernel, and not of libzmq: connections told apart, and how
// many there may be.

#include "common/socket.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void
s_cookies (void **state)
{
    (void) state;
    int pair[2], file = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), 0);
    uint64_t cookie = zr_socket_cookie (pair[0]);
    assert_true (cookie && cookie == zr_socket_cookie (pair[0]));
    assert_true (cookie != zr_socket_cookie (pair[1]));
    close (pair[0]);
    assert_true (zr_socket_cookie (pair[0]) == 0);
    close (pair[1]);
    assert_true (zr_socket_cookie (file) == 0);
    assert_true (zr_socket_cookie (-1) == 0);
    close (file);
}

static void
s_limit (void **state)
{
    (void) state;
    struct rlimit before, after;
    assert_int_equal (getrlimit (RLIMIT_NOFILE, &before), 0);
    zr_socket_raise_limit ();
    assert_int_equal (getrlimit (RLIMIT_NOFILE, &after), 0);
    assert_true (after.rlim_cur == after.rlim_max || after.rlim_cur >= 65536);
    assert_int_equal (setrlimit (RLIMIT_NOFILE, &before), 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a connection's cookie is its own, and ends with it", s_cookies, NULL, NULL,
         NULL},
        {"descriptors are as many as the system allows", s_limit, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("socket limits", tests, NULL, NULL);
}
