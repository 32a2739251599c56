// SPDX-License-Identifier: MPL-2.0
// Sockets on loopback and in a folder of their own: what a failure says, both families
// under "*", and the monitor's events. Ports are chosen by the kernel; every wait is
// for a condition and has a deadline. zmq_bind is stood in for, to have errors that
// this machine does not have.

#include "common/socket.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define DEADLINE_MS 5000
#define COUNT(array) (sizeof (array) / sizeof *(array))

static struct {
    int error;      // what zmq_bind fails with, 0: it does not
    bool only_ipv6; // but only where ZMQ_IPV6 is set
    int calls;
} s_bind;

int
zmq_bind (void *socket, const char *endpoint)
{
    int (*real) (void *, const char *);
    *(void **) &real = dlsym (RTLD_NEXT, "zmq_bind");
    int ipv6 = 0;
    size_t size = sizeof ipv6;
    zmq_getsockopt (socket, ZMQ_IPV6, &ipv6, &size);
    s_bind.calls++;
    if (!s_bind.error || (s_bind.only_ipv6 && !ipv6))
        return real (socket, endpoint);
    errno = s_bind.error;
    return -1;
}

// stderr goes here while a test runs.
static struct {
    int file, saved;
    char text[4096];
} s_log;

static int
s_set_up (void **state)
{
    (void) state;
    memset (&s_bind, 0, sizeof s_bind);
    fflush (stderr);
    s_log.saved = dup (STDERR_FILENO);
    s_log.file = memfd_create ("log", MFD_CLOEXEC);
    return dup2 (s_log.file, STDERR_FILENO) < 0;
}

static int
s_tear_down (void **state)
{
    (void) state;
    fflush (stderr);
    dup2 (s_log.saved, STDERR_FILENO);
    close (s_log.saved);
    close (s_log.file);
    return 0;
}

// What was logged since the last call.
static const char *
s_logged (void)
{
    ssize_t len = pread (s_log.file, s_log.text, sizeof s_log.text - 1, 0);
    s_log.text[len > 0 ? len : 0] = '\0';
    assert_int_equal (ftruncate (s_log.file, 0), 0);
    lseek (s_log.file, 0, SEEK_SET);
    return s_log.text;
}

static void
s_assert_logged (const char *advice)
{
    const char *text = s_logged ();
    if (!strstr (text, advice) || !strstr (text, " E test: cannot ") ||
        strchr (text, '\n') != text + strlen (text) - 1)
        fail_msg ("\"%s\" says not \"%s\" in one line", text, advice);
}

// Binds to a free port and says where.
static zsock_t *
s_listen (int type, const char *endpoint)
{
    zsock_t *socket = zsock_new (type);
    zr_socket_prepare (socket, 1000);
    assert_int_equal (zr_socket_bind (socket, endpoint, "test"), 0);
    return socket;
}

static char *
s_where (zsock_t *socket)
{
    char *endpoint = zsock_last_endpoint (socket);
    assert_non_null (endpoint);
    return endpoint;
}

static void
s_assert_delivers (zsock_t *pull, const char *endpoint)
{
    zsock_t *push = zsock_new (ZMQ_PUSH);
    zr_socket_prepare (push, 1000);
    assert_int_equal (zr_socket_connect (push, endpoint, "test"), 0);
    zsock_set_sndtimeo (push, DEADLINE_MS);
    zsock_set_rcvtimeo (pull, DEADLINE_MS);
    assert_int_equal (zstr_send (push, endpoint), 0);
    char *text = zstr_recv (pull);
    assert_non_null (text);
    assert_string_equal (text, endpoint);
    zstr_free (&text);
    zsock_destroy (&push);
}

// Waits for an event of this kind, past others.
static int
s_await (zsock_t *monitor, zr_socket_event_t wanted)
{
    int64_t end_ms = zclock_mono () + DEADLINE_MS;
    while (zclock_mono () < end_ms) {
        int fd = 4711;
        zr_socket_event_t event = zr_socket_event (monitor, &fd);
        bool has_fd = event == ZR_SOCKET_UP || event == ZR_SOCKET_DOWN;
        assert_true (has_fd ? fd >= 0 : fd == -1);
        if (event == wanted)
            return fd;
        zmq_pollitem_t item = {zsock_resolve (monitor), 0, ZMQ_POLLIN, 0};
        if (event == ZR_SOCKET_NONE)
            zmq_poll (&item, 1, (long) (end_ms - zclock_mono ()));
    }
    fail_msg ("no event %d", (int) wanted);
    return -1;
}

