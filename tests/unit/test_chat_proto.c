// SPDX-License-Identifier: MPL-2.0
// The chat's messages: every verb there and back, and nothing but what was written.
// Parts stand in heap blocks of exactly their size.

#include "common/chat_proto.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))
#define TOKEN "0123456789abcdef0123456789abcdef"
#define NUMBER_MAX "9223372036854775807"

typedef struct {
    const char *head;
    zr_chat_message_t message; // text NULL: one part
} s_case_t;

#define TEXT .text = "", .text_len = 0

static const s_case_t s_requests[] = {
    {"zroom/1 JOIN " TOKEN " -",
     {.verb = ZR_CHAT_JOIN, .token = TOKEN, .number = -1, TEXT}},
    {"zroom/1 JOIN " TOKEN " 0",
     {.verb = ZR_CHAT_JOIN, .token = TOKEN, .number = 0, TEXT}},
    {"zroom/1 JOIN " TOKEN " 813",
     {.verb = ZR_CHAT_JOIN, .token = TOKEN, .number = 813, TEXT}},
    {"zroom/1 SAY 1", {.verb = ZR_CHAT_SAY, .n = 1, TEXT}},
    {"zroom/1 SAY " NUMBER_MAX, {.verb = ZR_CHAT_SAY, .n = INT64_MAX, TEXT}},
    {"zroom/1 ME 0", {.verb = ZR_CHAT_ME, .n = 0, TEXT}},
    {"zroom/1 MSG 10 J\xc3\xb6rg",
     {.verb = ZR_CHAT_MSG, .n = 10, .to = "J\xc3\xb6rg", TEXT}},
    {"zroom/1 NICK", {.verb = ZR_CHAT_NICK, TEXT}},
    {"zroom/1 WHO", {.verb = ZR_CHAT_WHO}},
    {"zroom/1 LEAVE", {.verb = ZR_CHAT_LEAVE}},
};

static const s_case_t s_answers[] = {
    {"zroom/1 WELCOME ana 812 2",
     {.verb = ZR_CHAT_WELCOME, .nick = "ana", .number = 812, .n = 2}},
    {"zroom/1 REFUSED name-bad",
     {.verb = ZR_CHAT_REFUSED, .code = ZR_CHAT_NAME_BAD, TEXT}},
    {"zroom/1 REFUSED replaced",
     {.verb = ZR_CHAT_REFUSED, .code = ZR_CHAT_REPLACED, TEXT}},
    {"zroom/1 NAMES 2", {.verb = ZR_CHAT_NAMES, .number = 2, TEXT}},
    {"zroom/1 LINE 813 1732150000123 say ana",
     {.verb = ZR_CHAT_LINE,
      .kind = ZR_CHAT_SAY,
      .number = 813,
      .time_ms = 1732150000123,
      .nick = "ana",
      TEXT}},
    {"zroom/1 LINE 1 0 me ana",
     {.verb = ZR_CHAT_LINE, .kind = ZR_CHAT_ME, .number = 1, .nick = "ana", TEXT}},
    {"zroom/1 LINE " NUMBER_MAX " " NUMBER_MAX " msg ana bob",
     {.verb = ZR_CHAT_LINE,
      .kind = ZR_CHAT_MSG,
      .number = INT64_MAX,
      .time_ms = INT64_MAX,
      .nick = "ana",
      .to = "bob",
      TEXT}},
    {"zroom/1 ACK 1 813", {.verb = ZR_CHAT_ACK, .n = 1, .number = 813}},
    {"zroom/1 WAIT 7 250", {.verb = ZR_CHAT_WAIT, .n = 7, .number = 250}},
    {"zroom/1 JOINED ana", {.verb = ZR_CHAT_JOINED, .nick = "ana"}},
    {"zroom/1 LEFT ana left",
     {.verb = ZR_CHAT_LEFT, .nick = "ana", .code = ZR_CHAT_WHY_LEFT}},
    {"zroom/1 LEFT ana stuck",
     {.verb = ZR_CHAT_LEFT, .nick = "ana", .code = ZR_CHAT_WHY_STUCK}},
    {"zroom/1 RENAMED ana anna",
     {.verb = ZR_CHAT_RENAMED, .nick = "ana", .to = "anna"}},
    {"zroom/1 NOTICE", {.verb = ZR_CHAT_NOTICE, TEXT}},
    {"zroom/1 ERROR malformed",
     {.verb = ZR_CHAT_ERROR, .code = ZR_CHAT_MALFORMED, .n = -1, TEXT}},
    {"zroom/1 ERROR unstored 3",
     {.verb = ZR_CHAT_ERROR, .code = ZR_CHAT_UNSTORED, .n = 3, TEXT}},
};

