// SPDX-License-Identifier: MPL-2.0
// Figures for programs: one JSON object a line on stdout, by jansson.

#ifndef ZR_JSON_LINE_H
#define ZR_JSON_LINE_H

#include <jansson.h>

// Prints *line_p in one line, at once, and lets go of it. Reals have 13 digits, which
// holds a time in milliseconds. Returns 0; -1 if stdout does not take it: logged.
int zr_json_line_print (json_t **line_p);

// value with one decimal, which is as much as rates and ages mean.
double zr_json_line_round (double value);

#endif
