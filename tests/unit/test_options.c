// SPDX-License-Identifier: MPL-2.0
// Command lines and what becomes of them; stdout and stderr are read back from files.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"

static const char *const s_encodings[] = {"base64", "raw", "none", NULL};

static int s_width, s_fps, s_any, s_encoding;
static bool s_loop, s_preview;
static const char *s_name, *s_record;
static zr_list_t s_bind, s_sources;

static const zr_option_t s_table[] = {
    {.name = "width",
     .letter = 'w',
     .kind = ZR_OPTION_NUMBER,
     .value = &s_width,
     .argument = "PIXELS",
     .help = "scale to this width; the height follows; 0 keeps the source's own size, "
             "whatever that is",
     .min = 0,
     .max = 8192},
    {.name = "fps",
     .kind = ZR_OPTION_NUMBER,
     .value = &s_fps,
     .argument = "N",
     .help = "pictures a second",
     .unset = "the source's own",
     .min = 0,
     .max = INT_MAX},
    {.name = "any",
     .kind = ZR_OPTION_NUMBER,
     .value = &s_any,
     .argument = "N",
     .help = "any number",
     .min = INT_MIN,
     .max = INT_MAX},
    {.name = "name",
     .letter = 'n',
     .kind = ZR_OPTION_TEXT,
     .value = &s_name,
     .argument = "NAME",
     .help = "name of the stream",
     .unset = "none"},
    {.name = "record-everything-to-file",
     .kind = ZR_OPTION_TEXT,
     .value = &s_record,
     .argument = "FILE",
     .help = "first line\nsecond line"},
    {.name = "encoding",
     .kind = ZR_OPTION_CHOICE,
     .value = &s_encoding,
     .help = "form of the pictures",
     .choices = s_encodings},
    {.name = "form",
     .kind = ZR_OPTION_CHOICE,
     .value = &s_encoding,
     .argument = "FORM",
     .help = "the same",
     .choices = s_encodings},
    {.name = "bind",
     .kind = ZR_OPTION_LIST,
     .value = &s_bind,
     .argument = "ENDPOINT",
     .help = "listen here",
     .unset = "tcp://*:5555"},
    {.name = "loop", .kind = ZR_OPTION_ON, .value = &s_loop, .help = "begin again"},
    {.name = "no-loop", .kind = ZR_OPTION_OFF, .value = &s_loop, .help = "end"},
    {.name = "no-preview", .kind = ZR_OPTION_OFF, .value = &s_preview, .help = "none"},
    {.name = "preview",
     .letter = 'p',
     .kind = ZR_OPTION_ON,
     .value = &s_preview,
     .help = "show"},
    {0},
};

static const zr_program_t s_program = {
    .name = "zroom-test",
    .synopsis = "[OPTION...] [SOURCE]",
    .about = "Tests options.\n",
    .table = s_table,
    .positional = &s_sources,
    .positional_max = 2,
};

static char s_out[8192], s_err[8192];

// Points fd at a new file and returns a copy of what it was.
static int
s_redirect (int fd, FILE **file)
{
    *file = tmpfile ();
    assert_non_null (*file);
    int saved = dup (fd);
    dup2 (fileno (*file), fd);
    return saved;
}

static void
s_restore (int fd, int saved, FILE *file, char *text, size_t size)
{
    dup2 (saved, fd);
    close (saved);
    rewind (file);
    text[fread (text, 1, size - 1, file)] = '\0';
    fclose (file);
}

static int
s_parse_program (const zr_program_t *program, const char *const *words)
{
    static char memory[64][64];
    char *argv[64];
    int argc = 0;
    argv[argc++] = memory[0];
    for (; *words; words++, argc++) {
        snprintf (memory[argc], sizeof memory[argc], "%s", *words);
        argv[argc] = memory[argc];
    }
    argv[argc] = NULL;
    FILE *out, *err;
    fflush (stdout);
    int saved_out = s_redirect (STDOUT_FILENO, &out);
    int saved_err = s_redirect (STDERR_FILENO, &err);
    int rc = zr_options_parse (program, argc, argv);
    fflush (stdout);
    zr_log_debug ("test", "verbose");
    s_restore (STDERR_FILENO, saved_err, err, s_err, sizeof s_err);
    s_restore (STDOUT_FILENO, saved_out, out, s_out, sizeof s_out);
    return rc;
}

