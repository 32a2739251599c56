// SPDX-License-Identifier: MPL-2.0
// Events in, actions out: this file sends each event to where it is handled, lets time
// pass, and ends turns; room_people.c has who is here, room_lines.c what they say.
// Every event appends to the turn's list of actions at once, so their order is the
// order in which things happened.

#include "broker/room.h"

#include <assert.h>
#include <czmq.h>

#include "broker/room_state.h"

zr_room_t *
zr_room_new (int64_t newest)
{
    assert (newest >= 0);
    zr_room_t *self = zmalloc (sizeof *self);
    self->roster = zr_roster_new ();
    self->newest = self->newest_stored = newest;
    self->turn = 1;
    self->retry_ms = -1;
    zr_bucket_init (&self->joins, ZR_ROOM_JOIN_RATE, ZR_ROOM_JOIN_BURST, 0);
    return self;
}

void
zr_room_destroy (zr_room_t **self_p)
{
    assert (self_p);
    zr_room_t *self = *self_p;
    if (!self)
        return;
    zr_roster_destroy (&self->roster);
    zr_action_list_release (&self->actions);
    zr_action_list_release (&self->more);
    free (self->verdicts);
    free (self);
    *self_p = NULL;
}

void
zr_room_at (zr_room_t *self, int64_t now_ms)
{
    if (self->now_ms < now_ms)
        self->now_ms = now_ms;
}

// ---- telling ------------------------------------------------------------------------

const char *
zr_room_reason (zr_chat_code_t code)
{
    switch (code) {
    case ZR_CHAT_VERSION:
        return "this room speaks zroom/1";
    case ZR_CHAT_NOT_JOINED:
        return "join first";
    case ZR_CHAT_ALREADY_JOINED:
        return "this connection has joined already";
    case ZR_CHAT_TEXT_BAD:
        return "a line is UTF-8 without control characters, and not empty";
    case ZR_CHAT_TOO_LONG:
        return "a line has at most 4096 bytes";
    case ZR_CHAT_NOBODY:
        return "nobody here has that name";
    case ZR_CHAT_GAP:
        return "a line before this one is missing";
    case ZR_CHAT_UNSTORED:
        return "the history cannot be written now";
    case ZR_CHAT_BUSY:
        return "too many at once; try again in a second";
    case ZR_CHAT_FULL:
        return "the room is full";
    case ZR_CHAT_REPLACED:
        return "you have joined by another connection";
    default:
        return "that is no message of zroom/1";
    }
}

void
zr_room_set_text (zr_chat_message_t *message, const char *text)
{
    message->text = text;
    message->text_len = strlen (text);
}

zr_chat_message_t *
zr_room_tell (zr_action_list_t *list, zr_room_action_kind_t kind, zr_room_peer_t peer,
              zr_chat_verb_t verb)
{
    zr_chat_message_t *message = &zr_action_list_add (list, kind, peer)->message;
    message->verb = verb;
    return message;
}

void
zr_room_error (zr_action_list_t *list, zr_room_peer_t peer, zr_chat_code_t code,
               int64_t n)
{
    zr_chat_message_t *error = zr_room_tell (list, ZR_ROOM_SEND, peer, ZR_CHAT_ERROR);
    error->code = code;
    error->n = n;
    zr_room_set_text (error, zr_room_reason (code));
}

zr_room_member_t
zr_room_member (const zr_person_t *person)
{
    zr_room_member_t member = {.accepted = person->accepted,
                               .present = person->present};
    memcpy (member.token, person->token, sizeof member.token);
    memcpy (member.nick, person->nick, sizeof member.nick);
    return member;
}

void
zr_room_remember (zr_room_t *self, zr_person_t *person)
{
    zr_action_list_add (&self->actions, ZR_ROOM_REMEMBER, 0)->member =
        zr_room_member (person);
    zr_roster_mark_unsaved (self->roster, person);
    person->change = self->turn;
    self->storing = true;
}

// NICK, WHO or LEAVE.
static void
s_request (zr_room_t *self, zr_room_peer_t peer, const zr_chat_message_t *message,
           bool too_long)
{
    zr_person_t *person = zr_roster_by_peer (self->roster, peer);
    if (message->verb == ZR_CHAT_WHO)
        zr_room_who (self, peer);
    else if (!person)
        zr_room_error (&self->actions, peer, ZR_CHAT_NOT_JOINED, -1);
    else if (message->verb == ZR_CHAT_NICK)
        zr_room_nick (self, person, message, too_long);
    else
        zr_room_depart (self, person, ZR_CHAT_WHY_LEFT);
}

void
zr_room_receive (zr_room_t *self, zr_room_peer_t peer, const zr_chat_message_t *message,
                 zr_chat_code_t code, int64_t now_ms)
{
    assert (self && peer && message);
    zr_room_at (self, now_ms);
    bool too_long = code == ZR_CHAT_TOO_LONG;
    zr_chat_verb_t verb = code && !too_long ? ZR_CHAT_NOTHING : message->verb;
    switch (verb) {
    case ZR_CHAT_JOIN:
        zr_room_join (self, peer, message, too_long);
        break;
    case ZR_CHAT_SAY:
    case ZR_CHAT_ME:
    case ZR_CHAT_MSG:
        zr_room_line (self, peer, message, too_long);
        break;
    case ZR_CHAT_NICK:
    case ZR_CHAT_WHO:
    case ZR_CHAT_LEAVE:
        s_request (self, peer, message, too_long);
        break;
    default:
        zr_room_error (&self->actions, peer,
                       code == ZR_CHAT_VERSION ? code : ZR_CHAT_MALFORMED, -1);
    }
}

