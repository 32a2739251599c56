// SPDX-License-Identifier: MPL-2.0
// The log: one mutex, one write (2) a line. A line is put together on the caller's
// stack, made harmless, and written at once, together with taking the status line away
// before it and drawing it again behind it, so that neither threads nor the terminal
// ever see half of one. While lines are held they wait in a buffer, whole, and the
// oldest go first when it is full.
// Left out on purpose: log files, syslog, colours.

#include "common/log.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <utf8proc.h>

#include "common/text.h"

#define S_LINE_MAX 1024   // bytes of a line, with its '\n'
#define S_SUBJECT_MAX 64  // bytes of a subject, with the NUL
#define S_STATUS_MAX 512  // bytes of the status line, with the NUL
#define S_KEPT_MAX 8192   // bytes of lines held back
#define S_COLUMNS_ELSE 80 // of a terminal that does not know its width
#define S_ERASE "\r\033[K"
#define S_CUT "..."

// What one write hands over: erase, the kept lines or one line, the status line.
typedef struct {
    char bytes[S_KEPT_MAX + 2 * S_LINE_MAX + S_STATUS_MAX];
    size_t len;
} s_output_t;

static atomic_int s_level = ZR_LOG_INFO;

static struct {
    pthread_mutex_t mutex; // protects all below
    bool held;
    bool shown; // the status line stands on the terminal
    char status[S_STATUS_MAX];
    char kept[S_KEPT_MAX]; // whole lines
    size_t kept_len;
    unsigned dropped;                             // lines that did not fit into kept
    void (*writer) (void *arg, const char *line); // NULL: stderr
    void *writer_arg;
} s_log = {.mutex = PTHREAD_MUTEX_INITIALIZER};

// Formats into text, harmless, and cut between characters if it does not fit.
// Returns its length.
static size_t __attribute__ ((format (printf, 3, 0)))
s_format (char *text, size_t size, const char *format, va_list args)
{
    char raw[S_LINE_MAX];
    assert (size <= sizeof raw);
    int wanted = vsnprintf (raw, sizeof raw, format, args);
    if (wanted < 0)
        raw[0] = '\0';
    if (wanted < (int) size)
        return zr_text_clean (text, size, raw, strlen (raw));
    size_t len = size - sizeof S_CUT;
    while (len > 0 && (raw[len] & 0xc0) == 0x80)
        len--;
    len = zr_text_clean (text, size, raw, len);
    memcpy (text + len, S_CUT, sizeof S_CUT);
    return len + strlen (S_CUT);
}

static void
s_append (s_output_t *output, const char *bytes, size_t len)
{
    assert (len <= sizeof output->bytes - output->len);
    memcpy (output->bytes + output->len, bytes, len);
    output->len += len;
}

// Columns of the terminal on stderr; 0 if it is none.
static int
s_columns (void)
{
    struct winsize size = {0};
    if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) != 0)
        return isatty (STDERR_FILENO) ? S_COLUMNS_ELSE : 0;
    return size.ws_col ? size.ws_col : S_COLUMNS_ELSE;
}

// Whether the terminal's status line is another program's, which has started us.
static bool
s_is_companion (void)
{
    return getenv ("ZROOM_COMPANION") && isatty (STDERR_FILENO);
}

// Bytes of the status line that fit into the columns.
static size_t
s_status_fit (int columns)
{
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *) s_log.status;
    size_t len = 0;
    while (text[len]) {
        utf8proc_int32_t code;
        utf8proc_ssize_t length = utf8proc_iterate (text + len, -1, &code);
        columns -= utf8proc_charwidth (code);
        if (length < 1 || columns < 0)
            break;
        len += (size_t) length;
    }
    return len;
}

static void
s_erase_status (s_output_t *output)
{
    if (s_log.shown || s_is_companion ())
        s_append (output, S_ERASE, strlen (S_ERASE));
    s_log.shown = false;
}

static void
s_draw_status (s_output_t *output)
{
    int columns = s_log.status[0] && !s_log.writer ? s_columns () : 0;
    if (columns == 0 || s_is_companion ())
        return;
    s_append (output, S_ERASE, strlen (S_ERASE));
    s_append (output, s_log.status, s_status_fit (columns));
    s_log.shown = true;
}

