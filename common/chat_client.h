// SPDX-License-Identifier: MPL-2.0
// Takes part in a room (PROTOCOL.md): a thread of its own that joins, keeps every line
// until it is acknowledged, finds the broker again, and tells its owner what happens,
// in order. Owner: one thread.

#ifndef ZR_CHAT_CLIENT_H
#define ZR_CHAT_CLIENT_H

#include "common/chat_proto.h"

typedef struct zr_chat_client zr_chat_client_t;

typedef enum {
    ZR_CHAT_EVENT_DOWN, // the broker does not answer (said once until it is UP); text.
                        // With code ZR_CHAT_REPLACED it is not tried again
    ZR_CHAT_EVENT_UP,   // joined; message is the WELCOME; again after every break
    ZR_CHAT_EVENT_MESSAGE, // message: LINE (each number once, in order), NAMES, JOINED,
                           // LEFT, RENAMED, NOTICE, REFUSED, ERROR (with an n: that
                           // line of ours is refused, which ends it)
    ZR_CHAT_EVENT_STORED,  // message is an ACK: that line of ours is stored
    ZR_CHAT_EVENT_IDLE,    // everything posted so far is stored or refused
} zr_chat_event_kind_t;

// Strings are the event's own.
typedef struct {
    zr_chat_event_kind_t kind;
    zr_chat_message_t message;
    char *text; // the message's text, NUL-terminated, or NULL
} zr_chat_event_t;

// Starts. endpoint: complete, of the broker; texts are copied. nick is judged by the
// broker; after REFUSED post another one with zr_chat_client_nick. NULL if the
// endpoint cannot be used; logged.
zr_chat_client_t *zr_chat_client_new (const char *endpoint, const char *nick);

// Says goodbye (LEAVE) and ends; what is not stored by then is lost. Accepts NULL
// inside.
void zr_chat_client_destroy (zr_chat_client_t **self_p);

// Posts a line: kind ZR_CHAT_SAY, _ME, or _MSG to a nick (to is NULL otherwise). It is
// sent as soon as the room can be reached, in order, once. Returns 0; -1 if the text
// is empty or above ZR_CHAT_TEXT_MAX bytes, to is nothing that a name can be, or
// ZR_CHAT_POST_MAX lines wait already.
#define ZR_CHAT_POST_MAX 100000
int zr_chat_client_post (zr_chat_client_t *self, zr_chat_verb_t kind, const char *to,
                         const char *text, size_t len);

// Asks for another name, or for the names of all.
void zr_chat_client_nick (zr_chat_client_t *self, const char *nick);
void zr_chat_client_who (zr_chat_client_t *self);

// What to poll (a zsock_t or an actor, for zpoller), its descriptor for poll(2), and
// the next event that waits, or NULL. With the descriptor: read events until NULL
// before polling again, it tells of changes only (ZMQ_FD).
void *zr_chat_client_pollable (zr_chat_client_t *self);
int zr_chat_client_fd (zr_chat_client_t *self);
zr_chat_event_t *zr_chat_client_read (zr_chat_client_t *self);
void zr_chat_event_destroy (zr_chat_event_t **self_p);

// Lines posted that are neither stored nor refused yet.
size_t zr_chat_client_pending (zr_chat_client_t *self);

#endif
