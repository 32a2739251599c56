// SPDX-License-Identifier: MPL-2.0
// The chat messages of PROTOCOL.md: structs to parts and back. Pure, and trusts
// nothing: whatever parses keeps the grammar and its limits.

#ifndef ZR_CHAT_PROTO_H
#define ZR_CHAT_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZR_CHAT_HEAD_MAX 512   // bytes
#define ZR_CHAT_TEXT_MAX 4096  // bytes of a line
#define ZR_CHAT_PART_MAX 65536 // bytes; a longer one closes the connection
#define ZR_CHAT_PEERS_MAX 4096
#define ZR_CHAT_TOKEN_LEN 32 // characters
#define ZR_CHAT_NICK_CHARS_MAX 32
#define ZR_CHAT_NICK_MAX 129 // bytes of a nick with the NUL: 32 characters of 4
#define ZR_CHAT_NAMES_MAX (ZR_CHAT_PEERS_MAX * ZR_CHAT_NICK_MAX) // bytes of all nicks
#define ZR_CHAT_WINDOW 64 // lines of one client on their way without an ACK

typedef enum {
    ZR_CHAT_NOTHING,
    // from client to broker
    ZR_CHAT_JOIN,  // token, number = last or, of a newcomer, -1; text = nick
    ZR_CHAT_SAY,   // n; text
    ZR_CHAT_ME,    // n; text
    ZR_CHAT_MSG,   // n, to; text
    ZR_CHAT_NICK,  // text = nick
    ZR_CHAT_WHO,   //
    ZR_CHAT_LEAVE, //
    // from broker to client
    ZR_CHAT_WELCOME, // nick, number = newest, n = accepted
    ZR_CHAT_REFUSED, // code; text
    ZR_CHAT_NAMES,   // number = count; text
    ZR_CHAT_LINE,    // number, time_ms, kind, nick = from, to (MSG only); text
    ZR_CHAT_ACK,     // n, number
    ZR_CHAT_WAIT,    // n, number = milliseconds
    ZR_CHAT_JOINED,  // nick
    ZR_CHAT_LEFT,    // nick, code = why
    ZR_CHAT_RENAMED, // nick = old, to = new
    ZR_CHAT_NOTICE,  // text
    ZR_CHAT_ERROR,   // code, n or -1; text
} zr_chat_verb_t;

// Words of REFUSED, ERROR and LEFT.
typedef enum {
    ZR_CHAT_CODE_NONE,
    ZR_CHAT_NAME_BAD,
    ZR_CHAT_NAME_TAKEN,
    ZR_CHAT_BUSY,
    ZR_CHAT_FULL,
    ZR_CHAT_REPLACED,
    ZR_CHAT_MALFORMED,
    ZR_CHAT_VERSION,
    ZR_CHAT_NOT_JOINED,
    ZR_CHAT_ALREADY_JOINED,
    ZR_CHAT_TEXT_BAD,
    ZR_CHAT_TOO_LONG,
    ZR_CHAT_NOBODY,
    ZR_CHAT_GAP,
    ZR_CHAT_UNSTORED,
    ZR_CHAT_WHY_LEFT,
    ZR_CHAT_WHY_LOST,
    ZR_CHAT_WHY_SILENT,
    ZR_CHAT_WHY_STUCK,
} zr_chat_code_t;

// One message. Which fields mean something is said at the verb; the others are zero.
// text is borrowed, not NUL-terminated, and NULL in a message of one part.
typedef struct {
    zr_chat_verb_t verb;
    zr_chat_verb_t kind; // of a LINE: ZR_CHAT_SAY, _ME or _MSG
    zr_chat_code_t code;
    int64_t n;      // the client's number of a line
    int64_t number; // the room's number of a line, or as said at the verb
    int64_t time_ms;
    char token[ZR_CHAT_TOKEN_LEN + 1];
    char nick[ZR_CHAT_NICK_MAX];
    char to[ZR_CHAT_NICK_MAX];
    const char *text;
    size_t text_len; // bytes
} zr_chat_message_t;

// Writes the head of message, with a NUL behind it, to head (ZR_CHAT_HEAD_MAX bytes).
// Returns its length without the NUL. The text, where there is one, is the second part
// as it is. The message must be a whole one: asserted.
size_t zr_chat_pack (const zr_chat_message_t *message, char *head);

// Whether the verb has a text.
bool zr_chat_has_text (zr_chat_verb_t verb);

// Reads a message of count parts. from_client says whose verbs are taken. text may be
// NULL for a message of one part. The texts of JOIN, NICK, SAY, ME and MSG are not
// judged here, beyond their length: the room answers for them.
// Returns ZR_CHAT_CODE_NONE and fills message, or why not: ZR_CHAT_VERSION,
// ZR_CHAT_MALFORMED; ZR_CHAT_TOO_LONG comes with message filled but for the text.
zr_chat_code_t zr_chat_parse (const char *head, size_t head_len, const char *text,
                              size_t text_len, int count, bool from_client,
                              zr_chat_message_t *message);

// The word for a code, as in messages: "name-taken".
const char *zr_chat_code_word (zr_chat_code_t code);

#endif
