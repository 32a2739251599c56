// SPDX-License-Identifier: MPL-2.0
// Which rooms, and which free-standing publishers, there are: from what the discovery
// tells and from what answers on this host, each once. Pure: no sockets, no clock. Its
// size is bounded, since the discovery's is.

#ifndef ZR_ROOM_LIST_H
#define ZR_ROOM_LIST_H

#include "common/discovery.h"

#define ZR_ROOM_LIST_MAX 257     // what the discovery knows at the most, and this host
#define ZR_ROOM_TEXT_MAX 128     // bytes of what is said of one, with the NUL
#define ZR_ROOM_HERE "127.0.0.1" // the address of what is reached on this host

// What a room must offer.
#define ZR_ROOM_CHAT 1u
#define ZR_ROOM_PICTURES_OUT 2u
#define ZR_ROOM_PICTURES_IN 4u

// A broker's room or, by the beacon's kind, a free-standing publisher.
typedef struct {
    zr_beacon_t beacon;            // UUID all 0 and no name: no beacon tells of it
    char address[INET_ADDRSTRLEN]; // by which it is reached from here
    char interface[IF_NAMESIZE];   // on which it was heard; empty: on none
    bool local;                    // on this host
} zr_room_t;

typedef struct zr_room_list zr_room_list_t;

zr_room_list_t *zr_room_list_new (void);
void zr_room_list_destroy (zr_room_list_t **self_p);

// Takes what the discovery tells. reach: the address by which that program is reached,
// which is ZR_ROOM_HERE for one on this host that answers there; NULL: the event's own.
void zr_room_list_hear (zr_room_list_t *self, const zr_discovery_event_t *event,
                        bool local, const char *reach);

// Takes which of the usual ports answer on this host, as ZR_ROOM_... bits: it is a room
// if chat or pictures in do, a publisher if only pictures out does. It is not listed
// beside a beacon of this host that tells of the same.
void zr_room_list_answers (zr_room_list_t *self, unsigned offers);

// Those that offer all of needs; those on this host first, then by name and address.
// Pointers are valid until the next change. Returns how many.
size_t zr_room_list_rooms (const zr_room_list_t *self, unsigned needs,
                           const zr_room_t *rooms[ZR_ROOM_LIST_MAX]);
size_t zr_room_list_publishers (const zr_room_list_t *self,
                                const zr_room_t *publishers[ZR_ROOM_LIST_MAX]);

// The room on this host with the usual ports, as if it were there.
void zr_room_here (zr_room_t *room);

// For people: "attic (192.168.1.5)", "this host (127.0.0.1)".
void zr_room_describe (const zr_room_t *room, char text[ZR_ROOM_TEXT_MAX]);

// What a person types for it: "192.168.1.5", or "192.168.1.5:7000" where that is not
// the usual port; what: one of ZR_ROOM_..., which it offers.
void zr_room_address (const zr_room_t *room, unsigned what,
                      char text[ZR_ROOM_TEXT_MAX]);

// The same as an endpoint: "tcp://192.168.1.5:5550".
void zr_room_endpoint (const zr_room_t *room, unsigned what,
                       char text[ZR_ROOM_TEXT_MAX]);

#endif
