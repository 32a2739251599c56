// SPDX-License-Identifier: MPL-2.0
// The chat room's rules (PROTOCOL.md), pure: events in, a list of what is to be done
// out. No socket, no clock, no disk. Connections are numbers that the caller chose;
// who takes part is told by token.
//
// One turn of the broker: any number of events; then zr_room_actions is carried out:
// what is to be stored is stored in one go, and zr_room_end says whether that worked,
// which decides what the authors and everybody get.
//
// While nothing can be stored, joins and leaves go on; what the history missed of them
// is told to it again, a second after the failure at the earliest.

#ifndef ZR_ROOM_H
#define ZR_ROOM_H

#include "common/chat_proto.h"

#define ZR_ROOM_BACK_MS 700     // a lost connection may come back so long, unannounced
#define ZR_ROOM_RESTART_MS 5000 // and after a restart of the broker
#define ZR_ROOM_RATE 100        // lines a second of one participant
#define ZR_ROOM_BURST 200       // lines at once
#define ZR_ROOM_JOIN_RATE 500   // joins a second of all
#define ZR_ROOM_JOIN_BURST 2000
#define ZR_ROOM_RETRY_MS 1000   // after a failure to store
#define ZR_ROOM_KNOWN_MAX 16384 // who left and may come back without doubles

typedef struct zr_room zr_room_t;

// A connection, by a number of the caller's, not 0.
typedef uint32_t zr_room_peer_t;

// A line as it is stored.
typedef struct {
    int64_t number;
    int64_t time_ms;
    zr_chat_verb_t kind;                               // ZR_CHAT_SAY, _ME, _MSG
    char from[ZR_CHAT_NICK_MAX], to[ZR_CHAT_NICK_MAX]; // to: MSG only
    char token[ZR_CHAT_TOKEN_LEN + 1];                 // the author's
    char to_token[ZR_CHAT_TOKEN_LEN + 1];              // MSG only, else empty
    int64_t n;                                         // the author's number
    const char *text;
    size_t text_len;
} zr_room_line_t;

// A participant as it is stored, so that a restart of the broker is a short break.
typedef struct {
    char token[ZR_CHAT_TOKEN_LEN + 1];
    char nick[ZR_CHAT_NICK_MAX];
    int64_t accepted; // highest n stored
    bool present;     // in the room, or known from before; one that is neither
                      // present nor has anything accepted may be forgotten
} zr_room_member_t;

typedef enum {
    ZR_ROOM_SEND,      // message to peer
    ZR_ROOM_BROADCAST, // message to everybody in the room but peer (0: to all)
    ZR_ROOM_STORE,     // line; if it is stored: ACK to peer, LINE to who may see it
    ZR_ROOM_REMEMBER,  // member is to be stored as it is now
    ZR_ROOM_CATCH_UP,  // peer is in the room from here on, as member; it gets the names
                       // and the lines after number first
    ZR_ROOM_DROP,      // peer is no longer in the room: no more is sent to it. It comes
                       // with every end but a REFUSED or ERROR: after zr_room_lost too
} zr_room_action_kind_t;

typedef struct {
    zr_room_action_kind_t kind;
    zr_room_peer_t peer;
    int64_t number; // CATCH_UP: lines after this one; -1: the last 50
    union {
        zr_chat_message_t message; // SEND, BROADCAST
        zr_room_line_t line;       // STORE
        zr_room_member_t member;   // REMEMBER, CATCH_UP
    };
} zr_room_action_t;

// newest: number of the newest line in the history, 0 if there is none.
zr_room_t *zr_room_new (int64_t newest);
void zr_room_destroy (zr_room_t **self_p);

// Tells of a participant that the history knows from before, at the start. Who was
// present then has ZR_ROOM_RESTART_MS to come back before the others hear that it left.
void zr_room_restore (zr_room_t *self, const zr_room_member_t *member, int64_t now_ms);

// Events. Times are Unix milliseconds for what is stored; one that goes backwards is
// taken as the latest. Texts are copied.
// A whole message arrived from peer; code is what zr_chat_parse returned for it.
void zr_room_receive (zr_room_t *self, zr_room_peer_t peer,
                      const zr_chat_message_t *message, zr_chat_code_t code,
                      int64_t now_ms);
// Its connection is gone. silent: the heartbeat gave it up.
void zr_room_lost (zr_room_t *self, zr_room_peer_t peer, bool silent, int64_t now_ms);
// It does not read what it is sent.
void zr_room_stuck (zr_room_t *self, zr_room_peer_t peer, int64_t now_ms);
// Time passes. To be called at zr_room_next_ms at the latest.
void zr_room_tick (zr_room_t *self, int64_t now_ms);

// When something is due next (Unix milliseconds), or -1.
int64_t zr_room_next_ms (const zr_room_t *self);

// What this turn is to do, in order. Valid, with its texts, until zr_room_end.
const zr_room_action_t *zr_room_actions (const zr_room_t *self, size_t *count);

// Ends the turn. stored: the STORE and REMEMBER actions are in the history; of no
// meaning if there were none. If they are not, the lines' numbers are taken back.
// *more lists what that means for those in the room (SEND and BROADCAST): ERROR
// unstored to the authors, answers to what had to wait for it, and once at the first
// failure and at the recovery a NOTICE to all. Valid until the next zr_room_end.
void zr_room_end (zr_room_t *self, bool stored, const zr_room_action_t **more,
                  size_t *count);

// Who takes part, in the order of joining: nicks, one a line, into text (size bytes,
// cut between names, with a NUL). Returns how many take part.
size_t zr_room_names (const zr_room_t *self, char *text, size_t size);

// The WELCOME for peer as of now, which also tells how much of it is stored. Returns
// false if it is not in the room. Valid until the next event.
bool zr_room_welcome (const zr_room_t *self, zr_room_peer_t peer,
                      zr_chat_message_t *message);

// How many take part.
size_t zr_room_count (const zr_room_t *self);

// Whether people were told that the history cannot be written, and nothing since.
bool zr_room_is_failing (const zr_room_t *self);

#endif
