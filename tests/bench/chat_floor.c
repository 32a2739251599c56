// SPDX-License-Identifier: MPL-2.0
// The floor of the chat's figures: a bare ROUTER that does the very same sends for
// every line as the broker, and nothing else: no rules, no names, no slow readers (a
// full pipe holds up all). With a file, the lines of a turn are stored first, in one
// transaction of one table without a constraint, with SQLite set as the broker sets it.
// One thread besides libzmq's; ends by SIGTERM.

#include <assert.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <zmq.h>

#define PEERS_MAX 16384
#define TURN_MAX 1024
#define ID_LEN 5 // libzmq's own ids
#define HEAD_MAX 64

typedef struct {
    char id[ID_LEN];
    char head[HEAD_MAX];
    zmq_msg_t text;
} arrival_t;

static void *s_router;
static char s_peers[PEERS_MAX][ID_LEN];
static int s_count;
static int64_t s_newest;
static arrival_t s_turn[TURN_MAX];

static bool
s_receive (arrival_t *arrival, int flags)
{
    int len = zmq_recv (s_router, arrival->id, sizeof arrival->id, flags);
    if (len < 0)
        return false;
    assert (len == ID_LEN);
    int head_len = zmq_recv (s_router, arrival->head, HEAD_MAX - 1, 0);
    assert (head_len >= 0 && head_len < HEAD_MAX);
    arrival->head[head_len] = '\0';
    zmq_msg_init (&arrival->text);
    zmq_msg_recv (&arrival->text, s_router, 0);
    return true;
}

static bool
s_is_line (const arrival_t *arrival)
{
    return strncmp (arrival->head, "zroom/1 SAY ", 12) == 0;
}

static void
s_send (const char *id, zmq_msg_t *head, zmq_msg_t *text)
{
    zmq_msg_t part;
    zmq_send (s_router, id, ID_LEN, ZMQ_SNDMORE);
    zmq_msg_init (&part);
    zmq_msg_copy (&part, head);
    zmq_msg_send (&part, s_router, text ? ZMQ_SNDMORE : 0);
    if (!text)
        return;
    zmq_msg_init (&part);
    zmq_msg_copy (&part, text);
    zmq_msg_send (&part, s_router, 0);
}

static void
s_answer (const char *id, const char *words)
{
    zmq_msg_t head;
    zmq_msg_init_size (&head, strlen (words));
    memcpy (zmq_msg_data (&head), words, strlen (words));
    s_send (id, &head, NULL);
    zmq_msg_close (&head);
}

static void
s_relay (arrival_t *arrival)
{
    char words[HEAD_MAX];
    struct timeval now;
    zmq_msg_t head;
    gettimeofday (&now, NULL);
    snprintf (words, sizeof words, "zroom/1 ACK %s %" PRId64, arrival->head + 12,
              ++s_newest);
    s_answer (arrival->id, words);
    int len = snprintf (words, sizeof words, "zroom/1 LINE %" PRId64 " %lld say peer%d",
                        s_newest, now.tv_sec * 1000LL + now.tv_usec / 1000, 17);
    zmq_msg_init_size (&head, (size_t) len);
    memcpy (zmq_msg_data (&head), words, (size_t) len);
    for (int i = 0; i < s_count; i++)
        s_send (s_peers[i], &head, &arrival->text);
    zmq_msg_close (&head);
}

static void
s_join (const arrival_t *arrival)
{
    assert (s_count < PEERS_MAX);
    memcpy (s_peers[s_count++], arrival->id, ID_LEN);
    s_answer (arrival->id, "zroom/1 WELCOME peer 0 0");
}

// ---- storing ------------------------------------------------------------------------

static void
s_check (int status, sqlite3 *db)
{
    if (status == SQLITE_OK || status == SQLITE_DONE)
        return;
    fprintf (stderr, "chat_floor: %s\n", sqlite3_errmsg (db));
    exit (1);
}

static sqlite3 *
s_open (const char *path, sqlite3_stmt **insert)
{
    sqlite3 *db;
    s_check (sqlite3_open (path, &db), db);
    s_check (sqlite3_exec (db,
                           "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL;"
                           "PRAGMA journal_mode = WAL;"
                           "CREATE TABLE lines (number INTEGER PRIMARY KEY, text TEXT)",
                           NULL, NULL, NULL),
             db);
    s_check (sqlite3_prepare_v2 (db, "INSERT INTO lines (text) VALUES (?1)", -1, insert,
                                 NULL),
             db);
    return db;
}

static void
s_store (sqlite3 *db, sqlite3_stmt *insert, int count)
{
    bool begun = false;
    for (int i = 0; i < count; i++) {
        if (!s_is_line (&s_turn[i]))
            continue;
        if (!begun)
            s_check (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), db);
        begun = true;
        sqlite3_bind_text (insert, 1, zmq_msg_data (&s_turn[i].text),
                           (int) zmq_msg_size (&s_turn[i].text), SQLITE_STATIC);
        s_check (sqlite3_step (insert), db);
        sqlite3_reset (insert);
    }
    if (begun)
        s_check (sqlite3_exec (db, "COMMIT", NULL, NULL, NULL), db);
}

int
main (int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf (stderr, "usage: chat_floor ENDPOINT [FILE]\n");
        return 2;
    }
    void *context = zmq_ctx_new ();
    s_router = zmq_socket (context, ZMQ_ROUTER);
    int on = 1;
    zmq_setsockopt (s_router, ZMQ_ROUTER_MANDATORY, &on, sizeof on);
    if (zmq_bind (s_router, argv[1])) {
        fprintf (stderr, "chat_floor: %s: %s\n", argv[1], zmq_strerror (zmq_errno ()));
        return 1;
    }
    sqlite3_stmt *insert = NULL;
    sqlite3 *db = argc > 2 ? s_open (argv[2], &insert) : NULL;
    while (s_receive (&s_turn[0], 0)) {
        int count = 1;
        while (count < TURN_MAX && s_receive (&s_turn[count], ZMQ_DONTWAIT))
            count++;
        if (db)
            s_store (db, insert, count);
        for (int i = 0; i < count; i++) {
            if (s_is_line (&s_turn[i]))
                s_relay (&s_turn[i]);
            else
                s_join (&s_turn[i]);
            zmq_msg_close (&s_turn[i].text);
        }
    }
    return 1;
}
