// SPDX-License-Identifier: MPL-2.0
// WAL mode and an exclusive lock: a second program is told, no shared memory is needed,
// and a commit is one write and one fsync of the log. The schema is made in one
// transaction, so a file is either empty or whole.
//
// SQLite recovers from a full or failing disk by itself: after a rollback the next
// transaction simply tries again. Nothing is logged here; the words are the caller's.

#include "broker/database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 100

int
zr_database_fail (zr_database_t *self, int status)
{
    const char *why = sqlite3_errmsg (self->db);
    switch (status & 0xff) {
    case SQLITE_FULL:
        why = "the disk is full";
        break;
    case SQLITE_READONLY:
        why = "the file or its disk is read-only";
        break;
    case SQLITE_BUSY:
        why = "another program uses it, such as a zroom-broker that runs already";
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        why = "it is damaged, or no history";
        break;
    case SQLITE_IOERR:
        why = "the disk fails";
        break;
    default:
        break;
    }
    snprintf (self->error, sizeof self->error, "%s", why);
    return -1;
}

int
zr_database_execute (zr_database_t *self, const char *sql)
{
    int status = sqlite3_exec (self->db, sql, NULL, NULL, NULL);
    return status == SQLITE_OK ? 0 : zr_database_fail (self, status);
}

int
zr_database_run (zr_database_t *self, sqlite3_stmt *statement)
{
    int status = sqlite3_step (statement);
    int result = status == SQLITE_DONE ? 0 : zr_database_fail (self, status);
    sqlite3_reset (statement);
    return result;
}

int
zr_database_ask (zr_database_t *self, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    int status = sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_step (statement);
    if (status == SQLITE_ROW)
        *value = sqlite3_column_int64 (statement, 0);
    int result = status == SQLITE_ROW ? 0 : zr_database_fail (self, status);
    sqlite3_finalize (statement);
    return result;
}

// ---- opening ------------------------------------------------------------------------

static void
s_make_folders (const char *path)
{
    char *folder = strdup (path);
    assert (folder);
    for (char *at = strchr (folder + 1, '/'); at; at = strchr (at + 1, '/')) {
        *at = '\0';
        mkdir (folder, 0700); // what is wrong shows when the file is opened
        *at = '/';
    }
    free (folder);
}

static int
s_open_file (zr_database_t *self, const char *path)
{
    s_make_folders (path);
    // SQLite would make it for everybody to read
    int file = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        snprintf (self->error, sizeof self->error, "%s", strerror (errno));
        return -1;
    }
    close (file);
    int status = sqlite3_open_v2 (path, &self->db, SQLITE_OPEN_READWRITE, NULL);
    return status == SQLITE_OK ? 0 : zr_database_fail (self, status);
}

// Makes the schema of an empty file, or checks what another is. Inside a transaction.
static int
s_check_kind (zr_database_t *self, const zr_database_kind_t *kind)
{
    int64_t tables, application, version;
    if (zr_database_ask (self, "SELECT count(*) FROM sqlite_schema", &tables) ||
        zr_database_ask (self, "PRAGMA application_id", &application) ||
        zr_database_ask (self, "PRAGMA user_version", &version))
        return -1;
    if (tables == 0 && application == 0 && version == 0) {
        char sql[128];
        snprintf (sql, sizeof sql,
                  "PRAGMA application_id = %d; PRAGMA user_version = %d",
                  kind->application_id, kind->version);
        return zr_database_execute (self, sql) ||
                       zr_database_execute (self, kind->schema)
                   ? -1
                   : 0;
    }
    if (application == kind->application_id && version == kind->version)
        return 0;
    snprintf (self->error, sizeof self->error, "%s",
              application == kind->application_id
                  ? "it was made by another version of Zroom"
                  : "it is no history of Zroom");
    return -1;
}

static int
s_check_pages (zr_database_t *self)
{
    int64_t faults = 0;
    return zr_database_ask (self,
                            "SELECT count(*) FROM pragma_quick_check(1)"
                            " WHERE quick_check <> 'ok'",
                            &faults) ||
                   (faults && zr_database_fail (self, SQLITE_CORRUPT))
               ? -1
               : 0;
}

int
zr_database_open (zr_database_t *self, const char *path, const zr_database_kind_t *kind)
{
    assert (self && kind);
    *self = (zr_database_t){0};
    if (path ? s_open_file (self, path) : sqlite3_open (":memory:", &self->db))
        return -1;
    sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
    // how it is to be used, and then the first access, which takes the lock
    if (zr_database_execute (self, "PRAGMA locking_mode = EXCLUSIVE;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA journal_mode = WAL;"
                                   "PRAGMA journal_size_limit = 16777216;"
                                   "BEGIN EXCLUSIVE") ||
        s_check_kind (self, kind) || zr_database_execute (self, "COMMIT"))
        return -1;
    return s_check_pages (self);
}

void
zr_database_close (zr_database_t *self)
{
    assert (self);
    sqlite3_close (self->db);
    self->db = NULL;
}