static void
s_options (void **state)
{
    (void) state;
    zsock_t *socket = zsock_new (ZMQ_SUB);
    zr_socket_prepare (socket, INT64_C (1) << 40);
    int64_t message_max = 0;
    size_t size = sizeof message_max;
    zmq_getsockopt (zsock_resolve (socket), ZMQ_MAXMSGSIZE, &message_max, &size);
    assert_true (message_max == INT64_C (1) << 40);
    assert_in_range (zsock_linger (socket), 0, 500);
    assert_int_equal (zsock_heartbeat_ivl (socket), 0); // or a peer could abort us
    assert_int_equal (zsock_tcp_keepalive (socket), 1);
    assert_in_range (zsock_tcp_keepalive_idle (socket), 1, 5);
    assert_in_range (zsock_tcp_maxrt (socket), 1000, 15000);
    assert_in_range (zsock_reconnect_ivl (socket), 1, 100);
    assert_in_range (zsock_reconnect_ivl_max (socket), 100, 2000);
    zsock_destroy (&socket);
}

static void
s_bound_twice (void **state)
{
    (void) state;
    zsock_t *first = s_listen (ZMQ_PULL, "tcp://127.0.0.1:*");
    char *endpoint = s_where (first);
    zsock_t *second = zsock_new (ZMQ_PULL);
    assert_int_equal (zr_socket_bind (second, endpoint, "test"), -1);
    s_assert_logged ("another program uses it");
    s_assert_delivers (first, endpoint);
    zsock_destroy (&first);
    zsock_destroy (&second);
    zstr_free (&endpoint);
    assert_string_equal (s_logged (), "");
}

static void
s_advice (void **state)
{
    (void) state;
    static const char *const cases[][2] = {
        {"", "no valid endpoint"},
        {"127.0.0.1:5555", "no valid endpoint"},
        {"tcp://127.0.0.1", "no valid endpoint"},
        {"nope://127.0.0.1:5555", "no such transport"},
        {"tcp://192.0.2.1:5555", "no such address or interface"},
        {"tcp://no-such-interface:5555", "no such address or interface"},
        {"ipc:///no/such/folder/socket", "no such folder"},
        {"ipc:///dev/null/socket", "no such folder"},
        {"ipc:///tmp/1234567890123456789012345678901234567890123456789012345678901234"
         "567890123456789012345678901234567890123456789012345678901234567890",
         "path is too long"},
    };
    zsock_t *socket = zsock_new (ZMQ_PULL);
    for (size_t i = 0; i < COUNT (cases); i++) {
        assert_int_equal (zr_socket_bind (socket, cases[i][0], "test"), -1);
        s_assert_logged (cases[i][1]);
    }
    static const struct {
        int error;
        const char *advice;
    } errors[] = {{EACCES, "a port above 1023"},
                  {EMFILE, "Too many open files"},
                  {ETERM, "terminated"}};
    for (size_t i = 0; i < COUNT (errors); i++) {
        s_bind.error = errors[i].error;
        assert_int_equal (zr_socket_bind (socket, "tcp://127.0.0.1:*", "test"), -1);
        s_assert_logged (errors[i].advice);
    }
    zsock_destroy (&socket);
}

static void
s_connect_refused (void **state)
{
    (void) state;
    static const char *const cases[][2] = {
        {"", "no valid endpoint"},
        {"host", "no valid endpoint"},
        {"tcp://127.0.0.1:x", "no valid endpoint"},
        {"nope://127.0.0.1:5555", "no such transport"},
    };
    zsock_t *socket = zsock_new (ZMQ_PUSH);
    for (size_t i = 0; i < COUNT (cases); i++) {
        assert_int_equal (zr_socket_connect (socket, cases[i][0], "test"), -1);
        s_assert_logged (cases[i][1]);
    }
    zsock_destroy (&socket);
}

static bool
s_has_ipv6 (void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_addr = in6addr_loopback};
    int fd = socket (AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind (fd, (struct sockaddr *) &address, sizeof address) == 0;
    if (fd >= 0)
        close (fd);
    return has;
}

