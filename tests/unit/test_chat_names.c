// SPDX-License-Identifier: MPL-2.0
// Who is here, as told, and completing their names.

#include "common/chat_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static zr_chat_names_t *s_names;

static int
s_set_up (void **state)
{
    (void) state;
    s_names = zr_chat_names_new ();
    return 0;
}

static int
s_tear_down (void **state)
{
    (void) state;
    zr_chat_names_destroy (&s_names);
    zr_chat_names_destroy (&s_names); // does nothing
    return 0;
}

static void
s_take (zr_chat_verb_t verb, const char *nick, const char *to)
{
    zr_chat_message_t message = {.verb = verb};
    if (verb == ZR_CHAT_NAMES) {
        message.text = nick;
        message.text_len = strlen (nick);
    } else
        snprintf (message.nick, sizeof message.nick, "%s", nick);
    snprintf (message.to, sizeof message.to, "%s", to ? to : "");
    zr_chat_names_take (s_names, &message);
}

// Those that begin with prefix, in order, each with a blank behind it.
static void
s_assert_matches (const char *prefix, const char *wanted)
{
    char found[256] = "";
    size_t at = 0, len = 0;
    const char *match;
    while ((match = zr_chat_names_match (s_names, prefix, &at)) != NULL)
        len += (size_t) snprintf (found + len, sizeof found - len, "%s ", match);
    assert_string_equal (found, wanted);
}

static void
s_test_names (void **state)
{
    (void) state;
    s_assert_matches ("", "");
    s_take (ZR_CHAT_NAMES, "ana\nbob\nAnton", NULL);
    s_assert_matches ("", "ana bob Anton ");
    s_take (ZR_CHAT_JOINED, "eve", NULL);
    s_take (ZR_CHAT_JOINED, "bob", NULL); // known
    s_assert_matches ("", "ana Anton eve bob ");
    s_take (ZR_CHAT_LEFT, "Anton", NULL);
    s_take (ZR_CHAT_LEFT, "nobody", NULL);
    s_take (ZR_CHAT_RENAMED, "ana", "annie");
    s_take (ZR_CHAT_RENAMED, "nobody", "somebody");
    s_take (ZR_CHAT_LINE, "ghost", NULL);
    s_assert_matches ("", "eve bob annie somebody ");
    s_take (ZR_CHAT_NAMES, "", NULL);
    s_assert_matches ("", "");
}

static void
s_test_prefix (void **state)
{
    (void) state;
    s_take (ZR_CHAT_NAMES, "ana\nAnton\n\u00c5sa\nStra\u00dfe", NULL);
    s_assert_matches ("AN", "ana Anton ");
    s_assert_matches ("ant", "Anton ");
    s_assert_matches ("ana2", "");
    s_assert_matches ("\u00e5", "\u00c5sa ");
    s_assert_matches ("strass", "Stra\u00dfe ");
    s_assert_matches ("\xff", "");
}

static void
s_test_bounds (void **state)
{
    (void) state;
    char name[32];
    s_take (ZR_CHAT_NAMES, "ok\n\u202eno", NULL);
    s_take (ZR_CHAT_JOINED, "a\u200bb", NULL);
    s_assert_matches ("", "ok ");
    for (int i = 0; i < ZR_CHAT_PEERS_MAX + 10; i++) {
        snprintf (name, sizeof name, "x%d", i);
        s_take (ZR_CHAT_JOINED, name, NULL);
    }
    s_assert_matches ("x4094", "x4094 "); // with "ok" the last that fits
    s_assert_matches ("x4095", "");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"who is here is kept as the room tells it", s_test_names, s_set_up,
         s_tear_down, NULL},
        {"a name is completed without regard to case", s_test_prefix, s_set_up,
         s_tear_down, NULL},
        {"neither too many names nor invisible ones are kept", s_test_bounds, s_set_up,
         s_tear_down, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
