// SPDX-License-Identifier: MPL-2.0
// Lines in, lines out; a terminal is chat_terminal.c's. What is asked for on stdin is
// taken no faster than the room stores it. At the end of stdin one question (WHO) goes
// behind everything: when its answer is there, all before it was seen too.

#include "common/chat_console.h"

#include <assert.h>
#include <czmq.h>
#include <poll.h>
#include <pwd.h>

#include "common/chat_command.h"
#include "common/chat_json.h"
#include "common/chat_print.h"
#include "common/chat_terminal.h"
#include "common/log.h"

#define LOOK_MS 500           // how soon a signal is noticed that another thread got
#define INPUT_MAX (16 * 1024) // bytes of a line
#define PENDING_MAX 1000      // lines that wait; then stdin has to
#define GOODBYE_MS 2000       // for the answer to the last question

typedef struct {
    const zr_chat_console_settings_t *settings;
    zr_chat_client_t *client;
    zr_chat_print_t print;
    zr_chat_command_t command;
    char input[INPUT_MAX];
    size_t len;       // bytes of input
    bool skips;       // the rest of a line that is too long
    bool ended;       // stdin
    bool up, named;   // in the room; NAMES came since
    int64_t asked_ms; // when the last question was asked, or 0
    bool failed;      // something was not done
    int status;       // -1: goes on
} s_pipe_t;

// Ends it if stdout takes no more.
static void
s_write (s_pipe_t *self, const char *text)
{
    size_t len = strlen (text);
    while (len && self->status < 0) {
        ssize_t size = write (STDOUT_FILENO, text, len);
        if (size >= 0) {
            text += size;
            len -= (size_t) size;
        } else if (errno == EAGAIN)
            poll (&(struct pollfd){STDOUT_FILENO, POLLOUT, 0}, 1, LOOK_MS);
        else if (errno != EINTR) {
            if (errno != EPIPE)
                zr_log_error ("chat", "stdout: %s", strerror (errno));
            self->status = 1;
        }
        if (zsys_interrupted && len)
            self->status = 0;
    }
}

static void
s_tell (void *arg, const char *text, bool failed)
{
    s_pipe_t *self = arg;
    self->failed = self->failed || failed;
    if (failed)
        zr_log_warn ("chat", "%s", text);
    else if (self->settings->json)
        zr_log_info ("chat", "%s", text);
    else {
        char *notice = zr_chat_print_notice (&self->print, text);
        s_write (self, notice);
        free (notice);
    }
}

// ---- what comes ---------------------------------------------------------------------

// What concerns this program alone is told on stderr.
static bool
s_is_own (const zr_chat_event_t *event)
{
    return event->kind != ZR_CHAT_EVENT_MESSAGE ||
           event->message.verb == ZR_CHAT_ERROR ||
           event->message.verb == ZR_CHAT_REFUSED;
}

static void
s_say_own (const zr_chat_event_t *event)
{
    switch (event->kind) {
    case ZR_CHAT_EVENT_UP:
        zr_log_info ("chat", "in the room as %s", event->message.nick);
        break;
    case ZR_CHAT_EVENT_DOWN:
        zr_log_warn ("chat", "%s%s", event->text,
                     event->message.code == ZR_CHAT_REPLACED
                         ? ""
                         : "; trying again, what is said is kept");
        break;
    case ZR_CHAT_EVENT_MESSAGE:
        zr_log_error ("chat", "%s%s",
                      event->message.verb == ZR_CHAT_ERROR && event->message.n >= 0
                          ? "a line was not sent: "
                          : "",
                      event->text);
        break;
    default:
        break;
    }
}

static void
s_show (s_pipe_t *self, const zr_chat_event_t *event)
{
    char *text = zr_chat_print_event (&self->print, event, NULL);
    if (self->settings->json) {
        free (text);
        text = zr_chat_json_event (event);
    } else if (s_is_own (event)) {
        free (text);
        text = NULL;
        s_say_own (event);
    }
    if (text)
        s_write (self, text);
    free (text);
}

static void
s_take_message (s_pipe_t *self, const zr_chat_event_t *event)
{
    const zr_chat_message_t *message = &event->message;
    bool last = message->verb == ZR_CHAT_NAMES && self->asked_ms && !self->print.names;
    if (last)
        self->status = self->failed;
    else
        s_show (self, event);
    if (message->verb == ZR_CHAT_NAMES)
        self->named = true;
    else if (message->verb == ZR_CHAT_ERROR)
        self->failed = self->failed || message->n >= 0;
    else if (message->verb == ZR_CHAT_REFUSED && !self->up) {
        if (self->settings->json)
            s_say_own (event);
        self->status = 1; // nobody can be asked for another name
    } else if (message->verb == ZR_CHAT_REFUSED)
        self->failed = true;
}

static void
s_take_event (s_pipe_t *self, const zr_chat_event_t *event)
{
    switch (event->kind) {
    case ZR_CHAT_EVENT_MESSAGE:
        s_take_message (self, event);
        return;
    case ZR_CHAT_EVENT_UP:
        self->up = true;
        self->named = false;
        self->asked_ms = 0;
        break;
    case ZR_CHAT_EVENT_DOWN:
        self->up = false;
        self->asked_ms = 0;
        if (event->message.code == ZR_CHAT_REPLACED)
            self->status = 1;
        break;
    default:
        break;
    }
    s_show (self, event);
}

