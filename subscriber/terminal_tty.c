// SPDX-License-Identifier: MPL-2.0
// Output goes through a description of our own, opened anew and non-blocking: setting
// O_NONBLOCK on stdout would also set it for the shell that lent it. Handlers use
// async-signal-safe calls only and may run on any thread; "inside" is what they share
// with the main thread: cleared first, so that no picture follows the farewell.
// Ctrl-Z leaves, stops, and SIGCONT enters again, but only in the foreground: what
// runs in the background neither draws nor reads.
// Left out: an alternate signal stack, so a stack overflow is not tidied up after.

#include "subscriber/terminal_tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <czmq.h>

#include "common/log.h"

#define SLICE_MS 100  // at most this long until a Ctrl-C is seen
#define STALL_MS 1000 // a terminal that takes nothing for so long loses the picture
#define FAREWELL_MS 300
#define CHUNK 65536 // bytes of one write

#define END_STRING "\033\\"
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[0m\033[2J"
#define END_UPDATE "\033[?2026l"
#define LEAVE "\033[0m\033[?7h\033[2J\033[?25h\033[?1049l"
#define DELETE_IMAGES "\033_Ga=d,d=A,q=2\033\\"

static const char enter[] = ENTER;
static const char end_string[] = END_STRING;
static const char leave[] = END_UPDATE LEAVE;
static const char leave_kitty[] = DELETE_IMAGES LEAVE;

static const int deadly[] = {SIGHUP, SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
static const int others[] = {SIGTSTP, SIGCONT, SIGWINCH};

#define DEADLY ((int) (sizeof deadly / sizeof deadly[0]))
#define OTHERS ((int) (sizeof others / sizeof others[0]))

static struct {
    atomic_bool open;
    int output, input; // own descriptors; input is -1 if there is none
    int waker;         // eventfd, kept from the first opening on
    struct termios saved, raw;
    struct sigaction old_deadly[DEADLY], old_others[OTHERS];
    atomic_bool inside;  // the screen is ours
    atomic_bool away;    // it was given back and will be taken again
    atomic_bool changed; // size or contents are not what they were
    atomic_bool midway;  // a write was given up, perhaps within an escape sequence
    atomic_bool kitty;
} s_tty = {.output = -1, .input = -1, .waker = -1};

// As zr_terminal_tty_write, but in a handler too, and it never waits long.
static void
s_write_now (const char *bytes, size_t len)
{
    for (int slices = FAREWELL_MS / SLICE_MS; len > 0 && slices > 0;) {
        ssize_t put = write (s_tty.output, bytes, len);
        if (put > 0) {
            bytes += put;
            len -= (size_t) put;
        } else if (errno == EAGAIN) {
            struct pollfd item = {s_tty.output, POLLOUT, 0};
            poll (&item, 1, SLICE_MS);
            slices--;
        } else if (errno != EINTR)
            return;
    }
}

static void
s_notify (void)
{
    uint64_t one = 1;
    ssize_t put = write (s_tty.waker, &one, sizeof one);
    (void) put; // full: a wake-up is pending
}

static void
s_enter (void)
{
    if (s_tty.input >= 0)
        tcsetattr (s_tty.input, TCSANOW, &s_tty.raw);
    s_write_now (enter, sizeof enter - 1);
    atomic_store (&s_tty.inside, true);
    atomic_store (&s_tty.changed, true);
}

static void
s_leave (void)
{
    if (!atomic_exchange (&s_tty.inside, false))
        return;
    struct pollfd item = {s_tty.output, POLLOUT, 0};
    if (poll (&item, 1, FAREWELL_MS) == 0) {
        // Nobody reads: what is on its way is dropped, or neither the farewell nor
        // any message after it would find room.
        tcflush (s_tty.output, TCOFLUSH);
        atomic_store (&s_tty.midway, true);
    }
    if (atomic_exchange (&s_tty.midway, false))
        s_write_now (end_string, sizeof end_string - 1);
    if (atomic_load (&s_tty.kitty))
        s_write_now (leave_kitty, sizeof leave_kitty - 1);
    else
        s_write_now (leave, sizeof leave - 1);
    if (s_tty.input >= 0) {
        tcflush (s_tty.input, TCIFLUSH); // a late answer is no command for the shell
        tcsetattr (s_tty.input, TCSANOW, &s_tty.saved);
    }
}

static void
s_on_deadly (int number)
{
    s_leave ();
    for (int index = 0; index < DEADLY; index++)
        if (deadly[index] == number)
            sigaction (number, &s_tty.old_deadly[index], NULL);
    raise (number); // blocked while we are in here, and taken as soon as we are not
}

static void s_on_other (int number);

static void
s_catch (int number, void (*handler) (int), int flags, struct sigaction *old)
{
    struct sigaction action = {.sa_flags = flags};
    action.sa_handler = handler;
    sigfillset (&action.sa_mask);
    sigaction (number, &action, old);
}

static void
s_stop (void)
{
    atomic_store (&s_tty.away, true);
    s_leave ();
    struct sigaction ours;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction (SIGTSTP, &standard, &ours);
    raise (SIGTSTP);
    sigset_t only;
    sigset_t before;
    sigemptyset (&only);
    sigaddset (&only, SIGTSTP);
    sigaddset (&only, SIGCONT);
    pthread_sigmask (SIG_UNBLOCK, &only, &before); // here it stops, and goes on
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    sigaction (SIGTSTP, &ours, NULL);
}

static void
s_continue (void)
{
    if (!atomic_load (&s_tty.open) || tcgetpgrp (s_tty.output) != getpgrp ())
        return; // being closed, or continued in the background
    // Whoever had it meanwhile may have changed its modes.
    if (atomic_exchange (&s_tty.away, false) && s_tty.input >= 0)
        tcgetattr (s_tty.input, &s_tty.saved);
    s_enter ();
}

static void
s_on_other (int number)
{
    int saved_errno = errno;
    if (number == SIGTSTP)
        s_stop ();
    else if (number == SIGCONT)
        s_continue ();
    else
        atomic_store (&s_tty.changed, true);
    s_notify ();
    errno = saved_errno;
}

static void
s_catch_all (void)
{
    for (int index = 0; index < DEADLY; index++) {
        struct sigaction *old = &s_tty.old_deadly[index];
        s_catch (deadly[index], s_on_deadly, 0, old);
        if (old->sa_handler == SIG_IGN) // such as nohup's
            sigaction (deadly[index], old, NULL);
    }
    for (int index = 0; index < OTHERS; index++)
        s_catch (others[index], s_on_other, SA_RESTART, &s_tty.old_others[index]);
}

static void
s_release_all (void)
{
    for (int index = 0; index < DEADLY; index++)
        sigaction (deadly[index], &s_tty.old_deadly[index], NULL);
    for (int index = 0; index < OTHERS; index++)
        sigaction (others[index], &s_tty.old_others[index], NULL);
}

// The descriptor's terminal, opened anew; else a copy of the descriptor, which blocks.
static int
s_reopen (int descriptor, int flags)
{
    char path[128];
    int opened = -1;
    if (ttyname_r (descriptor, path, sizeof path) == 0)
        opened = open (path, flags | O_NOCTTY | O_CLOEXEC);
    if (opened < 0)
        opened = fcntl (descriptor, F_DUPFD_CLOEXEC, 3);
    return opened;
}

static int
s_open_input (void)
{
    int input = -1;
    if (isatty (STDIN_FILENO))
        input = s_reopen (STDIN_FILENO, O_RDONLY | O_NONBLOCK);
    else
        input = open ("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (input >= 0 && tcgetattr (input, &s_tty.saved) < 0) {
        close (input);
        input = -1;
    }
    if (input < 0)
        return -1; // there are no keys then, and Ctrl-C still works
    s_tty.raw = s_tty.saved;
    s_tty.raw.c_lflag &= ~(tcflag_t) (ECHO | ICANON | IEXTEN);
    s_tty.raw.c_lflag |= ISIG;
    s_tty.raw.c_iflag &= ~(tcflag_t) (IXON | ICRNL | ISTRIP);
    s_tty.raw.c_cc[VMIN] = 1;
    s_tty.raw.c_cc[VTIME] = 0;
    return input;
}

int
zr_terminal_tty_open (void)
{
    assert (!atomic_load (&s_tty.open));
    if (!isatty (STDOUT_FILENO)) {
        zr_log_error ("view_terminal",
                      "stdout is no terminal; run it in one, or use --view none");
        return -1;
    }
    if (s_tty.waker < 0)
        s_tty.waker = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    s_tty.output = s_reopen (STDOUT_FILENO, O_WRONLY | O_NONBLOCK);
    if (s_tty.waker < 0 || s_tty.output < 0) {
        zr_log_error ("view_terminal", "cannot open the terminal (%s)",
                      strerror (errno));
        if (s_tty.output >= 0)
            close (s_tty.output);
        return -1;
    }
    s_tty.input = s_open_input ();
    atomic_store (&s_tty.open, true);
    atomic_store (&s_tty.away, false);
    atomic_store (&s_tty.midway, false);
    atomic_store (&s_tty.kitty, false);
    s_catch_all ();
    if (tcgetpgrp (s_tty.output) == getpgrp ())
        s_enter ();
    else
        atomic_store (&s_tty.away, true);
    return 0;
}

void
zr_terminal_tty_close (void)
{
    if (!atomic_exchange (&s_tty.open, false))
        return;
    s_leave ();
    s_release_all ();
    close (s_tty.output);
    if (s_tty.input >= 0)
        close (s_tty.input);
    s_tty.output = -1;
    s_tty.input = -1;
}

void
zr_terminal_tty_set_kitty (bool kitty)
{
    atomic_store (&s_tty.kitty, kitty);
}

int
zr_terminal_tty_input (void)
{
    return atomic_load (&s_tty.inside) ? s_tty.input : -1;
}

int
zr_terminal_tty_output (void)
{
    return s_tty.output;
}

void
zr_terminal_tty_drop_input (void)
{
    if (s_tty.input >= 0)
        close (s_tty.input);
    s_tty.input = -1;
}

int
zr_terminal_tty_waker (void)
{
    return s_tty.waker;
}

void
zr_terminal_tty_wake (void)
{
    s_notify ();
}

bool
zr_terminal_tty_is_away (void)
{
    // "fg" of what runs in the background sends no signal: look for ourselves.
    if (atomic_load (&s_tty.away))
        s_continue ();
    return atomic_load (&s_tty.away);
}

bool
zr_terminal_tty_changed (void)
{
    return atomic_exchange (&s_tty.changed, false);
}

void
zr_terminal_tty_size (zr_terminal_size_t *size)
{
    assert (size);
    struct winsize window = {0};
    bool known = ioctl (s_tty.output, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 &&
                 window.ws_row > 0;
    size->columns = known ? window.ws_col : 80;
    size->rows = known ? window.ws_row : 24;
    size->cell_width = known ? window.ws_xpixel / window.ws_col : 0;
    size->cell_height = known ? window.ws_ypixel / window.ws_row : 0;
    // Some say the size of one cell there, or nonsense.
    if (size->cell_width < 2 || size->cell_height < 2 || size->cell_width > 256 ||
        size->cell_height > 256) {
        size->cell_width = 8;
        size->cell_height = 16;
    }
}

int
zr_terminal_tty_write (const char *bytes, size_t len)
{
    if (atomic_load (&s_tty.inside) && atomic_exchange (&s_tty.midway, true))
        s_write_now (end_string, sizeof end_string - 1);
    int waited_ms = 0;
    while (len > 0) {
        if (!atomic_load (&s_tty.inside))
            return -1;
        ssize_t put = write (s_tty.output, bytes, len < CHUNK ? len : CHUNK);
        if (put > 0) {
            bytes += put;
            len -= (size_t) put;
            waited_ms = 0;
            continue;
        }
        if (put < 0 && errno != EAGAIN && errno != EINTR)
            return -1; // it hung up; its SIGHUP or the input's end tells the rest
        if (zsys_interrupted || waited_ms >= STALL_MS)
            return -1;
        struct pollfd item = {s_tty.output, POLLOUT, 0};
        if (poll (&item, 1, SLICE_MS) == 0)
            waited_ms += SLICE_MS;
    }
    atomic_store (&s_tty.midway, false);
    return 0;
}