static char *
s_copy (const char *bytes, size_t len)
{
    char *copy = malloc (len ? len : 1);
    assert_non_null (copy);
    if (len)
        memcpy (copy, bytes, len);
    return copy;
}

// Parses copies of the parts; the text's is kept until the next call, as a message
// borrows it.
static zr_chat_code_t
s_parse (const char *head, size_t head_len, const char *text, size_t text_len,
         bool from_client, zr_chat_message_t *message)
{
    static char *kept;
    char *copy = s_copy (head, head_len);
    free (kept);
    kept = text ? s_copy (text, text_len) : NULL;
    memset (message, 0x55, sizeof *message);
    zr_chat_code_t code = zr_chat_parse (copy, head_len, kept, text_len, text ? 2 : 1,
                                         from_client, message);
    free (copy);
    if (!text) {
        free (kept);
        kept = NULL;
    }
    return code;
}

static void
s_assert_same (const zr_chat_message_t *a, const zr_chat_message_t *b)
{
    assert_int_equal (a->verb, b->verb);
    assert_int_equal (a->kind, b->kind);
    assert_int_equal (a->code, b->code);
    assert_true (a->n == b->n);
    assert_true (a->number == b->number);
    assert_true (a->time_ms == b->time_ms);
    assert_string_equal (a->token, b->token);
    assert_string_equal (a->nick, b->nick);
    assert_string_equal (a->to, b->to);
    assert_int_equal (!a->text, !b->text);
    assert_int_equal (a->text_len, b->text_len);
    if (a->text)
        assert_memory_equal (a->text, b->text, a->text_len);
}

// Nothing of a message that did not parse is to be seen.
static void
s_assert_nothing (const zr_chat_message_t *message)
{
    static const zr_chat_message_t nothing;
    s_assert_same (message, &nothing);
}

static void
s_assert_refused (const char *head, const char *text, bool from_client)
{
    zr_chat_message_t message;
    zr_chat_code_t code = s_parse (head, strlen (head), text, text ? strlen (text) : 0,
                                   from_client, &message);
    if (code != ZR_CHAT_MALFORMED)
        fail_msg ("\"%s\" gave %s", head, zr_chat_code_word (code));
    s_assert_nothing (&message);
}

static void
s_there_and_back (const s_case_t *item, bool from_client)
{
    char *head = malloc (ZR_CHAT_HEAD_MAX);
    zr_chat_message_t message;
    assert_non_null (head);
    size_t len = zr_chat_pack (&item->message, head);
    assert_string_equal (head, item->head);
    assert_int_equal (len, strlen (item->head));
    assert_int_equal (zr_chat_has_text (item->message.verb),
                      item->message.text != NULL);
    assert_int_equal (s_parse (head, len, item->message.text, item->message.text_len,
                               from_client, &message),
                      ZR_CHAT_CODE_NONE);
    s_assert_same (&message, &item->message);
    free (head);
}

static void
s_every_verb (void **state)
{
    (void) state;
    bool seen[ZR_CHAT_ERROR + 1] = {true};
    for (size_t i = 0; i < COUNT (s_requests); i++) {
        s_there_and_back (&s_requests[i], true);
        seen[s_requests[i].message.verb] = true;
    }
    for (size_t i = 0; i < COUNT (s_answers); i++) {
        s_there_and_back (&s_answers[i], false);
        seen[s_answers[i].message.verb] = true;
    }
    for (size_t i = 0; i < COUNT (seen); i++)
        assert_true (seen[i]);
}

