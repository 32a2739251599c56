// SPDX-License-Identifier: MPL-2.0
// Two tables, and statements that are prepared once. How many lines there are is kept
// beside the transaction and goes back with it, so that nothing is counted in SQL while
// people talk. Pruning is part of a commit, rarely and then much at once.

#include "broker/history.h"

#include <assert.h>
#include <czmq.h>

#include "broker/database.h"
#include "common/log.h"

typedef enum {
    S_BEGIN,
    S_COMMIT,
    S_ROLLBACK,
    S_ADD_LINE,
    S_ACCEPT,
    S_PUT_MEMBER,
    S_REMOVE_MEMBER,
    S_PRUNE_LINES,
    S_PRUNE_MEMBERS,
    S_MEMBERS,
    S_READ,
    S_BEFORE_NEWEST,
    STATEMENTS,
} s_statement_t;

static const char *const s_sql[STATEMENTS] = {
    [S_BEGIN] = "BEGIN IMMEDIATE",
    [S_COMMIT] = "COMMIT",
    [S_ROLLBACK] = "ROLLBACK",
    [S_ADD_LINE] =
        "INSERT INTO lines (number, time_ms, kind, nick_from, nick_to, token,"
        " to_token, n, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        " ON CONFLICT (token, n) DO NOTHING",
    [S_ACCEPT] = "UPDATE members SET accepted = ?2 WHERE token = ?1 AND accepted < ?2",
    [S_PUT_MEMBER] =
        "INSERT INTO members (token, nick, accepted, present, seen)"
        " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (token) DO UPDATE SET"
        " nick = ?2, accepted = max (accepted, ?3), present = ?4, seen = ?5",
    [S_REMOVE_MEMBER] = "DELETE FROM members WHERE token = ?1 AND accepted = 0",
    [S_PRUNE_LINES] = "DELETE FROM lines WHERE number <= min (?2,"
                      " (SELECT number FROM lines ORDER BY number DESC"
                      "  LIMIT 1 OFFSET ?1))",
    [S_PRUNE_MEMBERS] = "DELETE FROM members WHERE NOT present AND seen <="
                        " (SELECT seen FROM members WHERE NOT present"
                        "  ORDER BY seen DESC LIMIT 1 OFFSET ?1)",
    [S_MEMBERS] = "SELECT token, nick, accepted, present FROM members ORDER BY seen",
    [S_READ] = "SELECT number, time_ms, kind, nick_from, nick_to, token, to_token, n,"
               " text FROM lines WHERE number > ?2 AND number <= ?3 AND"
               " (to_token = '' OR to_token = ?1 OR token = ?1)"
               " ORDER BY number LIMIT ?4",
    [S_BEFORE_NEWEST] = "SELECT number - 1 FROM lines WHERE number <= ?3"
                        " AND (to_token = '' OR to_token = ?1 OR token = ?1)"
                        " ORDER BY number DESC LIMIT 1 OFFSET ?2",
};

static const char s_schema[] =
    "CREATE TABLE lines (number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, nick_from TEXT NOT NULL, nick_to TEXT NOT NULL,"
    " token TEXT NOT NULL, to_token TEXT NOT NULL, n INTEGER NOT NULL,"
    " text TEXT NOT NULL, UNIQUE (token, n));"
    "CREATE TABLE members (token TEXT PRIMARY KEY, nick TEXT NOT NULL,"
    " accepted INTEGER NOT NULL, present INTEGER NOT NULL, seen INTEGER NOT NULL)"
    " WITHOUT ROWID;";

static const zr_database_kind_t s_kind = {
    .application_id = 0x5a524f4f, // "ZROO"
    .version = 1,
    .schema = s_schema,
};

// Kinds are stored as 0, 1 and 2.
static_assert (ZR_CHAT_ME == ZR_CHAT_SAY + 1 && ZR_CHAT_MSG == ZR_CHAT_SAY + 2,
               "the history's kinds have moved");

// What a rollback takes back.
typedef struct {
    int64_t newest; // number of the newest line
    int64_t lines;  // how many there are
    int64_t puts;   // of members since the last pruning of them
} counts_t;

struct zr_history {
    zr_database_t database;
    sqlite3_stmt *statements[STATEMENTS];
    int64_t keep;
    int64_t needed; // lines after this one are not pruned
    int64_t seen;   // the order of members; only ever grows
    counts_t counts, committed;
};

static int
s_run (zr_history_t *self, s_statement_t which)
{
    return zr_database_run (&self->database, self->statements[which]);
}

static void
s_bind_text (sqlite3_stmt *statement, int at, const char *text, size_t len)
{
    sqlite3_bind_text (statement, at, text, (int) len, SQLITE_STATIC);
}

