// SPDX-License-Identifier: MPL-2.0
// The console as a program of its own, with its stdin and stdout in the test's hands:
// the test starts itself with other arguments. main calls program_main first.

#ifndef ZR_TESTS_CHAT_PROGRAM_H
#define ZR_TESTS_CHAT_PROGRAM_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include "common/chat_console.h"
#include "tests/unit/chat_broker.h"

static struct {
    pid_t pid;
    int in, out; // the ends that the test holds; of a terminal both are the same
    char text[65536];
    size_t len, seen; // of text: come, and judged
} s_program;

static int
s_program_main (int argc, char **argv)
{
    if (argc < 4)
        return -1;
    const zr_chat_console_settings_t settings = {.endpoint = argv[1],
                                                 .nick = argv[2],
                                                 .json = strchr (argv[3], 'j') != NULL,
                                                 .bell = strchr (argv[3], 'b') != NULL};
    zsys_init ();
    return zr_chat_console_run (&settings, -1);
}

// In the child.
static void
s_program_become (int in, int out, const char *options)
{
    dup2 (in, STDIN_FILENO);
    dup2 (out, STDOUT_FILENO);
    for (int fd = 3; fd < 256; fd++)
        close (fd);
    setenv ("TZ", "UTC", 1);
    setenv ("LC_ALL", "C.UTF-8", 1);
    setenv ("TERM", "xterm", 1);
    setenv ("INPUTRC", "/dev/null", 1);
    execl ("/proc/self/exe", "program", s_broker.endpoint, "ana", options,
           (char *) NULL);
    _exit (99);
}

static void UNUSED
s_program_start (const char *options)
{
    int in[2], out[2];
    assert_int_equal (pipe2 (in, O_CLOEXEC), 0);
    assert_int_equal (pipe2 (out, O_CLOEXEC), 0);
    s_program.pid = fork ();
    if (s_program.pid == 0)
        s_program_become (in[0], out[1], options);
    close (in[0]);
    close (out[1]);
    s_program.in = in[1];
    s_program.out = out[0];
    s_program.len = s_program.seen = 0;
}

static void UNUSED
s_program_start_terminal (const char *options)
{
    int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true (master >= 0 && grantpt (master) == 0 && unlockpt (master) == 0);
    struct winsize size = {.ws_row = 24, .ws_col = 60};
    ioctl (master, TIOCSWINSZ, &size);
    const char *name = ptsname (master);
    s_program.pid = fork ();
    if (s_program.pid == 0) {
        setsid ();
        int slave = open (name, O_RDWR); // becomes the controlling one
        dup2 (slave, STDERR_FILENO);
        s_program_become (slave, slave, options);
    }
    s_program.in = s_program.out = master;
    s_program.len = s_program.seen = 0;
}

static void UNUSED
s_type (const char *text)
{
    assert_int_equal (write (s_program.in, text, strlen (text)), strlen (text));
}

// Reads what has come, waiting for so long. Returns whether something came.
static bool
s_program_read (int timeout_ms)
{
    struct pollfd item = {s_program.out, POLLIN, 0};
    size_t room = sizeof s_program.text - 1 - s_program.len;
    ssize_t size = poll (&item, 1, timeout_ms) > 0
                       ? read (s_program.out, s_program.text + s_program.len, room)
                       : 0;
    if (size <= 0)
        return false;
    s_program.len += (size_t) size;
    s_program.text[s_program.len] = '\0';
    return true;
}

// text comes, behind what was seen before. Returns what stands before it, until the
// next call.
static const char *UNUSED
s_see (const char *text)
{
    static char before[sizeof s_program.text];
    int64_t deadline = zclock_mono () + BROKER_PATIENCE_MS;
    const char *found;
    s_program.text[s_program.len] = '\0';
    while (!(found = strstr (s_program.text + s_program.seen, text)))
        if (!s_program_read (50) && zclock_mono () > deadline)
            fail_msg ("\"%s\" is not in \"%s\"", text, s_program.text + s_program.seen);
    size_t at = (size_t) (found - s_program.text);
    snprintf (before, sizeof before, "%.*s", (int) (at - s_program.seen),
              s_program.text + s_program.seen);
    s_program.seen = at + strlen (text);
    return before;
}

static void UNUSED
s_hear (const char *message)
{
    zmq_pollitem_t item = {zsock_resolve (s_broker.router), 0, ZMQ_POLLIN, 0};
    const char *said = NULL;
    if (zmq_poll (&item, 1, BROKER_PATIENCE_MS) == 1)
        said = s_broker_read ();
    assert_string_equal (said ? said : "(nothing)", message);
}

static void UNUSED
s_close_in (void)
{
    close (s_program.in);
    s_program.in = -1;
}

// Ends, by itself, with that status.
static void UNUSED
s_assert_ends (int wanted)
{
    int status = -1;
    int64_t deadline = zclock_mono () + BROKER_PATIENCE_MS;
    while (waitpid (s_program.pid, &status, WNOHANG) == 0) {
        s_program_read (5); // a terminal wants to be read
        assert_true (zclock_mono () < deadline);
    }
    s_program.pid = 0;
    assert_true (WIFEXITED (status));
    assert_int_equal (WEXITSTATUS (status), wanted);
}

static int UNUSED
s_program_open (void **state)
{
    (void) state;
    s_broker_name ("program");
    s_broker_open ();
    return 0;
}

static int UNUSED
s_program_close (void **state)
{
    (void) state;
    if (s_program.pid > 0) {
        kill (s_program.pid, SIGKILL);
        waitpid (s_program.pid, NULL, 0);
    }
    s_program.pid = 0;
    if (s_program.in >= 0 && s_program.in != s_program.out)
        close (s_program.in);
    if (s_program.out >= 0)
        close (s_program.out);
    s_broker_close ();
    return 0;
}

#endif
