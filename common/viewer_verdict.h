// SPDX-License-Identifier: MPL-2.0
// Whether a viewer keeps up, and if not, why: what one connection's counters, read once
// a second, tell. Pure.

#ifndef ZR_VIEWER_VERDICT_H
#define ZR_VIEWER_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    ZR_VIEWER_KEEPS_UP,
    ZR_VIEWER_NETWORK, // slow: the way to it carries less than it is sent
    ZR_VIEWER_MACHINE, // slow: its program or machine does not take what arrives
} zr_viewer_slow_t;

// A TCP connection at one moment, as the kernel counts: tcp(7), linux/tcp.h, RFC 4898.
typedef struct {
    int64_t time_us;  // monotonic
    uint64_t acked;   // bytes that arrived, since it was made
    uint64_t busy_us; // how long something was to be sent or acknowledged, since then
    uint64_t held_us; // of that: how long the viewer's receive window held it up
    uint32_t unacked; // bytes that the kernel took and that have not arrived yet
    uint32_t unsent;  // of those: not sent yet
    uint32_t rtt_us;  // smoothed round trip
} zr_viewer_sample_t;

// unsent_ms: how long what our kernel holds for the viewer now still takes, at the rate
// of the last second, beyond the way there and back when nothing is in it; while
// nothing arrives at all, for how long that is so. Not in it: the one picture that
// libzmq holds, and what has arrived at the viewer's machine and was not read.
typedef struct {
    double rtt_ms, kbit_s, unsent_ms;
    zr_viewer_slow_t slow;
    bool stuck; // nothing arrived for a second although there was something

    zr_viewer_sample_t last; // from here on its own
    uint32_t rtt_min_us;
    int64_t moved_us; // when something arrived last
    int bad, good;    // samples in a row
    int held;         // bad ones for which the viewer's machine is the cause
} zr_viewer_verdict_t;

// sample: the first, which everything is measured from.
void zr_viewer_verdict_init (zr_viewer_verdict_t *self,
                             const zr_viewer_sample_t *sample);

// Takes the next sample, about a second later. Slow is who in three in a row had 150 ms
// unsent, or had something unsent all the time, so that pictures are left out; three
// good ones take it back.
void zr_viewer_verdict_take (zr_viewer_verdict_t *self,
                             const zr_viewer_sample_t *sample);

// "network", "viewer" or NULL, for programs.
const char *zr_viewer_slow_name (zr_viewer_slow_t slow);

// A few words on a slow viewer ("192.168.1.9 is 240 ms behind (network)"), and a whole
// sentence, with what to do.
void zr_viewer_slow_words (const char *address, zr_viewer_slow_t slow, double unsent_ms,
                           char *text, size_t size);
void zr_viewer_slow_sentence (const char *address, const zr_viewer_verdict_t *verdict,
                              char *text, size_t size);

#endif
