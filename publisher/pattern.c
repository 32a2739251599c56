// SPDX-License-Identifier: MPL-2.0
// Four bands, from the top: eight colour bars, a grey ramp, a lane in which a box
// moves to the right and comes in again at the left, and the caption. The first two
// are painted once; a picture costs the two places of the box and the caption.
//
// Bars have 75 % of full level, in full-range BT.601 as JPEG wants it. Sides of bands
// and the box's places are even where the size allows, so that chroma is exact.
// Left out: anything random, and the time of day; a bench and a test want the same
// bytes each time.

#include "publisher/pattern.h"

#include <assert.h>
#include <czmq.h>
#include <inttypes.h>

#include "publisher/caption.h"

#define BARS 8
#define STEPS_ACROSS 160 // pictures that the box takes from side to side, about

static const uint8_t LANE[3] = {40, 128, 128};
static const uint8_t BOX[3] = {170, 60, 190};

struct zr_pattern {
    zr_picture_t picture;
    int fps;
    int lane_y, lane_height; // where the box moves
    int box_x;               // where it was drawn last
    int period;              // width, made even: the box is back where it was
    int step;                // pixels that it moves from picture to picture
    int caption_y;
    int caption_width; // of what was drawn last
    int scale;
};

static int
s_even (int value)
{
    return value & ~1;
}

static void
s_paint_bars (zr_pattern_t *self, int height)
{
    // One bit each of red, green and blue, from white down to black.
    static const uint8_t order[BARS] = {7, 6, 3, 2, 5, 4, 1, 0};
    int width = self->picture.width;
    for (int i = 0; i < BARS; i++) {
        double r = order[i] & 4 ? 191.25 : 0;
        double g = order[i] & 2 ? 191.25 : 0;
        double b = order[i] & 1 ? 191.25 : 0;
        double y = 0.299 * r + 0.587 * g + 0.114 * b;
        uint8_t colour[3] = {(uint8_t) (y + 0.5), (uint8_t) ((b - y) / 1.772 + 128.5),
                             (uint8_t) ((r - y) / 1.402 + 128.5)};
        int left = s_even (width * i / BARS);
        int right = i + 1 < BARS ? s_even (width * (i + 1) / BARS) : width;
        zr_caption_box (&self->picture, left, 0, right - left, height, colour);
    }
}

static void
s_paint_ramp (zr_pattern_t *self, int top, int height)
{
    int width = self->picture.width;
    for (int x = 0; x < width; x++) {
        uint8_t grey = width > 1 ? (uint8_t) (255 * x / (width - 1)) : 0;
        zr_caption_box (&self->picture, x, top, 1, height,
                        (const uint8_t[3]){grey, 128, 128});
    }
}

zr_pattern_t *
zr_pattern_new (int width, int height, int fps)
{
    assert (fps > 0);
    zr_pattern_t *self = (zr_pattern_t *) zmalloc (sizeof *self);
    if (zr_picture_shape (&self->picture, width, height, TJSAMP_420) < 0) {
        zr_pattern_destroy (&self);
        return NULL;
    }
    self->fps = fps;
    self->period = (width + 1) & ~1;
    self->step = s_even (width / STEPS_ACROSS);
    if (self->step < 2)
        self->step = 2;

    // The text has its height at least, the lane two rows, and the rest what is left.
    static const char longest[] = "000000  00:00:00.000";
    int caption = s_even (height / 8);
    if (caption < zr_caption_height (longest, 1) + 1)
        caption = zr_caption_height (longest, 1) + 1;
    self->scale = caption / zr_caption_height (longest, 1);
    int fits = width / zr_caption_width (longest, 1);
    if (self->scale > fits)
        self->scale = fits > 1 ? fits : 1;
    if (self->scale > ZR_CAPTION_SCALE_MAX)
        self->scale = ZR_CAPTION_SCALE_MAX;
    int rest = height > caption ? height - caption : 0;
    int band = s_even (rest / 7);
    self->lane_height = band < 2 ? 2 : band;
    self->caption_y = rest;
    self->lane_y = rest > self->lane_height ? s_even (rest - self->lane_height) : 0;
    int ramp_y = self->lane_y > band ? self->lane_y - band : 0;

    zr_picture_fill (&self->picture, LANE[0], LANE[1], LANE[2]);
    s_paint_bars (self, ramp_y);
    s_paint_ramp (self, ramp_y, self->lane_y - ramp_y);
    return self;
}

void
zr_pattern_destroy (zr_pattern_t **self_p)
{
    assert (self_p);
    zr_pattern_t *self = *self_p;
    if (!self)
        return;
    zr_picture_release (&self->picture);
    freen (self);
    *self_p = NULL;
}

// The part of the box that leaves at the right comes in at the left.
static void
s_paint_box (zr_pattern_t *self, const uint8_t colour[3])
{
    for (int x = self->box_x; x > -self->lane_height; x -= self->period)
        zr_caption_box (&self->picture, x, self->lane_y, self->lane_height,
                        self->lane_height, colour);
}

static void
s_paint_caption (zr_pattern_t *self, uint64_t number)
{
    uint64_t s = number / self->fps;
    unsigned ms = (unsigned) (number % self->fps * 1000 / self->fps);
    char text[80];
    snprintf (text, sizeof text, "%06" PRIu64 "  %02" PRIu64 ":%02u:%02u.%03u", number,
              s / 3600, (unsigned) (s / 60 % 60), (unsigned) (s % 60), ms);
    zr_caption_draw (&self->picture, text, 0, self->caption_y, self->scale);
    self->caption_width = zr_caption_width (text, self->scale);
}

const zr_picture_t *
zr_pattern_draw (zr_pattern_t *self, uint64_t number)
{
    assert (self);
    // Both are taken away before either is drawn: in a tiny picture they overlap. The
    // caption must go because a longer one may have been here.
    s_paint_box (self, LANE);
    zr_caption_box (&self->picture, 0, self->caption_y, self->caption_width,
                    self->picture.height, LANE);
    self->box_x = (int) (number % self->period * self->step % self->period);
    s_paint_box (self, BOX);
    s_paint_caption (self, number);
    return &self->picture;
}