static void
s_both_families (void **state)
{
    (void) state;
    char endpoint[64];
    zsock_t *pull = s_listen (ZMQ_PULL, "tcp://*:*");
    char *where = s_where (pull);
    const char *port = strrchr (where, ':');
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1%s", port);
    s_assert_delivers (pull, endpoint);
    snprintf (endpoint, sizeof endpoint, "tcp://[::1]%s", port);
    if (s_has_ipv6 ())
        s_assert_delivers (pull, endpoint);
    zstr_free (&where);
    zsock_destroy (&pull);
}

static void
s_without_ipv6 (void **state)
{
    (void) state;
    s_bind.error = EADDRNOTAVAIL;
    s_bind.only_ipv6 = true;
    zsock_t *pull = s_listen (ZMQ_PULL, "tcp://*:*");
    assert_int_equal (s_bind.calls, 2);
    char *where = s_where (pull);
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1%s", strrchr (where, ':'));
    s_assert_delivers (pull, endpoint);
    assert_string_equal (s_logged (), "");
    zstr_free (&where);
    zsock_destroy (&pull);

    zsock_t *socket = zsock_new (ZMQ_PULL);
    s_bind.calls = 0;
    assert_int_equal (zr_socket_bind (socket, "tcp://[::1]:*", "test"), -1);
    s_assert_logged ("no "); // an IPv6 literal cannot fall back
    s_bind.error = EADDRINUSE;
    s_bind.calls = 0;
    assert_int_equal (zr_socket_bind (socket, "tcp://*:*", "test"), -1);
    s_assert_logged ("another program uses it");
    assert_int_equal (s_bind.calls, 1); // not a matter of the family
    zsock_destroy (&socket);
}

static void
s_ipc (void **state)
{
    (void) state;
    char folder[] = "/tmp/zroom-test-socket-XXXXXX", endpoint[80];
    assert_non_null (mkdtemp (folder));
    snprintf (endpoint, sizeof endpoint, "ipc://%s/s", folder);
    zsock_t *pull = s_listen (ZMQ_PULL, endpoint);
    s_assert_delivers (pull, endpoint);
    zsock_t *monitor = zr_socket_monitor (pull);
    zsock_t *push = zsock_new (ZMQ_PUSH);
    assert_int_equal (zr_socket_connect (push, endpoint, "test"), 0);
    zr_socket_keep_fresh (s_await (monitor, ZR_SOCKET_UP)); // no TCP: no effect
    zsock_destroy (&push);
    zr_socket_unmonitor (pull, &monitor);
    zsock_destroy (&pull);
    unlink (endpoint + 6);
    assert_int_equal (rmdir (folder), 0);
}

static void
s_events (void **state)
{
    (void) state;
    int fd = 0;
    zsock_t *pull = s_listen (ZMQ_PULL, "tcp://127.0.0.1:*");
    char *endpoint = s_where (pull);
    zsock_t *monitor = zr_socket_monitor (pull);
    assert_int_equal (zr_socket_event (monitor, &fd), ZR_SOCKET_NONE);
    assert_int_equal (fd, -1);

    zsock_t *push = zsock_new (ZMQ_PUSH);
    zr_socket_prepare (push, 1000);
    zsock_t *push_monitor = zr_socket_monitor (push);
    assert_int_equal (zr_socket_connect (push, endpoint, "test"), 0);
    assert_true (s_await (push_monitor, ZR_SOCKET_UP) >= 0);
    int up = s_await (monitor, ZR_SOCKET_UP);

    zr_socket_unmonitor (push, &push_monitor);
    assert_null (push_monitor);
    zr_socket_unmonitor (push, &push_monitor);
    zsock_destroy (&push);
    assert_int_equal (s_await (monitor, ZR_SOCKET_DOWN), up);
    assert_int_equal (zr_socket_event (monitor, &fd), ZR_SOCKET_NONE);
    zr_socket_unmonitor (pull, &monitor);
    zsock_destroy (&pull);
    zstr_free (&endpoint);
}

