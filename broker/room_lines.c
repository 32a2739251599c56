// SPDX-License-Identifier: MPL-2.0
// What people say: each line is taken once, in its author's order, or answered with
// why not.
//
// What is said about a line of this turn waits for the turn's end (a verdict), even
// that it is refused: an author hears only what a broker that is killed a moment later
// still knows. If the turn cannot be stored, every line of it is undone.

#include <assert.h>
#include <czmq.h>
#include <utf8proc.h>

#include "broker/room_state.h"
#include "common/nick.h"

static void
s_add_verdict (zr_room_t *self, const zr_room_verdict_t *verdict)
{
    if (self->verdicts_count == self->verdicts_capacity) {
        self->verdicts_capacity = 2 * self->verdicts_capacity + 16;
        self->verdicts =
            realloc (self->verdicts, self->verdicts_capacity * sizeof *self->verdicts);
        assert (self->verdicts);
    }
    self->verdicts[self->verdicts_count++] = *verdict;
}

static void
s_ack (zr_action_list_t *list, zr_room_peer_t peer, int64_t n)
{
    zr_room_tell (list, ZR_ROOM_SEND, peer, ZR_CHAT_ACK)->n = n;
}

// UTF-8 that holds no C0 or C1 control but TAB, and no DEL.
static bool
s_is_text (const char *text, size_t len)
{
    utf8proc_int32_t code;
    for (size_t at = 0; at < len;) {
        utf8proc_ssize_t step = utf8proc_iterate ((const utf8proc_uint8_t *) text + at,
                                                  (utf8proc_ssize_t) (len - at), &code);
        if (step < 1)
            return false;
        if ((code < 0x20 && code != '\t') || (code >= 0x7f && code < 0xa0))
            return false;
        at += (size_t) step;
    }
    return len > 0;
}

// Whether message can be a line. Finds who it is for, if that is one person.
static zr_chat_code_t
s_judge (zr_room_t *self, const zr_chat_message_t *message, bool too_long,
         zr_person_t **to)
{
    *to = NULL;
    if (too_long || message->text_len > ZR_CHAT_TEXT_MAX)
        return ZR_CHAT_TOO_LONG;
    if (!s_is_text (message->text, message->text_len))
        return ZR_CHAT_TEXT_BAD;
    if (message->verb != ZR_CHAT_MSG)
        return ZR_CHAT_CODE_NONE;
    char nick[ZR_CHAT_NICK_MAX], key[ZR_NICK_KEY_MAX];
    if (!zr_nick_read (message->to, strlen (message->to), nick, key))
        *to = zr_roster_by_key (self->roster, key);
    return *to ? ZR_CHAT_CODE_NONE : ZR_CHAT_NOBODY;
}

static void
s_store (zr_room_t *self, zr_person_t *person, const zr_chat_message_t *message,
         const zr_person_t *to)
{
    // what the history missed of its author goes with the line, so that no crash
    // between the two makes a stranger of it
    if (person->unsaved && person->change != self->turn)
        zr_room_remember (self, person);
    zr_room_line_t *line =
        &zr_action_list_add (&self->actions, ZR_ROOM_STORE, person->peer)->line;
    line->number = ++self->newest;
    line->time_ms = self->now_ms;
    line->kind = message->verb;
    line->n = message->n;
    memcpy (line->from, person->nick, sizeof line->from);
    memcpy (line->token, person->token, sizeof line->token);
    if (to) {
        memcpy (line->to, to->nick, sizeof line->to);
        memcpy (line->to_token, to->token, sizeof line->to_token);
    }
    line->text = zr_action_list_keep (&self->actions, message->text, message->text_len);
    line->text_len = message->text_len;
    self->storing = true;
}

// The line is the one to come next: takes it, or says why not.
static void
s_take (zr_room_t *self, zr_person_t *person, const zr_chat_message_t *message,
        bool too_long)
{
    int64_t wait_ms = zr_bucket_take (&person->lines, self->now_ms);
    if (wait_ms) {
        zr_chat_message_t *wait =
            zr_room_tell (&self->actions, ZR_ROOM_SEND, person->peer, ZR_CHAT_WAIT);
        wait->n = person->held = message->n;
        wait->number = wait_ms;
        return;
    }
    zr_person_t *to;
    zr_chat_code_t code = s_judge (self, message, too_long, &to);
    person->accepted = message->n;
    if (code)
        zr_room_remember (self, person); // its number is used
    else
        s_store (self, person, message, to);
    s_add_verdict (self, &(zr_room_verdict_t){.person = person,
                                              .peer = person->peer,
                                              .n = message->n,
                                              .answered = !code,
                                              .code = code});
}

void
zr_room_line (zr_room_t *self, zr_room_peer_t peer, const zr_chat_message_t *message,
              bool too_long)
{
    zr_person_t *person = zr_roster_by_peer (self->roster, peer);
    int64_t n = message->n;
    if (!person)
        zr_room_error (&self->actions, peer, ZR_CHAT_NOT_JOINED, n);
    else if (n < 1)
        zr_room_error (&self->actions, peer, ZR_CHAT_MALFORMED, -1);
    else if (n <= person->stored)
        s_ack (&self->actions, peer, n);
    else if (n <= person->accepted)
        s_add_verdict (self,
                       &(zr_room_verdict_t){person, peer, n, false, ZR_CHAT_CODE_NONE});
    else if (person->accepted ? n > person->accepted + 1
                              : person->held && n > person->held)
        zr_room_error (&self->actions, peer, ZR_CHAT_GAP, n);
    else
        s_take (self, person, message, too_long);
}

static void
s_settle_one (zr_room_t *self, const zr_room_verdict_t *verdict, bool stored)
{
    zr_person_t *person = verdict->person;
    if (!stored) {
        person->accepted = person->stored;
        zr_roster_mark_unsaved (self->roster, person);
    } else if (person->stored < verdict->n)
        person->stored = verdict->n;
    // on a new connection it has been told by WELCOME what is stored
    if (person->peer != verdict->peer)
        return;
    if (!stored) {
        zr_room_error (&self->more, verdict->peer, ZR_CHAT_UNSTORED, verdict->n);
        if (!person->held || person->held > verdict->n)
            person->held = verdict->n;
    } else if (verdict->code)
        zr_room_error (&self->more, verdict->peer, verdict->code, verdict->n);
    else if (!verdict->answered)
        s_ack (&self->more, verdict->peer, verdict->n);
}

void
zr_room_settle (zr_room_t *self, bool stored)
{
    for (size_t i = 0; i < self->verdicts_count; i++)
        s_settle_one (self, &self->verdicts[i], stored);
    self->verdicts_count = 0;
    if (stored)
        self->newest_stored = self->newest;
    else
        self->newest = self->newest_stored;
}