static void
s_every_code (void **state)
{
    (void) state;
    static const char *const words[] = {
        "none",     "name-bad",  "name-taken", "busy",       "full",
        "replaced", "malformed", "version",    "not-joined", "already-joined",
        "text-bad", "too-long",  "nobody",     "gap",        "unstored",
        "left",     "lost",      "silent",     "stuck"};
    assert_int_equal (COUNT (words), ZR_CHAT_WHY_STUCK + 1);
    for (zr_chat_code_t code = ZR_CHAT_CODE_NONE; code <= ZR_CHAT_WHY_STUCK; code++) {
        zr_chat_verb_t verb = code < ZR_CHAT_MALFORMED  ? ZR_CHAT_REFUSED
                              : code < ZR_CHAT_WHY_LEFT ? ZR_CHAT_ERROR
                                                        : ZR_CHAT_LEFT;
        s_case_t item = {.message = {.verb = verb, .code = code}};
        char head[ZR_CHAT_HEAD_MAX];
        const char *word = zr_chat_code_word (code);
        assert_string_equal (word, words[code]);
        if (code == ZR_CHAT_CODE_NONE)
            continue;
        snprintf (head, sizeof head,
                  verb == ZR_CHAT_REFUSED ? "zroom/1 REFUSED %s"
                  : verb == ZR_CHAT_ERROR ? "zroom/1 ERROR %s 5"
                                          : "zroom/1 LEFT ana %s",
                  word);
        item.head = head;
        if (verb == ZR_CHAT_LEFT)
            memcpy (item.message.nick, "ana", 4);
        else
            item.message.text = "";
        if (verb == ZR_CHAT_ERROR)
            item.message.n = 5;
        s_there_and_back (&item, false);
    }
}

static void
s_directions (void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT (s_requests); i++)
        s_assert_refused (s_requests[i].head, s_requests[i].message.text, false);
    for (size_t i = 0; i < COUNT (s_answers); i++)
        s_assert_refused (s_answers[i].head, s_answers[i].message.text, true);
}

// Each head, with something wrong about its words or its parts.
static void
s_spoil (const s_case_t *item, bool from_client)
{
    const char *text = item->message.text;
    size_t len = strlen (item->head);
    char head[ZR_CHAT_HEAD_MAX];
    snprintf (head, sizeof head, "%s ", item->head);
    s_assert_refused (head, text, from_client);
    snprintf (head, sizeof head, " %s", item->head);
    s_assert_refused (head, text, from_client);
    snprintf (head, sizeof head, "%s 1 2", item->head); // ERROR may have one more
    s_assert_refused (head, text, from_client);
    for (size_t at = 0; at < len; at++) {
        if (item->head[at] != ' ')
            continue;
        snprintf (head, sizeof head, "%.*s %s", (int) at, item->head, item->head + at);
        s_assert_refused (head, text, from_client); // two blanks
        snprintf (head, sizeof head, "%.*s\t%s", (int) at, item->head,
                  item->head + at + 1);
        zr_chat_message_t message;
        assert_int_not_equal (s_parse (head, len, text, 0, from_client, &message),
                              ZR_CHAT_CODE_NONE);
        s_assert_nothing (&message);
    }
    s_assert_refused (item->head, text ? NULL : "", from_client);
    // a word less; of an ERROR the n may be left out
    if (item->message.verb == ZR_CHAT_ERROR)
        return;
    snprintf (head, sizeof head, "%.*s", (int) (strrchr (item->head, ' ') - item->head),
              item->head);
    s_assert_refused (head, text, from_client);
}

static void
s_spoiled_heads (void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT (s_requests); i++)
        s_spoil (&s_requests[i], true);
    for (size_t i = 0; i < COUNT (s_answers); i++)
        s_spoil (&s_answers[i], false);
}

static void
s_part_counts (void **state)
{
    (void) state;
    zr_chat_message_t message;
    for (int count = -1; count <= 5; count++) {
        assert_int_equal (
            zr_chat_parse ("zroom/1 WHO", 11, "", 0, count, true, &message),
            count == 1 ? ZR_CHAT_CODE_NONE : ZR_CHAT_MALFORMED);
        assert_int_equal (
            zr_chat_parse ("zroom/1 SAY 1", 13, "x", 1, count, true, &message),
            count == 2 ? ZR_CHAT_CODE_NONE : ZR_CHAT_MALFORMED);
    }
    // a text that is there but has no bytes is never NULL
    assert_int_equal (zr_chat_parse ("zroom/1 SAY 1", 13, NULL, 0, 2, true, &message),
                      ZR_CHAT_CODE_NONE);
    assert_non_null (message.text);
    assert_int_equal (message.text_len, 0);
}

