// SPDX-License-Identifier: MPL-2.0
// snprintf with the units that people expect.

#include "subscriber/overlay.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Appends to text as far as it fits.
static void __attribute__ ((format (printf, 3, 4)))
s_add (char *text, size_t size, const char *format, ...)
{
    size_t used = strlen (text);
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (text + used, size - used, format, arguments);
    va_end (arguments);
}

static void
s_add_age (const zr_meter_report_t *report, char *text, size_t size)
{
    double age_ms = report->age_ms_last;
    if (report->age_known && (age_ms >= 10000 || age_ms <= -10000))
        s_add (text, size, "  %.0f s old", age_ms / 1000);
    else if (report->age_known)
        s_add (text, size, "  %.0f ms", age_ms);
}

void
zr_overlay_figures (const zr_overlay_facts_t *facts, char *text, size_t size)
{
    const zr_meter_report_t *report = facts->report;
    snprintf (text, size, "%.1f fps  %dx%d", report->fps, facts->width, facts->height);
    if (facts->tier && strcmp (facts->tier, "full") != 0)
        s_add (text, size, " %s", facts->tier);
    s_add_age (report, text, size);
    s_add (text, size, "  lost %" PRIu64 "  skipped %" PRIu64, report->lost,
           report->skipped);
    if (report->late)
        s_add (text, size, "  %s %" PRIu64, facts->late ? "LATE" : "late",
               report->late);
    if (facts->recorded >= 0)
        s_add (text, size, "  REC %" PRId64, facts->recorded);
}

void
zr_overlay_brief (const zr_overlay_facts_t *facts, char *text, size_t size)
{
    snprintf (text, size, "%.1f fps", facts->report->fps);
    s_add_age (facts->report, text, size);
    if (facts->late)
        s_add (text, size, "  LATE");
    if (facts->recorded >= 0)
        s_add (text, size, "  REC");
}

void
zr_overlay_state (const zr_overlay_facts_t *facts, char *text, size_t size)
{
    text[0] = '\0';
    if (facts->silence_us >= ZR_OVERLAY_SILENT_US)
        snprintf (text, size, "no picture for %" PRId64 " s",
                  (facts->silence_us + 500000) / 1000000);
    else if (facts->frozen)
        snprintf (text, size, "frozen");
}
