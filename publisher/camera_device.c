// SPDX-License-Identifier: MPL-2.0
// V4L2 through libv4l2, which hands a camera's own formats through and converts what
// nobody else understands to YU12. Streaming is mmap with four buffers on a
// descriptor that never blocks; poll waits.
//
// Runs on the publisher's thread. The caller holds one buffer between two calls, the
// driver has the others. libv4l2's own messages are silenced: each failure becomes
// one text in `error`. Left out: reading by read() and by user pointers, cameras of
// several memory planes, choosing among a device's inputs.

#include "publisher/camera_device.h"

#include <assert.h>
#include <czmq.h>
#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <time.h>

#include "common/clock.h"
#include "publisher/camera_error.h"
#include "publisher/camera_ioctl.h"

#define BUFFERS 4
#define GAP_MAX 100000 // in the driver's numbers; a larger one is no count of pictures
#define FPS_DEFAULT 30.0              // where the driver does not say
#define STALE_INTERVALS 2             // between pictures
#define AGE_MAX_US INT64_C (10000000) // a capture time older than this is a lie

// A buffer that the driver has filled and we have.
typedef struct {
    int index;
    zr_camera_buffer_t buffer;
} s_filled_t;

struct zr_camera_device {
    int fd; // -1 while closed
    bool streaming;
    zr_camera_format_t format;
    struct {
        void *start;
        size_t len;
    } buffers[BUFFERS];
    int buffer_count;
    int held;          // index of the buffer that the caller reads, or -1
    s_filled_t next;   // to be handed out by the next call; index -1: none
    int64_t handed_us; // when the last one was, monotonic
    int64_t sequence;  // of the last picture, as the driver counts; -1 before the first
    zr_camera_counts_t counts;
    char card[ZR_CAMERA_CARD_MAX];
    char error[160];
};

static int s_fail (zr_camera_device_t *self, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

// Keeps the reason. Returns -1.
static int
s_fail (zr_camera_device_t *self, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (self->error, sizeof self->error, format, arguments);
    va_end (arguments);
    return -1;
}

// The reason for an errno. what is what we tried. Returns -1.
static int
s_fail_errno (zr_camera_device_t *self, const char *what, int error)
{
    zr_camera_error_text (self->error, sizeof self->error, what, error);
    return -1;
}

// Of a stream that takes everything and costs no system call: libv4l2 writes and
// flushes several lines a picture.
static ssize_t
s_swallow (void *cookie, const char *text, size_t size)
{
    (void) cookie;
    (void) text;
    return (ssize_t) size;
}

zr_camera_device_t *
zr_camera_device_new (void)
{
    // Otherwise libv4l2 writes its own lines to stderr.
    if (!v4l2_log_file)
        v4l2_log_file =
            fopencookie (NULL, "w", (cookie_io_functions_t){.write = s_swallow});
    zr_camera_device_t *self = (zr_camera_device_t *) zmalloc (sizeof *self);
    self->fd = -1;
    self->held = self->next.index = -1;
    return self;
}

void
zr_camera_device_destroy (zr_camera_device_t **self_p)
{
    assert (self_p);
    zr_camera_device_t *self = *self_p;
    if (!self)
        return;
    zr_camera_device_close (self);
    freen (self);
    *self_p = NULL;
}

int
zr_camera_device_open (zr_camera_device_t *self, const char *path,
                       const zr_camera_wish_t *wish)
{
    assert (self && path && wish);
    assert (wish->width >= 0 && wish->fps >= 0);
    zr_camera_device_close (self);
    // libv4l2 would make a riddle of what is no V4L2 device, so it is looked at first.
    zr_camera_t camera;
    int error = zr_camera_finder_probe (path, &camera);
    if (error)
        return s_fail_errno (self, "cannot be opened", error);
    memcpy (self->card, camera.card, sizeof self->card);
    self->fd = v4l2_open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (self->fd < 0)
        return s_fail_errno (self, "cannot be opened", errno);
    error = zr_camera_format_set (self->fd, wish, &self->format);
    if (!error)
        return 0;
    s_fail_errno (self, "cannot set the format", error);
    zr_camera_device_close (self);
    return -1;
}

void
zr_camera_device_close (zr_camera_device_t *self)
{
    assert (self);
    if (self->fd < 0)
        return;
    zr_camera_device_stop (self);
    v4l2_close (self->fd);
    self->fd = -1;
}

bool
zr_camera_device_is_open (const zr_camera_device_t *self)
{
    assert (self);
    return self->fd >= 0;
}

static int
s_queue (zr_camera_device_t *self, int index)
{
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                 .memory = V4L2_MEMORY_MMAP};
    buffer.index = index;
    return zr_camera_ioctl (self->fd, VIDIOC_QBUF, &buffer);
}

