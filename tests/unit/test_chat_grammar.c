// SPDX-License-Identifier: MPL-2.0
// The chat's grammar, word by word: what it takes at its limits and what it refuses.
// Parts stand in heap blocks of exactly their size.

#include "common/chat_proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))
#define TOKEN "0123456789abcdef0123456789abcdef"

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
s_assert_nothing (const zr_chat_message_t *message)
{
    assert_int_equal (message->verb, ZR_CHAT_NOTHING);
    assert_true (message->n == 0 && message->number == 0 && message->time_ms == 0);
    assert_true (!message->token[0] && !message->nick[0] && !message->to[0]);
    assert_null (message->text);
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
s_versions (void **state)
{
    (void) state;
    static const char *const other[] = {"zroom/2",        "zroom/2 WHO",
                                        "zroom/10 SAY 1", "zroom/1.1 WHO",
                                        "zroom/x",        "zroom/11"};
    static const char *const none[] = {"",
                                       " ",
                                       "zroom/",
                                       "zroom/ WHO",
                                       "zroom",
                                       "ZROOM/1 WHO",
                                       "Zroom/2",
                                       "http/1 WHO",
                                       "WHO",
                                       "zroom/1",
                                       "zroom/1 ",
                                       "GET / HTTP/1.1",
                                       "zroom/1\nWHO",
                                       "zroom/1\tWHO",
                                       "\xff"};
    zr_chat_message_t message;
    for (size_t i = 0; i < COUNT (other); i++) {
        assert_int_equal (s_parse (other[i], strlen (other[i]), "", 0, true, &message),
                          ZR_CHAT_VERSION);
        s_assert_nothing (&message);
        assert_int_equal (
            s_parse (other[i], strlen (other[i]), NULL, 0, false, &message),
            ZR_CHAT_VERSION);
    }
    for (size_t i = 0; i < COUNT (none); i++) {
        zr_chat_code_t code =
            s_parse (none[i], strlen (none[i]), NULL, 0, true, &message);
        // one word of a newer version, as far as blanks tell
        bool newer = strchr (none[i], '\n') || strchr (none[i], '\t');
        assert_int_equal (code, newer ? ZR_CHAT_VERSION : ZR_CHAT_MALFORMED);
        s_assert_nothing (&message);
    }
}

static void
s_verbs (void **state)
{
    (void) state;
    static const char *const wrong[] = {
        "zroom/1 who",      "zroom/1 WHOM",    "zroom/1 WH", "zroom/1 SHOUT 1",
        "zroom/1 \xc3\xa4", "zroom/1 WHO\x01", "zroom/1 0"};
    for (size_t i = 0; i < COUNT (wrong); i++) {
        s_assert_refused (wrong[i], NULL, true);
        s_assert_refused (wrong[i], "", true);
        s_assert_refused (wrong[i], NULL, false);
    }
    zr_chat_message_t message;
    assert_int_equal (s_parse ("zroom/1 WHO", 12, NULL, 0, true, &message), // and a NUL
                      ZR_CHAT_MALFORMED);
}

static void
s_numbers (void **state)
{
    (void) state;
    static const char *const wrong[] = {"",
                                        "00",
                                        "01",
                                        "-1",
                                        "+1",
                                        "1.0",
                                        "1e3",
                                        "0x1",
                                        "a",
                                        "1a",
                                        "-",
                                        "/",
                                        ":",
                                        "\xd9\xa1",
                                        "9223372036854775808",
                                        "9999999999999999999",
                                        "10000000000000000000",
                                        "18446744073709551617"};
    char head[ZR_CHAT_HEAD_MAX];
    for (size_t i = 0; i < COUNT (wrong); i++) {
        snprintf (head, sizeof head, "zroom/1 SAY %s", wrong[i]);
        s_assert_refused (head, "", true);
        snprintf (head, sizeof head, "zroom/1 ACK 1 %s", wrong[i]);
        s_assert_refused (head, NULL, false);
        snprintf (head, sizeof head, "zroom/1 LINE 1 %s say ana", wrong[i]);
        s_assert_refused (head, "", false);
        snprintf (head, sizeof head, "zroom/1 ERROR gap %s", wrong[i]);
        s_assert_refused (head, "", false);
        snprintf (head, sizeof head, "zroom/1 JOIN " TOKEN " %s", wrong[i]);
        if (strcmp (wrong[i], "-") != 0)
            s_assert_refused (head, "", true);
    }
    s_assert_refused ("zroom/1 JOIN " TOKEN " --", "", true);
}

static void
s_tokens (void **state)
{
    (void) state;
    static const char *const wrong[] = {"",
                                        "0123456789abcdef0123456789abcde",
                                        "0123456789abcdef0123456789abcdef0",
                                        "0123456789ABCDEF0123456789abcdef",
                                        "0123456789abcdeg0123456789abcdef",
                                        "0123456789abcdef0123456789abcde\x01"};
    char head[ZR_CHAT_HEAD_MAX];
    for (size_t i = 0; i < COUNT (wrong); i++) {
        snprintf (head, sizeof head, "zroom/1 JOIN %s 0", wrong[i]);
        s_assert_refused (head, "", true);
    }
    zr_chat_message_t message;
    char nul[] = "zroom/1 JOIN 0123456789abcdef0123456789abcde_ 0";
    *strchr (nul, '_') = '\0';
    assert_int_equal (s_parse (nul, sizeof nul - 1, "", 0, true, &message),
                      ZR_CHAT_MALFORMED);
}

static void
s_words (void **state)
{
    (void) state;
    static const char *const wrong[] = {
        "\x01",         "a\x1b[31m",     "a\x7f",
        "a\xc2\x85",    "a\xc2\xa0", // no-break space
        "\xe3\x80\x80", "a\xe2\x80\xa8", "a\xe2\x80\xa9",
        "a\tb",         "a\nb",          "\xff",
        "a\xc3",        "\xed\xa0\x80",  "\xc0\xae"};
    static const char *const right[] = {
        "a", "*", "\xf0\x9f\x8e\xa5", "zroom/1",
        "a\xe2\x80\x8d" // the room's to judge
    };
    char head[ZR_CHAT_HEAD_MAX];
    zr_chat_message_t message;
    for (size_t i = 0; i < COUNT (wrong); i++) {
        snprintf (head, sizeof head, "zroom/1 MSG 1 %s", wrong[i]);
        s_assert_refused (head, "", true);
        snprintf (head, sizeof head, "zroom/1 JOINED %s", wrong[i]);
        s_assert_refused (head, NULL, false);
        snprintf (head, sizeof head, "zroom/1 RENAMED ana %s", wrong[i]);
        s_assert_refused (head, NULL, false);
        snprintf (head, sizeof head, "zroom/1 LINE 1 2 msg ana %s", wrong[i]);
        s_assert_refused (head, "", false);
    }
    for (size_t i = 0; i < COUNT (right); i++) {
        snprintf (head, sizeof head, "zroom/1 MSG 1 %s", right[i]);
        assert_int_equal (s_parse (head, strlen (head), "", 0, true, &message),
                          ZR_CHAT_CODE_NONE);
        assert_string_equal (message.to, right[i]);
    }
    assert_int_equal (s_parse ("zroom/1 MSG 1 a", 16, "", 0, true, &message), // a NUL
                      ZR_CHAT_MALFORMED);
}

static void
s_long_words (void **state)
{
    (void) state;
    char head[2 * ZR_CHAT_HEAD_MAX], nick[ZR_CHAT_NICK_MAX + 1];
    zr_chat_message_t message;
    memset (nick, 'x', sizeof nick);
    for (size_t len = ZR_CHAT_NICK_MAX - 2; len <= ZR_CHAT_NICK_MAX; len++) {
        nick[len] = '\0';
        zr_chat_code_t expected =
            len < ZR_CHAT_NICK_MAX ? ZR_CHAT_CODE_NONE : ZR_CHAT_MALFORMED;
        snprintf (head, sizeof head, "zroom/1 MSG 1 %s", nick);
        assert_int_equal (s_parse (head, strlen (head), "", 0, true, &message),
                          expected);
        snprintf (head, sizeof head, "zroom/1 JOINED %s", nick);
        assert_int_equal (s_parse (head, strlen (head), NULL, 0, false, &message),
                          expected);
        nick[len] = 'x';
    }
    // the longest head that there is
    zr_chat_message_t line = {.verb = ZR_CHAT_LINE,
                              .kind = ZR_CHAT_MSG,
                              .number = INT64_MAX,
                              .time_ms = INT64_MAX,
                              .text = ""};
    memset (line.nick, 'x', ZR_CHAT_NICK_MAX - 1);
    memset (line.to, 'y', ZR_CHAT_NICK_MAX - 1);
    size_t len = zr_chat_pack (&line, head);
    assert_int_equal (s_parse (head, len, "", 0, false, &message), ZR_CHAT_CODE_NONE);
    assert_string_equal (message.nick, line.nick);
    assert_string_equal (message.to, line.to);
    assert_true (message.number == INT64_MAX && message.time_ms == INT64_MAX);
}

static void
s_long_heads (void **state)
{
    (void) state;
    char head[ZR_CHAT_HEAD_MAX + 1];
    zr_chat_message_t message;
    memset (head, 'x', sizeof head);
    memcpy (head, "zroom/2 ", 8);
    assert_int_equal (s_parse (head, ZR_CHAT_HEAD_MAX, NULL, 0, true, &message),
                      ZR_CHAT_VERSION);
    assert_int_equal (s_parse (head, ZR_CHAT_HEAD_MAX + 1, NULL, 0, true, &message),
                      ZR_CHAT_MALFORMED);
}

static void
s_kinds (void **state)
{
    (void) state;
    static const char *const wrong[] = {
        "zroom/1 LINE 1 2 SAY ana",     "zroom/1 LINE 1 2 shout ana",
        "zroom/1 LINE 1 2 say ana bob", "zroom/1 LINE 1 2 me ana bob",
        "zroom/1 LINE 1 2 msg ana",     "zroom/1 LINE 1 2 msg ana bob cyd",
        "zroom/1 LINE 1 2  ana",        "zroom/1 LINE 1 2"};
    for (size_t i = 0; i < COUNT (wrong); i++)
        s_assert_refused (wrong[i], "", false);
}

static void
s_codes_of_others (void **state)
{
    (void) state;
    static const char *const wrong[] = {
        "zroom/1 REFUSED gap",      "zroom/1 REFUSED left",     "zroom/1 REFUSED none",
        "zroom/1 REFUSED Name-bad", "zroom/1 REFUSED name",     "zroom/1 ERROR busy",
        "zroom/1 ERROR lost 1",     "zroom/1 ERROR unstored-x", "zroom/1 ERROR 1"};
    for (size_t i = 0; i < COUNT (wrong); i++)
        s_assert_refused (wrong[i], "", false);
    s_assert_refused ("zroom/1 LEFT ana unstored", NULL, false);
    s_assert_refused ("zroom/1 LEFT ana bored", NULL, false);
}

static void
s_names (void **state)
{
    (void) state;
    static const struct {
        const char *head, *text;
        bool right;
    } cases[] = {
        {"zroom/1 NAMES 0", "", true},
        {"zroom/1 NAMES 3", "", true}, // fewer than there are may be named
        {"zroom/1 NAMES 1", "ana", true},
        {"zroom/1 NAMES 2", "ana\nbob", true},
        {"zroom/1 NAMES 3", "ana\nbob", true},
        {"zroom/1 NAMES 4096", "ana", true},
        {"zroom/1 NAMES 4097", "ana", false},
        {"zroom/1 NAMES 4097", "", false},
        {"zroom/1 NAMES 0", "ana", false},
        {"zroom/1 NAMES 1", "ana\nbob", false},
        {"zroom/1 NAMES 9", "ana\n", false},
        {"zroom/1 NAMES 9", "\nana", false},
        {"zroom/1 NAMES 9", "ana\n\nbob", false},
        {"zroom/1 NAMES 9", "\n", false},
        {"zroom/1 NAMES 9", "ana\r\nbob", false},
        {"zroom/1 NAMES 9", "ana bob", false},
        {"zroom/1 NAMES 9", "ana\n\xff", false},
    };
    for (size_t i = 0; i < COUNT (cases); i++) {
        zr_chat_message_t message;
        if (!cases[i].right)
            s_assert_refused (cases[i].head, cases[i].text, false);
        else
            assert_int_equal (s_parse (cases[i].head, strlen (cases[i].head),
                                       cases[i].text, strlen (cases[i].text), false,
                                       &message),
                              ZR_CHAT_CODE_NONE);
    }
}

static void
s_full_room (void **state)
{
    (void) state;
    size_t len = ZR_CHAT_NAMES_MAX - 1; // as many of the longest as there may be
    char *text = malloc (len + 2);
    assert_non_null (text);
    memset (text, 'x', len + 2);
    for (size_t at = ZR_CHAT_NICK_MAX - 1; at < len; at += ZR_CHAT_NICK_MAX)
        text[at] = '\n';
    zr_chat_message_t message;
    assert_int_equal (s_parse ("zroom/1 NAMES 4096", 18, text, len, false, &message),
                      ZR_CHAT_CODE_NONE);
    assert_int_equal (message.text_len, len);
    assert_int_equal (
        s_parse ("zroom/1 NAMES 4096", 18, text, len + 2, false, &message),
        ZR_CHAT_TOO_LONG);
    assert_null (message.text);
    free (text);
}

static void
s_texts (void **state)
{
    (void) state;
    static const char *const bad[] = {"\xff", "a\xc3", "a\xed\xa0\x80", "\x80z"};
    static const char *const good[] = {"\x1b[31m", "\xe2\x80\xae", "a\nb",
                                       "\xf0\x9f\x8e\xa5"};
    zr_chat_message_t message;
    for (size_t i = 0; i < COUNT (bad); i++) {
        // what a client says is the room's to judge
        assert_int_equal (
            s_parse ("zroom/1 SAY 1", 13, bad[i], strlen (bad[i]), true, &message),
            ZR_CHAT_CODE_NONE);
        assert_memory_equal (message.text, bad[i], strlen (bad[i]));
        s_assert_refused ("zroom/1 LINE 1 2 say ana", bad[i], false);
        s_assert_refused ("zroom/1 NOTICE", bad[i], false);
        s_assert_refused ("zroom/1 ERROR gap 1", bad[i], false);
        s_assert_refused ("zroom/1 REFUSED full", bad[i], false);
    }
    for (size_t i = 0; i < COUNT (good); i++)
        assert_int_equal (
            s_parse ("zroom/1 NOTICE", 14, good[i], strlen (good[i]), false, &message),
            ZR_CHAT_CODE_NONE);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"another version is told from noise", s_versions, NULL, NULL, NULL},
        {"an unknown verb is refused", s_verbs, NULL, NULL, NULL},
        {"a number is decimal, without signs or leading zeros, and below 2^63",
         s_numbers, NULL, NULL, NULL},
        {"a token is 32 lower-case hexadecimal digits", s_tokens, NULL, NULL, NULL},
        {"a word is UTF-8 without blanks and controls", s_words, NULL, NULL, NULL},
        {"a word has 128 bytes at most", s_long_words, NULL, NULL, NULL},
        {"a head has 512 bytes at most", s_long_heads, NULL, NULL, NULL},
        {"a line has an addressee if it is private, and only then", s_kinds, NULL, NULL,
         NULL},
        {"a code of another verb is refused", s_codes_of_others, NULL, NULL, NULL},
        {"names are words, one a line, as many as are counted at most", s_names, NULL,
         NULL, NULL},
        {"the names of a full room fit", s_full_room, NULL, NULL, NULL},
        {"the broker's texts are UTF-8", s_texts, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("chat_grammar", tests, NULL, NULL);
}