// ---- going --------------------------------------------------------------------------

void
zr_room_lost (zr_room_t *self, zr_room_peer_t peer, bool silent, int64_t now_ms)
{
    assert (self && peer);
    zr_room_at (self, now_ms);
    zr_person_t *person = zr_roster_by_peer (self->roster, peer);
    if (!person)
        return;
    if (silent) {
        zr_room_depart (self, person, ZR_CHAT_WHY_SILENT);
        return;
    }
    zr_roster_await (self->roster, person, self->now_ms + ZR_ROOM_BACK_MS, false);
    zr_action_list_add (&self->actions, ZR_ROOM_DROP, peer);
}

void
zr_room_stuck (zr_room_t *self, zr_room_peer_t peer, int64_t now_ms)
{
    assert (self && peer);
    zr_room_at (self, now_ms);
    zr_person_t *person = zr_roster_by_peer (self->roster, peer);
    if (person)
        zr_room_depart (self, person, ZR_CHAT_WHY_STUCK);
}

void
zr_room_tick (zr_room_t *self, int64_t now_ms)
{
    assert (self);
    zr_room_at (self, now_ms);
    zr_person_t *person;
    while ((person = zr_roster_first_due (self->roster)) &&
           person->back_ms <= self->now_ms)
        zr_room_depart (self, person, ZR_CHAT_WHY_LOST);
    if (self->retry_ms < 0 || self->retry_ms > self->now_ms)
        return;
    self->retry_ms = -1;
    for (person = zr_roster_first_unsaved (self->roster); person;
         person = zr_roster_next_unsaved (self->roster))
        if (person->change != self->turn)
            zr_room_remember (self, person);
}

int64_t
zr_room_next_ms (const zr_room_t *self)
{
    assert (self);
    const zr_person_t *person = zr_roster_first_due (self->roster);
    int64_t next_ms = person ? person->back_ms : -1;
    if (self->retry_ms >= 0 && (next_ms < 0 || self->retry_ms < next_ms))
        next_ms = self->retry_ms;
    return next_ms;
}

// ---- turns --------------------------------------------------------------------------

const zr_room_action_t *
zr_room_actions (const zr_room_t *self, size_t *count)
{
    assert (self && count);
    *count = self->actions.count;
    return self->actions.actions;
}

static void
s_notify_all (zr_room_t *self, const char *text)
{
    zr_room_set_text (zr_room_tell (&self->more, ZR_ROOM_BROADCAST, 0, ZR_CHAT_NOTICE),
                      text);
}

static void
s_end_stored (zr_room_t *self, bool lines)
{
    zr_person_t *person = zr_roster_first_unsaved (self->roster);
    for (; person; person = zr_roster_next_unsaved (self->roster))
        if (person->change == self->turn) {
            person->saved = true;
            zr_roster_mark_saved (self->roster, person);
        }
    // a small change may still fit where no line does
    if (self->failing && (lines || !self->line_waits)) {
        s_notify_all (self, "the history is written again");
        self->failing = self->line_waits = false;
    }
    self->retry_ms = zr_roster_first_unsaved (self->roster) ? self->now_ms : -1;
}

static void
s_end_unstored (zr_room_t *self, bool lines)
{
    if (!self->failing)
        s_notify_all (self, "the history cannot be written; lines wait");
    self->failing = true;
    self->line_waits = self->line_waits || lines;
    self->retry_ms = self->now_ms + ZR_ROOM_RETRY_MS;
}

void
zr_room_end (zr_room_t *self, bool stored, const zr_room_action_t **more, size_t *count)
{
    assert (self && more && count);
    zr_action_list_clear (&self->more);
    if (self->storing) {
        bool lines = self->newest > self->newest_stored;
        zr_room_settle (self, stored);
        if (stored)
            s_end_stored (self, lines);
        else
            s_end_unstored (self, lines);
    }
    zr_action_list_clear (&self->actions);
    zr_roster_sweep (self->roster);
    self->names = NULL;
    self->storing = false;
    self->turn++;
    *more = self->more.actions;
    *count = self->more.count;
}

size_t
zr_room_names (const zr_room_t *self, char *text, size_t size)
{
    assert (self);
    return zr_roster_names (self->roster, text, size);
}

bool
zr_room_welcome (const zr_room_t *self, zr_room_peer_t peer, zr_chat_message_t *message)
{
    assert (self && message);
    const zr_person_t *person = zr_roster_by_peer (self->roster, peer);
    *message = (zr_chat_message_t){0};
    if (person)
        zr_room_fill_welcome (self, person, message);
    return person;
}

size_t
zr_room_count (const zr_room_t *self)
{
    assert (self);
    return zr_roster_count (self->roster);
}

bool
zr_room_is_failing (const zr_room_t *self)
{
    assert (self);
    return self->failing;
}
