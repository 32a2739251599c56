// SPDX-License-Identifier: MPL-2.0
// getifaddrs(3) each time anew: networks come and go, and a list takes 50 us. Only
// interfaces with a carrier (IFF_RUNNING): nobody is reached through a pulled cable, or
// through the bridge of a virtual machine that is not there.

#include "common/interfaces.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

static struct in_addr
s_ipv4 (const struct sockaddr *address)
{
    struct sockaddr_in ipv4;
    memcpy (&ipv4, address, sizeof ipv4);
    return ipv4.sin_addr;
}

static bool
s_is_ipv4 (const struct ifaddrs *entry)
{
    return entry->ifa_addr && entry->ifa_addr->sa_family == AF_INET;
}

bool
zr_interfaces_allow (const char *setting, const char *name)
{
    assert (name);
    if (!setting || !*setting)
        return true;
    size_t len = strlen (name);
    for (const char *at = setting; *at;) {
        at += strspn (at, ", ");
        size_t item = strcspn (at, ", ");
        if (item == len && memcmp (at, name, len) == 0)
            return strcmp (setting, "none") != 0;
        at += item;
    }
    return false;
}

// Whether the entry is one of ours; fills interface.
static bool
s_read (const struct ifaddrs *entry, zr_interface_t *interface)
{
    const unsigned wanted = IFF_UP | IFF_RUNNING | IFF_BROADCAST;
    size_t name_len = strcspn (entry->ifa_name, ":"); // an alias is "eth0:1"
    if (!s_is_ipv4 (entry) || !entry->ifa_netmask || entry->ifa_flags & IFF_LOOPBACK ||
        (entry->ifa_flags & wanted) != wanted || name_len >= sizeof interface->name)
        return false;
    memcpy (interface->name, entry->ifa_name, name_len);
    interface->name[name_len] = '\0';
    interface->address = s_ipv4 (entry->ifa_addr);
    interface->netmask = s_ipv4 (entry->ifa_netmask);
    // Not the one that may be set by hand: this one the kernel always knows.
    in_addr_t host_part = ~interface->netmask.s_addr;
    interface->broadcast.s_addr = interface->address.s_addr | host_part;
    interface->index = if_nametoindex (interface->name);
    return ntohl (host_part) > 1 && interface->index;
}

// Whether its network is there already, by another address.
static bool
s_is_double (const zr_interface_t *interfaces, size_t count, const zr_interface_t *one)
{
    for (size_t i = 0; i < count; i++)
        if (interfaces[i].index == one->index &&
            interfaces[i].broadcast.s_addr == one->broadcast.s_addr)
            return true;
    return false;
}

size_t
zr_interfaces_list (const char *setting, zr_interface_t interfaces[ZR_INTERFACES_MAX])
{
    assert (interfaces);
    struct ifaddrs *first;
    if (getifaddrs (&first))
        return 0;
    size_t count = 0;
    for (const struct ifaddrs *entry = first; entry; entry = entry->ifa_next) {
        zr_interface_t one;
        if (count < ZR_INTERFACES_MAX && s_read (entry, &one) &&
            zr_interfaces_allow (setting, one.name) &&
            !s_is_double (interfaces, count, &one))
            interfaces[count++] = one;
    }
    freeifaddrs (first);
    return count;
}

const zr_interface_t *
zr_interfaces_find (const zr_interface_t *interfaces, size_t count, unsigned index,
                    struct in_addr address)
{
    assert (interfaces);
    for (size_t i = 0; i < count; i++) {
        in_addr_t differing = interfaces[i].address.s_addr ^ address.s_addr;
        if (interfaces[i].index == index &&
            (differing & interfaces[i].netmask.s_addr) == 0)
            return &interfaces[i];
    }
    return NULL;
}

void
zr_interfaces_print (const zr_interface_t *interfaces, size_t count, char *text,
                     size_t size)
{
    assert (interfaces && text && size > 0);
    size_t len = 0;
    snprintf (text, size, "%s", count ? "" : "none");
    for (size_t i = 0; i < count; i++) {
        char item[IF_NAMESIZE + INET_ADDRSTRLEN + 8], address[INET_ADDRSTRLEN];
        inet_ntop (AF_INET, &interfaces[i].address, address, sizeof address);
        int added = snprintf (item, sizeof item, "%s%s (%s)", i ? ", " : "",
                              interfaces[i].name, address);
        if (len + (size_t) added >= size)
            break;
        memcpy (text + len, item, (size_t) added + 1);
        len += (size_t) added;
    }
}

bool
zr_interfaces_are_at (const char *address)
{
    assert (address);
    struct in_addr wanted;
    struct ifaddrs *first;
    if (inet_pton (AF_INET, address, &wanted) != 1)
        return false;
    if (ntohl (wanted.s_addr) >> 24 == IN_LOOPBACKNET)
        return true;
    if (getifaddrs (&first))
        return false;
    bool found = false;
    for (const struct ifaddrs *entry = first; entry && !found; entry = entry->ifa_next)
        found = s_is_ipv4 (entry) && s_ipv4 (entry->ifa_addr).s_addr == wanted.s_addr;
    freeifaddrs (first);
    return found;
}
