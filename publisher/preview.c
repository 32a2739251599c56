// SPDX-License-Identifier: MPL-2.0
// posix_spawn of the sibling program. Its standard output is ours, so without a
// display it draws in this terminal.

#include "publisher/preview.h"

#include <czmq.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "common/log.h"

#define PROGRAM "zroom-subscriber"

extern char **environ;

// The program's path next to our own; only its name if that cannot be told.
static void
s_find_program (char *path, size_t size)
{
    char self[PATH_MAX];
    ssize_t len = readlink ("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr (self, '/');
    if (slash) {
        *slash = '\0';
        snprintf (path, size, "%s/%s", self, PROGRAM);
        if (access (path, X_OK) == 0)
            return;
    }
    snprintf (path, size, "%s", PROGRAM);
}

pid_t
zr_preview_start (const char *endpoint, const char *stream)
{
    char path[PATH_MAX + sizeof PROGRAM];
    s_find_program (path, sizeof path);
    const char *words[] = {path, endpoint, stream ? "--stream" : NULL, stream, NULL};
    char *argv[sizeof words / sizeof *words];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        argv[i] = words[i] ? strdup (words[i]) : NULL;

    pid_t pid = -1;
    int error = posix_spawnp (&pid, path, NULL, NULL, argv, environ);
    if (error) {
        zr_log_error ("preview", "cannot start %s: %s", path, strerror (error));
        pid = -1;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        free (argv[i]);
    return pid;
}

void
zr_preview_stop (pid_t pid)
{
    if (pid < 1 || waitpid (pid, NULL, WNOHANG) != 0)
        return; // none, or it has ended already
    kill (pid, SIGTERM);
    for (int tries = 0; tries < 80; tries++) {
        if (waitpid (pid, NULL, WNOHANG) != 0)
            return;
        zclock_sleep (10);
    }
    kill (pid, SIGKILL);
    waitpid (pid, NULL, 0);
}