// Asks for buffers, maps and queues them. Returns 0 or an errno.
static int
s_map_buffers (zr_camera_device_t *self)
{
    struct v4l2_requestbuffers request = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                          .memory = V4L2_MEMORY_MMAP};
    request.count = BUFFERS;
    if (zr_camera_ioctl (self->fd, VIDIOC_REQBUFS, &request) < 0)
        return errno;
    int count = request.count < BUFFERS ? (int) request.count : BUFFERS;
    if (count < 2)
        return ENOMEM;
    for (int i = 0; i < count; i++) {
        struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                     .memory = V4L2_MEMORY_MMAP};
        buffer.index = i;
        if (zr_camera_ioctl (self->fd, VIDIOC_QUERYBUF, &buffer) < 0)
            return errno;
        void *start = v4l2_mmap (NULL, buffer.length, PROT_READ | PROT_WRITE,
                                 MAP_SHARED, self->fd, buffer.m.offset);
        if (start == MAP_FAILED)
            return errno;
        self->buffers[i].start = start;
        self->buffers[i].len = buffer.length;
        self->buffer_count = i + 1;
        if (s_queue (self, i) < 0)
            return errno;
    }
    return 0;
}

int
zr_camera_device_start (zr_camera_device_t *self)
{
    assert (self && self->fd >= 0);
    if (self->streaming)
        return 0;
    self->sequence = -1;
    int error = s_map_buffers (self);
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (!error && zr_camera_ioctl (self->fd, VIDIOC_STREAMON, &type) < 0)
        error = errno;
    self->streaming = true; // also when half done: stop undoes all of it
    if (!error)
        return 0;
    zr_camera_device_stop (self);
    return s_fail_errno (self, "cannot be switched on", error);
}

void
zr_camera_device_stop (zr_camera_device_t *self)
{
    assert (self);
    if (!self->streaming)
        return;
    // Nothing to be done about failures here: the camera may be gone.
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    zr_camera_ioctl (self->fd, VIDIOC_STREAMOFF, &type);
    for (int i = 0; i < self->buffer_count; i++)
        v4l2_munmap (self->buffers[i].start, self->buffers[i].len);
    self->buffer_count = 0;
    self->held = self->next.index = -1;
    struct v4l2_requestbuffers none = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                       .memory = V4L2_MEMORY_MMAP};
    zr_camera_ioctl (self->fd, VIDIOC_REQBUFS, &none);
    self->streaming = false;
}

bool
zr_camera_device_is_streaming (const zr_camera_device_t *self)
{
    assert (self);
    return self->streaming;
}

// Capture time as Unix time; now, if the driver's clock is another one or it lies.
static int64_t
s_capture_time_us (const struct v4l2_buffer *buffer)
{
    int64_t age = 0;
    if ((buffer->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) ==
        V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC) {
        int64_t stamp = buffer->timestamp.tv_sec * INT64_C (1000000);
        age = zr_clock_us () - stamp - buffer->timestamp.tv_usec;
        if (age < 0 || age > AGE_MAX_US)
            age = 0;
    }
    return zr_clock_unix_us () - age;
}

// Drivers number what they capture from 0; some leave the number at 0, and libv4l2 may
// count for itself.
static void
s_count (zr_camera_device_t *self, const struct v4l2_buffer *buffer)
{
    int64_t sequence = buffer->sequence;
    int64_t gap = sequence - self->sequence - 1;
    if (gap > 0 && gap < GAP_MAX)
        self->counts.missed += (uint64_t) gap;
    self->sequence = sequence;
}

// Takes one filled buffer. Returns 1, 0 if there is none or the driver marks it as
// damaged, -1 if the camera is lost. *more says to go on.
static int
s_dequeue (zr_camera_device_t *self, s_filled_t *filled, bool *more)
{
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                 .memory = V4L2_MEMORY_MMAP};
    *more = false;
    if (zr_camera_ioctl (self->fd, VIDIOC_DQBUF, &buffer) < 0)
        return errno == EAGAIN ? 0 : s_fail_errno (self, "no picture", errno);
    int index = (int) buffer.index;
    if (index >= self->buffer_count)
        return s_fail (self, "its driver names a buffer that is not there");
    *more = true;
    s_count (self, &buffer);
    if (buffer.flags & V4L2_BUF_FLAG_ERROR || buffer.bytesused == 0) {
        self->counts.damaged++;
        int rc = s_queue (self, index);
        return rc < 0 ? s_fail_errno (self, "no picture", errno) : 0;
    }
    size_t len = self->buffers[index].len;
    filled->index = index;
    filled->buffer.data = self->buffers[index].start;
    filled->buffer.len = buffer.bytesused < len ? buffer.bytesused : len;
    filled->buffer.time_us = s_capture_time_us (&buffer);
    return 1;
}

