// SPDX-License-Identifier: MPL-2.0
// The room's events for programs: a JSON object each. Pure.

#ifndef ZR_CHAT_JSON_H
#define ZR_CHAT_JSON_H

#include "common/chat_client.h"

// One line, with its '\n', for free(3); NULL for an event that says nothing (IDLE).
//
//     {"event":"line","number":813,"time":1732150000123,"kind":"say","from":"ana",
//      "text":"hello"}            kind: say, me, msg (which has a "to", too)
//     {"event":"up","nick":"ana","newest":812,"accepted":0}
//     {"event":"down","text":..}
//     {"event":"names","count":2,"nicks":["ana","bob"]}
//     {"event":"joined","nick":..}     {"event":"left","nick":..,"why":..}
//     {"event":"renamed","nick":..,"to":..}     {"event":"notice","text":..}
//     {"event":"stored","n":1,"number":813}
//     {"event":"error","code":..,"n":..,"text":..}     {"event":"refused",..}
//
// Texts are as they were said. Where they hold what must not reach a terminal, the
// line is ASCII, with escapes.
char *zr_chat_json_event (const zr_chat_event_t *event);

#endif
