#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# People in a room: what they say, what they are called, who comes and goes.

load lib
load chat

# took MARK: milliseconds since.
took() { echo $(($(now_ms) - $1)); }

@test "what one says is shown to all, the speaker too, under the speaker's name" {
    need_zmq
    start_room
    enter ana
    enter_py bob
    wait_until 10 saw ana '.event == "joined" and .nick == "bob"'
    type_to ana "hello bob" "/me waves" "//me is a command"
    type_to bob "hello ana"
    wait_until 10 count_is ana '.event == "line"' 4
    wait_until 10 count_is bob '.event == "line"' 4
    cmp <(shown ana) <(shown bob)
    saw bob '.kind == "say" and .from == "ana" and .text == "hello bob"'
    saw ana '.kind == "me" and .from == "ana" and .text == "waves"'
    saw bob '.kind == "me" and .from == "ana" and .text == "waves"'
    saw bob '.kind == "say" and .from == "ana" and .text == "/me is a command"'
    saw ana '.kind == "say" and .from == "bob" and .text == "hello ana"'
}

@test "a line for one is shown to that one and its author, and to nobody else, ever" {
    need_zmq
    start_room
    enter ana
    enter bob
    enter cara
    type_to ana "/msg BOB a secret" "no secret"
    wait_until 10 saw cara '.text == "no secret"'
    wait_until 10 saw bob '.kind == "msg" and .from == "ana" and .to == "bob" and .text == "a secret"'
    wait_until 10 saw ana '.kind == "msg" and .text == "a secret"'
    enter_py dora
    wait_until 10 saw dora '.text == "no secret"'
    [ "$(count_of cara '.event == "line"')" -eq 1 ]
    [ "$(count_of dora '.event == "line"')" -eq 1 ]
    [ "$(grep -c secret cara.out)" -eq 1 ]
}

@test "a line for somebody who is not here is refused, and exit tells" {
    start_room
    enter ana
    type_to ana "/msg nobody hello" "still here"
    wait_until 10 saw ana '.event == "error" and .code == "nobody"'
    wait_until 10 saw ana '.text == "still here"'
    close_stdin ana
    finish ana 10
    [ "$status" -eq 1 ]
}

@test "/who tells who is here, as text and as JSON" {
    need_zmq
    start_room
    enter_py bob
    enter ana
    mark=$(since ana)
    type_to ana "/who"
    wait_until 10 saw_since ana "$mark" '.event == "names" and (.nicks | sort) == ["ana", "bob"]'
    run zroom-chat --nick cara "$ROOM" <<<"/who"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"3 here:"*bob* ]]
}

@test "a new name is told to everyone, goes to what is said, and frees the old one" {
    start_room
    enter ana
    enter bob
    type_to ana "/nick anna" "it is me"
    wait_until 10 saw bob '.event == "renamed" and .nick == "ana" and .to == "anna"'
    wait_until 10 saw ana '.event == "renamed" and .to == "anna"'
    wait_until 10 saw bob '.from == "anna" and .text == "it is me"'
    enter other --nick ana
    type_to other "/nick ANNA"
    wait_until 10 saw other '.event == "refused" and .code == "name-taken"'
    type_to other "as before"
    wait_until 10 saw bob '.from == "ana" and .text == "as before"'
}

@test "a taken name is refused with the reason, and a pipe cannot be asked: exit 1" {
    local name
    start_room
    enter ana
    for name in ana ANA Ana " ana "; do
        run zroom-chat --nick "$name" "$ROOM" <<<"hello"
        echo "$output"
        [ "$status" -eq 1 ]
        [[ $output == *"is taken; choose another name"* ]]
    done
    [ "$(count_of ana '.event == "joined"')" -eq 0 ]
}

