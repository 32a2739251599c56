// SPDX-License-Identifier: MPL-2.0
// Turns: all messages that have arrived go to the room, what it wants stored is stored
// in one transaction, and only then is anything sent.
//
// A closed connection is known by its descriptor (ZMQ_SRCFD of its messages, and the
// monitor's report). Since a descriptor can be given to the next connection at once,
// the monitor is read after a turn's messages and before they are handled, and counts
// only for connections that were known before them.

#include "broker/room_server.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "broker/delivery.h"
#include "common/log.h"
#include "common/socket.h"

#define TURN_MAX 1024 // messages handled in one turn
#define RETRY_MS 20   // how soon a full pipe is tried again
#define REPORT_US 1000000
#define CHECK_US 500000
#define SILENT_MS 3500  // nothing was heard for so long: three heartbeats are missing
#define SUSPECT_MS 2000 // a connection that ends after so long was silent

// One message of a turn.
typedef struct {
    uint8_t id[ZR_PEERS_ID_MAX];
    size_t id_len;
    zmq_msg_t head, text;
    int count; // of parts without the routing id
} arrival_t;

struct zr_room_server {
    zr_room_server_settings_t settings;
    zsock_t *router;
    zsock_t *monitor;
    zactor_t *actor;
    zr_history_t *history;
    zr_room_t *room;
    zr_peers_t *peers;
    arrival_t arrivals[TURN_MAX];
    zr_delivery_t *delivery;
    bool failing; // the last transaction failed, which was said
    zr_room_server_report_t report;
    uint64_t lines_before;
    int64_t next_report_us, next_check_us;
    int64_t started_ms; // Unix time when zclock_mono was 0
};

// ---- a turn -------------------------------------------------------------------------

// Unix time at the start, and from then on a clock that is never set back.
static int64_t
s_now_ms (const zr_room_server_t *self)
{
    return self->started_ms + zclock_mono ();
}

// Out of the room. Its connection is closed too, so that its pipe's memory is free and
// it learns of it.
static void
s_drop (zr_peers_entry_t *entry)
{
    entry->joined = false;
    if (entry->blocked_us && entry->fd >= 0)
        shutdown (entry->fd, SHUT_RDWR);
}

static void
s_act (zr_room_server_t *self, const zr_room_action_t *action, bool stored)
{
    zr_peers_entry_t *entry = zr_peers_by_number (self->peers, action->peer);
    switch (action->kind) {
    case ZR_ROOM_SEND:
        zr_delivery_send (self->delivery, entry, &action->message);
        break;
    case ZR_ROOM_BROADCAST:
        zr_delivery_broadcast (self->delivery, action->peer, &action->message);
        break;
    case ZR_ROOM_STORE:
        if (stored) {
            const zr_chat_message_t ack = {.verb = ZR_CHAT_ACK,
                                           .n = action->line.n,
                                           .number = action->line.number};
            zr_delivery_send (self->delivery, entry, &ack);
            zr_delivery_line (self->delivery, &action->line);
            self->report.lines++;
        }
        break;
    case ZR_ROOM_CATCH_UP:
        if (entry)
            zr_delivery_join (self->delivery, entry, action->member.token,
                              action->number);
        break;
    case ZR_ROOM_DROP:
        if (entry)
            s_drop (entry);
        break;
    case ZR_ROOM_REMEMBER:
        break;
    }
}

// Stores what the room wants stored, all or nothing.
static bool
s_store (zr_room_server_t *self, const zr_room_action_t *actions, size_t count)
{
    bool begun = false;
    int status = 0;
    zr_history_need (self->history, zr_delivery_oldest (self->delivery));
    for (size_t i = 0; i < count && status == 0; i++) {
        const zr_room_action_t *action = &actions[i];
        if (action->kind != ZR_ROOM_STORE && action->kind != ZR_ROOM_REMEMBER)
            continue;
        if (!begun)
            status = zr_history_begin (self->history);
        begun = true;
        if (status == 0 && action->kind == ZR_ROOM_STORE)
            status = zr_history_add_line (self->history, &action->line);
        else if (status == 0)
            status = zr_history_put_member (self->history, &action->member);
    }
    if (begun && status == 0)
        status = zr_history_commit (self->history);
    if (status)
        zr_history_rollback (self->history);
    return status == 0;
}

// Once each way.
static void
s_log_history (zr_room_server_t *self)
{
    bool failing = zr_room_is_failing (self->room);
    if (failing && !self->failing)
        zr_log_error ("room",
                      "nothing can be stored (%s): lines wait with who wrote them",
                      zr_history_error (self->history));
    else if (!failing && self->failing)
        zr_log_info ("room", "the history is written again");
    self->failing = failing;
}

