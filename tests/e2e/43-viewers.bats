#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# A publisher and a broker tell who is watching: address, since when, rate, and who is
# slow and why.

load lib

publish() {
    AT=tcp://127.0.0.1:$(free_port)
    start pub zroom-publisher pattern --stats --bind "$AT" "$@"
}

view() { start "$1" zroom-subscriber --view none --stats "${2:-$AT}"; }

list_is() { stat_is pub ".streams[0].viewer_list | $1"; }

says_times() { [ "$(grep -cF -- "$2" "$1.err")" -eq "$3" ]; }

# One that shows nothing, and comes from an address of its own: view_from NAME ADDRESS.
view_from() {
    "$PYTHON" -c 'import zmq' 2>/dev/null || skip "no python3-zmq from Debian"
    start "$1" "$PYTHON" -c '
import sys, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.subscribe(b"")
socket.connect(sys.argv[1])
while True:
    socket.recv()' "tcp://$2:0;${AT#tcp://}"
}

@test "a viewer is listed with address, time and rate, until it goes" {
    local before
    publish --width 320
    wait_until 5 list_is '. == []'
    before=$EPOCHSECONDS
    view one
    wait_until 5 list_is 'length == 1'
    list_is ".[0].address == \"127.0.0.1\" and .[0].since >= $before and .[0].since <= $EPOCHSECONDS"
    # A second of its own begins and ends between two pictures of another: ten per cent
    wait_until 10 stat_is pub '.streams[0] | .fps > 25 and
        (.viewer_list[0].kbit_s / .kbit_s | . > 0.9 and . < 1.1)'
    list_is '.[0].rtt_ms < 100 and .[0].unsent_ms < 100 and .[0].slow == null'
    stat_is pub '.streams[0].viewers == 1'
    stop one
    wait_until 5 list_is '. == []'
}

@test "three viewers from three addresses are three, and leave one by one" {
    publish --width 320
    view_from one 127.0.0.1
    view_from two 127.0.0.2
    view_from three 127.0.0.3
    wait_until 5 list_is 'map(.address) | sort == ["127.0.0.1", "127.0.0.2", "127.0.0.3"]'
    wait_until 5 list_is 'all(.kbit_s > 500)'
    stop two KILL
    wait_until 5 list_is 'map(.address) | sort == ["127.0.0.1", "127.0.0.3"]'
    stop one KILL
    stop three KILL
    wait_until 5 list_is '. == []'
}

@test "two viewers on one machine are one line, over ipc they are two" {
    publish --width 320 --bind "$(endpoint video)"
    view one
    view two
    wait_until 5 stat_is pub '.streams[0] | .viewers == 2 and (.viewer_list | length == 1)'
    view three "$(endpoint video)"
    view four "$(endpoint video)"
    wait_until 5 list_is 'map(.address) | sort == ["127.0.0.1", "local", "local"]'
    list_is 'all(.[] | select(.address == "local"); .kbit_s == null and .slow == null)'
}

@test "who takes another stream is not listed" {
    publish --width 320 --name ana
    start other zroom-subscriber --view none --stream bob "$AT"
    view one "$AT"
    wait_until 5 list_is 'length == 1'
    stop one
    wait_until 5 list_is '. == []'
}

@test "a viewer that hangs is told of once, with the cause, and is well again" {
    publish --width 1280
    view one
    wait_until 5 stat_is one '.streams[0].shown > 10'
    kill -STOP "${PID[one]}"
    wait_until 20 list_is '.[0].slow == "viewer"'
    kill -CONT "${PID[one]}"
    list_is '.[0].unsent_ms > 150'
    wait_until 10 list_is '.[0].slow == null and .[0].kbit_s > 1000'
    says pub 'publisher: 127.0.0.1 is '
    says pub ' ms behind: its machine does not keep up; a smaller --width or --tier half there would help'
    kill -STOP "${PID[one]}" # and again
    wait_until 20 list_is '.[0].slow == "viewer"'
    kill -CONT "${PID[one]}"
    wait_until 10 list_is '.[0].slow == null'
    says_times pub 'does not keep up' 1
}

@test "a broker lists its viewers, and is the publisher's" {
    local in out
    in=tcp://127.0.0.1:$(free_port)
    out=tcp://127.0.0.1:$(free_port)
    start room zroom-broker --no-chat --stats --video-in "$in" --video-out "$out"
    start pub zroom-publisher pattern --width 1280 --stats --name ana --connect "$in"
    wait_until 5 list_is '. == []'
    wait_until 5 stat_is room '.video.viewer_list == []'
    start one zroom-subscriber --view none --stats "$out"
    wait_until 10 stat_is room '.video.viewer_list | length == 1 and .[0].address == "127.0.0.1" and .[0].kbit_s > 1000'
    wait_until 5 list_is 'length == 1 and .[0].address == "127.0.0.1" and .[0].kbit_s > 1000'
    kill -STOP "${PID[one]}"
    wait_until 20 stat_is room '.video.viewer_list[0].slow == "viewer"'
    list_is '.[0].slow == null' # the broker keeps up
    kill -CONT "${PID[one]}"
    wait_until 10 stat_is room '.video.viewer_list[0].slow == null'
    says_times room 'relay: 127.0.0.1 is ' 1
    stop one
    wait_until 5 stat_is room '.video.viewer_list == []'
    wait_until 5 list_is '. == []'
}
