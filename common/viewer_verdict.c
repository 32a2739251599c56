// SPDX-License-Identifier: MPL-2.0
// The rate is that of the time in which there was something to carry: a link that
// carries a picture in 3 ms and then rests is fast, whatever the picture rate is. The
// shortest round trip that was ever seen is the way itself: what takes longer than that
// waits somewhere. With little allowed to wait in our kernel (TCP_NOTSENT_LOWAT) a
// narrow link is never far behind, but it is never done either: that is the other sign.
// Who holds it up is told by the receive window, which a viewer that reads keeps open.

#include "common/viewer_verdict.h"

#include <assert.h>
#include <stdio.h>

#define UNSENT_MS 150     // more is slow
#define BUSY_SHARE 0.95   // of the time: as good as always
#define HELD_SHARE 0.5    // of the time: the receive window is the cause
#define STREAK 3          // samples that make it slow, or well again
#define SPAN_MIN_US 50000 // less says too little

void
zr_viewer_verdict_init (zr_viewer_verdict_t *self, const zr_viewer_sample_t *sample)
{
    assert (self && sample);
    *self = (zr_viewer_verdict_t){.last = *sample,
                                  .rtt_ms = sample->rtt_us / 1e3,
                                  .rtt_min_us = sample->rtt_us,
                                  .moved_us = sample->time_us};
}

// Milliseconds that what waits still takes. acked and busy_us: of the span.
static double
s_unsent_ms (const zr_viewer_verdict_t *self, const zr_viewer_sample_t *sample,
             uint64_t acked, uint64_t busy_us)
{
    if (sample->unacked == 0)
        return 0;
    if (acked == 0)
        return (double) (sample->time_us - self->moved_us) / 1e3;
    double whole_us = (double) sample->unacked * (double) busy_us / (double) acked;
    double rest_us = whole_us - self->rtt_min_us;
    return rest_us > 0 ? rest_us / 1e3 : 0;
}

static void
s_judge (zr_viewer_verdict_t *self, bool bad, bool held)
{
    self->bad = bad ? self->bad + 1 : 0;
    self->good = bad ? 0 : self->good + 1;
    self->held = bad ? self->held + held : 0;
    if (self->bad == STREAK && self->slow == ZR_VIEWER_KEEPS_UP)
        self->slow = self->held * 2 > STREAK ? ZR_VIEWER_MACHINE : ZR_VIEWER_NETWORK;
    if (self->good == STREAK)
        self->slow = ZR_VIEWER_KEEPS_UP;
}

void
zr_viewer_verdict_take (zr_viewer_verdict_t *self, const zr_viewer_sample_t *sample)
{
    assert (self && sample);
    const zr_viewer_sample_t *last = &self->last;
    int64_t span_us = sample->time_us - last->time_us;
    if (span_us < SPAN_MIN_US)
        return;
    uint64_t acked = sample->acked - last->acked;
    uint64_t busy_us = sample->busy_us - last->busy_us;
    uint64_t held_us = sample->held_us - last->held_us;
    if (sample->rtt_us && (!self->rtt_min_us || sample->rtt_us < self->rtt_min_us))
        self->rtt_min_us = sample->rtt_us;
    if (acked || !sample->unacked)
        self->moved_us = sample->time_us;
    self->rtt_ms = sample->rtt_us / 1e3;
    self->kbit_s = (double) acked * 8e3 / (double) span_us;
    self->unsent_ms = s_unsent_ms (self, sample, acked, busy_us);
    self->stuck = !acked && sample->unacked && last->unacked;
    bool never_done =
        sample->unsent && (double) busy_us >= BUSY_SHARE * (double) span_us;
    s_judge (self, self->unsent_ms >= UNSENT_MS || never_done,
             (double) held_us >= HELD_SHARE * (double) span_us);
    self->last = *sample;
}

const char *
zr_viewer_slow_name (zr_viewer_slow_t slow)
{
    return slow == ZR_VIEWER_NETWORK   ? "network"
           : slow == ZR_VIEWER_MACHINE ? "viewer"
                                       : NULL;
}

// "192.168.1.9 is 240 ms behind", or what else is known about it.
static int
s_say_state (const char *address, double unsent_ms, char *text, size_t size)
{
    if (unsent_ms >= UNSENT_MS)
        return snprintf (text, size, "%s is %.0f ms behind", address, unsent_ms);
    return snprintf (text, size, "%s misses pictures", address);
}

void
zr_viewer_slow_words (const char *address, zr_viewer_slow_t slow, double unsent_ms,
                      char *text, size_t size)
{
    assert (address && text && size);
    int len = s_say_state (address, unsent_ms, text, size);
    if (len >= 0 && (size_t) len < size)
        snprintf (text + len, size - (size_t) len, " (%s)",
                  slow == ZR_VIEWER_MACHINE ? "its machine" : "network");
}

void
zr_viewer_slow_sentence (const char *address, const zr_viewer_verdict_t *verdict,
                         char *text, size_t size)
{
    assert (address && verdict && text && size);
    const char *rest = " (network): a smaller --width, a lower --quality, or --tier "
                       "half there would help";
    if (verdict->slow == ZR_VIEWER_MACHINE)
        rest = ": its machine does not keep up; a smaller --width or --tier half there "
               "would help";
    else if (verdict->stuck)
        rest = " (network): nothing gets through to it; look at its cable or Wi-Fi";
    int len = s_say_state (address, verdict->unsent_ms, text, size);
    if (len >= 0 && (size_t) len < size)
        snprintf (text + len, size - (size_t) len, "%s", rest);
}
