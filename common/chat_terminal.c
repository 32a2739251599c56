// SPDX-License-Identifier: MPL-2.0
// readline's callback interface in a poll loop. What arrives is printed where the
// prompt stood, and the prompt with the half-typed line is drawn again below it, once
// for all that arrived together. Enter takes the typed line off the screen: it appears
// when it comes back from the room, in everybody's order. Lines of the log come through
// a pipe and are printed likewise.
//
// readline has one state for the whole program, and its callbacks and signal handlers
// know no object: hence the one static object. SIGINT and SIGTERM are CZMQ's; SIGWINCH,
// SIGTSTP and SIGCONT are handled here, through a pipe, and readline handles none.

#include "common/chat_terminal.h"

#include <assert.h>
#include <czmq.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "common/chat_command.h"
#include "common/chat_names.h"
#include "common/chat_print.h"
#include "common/log.h"
#include "common/text.h"

#define LOOK_MS 500      // how soon a signal is noticed that another thread got
#define EVENTS_MAX 500   // shown before keys are looked at
#define KEYS_MAX 1024    // taken before events are looked at
#define HISTORY_MAX 1000 // own lines
#define PROMPT_MAX (ZR_CHAT_NICK_MAX * 3 + 32)
#define LOG_MAX 4096 // bytes of log lines that are read at once

static struct {
    const zr_chat_console_settings_t *settings;
    zr_chat_client_t *client;
    zr_chat_print_t print;
    zr_chat_command_t command;
    zr_chat_names_t *names;
    int status;    // -1: goes on
    bool shown;    // the prompt stands on the screen
    bool naming;   // a nickname is asked for
    bool rings;    // somebody said the own name
    char *kept;    // the line that was typed when the nickname was asked for
    char *entered; // the line that Enter was pressed on
    char prompt[PROMPT_MAX];
    int log[2];     // a pipe
    int signals[2]; // likewise: one byte each
    char log_text[LOG_MAX];
    size_t log_len;
} s_self;

// ---- the screen ---------------------------------------------------------------------

static void
s_hide (void)
{
    if (s_self.shown)
        rl_clear_visible_line ();
    s_self.shown = false;
}

static void
s_make_prompt (char *prompt)
{
    char nick[ZR_CHAT_NICK_MAX * 3];
    zr_text_visible (nick, sizeof nick, s_self.print.nick, strlen (s_self.print.nick));
    if (s_self.naming)
        snprintf (prompt, PROMPT_MAX, "nickname: ");
    else
        snprintf (prompt, PROMPT_MAX, "%s%s> ", s_self.print.down ? "(no room) " : "",
                  nick);
}

static void
s_show (void)
{
    char prompt[PROMPT_MAX];
    bool searching = RL_ISSTATE (RL_STATE_ISEARCH | RL_STATE_NSEARCH) != 0;
    s_make_prompt (prompt);
    if (!streq (prompt, s_self.prompt) && !searching) { // which has a prompt of its own
        s_hide ();
        rl_set_prompt (prompt);
        memcpy (s_self.prompt, prompt, sizeof prompt);
    }
    if (!s_self.shown)
        rl_forced_update_display ();
    s_self.shown = true;
    if (s_self.rings)
        fputc ('\a', rl_outstream);
    s_self.rings = false;
    fflush (rl_outstream);
}

// Text is freed.
static void
s_print (char *text)
{
    if (!text)
        return;
    s_hide ();
    fputs (text, rl_outstream);
    free (text);
}

static void
s_tell (void *arg, const char *text, bool failed)
{
    (void) arg;
    (void) failed;
    s_print (zr_chat_print_notice (&s_self.print, text));
}

static void
s_take_size (void)
{
    int rows;
    rl_get_screen_size (&rows, &s_self.print.columns);
}

// ---- what comes ---------------------------------------------------------------------

// What was typed until now has to wait.
static void
s_ask_name (void)
{
    if (!s_self.naming) {
        s_hide ();
        s_self.kept = strdup (rl_line_buffer);
        rl_replace_line ("", 1);
    }
    s_self.naming = true;
}

static void
s_have_name (void)
{
    if (!s_self.naming)
        return;
    s_hide ();
    rl_replace_line (s_self.kept, 1);
    rl_point = rl_end;
    zstr_free (&s_self.kept);
    s_self.naming = false;
}

static void
s_take_event (const zr_chat_event_t *event)
{
    bool named;
    bool joins = event->kind == ZR_CHAT_EVENT_UP;
    bool refused = event->kind == ZR_CHAT_EVENT_MESSAGE &&
                   event->message.verb == ZR_CHAT_REFUSED &&
                   (s_self.print.down || !s_self.print.nick[0]);
    if (joins)
        s_have_name ();
    else if (event->kind == ZR_CHAT_EVENT_MESSAGE)
        zr_chat_names_take (s_self.names, &event->message);
    else if (event->kind == ZR_CHAT_EVENT_DOWN &&
             event->message.code == ZR_CHAT_REPLACED)
        s_self.status = 1; // the other one goes on
    s_print (zr_chat_print_event (&s_self.print, event, &named));
    s_self.rings = s_self.rings || (named && s_self.settings->bell);
    if (refused)
        s_ask_name ();
}