#define PARSE(...)                                                                     \
    s_parse_program (&s_program, (const char *const[]){__VA_ARGS__, NULL})

static int
s_setup (void **state)
{
    (void) state;
    s_width = 640;
    s_fps = s_any = s_encoding = 0;
    s_loop = true;
    s_preview = false;
    s_name = s_record = NULL;
    s_bind.count = s_sources.count = 0;
    zr_log_set_level (ZR_LOG_INFO);
    return 0;
}

static void
s_assert_refused (int rc, const char *message)
{
    char line[512];
    snprintf (line, sizeof line, "zroom-test: %s (see --help)\n", message);
    assert_int_equal (rc, 2);
    assert_string_equal (s_err, line);
    assert_string_equal (s_out, "");
}

static void
s_test_nothing (void **state)
{
    (void) state;
    assert_int_equal (s_parse_program (&s_program, (const char *const[]){NULL}),
                      ZR_OPTIONS_GO);
    assert_int_equal (s_width, 640);
    assert_true (s_loop);
    assert_string_equal (s_out, "");
    assert_string_equal (s_err, "");
}

static void
s_test_kinds (void **state)
{
    (void) state;
    assert_int_equal (PARSE ("--width", "320", "--name=ana", "--encoding", "raw",
                             "--bind", "a", "--bind=b", "--no-loop", "-p", "--any",
                             "-7"),
                      ZR_OPTIONS_GO);
    assert_int_equal (s_width, 320);
    assert_string_equal (s_name, "ana");
    assert_int_equal (s_encoding, 1);
    assert_int_equal (s_bind.count, 2);
    assert_string_equal (s_bind.items[0], "a");
    assert_string_equal (s_bind.items[1], "b");
    assert_false (s_loop);
    assert_true (s_preview);
    assert_int_equal (s_any, -7);
    assert_int_equal (PARSE ("-pw32", "-n", "x", "--any", "2147483647", "--loop"),
                      ZR_OPTIONS_GO);
    assert_int_equal (s_width, 32);
    assert_string_equal (s_name, "x");
    assert_int_equal (s_any, INT_MAX);
    assert_true (s_loop);
}

static void
s_test_order (void **state)
{
    (void) state;
    setenv ("POSIXLY_CORRECT", "1", 1);
    assert_int_equal (PARSE ("one", "--width", "1", "-"), ZR_OPTIONS_GO);
    unsetenv ("POSIXLY_CORRECT");
    assert_int_equal (s_width, 1);
    assert_int_equal (s_sources.count, 2);
    assert_string_equal (s_sources.items[0], "one");
    assert_string_equal (s_sources.items[1], "-");
    s_setup (NULL);
    assert_int_equal (PARSE ("--width", "2", "--", "--name", "-p"), ZR_OPTIONS_GO);
    assert_int_equal (s_sources.count, 2);
    assert_string_equal (s_sources.items[0], "--name");
    assert_string_equal (s_sources.items[1], "-p");
    assert_null (s_name);
    assert_false (s_preview);
}

static void
s_test_positional (void **state)
{
    (void) state;
    s_assert_refused (
        PARSE ("a", "b", "c"),
        "\"c\" is one too many: usage is zroom-test [OPTION...] [SOURCE]");
    s_setup (NULL);
    s_assert_refused (
        PARSE ("a", "b", "--", "c"),
        "\"c\" is one too many: usage is zroom-test [OPTION...] [SOURCE]");
    s_setup (NULL);
    s_assert_refused (PARSE (""), "an argument is empty");
    zr_program_t none = s_program;
    none.positional = NULL;
    s_assert_refused (s_parse_program (&none, (const char *const[]){"x", NULL}),
                      "\"x\" is no option");
}

