#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Peers that are broken or mean: each gets its answer, and the others notice nothing.

load lib
load chat

# misbehave KIND: see bad_chatter.py. The broker must live, and serve.
misbehave() {
    local kind=$1
    need_zmq
    ROOM=tcp://127.0.0.1:$(free_port)
    start_room
    enter witness
    PATIENCE=$PATIENCE run timeout $((60 * PATIENCE)) "$PYTHON" "$BATS_TEST_DIRNAME/bad_chatter.py" "$kind" "$ROOM"
    echo "$output"
    [ "$status" -eq 0 ]
    zroom-chat --nick after "$ROOM" <<<"the room lives" >after.out 2>after.err
    wait_until 10 saw witness '.from == "after" and .text == "the room lives"'
    [ "$(count_of witness '.event == "down"')" -eq 0 ]
}

# Whether a file holds nothing that a terminal obeys: no control character but LF and
# TAB, and none of the C1 set either.
is_harmless() { ! LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$@"; }

resident_kb() { awk '$1 == "VmRSS:" { print $2 }' "/proc/${PID[broker]}/status"; }

@test "what is not of the grammar has an ERROR each, and its sender may go on" {
    misbehave malformed
    is_harmless witness.out
}

@test "control characters reach nobody, in names or in texts" {
    misbehave controls
    wait_until 10 saw witness '.from == "mallory" and (.text | startswith("end"))'
    [ "$(count_of witness '.from == "mallory"')" -eq 1 ]
    is_harmless witness.out
}

@test "a part above the limit ends its connection, and no other" {
    misbehave huge
    wait_until 5 saw witness '.event == "left" and .nick == "mallory"'
}

@test "who floods is told to wait, and others have their lines at once" {
    misbehave flood
}

@test "two thousand joins as fast as they go disturb nobody" {
    misbehave joins
    wait_until 10 saw witness '.event == "left" and .nick == "guest1"'
}

@test "who never reads is put out, and costs the broker little memory" {
    misbehave deaf
    wait_until 5 saw witness '.event == "left" and .nick == "deaf" and .why == "stuck"'
    nm -D "$BUILD/bin/zroom-broker" | grep -q __asan || [ "$(resident_kb)" -lt 65536 ]
}

@test "a room that sends terminal escapes cannot harm a client, as text or as JSON" {
    local format
    need_zmq
    for format in "" --json; do
        ROOM=$(endpoint bad)
        start room "$PYTHON" "$BATS_TEST_DIRNAME/bad_room.py" "$ROOM"
        : >none
        start_with none reader zroom-chat --nick ana $format "$ROOM"
        finish reader 20
        grep -q "the end" reader.out
        is_harmless reader.out reader.err
        finish room 10
    done
}

@test "a line of stdin that is too long, or no UTF-8, is refused and exit tells" {
    start_room
    enter witness
    { head -c 5000 /dev/zero | tr '\0' x; echo; head -c 40000 /dev/zero | tr '\0' y
        echo; printf 'broken \xff\xfe\n'; printf 'escape \033[31m\n'; echo "the last"; } >said
    start_with said ana zroom-chat --nick ana "$ROOM"
    finish ana 20
    [ "$status" -eq 1 ]
    is_harmless ana.out ana.err
    wait_until 10 saw witness '.text == "the last"'
    [ "$(count_of witness '.event == "line"')" -eq 1 ]
}

@test "three hundred who join and hang up at once leave no ghosts" {
    misbehave ghosts
}