static void
s_read_text (sqlite3_stmt *statement, int column, char *text, size_t size)
{
    const unsigned char *value = sqlite3_column_text (statement, column);
    snprintf (text, size, "%s", value ? (const char *) value : "");
}

// ---- opening ------------------------------------------------------------------------

static int
s_prepare (zr_history_t *self)
{
    int status = SQLITE_OK;
    for (int i = 0; i < STATEMENTS && status == SQLITE_OK; i++)
        status =
            sqlite3_prepare_v3 (self->database.db, s_sql[i], -1,
                                SQLITE_PREPARE_PERSISTENT, &self->statements[i], NULL);
    return status == SQLITE_OK ? 0 : zr_database_fail (&self->database, status);
}

static int
s_count (zr_history_t *self)
{
    if (zr_database_ask (&self->database, "SELECT max(number) FROM lines",
                         &self->counts.newest) ||
        zr_database_ask (&self->database, "SELECT count(*) FROM lines",
                         &self->counts.lines) ||
        zr_database_ask (&self->database, "SELECT max(seen) FROM members", &self->seen))
        return -1;
    self->counts.puts = ZR_ROOM_KNOWN_MAX; // pruned with the first one
    self->committed = self->counts;
    return 0;
}

zr_history_t *
zr_history_open (const char *path, int64_t keep)
{
    assert (keep >= 0);
    zr_history_t *self = zmalloc (sizeof *self);
    self->needed = INT64_MAX;
    self->keep = keep ? keep : 1; // the newest is where numbers go on from
    if (zr_database_open (&self->database, path, &s_kind) || s_prepare (self) ||
        s_count (self)) {
        zr_log_error ("history",
                      "%s cannot be used: %s; mend that, or give another file by "
                      "--history FILE (or none)",
                      path ? path : "memory", self->database.error);
        zr_history_close (&self);
    }
    return self;
}

void
zr_history_close (zr_history_t **self_p)
{
    assert (self_p);
    zr_history_t *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize (self->statements[i]);
    zr_database_close (&self->database);
    free (self);
    *self_p = NULL;
}

int64_t
zr_history_newest (zr_history_t *self)
{
    assert (self);
    return self->counts.newest;
}

int
zr_history_members (zr_history_t *self, zr_history_member_fn *fn, void *arg)
{
    assert (self && fn);
    sqlite3_stmt *statement = self->statements[S_MEMBERS];
    int count = 0, status;
    while ((status = sqlite3_step (statement)) == SQLITE_ROW) {
        zr_room_member_t member = {
            .accepted = sqlite3_column_int64 (statement, 2),
            .present = sqlite3_column_int (statement, 3) != 0,
        };
        s_read_text (statement, 0, member.token, sizeof member.token);
        s_read_text (statement, 1, member.nick, sizeof member.nick);
        fn (arg, &member);
        count++;
    }
    if (status != SQLITE_DONE)
        count = zr_database_fail (&self->database, status);
    sqlite3_reset (statement);
    return count;
}

// ---- writing ------------------------------------------------------------------------

int
zr_history_begin (zr_history_t *self)
{
    assert (self);
    return s_run (self, S_BEGIN);
}

int
zr_history_add_line (zr_history_t *self, const zr_room_line_t *line)
{
    assert (self && line);
    sqlite3_stmt *add = self->statements[S_ADD_LINE];
    sqlite3_stmt *accept = self->statements[S_ACCEPT];
    sqlite3_bind_int64 (add, 1, line->number);
    sqlite3_bind_int64 (add, 2, line->time_ms);
    sqlite3_bind_int (add, 3, (int) (line->kind - ZR_CHAT_SAY));
    s_bind_text (add, 4, line->from, strlen (line->from));
    s_bind_text (add, 5, line->to, strlen (line->to));
    s_bind_text (add, 6, line->token, strlen (line->token));
    s_bind_text (add, 7, line->to_token, strlen (line->to_token));
    sqlite3_bind_int64 (add, 8, line->n);
    s_bind_text (add, 9, line->text, line->text_len);
    if (s_run (self, S_ADD_LINE))
        return -1;
    if (sqlite3_changes (self->database.db)) {
        self->counts.newest = line->number;
        self->counts.lines++;
    }
    s_bind_text (accept, 1, line->token, strlen (line->token));
    sqlite3_bind_int64 (accept, 2, line->n);
    return s_run (self, S_ACCEPT);
}

