// SPDX-License-Identifier: MPL-2.0
// zroom-subscriber: shows streams. The threads are listed in player.c.

#include <czmq.h>

#include "subscriber/subscriber_options.h"

int
main (int argc, char **argv)
{
    zr_subscriber_options_t options;
    int status = zr_subscriber_options_read (&options, argc, argv);
    if (status != ZR_OPTIONS_GO)
        return status;
    zsys_init ();
    return zr_player_run (&options.settings);
}
