// SPDX-License-Identifier: MPL-2.0
// How old pictures are when they are on the screen, seen from outside: the X server
// says that a window was drawn to (DAMAGE), then a row of it is fetched (MIT-SHM) and
// the stamp in it read (stamp.h). The time is taken when the row has been fetched, so
// ages are too high by that round trip, which is measured too.
//
//   screen_age SECONDS     the largest window of $DISPLAY, when it shows stamps
//
// The first WARM pictures are left out. Prints JSON: the ages of all pictures that were
// seen, and how long a fetch takes, in ms. One thread.

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/Xdamage.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "common/clock.h"
#include "tests/bench/stamp.h"

#define WARM 10
#define AGES_MAX 65536
#define PATIENCE_US 15000000 // for the window, for stamps, and from one to the next
#define LOOK_MS 20           // for a window, so often
#define WIDTH_LEAST 320
#define WIDTH_MOST 8192

typedef struct {
    Display *display;
    int damage_event;
    Window window;
    int width, height;
    Damage damage;
    XShmSegmentInfo memory;
    XImage *row; // of the window, where the stamp is

    int64_t last_us; // the stamp that was read last
    int seen;
    int64_t first_us; // when the counting began
    int64_t ages_us[AGES_MAX], fetches_us[AGES_MAX];
    int count;
} screen_t;

static _Noreturn void
s_fail (const char *reason)
{
    fprintf (stderr, "screen_age: %s\n", reason);
    exit (1);
}

// ---- the window ---------------------------------------------------------------------

static void
s_open (screen_t *self)
{
    int error, major = 1, minor = 1;
    self->display = XOpenDisplay (NULL);
    if (!self->display)
        s_fail ("there is no display");
    if (!XShmQueryExtension (self->display) ||
        !XDamageQueryExtension (self->display, &self->damage_event, &error) ||
        !XDamageQueryVersion (self->display, &major, &minor))
        s_fail ("the display has no MIT-SHM or no DAMAGE");
    self->memory.shmid =
        shmget (IPC_PRIVATE, (size_t) WIDTH_MOST * 4, IPC_CREAT | 0600);
    if (self->memory.shmid < 0)
        s_fail ("no shared memory");
    self->memory.shmaddr = shmat (self->memory.shmid, NULL, 0);
    self->memory.readOnly = False;
    XShmAttach (self->display, &self->memory);
    XSync (self->display, False);
    shmctl (self->memory.shmid, IPC_RMID, NULL); // goes with the two that have it
}

// Sets window and size to the largest window that can be seen. Returns whether it is
// another one now, or of another size.
static bool
s_find_window (screen_t *self)
{
    Window root, parent, *windows = NULL, found = None;
    unsigned count = 0;
    int width = WIDTH_LEAST - 1, height = 0;
    XQueryTree (self->display, DefaultRootWindow (self->display), &root, &parent,
                &windows, &count);
    for (unsigned i = 0; i < count; i++) {
        XWindowAttributes its;
        if (XGetWindowAttributes (self->display, windows[i], &its) &&
            its.map_state == IsViewable && its.width > width && its.depth == 24) {
            found = windows[i];
            width = its.width < WIDTH_MOST ? its.width : WIDTH_MOST;
            height = its.height;
        }
    }
    if (windows)
        XFree (windows);
    bool changed = found && (found != self->window || width != self->width ||
                             height != self->height);
    if (changed) {
        self->window = found;
        self->width = width;
        self->height = height;
    }
    return changed;
}

// Looks at another window, or at the same in its new size.
static void
s_watch (screen_t *self)
{
    if (self->row)
        XDestroyImage (self->row);
    if (self->damage)
        XDamageDestroy (self->display, self->damage);
    self->row = XShmCreateImage (self->display, DefaultVisual (self->display, 0), 24,
                                 ZPixmap, self->memory.shmaddr, &self->memory,
                                 (unsigned) self->width, 1);
    if (!self->row || self->row->bits_per_pixel != 32)
        s_fail ("the display has not four bytes a pixel");
    self->damage = XDamageCreate (self->display, self->window, XDamageReportNonEmpty);
}

