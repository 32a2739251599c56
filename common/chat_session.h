// SPDX-License-Identifier: MPL-2.0
// A client's part of PROTOCOL.md, for the client's thread (chat_client.c): connects and
// joins, again after every break; sends what its owner says; tells what comes.

#ifndef ZR_CHAT_SESSION_H
#define ZR_CHAT_SESSION_H

#include <czmq.h>

#include "common/chat_client.h"
#include "common/chat_queue.h"

typedef struct zr_chat_session zr_chat_session_t;

// Takes an event; it is the function's now.
typedef void (zr_chat_emit_fn) (void *arg, zr_chat_event_t **event_p);

// NULL if the endpoint cannot be used; logged. Texts are copied.
zr_chat_session_t *zr_chat_session_new (const char *endpoint, const char *nick,
                                        zr_chat_emit_fn *emit, void *arg);
void zr_chat_session_destroy (zr_chat_session_t **self_p);

// What the owner wants: a SAY, ME or MSG to be kept until it is acknowledged, a NICK, a
// WHO, or to LEAVE, after which nothing more is done. The line is the session's now.
void zr_chat_session_request (zr_chat_session_t *self, zr_chat_line_t **line_p);

// Reads what has come, a bounded number of messages at once.
void zr_chat_session_serve (zr_chat_session_t *self);

// Hangs up, silently, and stays away until it is let go on.
void zr_chat_session_hold (zr_chat_session_t *self, bool hold);

// Does what is due at now_ms (monotonic), and sends what may be sent.
void zr_chat_session_tick (zr_chat_session_t *self, int64_t now_ms);

// Milliseconds until tick is to be called at the latest, or -1.
int zr_chat_session_timeout (const zr_chat_session_t *self, int64_t now_ms);

// Fills what zmq_poll (3) is to watch, at most 2 of them. Returns how many.
int zr_chat_session_items (const zr_chat_session_t *self, zmq_pollitem_t *items);

#endif
