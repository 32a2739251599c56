// SPDX-License-Identifier: MPL-2.0
// Real connections on loopback, both ends in this process: a viewer that reads, one
// that does not, descriptors that are closed and come again, and more than there is
// room for.

#include "common/viewers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SPAN_US 60000 // from one look to the next

typedef struct {
    int ours, theirs;
} pair_t;

static zr_viewers_list_t s_list;

// A connection from that address; family AF_INET6: over ::1, or as IPv4 in IPv6.
static pair_t
s_connect (int family, const char *from, int window)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in at = {.sin_family = AF_INET};
    bool whole = family == AF_INET6;
    struct sockaddr *address =
        whole ? (struct sockaddr *) &six : (struct sockaddr *) &at;
    socklen_t size = whole ? sizeof six : sizeof at;
    inet_pton (AF_INET, "127.0.0.1", &at.sin_addr);
    inet_pton (AF_INET6, strchr (from, '.') ? "::" : "::1", &six.sin6_addr);
    int listener = socket (family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind (listener, address, size)) {
        close (listener);
        skip (); // no IPv6 here
    }
    assert_int_equal (listen (listener, 1), 0);
    assert_int_equal (getsockname (listener, address, &size), 0);

    bool four = strchr (from, '.') != NULL;
    struct sockaddr_in own = {.sin_family = AF_INET};
    int theirs = socket (four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (window)
        setsockopt (theirs, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    if (four) {
        inet_pton (AF_INET, from, &own.sin_addr);
        assert_int_equal (bind (theirs, (struct sockaddr *) &own, sizeof own), 0);
        if (whole) {
            at.sin_port = six.sin6_port;
            address = (struct sockaddr *) &at;
            size = sizeof at;
        }
    }
    assert_int_equal (connect (theirs, address, size), 0);
    int ours = accept4 (listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true (ours >= 0);
    close (listener);
    return (pair_t){ours, theirs};
}

static void
s_close (pair_t pair)
{
    close (pair.theirs);
    close (pair.ours);
}

// Sends bytes and, if the other end reads, sees that all of them arrive.
static void
s_send (pair_t pair, size_t len, bool reads)
{
    char *bytes = calloc (1, len);
    size_t sent = 0, got = 0;
    while (sent < len || (reads && got < sent)) {
        ssize_t now = send (pair.ours, bytes, len - sent, 0);
        sent += now > 0 ? (size_t) now : 0;
        if (now < 0 && !reads)
            break; // full
        if (reads && got < sent) {
            now = recv (pair.theirs, bytes, len, 0);
            got += now > 0 ? (size_t) now : 0;
        }
    }
    free (bytes);
}

static const zr_viewers_row_t *
s_look (zr_viewers_t *viewers)
{
    const struct timespec span = {.tv_nsec = SPAN_US * 1000};
    nanosleep (&span, NULL);
    zr_viewers_sample (viewers, &s_list);
    return s_list.rows;
}

static void
s_row (void **state)
{
    (void) state;
    zr_viewers_t *viewers = zr_viewers_new ("test");
    zr_viewers_sample (viewers, &s_list);
    assert_int_equal (s_list.count, 0);
    time_t before = time (NULL);
    pair_t pair = s_connect (AF_INET, "127.0.0.1", 0);
    zr_viewers_want (viewers, pair.ours, 1);
    s_send (pair, 100000, true);
    const zr_viewers_row_t *row = s_look (viewers);
    assert_int_equal (s_list.count, 1);
    assert_string_equal (row->address, "127.0.0.1");
    assert_true (row->since_us / 1000000 >= before &&
                 row->since_us / 1000000 <= time (NULL));
    assert_true (row->measured && row->rtt_ms > 0 && row->rtt_ms < 100);
    // 100 KB in 60 ms or somewhat more
    assert_true (row->kbit_s > 1000 && row->kbit_s < 800e3 / SPAN_US * 1e3);
    assert_true (row->slow == ZR_VIEWER_KEEPS_UP && row->unsent_ms < 50);
    assert_true (s_look (viewers)->kbit_s < 1);
    s_close (pair);
    s_look (viewers);
    assert_int_equal (s_list.count, 0);
    zr_viewers_destroy (&viewers);
    assert_null (viewers);
}

static void
s_groups (void **state)
{
    (void) state;
    zr_viewers_t *viewers = zr_viewers_new ("test");
    pair_t pairs[] = {s_connect (AF_INET, "127.0.0.1", 0),
                      s_connect (AF_INET, "127.0.0.2", 0),
                      s_connect (AF_INET, "127.0.0.1", 0)};
    for (int i = 0; i < 3; i++) {
        zr_viewers_want (viewers, pairs[i].ours, 1);
        s_send (pairs[i], 50000, true);
    }
    const zr_viewers_row_t *rows = s_look (viewers);
    assert_int_equal (s_list.count, 2);
    assert_string_equal (rows[0].address, "127.0.0.1");
    assert_string_equal (rows[1].address, "127.0.0.2");
    double ratio = rows[0].kbit_s / rows[1].kbit_s;
    assert_true (ratio > 1.9 && ratio < 2.1);
    s_close (pairs[0]);
    s_look (viewers);
    assert_int_equal (s_list.count, 2);
    s_close (pairs[2]);
    rows = s_look (viewers);
    assert_int_equal (s_list.count, 1);
    assert_string_equal (rows->address, "127.0.0.2");
    s_close (pairs[1]);
    zr_viewers_destroy (&viewers);
}

static void
s_six (void **state)
{
    (void) state;
    zr_viewers_t *viewers = zr_viewers_new ("test");
    pair_t six = s_connect (AF_INET6, "::1", 0);
    pair_t mapped = s_connect (AF_INET6, "127.0.0.3", 0);
    zr_viewers_want (viewers, six.ours, 1);
    zr_viewers_want (viewers, mapped.ours, 1);
    const zr_viewers_row_t *rows = s_look (viewers);
    assert_int_equal (s_list.count, 2);
    assert_string_equal (rows[0].address, "::1");
    assert_string_equal (rows[1].address, "127.0.0.3");
    s_close (six);
    s_close (mapped);
    zr_viewers_destroy (&viewers);
}

static void
s_local (void **state)
{
    (void) state;
    zr_viewers_t *viewers = zr_viewers_new ("test");
    int ends[4];
    assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM, 0, ends + 2), 0);
    zr_viewers_want (viewers, ends[0], 1);
    zr_viewers_want (viewers, ends[2], 1);
    s_look (viewers);
    assert_int_equal (s_list.count, 2);
    assert_string_equal (s_list.rows[1].address, "local");
    json_t *json = zr_viewers_json (&s_list);
    assert_true (json_is_null (json_object_get (json_array_get (json, 1), "kbit_s")));
    assert_true (json_is_null (json_object_get (json_array_get (json, 1), "rtt_ms")));
    json_decref (json);
    for (int i = 0; i < 4; i++)
        close (ends[i]);
    s_look (viewers);
    assert_int_equal (s_list.count, 0);
    zr_viewers_destroy (&viewers);
}

