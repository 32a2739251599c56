// SPDX-License-Identifier: MPL-2.0
// One SQLite file of a known kind, held exclusively, durable at every commit.

#ifndef ZR_DATABASE_H
#define ZR_DATABASE_H

#include <sqlite3.h>
#include <stdint.h>

// What the file is. A new one gets the schema.
typedef struct {
    int application_id;
    int version;
    const char *schema; // SQL
} zr_database_kind_t;

typedef struct {
    sqlite3 *db;
    char error[256]; // why the last call failed, in words a person can act on
} zr_database_t;

// Opens or makes the file, and the folders above it, for its owner only; path NULL: in
// memory. Returns 0; or -1 if it is of another kind or version, damaged, in use, or
// cannot be reached or written. close is needed in either case.
int zr_database_open (zr_database_t *self, const char *path,
                      const zr_database_kind_t *kind);
void zr_database_close (zr_database_t *self);

// Keeps why a call of SQLite returned status. Returns -1.
int zr_database_fail (zr_database_t *self, int status);

// Runs SQL of any number of statements. Returns 0 or -1.
int zr_database_execute (zr_database_t *self, const char *sql);

// Runs a bound statement that answers with no rows, and resets it. Returns 0 or -1.
int zr_database_run (zr_database_t *self, sqlite3_stmt *statement);

// The first number that sql answers with; 0 if that is NULL. Returns 0 or -1.
int zr_database_ask (zr_database_t *self, const char *sql, int64_t *value);

#endif