// Waits until the window is drawn to, or for LOOK_MS. Returns whether it was.
static bool
s_wait (screen_t *self)
{
    struct pollfd item = {.fd = ConnectionNumber (self->display), .events = POLLIN};
    bool drawn = false;
    if (!XPending (self->display))
        poll (&item, 1, LOOK_MS);
    while (XPending (self->display)) {
        XEvent event;
        XNextEvent (self->display, &event);
        drawn |= event.type == self->damage_event + XDamageNotify;
    }
    if (drawn) // from here on it says so again
        XDamageSubtract (self->display, self->damage, None, None);
    return drawn;
}

// ---- pictures -----------------------------------------------------------------------

// The stamp on the screen, and how old it is. Returns false if there is none.
static bool
s_read (screen_t *self, int64_t *stamp_us, int64_t *age_us)
{
    uint8_t levels[ZR_STAMP_CELLS];
    int y = self->height - ZR_STAMP_HEIGHT / 2;
    if (!XShmGetImage (self->display, self->window, self->row, 0, y, AllPlanes))
        return false;
    int64_t now_us = zr_clock_unix_us ();
    for (int i = 0; i < ZR_STAMP_CELLS; i++) {
        int x = self->width * (2 * i + 1) / (2 * ZR_STAMP_CELLS);
        levels[i] = (uint8_t) (XGetPixel (self->row, x, 0) >> 8); // green
    }
    bool read = zr_stamp_read (levels, now_us, stamp_us);
    *age_us = now_us - *stamp_us;
    return read;
}

// Counts what is on the screen now, if it is new. Returns whether a stamp was there.
static bool
s_count (screen_t *self)
{
    int64_t stamp_us = 0, age_us, begin_us = zr_clock_us ();
    if (!s_read (self, &stamp_us, &age_us))
        return false;
    int64_t now_us = zr_clock_us ();
    if (stamp_us == self->last_us)
        return true;
    self->last_us = stamp_us;
    if (self->seen++ < WARM)
        self->first_us = now_us;
    else if (self->count < AGES_MAX) {
        self->fetches_us[self->count] = now_us - begin_us;
        self->ages_us[self->count++] = age_us;
    }
    return true;
}

static void
s_run (screen_t *self, int seconds)
{
    int64_t heard_us = zr_clock_us ();
    while (self->seen <= WARM ||
           zr_clock_us () < self->first_us + seconds * INT64_C (1000000)) {
        if (zr_clock_us () > heard_us + PATIENCE_US)
            s_fail ("no window that shows stamped pictures");
        bool drawn = s_wait (self);
        if (self->window && drawn && s_count (self))
            heard_us = zr_clock_us ();
        else if (self->seen <= WARM && s_find_window (self))
            s_watch (self);
    }
}

// ---- results ------------------------------------------------------------------------

static int
s_compare (const void *a, const void *b)
{
    int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;
    return (left > right) - (left < right);
}

static double
s_ms (const int64_t *sorted_us, int count, int hundredths)
{
    int at = (count - 1) * hundredths / 100;
    return (double) sorted_us[at] / 1e3;
}

static void
s_print (screen_t *self, int seconds)
{
    const int n = self->count;
    if (n < 10)
        s_fail ("too few pictures were seen");
    qsort (self->ages_us, (size_t) n, sizeof *self->ages_us, s_compare);
    qsort (self->fetches_us, (size_t) n, sizeof *self->fetches_us, s_compare);
    printf ("{\"pictures\":%d,\"fps\":%.2f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
            "\"worst_ms\":%.3f,\"fetch_ms\":%.3f}\n",
            n, (double) n / seconds, s_ms (self->ages_us, n, 50),
            s_ms (self->ages_us, n, 99), s_ms (self->ages_us, n, 100),
            s_ms (self->fetches_us, n, 50));
}

int
main (int argc, char **argv)
{
    static screen_t self;
    char *end = NULL;
    long seconds = argc == 2 ? strtol (argv[1], &end, 10) : 0;
    if (seconds < 1 || seconds > 3600 || *end) {
        fprintf (stderr, "usage: screen_age SECONDS\n");
        return 2;
    }
    s_open (&self);
    s_run (&self, (int) seconds);
    s_print (&self, (int) seconds);
    XCloseDisplay (self.display);
    return 0;
}
