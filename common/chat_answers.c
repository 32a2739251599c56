// SPDX-License-Identifier: MPL-2.0
// What a session does at each of the broker's messages. A broker is believed only as
// far as it cannot harm: it cannot take back or store what was not sent, and what it
// makes us wait is bounded.

#include "common/chat_session_state.h"

#include "common/log.h"

#define BUSY_MS 1000      // JOIN again
#define FULL_MS 2000      // likewise
#define REJOIN_MS 1000    // a fresh link, where joining went wrong
#define GAP_MS 100        // until lines are sent again
#define UNSTORED_MS 1000  // likewise
#define WAIT_MAX_MS 60000 // of what a broker asks for

static void
s_end (zr_chat_session_t *self)
{
    self->down_said = false;
    zr_chat_session_say_down (self, ZR_CHAT_REPLACED,
                              "has let you in from another place");
    zr_chat_link_destroy (&self->link, 0);
    zr_chat_session_set (self, ZR_CHAT_SESSION_ENDED, -1);
}

// A line of ours is stored, or refused.
static void
s_done (zr_chat_session_t *self, zr_chat_event_kind_t kind,
        const zr_chat_message_t *message)
{
    self->unstored_said = false;
    zr_chat_session_emit (self, kind, message);
    if (zr_chat_queue_size (self->queue) == 0)
        zr_chat_session_emit (self, ZR_CHAT_EVENT_IDLE, &(zr_chat_message_t){0});
}

// All our lines up to n are stored.
static void
s_stored (zr_chat_session_t *self, int64_t n)
{
    int64_t taken;
    while ((taken = zr_chat_queue_take (self->queue, n)) > 0) {
        const zr_chat_message_t ack = {.verb = ZR_CHAT_ACK, .n = taken};
        s_done (self, ZR_CHAT_EVENT_STORED, &ack);
    }
}

static void
s_say_refused (zr_chat_session_t *self, const zr_chat_message_t *message)
{
    char what[ZR_CHAT_TEXT_MAX];
    snprintf (what, sizeof what, "lets nobody in now: %.*s", (int) message->text_len,
              message->text);
    zr_chat_session_say_down (self, message->code, what);
}

// Also while joined: the broker says so to one that could not be told everything.
static void
s_take_welcome (zr_chat_session_t *self, const zr_chat_message_t *message)
{
    int64_t last = self->shown ? self->shown : self->newest;
    if (self->newest < 0)
        self->newest = message->number;
    else if (message->number < last) { // the history began anew
        self->newest = message->number;
        self->shown = 0;
    }
    if (self->state == ZR_CHAT_SESSION_JOINING) {
        if (!self->nick_wanted) {
            freen (self->nick);
            self->nick = strdup (message->nick);
        }
        zr_chat_session_set (self, ZR_CHAT_SESSION_JOINED, -1);
        self->down_said = false;
        zr_chat_session_emit (self, ZR_CHAT_EVENT_UP, message);
    } else if (self->state != ZR_CHAT_SESSION_JOINED)
        return;
    s_stored (self, message->n);
    zr_chat_queue_renumber (self->queue, message->n);
    if (self->nick_wanted) {
        const zr_chat_message_t nick = {
            .verb = ZR_CHAT_NICK, .text = self->nick, .text_len = strlen (self->nick)};
        self->nick_wanted = false;
        zr_chat_link_send (self->link, &nick);
    }
}

static void
s_take_refused (zr_chat_session_t *self, const zr_chat_message_t *message)
{
    if (message->code == ZR_CHAT_REPLACED) {
        s_end (self);
        return;
    }
    if (self->state != ZR_CHAT_SESSION_JOINING) {
        zr_chat_session_emit (self, ZR_CHAT_EVENT_MESSAGE, message);
        return;
    }
    switch (message->code) {
    case ZR_CHAT_BUSY:
        zr_chat_session_set (self, ZR_CHAT_SESSION_REFUSED, BUSY_MS);
        s_say_refused (self, message);
        break;
    case ZR_CHAT_FULL:
        zr_chat_session_set (self, ZR_CHAT_SESSION_REFUSED, FULL_MS);
        s_say_refused (self, message);
        break;
    default:
        zr_chat_session_set (self, ZR_CHAT_SESSION_REFUSED, -1);
        if (self->nick_wanted)
            zr_chat_session_join (self);
        else
            zr_chat_session_emit (self, ZR_CHAT_EVENT_MESSAGE, message);
    }
}

