// SPDX-License-Identifier: MPL-2.0
// The life of a link:
//
//     APART -> CONNECTING -> JOINING -> JOINED
//       ^          |            |-> REFUSED (a name is needed, or a pause)
//       +----------+------------+----------+          all -> ENDED
//
// A break leads to APART from everywhere, and a fresh link follows. Until libzmq has a
// connection nothing is sent, so nothing can be sent twice by it. What is done at the
// broker's messages is in chat_answers.c.

#include "common/chat_session_state.h"

#include <assert.h>
#include <sys/random.h>

#include "common/log.h"

#define PATIENCE_MS 800     // after so long without a connection people are told
#define JOIN_MS 5000        // a room answers by then
#define AGAIN_MS 50         // fresh link after a break
#define REPEAT_MS 1000      // the same where nobody was welcome before
#define NO_ROOM_MS 2000     // the same after an answer that is no room's
#define LEAVE_LINGER_MS 200 // for the goodbye
#define SERVED_MAX 256      // messages read at once
#define FULL_PIPE_MS 100    // until sending is tried again

void
zr_chat_session_emit (zr_chat_session_t *self, zr_chat_event_kind_t kind,
                      const zr_chat_message_t *message)
{
    zr_chat_event_t *event = zmalloc (sizeof *event);
    event->kind = kind;
    event->message = *message;
    if (message->text) {
        event->text = zmalloc (message->text_len + 1);
        if (message->text_len)
            memcpy (event->text, message->text, message->text_len);
        event->message.text = event->text;
    }
    self->emit (self->arg, &event);
}

void
zr_chat_session_say_down (zr_chat_session_t *self, zr_chat_code_t code,
                          const char *what)
{
    char text[ZR_ENDPOINT_MAX + ZR_CHAT_TEXT_MAX];
    if (self->down_said)
        return;
    self->down_said = true;
    snprintf (text, sizeof text, "%s %s", self->label, what);
    const zr_chat_message_t message = {
        .code = code, .text = text, .text_len = strlen (text)};
    zr_chat_session_emit (self, ZR_CHAT_EVENT_DOWN, &message);
}

void
zr_chat_session_set (zr_chat_session_t *self, zr_chat_session_state_t state,
                     int64_t wait_ms)
{
    self->state = state;
    self->due_ms = wait_ms < 0 ? -1 : zclock_mono () + wait_ms;
}

void
zr_chat_session_break (zr_chat_session_t *self, int64_t wait_ms)
{
    zr_chat_link_destroy (&self->link, 0);
    zr_chat_queue_rewind (self->queue);
    zr_chat_session_set (self, ZR_CHAT_SESSION_APART, wait_ms);
}

static void
s_connect (zr_chat_session_t *self)
{
    self->link = zr_chat_link_new (self->endpoint);
    if (self->link)
        zr_chat_session_set (self, ZR_CHAT_SESSION_CONNECTING, PATIENCE_MS);
    else
        zr_chat_session_set (self, ZR_CHAT_SESSION_APART, NO_ROOM_MS);
}

void
zr_chat_session_join (zr_chat_session_t *self)
{
    zr_chat_message_t join = {.verb = ZR_CHAT_JOIN,
                              .number = self->shown ? self->shown : self->newest,
                              .text = self->nick,
                              .text_len = strlen (self->nick)};
    memcpy (join.token, self->token, sizeof join.token);
    self->nick_wanted = false;
    if (zr_chat_link_send (self->link, &join))
        zr_chat_session_break (self, REPEAT_MS);
    else
        zr_chat_session_set (self, ZR_CHAT_SESSION_JOINING, JOIN_MS);
}

void
zr_chat_session_no_room (zr_chat_session_t *self, const char *what)
{
    zr_chat_session_say_down (self, ZR_CHAT_CODE_NONE, what);
    zr_chat_session_break (self, NO_ROOM_MS);
}

// What is said of one that does not do what a room does.
static const char *
s_judge (const zr_chat_session_t *self)
{
    return self->answered ? "does not answer any more" : "answers, but is no room";
}

