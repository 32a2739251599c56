// SPDX-License-Identifier: MPL-2.0
// The sibling program, which ends with us however we end. Its standard output is ours,
// so without a display it draws in this terminal.

#include "publisher/preview.h"

#include <czmq.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/log.h"

#define PROGRAM "zroom-subscriber"

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
    pid_t parent = getpid (), pid = fork ();
    if (pid < 0)
        zr_log_error ("preview", "cannot start %s: %s", path, strerror (errno));
    if (pid != 0)
        return pid;
    // In the child: only what is allowed between fork and exec.
    prctl (PR_SET_PDEATHSIG, SIGTERM);
    if (getppid () == parent) {
        if (stream)
            execlp (path, path, endpoint, "--stream", stream, (char *) NULL);
        else
            execlp (path, path, endpoint, (char *) NULL);
        static const char text[] = "preview: zroom-subscriber is not installed\n";
        (void) !write (STDERR_FILENO, text, sizeof text - 1);
    }
    _exit (127);
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