// Returns whether there may be more.
static bool
s_take_events (void)
{
    zr_chat_event_t *event = NULL;
    int count = 0;
    while (s_self.status < 0 && count < EVENTS_MAX &&
           (event = zr_chat_client_read (s_self.client)) != NULL) {
        s_take_event (event);
        zr_chat_event_destroy (&event);
        count++;
    }
    return count == EVENTS_MAX;
}

// From any thread. A line that does not fit is lost: the terminal stands still.
static void
s_log (void *arg, const char *line)
{
    (void) arg;
    char text[LOG_MAX / 2];
    int len = snprintf (text, sizeof text, "%s\n", line);
    if (write (s_self.log[1], text, (size_t) len) < 0)
        return;
}

static void
s_take_log (void)
{
    char *line = s_self.log_text, *stop;
    ssize_t size = read (s_self.log[0], line + s_self.log_len,
                         sizeof s_self.log_text - s_self.log_len);
    if (size <= 0)
        return;
    char *end = line + s_self.log_len + size;
    while ((stop = memchr (line, '\n', (size_t) (end - line))) != NULL) {
        s_print (strndup (line, (size_t) (stop + 1 - line)));
        line = stop + 1;
    }
    s_self.log_len = (size_t) (end - line);
    memmove (s_self.log_text, line, s_self.log_len);
}

// ---- what is typed ------------------------------------------------------------------

// Returns 0, or -1 if the line is worth correcting.
static int
s_take_line (char *line)
{
    int status = 0;
    if (s_self.naming && line[0] != '/') {
        if (line[strspn (line, " \t")])
            zr_chat_client_nick (s_self.client, line);
        return 0;
    }
    // What was pasted may be more than one line.
    char *rest = line;
    while (status == 0 && rest && !s_self.command.quits) {
        char *one = strsep (&rest, "\n");
        status = zr_chat_command_run (&s_self.command, one);
    }
    if (s_self.command.quits)
        s_self.status = 0;
    return status;
}

static void
s_remember (const char *line)
{
    HIST_ENTRY *last = history_get (history_base + history_length - 1);
    if (*line && !s_self.naming && !(last && streq (last->line, line)))
        add_history (line);
}

// Enter: as readline does it, but the line goes from the screen.
static int
s_enter (int count, int key)
{
    char *line = strdup (rl_line_buffer), *entered = strdup (line);
    s_hide ();
    int status = s_take_line (line);
    free (line);
    if (status == 0) {
        s_remember (entered);
        rl_replace_line ("", 1);
        rl_point = rl_end = 0;
        rl_erase_empty_line = 1; // it is: so nothing is drawn
        rl_newline (count, key);
    } else
        s_show (); // before readline looks at the screen
    free (entered);
    return 0;
}

// What readline has taken by itself: nothing behind Enter, all behind other keys that
// accept a line, NULL at Ctrl-D.
static void
s_accept (char *line)
{
    if (!line)
        s_self.status = 0;
    else if (*line) {
        s_remember (line);
        s_take_line (line);
    }
    free (line);
    s_self.shown = true; // by readline, now
}

static char *
s_complete (const char *prefix, int state)
{
    static size_t at;
    if (state == 0)
        at = 0;
    const char *match = *prefix == '/'
                            ? zr_chat_command_match (prefix, &at)
                            : zr_chat_names_match (s_self.names, prefix, &at);
    return match ? strdup (match) : NULL;
}

static char **
s_attempt (const char *prefix, int start, int end)
{
    (void) end;
    rl_attempted_completion_over = 1; // no names of files
    return *prefix == '/' && start > 0 ? NULL
                                       : rl_completion_matches (prefix, s_complete);
}

static bool
s_has_input (void)
{
    return poll (&(struct pollfd){STDIN_FILENO, POLLIN, 0}, 1, 0) > 0;
}

static void
s_read_keys (void)
{
    int count = 0;
    do
        rl_callback_read_char ();
    while (++count < KEYS_MAX && s_self.status < 0 && !zsys_interrupted &&
           s_has_input ());
}

// ---- signals ------------------------------------------------------------------------

static void
s_on_signal (int number)
{
    int saved_errno = errno;
    char byte = (char) number;
    if (write (s_self.signals[1], &byte, 1) < 0)
        byte = 0; // many wait already
    errno = saved_errno;
}

