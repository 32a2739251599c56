// SPDX-License-Identifier: MPL-2.0
// Written under a temporary name and then renamed, so that nobody meets half a
// picture.

#include "subscriber/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

void
zr_snapshot_path (char *path, size_t size, const char *dir, const char *stream,
                  const char *extension)
{
    struct timespec now;
    struct tm local;
    char when[32];
    clock_gettime (CLOCK_REALTIME, &now);
    localtime_r (&now.tv_sec, &local);
    strftime (when, sizeof when, "%Y%m%d-%H%M%S", &local);
    int start = snprintf (path, size, "%s/", dir);
    if (start < 0 || (size_t) start >= size)
        return; // cut: there is no room for a name
    snprintf (path + start, size - (size_t) start, "%.100s-%s.%03ld.%s", stream, when,
              now.tv_nsec / 1000000, extension);
    for (char *at = path + start; *at; at++)
        if (*at == '/' || (unsigned char) *at < ' ')
            *at = '_';
    if (path[start] == '.')
        path[start] = '_';
}

static int
s_write (int fd, const uint8_t *data, size_t len)
{
    while (len) {
        ssize_t written = write (fd, data, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        data += written;
        len -= (size_t) written;
    }
    return 0;
}

int
zr_snapshot_save (const zr_frame_t *frame, const char *dir, const char *stream)
{
    char path[PATH_MAX - 8], part[PATH_MAX];
    if (strlen (dir) > PATH_MAX / 2) {
        zr_log_error ("snapshot", "the name of the folder is too long");
        return -1;
    }
    do // streams of one name may be saved at once: each in its own millisecond
        zr_snapshot_path (path, sizeof path, dir, stream, "jpg");
    while (access (path, F_OK) == 0 && usleep (1000) == 0);
    snprintf (part, sizeof part, "%s.part", path);
    int fd = open (part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        zr_log_error ("snapshot", "cannot write to %s: %s", dir, strerror (errno));
        return -1;
    }
    int status = s_write (fd, frame->data, frame->len);
    if (close (fd) || status || rename (part, path)) {
        zr_log_error ("snapshot", "cannot write %s: %s", path, strerror (errno));
        unlink (part);
        return -1;
    }
    zr_log_info ("snapshot", "%s", path);
    return 0;
}