static void
s_lost (zr_chat_session_t *self)
{
    zr_chat_session_say_down (self, ZR_CHAT_CODE_NONE, s_judge (self));
    zr_chat_session_break (self, self->state == ZR_CHAT_SESSION_JOINED ? AGAIN_MS
                                                                       : REPEAT_MS);
}

void
zr_chat_session_serve (zr_chat_session_t *self)
{
    zr_chat_message_t message;
    zr_chat_code_t code;
    int status = 1;
    // What came before the connection closed is read before that.
    for (int i = 0; self->link && status && i < SERVED_MAX; i++) {
        status = zr_chat_link_receive (self->link, &message, &code);
        if (status > 0)
            zr_chat_session_take (self, &message);
        else if (status < 0 && code == ZR_CHAT_VERSION &&
                 self->state == ZR_CHAT_SESSION_JOINING)
            zr_chat_session_no_room (self, "speaks another version of the chat");
        else if (status < 0)
            zr_log_debug ("chat", "%s sent what is no message: %s", self->label,
                          zr_chat_code_word (code));
    }
    zr_socket_event_t event = ZR_SOCKET_RETRY;
    while (self->link && event != ZR_SOCKET_NONE) {
        event = zr_chat_link_event (self->link);
        if (event == ZR_SOCKET_UP && self->state == ZR_CHAT_SESSION_CONNECTING)
            zr_chat_session_join (self);
        else if (event == ZR_SOCKET_DOWN && self->state != ZR_CHAT_SESSION_CONNECTING)
            s_lost (self);
    }
}

static void
s_send_lines (zr_chat_session_t *self, int64_t now_ms)
{
    const zr_chat_line_t *line;
    while (self->state == ZR_CHAT_SESSION_JOINED && now_ms >= self->pause_ms &&
           (line = zr_chat_queue_next (self->queue)) != NULL) {
        zr_chat_message_t message = {.verb = line->verb,
                                     .n = line->n,
                                     .text = line->text,
                                     .text_len = line->len};
        memcpy (message.to, line->to, sizeof message.to);
        if (zr_chat_link_send (self->link, &message))
            self->pause_ms = now_ms + FULL_PIPE_MS;
        else
            zr_chat_queue_sent (self->queue);
    }
}

void
zr_chat_session_tick (zr_chat_session_t *self, int64_t now_ms)
{
    if (self->due_ms >= 0 && now_ms >= self->due_ms) {
        self->due_ms = -1;
        switch (self->state) {
        case ZR_CHAT_SESSION_APART:
            s_connect (self);
            break;
        case ZR_CHAT_SESSION_CONNECTING:
            zr_chat_session_say_down (self, ZR_CHAT_CODE_NONE, "does not answer yet");
            break;
        case ZR_CHAT_SESSION_JOINING:
            zr_chat_session_no_room (self, s_judge (self));
            break;
        case ZR_CHAT_SESSION_REFUSED:
            zr_chat_session_join (self);
            break;
        default:
            break;
        }
    }
    s_send_lines (self, now_ms);
}

int
zr_chat_session_timeout (const zr_chat_session_t *self, int64_t now_ms)
{
    int64_t due_ms = self->due_ms;
    if (self->state == ZR_CHAT_SESSION_JOINED && zr_chat_queue_next (self->queue) &&
        (due_ms < 0 || self->pause_ms < due_ms))
        due_ms = self->pause_ms;
    if (due_ms < 0)
        return -1;
    return due_ms > now_ms ? (int) (due_ms - now_ms) : 0;
}

int
zr_chat_session_items (const zr_chat_session_t *self, zmq_pollitem_t *items)
{
    if (!self->link)
        return 0;
    items[0] = (zmq_pollitem_t){zr_chat_link_monitor (self->link), 0, ZMQ_POLLIN, 0};
    items[1] = (zmq_pollitem_t){zr_chat_link_socket (self->link), 0, ZMQ_POLLIN, 0};
    return 2;
}

