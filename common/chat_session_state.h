// SPDX-License-Identifier: MPL-2.0
// What the two files of the session (chat_session.c, chat_answers.c) share. For no
// others.

#ifndef ZR_CHAT_SESSION_STATE_H
#define ZR_CHAT_SESSION_STATE_H

#include "common/chat_link.h"
#include "common/chat_session.h"
#include "common/endpoint.h"

typedef enum {
    ZR_CHAT_SESSION_APART,      // no link; until due
    ZR_CHAT_SESSION_CONNECTING, // people are told at due
    ZR_CHAT_SESSION_JOINING,    // given up at due
    ZR_CHAT_SESSION_REFUSED,    // JOIN again at due, or with another name
    ZR_CHAT_SESSION_JOINED,
    ZR_CHAT_SESSION_ENDED,
} zr_chat_session_state_t;

struct zr_chat_session {
    char *endpoint;
    char label[ZR_ENDPOINT_MAX]; // of the endpoint, for people
    char token[ZR_CHAT_TOKEN_LEN + 1];
    char *nick;       // wanted, or had
    bool nick_wanted; // asked for while JOIN was on its way
    zr_chat_emit_fn *emit;
    void *arg;

    zr_chat_session_state_t state;
    int64_t due_ms; // of the state, or -1
    zr_chat_link_t *link;
    bool held;      // APART until it is let go on
    bool down_said; // since it was up
    bool answered;  // a room is, or was, there
    int64_t newest; // as the first WELCOME said; -1 before it
    int64_t shown;  // number of the newest line passed on; 0: none
    zr_chat_queue_t *queue;
    int64_t pause_ms;   // no lines are sent before
    bool unstored_said; // since a line was stored last
};

// Tells the owner; texts are copied.
void zr_chat_session_emit (zr_chat_session_t *self, zr_chat_event_kind_t kind,
                           const zr_chat_message_t *message);

// Tells it that the room cannot be reached, once until it is up again. what follows
// the room's address.
void zr_chat_session_say_down (zr_chat_session_t *self, zr_chat_code_t code,
                               const char *what);

// Changes the state; wait_ms until it is due, or -1.
void zr_chat_session_set (zr_chat_session_t *self, zr_chat_session_state_t state,
                          int64_t wait_ms);

// Sends JOIN.
void zr_chat_session_join (zr_chat_session_t *self);

// Away with the link; a fresh one is made after wait_ms, or not yet (-1).
void zr_chat_session_break (zr_chat_session_t *self, int64_t wait_ms);

// The same for one that is no room, which is said.
void zr_chat_session_no_room (zr_chat_session_t *self, const char *what);

// One message of the broker's.
void zr_chat_session_take (zr_chat_session_t *self, const zr_chat_message_t *message);

#endif
