// SPDX-License-Identifier: MPL-2.0
// The view that shows nothing: for recording, for measuring and for tests. It only
// waits, on an eventfd, so that the main loop is the same as with any other view.
// Main thread, except wake.

#include "subscriber/view.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <czmq.h>

#include "common/log.h"

typedef struct {
    int wake; // eventfd
} s_view_t;

static void *
s_open (const char *title)
{
    (void) title;
    int wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake < 0) {
        zr_log_error ("view_none", "no eventfd (%s)", strerror (errno));
        return NULL;
    }
    s_view_t *self = (s_view_t *) zmalloc (sizeof *self);
    self->wake = wake;
    return self;
}

static void
s_show (void *self, const zr_view_scene_t *scene)
{
    (void) self;
    (void) scene;
}

static zr_key_t
s_poll (void *arg, int timeout_ms)
{
    s_view_t *self = (s_view_t *) arg;
    struct pollfd item = {self->wake, POLLIN, 0};
    if (poll (&item, 1, timeout_ms) > 0) {
        uint64_t count;
        ssize_t got = read (self->wake, &count, sizeof count);
        (void) got; // nothing there: somebody else's wake-up was read with it
    }
    return ZR_KEY_NONE;
}

static void
s_wake (void *arg)
{
    s_view_t *self = (s_view_t *) arg;
    uint64_t one = 1;
    ssize_t put = write (self->wake, &one, sizeof one);
    (void) put; // full: a wake-up is pending, which is all that is wanted
}

static void
s_close (void **self_p)
{
    s_view_t *self = (s_view_t *) *self_p;
    if (self == NULL)
        return;
    close (self->wake);
    free (self);
    *self_p = NULL;
}

const zr_view_ops_t zr_view_none = {
    .name = "none",
    .open = s_open,
    .show = s_show,
    .poll = s_poll,
    .wake = s_wake,
    .close = s_close,
};