static void
s_set_signal (int number, void (*handler) (int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset (&action.sa_mask);
    sigaction (number, &action, NULL);
}

// Ctrl-Z: the terminal is given back for as long as the program is stopped.
static void
s_stop (void)
{
    s_hide ();
    fflush (rl_outstream);
    rl_deprep_terminal ();
    s_set_signal (SIGTSTP, SIG_DFL);
    raise (SIGTSTP); // returns when it goes on
    s_set_signal (SIGTSTP, s_on_signal);
}

static void
s_take_signals (void)
{
    char bytes[16];
    ssize_t size;
    // All: SIGCONT, which ends s_stop, comes before anything is drawn.
    while ((size = read (s_self.signals[0], bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < size; i++) {
            if (bytes[i] == SIGTSTP)
                s_stop ();
            else if (bytes[i] == SIGCONT) {
                rl_prep_terminal (1);
                s_self.shown = false;
            } else if (s_self.shown)
                rl_resize_terminal ();
            else
                rl_reset_screen_size ();
        }
    s_take_size ();
}

// ---- all of it ----------------------------------------------------------------------

// Characters of more than one byte need a locale that knows them. readline goes by the
// environment, at every line anew.
static void
s_choose_locale (void)
{
    setlocale (LC_CTYPE, "");
    if (!streq (nl_langinfo (CODESET), "UTF-8"))
        setenv ("LC_ALL", "C.UTF-8", 1);
    setlocale (LC_CTYPE, "");
}

static void
s_bind_keys (void)
{
    static const char *const maps[] = {"emacs-standard", "vi-insert", "vi-command"};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        rl_bind_key_in_map ('\r', s_enter, rl_get_keymap_by_name (maps[i]));
        rl_bind_key_in_map ('\n', s_enter, rl_get_keymap_by_name (maps[i]));
    }
}

static void
s_open (void)
{
    s_choose_locale ();
    rl_readline_name = "zroom-chat";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_attempted_completion_function = s_attempt;
    rl_basic_word_break_characters = rl_completer_word_break_characters = " ";
    rl_completion_query_items = 0; // it would wait for an answer
    rl_initialize ();
    rl_variable_bind ("completion-ignore-case", "on");
    rl_variable_bind ("page-completions", "off");
    using_history ();
    stifle_history (HISTORY_MAX);
    s_bind_keys ();
    s_make_prompt (s_self.prompt);
    rl_callback_handler_install (s_self.prompt, s_accept);
    s_self.shown = true;
    // Between one line and the next the terminal stays as it is, so that what is typed
    // meanwhile is not echoed.
    rl_prep_term_function = NULL;
    rl_deprep_term_function = NULL;
    s_take_size ();
    s_set_signal (SIGWINCH, s_on_signal);
    s_set_signal (SIGTSTP, s_on_signal);
    s_set_signal (SIGCONT, s_on_signal);
    if (isatty (STDERR_FILENO))
        zr_log_set_writer (s_log, NULL);
}

static void
s_close (void)
{
    zr_log_set_writer (NULL, NULL);
    s_set_signal (SIGWINCH, SIG_DFL);
    s_set_signal (SIGTSTP, SIG_DFL);
    s_set_signal (SIGCONT, SIG_DFL);
    s_take_log ();
    s_hide ();
    fflush (rl_outstream);
    rl_prep_term_function = rl_prep_terminal;
    rl_deprep_term_function = rl_deprep_terminal;
    rl_callback_handler_remove ();
    rl_deprep_terminal (); // at Ctrl-D readline believes to have done it
    clear_history ();
}

static void
s_wait (int stop_fd, bool more)
{
    struct pollfd items[] = {
        {STDIN_FILENO, POLLIN, 0},      {zr_chat_client_fd (s_self.client), POLLIN, 0},
        {stop_fd, POLLIN, 0},           {s_self.log[0], POLLIN, 0},
        {s_self.signals[0], POLLIN, 0},
    };
    if (poll (items, sizeof items / sizeof *items, more ? 0 : LOOK_MS) < 0)
        return;
    if (items[2].revents)
        s_self.status = 0;
    if (items[3].revents)
        s_take_log ();
    if (items[4].revents)
        s_take_signals ();
    if (items[0].revents)
        s_read_keys ();
}

int
zr_chat_terminal_run (const zr_chat_console_settings_t *settings,
                      zr_chat_client_t *client, int stop_fd)
{
    assert (settings && client && !s_self.client);
    memset (&s_self, 0, sizeof s_self);
    s_self.settings = settings;
    s_self.client = client;
    s_self.status = -1;
    s_self.names = zr_chat_names_new ();
    s_self.command = (zr_chat_command_t){client, &s_self.print, s_tell, NULL, false};
    zr_chat_print_init (&s_self.print,
                        zr_chat_print_colours (getenv ("TERM"), getenv ("COLORTERM"),
                                               getenv ("NO_COLOR")),
                        zclock_time ());
    if (pipe2 (s_self.log, O_NONBLOCK | O_CLOEXEC) ||
        pipe2 (s_self.signals, O_NONBLOCK | O_CLOEXEC)) {
        zr_log_error ("chat", "no pipe: %s", strerror (errno));
        return 1;
    }
    s_open ();
    while (s_self.status < 0 && !zsys_interrupted) {
        bool more = s_take_events ();
        if (s_self.status < 0)
            s_show ();
        if (s_self.status < 0)
            s_wait (stop_fd, more);
    }
    s_close ();
    for (int i = 0; i < 2; i++) {
        close (s_self.log[i]);
        close (s_self.signals[i]);
    }
    zr_chat_names_destroy (&s_self.names);
    zstr_free (&s_self.kept);
    s_self.client = NULL;
    return s_self.status < 0 ? 0 : s_self.status;
}