static void
s_finish_turn (zr_room_server_t *self)
{
    size_t count;
    const zr_room_action_t *actions = zr_room_actions (self->room, &count);
    bool stored = s_store (self, actions, count);
    for (size_t i = 0; i < count; i++)
        s_act (self, &actions[i], stored);
    const zr_room_action_t *unstored;
    zr_room_end (self->room, stored, &unstored, &count);
    s_log_history (self);
    for (size_t i = 0; i < count; i++)
        s_act (self, &unstored[i], false);
}

// Reads one message without waiting. Returns false if there is none.
static bool
s_receive (zr_room_server_t *self, arrival_t *arrival)
{
    void *handle = zsock_resolve (self->router);
    int len = zmq_recv (handle, arrival->id, sizeof arrival->id, ZMQ_DONTWAIT);
    if (len < 0)
        return false;
    arrival->id_len = (size_t) len;
    arrival->count = 0;
    zmq_msg_init (&arrival->head);
    zmq_msg_init (&arrival->text);
    while (zsock_rcvmore (self->router)) {
        zmq_msg_t rest;
        zmq_msg_init (&rest);
        zmq_msg_t *part = &rest;
        if (arrival->count == 0)
            part = &arrival->head;
        else if (arrival->count == 1)
            part = &arrival->text;
        int got = zmq_msg_recv (part, handle, ZMQ_DONTWAIT);
        zmq_msg_close (&rest);
        if (got < 0)
            break;
        arrival->count++;
    }
    return true;
}

static void
s_handle (zr_room_server_t *self, arrival_t *arrival)
{
    zr_peers_entry_t *entry = zr_peers_at (self->peers, arrival->id, arrival->id_len);
    if (!entry)
        return; // more connections than we serve; it gets no answer
    if (arrival->count)
        entry->fd = zmq_msg_get (&arrival->head, ZMQ_SRCFD);
    zr_chat_message_t message;
    const char *text =
        arrival->count > 1 ? (const char *) zmq_msg_data (&arrival->text) : NULL;
    zr_chat_code_t code = zr_chat_parse (
        (const char *) zmq_msg_data (&arrival->head), zmq_msg_size (&arrival->head),
        text, zmq_msg_size (&arrival->text), arrival->count, true, &message);
    zr_room_receive (self->room, entry->peer, &message, code, s_now_ms (self));
}

// Marks connections that are gone, of those known before this turn's messages.
static void
s_watch_connections (zr_room_server_t *self)
{
    int fd;
    zr_socket_event_t event;
    while ((event = zr_socket_event (self->monitor, &fd)) != ZR_SOCKET_NONE) {
        zr_peers_entry_t *entry =
            event == ZR_SOCKET_DOWN ? zr_peers_by_fd (self->peers, fd) : NULL;
        if (entry)
            entry->closed = true;
    }
}

// Closes connections that nothing came from for too long: clients send heartbeats.
// libzmq's own watch over them (the time to live of a PING) ends with the next message
// that comes, so the kernel is asked. Only TCP knows; elsewhere that watch has to do.
static void
s_check_silence (zr_room_server_t *self, int64_t now_us)
{
    size_t count;
    zr_peers_entry_t *const *all = zr_peers_all (self->peers, &count);
    if (now_us < self->next_check_us)
        return;
    self->next_check_us = now_us + CHECK_US;
    for (size_t i = 0; i < count; i++) {
        struct tcp_info info;
        socklen_t size = sizeof info;
        zr_peers_entry_t *entry = all[i];
        if (entry->closed || entry->fd < 0 ||
            getsockopt (entry->fd, IPPROTO_TCP, TCP_INFO, &info, &size))
            continue;
        entry->silent = info.tcpi_last_data_recv > SUSPECT_MS;
        entry->closed = info.tcpi_last_data_recv > SILENT_MS;
        if (entry->closed)
            shutdown (entry->fd, SHUT_RDWR);
    }
}

static void
s_forget_closed (zr_room_server_t *self)
{
    size_t count;
    zr_peers_entry_t *const *all = zr_peers_all (self->peers, &count);
    for (size_t i = count; i-- > 0;) {
        zr_peers_entry_t *entry = all[i];
        if (!entry->closed)
            continue;
        zr_room_lost (self->room, entry->peer, entry->silent, s_now_ms (self));
        zr_peers_remove (self->peers, &entry);
    }
}

static void
s_turn (zr_room_server_t *self)
{
    int count = 0;
    while (count < TURN_MAX && s_receive (self, &self->arrivals[count]))
        count++;
    s_watch_connections (self);
    s_check_silence (self, zclock_usecs ());
    for (int i = 0; i < count; i++)
        s_handle (self, &self->arrivals[i]);
    s_forget_closed (self);
    zr_room_tick (self->room, s_now_ms (self));
    if (zr_delivery_is_pending (self->delivery))
        zr_delivery_serve (self->delivery, s_now_ms (self));
    s_finish_turn (self);
    for (int i = 0; i < count; i++) {
        zmq_msg_close (&self->arrivals[i].head);
        zmq_msg_close (&self->arrivals[i].text);
    }
}

