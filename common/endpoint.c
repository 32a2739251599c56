// SPDX-License-Identifier: MPL-2.0
// Addresses as people type them. What has no "://" is HOST, HOST:PORT, PORT, or an IPv6
// literal with or without brackets; tcp and ws addresses are read the same way, so a
// slip is found here with the text at hand and not later in libzmq as "Invalid
// argument". Transports are lowered, since libzmq takes small letters only.
// Left out on purpose: resolving names (libzmq does, again at every reconnect) and
// whether an interface or path exists. Pure.

#include "common/endpoint.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define S_HOST_MAX ZR_ENDPOINT_MAX // bytes, with the NUL
#define S_PORT_MAX 8               // bytes of "65535", "*" or "!", with the NUL

typedef struct {
    char host[S_HOST_MAX];
    char port[S_PORT_MAX]; // empty: none was given
    bool ipv6;             // host is an IPv6 literal, here without brackets
} s_address_t;

// Copies len bytes and a NUL. Returns 0, or -1 if they do not fit.
static int
s_copy (char *dest, size_t size, const char *text, size_t len)
{
    if (len >= size)
        return -1;
    memcpy (dest, text, len);
    dest[len] = '\0';
    return 0;
}

static bool
s_is_digits (const char *text)
{
    return *text && strspn (text, "0123456789") == strlen (text);
}

// A number from 1 to 65535, or libzmq's "any free one".
static int
s_parse_port (const char *text, s_address_t *address)
{
    if (strcmp (text, "*") == 0 || strcmp (text, "!") == 0)
        return s_copy (address->port, sizeof address->port, text, 1);
    long port = s_is_digits (text) ? strtol (text, NULL, 10) : 0;
    if (port < 1 || port > 65535)
        return -1;
    snprintf (address->port, sizeof address->port, "%ld", port);
    return 0;
}

// An IPv6 literal, with or without a zone ("fe80::1%eth0").
static int
s_parse_ipv6 (const char *text, size_t len, s_address_t *address)
{
    char bare[INET6_ADDRSTRLEN];
    struct in6_addr bytes;
    if (s_copy (address->host, sizeof address->host, text, len) == -1)
        return -1;
    const char *zone = strchr (address->host, '%');
    size_t bare_len = zone ? (size_t) (zone - address->host) : len;
    if (s_copy (bare, sizeof bare, text, bare_len) == -1 ||
        inet_pton (AF_INET6, bare, &bytes) != 1)
        return -1;
    if (zone && (zone[1] == '\0' || strpbrk (zone + 1, "%/:;[]")))
        return -1;
    address->ipv6 = true;
    return 0;
}

// A name, an interface, an IPv4 literal or "*".
static int
s_parse_name (const char *text, size_t len, s_address_t *address)
{
    struct in_addr bytes;
    char *host = address->host;
    if (s_copy (host, sizeof address->host, text, len) == -1 || len == 0)
        return -1;
    if (strcmp (host, "*") == 0)
        return 0;
    for (const char *c = host; *c; c++)
        if (!isascii ((unsigned char) *c) ||
            (!isalnum ((unsigned char) *c) && !strchr (".-_", *c)))
            return -1;
    if (host[0] == '.' || host[0] == '-')
        return -1;
    if (strspn (host, "0123456789.") == len)
        return inet_pton (AF_INET, host, &bytes) == 1 ? 0 : -1;
    return 0;
}

// Takes text apart: HOST, HOST:PORT, [IPV6], [IPV6]:PORT, IPV6 or PORT.
static int
s_parse_address (const char *text, s_address_t *address)
{
    *address = (s_address_t){.port = ""};
    if (s_is_digits (text)) {
        snprintf (address->host, sizeof address->host, "127.0.0.1");
        return s_parse_port (text, address);
    }
    const char *colon = strrchr (text, ':');
    if (*text == '[') {
        const char *close = strchr (text, ']');
        if (!close || (close[1] && close[1] != ':') ||
            s_parse_ipv6 (text + 1, (size_t) (close - text - 1), address) == -1)
            return -1;
        return close[1] ? s_parse_port (close + 2, address) : 0;
    }
    if (colon && strchr (text, ':') != colon)
        return s_parse_ipv6 (text, strlen (text), address);
    size_t len = colon ? (size_t) (colon - text) : strlen (text);
    if (s_parse_name (text, len, address) == -1)
        return -1;
    return colon ? s_parse_port (colon + 1, address) : 0;
}

