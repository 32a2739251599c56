// SPDX-License-Identifier: MPL-2.0
// A room for tests: events in a few words, and a turn's actions as text, one a line, as
// they would be on the wire:
//
//     1 < WELCOME ana 812 0        SEND        remember a ana 7 here   REMEMBER
//     all but 1 < JOINED ana       BROADCAST   catch up 1 a 812        CATCH_UP
//     store 1 a #813 n1 say ana | hello        drop 1                  DROP
//
// Tokens are one letter or digit (0-9, a-f), 32 times.

#ifndef ROOM_PROBE_H
#define ROOM_PROBE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker/room.h"

#define NOW INT64_C (1732150000000)

static char s_log[1 << 16]; // what the last turn did
static size_t s_log_len;

__attribute__ ((format (printf, 1, 2))) static inline void
s_write (const char *format, ...)
{
    va_list args;
    va_start (args, format);
    int len = vsnprintf (s_log + s_log_len, sizeof s_log - s_log_len, format, args);
    va_end (args);
    assert_true (len >= 0 && s_log_len + (size_t) len < sizeof s_log);
    s_log_len += (size_t) len;
}

static inline void
s_write_message (const zr_chat_message_t *message)
{
    char head[ZR_CHAT_HEAD_MAX];
    zr_chat_pack (message, head);
    assert_memory_equal (head, "zroom/1 ", 8);
    s_write (" < %s", head + 8);
    if (message->text)
        s_write (" | %.*s", (int) message->text_len, message->text);
}

static inline void
s_write_action (const zr_room_action_t *action)
{
    const zr_room_line_t *line = &action->line;
    const zr_room_member_t *member = &action->member;
    switch (action->kind) {
    case ZR_ROOM_SEND:
        s_write ("%u", action->peer);
        s_write_message (&action->message);
        break;
    case ZR_ROOM_BROADCAST:
        s_write ("all");
        if (action->peer)
            s_write (" but %u", action->peer);
        s_write_message (&action->message);
        break;
    case ZR_ROOM_STORE:
        s_write ("store %u %c #%d n%d %s %s", action->peer, line->token[0],
                 (int) line->number, (int) line->n,
                 line->kind == ZR_CHAT_SAY  ? "say"
                 : line->kind == ZR_CHAT_ME ? "me"
                                            : "msg",
                 line->from);
        if (line->kind == ZR_CHAT_MSG)
            s_write (" %s %c", line->to, line->to_token[0]);
        s_write (" | %.*s", (int) line->text_len, line->text);
        assert_true (line->time_ms >= NOW);
        break;
    case ZR_ROOM_REMEMBER:
        s_write ("remember %c %s %d %s", member->token[0], member->nick,
                 (int) member->accepted, member->present ? "here" : "gone");
        break;
    case ZR_ROOM_CATCH_UP:
        s_write ("catch up %u %c %d", action->peer, member->token[0],
                 (int) action->number);
        break;
    case ZR_ROOM_DROP:
        s_write ("drop %u", action->peer);
        break;
    }
    s_write ("\n");
}

// Ends the turn. Writes what it did, and what its end did behind "--".
static inline void
s_end (zr_room_t *room, bool stored)
{
    size_t count;
    s_log_len = 0;
    s_log[0] = '\0';
    const zr_room_action_t *actions = zr_room_actions (room, &count);
    for (size_t i = 0; i < count; i++)
        s_write_action (&actions[i]);
    zr_room_end (room, stored, &actions, &count);
    if (count)
        s_write ("--\n");
    for (size_t i = 0; i < count; i++)
        s_write_action (&actions[i]);
}

#define s_expect(room, text)                                                           \
    do {                                                                               \
        s_end (room, true);                                                            \
        assert_string_equal (s_log, text);                                             \
    } while (0)

#define s_expect_unstored(room, text)                                                  \
    do {                                                                               \
        s_end (room, false);                                                           \
        assert_string_equal (s_log, text);                                             \
    } while (0)

static inline void
s_receive (zr_room_t *room, zr_room_peer_t peer, zr_chat_message_t message,
           const char *text, int64_t now_ms)
{
    // the room must not keep what it was given
    char *copy = text ? strdup (text) : NULL;
    message.text = copy;
    message.text_len = text ? strlen (text) : 0;
    zr_room_receive (room, peer, &message, ZR_CHAT_CODE_NONE, now_ms);
    free (copy);
}

static inline void
s_join (zr_room_t *room, zr_room_peer_t peer, char token, const char *nick,
        int64_t last, int64_t now_ms)
{
    zr_chat_message_t message = {.verb = ZR_CHAT_JOIN, .number = last};
    memset (message.token, token, ZR_CHAT_TOKEN_LEN);
    s_receive (room, peer, message, nick, now_ms);
}

// SAY or ME.
static inline void
s_line (zr_room_t *room, zr_room_peer_t peer, zr_chat_verb_t verb, int64_t n,
        const char *text, int64_t now_ms)
{
    s_receive (room, peer, (zr_chat_message_t){.verb = verb, .n = n}, text, now_ms);
}

static inline void
s_say (zr_room_t *room, zr_room_peer_t peer, int64_t n, const char *text)
{
    s_line (room, peer, ZR_CHAT_SAY, n, text, NOW);
}

static inline void
s_ask (zr_room_t *room, zr_room_peer_t peer, zr_chat_verb_t verb, const char *text,
       int64_t now_ms)
{
    s_receive (room, peer, (zr_chat_message_t){.verb = verb}, text, now_ms);
}

// A room that ana (1, a) and bob (2, b) are in, and line 812 was the last.
static inline zr_room_t *
s_room (void)
{
    zr_room_t *room = zr_room_new (812);
    s_join (room, 1, 'a', "ana", -1, NOW);
    s_join (room, 2, 'b', "bob", -1, NOW);
    s_end (room, true);
    return room;
}

static inline void
s_restore (zr_room_t *room, char token, const char *nick, int64_t accepted,
           bool present)
{
    zr_room_member_t member = {.accepted = accepted, .present = present};
    memset (member.token, token, ZR_CHAT_TOKEN_LEN);
    snprintf (member.nick, sizeof member.nick, "%s", nick);
    zr_room_restore (room, &member, NOW);
}

#endif
