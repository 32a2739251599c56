// SPDX-License-Identifier: MPL-2.0
// Names that somebody asks for: what is taken can be shown, can stand in a head, is
// taken again as itself, and is the same name as it is then.

#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/nick.h"
#include "common/text.h"

static void
s_assert_fits_a_head (const char *nick)
{
    zr_chat_message_t message = {.verb = ZR_CHAT_JOINED};
    char head[ZR_CHAT_HEAD_MAX];
    memcpy (message.nick, nick, strlen (nick) + 1);
    size_t len = zr_chat_pack (&message, head);
    assert (zr_chat_parse (head, len, NULL, 0, 1, false, &message) ==
            ZR_CHAT_CODE_NONE);
    assert (strcmp (message.nick, nick) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    char *nick = malloc (ZR_CHAT_NICK_MAX), *key = malloc (ZR_NICK_KEY_MAX);
    char again[ZR_CHAT_NICK_MAX], again_key[ZR_NICK_KEY_MAX];
    assert (nick && key);
    const char *reason = zr_nick_read ((const char *) data, size, nick, key);
    if (reason)
        assert (strlen (reason) < 80);
    else {
        size_t len = strlen (nick);
        assert (len >= 1 && len < ZR_CHAT_NICK_MAX && strlen (key) < ZR_NICK_KEY_MAX);
        assert (zr_text_is_printable (nick, len) && !strchr (nick, ' '));
        s_assert_fits_a_head (nick);
        reason = zr_nick_read (nick, len, again, again_key);
        assert (!reason && strcmp (nick, again) == 0 && strcmp (key, again_key) == 0);
        // a name that looks like a key is that one's name
        reason = zr_nick_read (key, strlen (key), again, again_key);
        assert (reason || strcmp (key, again_key) == 0);
    }
    free (nick);
    free (key);
    return 0;
}