static void
s_wants (void **state)
{
    (void) state;
    zr_viewers_t *viewers = zr_viewers_new ("test");
    pair_t pair = s_connect (AF_INET, "127.0.0.1", 0);
    const int changes[] = {-1, 1, 1, -1, -1, 2}, listed[] = {0, 1, 1, 1, 0, 1};
    for (int i = 0; i < 6; i++) {
        zr_viewers_want (viewers, pair.ours, changes[i]);
        zr_viewers_sample (viewers, &s_list);
        assert_int_equal (s_list.count, listed[i]);
    }
    zr_viewers_want (viewers, -1, 1);
    zr_viewers_want (viewers, 1000000, 1);
    int file = memfd_create ("no socket", MFD_CLOEXEC);
    zr_viewers_want (viewers, file, 1);
    zr_viewers_sample (viewers, &s_list);
    assert_int_equal (s_list.count, 1);
    close (file);
    s_close (pair);
    zr_viewers_destroy (&viewers);
}

static void
s_reused (void **state)
{
    (void) state;
    zr_viewers_t *viewers = zr_viewers_new ("test");
    pair_t first = s_connect (AF_INET, "127.0.0.1", 0);
    zr_viewers_want (viewers, first.ours, 3);
    pair_t second = s_connect (AF_INET, "127.0.0.2", 0);
    // Another connection under the same number, and nobody has told us.
    assert_int_equal (dup2 (second.ours, first.ours), first.ours);
    close (second.ours);
    s_look (viewers);
    assert_int_equal (s_list.count, 0);
    // And now it subscribes, while the old one is still known.
    zr_viewers_want (viewers, first.ours, 1);
    close (second.theirs);
    close (first.theirs);
    pair_t third = s_connect (AF_INET, "127.0.0.3", 0);
    assert_int_equal (dup2 (third.ours, first.ours), first.ours);
    zr_viewers_want (viewers, first.ours, 1);
    s_look (viewers);
    assert_int_equal (s_list.count, 1);
    assert_string_equal (s_list.rows[0].address, "127.0.0.3");
    s_close (third);
    close (first.ours);
    zr_viewers_destroy (&viewers);
}

// How many lines with that text are in what was logged.
static int
s_count (int log, const char *text)
{
    char logged[8192] = "";
    int count = 0;
    assert_true (pread (log, logged, sizeof logged - 1, 0) >= 0);
    for (const char *at = logged; (at = strstr (at, text)); at++)
        count++;
    return count;
}

