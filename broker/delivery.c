// SPDX-License-Identifier: MPL-2.0
// A message that goes to many is packed once: libzmq shares the memory of its parts.
// Lines carry numbers, and for each peer is known up to which one it has got; so live
// lines and those read from the history join without a gap or a double.

#include "broker/delivery.h"

#include <assert.h>

#include "common/log.h"

#define BLOCKED_MAX_US 5000000
#define CATCH_UP_LINES 200 // read from the history for one peer at a time
#define NEWCOMER_LINES 50

struct zr_delivery {
    void *router; // libzmq's handle
    zr_peers_t *peers;
    zr_room_t *room;
    zr_history_t *history;
    int64_t newest; // number of the newest line stored
    bool pending;   // somebody is behind
    uint64_t count;
    zmq_msg_t names_head, names; // NAMES as last sent
    char names_text[ZR_CHAT_NAMES_MAX];
};

zr_delivery_t *
zr_delivery_new (zsock_t *router, zr_peers_t *peers, zr_room_t *room,
                 zr_history_t *history)
{
    assert (router && peers && room && history);
    zr_delivery_t *self = zmalloc (sizeof *self);
    self->router = zsock_resolve (router);
    self->peers = peers;
    self->room = room;
    self->history = history;
    self->newest = zr_history_newest (history);
    zmq_msg_init (&self->names_head);
    zmq_msg_init (&self->names);
    return self;
}

void
zr_delivery_destroy (zr_delivery_t **self_p)
{
    assert (self_p);
    zr_delivery_t *self = *self_p;
    if (!self)
        return;
    zmq_msg_close (&self->names_head);
    zmq_msg_close (&self->names);
    freen (self);
    *self_p = NULL;
}

