// SPDX-License-Identifier: MPL-2.0
// What room.c, room_people.c and room_lines.c share; nobody else includes it.

#ifndef ZR_ROOM_STATE_H
#define ZR_ROOM_STATE_H

#include "broker/action_list.h"
#include "broker/room.h"
#include "broker/roster.h"

// An answer that depends on whether this turn is stored.
typedef struct {
    zr_person_t *person;
    zr_room_peer_t peer; // where the line came from
    int64_t n;
    bool answered;       // if it is stored, the ACK comes with the STORE
    zr_chat_code_t code; // else: ACK (none), or ERROR
} zr_room_verdict_t;

struct zr_room {
    zr_roster_t *roster;
    zr_action_list_t actions; // of this turn
    zr_action_list_t more;    // of the end of the last one
    zr_room_verdict_t *verdicts;
    size_t verdicts_count, verdicts_capacity;
    zr_bucket_t joins;
    int64_t now_ms;
    int64_t newest; // number of the newest line, with those of this turn
    int64_t newest_stored;
    uint64_t turn;
    bool storing;      // this turn has something to store
    bool failing;      // people were told that the history cannot be written
    bool line_waits;   // what failed since then had a line
    int64_t retry_ms;  // when the history is told again what it missed; -1: nothing
    const char *names; // made in this turn and still right, or NULL
};

// Every event begins here.
void zr_room_at (zr_room_t *self, int64_t now_ms);

// ---- telling (room.c) ---------------------------------------------------------------

// A SEND or BROADCAST in list. Returns its message, valid until the next is added.
zr_chat_message_t *zr_room_tell (zr_action_list_t *list, zr_room_action_kind_t kind,
                                 zr_room_peer_t peer, zr_chat_verb_t verb);

// text is constant or kept by the message's list.
void zr_room_set_text (zr_chat_message_t *message, const char *text);

// A code in words for people.
const char *zr_room_reason (zr_chat_code_t code);

// An ERROR with its reason; n: of a line, or -1.
void zr_room_error (zr_action_list_t *list, zr_room_peer_t peer, zr_chat_code_t code,
                    int64_t n);

// The history is to know the person as it is now.
void zr_room_remember (zr_room_t *self, zr_person_t *person);
zr_room_member_t zr_room_member (const zr_person_t *person);

// ---- people (room_people.c) ---------------------------------------------------------

void zr_room_join (zr_room_t *self, zr_room_peer_t peer,
                   const zr_chat_message_t *message, bool too_long);
void zr_room_nick (zr_room_t *self, zr_person_t *person,
                   const zr_chat_message_t *message, bool too_long);
void zr_room_who (zr_room_t *self, zr_room_peer_t peer);

// Out of the room, and everybody else hears why.
void zr_room_depart (zr_room_t *self, zr_person_t *person, zr_chat_code_t why);

// Its WELCOME as of now.
void zr_room_fill_welcome (const zr_room_t *self, const zr_person_t *person,
                           zr_chat_message_t *message);

// ---- lines (room_lines.c) -----------------------------------------------------------

// SAY, ME or MSG arrived.
void zr_room_line (zr_room_t *self, zr_room_peer_t peer,
                   const zr_chat_message_t *message, bool too_long);

// The turn's lines are stored, or are not: whoever waited for that is told.
void zr_room_settle (zr_room_t *self, bool stored);

#endif