static void
s_test_numbers (void **state)
{
    static const char *const bad[] = {
        "abc", "-1", "8193", "1x", " 1", "0x10", "99999999999999999999"};
    (void) state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char message[128];
        snprintf (message, sizeof message,
                  "--width takes a number from 0 to 8192, not \"%s\"", bad[i]);
        s_assert_refused (PARSE ("--width", bad[i]), message);
        assert_int_equal (s_width, 640);
    }
    s_assert_refused (PARSE ("--fps", "-1"), "--fps takes a number from 0, not \"-1\"");
    s_assert_refused (PARSE ("--any", "2147483648"),
                      "--any takes a number, not \"2147483648\"");
    s_assert_refused (PARSE ("--width", "1\n\033"),
                      "--width takes a number from 0 to 8192, not \"1??\"");
}

static void
s_test_values (void **state)
{
    (void) state;
    s_assert_refused (PARSE ("--encoding", "jpeg"),
                      "--encoding takes base64, raw or none, not \"jpeg\"");
    s_assert_refused (PARSE ("--name", ""), "--name takes NAME, not an empty text");
    s_assert_refused (PARSE ("--bind="), "--bind takes ENDPOINT, not an empty text");
    s_assert_refused (PARSE ("--width"), "--width needs a value: --width PIXELS");
    s_assert_refused (PARSE ("-w"), "--width needs a value: --width PIXELS");
    s_assert_refused (PARSE ("--encoding"),
                      "--encoding needs a value: --encoding VALUE");
    s_assert_refused (PARSE ("--loop=3"), "--loop takes no value");
}

static void
s_test_unknown (void **state)
{
    (void) state;
    s_assert_refused (PARSE ("--widht", "3"),
                      "there is no option --widht; did you mean --width?");
    s_assert_refused (PARSE ("a", "--nane=x"),
                      "there is no option --nane; did you mean --name?");
    s_assert_refused (PARSE ("-width", "3"),
                      "--width takes a number from 0 to 8192, not \"idth\"");
    s_assert_refused (PARSE ("-encodin"),
                      "there is no option -encodin; did you mean --encoding?");
    s_assert_refused (PARSE ("--colour-of-the-night-sky-in-late-november-2026"),
                      "there is no option --colour-of-the-night-sky-in-late-novembe");
    s_assert_refused (PARSE ("-p", "-x"), "there is no option -x");
    s_assert_refused (PARSE ("-px"), "there is no option -x");
}

static void
s_test_abbreviated (void **state)
{
    (void) state;
    assert_int_equal (PARSE ("--wid", "7"), ZR_OPTIONS_GO);
    assert_int_equal (s_width, 7);
    s_assert_refused (PARSE ("--no"), "--no may be any of --no-loop, --no-preview");
    s_assert_refused (PARSE ("--no=3"), "--no may be any of --no-loop, --no-preview");
}

static void
s_test_list (void **state)
{
    (void) state;
    const char *words[ZR_LIST_MAX + 2];
    for (int i = 0; i <= ZR_LIST_MAX; i++)
        words[i] = "--bind=x";
    words[ZR_LIST_MAX] = NULL;
    assert_int_equal (s_parse_program (&s_program, words), ZR_OPTIONS_GO);
    assert_int_equal (s_bind.count, ZR_LIST_MAX);
    s_assert_refused (PARSE ("--bind=y"), "--bind may be given 32 times, not more");
}

static void
s_test_verbose (void **state)
{
    (void) state;
    assert_int_equal (PARSE ("--verbose"), ZR_OPTIONS_GO);
    assert_non_null (strstr (s_err, "D test: verbose\n"));
}

static void
s_test_version (void **state)
{
    (void) state;
    assert_int_equal (PARSE ("--version"), 0);
    assert_string_equal (s_out, "zroom-test 0.1.0\n");
    assert_string_equal (s_err, "");
}