// Sends one message that may go to many: the parts share their memory. Returns 0, or
// -1 if the peer takes none now.
static int
s_send (zr_delivery_t *self, zr_peers_entry_t *entry, zmq_msg_t *head, zmq_msg_t *text)
{
    void *handle = self->router;
    zmq_msg_t part;
    if (entry->closed)
        return 0;
    if (zmq_send (handle, entry->id, entry->id_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        if (errno == EHOSTUNREACH) {
            entry->closed = true; // the monitor may have told before we knew it
            return 0;
        }
        if (!entry->blocked_us)
            entry->blocked_us = zclock_usecs ();
        self->pending = true;
        return -1;
    }
    zmq_msg_init (&part);
    zmq_msg_copy (&part, head);
    zmq_msg_send (&part, handle, text ? ZMQ_SNDMORE : 0);
    if (text) {
        zmq_msg_init (&part);
        zmq_msg_copy (&part, text);
        zmq_msg_send (&part, handle, 0);
    }
    entry->blocked_us = 0;
    self->count++;
    return 0;
}

static void
s_pack (const zr_chat_message_t *message, zmq_msg_t *head, zmq_msg_t *text)
{
    char bytes[ZR_CHAT_HEAD_MAX];
    size_t len = zr_chat_pack (message, bytes);
    zmq_msg_init_size (head, len);
    memcpy (zmq_msg_data (head), bytes, len);
    zmq_msg_init_size (text, message->text_len);
    if (message->text_len)
        memcpy (zmq_msg_data (text), message->text, message->text_len);
}

// To one peer. Returns 0, or -1 if it takes none now.
static int
s_send_message (zr_delivery_t *self, zr_peers_entry_t *entry,
                const zr_chat_message_t *message)
{
    zmq_msg_t head, text;
    s_pack (message, &head, &text);
    int status = s_send (self, entry, &head, message->text ? &text : NULL);
    zmq_msg_close (&head);
    zmq_msg_close (&text);
    return status;
}

// One that is deaf hears of it by WELCOME and NAMES later.
void
zr_delivery_send (zr_delivery_t *self, zr_peers_entry_t *entry,
                  const zr_chat_message_t *message)
{
    if (entry && !entry->deaf && s_send_message (self, entry, message))
        entry->deaf = entry->behind = true;
}

void
zr_delivery_broadcast (zr_delivery_t *self, zr_room_peer_t except,
                       const zr_chat_message_t *message)
{
    size_t count;
    zr_peers_entry_t *const *all = zr_peers_all (self->peers, &count);
    zmq_msg_t head, text;
    s_pack (message, &head, &text);
    for (size_t i = 0; i < count; i++)
        if (all[i]->joined && all[i]->peer != except && !all[i]->deaf &&
            s_send (self, all[i], &head, message->text ? &text : NULL))
            all[i]->deaf = all[i]->behind = true;
    zmq_msg_close (&head);
    zmq_msg_close (&text);
}

static zr_chat_message_t
s_line_message (const zr_room_line_t *line)
{
    zr_chat_message_t message = {.verb = ZR_CHAT_LINE,
                                 .kind = line->kind,
                                 .number = line->number,
                                 .time_ms = line->time_ms,
                                 .text = line->text,
                                 .text_len = line->text_len};
    snprintf (message.nick, sizeof message.nick, "%s", line->from);
    snprintf (message.to, sizeof message.to, "%s", line->to);
    return message;
}

// Those who are behind get it from the history.
void
zr_delivery_line (zr_delivery_t *self, const zr_room_line_t *line)
{
    const zr_chat_message_t message = s_line_message (line);
    size_t count;
    zr_peers_entry_t *const *all = zr_peers_all (self->peers, &count);
    zmq_msg_t head, text;
    s_pack (&message, &head, &text);
    self->newest = line->number;
    for (size_t i = 0; i < count; i++) {
        zr_peers_entry_t *entry = all[i];
        bool may_see = line->kind != ZR_CHAT_MSG || streq (entry->token, line->token) ||
                       streq (entry->token, line->to_token);
        if (!entry->joined || entry->behind)
            continue;
        if (may_see && s_send (self, entry, &head, &text))
            entry->deaf = entry->behind = true;
        else
            entry->cursor = line->number;
    }
    zmq_msg_close (&head);
    zmq_msg_close (&text);
}

typedef struct {
    zr_delivery_t *delivery;
    zr_peers_entry_t *entry;
} reader_t;

static bool
s_send_old_line (void *arg, const zr_room_line_t *line)
{
    reader_t *reader = arg;
    const zr_chat_message_t message = s_line_message (line);
    if (s_send_message (reader->delivery, reader->entry, &message))
        return false;
    reader->entry->cursor = line->number;
    return true;
}

// Those who join together share one NAMES: a thousand of them would be as many copies
// of a thousand names.
static void
s_send_names (zr_delivery_t *self, zr_peers_entry_t *entry)
{
    size_t count =
        zr_room_names (self->room, self->names_text, sizeof self->names_text);
    size_t len = strlen (self->names_text);
    if (zmq_msg_size (&self->names_head) == 0 || len != zmq_msg_size (&self->names) ||
        memcmp (self->names_text, zmq_msg_data (&self->names), len) != 0) {
        const zr_chat_message_t message = {.verb = ZR_CHAT_NAMES,
                                           .number = (int64_t) count,
                                           .text = self->names_text,
                                           .text_len = len};
        zmq_msg_close (&self->names_head);
        zmq_msg_close (&self->names);
        s_pack (&message, &self->names_head, &self->names);
    }
    if (!entry->deaf && s_send (self, entry, &self->names_head, &self->names))
        entry->deaf = entry->behind = true;
}

// Brings a peer that is behind further, as far as its pipe and a turn's share allow.
static void
s_catch_up (zr_delivery_t *self, zr_peers_entry_t *entry)
{
    zr_chat_message_t welcome;
    if (entry->deaf) {
        if (!zr_room_welcome (self->room, entry->peer, &welcome) ||
            s_send_message (self, entry, &welcome))
            return;
        entry->deaf = false;
        s_send_names (self, entry);
        if (entry->deaf)
            return;
    }
    reader_t reader = {self, entry};
    int read = zr_history_read (self->history, entry->token, entry->cursor,
                                self->newest, CATCH_UP_LINES, s_send_old_line, &reader);
    if (read < 0) {
        zr_log_error ("room", "the history cannot be read: %s",
                      zr_history_error (self->history));
        read = 0; // live lines go on
    }
    if (read < CATCH_UP_LINES && !entry->blocked_us) {
        entry->cursor = self->newest;
        entry->behind = false;
    }
}

bool
zr_delivery_serve (zr_delivery_t *self, int64_t now_ms)
{
    size_t count;
    zr_peers_entry_t *const *all = zr_peers_all (self->peers, &count);
    int64_t now_us = zclock_usecs ();
    self->pending = false;
    for (size_t i = 0; i < count; i++) {
        zr_peers_entry_t *entry = all[i];
        if (!entry->joined || entry->closed)
            continue;
        if (entry->blocked_us && now_us - entry->blocked_us > BLOCKED_MAX_US)
            zr_room_stuck (self->room, entry->peer, now_ms);
        else if (entry->behind)
            s_catch_up (self, entry);
        self->pending = self->pending || entry->behind;
    }
    return self->pending;
}

void
zr_delivery_join (zr_delivery_t *self, zr_peers_entry_t *entry, const char *token,
                  int64_t number)
{
    snprintf (entry->token, sizeof entry->token, "%s", token);
    entry->joined = true;
    entry->behind = true;
    entry->cursor = number;
    if (number < 0)
        entry->cursor = zr_history_before_newest (self->history, entry->token,
                                                  self->newest, NEWCOMER_LINES);
    s_send_names (self, entry);
    s_catch_up (self, entry);
    self->pending = self->pending || entry->behind;
}

int64_t
zr_delivery_oldest (zr_delivery_t *self)
{
    size_t count;
    int64_t oldest = INT64_MAX;
    zr_peers_entry_t *const *all = zr_peers_all (self->peers, &count);
    for (size_t i = 0; i < count && self->pending; i++)
        if (all[i]->joined && all[i]->behind && all[i]->cursor < oldest)
            oldest = all[i]->cursor;
    return oldest;
}

bool
zr_delivery_is_pending (const zr_delivery_t *self)
{
    return self->pending;
}

uint64_t
zr_delivery_count (const zr_delivery_t *self)
{
    return self->count;
}
