// SPDX-License-Identifier: MPL-2.0
// Finding each other on the LAN by UDP beacons (PROTOCOL.md, "Finding each other"): a
// thread of its own that announces its owner, listens for others, or both. It needs no
// network to begin with, never fails, and goes on by itself when networks come, go and
// come back. Sends nothing where the environment's ZROOM_INTERFACES, a list of
// interfaces' names with commas between them, or "none", does not allow it; unset: all
// that can broadcast, without the loopback. Owner: one thread.

#ifndef ZR_DISCOVERY_H
#define ZR_DISCOVERY_H

#include <net/if.h>
#include <netinet/in.h>

#include "common/beacon.h"

#define ZR_DISCOVERY_INTERFACES_MAX 1024 // bytes of the text, with the NUL

typedef struct zr_discovery zr_discovery_t;

typedef enum {
    ZR_DISCOVERY_FOUND,   // somebody announces itself
    ZR_DISCOVERY_GONE,    // said goodbye, or was silent for 5 s; beacon as last told
    ZR_DISCOVERY_CHANGED, // has another name, ports, or address
} zr_discovery_kind_t;

// One UUID is FOUND once, though it be heard by two ways; in between FOUND and GONE
// there is nothing but CHANGED. Changes that are not read in time are told as one.
typedef struct {
    zr_discovery_kind_t kind;
    zr_beacon_t beacon;            // never a goodbye
    char address[INET_ADDRSTRLEN]; // "192.168.1.5"
    char interface[IF_NAMESIZE];   // on which it was heard
} zr_discovery_event_t;

// Starts. own: announced every second, copied; NULL to listen only. listen: tell of
// others, those on this host too, but not of own.
zr_discovery_t *zr_discovery_new (const zr_beacon_t *own, bool listen);

// Says goodbye, if announced, and ends the thread at once. Accepts NULL inside.
void zr_discovery_destroy (zr_discovery_t **self_p);

// What to poll (an actor, for zpoller), and the next event that waits: 0, or -1 if
// there is none.
void *zr_discovery_pollable (zr_discovery_t *self);
int zr_discovery_read (zr_discovery_t *self, zr_discovery_event_t *event);

// For people, where is searched now: "eth0 (192.168.1.7), wlan0 (10.0.0.3)" or "none".
// ZR_DISCOVERY_INTERFACES_MAX bytes hold all.
void zr_discovery_interfaces (const zr_discovery_t *self, char *text, size_t size);

// Whether an event's address is one of this machine's. Any thread.
bool zr_discovery_is_local (const char *address);

#endif