static void
s_test_help (void **state)
{
    (void) state;
    s_name = "ana";
    assert_int_equal (PARSE ("--help"), 0);
    assert_string_equal (s_err, "");
    assert_string_equal (
        s_out,
        "Usage: zroom-test [OPTION...] [SOURCE]\n\nTests options.\n\nOptions:\n"
        "  -w, --width PIXELS         scale to this width; the height follows; "
        "0 keeps\n"
        "                             the source's own size, whatever that is "
        "(from 0 to\n"
        "                             8192; default: 640)\n"
        "      --fps N                pictures a second (from 0; default: the "
        "source's\n"
        "                             own)\n"
        "      --any N                any number (default: 0)\n"
        "  -n, --name NAME            name of the stream (default: ana)\n"
        "      --record-everything-to-file FILE\n"
        "                             first line\n"
        "                             second line\n"
        "      --encoding base64|raw|none\n"
        "                             form of the pictures (default: base64)\n"
        "      --form FORM            the same (base64, raw or none; default: base64)\n"
        "      --bind ENDPOINT        listen here (default: tcp://*:5555)\n"
        "      --loop                 begin again (default: on)\n"
        "      --no-loop              end\n"
        "      --no-preview           none\n"
        "  -p, --preview              show\n"
        "      --verbose              say more on stderr\n"
        "  -h, --help                 show this and end\n"
        "      --version              show the version and end\n");
}

static void
s_test_help_wins (void **state)
{
    (void) state;
    assert_int_equal (PARSE ("--width", "3", "--bogus", "-h"), 0);
    assert_non_null (strstr (s_out, "default: 640)"));
    assert_int_equal (s_width, 640);
    assert_int_equal (PARSE ("--", "--help"), ZR_OPTIONS_GO);
    assert_string_equal (s_sources.items[0], "--help");
}

#define S_TEST(name, function)                                                         \
    {                                                                                  \
        name, function, s_setup, NULL, NULL                                            \
    }

// In a table of its own, so that the great one stays as it is.
static void
s_test_maybe (void **state)
{
    (void) state;
    const char *camera = NULL;
    const zr_option_t table[] = {{.name = "camera",
                                  .kind = ZR_OPTION_MAYBE,
                                  .value = &camera,
                                  .argument = "SOURCE",
                                  .help = "send it",
                                  .unset = "off"},
                                 {0}};
    zr_program_t program = s_program;
    program.table = table;
    const char *const alone[] = {"--camera", "place", NULL};
    assert_int_equal (s_parse_program (&program, alone), ZR_OPTIONS_GO);
    assert_string_equal (camera, "");
    assert_int_equal (s_sources.count, 1); // what follows is not its value
    const char *const with[] = {"--camera=pattern", NULL};
    assert_int_equal (s_parse_program (&program, with), ZR_OPTIONS_GO);
    assert_string_equal (camera, "pattern");
    const char *const empty[] = {"--camera=", NULL};
    s_assert_refused (s_parse_program (&program, empty),
                      "--camera takes SOURCE, not an empty text");
    camera = NULL;
    const char *const help[] = {"--help", NULL};
    assert_int_equal (s_parse_program (&program, help), 0);
    assert_non_null (strstr (s_out, "--camera[=SOURCE]"));
    assert_non_null (strstr (s_out, "send it (default: off)"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        S_TEST ("an option's value may be left away if it says so", s_test_maybe),
        S_TEST ("an empty line leaves every default", s_test_nothing),
        S_TEST ("every kind of option sets its variable", s_test_kinds),
        S_TEST ("options stand anywhere and -- ends them", s_test_order),
        S_TEST ("a positional that has no place is refused", s_test_positional),
        S_TEST ("a number is whole and within its range", s_test_numbers),
        S_TEST ("a wrong, empty or missing value is refused", s_test_values),
        S_TEST ("an unknown option is refused with the nearest name", s_test_unknown),
        S_TEST ("abbreviations are taken unless ambiguous", s_test_abbreviated),
        S_TEST ("a list takes so many and no more", s_test_list),
        S_TEST ("--verbose turns debug lines on", s_test_verbose),
        S_TEST ("--version says name and version on stdout", s_test_version),
        S_TEST ("--help shows every option with its default", s_test_help),
        S_TEST ("--help wins over mistakes and shows true defaults", s_test_help_wins),
    };
    return cmocka_run_group_tests_name ("options", tests, NULL, NULL);
}
