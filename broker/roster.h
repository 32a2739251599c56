// SPDX-License-Identifier: MPL-2.0
// Who is in the room and who was: found by token, by name and by connection, each in
// constant time, and in the order in which they joined. Says nothing to anybody; the
// room's rules are room.c's.
//
// A person is present (the others see its name) or absent (only its token and how far
// its lines are stored are known). One who is present has a connection, or is awaited
// until its time is over.

#ifndef ZR_ROSTER_H
#define ZR_ROSTER_H

#include "broker/bucket.h"
#include "broker/room.h"

typedef struct zr_roster zr_roster_t;

typedef struct {
    // read only; the functions below change them
    char token[ZR_CHAT_TOKEN_LEN + 1];
    char nick[ZR_CHAT_NICK_MAX];
    bool present;
    zr_room_peer_t peer; // 0: no connection
    int64_t back_ms;     // when it is awaited no longer; without connection only

    // the room's
    int64_t stored;   // highest n that is in the history, or was refused
    int64_t accepted; // the same, with what this turn will store
    int64_t held;     // while nothing is accepted: the first line, which was not taken
                      // and must come first; 0: any may
    zr_bucket_t lines;
    bool saved;      // the history knows of it
    bool unsaved;    // what the history knows is not what it is now
    uint64_t change; // the turn in which it was last told to the history

    // the roster's
    char *key;       // the name folded; owned; present only
    void *place;     // in the list of all present, or of all absent
    void *wait;      // in the list of the awaited, or NULL
    bool restarting; // which of the two
    void *unsaved_place;
} zr_person_t;

zr_roster_t *zr_roster_new (void);
void zr_roster_destroy (zr_roster_t **self_p);

// NULL if there is none. By key: those present only.
zr_person_t *zr_roster_by_token (zr_roster_t *self, const char *token);
zr_person_t *zr_roster_by_key (zr_roster_t *self, const char *key);
zr_person_t *zr_roster_by_peer (zr_roster_t *self, zr_room_peer_t peer);

// A new one, absent. There must be none with this token.
zr_person_t *zr_roster_add (zr_roster_t *self, const char *token);

// From absent to present, with a name that is free, and no connection yet.
void zr_roster_enter (zr_roster_t *self, zr_person_t *person, const char *nick,
                      const char *key);

// Another name, that is free or its own.
void zr_roster_rename (zr_roster_t *self, zr_person_t *person, const char *nick,
                       const char *key);

// Gives it a connection, instead of the one it has.
void zr_roster_connect (zr_roster_t *self, zr_person_t *person, zr_room_peer_t peer);

// Takes its connection away and waits for it until back_ms. Of those who are awaited
// for the same reason (restarting or not), the first to go must be the first due.
void zr_roster_await (zr_roster_t *self, zr_person_t *person, int64_t back_ms,
                      bool restarting);

// From present to absent. nick stays readable.
void zr_roster_leave (zr_roster_t *self, zr_person_t *person);

// Who is due first of the awaited, or NULL.
zr_person_t *zr_roster_first_due (zr_roster_t *self);

// A list of those whose changes the history is still to be told.
void zr_roster_mark_unsaved (zr_roster_t *self, zr_person_t *person);
void zr_roster_mark_saved (zr_roster_t *self, zr_person_t *person);
zr_person_t *zr_roster_first_unsaved (zr_roster_t *self);
zr_person_t *zr_roster_next_unsaved (zr_roster_t *self);

// Forgets the absent who have said nothing, and the longest absent above
// ZR_ROOM_KNOWN_MAX. Persons may be freed here, and nowhere else.
void zr_roster_sweep (zr_roster_t *self);

// How many are present; and see zr_room_names.
size_t zr_roster_count (zr_roster_t *self);
size_t zr_roster_names (zr_roster_t *self, char *text, size_t size);

#endif