void
zr_chat_session_hold (zr_chat_session_t *self, bool hold)
{
    if (self->state == ZR_CHAT_SESSION_ENDED || hold == self->held)
        return;
    self->held = hold;
    zr_chat_session_break (self, hold ? -1 : 0);
}

static void
s_take_nick (zr_chat_session_t *self, const zr_chat_line_t *line)
{
    if (self->state == ZR_CHAT_SESSION_JOINED) {
        const zr_chat_message_t nick = {
            .verb = ZR_CHAT_NICK, .text = line->text, .text_len = line->len};
        zr_chat_link_send (self->link, &nick);
        return;
    }
    freen (self->nick);
    self->nick = strdup (line->text);
    if (self->state == ZR_CHAT_SESSION_REFUSED && self->due_ms < 0)
        zr_chat_session_join (self);
    else
        self->nick_wanted = self->state == ZR_CHAT_SESSION_JOINING;
}

static void
s_leave (zr_chat_session_t *self)
{
    if (self->state == ZR_CHAT_SESSION_JOINED)
        zr_chat_link_send (self->link, &(zr_chat_message_t){.verb = ZR_CHAT_LEAVE});
    zr_chat_link_destroy (&self->link, LEAVE_LINGER_MS);
    zr_chat_session_set (self, ZR_CHAT_SESSION_ENDED, -1);
}

void
zr_chat_session_request (zr_chat_session_t *self, zr_chat_line_t **line_p)
{
    switch ((*line_p)->verb) {
    case ZR_CHAT_NICK:
        s_take_nick (self, *line_p);
        break;
    case ZR_CHAT_WHO:
        if (self->state == ZR_CHAT_SESSION_JOINED) // else they come with WELCOME
            zr_chat_link_send (self->link, &(zr_chat_message_t){.verb = ZR_CHAT_WHO});
        break;
    case ZR_CHAT_LEAVE:
        s_leave (self);
        break;
    default:
        zr_chat_queue_add (self->queue, line_p);
        return;
    }
    zr_chat_line_destroy (line_p);
}

static void
s_make_token (char *token)
{
    uint8_t bytes[ZR_CHAT_TOKEN_LEN / 2];
    ssize_t size = getrandom (bytes, sizeof bytes, 0);
    assert (size == sizeof bytes); // so short a wish is always granted whole
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf (token + 2 * i, 3, "%02x", bytes[i]);
}

// The usual port is not said.
static void
s_make_label (const char *endpoint, char *label, size_t size)
{
    char port[16];
    int len = snprintf (port, sizeof port, ":%d", ZR_PORT_CHAT);
    zr_endpoint_label (endpoint, label, size);
    char *end = label + strlen (label) - (strlen (label) < (size_t) len ? 0 : len);
    if (streq (end, port))
        *end = '\0';
}

zr_chat_session_t *
zr_chat_session_new (const char *endpoint, const char *nick, zr_chat_emit_fn *emit,
                     void *arg)
{
    assert (endpoint && nick && emit);
    zr_chat_session_t *self = zmalloc (sizeof *self);
    self->endpoint = strdup (endpoint);
    s_make_label (endpoint, self->label, sizeof self->label);
    s_make_token (self->token);
    self->nick = strndup (nick, ZR_CHAT_TEXT_MAX);
    self->emit = emit;
    self->arg = arg;
    self->newest = -1;
    self->queue = zr_chat_queue_new ();
    s_connect (self);
    if (!self->link)
        zr_chat_session_destroy (&self);
    return self;
}

void
zr_chat_session_destroy (zr_chat_session_t **self_p)
{
    assert (self_p);
    zr_chat_session_t *self = *self_p;
    if (!self)
        return;
    zr_chat_link_destroy (&self->link, 0);
    zr_chat_queue_destroy (&self->queue);
    freen (self->endpoint);
    freen (self->nick);
    freen (self);
    *self_p = NULL;
}
