// SPDX-License-Identifier: MPL-2.0
// What socket.h asks of the kernel, and not of libzmq: connections told apart, how many
// there may be, and signals that wait.

#include "common/socket.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static volatile sig_atomic_t s_signals;

static void
s_count_signal (int number)
{
    (void) number;
    s_signals = s_signals + 1;
}

static void *
s_read_mask (void *mask)
{
    pthread_sigmask (SIG_SETMASK, NULL, mask);
    return NULL;
}

static void
s_signals_wait (void **state)
{
    (void) state;
    static const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction counts = {.sa_handler = s_count_signal}, before;
        sigset_t former, mask;
        pthread_t thread;
        assert_int_equal (sigaction (numbers[i], &counts, &before), 0);
        s_signals = 0;
        zr_socket_hold_signals (&former);
        raise (numbers[i]);
        assert_int_equal (s_signals, 0);
        assert_int_equal (pthread_create (&thread, NULL, s_read_mask, &mask), 0);
        pthread_join (thread, NULL);
        assert_true (sigismember (&mask, numbers[i])); // threads started then, too
        zr_socket_release_signals (&former);
        assert_int_equal (s_signals, 1);
        raise (numbers[i]);
        assert_int_equal (s_signals, 2);
        sigaction (numbers[i], &before, NULL);
    }
    sigset_t first, second, mask; // one within the other
    zr_socket_hold_signals (&first);
    zr_socket_hold_signals (&second);
    zr_socket_release_signals (&second);
    s_read_mask (&mask);
    assert_true (sigismember (&mask, SIGINT) && sigismember (&mask, SIGTERM));
    assert_false (sigismember (&mask, SIGUSR1));
    zr_socket_release_signals (&first);
    s_read_mask (&mask);
    assert_false (sigismember (&mask, SIGINT) || sigismember (&mask, SIGTERM));
}

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
        {"signals wait while they are held", s_signals_wait, NULL, NULL, NULL},
        {"descriptors are as many as the system allows", s_limit, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("socket limits", tests, NULL, NULL);
}
