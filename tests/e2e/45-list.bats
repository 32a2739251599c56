#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# zroom-subscriber --list at given addresses. What it finds by itself: tests/lan.

bats_require_minimum_version 1.5.0
load lib

list() { timeout 10 zroom-subscriber --list "$@"; }
lists() { list "$1" | grep -q "$2"; }

@test "--list prints a publisher's stream with its size, rate and source" {
    start pub zroom-publisher pattern --width 320 --fps 10 --name film --bind "$(endpoint video)"
    start sub zroom-subscriber --view none --stats "$(endpoint video)"
    wait_until 5 stat_is sub '.streams[0].received > 15'
    wait_until 5 lists "$(endpoint video)" "^  film .* 320x180 .*/s .* kbit/s  pattern$"
    run -0 list "$(endpoint video)"
    [[ ${lines[0]} == "Asked: ipc://"* ]]
    [[ ${lines[1]} == "Publisher $BATS_TEST_TMPDIR/video" ]]
}

@test "--list prints a room with its people and streams" {
    port=$(free_port)
    start broker zroom-broker --history none --chat "tcp://127.0.0.1:$port" \
        --video-in "$(endpoint in)" --video-out "$(endpoint out)"
    start pub zroom-publisher pattern --name film --connect "$(endpoint in)"
    mkfifo in.fifo && exec 7<>in.fifo
    zroom-chat --nick ana "127.0.0.1:$port" <in.fifo >ana.out 2>ana.err 3>&- &
    PID[ana]=$!
    wait_until 10 says ana "in the room"
    wait_until 5 lists "$(endpoint out)" "^  film  .* not yet seen .* pattern$"
    run -0 list "$(endpoint out)"
    [[ ${lines[1]} == "Room $(hostname) ($BATS_TEST_TMPDIR/out)" ]]
    [[ $output == *"  in the chat: ana"* ]]
    exec 7>&-
}

@test "--list of nothing says so, with status 1" {
    run -1 list "$(endpoint nowhere)"
    [[ $output == *"Nothing found."* ]]
}