static void
s_take_events (s_pipe_t *self)
{
    zr_chat_event_t *event;
    while (self->status < 0 && !zsys_interrupted &&
           (event = zr_chat_client_read (self->client)) != NULL) {
        s_take_event (self, event);
        zr_chat_event_destroy (&event);
    }
}

// ---- what is typed ------------------------------------------------------------------

static void
s_take_line (s_pipe_t *self, char *line)
{
    if (!self->skips)
        zr_chat_command_run (&self->command, line);
    self->skips = false;
    if (self->command.quits)
        self->ended = true;
}

// Takes the whole lines of the input, and the rest of it too if it is full or at its
// end.
static void
s_take_lines (s_pipe_t *self)
{
    char *line = self->input, *end = self->input + self->len, *stop;
    while (!self->command.quits &&
           (stop = memchr (line, '\n', (size_t) (end - line))) != NULL) {
        *stop = '\0';
        s_take_line (self, line);
        line = stop + 1;
    }
    self->len = (size_t) (end - line);
    memmove (self->input, line, self->len);
    if (self->len == sizeof self->input - 1) {
        if (!self->skips)
            s_tell (self, "a line is far too long and left out", true);
        self->skips = true;
        self->len = 0;
    }
}

static void
s_read_input (s_pipe_t *self)
{
    ssize_t size = read (STDIN_FILENO, self->input + self->len,
                         sizeof self->input - 1 - self->len);
    if (size < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (size > 0) {
        self->len += (size_t) size;
        s_take_lines (self);
        return;
    }
    self->ended = true;
    self->input[self->len] = '\0';
    if (self->len)
        s_take_line (self, self->input);
}

// ---- both ---------------------------------------------------------------------------

// At the end of stdin, when all is stored, asks the last question. Returns whether it
// did so now.
static bool
s_say_goodbye (s_pipe_t *self)
{
    if (!self->ended || !self->up || !self->named ||
        zr_chat_client_pending (self->client))
        return false;
    if (!self->asked_ms) {
        self->asked_ms = zclock_mono ();
        zr_chat_client_who (self->client);
        return true;
    }
    if (zclock_mono () - self->asked_ms > GOODBYE_MS)
        self->status = self->failed;
    return false;
}

static void
s_wait (s_pipe_t *self, int stop_fd)
{
    bool reads = !self->ended && zr_chat_client_pending (self->client) < PENDING_MAX;
    struct pollfd items[] = {
        {reads ? STDIN_FILENO : -1, POLLIN, 0},
        {zr_chat_client_fd (self->client), POLLIN, 0},
        {stop_fd, POLLIN, 0},
        {STDOUT_FILENO, 0, 0}, // whether somebody still reads it
    };
    if (poll (items, sizeof items / sizeof *items, LOOK_MS) < 0)
        return;
    if (items[2].revents)
        self->status = 0;
    else if (items[3].revents & (POLLERR | POLLHUP))
        self->status = 1;
    else if (items[0].revents)
        s_read_input (self);
}

static int
s_run_pipe (const zr_chat_console_settings_t *settings, zr_chat_client_t *client,
            int stop_fd)
{
    s_pipe_t *self = zmalloc (sizeof *self);
    self->settings = settings;
    self->client = client;
    self->status = -1;
    self->command = (zr_chat_command_t){client, &self->print, s_tell, self, false};
    zr_chat_print_init (&self->print, 0, zclock_time ());
    while (self->status < 0 && !zsys_interrupted) {
        s_take_events (self);
        if (!s_say_goodbye (self) && self->status < 0)
            s_wait (self, stop_fd);
    }
    int status = self->status < 0 ? 0 : self->status;
    freen (self);
    return status;
}

static const char *
s_login_name (void)
{
    const struct passwd *user = getpwuid (getuid ());
    return user && *user->pw_name ? user->pw_name : "guest";
}

int
zr_chat_console_run (const zr_chat_console_settings_t *settings, int stop_fd)
{
    assert (settings && settings->endpoint);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, former;
    zr_chat_client_t *client = zr_chat_client_new (
        settings->endpoint, settings->nick ? settings->nick : s_login_name ());
    if (!client)
        return 1;                          // logged
    sigaction (SIGPIPE, &ignore, &former); // write tells
    bool terminal = isatty (STDIN_FILENO) && isatty (STDOUT_FILENO) && !settings->json;
    int status = terminal ? zr_chat_terminal_run (settings, client, stop_fd)
                          : s_run_pipe (settings, client, stop_fd);
    sigaction (SIGPIPE, &former, NULL);
    size_t pending = zr_chat_client_pending (client);
    if (pending)
        zr_log_warn ("chat", "%zu line%s did not reach the room", pending,
                     pending == 1 ? "" : "s");
    zr_chat_client_destroy (&client);
    return status;
}
