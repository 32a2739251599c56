#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# A publisher knows how many watch; for nobody it does nothing. And what its options say
# about the picture is what the viewers get.

load lib

publish() { start pub zroom-publisher pattern --stats --bind "$(endpoint video)" "$@"; }

view() { start "$1" zroom-subscriber --view none --stats "${2:-$(endpoint video)}"; }

viewers_are() { stat_is pub ".streams[0].viewers == $1"; }

lines_are() { [ "$(wc -l <"$1.out")" -ge "$2" ]; }

# wait_lines NAME N: until it has printed so many more lines of statistics.
wait_lines() { wait_until $(($2 + 5)) lines_are "$1" $(($(wc -l <"$1.out") + $2)); }

# Clock ticks (10 ms) of processor time that a program has used so far.
ticks() { awk '{ sub (/.*\) /, ""); print $12 + $13 }' "/proc/${PID[$1]}/stat"; }

# Whether a program uses next to no processor time for 2 s.
idles() {
    local before
    before=$(ticks "$1")
    sleep 2 # this is the measurement
    echo "# $(($(ticks "$1") - before)) ticks"
    [ $(($(ticks "$1") - before)) -lt $((2 * PATIENCE)) ]
}

@test "viewers are counted as they come and go" {
    publish --width 320
    wait_until 5 viewers_are 0
    view one
    wait_until 5 viewers_are 1
    view two
    view three
    wait_until 5 viewers_are 3
    stop two
    wait_until 5 viewers_are 2
    stop one KILL
    wait_until 5 viewers_are 1
    stop three
    wait_until 5 viewers_are 0
    says pub 'somebody is watching'
    says pub 'nobody is watching any more'
}

@test "viewers are counted over all addresses, by tcp too" {
    local at
    at=tcp://127.0.0.1:$(free_port)
    publish --width 320 --bind "$at"
    view one
    view two "$at"
    wait_until 5 viewers_are 2
    stop two KILL
    wait_until 5 viewers_are 1
}

@test "who takes another stream is no viewer" {
    publish --width 320 --name ana
    start other zroom-subscriber --view none --stream bob "$(endpoint video)"
    view one
    wait_until 5 viewers_are 1
    wait_lines pub 1
    viewers_are 1
    stop one
    wait_until 5 viewers_are 0
}

@test "with nobody watching nothing is made, and no processor time is used" {
    publish --fps 1000 # so that even looking at the source would show
    wait_until 5 viewers_are 0
    idles pub
    stat_is pub '.streams[0].sent == 0 and .streams[0].fps == 0'
}

@test "with nobody watching any more nothing is made, and soon no processor time is used" {
    local sent
    publish --fps 1000 # so that even looking at the source would show
    view one
    wait_until 5 stat_is pub '.streams[0].sent > 10'
    stop one
    wait_until 5 viewers_are 0
    sent=$(stat pub '.streams[0].sent')
    wait_until 15 idles pub
    [ "$(stat pub '.streams[0].sent')" -eq "$sent" ]
    view one # and it comes back to life
    wait_until 5 stat_is one '.streams[0].shown > 0'
}

@test "--wait-viewers 2 begins with the second, and goes on with one" {
    publish --width 320 --wait-viewers 2
    view one
    wait_until 5 viewers_are 1
    wait_lines one 2
    stat_is one '.streams == []'
    stat_is pub '.streams[0].sent == 0'
    view two
    wait_until 5 stat_is one '.streams[0].shown > 0'
    wait_until 5 stat_is two '.streams[0].shown > 0'
    stop two
    wait_until 5 viewers_are 1
    wait_lines one 1
    stat_is one '.streams[0].fps > 0'
}

@test "--fps is the rate that is sent and shown" {
    publish --width 320 --fps 5
    view one
    wait_until 10 stat_is one '.streams[0].shown >= 10'
    echo "# pub $(stat pub '.streams[0].fps'), sub $(stat one '.streams[0].fps')"
    stat_is pub '.streams[0].fps >= 4 and .streams[0].fps <= 6'
    stat_is one '.streams[0].fps >= 4 and .streams[0].fps <= 6'
}

@test "--width is the width that is shown, and the height follows" {
    local case
    for case in 320x180 200x112 641x360; do
        publish --width "${case%x*}"
        view one
        wait_until 10 stat_is one ".streams[0].width == ${case%x*} and .streams[0].height == ${case#*x}"
        wait_until 3 stat_is pub ".streams[0].width == ${case%x*} and .streams[0].height == ${case#*x}"
        stop one
        stop pub
    done
}

# bytes OPTION...: how long a picture's message is, by the first that a viewer gets.
bytes() {
    publish "$@"
    "$PYTHON" -c '
import sys, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.subscribe(b"")
socket.connect(sys.argv[1])
socket.poll(10000) or sys.exit("no picture came")
message = socket.recv()
print(len(message), message[:4].hex())' "$(endpoint video)"
    stop pub
}

needs_python() { "$PYTHON" -c 'import zmq' 2>/dev/null || skip "no python3-zmq from Debian"; }

@test "--quality makes the pictures larger" {
    local low high
    needs_python
    read -r low _ <<<"$(bytes --quality 20)"
    read -r high _ <<<"$(bytes --quality 95)"
    echo "# $low and $high bytes"
    [ "$high" -gt $((low * 3 / 2)) ]
}

@test "--encoding raw is a JPEG as it is, a quarter less" {
    local text raw start
    needs_python
    read -r text start <<<"$(bytes --encoding base64)"
    [ "$start" = 2f396a2f ] # /9j/
    read -r raw start <<<"$(bytes --encoding raw)"
    [ "$start" = ffd8fffe ]
    echo "# $text and $raw bytes"
    [ $((raw * 100 / text)) -ge 72 ] && [ $((raw * 100 / text)) -le 78 ]
    publish --encoding raw
    view one
    wait_until 5 stat_is one '.streams[0].shown > 10 and .bad == 0'
    wait_until 5 viewers_are 1
}
