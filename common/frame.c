// SPDX-License-Identifier: MPL-2.0
// Memory for one JPEG. It grows in steps of a quarter, so that a stream whose
// pictures vary in size soon stops allocating; it never shrinks.

#include "common/frame.h"

#include <assert.h>
#include <stdlib.h>

void
zr_frame_reserve (zr_frame_t *self, size_t size)
{
    assert (self);
    if (size <= self->capacity)
        return;

    size += size / 4;
    free (self->memory);
    self->memory = malloc (size);
    if (!self->memory)
        abort (); // sizes were bounded before; nothing sensible is left to do
    self->capacity = size;
    self->data = NULL;
    self->len = 0;
}

void
zr_frame_release (zr_frame_t *self)
{
    assert (self);
    free (self->memory);
    *self = (zr_frame_t){0};
}
