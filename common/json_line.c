// SPDX-License-Identifier: MPL-2.0
// Flushed line by line, since the reader wants each when it is made.

#include "common/json_line.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"

int
zr_json_line_print (json_t **line_p)
{
    assert (line_p && *line_p);
    int status = json_dumpf (*line_p, stdout, JSON_COMPACT | JSON_REAL_PRECISION (13));
    json_decref (*line_p);
    *line_p = NULL;
    if (status == 0 && putchar ('\n') != EOF && fflush (stdout) == 0)
        return 0;
    zr_log_error ("stdout", "cannot be written: %s", strerror (errno));
    return -1;
}

double
zr_json_line_round (double value)
{
    return (double) (int64_t) (value * 10 + (value < 0 ? -0.5 : 0.5)) / 10;
}
