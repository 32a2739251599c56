// SPDX-License-Identifier: MPL-2.0
// The publisher says itself what is wrong with a camera, and goes on looking for it;
// the call goes on without a picture of ours.

#include "subscriber/call.h"

#include <assert.h>
#include <stddef.h>

#include "common/companion.h"

pid_t
zr_call_start (const char *nick, const char *source, const char *input)
{
    assert (nick && source);
    const char *arguments[ZR_COMPANION_ARGUMENTS_MAX + 1] = {"--name", nick};
    int count = 2;
    if (input) {
        arguments[count++] = "--connect";
        arguments[count++] = input;
    }
    if (*source) {
        arguments[count++] = "--";
        arguments[count++] = source;
    }
    return zr_companion_start ("zroom-publisher", arguments);
}
