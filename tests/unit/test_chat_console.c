// SPDX-License-Identifier: MPL-2.0
// The console without a terminal: lines in, lines out, and when it ends.

#include "tests/unit/chat_program.h"

static void
s_join (void)
{
    s_hear ("JOIN * - | ana");
    s_broker_say ("WELCOME ana 10 0");
    s_broker_say ("NAMES 2 | ana\nbob");
}

static void
s_test_lines (void **state)
{
    (void) state;
    s_program_start ("");
    s_type ("hello\n\n/me waves\nlast without an end");
    s_join ();
    s_hear ("SAY 1 | hello");
    s_hear ("ME 2 | waves");
    s_close_in ();
    s_hear ("SAY 3 | last without an end");
    s_broker_say ("ACK 1 11");
    s_broker_say ("LINE 11 43200000 say ana | hello");
    s_broker_say ("ACK 2 12");
    s_see ("12:00 <ana> hello\n");
    s_broker_say ("JOINED eve");
    s_see ("-- eve joined\n");
    s_broker_say ("ACK 3 13");
    s_hear ("WHO"); // all is stored
    s_broker_say ("LINE 13 43200000 say ana | last\x1b");
    s_broker_say ("NAMES 2 | ana\nbob");
    assert_string_equal (s_see ("12:00 <ana> last\u241b\n"), "");
    s_assert_ends (0);
    s_hear ("LEAVE");
    assert_int_equal (s_program.len, s_program.seen); // no names
}

static void
s_test_json (void **state)
{
    (void) state;
    s_program_start ("j");
    s_join ();
    s_see ("{\"event\":\"up\",\"nick\":\"ana\",\"newest\":10,\"accepted\":0}\n");
    s_see ("{\"event\":\"names\",\"count\":2,\"nicks\":[\"ana\",\"bob\"]}\n");
    s_type ("x\n/quit\nnever\n");
    s_hear ("SAY 1 | x");
    s_broker_say ("ACK 1 11");
    s_see ("{\"event\":\"stored\",\"n\":1,\"number\":11}\n");
    s_hear ("WHO");
    s_broker_say ("NAMES 1 | ana");
    s_assert_ends (0);
    s_hear ("LEAVE");
}

static void
s_test_refused (void **state)
{
    (void) state;
    s_program_start ("");
    s_hear ("JOIN * - | ana");
    s_broker_say ("REFUSED name-taken | taken");
    s_assert_ends (1);
}

static void
s_test_replaced (void **state)
{
    (void) state;
    s_program_start ("");
    s_join ();
    s_broker_say ("REFUSED replaced | elsewhere");
    s_assert_ends (1);
}

static void
s_test_not_sent (void **state)
{
    (void) state;
    s_program_start ("");
    s_type ("/msg carl hi\n");
    s_join ();
    s_hear ("MSG 1 carl | hi");
    s_close_in ();
    s_broker_say ("ERROR nobody 1 | no carl");
    s_hear ("WHO");
    s_broker_say ("NAMES 1 | ana");
    s_assert_ends (1);
}

static void
s_test_long_lines (void **state)
{
    (void) state;
    char line[40000];
    memset (line, 'x', sizeof line);
    line[5000] = '\n'; // too long to be said
    line[sizeof line - 1] = '\0';
    s_program_start ("");
    s_type (line);
    s_type ("\nshort\n");
    s_close_in ();
    s_join ();
    s_hear ("SAY 1 | short");
    s_broker_say ("ACK 1 11");
    s_hear ("WHO");
    s_broker_say ("NAMES 1 | ana");
    s_assert_ends (1);
}

static void
s_test_break (void **state)
{
    (void) state;
    s_program_start ("");
    s_type ("hello\n");
    s_close_in ();
    s_join ();
    s_hear ("SAY 1 | hello");
    s_broker_close ();
    s_broker_open ();
    s_hear ("JOIN * 10 | ana");
    s_broker_say ("WELCOME ana 10 0");
    s_broker_say ("NAMES 1 | ana");
    s_hear ("SAY 1 | hello");
    s_broker_say ("ACK 1 11");
    s_hear ("WHO");
    s_broker_say ("NAMES 1 | ana");
    s_assert_ends (0);
}

static void
s_test_reader_gone (void **state)
{
    (void) state;
    s_program_start ("");
    s_join ();
    s_see ("-- 2 here: ana, bob\n");
    close (s_program.out);
    s_program.out = -1;
    s_assert_ends (1);
}

static void
s_test_signal (void **state)
{
    (void) state;
    s_program_start ("");
    s_join ();
    s_broker_say ("JOINED eve");
    s_see ("-- eve joined\n");
    kill (s_program.pid, SIGTERM);
    s_assert_ends (0);
    s_hear ("LEAVE");
}

#define S_TEST(name, function)                                                         \
    {                                                                                  \
        name, function, s_program_open, s_program_close, NULL                          \
    }

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        S_TEST ("lines go in and out until all is stored", s_test_lines),
        S_TEST ("events come as JSON", s_test_json),
        S_TEST ("a refused name ends it", s_test_refused),
        S_TEST ("another one with its token ends it", s_test_replaced),
        S_TEST ("a line that was not sent is no success", s_test_not_sent),
        S_TEST ("a line that is too long is left out", s_test_long_lines),
        S_TEST ("a break is waited for", s_test_break),
        S_TEST ("it ends when nobody reads it", s_test_reader_gone),
        S_TEST ("a signal ends it politely", s_test_signal),
    };
    int status = s_program_main (argc, argv);
    if (status >= 0)
        return status;
    zsys_init ();
    signal (SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