// Hands out one of the filled ones, of which the first is the oldest. Two are taken in
// their order: a moment's delay costs no picture. With more we are late, and all but
// the newest are missed.
static int
s_hand_out (zr_camera_device_t *self, const s_filled_t *filled, int count,
            zr_camera_buffer_t *buffer)
{
    int late = count > 2 ? count - 1 : 0;
    self->counts.missed += (uint64_t) late;
    for (; late; late--, filled++, count--)
        if (s_queue (self, filled->index) < 0)
            return s_fail_errno (self, "no picture", errno);
    self->held = filled[0].index;
    self->handed_us = zr_clock_us ();
    *buffer = filled[0].buffer;
    if (count == 2)
        self->next = filled[1];
    return 1;
}

// Takes all that is filled; *count is how many there were. Returns as newest does.
static int
s_drain (zr_camera_device_t *self, zr_camera_buffer_t *buffer, int *count)
{
    s_filled_t filled[BUFFERS] = {{.index = -1}};
    int have = 0;
    bool more = true;
    *count = 0;
    if (self->next.index >= 0)
        filled[have++] = self->next;
    self->next.index = -1;
    while (more && have < self->buffer_count && *count < 2 * BUFFERS) {
        int rc = s_dequeue (self, &filled[have], &more);
        if (rc < 0)
            return -1;
        have += rc;
        *count += more;
    }
    return have ? s_hand_out (self, filled, have, buffer) : 0;
}

static double
s_fps (const zr_camera_device_t *self)
{
    return self->format.fps > 0 ? self->format.fps : FPS_DEFAULT;
}

// How long until half an interval has passed since the last picture; at most most_ms.
static int
s_apart_ms (const zr_camera_device_t *self, int most_ms)
{
    int64_t due_us = self->handed_us + (int64_t) (0.5e6 / s_fps (self));
    int64_t left_ms = (due_us - zr_clock_us ()) / 1000;
    return left_ms < 0 ? 0 : left_ms < most_ms ? (int) left_ms : most_ms;
}

// Waits until timeout_ms are over or a buffer is filled; *starved is whether the driver
// had filled every one that it had before this call. Returns as newest does.
static int
s_next (zr_camera_device_t *self, int timeout_ms, zr_camera_buffer_t *buffer,
        bool *starved)
{
    // Given back before the wait: a driver with few buffers needs each of them.
    int count, theirs = self->buffer_count - (self->held >= 0);
    theirs -= self->next.index >= 0;
    if (self->held >= 0) {
        int index = self->held;
        self->held = -1;
        if (s_queue (self, index) < 0)
            return s_fail_errno (self, "no picture", errno);
    }
    // A picture that waits does so for half an interval at most: of two that are sent
    // at once, the second would be lost at the high-water mark.
    bool waits = self->next.index >= 0;
    struct pollfd poller = {.fd = self->fd, .events = POLLIN};
    int ready = poll (&poller, 1, waits ? s_apart_ms (self, timeout_ms) : timeout_ms);
    if (ready <= 0 && !waits)
        return ready == 0 || errno == EINTR ? 0 : s_fail_errno (self, "poll", errno);
    int rc = s_drain (self, buffer, &count);
    *starved = count >= theirs;
    // Errors are answered at once by poll; without an answer to why, it would spin.
    if (rc == 0 && !(poller.revents & POLLIN))
        return s_fail_errno (self, "no picture", ENODEV);
    return rc;
}

// The newest one, but none that is stale. Returns as newest does.
static int
s_newest (zr_camera_device_t *self, int timeout_ms, zr_camera_buffer_t *buffer)
{
    int64_t end_us = zr_clock_us () + timeout_ms * INT64_C (1000);
    bool starved = false;
    int rc = s_next (self, timeout_ms, buffer, &starved);
    if (rc <= 0 || !starved)
        return rc;
    // Nobody came for so long that every buffer was filled: then the newest one is old
    // too, and the next to come is better.
    int64_t now_us = zr_clock_unix_us ();
    if (now_us - buffer->time_us < (int64_t) (STALE_INTERVALS * 1e6 / s_fps (self)))
        return rc;
    self->counts.missed++;
    int64_t left_ms = (end_us - zr_clock_us ()) / 1000;
    return s_next (self, left_ms > 0 ? (int) left_ms : 0, buffer, &starved);
}

int
zr_camera_device_newest (zr_camera_device_t *self, int timeout_ms,
                         zr_camera_buffer_t *buffer)
{
    assert (self && buffer);
    assert (self->streaming && timeout_ms >= 0);
    int rc = s_newest (self, timeout_ms, buffer);
    self->counts.captured += rc > 0;
    return rc;
}

int
zr_camera_device_fd (const zr_camera_device_t *self)
{
    assert (self);
    return self->fd;
}

zr_camera_counts_t
zr_camera_device_counts (const zr_camera_device_t *self)
{
    assert (self);
    return self->counts;
}

const zr_camera_format_t *
zr_camera_device_format (const zr_camera_device_t *self)
{
    assert (self);
    return &self->format;
}

const char *
zr_camera_device_card (const zr_camera_device_t *self)
{
    assert (self);
    return self->card;
}

const char *
zr_camera_device_error (const zr_camera_device_t *self)
{
    assert (self);
    return self->error;
}