// A stderr that takes nothing cannot be complained about: the rest is dropped.
static void
s_write (const s_output_t *output)
{
    size_t done = 0;
    while (done < output->len) {
        ssize_t n = write (STDERR_FILENO, output->bytes + done, output->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        done += (size_t) n;
    }
}

// Keeps a line for later; the oldest ones make room.
static void
s_keep (const char *line, size_t len)
{
    while (s_log.kept_len + len > sizeof s_log.kept) {
        const char *end = memchr (s_log.kept, '\n', s_log.kept_len);
        size_t first = (size_t) (end - s_log.kept) + 1;
        memmove (s_log.kept, s_log.kept + first, s_log.kept_len - first);
        s_log.kept_len -= first;
        s_log.dropped++;
    }
    memcpy (s_log.kept + s_log.kept_len, line, len);
    s_log.kept_len += len;
}

// Writes the head of a line: time, level, subject. Returns its length.
static size_t
s_head (char *line, size_t size, zr_log_level_t level, const char *subject)
{
    struct timespec now;
    struct tm local;
    clock_gettime (CLOCK_REALTIME, &now);
    localtime_r (&now.tv_sec, &local);
    int len =
        snprintf (line, size, "%02d:%02d:%02d.%03d %c ", local.tm_hour, local.tm_min,
                  local.tm_sec, (int) (now.tv_nsec / 1000000), "EWID"[level]);
    len += (int) zr_text_clean (line + len, S_SUBJECT_MAX, subject, strlen (subject));
    return (size_t) len + (size_t) snprintf (line + len, size - (size_t) len, ": ");
}

static void __attribute__ ((format (printf, 3, 0)))
s_print (zr_log_level_t level, const char *subject, const char *format, va_list args)
{
    assert (subject && format);
    if ((int) level > atomic_load_explicit (&s_level, memory_order_relaxed))
        return;
    int saved_errno = errno;
    char line[S_LINE_MAX + 1];
    size_t len = s_head (line, S_LINE_MAX, level, subject);
    len += s_format (line + len, S_LINE_MAX - len, format, args);
    line[len] = '\0';

    pthread_mutex_lock (&s_log.mutex);
    if (s_log.writer)
        s_log.writer (s_log.writer_arg, line);
    line[len++] = '\n';
    if (s_log.held && !s_log.writer)
        s_keep (line, len);
    else if (!s_log.writer) {
        s_output_t output;
        output.len = 0;
        s_erase_status (&output);
        s_append (&output, line, len);
        s_draw_status (&output);
        s_write (&output);
    }
    pthread_mutex_unlock (&s_log.mutex);
    errno = saved_errno;
}

void
zr_log_set_level (zr_log_level_t level)
{
    atomic_store_explicit (&s_level, (int) level, memory_order_relaxed);
}

void
zr_log_error (const char *subject, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    s_print (ZR_LOG_ERROR, subject, format, args);
    va_end (args);
}

void
zr_log_warn (const char *subject, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    s_print (ZR_LOG_WARN, subject, format, args);
    va_end (args);
}

void
zr_log_info (const char *subject, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    s_print (ZR_LOG_INFO, subject, format, args);
    va_end (args);
}

void
zr_log_debug (const char *subject, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    s_print (ZR_LOG_DEBUG, subject, format, args);
    va_end (args);
}

void
zr_log_status (const char *format, ...)
{
    assert (format);
    int saved_errno = errno;
    pthread_mutex_lock (&s_log.mutex);
    va_list args;
    va_start (args, format);
    s_format (s_log.status, sizeof s_log.status, format, args);
    va_end (args);
    if (!s_log.held) {
        s_output_t output;
        output.len = 0;
        if (s_log.status[0] == '\0')
            s_erase_status (&output);
        s_draw_status (&output);
        s_write (&output);
    }
    pthread_mutex_unlock (&s_log.mutex);
    errno = saved_errno;
}

void
zr_log_status_clear (void)
{
    zr_log_status ("%s", "");
}

void
zr_log_hold (void)
{
    pthread_mutex_lock (&s_log.mutex);
    s_log.held = true;
    s_output_t output;
    output.len = 0;
    s_erase_status (&output);
    s_write (&output);
    pthread_mutex_unlock (&s_log.mutex);
}

void
zr_log_set_writer (void (*writer) (void *arg, const char *line), void *arg)
{
    pthread_mutex_lock (&s_log.mutex);
    s_output_t output;
    output.len = 0;
    s_erase_status (&output);
    s_log.writer = writer;
    s_log.writer_arg = arg;
    if (!s_log.held)
        s_draw_status (&output);
    s_write (&output);
    pthread_mutex_unlock (&s_log.mutex);
}

void
zr_log_release (void)
{
    pthread_mutex_lock (&s_log.mutex);
    s_output_t output;
    output.len = 0;
    s_log.held = false;
    s_erase_status (&output);
    if (s_log.dropped) {
        char line[S_LINE_MAX];
        size_t len = s_head (line, sizeof line, ZR_LOG_WARN, "log");
        snprintf (line + len, sizeof line - len, "%u earlier lines were left out\n",
                  s_log.dropped);
        s_append (&output, line, strlen (line));
    }
    s_append (&output, s_log.kept, s_log.kept_len);
    s_log.kept_len = 0;
    s_log.dropped = 0;
    s_draw_status (&output);
    s_write (&output);
    pthread_mutex_unlock (&s_log.mutex);
}
