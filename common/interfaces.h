// SPDX-License-Identifier: MPL-2.0
// The networks that this machine is on: every IPv4 address of an interface that is up,
// connected and can broadcast. Any thread.

#ifndef ZR_INTERFACES_H
#define ZR_INTERFACES_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#define ZR_INTERFACES_MAX 32 // addresses; more are left out

typedef struct {
    char name[IF_NAMESIZE];
    unsigned index; // the kernel's
    struct in_addr address;
    struct in_addr netmask;
    struct in_addr broadcast;
} zr_interface_t;

// Those that the setting allows, in the kernel's order: a list of names with commas
// between them (blanks do not count), "none" for none, NULL or "" for all. Returns how
// many.
size_t zr_interfaces_list (const char *setting,
                           zr_interface_t interfaces[ZR_INTERFACES_MAX]);

// Whether the setting allows an interface of that name. Pure.
bool zr_interfaces_allow (const char *setting, const char *name);

// The interface with that index on whose network the address lies, so that it was not
// routed here; NULL if there is none. Pure.
const zr_interface_t *zr_interfaces_find (const zr_interface_t *interfaces,
                                          size_t count, unsigned index,
                                          struct in_addr address);

// For people: "eth0 (192.168.1.7), wlan0 (10.0.0.3)", or "none". Whole ones only, as
// many as fit into size bytes. Pure.
void zr_interfaces_print (const zr_interface_t *interfaces, size_t count, char *text,
                          size_t size);

// Whether the address ("192.168.1.7", or of the loopback net) is one of this machine's,
// on any interface. IPv4 only: false for everything else.
bool zr_interfaces_are_at (const char *address);

#endif
