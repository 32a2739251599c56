// SPDX-License-Identifier: MPL-2.0
// What typed lines ask for, with a client that writes down what it is asked.

#include "common/chat_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static zr_chat_print_t s_print;
static zr_chat_command_t s_command;
static char s_asked[256]; // of the client
static char s_told[1024];
static bool s_failed;
static bool s_full; // the client takes no more

// ---- the client ---------------------------------------------------------------------

int
zr_chat_client_post (zr_chat_client_t *self, zr_chat_verb_t kind, const char *to,
                     const char *text, size_t len)
{
    (void) self;
    snprintf (s_asked, sizeof s_asked, "%d %s|%.*s", kind, to ? to : "", (int) len,
              text);
    return s_full ? -1 : 0;
}

void
zr_chat_client_nick (zr_chat_client_t *self, const char *nick)
{
    (void) self;
    snprintf (s_asked, sizeof s_asked, "nick %s", nick);
}

void
zr_chat_client_who (zr_chat_client_t *self)
{
    (void) self;
    snprintf (s_asked, sizeof s_asked, "who");
}

size_t
zr_chat_client_pending (zr_chat_client_t *self)
{
    (void) self;
    return 5;
}

// ---- tests --------------------------------------------------------------------------

static void
s_tell (void *arg, const char *text, bool failed)
{
    (void) arg;
    size_t len = strlen (s_told);
    snprintf (s_told + len, sizeof s_told - len, "%s\n", text);
    s_failed = failed;
}

static int
s_set_up (void **state)
{
    (void) state;
    s_command = (zr_chat_command_t){.print = &s_print, .tell = s_tell};
    s_print = (zr_chat_print_t){0};
    s_full = false;
    return 0;
}

static int
s_run (const char *line)
{
    s_asked[0] = s_told[0] = '\0';
    s_failed = false;
    return zr_chat_command_run (&s_command, line);
}

static void
s_assert_asks (const char *line, const char *asked)
{
    assert_int_equal (s_run (line), 0);
    assert_string_equal (s_asked, asked);
    assert_string_equal (s_told, "");
}

static void
s_assert_fails (const char *line, const char *told)
{
    assert_int_equal (s_run (line), -1);
    assert_string_equal (s_asked, "");
    assert_string_equal (s_told, told);
    assert_true (s_failed);
}

static void
s_test_say (void **state)
{
    (void) state;
    char wanted[32];
    snprintf (wanted, sizeof wanted, "%d |hello", ZR_CHAT_SAY);
    s_assert_asks ("hello", wanted);
    s_assert_asks ("hello \t\r", wanted);
    snprintf (wanted, sizeof wanted, "%d | a b", ZR_CHAT_SAY);
    s_assert_asks ("\ta\tb", wanted);
    snprintf (wanted, sizeof wanted, "%d |/bin", ZR_CHAT_SAY);
    s_assert_asks ("//bin", wanted);
    s_assert_asks ("", "");
    s_assert_asks (" \t ", "");
}

static void
s_test_commands (void **state)
{
    (void) state;
    char wanted[32];
    snprintf (wanted, sizeof wanted, "%d |waves", ZR_CHAT_ME);
    s_assert_asks ("/me  waves", wanted);
    snprintf (wanted, sizeof wanted, "%d bob|psst psst", ZR_CHAT_MSG);
    s_assert_asks ("/msg bob psst psst", wanted);
    s_assert_asks ("/nick Eve ", "nick Eve");
    s_assert_asks ("/who", "who");
    assert_true (s_print.names);
    assert_false (s_command.quits);
    s_assert_asks ("/quit", "");
    assert_true (s_command.quits);
    assert_int_equal (s_run ("/help"), 0);
    assert_non_null (strstr (s_told, "/msg NICK TEXT: "));
    assert_non_null (strstr (s_told, "//TEXT: "));
    assert_false (s_failed);
}

static void
s_test_wrong (void **state)
{
    (void) state;
    s_assert_fails ("/msg", "use: /msg NICK TEXT\n");
    s_assert_fails ("/msg bob", "use: /msg NICK TEXT\n");
    s_assert_fails ("/msg b!b hi", "b!b can be nobody: a name has letters, digits, "
                                   "symbols and - _ . ' only\n");
    s_assert_fails ("/me", "use: /me TEXT\n");
    s_assert_fails ("/nick", "use: /nick NEW\n");
    s_assert_fails ("/mee x", "there is no /mee; /help lists what there is, and //... "
                              "says /...\n");
    s_assert_fails ("/", "there is no /; /help lists what there is, and //... says "
                         "/...\n");
}

static void
s_test_limits (void **state)
{
    (void) state;
    char line[ZR_CHAT_TEXT_MAX + 6] = "/me ";
    memset (line + 4, 'x', ZR_CHAT_TEXT_MAX + 1);
    s_assert_fails (line, "that has 4097 bytes, and a line at most 4096: shorten it\n");
    line[ZR_CHAT_TEXT_MAX + 4] = '\0';
    assert_int_equal (s_run (line), 0);
    s_full = true;
    assert_int_equal (s_run ("x"), -1);
    assert_string_equal (s_told, "5 lines wait already; this one is not taken\n");
}

static void
s_test_down (void **state)
{
    (void) state;
    s_print.down = true;
    assert_int_equal (s_run ("hello"), 0);
    assert_string_equal (s_told, "waits for the room: hello\n");
    assert_false (s_failed);
    assert_int_equal (s_run ("/who"), 0);
    assert_string_equal (s_asked, "");
    assert_true (s_failed);
}

static void
s_test_match (void **state)
{
    (void) state;
    size_t at = 0;
    assert_string_equal (zr_chat_command_match ("/m", &at), "/msg");
    assert_string_equal (zr_chat_command_match ("/m", &at), "/me");
    assert_null (zr_chat_command_match ("/m", &at));
    at = 0;
    assert_null (zr_chat_command_match ("/x", &at));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a line is said, without what only typing put there", s_test_say, s_set_up,
         NULL, NULL},
        {"commands do what they say", s_test_commands, s_set_up, NULL, NULL},
        {"a wrong command is told and can be corrected", s_test_wrong, s_set_up, NULL,
         NULL},
        {"too much is told and can be shortened", s_test_limits, s_set_up, NULL, NULL},
        {"what waits for the room is told", s_test_down, s_set_up, NULL, NULL},
        {"commands are completed", s_test_match, s_set_up, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
