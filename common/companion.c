// SPDX-License-Identifier: MPL-2.0
// fork and exec; between the two only what is allowed there. PDEATHSIG ends it should
// we be killed, and whoever was killed before that is noticed by its parent's id.

#include "common/companion.h"

#include <assert.h>
#include <czmq.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

#define STOP_TRIES 80 // of 10 ms each

// The program's path next to our own; only its name if that cannot be told.
static void
s_find (const char *program, char *path, size_t size)
{
    char self[PATH_MAX];
    ssize_t len = readlink ("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr (self, '/');
    if (slash) {
        *slash = '\0';
        snprintf (path, size, "%s/%s", self, program);
        if (access (path, X_OK) == 0)
            return;
    }
    snprintf (path, size, "%s", program);
}

// Ours, and that it is a companion: then it has no status line (log.c).
static char **
s_environment (void)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **environment = zmalloc ((count + 2) * sizeof *environment);
    memcpy (environment, environ, count * sizeof *environment);
    static char mark[] = "ZROOM_COMPANION=1";
    environment[count] = mark;
    return environment;
}

pid_t
zr_companion_start (const char *program, const char *const *arguments)
{
    assert (program && arguments);
    char path[PATH_MAX + 64], missing[128];
    s_find (program, path, sizeof path);
    int missing_len =
        snprintf (missing, sizeof missing, "%s is not installed\n", program);
    char *argv[ZR_COMPANION_ARGUMENTS_MAX + 2] = {path};
    for (int i = 0; arguments[i]; i++) {
        assert (i < ZR_COMPANION_ARGUMENTS_MAX);
        argv[i + 1] = (char *) (uintptr_t) arguments[i]; // exec does not write to it
    }
    char **environment = s_environment ();
    pid_t parent = getpid (), pid = fork ();
    if (pid < 0)
        zr_log_error ("companion", "cannot start %s: %s", path, strerror (errno));
    if (pid != 0) {
        free (environment);
        return pid;
    }
    prctl (PR_SET_PDEATHSIG, SIGTERM);
    if (getppid () == parent) {
        execvpe (path, argv, environment);
        (void) !write (STDERR_FILENO, missing, (size_t) missing_len);
    }
    _exit (127);
}

bool
zr_companion_runs (pid_t pid)
{
    return pid > 0 && waitpid (pid, NULL, WNOHANG) == 0;
}

void
zr_companion_stop (pid_t pid)
{
    if (!zr_companion_runs (pid))
        return; // none, or it has ended already
    kill (pid, SIGTERM);
    for (int tries = 0; tries < STOP_TRIES; tries++) {
        if (!zr_companion_runs (pid))
            return;
        const struct timespec moment = {.tv_nsec = 10000000};
        nanosleep (&moment, NULL);
    }
    kill (pid, SIGKILL);
    waitpid (pid, NULL, 0);
}
