// SPDX-License-Identifier: MPL-2.0
// The console in a terminal: what is typed is never broken, and what comes stands
// above it. Judged by what the program writes; colours are off.

#include "tests/unit/chat_program.h"

static void
s_join (void)
{
    s_hear ("JOIN * - | ana");
    s_broker_say ("WELCOME ana 10 0");
    s_broker_say ("NAMES 2 | ana\nbob");
    s_see ("-- in the room as ana");
    s_see ("-- 2 here: ana, bob");
    s_see ("ana> ");
}

static void
s_test_half_typed (void **state)
{
    (void) state;
    s_program_start_terminal ("");
    s_join ();
    s_type ("half \u00e4\u65e5");
    s_see ("half \u00e4\u65e5");
    for (int i = 11; i < 21; i++) {
        char line[64];
        snprintf (line, sizeof line, "LINE %d 43200000 say bob | number %d", i, i);
        s_broker_say (line);
    }
    assert_non_null (strstr (s_see ("12:00 <bob> number 11\r\n"), "\x1b[K")); // erased
    for (int i = 12; i < 21; i++) {
        char line[64];
        snprintf (line, sizeof line, "12:00 <bob> number %d\r\n", i);
        s_see (line);
    }
    s_see ("ana> half \u00e4\u65e5"); // drawn again
    s_type (" done\r");
    s_hear ("SAY 1 | half \u00e4\u65e5 done");
    s_broker_say ("ACK 1 21");
    s_broker_say ("LINE 21 43200000 say ana | half \u00e4\u65e5 done");
    s_see ("12:00 <ana> half \u00e4\u65e5 done\r\n");
    s_type ("\x04"); // Ctrl-D
    s_assert_ends (0);
    s_hear ("LEAVE");
}

static void
s_test_name (void **state)
{
    (void) state;
    s_program_start_terminal ("");
    s_join ();
    s_type ("kept");
    s_see ("kept");
    s_broker_close ();
    s_see ("does not answer any more");
    s_see ("(no room) ana> kept");
    s_broker_open ();
    s_hear ("JOIN * 10 | ana");
    s_broker_say ("REFUSED name-taken | taken");
    s_see ("-- taken");
    s_see ("nickname: ");
    s_type ("\r");
    s_type ("eve\r");
    s_hear ("JOIN * 10 | eve");
    s_broker_say ("WELCOME eve 10 0");
    s_see ("-- back in the room as eve");
    s_see ("eve> kept");
    s_type ("!\r");
    s_hear ("SAY 1 | kept!");
    s_type ("/quit\r");
    s_assert_ends (0);
}

static void
s_test_commands (void **state)
{
    (void) state;
    s_program_start_terminal ("");
    s_join ();
    s_type ("/w\t\r");
    s_hear ("WHO");
    s_broker_say ("NAMES 1 | ana");
    s_see ("-- 1 here: ana");
    s_broker_say ("JOINED Bobby");
    s_see ("-- Bobby joined");
    s_type ("hi bo\t:\r");
    s_hear ("SAY 1 | hi Bobby :");
    s_type ("/nope\r");
    s_see ("-- there is no /nope");
    s_see ("ana> /nope");    // to be corrected
    s_type ("\x15\x1b[A\r"); // Ctrl-U, up
    s_hear ("SAY 2 | hi Bobby :");
    kill (s_program.pid, SIGINT);
    s_assert_ends (0);
}

static void
s_test_waits (void **state)
{
    (void) state;
    s_program_start_terminal ("");
    s_join ();
    s_broker_close ();
    s_see ("(no room) ana> ");
    s_type ("hello\r");
    s_see ("-- waits for the room: hello");
    s_broker_open ();
    s_hear ("JOIN * 10 | ana");
    s_broker_say ("WELCOME ana 10 0");
    s_see ("-- back in the room as ana");
    s_see ("ana> ");
    s_hear ("SAY 1 | hello");
}

static void
s_test_bell (void **state)
{
    (void) state;
    s_program_start_terminal ("b");
    s_hear ("JOIN * - | ana");
    s_broker_say ("WELCOME ana 10 0");
    s_broker_say ("LINE 10 43200000 say bob | ana was called before");
    s_broker_say ("LINE 11 43200000 say bob | nobody is called");
    s_see ("nobody is called");
    s_broker_say ("LINE 12 43200000 say bob | Ana!");
    assert_null (strchr (s_see ("Ana!"), '\a'));
    s_see ("\a");
}

static void
s_test_hostile (void **state)
{
    (void) state;
    s_program_start_terminal ("");
    s_join ();
    s_broker_say ("LINE 11 43200000 say bob | \x1b[2J\x07\r\n-- eve left");
    assert_null (strstr (s_see ("\u240d\u240a-- eve left"), "\x1b[2J"));
    s_broker_say ("NOTICE | \u202e\xc2\x9b");
    s_see ("-- \ufffd\ufffd");
    s_broker_say ("REFUSED replaced | elsewhere");
    s_see ("another place");
    s_assert_ends (1);
}

#define S_TEST(name, function)                                                         \
    {                                                                                  \
        name, function, s_program_open, s_program_close, NULL                          \
    }

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        S_TEST ("lines that arrive stand above the half-typed one", s_test_half_typed),
        S_TEST ("a refused name is asked for again", s_test_name),
        S_TEST ("commands and names are completed", s_test_commands),
        S_TEST ("what is typed during a break waits", s_test_waits),
        S_TEST ("the bell rings for the own name", s_test_bell),
        S_TEST ("nothing of others reaches the terminal as a command", s_test_hostile),
    };
    setenv ("NO_COLOR", "1", 1);
    int status = s_program_main (argc, argv);
    if (status >= 0)
        return status;
    zsys_init ();
    return cmocka_run_group_tests (tests, NULL, NULL);
}
