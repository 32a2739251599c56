// SPDX-License-Identifier: MPL-2.0
// Events as JSON: each kind, and texts that are not for a terminal.

#include "common/chat_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
s_assert_event (zr_chat_event_kind_t kind, zr_chat_message_t message, const char *text,
                const char *wanted)
{
    zr_chat_event_t event = {.kind = kind, .message = message};
    event.text = text ? strdup (text) : NULL;
    event.message.text = event.text;
    event.message.text_len = text ? strlen (text) : 0;
    char *line = zr_chat_json_event (&event);
    if (wanted)
        assert_string_equal (line, wanted);
    else
        assert_null (line);
    free (line);
    free (event.text);
}

static void
s_assert_message (zr_chat_message_t message, const char *text, const char *wanted)
{
    s_assert_event (ZR_CHAT_EVENT_MESSAGE, message, text, wanted);
}

static void
s_test_kinds (void **state)
{
    (void) state;
    zr_chat_message_t none = {0};
    s_assert_event (
        ZR_CHAT_EVENT_UP, (zr_chat_message_t){.nick = "ana", .number = 10, .n = 2},
        NULL, "{\"event\":\"up\",\"nick\":\"ana\",\"newest\":10,\"accepted\":2}\n");
    s_assert_event (ZR_CHAT_EVENT_DOWN, none, "gone",
                    "{\"event\":\"down\",\"text\":\"gone\"}\n");
    s_assert_event (ZR_CHAT_EVENT_STORED, (zr_chat_message_t){.n = 1, .number = 9},
                    NULL, "{\"event\":\"stored\",\"n\":1,\"number\":9}\n");
    s_assert_event (ZR_CHAT_EVENT_IDLE, none, NULL, NULL);
}

static void
s_test_lines (void **state)
{
    (void) state;
    zr_chat_message_t line = {.verb = ZR_CHAT_LINE,
                              .kind = ZR_CHAT_SAY,
                              .number = 813,
                              .time_ms = 1732150000123,
                              .nick = "ana"};
    s_assert_message (line, "h\"i",
                      "{\"event\":\"line\",\"number\":813,\"time\":1732150000123,"
                      "\"kind\":\"say\",\"from\":\"ana\",\"text\":\"h\\\"i\"}\n");
    line.kind = ZR_CHAT_ME;
    s_assert_message (line, "",
                      "{\"event\":\"line\",\"number\":813,\"time\":1732150000123,"
                      "\"kind\":\"me\",\"from\":\"ana\",\"text\":\"\"}\n");
    line.kind = ZR_CHAT_MSG;
    memcpy (line.to, "bob", 4);
    s_assert_message (line, "x",
                      "{\"event\":\"line\",\"number\":813,\"time\":1732150000123,"
                      "\"kind\":\"msg\",\"from\":\"ana\",\"to\":\"bob\","
                      "\"text\":\"x\"}\n");
}

static void
s_test_people (void **state)
{
    (void) state;
    s_assert_message (
        (zr_chat_message_t){.verb = ZR_CHAT_NAMES, .number = 2}, "ana\nbob",
        "{\"event\":\"names\",\"count\":2,\"nicks\":[\"ana\",\"bob\"]}\n");
    s_assert_message ((zr_chat_message_t){.verb = ZR_CHAT_NAMES}, "",
                      "{\"event\":\"names\",\"count\":0,\"nicks\":[]}\n");
    s_assert_message ((zr_chat_message_t){.verb = ZR_CHAT_JOINED, .nick = "bob"}, NULL,
                      "{\"event\":\"joined\",\"nick\":\"bob\"}\n");
    s_assert_message (
        (zr_chat_message_t){
            .verb = ZR_CHAT_LEFT, .nick = "bob", .code = ZR_CHAT_WHY_SILENT},
        NULL, "{\"event\":\"left\",\"nick\":\"bob\",\"why\":\"silent\"}\n");
    s_assert_message (
        (zr_chat_message_t){.verb = ZR_CHAT_RENAMED, .nick = "bob", .to = "rob"}, NULL,
        "{\"event\":\"renamed\",\"nick\":\"bob\",\"to\":\"rob\"}\n");
}

static void
s_test_answers (void **state)
{
    (void) state;
    zr_chat_message_t error = {.verb = ZR_CHAT_ERROR, .code = ZR_CHAT_NOBODY, .n = 3};
    s_assert_message (error, "x",
                      "{\"event\":\"error\",\"code\":\"nobody\",\"n\":3,"
                      "\"text\":\"x\"}\n");
    error.n = -1;
    s_assert_message (error, "x",
                      "{\"event\":\"error\",\"code\":\"nobody\",\"text\":\"x\"}\n");
    s_assert_message (
        (zr_chat_message_t){.verb = ZR_CHAT_REFUSED, .code = ZR_CHAT_NAME_TAKEN}, "x",
        "{\"event\":\"refused\",\"code\":\"name-taken\",\"text\":\"x\"}\n");
    s_assert_message ((zr_chat_message_t){.verb = ZR_CHAT_NOTICE}, "\u00e4",
                      "{\"event\":\"notice\",\"text\":\"\u00e4\"}\n");
}

static void
s_test_escapes (void **state)
{
    (void) state;
    const zr_chat_message_t notice = {.verb = ZR_CHAT_NOTICE};
    s_assert_message (notice, "\x1b[31m",
                      "{\"event\":\"notice\",\"text\":\"\\u001B[31m\"}\n");
    s_assert_message (notice, "\u00e4\u202e",
                      "{\"event\":\"notice\",\"text\":\"\\u00E4\\u202E\"}\n");
    s_assert_message (notice, "\xc2\x9b", // one byte of CSI to some terminals
                      "{\"event\":\"notice\",\"text\":\"\\u009B\"}\n");
    s_assert_message (notice, "\xff", "{\"event\":\"notice\",\"text\":\"\"}\n");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"up, down and stored are told", s_test_kinds, NULL, NULL, NULL},
        {"a line is told whole", s_test_lines, NULL, NULL, NULL},
        {"who comes, goes and is renamed is told", s_test_people, NULL, NULL, NULL},
        {"what the room answers is told", s_test_answers, NULL, NULL, NULL},
        {"nothing reaches a terminal as a command", s_test_escapes, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