// The next socket often lies where the last one was, whose monitor libzmq still closes.
static void
s_monitored_again (void **state)
{
    (void) state;
    for (int i = 0; i < 60; i++) { // libzmq has 1023 at a time
        zsock_t *socket = zsock_new (ZMQ_PULL);
        zsock_t *monitor = zr_socket_monitor (socket);
        assert_non_null (monitor);
        zr_socket_unmonitor (socket, &monitor);
        if (i % 2) { // and the same one once more
            monitor = zr_socket_monitor (socket);
            zr_socket_unmonitor (socket, &monitor);
        }
        zsock_destroy (&socket);
    }
}

static void
s_any_order (void **state)
{
    (void) state;
    zsock_t *pull = s_listen (ZMQ_PULL, "tcp://127.0.0.1:*");
    char *endpoint = s_where (pull);
    zsock_t *push = zsock_new (ZMQ_PUSH);
    zr_socket_prepare (push, 1000);
    zsock_t *monitor = zr_socket_monitor (push);
    assert_int_equal (zr_socket_connect (push, endpoint, "test"), 0);
    s_await (monitor, ZR_SOCKET_UP);
    zsock_destroy (&pull);
    s_await (monitor, ZR_SOCKET_DOWN);
    s_await (monitor, ZR_SOCKET_RETRY);
    pull = s_listen (ZMQ_PULL, endpoint); // the other side comes back
    s_await (monitor, ZR_SOCKET_UP);
    zr_socket_unmonitor (push, &monitor);
    zsock_destroy (&push);
    zsock_destroy (&pull);
    zstr_free (&endpoint);
}

static void
s_message_limit (void **state)
{
    (void) state;
    static char text[1002];
    memset (text, 'x', sizeof text - 1);
    zsock_t *pull = s_listen (ZMQ_PULL, "tcp://127.0.0.1:*"); // 1000 bytes
    zsock_t *monitor = zr_socket_monitor (pull);
    char *endpoint = s_where (pull);
    zsock_t *push = zsock_new (ZMQ_PUSH);
    assert_int_equal (zr_socket_connect (push, endpoint, "test"), 0);
    assert_int_equal (zsock_send (push, "b", text, (size_t) 1000), 0);
    zsock_set_rcvtimeo (pull, DEADLINE_MS);
    zframe_t *frame = zframe_recv (pull);
    assert_non_null (frame);
    assert_int_equal (zframe_size (frame), 1000);
    zframe_destroy (&frame);
    assert_int_equal (zsock_send (push, "b", text, (size_t) 1001), 0);
    s_await (monitor, ZR_SOCKET_DOWN);
    zsock_set_rcvtimeo (pull, 0);
    assert_null (zframe_recv (pull));
    zr_socket_unmonitor (pull, &monitor);
    zsock_destroy (&push);
    zsock_destroy (&pull);
    zstr_free (&endpoint);
}

static void
s_keep_fresh (void **state)
{
    (void) state;
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true (fd >= 0);
    zr_socket_keep_fresh (fd);
    int bytes = 0;
    socklen_t size = sizeof bytes;
    assert_int_equal (getsockopt (fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, &size),
                      0);
    assert_int_equal (bytes, 16384);
    close (fd);
    zr_socket_keep_fresh (fd); // closed meanwhile
    zr_socket_keep_fresh (-1);
    assert_string_equal (s_logged (), "");
}

#define TEST(name, function)                                                           \
    {                                                                                  \
        name, function, s_set_up, s_tear_down, NULL                                    \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("every socket finds dead links, has a limit and reconnects quickly",
              s_options),
        TEST ("an address that is taken is refused with advice", s_bound_twice),
        TEST ("a failed bind says in one line what to do", s_advice),
        TEST ("a failed connect says in one line what to do", s_connect_refused),
        TEST ("a star listens on IPv4 and on IPv6", s_both_families),
        TEST ("a star works where IPv6 is switched off", s_without_ipv6),
        TEST ("a path works, and is no matter for TCP options", s_ipc),
        TEST ("connections are reported when made and lost", s_events),
        TEST ("monitors come and go quickly", s_monitored_again),
        TEST ("a connection comes back by itself", s_any_order),
        TEST ("a message above the limit ends the connection", s_message_limit),
        TEST ("little unsent data is let into the kernel", s_keep_fresh),
    };
    return cmocka_run_group_tests_name ("socket", tests, NULL, NULL);
}