// All that is not acknowledged is sent again, not before wait_ms have passed.
static void
s_go_back (zr_chat_session_t *self, const zr_chat_message_t *message, int64_t wait_ms)
{
    if (!zr_chat_queue_was_sent (self->queue, message->n))
        return;
    int64_t until_ms = zclock_mono () + wait_ms;
    if (self->pause_ms < until_ms)
        self->pause_ms = until_ms;
    zr_chat_queue_rewind (self->queue);
}

static void
s_take_error_joining (zr_chat_session_t *self, const zr_chat_message_t *message)
{
    switch (message->code) {
    case ZR_CHAT_MALFORMED:
    case ZR_CHAT_VERSION:
        zr_chat_session_no_room (self, "speaks another version of the chat");
        break;
    case ZR_CHAT_ALREADY_JOINED:
        zr_chat_session_break (self, REJOIN_MS);
        break;
    default: // about what was sent before JOIN
        break;
    }
}

static void
s_take_error (zr_chat_session_t *self, const zr_chat_message_t *message)
{
    zr_chat_message_t error = *message;
    if (self->state == ZR_CHAT_SESSION_JOINING) {
        s_take_error_joining (self, message);
        return;
    }
    if (self->state != ZR_CHAT_SESSION_JOINED)
        return;
    switch (message->code) {
    case ZR_CHAT_TEXT_BAD:
    case ZR_CHAT_TOO_LONG:
    case ZR_CHAT_NOBODY:
        if (message->n < 0)
            zr_chat_session_emit (self, ZR_CHAT_EVENT_MESSAGE, message);
        else if (zr_chat_queue_drop (self->queue, message->n))
            s_done (self, ZR_CHAT_EVENT_MESSAGE, message);
        break;
    case ZR_CHAT_GAP:
        s_go_back (self, message, GAP_MS);
        break;
    case ZR_CHAT_UNSTORED:
        s_go_back (self, message, UNSTORED_MS);
        error.n = -1; // the line is not done
        if (!self->unstored_said)
            zr_chat_session_emit (self, ZR_CHAT_EVENT_MESSAGE, &error);
        self->unstored_said = true;
        break;
    case ZR_CHAT_NOT_JOINED:
        zr_chat_session_join (self);
        break;
    default:
        zr_log_debug ("chat", "%s says: %s", self->label,
                      zr_chat_code_word (message->code));
    }
}

static void
s_take_renamed (zr_chat_session_t *self, const zr_chat_message_t *message)
{
    if (streq (message->nick, self->nick)) {
        freen (self->nick);
        self->nick = strdup (message->to);
    }
    zr_chat_session_emit (self, ZR_CHAT_EVENT_MESSAGE, message);
}

static void
s_take_joined (zr_chat_session_t *self, const zr_chat_message_t *message)
{
    switch (message->verb) {
    case ZR_CHAT_LINE:
        if (message->number > self->shown) {
            self->shown = message->number;
            zr_chat_session_emit (self, ZR_CHAT_EVENT_MESSAGE, message);
        }
        break;
    case ZR_CHAT_ACK:
        // It alone: a refusal of one before it may be still to come.
        if (zr_chat_queue_drop (self->queue, message->n))
            s_done (self, ZR_CHAT_EVENT_STORED, message);
        break;
    case ZR_CHAT_WAIT:
        s_go_back (self, message,
                   message->number < WAIT_MAX_MS ? message->number : WAIT_MAX_MS);
        break;
    case ZR_CHAT_RENAMED:
        s_take_renamed (self, message);
        break;
    default: // NAMES, JOINED, LEFT, NOTICE
        zr_chat_session_emit (self, ZR_CHAT_EVENT_MESSAGE, message);
    }
}

void
zr_chat_session_take (zr_chat_session_t *self, const zr_chat_message_t *message)
{
    self->answered = true;
    switch (message->verb) {
    case ZR_CHAT_WELCOME:
        s_take_welcome (self, message);
        break;
    case ZR_CHAT_REFUSED:
        s_take_refused (self, message);
        break;
    case ZR_CHAT_ERROR:
        s_take_error (self, message);
        break;
    default:
        if (self->state == ZR_CHAT_SESSION_JOINED)
            s_take_joined (self, message);
    }
}
