// SPDX-License-Identifier: MPL-2.0
// Coming, going and names.
//
// A name belongs to its holder while that one has a connection. Without one it is kept
// for a while against silence only: whoever else wants it gets it at once, since the
// absent one is mostly the ghost of a program that was started anew.

#include <assert.h>
#include <czmq.h>

#include "broker/room_state.h"
#include "common/nick.h"

static void
s_refuse (zr_room_t *self, zr_room_peer_t peer, zr_chat_code_t code, const char *why)
{
    zr_chat_message_t *refused =
        zr_room_tell (&self->actions, ZR_ROOM_SEND, peer, ZR_CHAT_REFUSED);
    refused->code = code;
    zr_room_set_text (refused, why ? why : zr_room_reason (code));
}

// A text with a word in it that is fit for people: a name already judged, or one of
// the constants of nick.h.
static const char *
s_words (zr_room_t *self, const char *before, const char *word, const char *after)
{
    char text[512];
    int len = snprintf (text, sizeof text, "%s%s%s", before, word, after);
    assert (len > 0 && (size_t) len < sizeof text);
    return zr_action_list_keep (&self->actions, text, (size_t) len);
}

// ---- names --------------------------------------------------------------------------

// Reads a wanted name. Returns NULL, or why it is none.
static const char *
s_read_nick (const zr_chat_message_t *message, bool too_long, char *nick, char *key)
{
    if (too_long || !message->text_len)
        return too_long ? "a name has at most 32 characters" : "a name is missing";
    return zr_nick_read (message->text, message->text_len, nick, key);
}

// Whoever has the name and is connected. NULL for person itself.
static zr_person_t *
s_owner (zr_room_t *self, const zr_person_t *person, const char *key)
{
    zr_person_t *owner = zr_roster_by_key (self->roster, key);
    return owner && owner != person && owner->peer ? owner : NULL;
}

// Out of the room, and everybody else hears why.
void
zr_room_depart (zr_room_t *self, zr_person_t *person, zr_chat_code_t why)
{
    zr_room_peer_t peer = person->peer;
    zr_roster_leave (self->roster, person);
    self->names = NULL;
    zr_chat_message_t *left =
        zr_room_tell (&self->actions, ZR_ROOM_BROADCAST, peer, ZR_CHAT_LEFT);
    memcpy (left->nick, person->nick, sizeof left->nick);
    left->code = why;
    zr_room_remember (self, person);
    if (peer)
        zr_action_list_add (&self->actions, ZR_ROOM_DROP, peer);
}

// Takes the name from a ghost, if one has it.
static void
s_vacate (zr_room_t *self, const zr_person_t *person, const char *key)
{
    zr_person_t *ghost = zr_roster_by_key (self->roster, key);
    if (ghost && ghost != person)
        zr_room_depart (self, ghost, ZR_CHAT_WHY_LOST);
}

// Another name, which nobody connected has, told to all but peer.
static void
s_rename (zr_room_t *self, zr_person_t *person, const char *nick, const char *key,
          zr_room_peer_t peer)
{
    s_vacate (self, person, key);
    zr_chat_message_t *renamed =
        zr_room_tell (&self->actions, ZR_ROOM_BROADCAST, peer, ZR_CHAT_RENAMED);
    memcpy (renamed->nick, person->nick, sizeof renamed->nick);
    snprintf (renamed->to, sizeof renamed->to, "%s", nick);
    zr_roster_rename (self->roster, person, nick, key);
    self->names = NULL;
    zr_room_remember (self, person);
}

// ---- coming -------------------------------------------------------------------------

void
zr_room_restore (zr_room_t *self, const zr_room_member_t *member, int64_t now_ms)
{
    assert (self && member);
    zr_room_at (self, now_ms);
    char nick[ZR_CHAT_NICK_MAX], key[ZR_NICK_KEY_MAX];
    if (zr_roster_by_token (self->roster, member->token))
        return; // a file can hold anything
    zr_person_t *person = zr_roster_add (self->roster, member->token);
    person->stored = person->accepted = member->accepted;
    person->saved = true;
    zr_bucket_init (&person->lines, ZR_ROOM_RATE, ZR_ROOM_BURST, self->now_ms);
    if (member->present && zr_roster_count (self->roster) < ZR_CHAT_PEERS_MAX &&
        !zr_nick_read (member->nick, strlen (member->nick), nick, key) &&
        !zr_roster_by_key (self->roster, key)) {
        zr_roster_enter (self->roster, person, nick, key);
        zr_roster_await (self->roster, person, self->now_ms + ZR_ROOM_RESTART_MS, true);
    }
    zr_roster_sweep (self->roster);
}

void
zr_room_fill_welcome (const zr_room_t *self, const zr_person_t *person,
                      zr_chat_message_t *message)
{
    message->verb = ZR_CHAT_WELCOME;
    memcpy (message->nick, person->nick, sizeof message->nick);
    // what this turn adds may be taken back yet
    message->number = self->newest_stored;
    message->n = person->stored;
}

// Connects person, who is present, and gives it what it needs to know.
static void
s_admit (zr_room_t *self, zr_person_t *person, zr_room_peer_t peer, int64_t last)
{
    zr_roster_connect (self->roster, person, peer);
    person->held = 0;
    zr_room_fill_welcome (
        self, person,
        zr_room_tell (&self->actions, ZR_ROOM_SEND, peer, ZR_CHAT_WELCOME));
    zr_room_action_t *action =
        zr_action_list_add (&self->actions, ZR_ROOM_CATCH_UP, peer);
    action->member = zr_room_member (person);
    // a history that began anew knows nothing of so late a line
    action->number = last > self->newest_stored ? -1 : last;
}