// ---- the thread ---------------------------------------------------------------------

static void
s_send_report (zr_room_server_t *self, zsock_t *pipe, int64_t now_us)
{
    if (now_us < self->next_report_us)
        return;
    int64_t span_us = now_us - self->next_report_us + REPORT_US;
    self->next_report_us = now_us + REPORT_US;
    self->report.deliveries = zr_delivery_count (self->delivery);
    self->report.people = (uint32_t) zr_room_count (self->room);
    self->report.lines_s =
        (double) (self->report.lines - self->lines_before) * 1e6 / (double) span_us;
    self->lines_before = self->report.lines;
    zmq_send (zsock_resolve (pipe), &self->report, sizeof self->report, ZMQ_DONTWAIT);
}

static int
s_timeout_ms (zr_room_server_t *self)
{
    int64_t timeout = (self->next_report_us - zclock_usecs ()) / 1000 + 1;
    int64_t next_ms = zr_room_next_ms (self->room);
    if (next_ms >= 0 && next_ms - s_now_ms (self) < timeout)
        timeout = next_ms - s_now_ms (self);
    if (timeout > CHECK_US / 1000)
        timeout = CHECK_US / 1000;
    if (zr_delivery_is_pending (self->delivery) && timeout > RETRY_MS)
        timeout = RETRY_MS;
    return timeout > 0 ? (int) timeout : 0;
}

static void
s_run (zsock_t *pipe, void *args)
{
    zr_room_server_t *self = args;
    zpoller_t *poller = zpoller_new (pipe, self->router, self->monitor, NULL);
    self->next_report_us = zclock_usecs ();
    zsock_signal (pipe, 0);
    while (!zsys_interrupted) {
        void *which = zpoller_wait (poller, s_timeout_ms (self));
        if (which == pipe)
            break;
        s_turn (self);
        s_send_report (self, pipe, zclock_usecs ());
    }
    zpoller_destroy (&poller);
}

static void
s_restore_member (void *arg, const zr_room_member_t *member)
{
    zr_room_server_t *self = arg;
    zr_room_restore (self->room, member, s_now_ms (self));
}

static int
s_open (zr_room_server_t *self)
{
    const zr_room_server_settings_t *settings = &self->settings;
    self->history = zr_history_open (settings->history, settings->keep);
    if (!self->history)
        return -1;
    self->room = zr_room_new (zr_history_newest (self->history));
    zr_history_members (self->history, s_restore_member, self);
    self->peers = zr_peers_new ();

    self->router = zsock_new (ZMQ_ROUTER);
    assert (self->router);
    zr_socket_prepare (self->router, ZR_CHAT_PART_MAX);
    zsock_set_router_mandatory (self->router, 1);
    self->monitor = zr_socket_monitor (self->router);
    self->delivery =
        zr_delivery_new (self->router, self->peers, self->room, self->history);
    return zr_socket_bind (self->router, settings->endpoint, "room");
}

zr_room_server_t *
zr_room_server_new (const zr_room_server_settings_t *settings)
{
    assert (settings && settings->endpoint);
    zr_room_server_t *self = zmalloc (sizeof *self);
    self->settings = *settings;
    self->started_ms = zclock_time () - zclock_mono ();
    sigset_t signals;
    zr_socket_hold_signals (&signals);
    if (s_open (self) == 0)
        self->actor = zactor_new (s_run, self);
    zr_socket_release_signals (&signals);
    if (!self->actor)
        zr_room_server_destroy (&self);
    return self;
}

void
zr_room_server_destroy (zr_room_server_t **self_p)
{
    assert (self_p);
    zr_room_server_t *self = *self_p;
    if (!self)
        return;
    zr_socket_end_actor (&self->actor);
    if (self->router)
        zr_socket_unmonitor (self->router, &self->monitor);
    zr_delivery_destroy (&self->delivery);
    zsock_destroy (&self->router);
    zr_peers_destroy (&self->peers);
    zr_room_destroy (&self->room);
    zr_history_close (&self->history);
    freen (self);
    *self_p = NULL;
}

void *
zr_room_server_pollable (zr_room_server_t *self)
{
    return self->actor;
}

int
zr_room_server_read (zr_room_server_t *self, zr_room_server_report_t *report)
{
    int size = zmq_recv (zsock_resolve (self->actor), report, sizeof *report, 0);
    return size == (int) sizeof *report ? 0 : -1;
}