int
zr_history_put_member (zr_history_t *self, const zr_room_member_t *member)
{
    assert (self && member);
    sqlite3_stmt *put = self->statements[S_PUT_MEMBER];
    sqlite3_stmt *remove = self->statements[S_REMOVE_MEMBER];
    s_bind_text (put, 1, member->token, strlen (member->token));
    s_bind_text (put, 2, member->nick, strlen (member->nick));
    sqlite3_bind_int64 (put, 3, member->accepted);
    sqlite3_bind_int (put, 4, member->present);
    sqlite3_bind_int64 (put, 5, ++self->seen);
    self->counts.puts++;
    if (s_run (self, S_PUT_MEMBER))
        return -1;
    if (member->present)
        return 0;
    s_bind_text (remove, 1, member->token, strlen (member->token));
    return s_run (self, S_REMOVE_MEMBER);
}

void
zr_history_need (zr_history_t *self, int64_t number)
{
    assert (self);
    self->needed = number;
}

// Lets go of what is too old, rarely and then much at once.
static int
s_prune (zr_history_t *self)
{
    if (self->counts.lines > self->keep + self->keep / 10) {
        sqlite3_bind_int64 (self->statements[S_PRUNE_LINES], 1, self->keep);
        sqlite3_bind_int64 (self->statements[S_PRUNE_LINES], 2, self->needed);
        if (s_run (self, S_PRUNE_LINES))
            return -1;
        self->counts.lines -= sqlite3_changes (self->database.db);
    }
    if (self->counts.puts >= ZR_ROOM_KNOWN_MAX) {
        sqlite3_bind_int64 (self->statements[S_PRUNE_MEMBERS], 1, ZR_ROOM_KNOWN_MAX);
        if (s_run (self, S_PRUNE_MEMBERS))
            return -1;
        self->counts.puts = 0;
    }
    return 0;
}

int
zr_history_commit (zr_history_t *self)
{
    assert (self);
    if (s_prune (self) || s_run (self, S_COMMIT))
        return -1;
    self->committed = self->counts;
    return 0;
}

void
zr_history_rollback (zr_history_t *self)
{
    assert (self);
    // it fails where the error has rolled back already; why that was stays to be read
    sqlite3_step (self->statements[S_ROLLBACK]);
    sqlite3_reset (self->statements[S_ROLLBACK]);
    self->counts = self->committed;
}

const char *
zr_history_error (const zr_history_t *self)
{
    assert (self);
    return self->database.error;
}

// ---- reading ------------------------------------------------------------------------

// NOLINTBEGIN(readability-function-size): one query, with all that it can ask
int
zr_history_read (zr_history_t *self, const char *token, int64_t number, int64_t last,
                 int limit, zr_history_line_fn *fn, void *arg)
{
    assert (self && token && fn);
    sqlite3_stmt *statement = self->statements[S_READ];
    s_bind_text (statement, 1, token, strlen (token));
    sqlite3_bind_int64 (statement, 2, number);
    sqlite3_bind_int64 (statement, 3, last);
    sqlite3_bind_int (statement, 4, limit);
    int count = 0, status;
    while ((status = sqlite3_step (statement)) == SQLITE_ROW) {
        int kind = sqlite3_column_int (statement, 2);
        zr_room_line_t line = {
            .number = sqlite3_column_int64 (statement, 0),
            .time_ms = sqlite3_column_int64 (statement, 1),
            .kind = kind < 0 || kind > 2 ? ZR_CHAT_SAY : ZR_CHAT_SAY + (unsigned) kind,
            .n = sqlite3_column_int64 (statement, 7),
        };
        line.text = (const char *) sqlite3_column_text (statement, 8);
        line.text_len = (size_t) sqlite3_column_bytes (statement, 8);
        s_read_text (statement, 3, line.from, sizeof line.from);
        s_read_text (statement, 4, line.to, sizeof line.to);
        s_read_text (statement, 5, line.token, sizeof line.token);
        s_read_text (statement, 6, line.to_token, sizeof line.to_token);
        if (!fn (arg, &line))
            break;
        count++;
    }
    if (status != SQLITE_ROW && status != SQLITE_DONE)
        count = zr_database_fail (&self->database, status);
    sqlite3_reset (statement);
    return count;
}
// NOLINTEND(readability-function-size)

int64_t
zr_history_before_newest (zr_history_t *self, const char *token, int64_t last,
                          int count)
{
    assert (self && token && count > 0);
    sqlite3_stmt *statement = self->statements[S_BEFORE_NEWEST];
    s_bind_text (statement, 1, token, strlen (token));
    sqlite3_bind_int (statement, 2, count - 1);
    sqlite3_bind_int64 (statement, 3, last);
    int64_t number = 0;
    if (sqlite3_step (statement) == SQLITE_ROW)
        number = sqlite3_column_int64 (statement, 0);
    sqlite3_reset (statement);
    return number;
}