// One who is present comes back, by a new connection. If somebody else has the name
// it wants by now, it keeps the one it has.
static void
s_come_back (zr_room_t *self, zr_person_t *person, zr_room_peer_t peer, int64_t last,
             const char *nick, const char *key)
{
    if (person->peer) {
        s_refuse (self, person->peer, ZR_CHAT_REPLACED, NULL);
        zr_action_list_add (&self->actions, ZR_ROOM_DROP, person->peer);
    }
    bool taken = s_owner (self, person, key);
    if (!taken && !streq (nick, person->nick))
        s_rename (self, person, nick, key, peer);
    s_admit (self, person, peer, last);
    if (taken) {
        zr_chat_message_t *notice =
            zr_room_tell (&self->actions, ZR_ROOM_SEND, peer, ZR_CHAT_NOTICE);
        zr_room_set_text (
            notice, s_words (self, "\"", nick, "\" is taken; you keep your name"));
    }
}

static void
s_come_new (zr_room_t *self, zr_room_peer_t peer, const zr_chat_message_t *message,
            const char *nick, const char *key)
{
    s_vacate (self, NULL, key);
    zr_person_t *person = zr_roster_by_token (self->roster, message->token);
    if (!person) {
        person = zr_roster_add (self->roster, message->token);
        zr_bucket_init (&person->lines, ZR_ROOM_RATE, ZR_ROOM_BURST, self->now_ms);
    }
    zr_roster_enter (self->roster, person, nick, key);
    self->names = NULL;
    s_admit (self, person, peer, message->number);
    zr_chat_message_t *joined =
        zr_room_tell (&self->actions, ZR_ROOM_BROADCAST, peer, ZR_CHAT_JOINED);
    memcpy (joined->nick, person->nick, sizeof joined->nick);
    zr_room_remember (self, person);
}

void
zr_room_join (zr_room_t *self, zr_room_peer_t peer, const zr_chat_message_t *message,
              bool too_long)
{
    char nick[ZR_CHAT_NICK_MAX], key[ZR_NICK_KEY_MAX];
    if (zr_roster_by_peer (self->roster, peer)) {
        zr_room_error (&self->actions, peer, ZR_CHAT_ALREADY_JOINED, -1);
        return;
    }
    if (zr_bucket_take (&self->joins, self->now_ms)) {
        s_refuse (self, peer, ZR_CHAT_BUSY, NULL);
        return;
    }
    const char *bad = s_read_nick (message, too_long, nick, key);
    if (bad) {
        s_refuse (self, peer, ZR_CHAT_NAME_BAD,
                  s_words (self, "", bad, ": choose another name"));
        return;
    }
    zr_person_t *person = zr_roster_by_token (self->roster, message->token);
    zr_person_t *holder = zr_roster_by_key (self->roster, key);
    if (person && person->present)
        s_come_back (self, person, peer, message->number, nick, key);
    else if (holder && holder->peer)
        s_refuse (self, peer, ZR_CHAT_NAME_TAKEN,
                  s_words (self, "\"", nick, "\" is taken; choose another name"));
    else if (!holder && zr_roster_count (self->roster) >= ZR_CHAT_PEERS_MAX)
        s_refuse (self, peer, ZR_CHAT_FULL, NULL);
    else
        s_come_new (self, peer, message, nick, key);
}

// ---- being here ---------------------------------------------------------------------

void
zr_room_nick (zr_room_t *self, zr_person_t *person, const zr_chat_message_t *message,
              bool too_long)
{
    char nick[ZR_CHAT_NICK_MAX], key[ZR_NICK_KEY_MAX];
    // everybody hears of it, so it counts as a line
    if (zr_bucket_take (&person->lines, self->now_ms)) {
        s_refuse (self, person->peer, ZR_CHAT_BUSY, NULL);
        return;
    }
    const char *bad = s_read_nick (message, too_long, nick, key);
    if (bad)
        s_refuse (self, person->peer, ZR_CHAT_NAME_BAD,
                  s_words (self, "", bad, ": choose another name"));
    else if (s_owner (self, person, key))
        s_refuse (self, person->peer, ZR_CHAT_NAME_TAKEN,
                  s_words (self, "\"", nick, "\" is taken; choose another name"));
    else if (streq (nick, person->nick)) {
        zr_chat_message_t *renamed =
            zr_room_tell (&self->actions, ZR_ROOM_SEND, person->peer, ZR_CHAT_RENAMED);
        memcpy (renamed->nick, nick, sizeof renamed->nick);
        memcpy (renamed->to, nick, sizeof renamed->to);
    } else
        s_rename (self, person, nick, key, 0);
}

void
zr_room_who (zr_room_t *self, zr_room_peer_t peer)
{
    // The answer is long, so it counts as a line; of who only looks in, as a join.
    zr_person_t *person = zr_roster_by_peer (self->roster, peer);
    zr_bucket_t *bucket = person ? &person->lines : &self->joins;
    if (zr_bucket_take (bucket, self->now_ms)) {
        zr_room_set_text (
            zr_room_tell (&self->actions, ZR_ROOM_SEND, peer, ZR_CHAT_NOTICE),
            zr_room_reason (ZR_CHAT_BUSY));
        return;
    }
    size_t count = zr_roster_count (self->roster);
    if (!self->names) {
        size_t size = count * ZR_CHAT_NICK_MAX + 1;
        char *text = zmalloc (size);
        zr_roster_names (self->roster, text, size);
        self->names = zr_action_list_adopt (&self->actions, &text);
    }
    zr_chat_message_t *names =
        zr_room_tell (&self->actions, ZR_ROOM_SEND, peer, ZR_CHAT_NAMES);
    names->number = (int64_t) count;
    zr_room_set_text (names, self->names);
}