// Completes what stands behind "tcp://" or "ws://". A source address in front of a ';'
// and a path behind a '/' (ws only) are kept.
static int
s_complete_address (const char *transport, const char *text, int port, char *endpoint,
                    size_t size)
{
    char middle[ZR_ENDPOINT_MAX];
    s_address_t address;
    const char *semicolon = strrchr (text, ';');
    const char *start = semicolon ? semicolon + 1 : text;
    size_t len = strcmp (transport, "ws") == 0 ? strcspn (start, "/") : strlen (start);
    if (s_copy (middle, sizeof middle, start, len) == -1 ||
        s_parse_address (middle, &address) == -1)
        return -1;
    if (address.port[0] == '\0')
        snprintf (address.port, sizeof address.port, "%d", port);
    int written =
        snprintf (endpoint, size, "%s://%.*s%s%s%s:%s%s", transport,
                  (int) (start - text), text, address.ipv6 ? "[" : "", address.host,
                  address.ipv6 ? "]" : "", address.port, start + len);
    return written > 0 && (size_t) written < size ? 0 : -1;
}

// The transport that text names, and where the rest begins; NULL if none, or none
// that is known.
static const char *
s_transport (const char *text, const char **rest)
{
    static const char *const known[] = {"tcp", "ipc", "inproc", "pgm", "epgm", "ws"};
    *rest = strstr (text, "://");
    if (!*rest)
        return NULL;
    size_t len = (size_t) (*rest - text);
    *rest += 3;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen (known[i]) == len && strncasecmp (known[i], text, len) == 0)
            return known[i];
    return NULL;
}

int
zr_endpoint_complete (const char *text, int port, char *endpoint, size_t size)
{
    assert (text && endpoint && size > 0);
    assert (port >= 1 && port <= 65535);
    for (const char *c = text; *c; c++)
        if ((unsigned char) *c <= 0x20 || *c == 0x7f)
            return -1;
    const char *rest;
    const char *transport = s_transport (text, &rest);
    if (!rest)
        return s_complete_address ("tcp", text, port, endpoint, size);
    if (!transport || *rest == '\0')
        return -1;
    if (strcmp (transport, "tcp") == 0 || strcmp (transport, "ws") == 0)
        return s_complete_address (transport, rest, port, endpoint, size);
    int written = snprintf (endpoint, size, "%s://%s", transport, rest);
    return written > 0 && (size_t) written < size ? 0 : -1;
}

bool
zr_endpoint_wants_ipv6 (const char *endpoint)
{
    assert (endpoint);
    const char *rest;
    const char *transport = s_transport (endpoint, &rest);
    if (!transport || (strcmp (transport, "tcp") != 0 && strcmp (transport, "ws") != 0))
        return false;
    const char *semicolon = strrchr (rest, ';');
    const char *host = semicolon ? semicolon + 1 : rest;
    return host[0] == '[' || (host[0] == '*' && (host[1] == ':' || host[1] == '\0'));
}

int
zr_endpoint_network_port (const char *endpoint)
{
    assert (endpoint);
    const char *rest;
    const char *transport = s_transport (endpoint, &rest);
    s_address_t address;
    if (!transport || strcmp (transport, "tcp") != 0 ||
        s_parse_address (rest, &address) == -1)
        return 0;
    const char *host = address.host;
    bool loopback = strncmp (host, "127.", 4) == 0 || strcmp (host, "lo") == 0 ||
                    strcasecmp (host, "localhost") == 0;
    if (loopback || (address.ipv6 && strcmp (host, "::") != 0))
        return 0;
    return s_is_digits (address.port) ? (int) strtol (address.port, NULL, 10) : 0;
}

void
zr_endpoint_label (const char *endpoint, char *text, size_t size)
{
    assert (endpoint && text && size > 0);
    char label[ZR_ENDPOINT_MAX], port[S_PORT_MAX];
    const char *rest;
    const char *transport = s_transport (endpoint, &rest);
    bool tcp = transport && strcmp (transport, "tcp") == 0;
    bool ipc = transport && strcmp (transport, "ipc") == 0;
    size_t len =
        (size_t) snprintf (label, sizeof label, "%s", tcp || ipc ? rest : endpoint);
    if (len >= sizeof label)
        len = sizeof label - 1;
    size_t port_len = (size_t) snprintf (port, sizeof port, ":%d", ZR_PORT_VIDEO_OUT);
    const char *start = label;
    if (tcp && len > port_len && strcmp (label + len - port_len, port) == 0) {
        len -= port_len;
        if (label[0] == '[' && label[len - 1] == ']') {
            start = label + 1;
            len -= 2;
        }
    }
    if (len >= size) { // cut between characters
        len = size - 1;
        while (len > 0 && (start[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy (text, start, len);
    text[len] = '\0';
}

int
zr_endpoint_neighbour (const char *endpoint, int by, char *neighbour, size_t size)
{
    assert (endpoint && neighbour);
    const char *colon = strrchr (endpoint, ':');
    char *end;
    if (!colon || !isdigit ((unsigned char) colon[1]))
        return -1;
    long port = strtol (colon + 1, &end, 10) + by;
    if (*end || port < 1 || port > 65535)
        return -1;
    int len = snprintf (neighbour, size, "%.*s:%ld", (int) (colon - endpoint), endpoint,
                        port);
    return len > 0 && (size_t) len < size ? 0 : -1;
}