static void
s_asleep (void **state)
{
    (void) state;
    int saved = dup (STDERR_FILENO), log = memfd_create ("log", MFD_CLOEXEC);
    dup2 (log, STDERR_FILENO);
    zr_viewers_t *viewers = zr_viewers_new ("test");
    pair_t good = s_connect (AF_INET, "127.0.0.1", 0);
    pair_t bad = s_connect (AF_INET, "127.0.0.2", 4096);
    zr_viewers_want (viewers, good.ours, 1);
    zr_viewers_want (viewers, bad.ours, 1);
    for (int i = 0; i < 4; i++) {
        s_send (good, 20000, true);
        s_send (bad, 2000000, false);
        s_look (viewers);
    }
    char words[128];
    zr_viewers_status (&s_list, words, sizeof words);
    json_t *json = zr_viewers_json (&s_list);
    const char *slow =
        json_string_value (json_object_get (json_array_get (json, 1), "slow"));
    zr_viewer_slow_t others = s_list.rows[0].slow;
    bool is_viewer = slow && strcmp (slow, "viewer") == 0;
    json_decref (json);
    // It wakes up, and everything arrives.
    char bytes[65536];
    fcntl (bad.theirs, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 4; i++) {
        for (int n = 0; n < 30; n++) {
            while (recv (bad.theirs, bytes, sizeof bytes, 0) > 0)
                continue;
            const struct timespec pause = {.tv_nsec = 2000000};
            nanosleep (&pause, NULL);
        }
        zr_viewers_sample (viewers, &s_list);
    }
    zr_viewer_slow_t after = s_list.rows[1].slow;
    for (int i = 0; i < 4; i++) { // and falls asleep again, which is not told again
        s_send (bad, 2000000, false);
        s_look (viewers);
    }
    dup2 (saved, STDERR_FILENO);
    int told = s_count (log, "127.0.0.2 "), all = s_count (log, "\n");
    bool machine = s_count (log, "its machine does not keep up") == 1;
    close (saved);
    close (log);

    assert_true (is_viewer && others == ZR_VIEWER_KEEPS_UP);
    assert_non_null (strstr (words, "; 127.0.0.2 "));
    assert_int_equal (after, ZR_VIEWER_KEEPS_UP);
    assert_int_equal (s_list.rows[1].slow, ZR_VIEWER_MACHINE);
    assert_true (told == 1 && all == 1 && machine);
    zr_viewers_status (&(zr_viewers_list_t){0}, words, sizeof words);
    assert_string_equal (words, "");
    s_close (good);
    s_close (bad);
    zr_viewers_destroy (&viewers);
}

static void
s_many (void **state)
{
    (void) state;
    zr_viewers_t *viewers = zr_viewers_new ("test");
    pair_t pairs[ZR_VIEWERS_MAX + 8];
    const int count = sizeof pairs / sizeof *pairs;
    for (int i = 0; i < count; i++) {
        char from[32];
        snprintf (from, sizeof from, "127.0.%d.%d", 1 + i / 200, 1 + i % 200);
        pairs[i] = s_connect (AF_INET, from, 0);
        zr_viewers_want (viewers, pairs[i].ours, 1);
    }
    zr_viewers_sample (viewers, &s_list);
    assert_int_equal (s_list.count, ZR_VIEWERS_MAX);
    assert_int_equal (zr_viewers_list_size (&s_list), sizeof s_list);
    // One goes, and there is room for one that came too late.
    s_close (pairs[0]);
    zr_viewers_sample (viewers, &s_list);
    assert_int_equal (s_list.count, ZR_VIEWERS_MAX - 1);
    zr_viewers_want (viewers, pairs[count - 1].ours, 1);
    zr_viewers_sample (viewers, &s_list);
    assert_int_equal (s_list.count, ZR_VIEWERS_MAX);
    for (int i = 1; i < count; i++)
        s_close (pairs[i]);
    zr_viewers_sample (viewers, &s_list);
    assert_int_equal (s_list.count, 0);
    zr_viewers_destroy (&viewers);
}

#define TEST(sentence, function)                                                       \
    {                                                                                  \
        .name = sentence, .test_func = function                                        \
    }

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST ("a viewer has an address, a time and figures", s_row),
        TEST ("connections from one address are one viewer", s_groups),
        TEST ("IPv6 is told, and IPv4 within it as IPv4", s_six),
        TEST ("each connection over ipc is a viewer of which little is known", s_local),
        TEST ("who wants no stream is not listed", s_wants),
        TEST ("another connection under the same number is not the old one", s_reused),
        TEST ("one that does not read is told of, once, with the cause", s_asleep),
        TEST ("of too many viewers some are not listed, until there is room", s_many),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
