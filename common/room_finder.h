// SPDX-License-Identifier: MPL-2.0
// Finds the room for a program that was given no address: by beacons (discovery.h), and
// by trying this host. Owner: the main thread, after zsys_init.

#ifndef ZR_ROOM_FINDER_H
#define ZR_ROOM_FINDER_H

#include "common/room_list.h"

typedef struct zr_room_finder zr_room_finder_t;

// Begins to listen, and never fails. Where the environment's ZROOM_INTERFACES is "none"
// there is this host alone.
zr_room_finder_t *zr_room_finder_new (void);
void zr_room_finder_destroy (zr_room_finder_t **self_p);

// Whether there is this host alone, now and later.
bool zr_room_finder_is_alone (const zr_room_finder_t *self);

// Takes what has come since, without waiting; tries_here: also tries this host, twice a
// second at the most. Returns whether that may have changed the list.
bool zr_room_finder_update (zr_room_finder_t *self, bool tries_here);
const zr_room_list_t *zr_room_finder_list (const zr_room_finder_t *self);

// For people, where is searched now: "eth0 (192.168.1.7)", or "none". text has
// ZR_DISCOVERY_INTERFACES_MAX bytes. Returns whether it is anywhere beyond this host.
bool zr_room_finder_interfaces (const zr_room_finder_t *self, char *text);

// Listens for so long; less if a signal comes, or if stop_fd (-1: none) becomes
// readable. Returns whether it was as long.
bool zr_room_finder_listen (zr_room_finder_t *self, int ms, int stop_fd);

typedef struct {
    unsigned needs;      // what the room must offer, ZR_ROOM_... bits
    unsigned typed;      // whose port an address typed by hand means; one of them
    const char *command; // in front of such an address: "zroom-chat"
    int stop_fd;         // ends the search when it becomes readable; -1: none
    bool waits;          // for a room, if there is none yet
} zr_room_wanted_t;

// Finds the room. Without a network it is the one of this host, at once. Else it
// listens a beacon's time: one room is that one, which is said; of several a person is
// asked for one, and where stdin or stderr is no terminal they are listed with what to
// type, and it ends; if there is none that is said, and one is waited for. Returns
// ZR_OPTIONS_GO with room, or the exit status: 0 after a signal or stop_fd, 2 with
// several. Where nothing is waited for, room->address is empty if there is none.
int zr_room_finder_find (zr_room_finder_t *self, const zr_room_wanted_t *wanted,
                         zr_room_t *room);

// All of it, for a program that needs a finder once. wanted->waits is taken as true.
int zr_room_finder_find_once (const zr_room_wanted_t *wanted, zr_room_t *room);

// Whether a program of this host listens at that port of 127.0.0.1.
bool zr_room_finder_is_answered (int port);

// What follows from so many rooms, once a beacon's time was listened. Pure.
typedef enum {
    ZR_ROOM_TAKE,   // take the only one
    ZR_ROOM_ASK,    // have one chosen
    ZR_ROOM_REFUSE, // end with the list
    ZR_ROOM_WAIT,   // for the first one to come
} zr_room_choice_t;

zr_room_choice_t zr_room_finder_choose (size_t count, bool terminal);

// Which of so many a person means by that line, from 0 on: a number, or nothing for the
// first. -1: none of them. Pure.
int zr_room_finder_read_answer (const char *line, size_t count);

// The lines of a list for people, with numbers in front, or, if command is not NULL,
// with what to type. The caller frees it. Pure.
char *zr_room_finder_print (const zr_room_t *const *rooms, size_t count,
                            const char *command, unsigned typed);

#endif
