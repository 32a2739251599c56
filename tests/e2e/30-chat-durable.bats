#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Nothing said is ever lost, doubled or shown in another order to somebody, whatever
# happens to the broker, which is killed here by SIGKILL as a power cut would.

load lib
load chat

LINES_EACH=2000
KILLS=10

# How many lines NAME was shown, cheaply.
lines_of() { grep -c '"event": \?"line"' "$1.out" || true; }
lines_reach() { [ "$(lines_of "$1")" -ge "$2" ]; }

# feed NAME: its lines, in pieces with pauses that spread them over the kills.
feed() {
    local from
    for ((from = 1; from <= LINES_EACH; from += 50)); do
        seq -f "$1 says %.0f" "$from" $((from + 49))
        sleep 0.1
    done
}

# A random moment, in seconds below 0.6.
moment() { printf '0.%03d\n' $((RANDOM % 600)); }

@test "killing the broker ten times loses no line, doubles none, and all see one order" {
    local name kill mark
    need_zmq
    RANDOM=$$
    start_room --history history.db
    enter ana
    enter bob
    enter_py cara --until $((3 * LINES_EACH))
    for name in ana bob cara; do
        feed "$name" >&"${STDIN[$name]}" 3>&- 4>&- &
        PID["feed_$name"]=$!
    done
    for ((kill = 1; kill <= KILLS; kill++)); do
        mark=$(lines_of ana)
        sleep "$(moment)" # the test is about any moment
        kill_room
        sleep "$(moment)"
        start_room --history history.db
        wait_until 30 lines_reach ana $((mark + 1)) # the talk goes on
    done
    for name in ana bob cara; do
        wait_until 60 lines_reach "$name" $((3 * LINES_EACH))
    done
    for name in ana bob cara; do shown "$name" >"$name.shown"; done
    cmp ana.shown bob.shown
    cmp ana.shown cara.shown
    [ "$(wc -l <ana.shown)" -eq $((3 * LINES_EACH)) ]
    cut -f 1 ana.shown | sort -n -c -u # numbers grow
    for name in ana bob cara; do
        seq -f "$name says %.0f" "$LINES_EACH" >expected
        awk -F '\t' -v who="$name" '$2 == who { print $3 }' ana.shown | cmp - expected
    done
    [ "$(cut -f 2 ana.shown | sort -u | tr '\n' ' ')" = "ana bob cara " ]
    for name in ana bob cara; do
        close_stdin "$name"
        finish "$name" 10
        [ "$status" -eq 0 ]
    done
}

@test "what is said while the broker is down is kept, and said when it is back" {
    start_room --history history.db
    enter ana
    enter bob
    kill_room
    wait_until 5 saw ana '.event == "down"'
    type_to ana "one" "two" "three"
    start_room --history history.db
    wait_until 15 saw bob '.event == "line" and .text == "three"'
    wait_until 15 saw ana '.event == "line" and .text == "three"'
    [ "$(shown bob | cut -f 3 | tr '\n' ' ')" = "one two three " ]
    cmp <(shown ana) <(shown bob)
    close_stdin ana
    finish ana 10
    [ "$status" -eq 0 ]
}

@test "a program that says lines ends only when all are stored, broker down or not" {
    start_room --history history.db
    kill_room
    seq -f "line %.0f" 300 >said
    start_with said ana zroom-chat --nick ana "$ROOM"
    wait_until 5 says ana "trying again"
    kill -0 "${PID[ana]}"
    start_room --history history.db
    finish ana 20
    [ "$status" -eq 0 ]
    kill_room
    start_room --history history.db
    enter bob
    wait_until 10 saw bob '.event == "line" and .text == "line 300"'
    [ "$(shown bob | cut -f 3 | head -n 1)" = "line 251" ]
}

@test "a client killed by SIGKILL and started again goes on under its name" {
    start_room --history history.db
    enter bob
    enter ana
    type_to ana "before"
    wait_until 10 saw bob '.event == "line" and .text == "before"'
    kill -KILL "${PID[ana]}"
    wait "${PID[ana]}" || true
    wait_until 5 saw bob '.event == "left" and .nick == "ana" and .why == "lost"'
    enter ana
    wait_until 10 saw ana '.event == "line" and .text == "before"'
    type_to ana "after"
    wait_until 10 saw bob '.event == "line" and .text == "after"'
    [ "$(shown bob | cut -f 2,3 | tr '\t\n' ': ')" = "ana:before ana:after " ]
    cmp <(shown ana) <(shown bob)
}

@test "the history outlives the broker, and a newcomer gets its last 50 lines" {
    start_room --history history.db
    seq -f "line %.0f" 80 >said
    zroom-chat --nick ana "$ROOM" <said >/dev/null 2>said.err
    kill_room
    start_room --history history.db
    enter bob
    wait_until 10 saw bob '.event == "line" and .text == "line 80"'
    seq -f "line %.0f" 31 80 >expected
    shown bob | cut -f 3 | cmp - expected
    stop broker
    [ "$status" -eq 0 ]
    start_room --history history.db
    enter cara
    wait_until 10 saw cara '.event == "line" and .text == "line 80"'
    shown cara | cut -f 3 | cmp - expected
}

@test "--history none keeps what is said for as long as the broker runs, in no file" {
    start_room --history none
    echo "here today" | zroom-chat --nick ana "$ROOM" >/dev/null 2>ana.err
    enter bob
    wait_until 10 saw bob '.event == "line" and .text == "here today"'
    close_stdin bob
    finish bob 10
    stop broker
    [ "$status" -eq 0 ]
    start_room --history none
    enter bob
    wait_until 10 saw bob '.event == "names"'
    type_to bob "anybody"
    wait_until 10 saw bob '.event == "line"'
    [ "$(shown bob | cut -f 3)" = "anybody" ]
    [ -z "$(find . -name '*.db*' -o -name none)" ]
}

@test "without --history it is kept below XDG_STATE_HOME, readable for its owner only" {
    export XDG_STATE_HOME=$PWD/state
    ROOM=$(endpoint room)
    start broker zroom-broker --no-video --chat "$ROOM"
    wait_until 10 says broker "room: open"
    echo hello | zroom-chat --nick ana "$ROOM" >/dev/null 2>ana.err
    [ "$(find state -name room.db -printf '%P %m')" = "zroom/room.db 600" ]
}

@test "a history that is damaged, or something else, is refused with the way out" {
    local kind
    head -c 20000 /dev/urandom >noise.db
    echo "this is a diary" >text.db
    start_room --history cut.db
    seq 200 | zroom-chat --nick ana "$ROOM" >/dev/null 2>ana.err
    stop broker
    dd if=/dev/urandom of=cut.db bs=4096 seek=1 count=3 conv=notrunc 2>/dev/null
    cp cut.db kept.db
    for kind in noise text cut; do
        run zroom-broker --no-video --chat "$(endpoint "$kind")" --history "$kind.db"
        echo "$output"
        [ "$status" -eq 1 ]
        [[ $output == *"$kind.db"*"--history"* ]]
        [ "${#lines[@]}" -eq 1 ]
    done
    cmp cut.db kept.db # nothing is thrown away
}

@test "a second broker on the same history is told so, and the first is not disturbed" {
    start_room --history history.db
    enter ana
    run zroom-broker --no-video --chat "$(endpoint second)" --history history.db
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"history.db"*"another program uses it"*"--history"* ]]
    type_to ana "still here"
    wait_until 10 saw ana '.event == "line" and .text == "still here"'
}
