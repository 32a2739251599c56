#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# A video call in one command, and the room that "make demo" shows.

load lib
load screen
load chat

# A broker whose pictures come out at OUT, a port, and go in at the next one.
start_call_room() {
    local tries
    for tries in 1 2 3 4 5; do
        OUT=$(free_port)
        start room zroom-broker --no-announce --history none --chat "$(endpoint chat)" \
            --video-out "tcp://127.0.0.1:$OUT" --video-in "tcp://127.0.0.1:$((OUT + 1))" --stats
        wait_until 5 test -s room.out && return
        kill "${PID[room]}" 2>/dev/null || true
    done
    return 1
}

# call NICK: takes part with the test pattern for a camera.
call() {
    start "$1" zroom-subscriber --nick "$1" --camera=pattern --room "$(endpoint chat)" \
        --view window --stats "127.0.0.1:$OUT"
}

shows() { # NAME STREAM...
    local name=$1 stream
    shift
    for stream; do
        stat_is "$name" ".streams | any (.stream == \"$stream\" and .fps > 5)" || return 1
    done
}

room_has() { stat_is room ".video.streams | map (.stream) | sort == $1"; }

children() { pgrep -P "$1" -x zroom-publisher; }

@test "two people see and hear of each other, and one who leaves is gone" {
    start_screen
    start_call_room
    call ana
    wait_until 15 shows ana ana
    call bob
    wait_until 15 shows ana ana bob
    wait_until 15 shows bob ana bob
    wait_until 5 stat_is room '.chat.people == 2'
    stop bob
    [ "$status" -eq 0 ]
    wait_until 10 stat_is ana '.streams | map (.stream) == ["ana"]'
    wait_until 5 stat_is room '.chat.people == 1'
}

@test "our own picture ends with the call, however that ends" {
    start_screen
    start_call_room
    call ana
    wait_until 15 room_has '["ana"]'
    local camera
    camera=$(children "${PID[ana]}")
    stop ana KILL
    wait_until 5 gone "$camera"
    wait_until 8 room_has '[]'
}

@test "a camera that cannot be had does not end the call" {
    start_screen
    start_call_room
    start pub zroom-publisher pattern --name film --connect "tcp://127.0.0.1:$((OUT + 1))"
    start ana zroom-subscriber --nick ana --camera=nosuchfile.mp4 --room "$(endpoint chat)" \
        --view window --stats "127.0.0.1:$OUT"
    wait_until 15 shows ana film
    says ana "nosuchfile.mp4"
    ! gone "${PID[ana]}"
}

@test "a call needs a name" {
    run zroom-subscriber --camera
    [ "$status" -eq 2 ]
    [[ $output == *"--camera needs --nick"* ]]
}

@test "the demo is a room of two streams and a chat, and leaves nothing behind" {
    start_screen
    export TMPDIR=$BATS_TEST_TMPDIR/tmp USER=ana
    mkdir tmp
    start demo env BUILD="$BUILD" "$ROOT/tests/demo"
    find_window
    wait_until 20 says demo 'stream "film"'
    wait_until 20 says demo 'stream "ana"'
    key q
    finish demo 10
    [ "$status" -eq 0 ]
    [ -z "$(ls -A tmp)" ]
}

@test "a source for the demo that is not there is said" {
    run env BUILD="$BUILD" SOURCE=nosuchfile.mp4 DISPLAY= timeout $((20 * PATIENCE)) "$ROOT/tests/demo"
    [ "$status" -eq 1 ]
    [[ $output == *"nosuchfile.mp4"* ]]
}
