// SPDX-License-Identifier: MPL-2.0
// A subscription concerns us if it begins as our messages do, or if our messages begin
// with it. A viewer of everything has several prefixes, of which one form of message
// matches just one, so matches are viewers.

#include "publisher/audience.h"

#include <assert.h>
#include <string.h>

void
zr_audience_init (zr_audience_t *self, const void *start, size_t start_len,
                  size_t prefix_min)
{
    assert (self && start);
    *self = (zr_audience_t){
        .start = start, .start_len = start_len, .prefix_min = prefix_min};
}

int
zr_audience_take (zr_audience_t *self, const uint8_t *message, size_t len)
{
    assert (self);
    if (len < 1 || message[0] > 1)
        return self->viewers; // not a subscription; a peer can send anything
    size_t prefix_len = len - 1;
    size_t common = prefix_len < self->start_len ? prefix_len : self->start_len;
    if (prefix_len < self->prefix_min || memcmp (message + 1, self->start, common) != 0)
        return self->viewers;
    if (message[0] == 1)
        self->viewers++;
    else if (self->viewers > 0)
        self->viewers--;
    return self->viewers;
}