@test "a name that is none is refused with the reason" {
    local name
    start_room
    while IFS='|' read -r name why; do
        printf -v name -- "$name"
        run zroom-chat --nick "$name" "$ROOM" <<<"hello"
        echo "$output"
        [ "$status" -eq 1 ]
        [[ $output == *"$why"* ]]
        [[ $output != *$'\e'* ]]
    done <<'NAMES'
two words|no blanks
server|the room's own
ROOM|the room's own
abcdefghijabcdefghijabcdefghijabc|at most 32
<ana>|letters, digits, symbols
-ana|begins with
a\u200bna|invisible
a\u202ena|invisible
q\u0301\u0302\u0303\u0304|three marks
\e[31mana|
an\xffa|UTF-8
NAMES
}

@test "names and texts in every writing arrive as they were said" {
    need_zmq
    start_room
    enter_py reader
    local name text said=0
    while IFS='|' read -r name text; do
        zroom-chat --nick "$name" "$ROOM" <<<"$text" >said.out 2>said.err
        said=$((said + 1))
        wait_until 10 count_is reader '.event == "line"' "$said"
        [ "$(shown reader | tail -n 1 | cut -f 2-)" = "$name"$'\t'"$text" ]
        grep -qF -- "$text" said.out
    done <<'LINES'
Ολυμπία|Καλημέρα, πώς είσαι;
דנה|שלום לכולם, hello, שוב שלום
ليلى|مرحبا بالجميع
李雷|大家好!
नीला|नमस्ते दुनिया
José|combining: é ñ ệ ạ̈
🦊|emoji: 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 ❤️
ひろ|こんにちは、世界
LINES
    [ "$said" -eq 8 ]
}

@test "names that differ in case, width or composition only are the same" {
    local first second
    start_room
    while IFS='|' read -r first second; do
        printf -v first -- "$first"
        printf -v second -- "$second"
        enter one --nick "$first"
        run zroom-chat --nick "$second" "$ROOM" <<<"hello"
        echo "$first $second: $output"
        [ "$status" -eq 1 ]
        [[ $output == *"taken"* ]]
        close_stdin one
        finish one 10
    done <<'NAMES'
straße|STRASSE
ΟΔΟΣ|οδος
ana|ａｎａ
Jos\u00e9|JOSE\u0301
ÅSA|åsa
NAMES
}

@test "of two that race for one name exactly one gets it" {
    local round winners
    start_room
    enter judge
    for round in 1 2 3; do
        enter_unasked left --nick "racer$round"
        enter_unasked right --nick "RACER$round"
        wait_until 10 saw left '.event == "up" or .event == "refused"'
        wait_until 10 saw right '.event == "up" or .event == "refused"'
        winners=$(($(count_of left '.event == "up"') + $(count_of right '.event == "up"')))
        [ "$winners" -eq 1 ]
        close_stdin left
        close_stdin right
        finish left 10
        left=$status
        finish right 10
        [ $((left + status)) -eq 1 ]
        wait_until 10 count_is judge '.event == "joined"' "$round"
    done
}

@test "who leaves is said to have left, and who is killed within a second" {
    local mark
    need_zmq
    start_room
    enter bob
    enter ana
    enter_py cara
    close_stdin ana
    finish ana 10
    [ "$status" -eq 0 ]
    wait_until 5 saw bob '.event == "left" and .nick == "ana" and .why == "left"'
    type_to cara "/quit"
    wait_until 5 saw bob '.event == "left" and .nick == "cara" and .why == "left"'
    enter dora
    mark=$(now_ms)
    kill -KILL "${PID[dora]}"
    wait_until 5 saw bob '.event == "left" and .nick == "dora" and .why == "lost"'
    [ "$(took "$mark")" -lt $((1000 * PATIENCE)) ]
}

@test "a killed client that is started again at once has its name at once" {
    local round
    start_room
    enter bob
    for round in 1 2 3; do
        enter ana
        kill -KILL "${PID[ana]}"
        wait "${PID[ana]}" || true
    done
    enter ana
    type_to ana "here again"
    wait_until 10 saw bob '.from == "ana" and .text == "here again"'
}

@test "a frozen client is said to be gone in 5 s, and comes back under its name" {
    local mark name
    need_zmq
    ROOM=tcp://127.0.0.1:$(free_port)
    start_room
    enter bob
    enter ana
    enter_py cara
    sleep 2.5 # a sign of life has come from each
    for name in ana cara; do kill -STOP "${PID[$name]}"; done
    mark=$(now_ms)
    wait_until 10 saw bob '.event == "left" and .nick == "ana"'
    wait_until 10 saw bob '.event == "left" and .nick == "cara"'
    [ "$(took "$mark")" -lt $((5000 * PATIENCE)) ]
    type_to bob "said meanwhile"
    type_to ana "kept meanwhile"
    wait_until 5 saw bob '.text == "said meanwhile"'
    for name in ana cara; do kill -CONT "${PID[$name]}"; done
    wait_until 10 saw bob '.event == "joined" and .nick == "ana"'
    wait_until 10 saw bob '.event == "joined" and .nick == "cara"'
    wait_until 10 saw bob '.from == "ana" and .text == "kept meanwhile"'
    wait_until 10 saw cara '.text == "kept meanwhile"'
    wait_until 10 saw ana '.text == "kept meanwhile"'
    cmp <(shown bob) <(shown ana)
    cmp <(shown bob) <(shown cara)
}

@test "a client that freezes the moment it spoke is said to be gone in 5 s as well" {
    # libzmq forgets a PING's time to live with the next message that comes.
    local mark name i
    ROOM=tcp://127.0.0.1:$(free_port)
    start_room
    enter bob
    enter ana
    for i in {1..15}; do # longer than from one sign of life to the next
        type_to ana "busy $i"
        wait_until 5 saw bob ".text == \"busy $i\""
        sleep 0.1
    done
    kill -STOP "${PID[ana]}"
    mark=$(now_ms)
    enter dora # joins, and freezes at once
    kill -STOP "${PID[dora]}"
    wait_until 10 saw bob '.event == "left" and .nick == "ana"'
    [ "$(took "$mark")" -lt $((5000 * PATIENCE)) ]
    wait_until 10 saw bob '.event == "left" and .nick == "dora"'
    for name in ana dora; do
        kill -CONT "${PID[$name]}"
        wait_until 10 count_is bob ".event == \"joined\" and .nick == \"$name\"" 2
    done
}

@test "a restart of the broker is a short break: names stay, and nobody left" {
    start_room --history history.db
    enter bob
    enter ana
    kill_room
    start_room --history history.db
    wait_until 15 count_is ana '.event == "up" and .nick == "ana"' 2
    wait_until 15 count_is bob '.event == "up" and .nick == "bob"' 2
    run zroom-chat --nick ana "$ROOM" <<<"I am ana"
    echo "$output"
    [ "$status" -eq 1 ]
    type_to ana "I was it"
    wait_until 10 saw bob '.from == "ana" and .text == "I was it"'
    [ "$(count_of bob '.text == "I am ana"')" -eq 0 ]
    [ "$(count_of bob '.event == "left"')" -eq 0 ]
}
