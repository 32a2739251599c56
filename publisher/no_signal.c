// SPDX-License-Identifier: MPL-2.0
// Light words on a dark blue ground, as televisions have it. Lines are short, so that
// letters can be large.

#include "publisher/no_signal.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "publisher/caption.h"

#define LINE_MAX_WIDE 26 // characters
#define LINE_MAX_UPRIGHT 20
#define CHARACTER_MIN 7 // pixels that the smallest letter takes, with its margin
#define TEXT_MAX 512

// Appends text to lines (TEXT_MAX bytes), broken between words after at most most
// characters; a longer word is left whole.
static void
s_append (char *lines, const char *text, int most)
{
    int column = 0;
    while (*text) {
        size_t word = strcspn (text, " ");
        bool fits = column + 1 + (int) word <= most;
        const char *between = column == 0 ? "\n" : fits ? " " : "\n";
        size_t len = strlen (lines);
        if (len + word + 2 >= TEXT_MAX)
            return;
        snprintf (lines + len, TEXT_MAX - len, "%s%.*s", between, (int) word, text);
        column = *between == ' ' ? column + 1 + (int) word : (int) word;
        text += word;
        text += strspn (text, " ");
    }
}

int
zr_no_signal_draw (zr_picture_t *picture, int width, int height, const char *who,
                   const char *why)
{
    assert (picture && who && why);
    if (zr_picture_shape (picture, width, height, TJSAMP_420))
        return -1;
    char lines[TEXT_MAX] = "NO SIGNAL", clock[16];
    struct tm now;
    time_t seconds = time (NULL);
    localtime_r (&seconds, &now);
    strftime (clock, sizeof clock, "%H:%M:%S", &now);
    int most = width > height ? LINE_MAX_WIDE : LINE_MAX_UPRIGHT;
    if (most > width / CHARACTER_MIN)
        most = width / CHARACTER_MIN;
    s_append (lines, who, most);
    s_append (lines, why, most);
    s_append (lines, clock, most);
    zr_picture_fill (picture, 60, 160, 110);
    zr_caption_draw_centred (picture, lines);
    zr_picture_pad (picture);
    return 0;
}