static void
s_long_texts (void **state)
{
    (void) state;
    char *text = malloc (ZR_CHAT_TEXT_MAX + 1);
    assert_non_null (text);
    memset (text, 'x', ZR_CHAT_TEXT_MAX + 1);
    zr_chat_message_t message;
    for (int side = 0; side < 2; side++) {
        const s_case_t *cases = side ? s_requests : s_answers;
        size_t count = side ? COUNT (s_requests) : COUNT (s_answers);
        for (size_t i = 0; i < count; i++) {
            if (!cases[i].message.text || cases[i].message.verb == ZR_CHAT_NAMES)
                continue;
            size_t len = strlen (cases[i].head);
            zr_chat_message_t expected = cases[i].message;
            assert_int_equal (
                s_parse (cases[i].head, len, text, ZR_CHAT_TEXT_MAX, side, &message),
                ZR_CHAT_CODE_NONE);
            expected.text = text;
            expected.text_len = ZR_CHAT_TEXT_MAX;
            s_assert_same (&message, &expected);
            // one byte more: all is known but the text
            assert_int_equal (s_parse (cases[i].head, len, text, ZR_CHAT_TEXT_MAX + 1,
                                       side, &message),
                              ZR_CHAT_TOO_LONG);
            expected.text = NULL;
            expected.text_len = 0;
            s_assert_same (&message, &expected);
        }
    }
    free (text);
}

// Packs in another process, which is to end by an assertion.
static void
s_assert_not_packed (const zr_chat_message_t *message)
{
    pid_t child = fork ();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        char head[ZR_CHAT_HEAD_MAX];
        setrlimit (RLIMIT_CORE, &none);
        signal (SIGABRT, SIG_DFL);
        if (!freopen ("/dev/null", "w", stderr))
            _exit (2);
        zr_chat_pack (message, head);
        _exit (0);
    }
    int status;
    assert_int_equal (waitpid (child, &status, 0), child);
    assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGABRT);
}

static void
s_misuse (void **state)
{
    (void) state;
    static const zr_chat_message_t broken[] = {
        {.verb = ZR_CHAT_NOTHING},
        {.verb = ZR_CHAT_ERROR + 1},
        {.verb = ZR_CHAT_SAY, .n = 1}, // a text is missing
        {.verb = ZR_CHAT_WHO, TEXT},   // and here it is too much
        {.verb = ZR_CHAT_SAY, .n = -1, TEXT},
        {.verb = ZR_CHAT_JOIN, .token = TOKEN, .number = -2, TEXT},
        {.verb = ZR_CHAT_JOIN, .token = "0123", TEXT},
        {.verb = ZR_CHAT_JOIN, .token = TOKEN "x", .number = 0, TEXT}, // no NUL
        {.verb = ZR_CHAT_JOINED},
        {.verb = ZR_CHAT_JOINED, .nick = "a b"},
        {.verb = ZR_CHAT_LINE, .kind = ZR_CHAT_WHO, .nick = "ana", TEXT},
        {.verb = ZR_CHAT_LINE, .kind = ZR_CHAT_MSG, .nick = "ana", TEXT},
        {.verb = ZR_CHAT_REFUSED, .code = ZR_CHAT_GAP, TEXT},
        {.verb = ZR_CHAT_REFUSED, .code = ZR_CHAT_CODE_NONE, TEXT},
        {.verb = ZR_CHAT_ERROR, .code = ZR_CHAT_GAP, .n = -2, TEXT},
    };
    for (size_t i = 0; i < COUNT (broken); i++)
        s_assert_not_packed (&broken[i]);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"every verb is read as it was written", s_every_verb, NULL, NULL, NULL},
        {"every code is read as it was written", s_every_code, NULL, NULL, NULL},
        {"a verb of the other side is refused", s_directions, NULL, NULL, NULL},
        {"a head with a blank or a word too many or too few is refused",
         s_spoiled_heads, NULL, NULL, NULL},
        {"the verb says how many parts there are", s_part_counts, NULL, NULL, NULL},
        {"a text over the limit leaves all else readable", s_long_texts, NULL, NULL,
         NULL},
        {"a message that is not whole is not packed", s_misuse, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("chat_proto", tests, NULL, NULL);
}
