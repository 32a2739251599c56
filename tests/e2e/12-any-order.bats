#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Programs start, die and come back in any order, and the picture comes back with them:
# within 2 s of both being up.

load lib

publish() {
    local name=$1
    shift
    start "$name" zroom-publisher pattern --width 320 --fps 20 "$@"
}

view() {
    local name=$1
    shift
    start "$name" zroom-subscriber --view none --stats "$@"
}

# Pictures that a subscriber has received so far, over all streams; 0 before the first.
received() { tail -n 1 "$1.out" | jq -r '[.streams[].received] | add // 0'; }

lives() { stat_is "$1" '.streams[0].fps > 0'; }

lines_are() { [ "$(wc -l <"$1.out")" -ge "$2" ]; }

# wait_lines NAME N: until it has printed so many more lines of statistics.
wait_lines() { wait_until $(($2 + 5)) lines_are "$1" $(($(wc -l <"$1.out") + $2)); }

# arrived_us NAME COUNT: when the first picture after COUNT came, in Unix microseconds.
# Statistics come once a second, so it is told from how many came by then, at 20 fps.
arrived_us() {
    jq -rs "map (. + {n: ([.streams[].received] | add // 0)})
        | map (select (.n > $2))[0]
        | (.time - (.n - $2) / 20) * 1000000 | floor" "$1.out"
}

# is_back NAME COUNT UP: pictures after COUNT come, the first within 2 s of UP.
is_back() {
    wait_until 10 stat_is "$1" "([.streams[].received] | add // 0) > $2"
    local late_ms=$((($(arrived_us "$1" "$2") - $3) / 1000))
    echo "# $1: pictures $late_ms ms after both were up"
    [ $late_ms -lt $((2000 * PATIENCE)) ]
}

listens_at() { says "$1" "on $2;"; }

@test "the publisher first, then the subscriber (ipc)" {
    publish pub --bind "$(endpoint video)"
    wait_until 5 listens_at pub "$(endpoint video)"
    view sub "$(endpoint video)"
    is_back sub 0 "${EPOCHREALTIME/./}"
}

@test "the subscriber first, then the publisher (tcp)" {
    local at
    at=tcp://127.0.0.1:$(free_port)
    view sub "$at"
    wait_lines sub 2 # by now it dials at its longest interval
    stat_is sub '.streams == []'
    publish pub --bind "$at"
    wait_until 5 listens_at pub "$at"
    is_back sub 0 "${EPOCHREALTIME/./}"
}

@test "the subscriber first, then the publisher (ipc)" {
    view sub "$(endpoint video)"
    wait_lines sub 2
    publish pub --bind "$(endpoint video)"
    wait_until 5 listens_at pub "$(endpoint video)"
    is_back sub 0 "${EPOCHREALTIME/./}"
}

@test "a publisher that is killed and started again on its port is seen again" {
    local at
    at=tcp://127.0.0.1:$(free_port)
    publish pub --bind "$at"
    view sub "$at"
    wait_until 10 lives sub
    stop pub KILL
    # At once: the dead one's connections do not hold the port.
    start pub zroom-publisher pattern --width 160 --bind "$at"
    wait_until 5 listens_at pub "$at"
    wait_until 3 stat_is sub '.streams[0].width == 160' # statistics are up to 1 s late
    stat_is sub '.bad == 0 and (.streams | length) == 1'
}

@test "a publisher that is killed and comes back much later is seen again" {
    local count
    publish pub --bind "$(endpoint video)"
    view sub "$(endpoint video)"
    wait_until 10 lives sub
    stop pub KILL
    wait_lines sub 2
    stat_is sub '.streams[0].fps == 0'
    count=$(received sub)
    publish pub --bind "$(endpoint video)"
    wait_until 5 listens_at pub "$(endpoint video)"
    is_back sub "$count" "${EPOCHREALTIME/./}"
}

@test "numbers that begin anew after a restart are not counted as lost" {
    local lost
    publish pub --bind "$(endpoint video)"
    view sub "$(endpoint video)"
    wait_until 10 stat_is sub '.streams[0].received > 30'
    lost=$(stat sub '.streams[0].lost')
    stop pub KILL
    publish pub --bind "$(endpoint video)"
    wait_until 10 stat_is sub '.streams[0].received > 60'
    [ "$(stat sub '.streams[0].lost')" -eq "$lost" ]
}

@test "a subscriber that is killed and started again sees the picture again" {
    local at
    at=tcp://127.0.0.1:$(free_port)
    publish pub --bind "$at"
    view sub "$at"
    wait_until 10 lives sub
    stop sub KILL
    view sub "$at"
    is_back sub 0 "${EPOCHREALTIME/./}"
}

@test "a frozen publisher is said to give no picture, and is live again afterwards" {
    local at count
    at=tcp://127.0.0.1:$(free_port)
    publish pub --bind "$at"
    view sub "$at"
    TERM=xterm-256color start watch script -qefc "stty rows 24 cols 100; exec zroom-subscriber --view terminal $at" /dev/null
    wait_until 10 lives sub
    wait_until 10 grep -qaF fps watch.out
    kill -STOP "${PID[pub]}"
    wait_until 15 grep -qaE 'no picture for [3-9] s' watch.out
    stat_is sub '.streams[0].fps == 0'
    count=$(received sub)
    kill -CONT "${PID[pub]}"
    is_back sub "$count" "${EPOCHREALTIME/./}"
}

@test "endpoints where nobody is do not hold up the others" {
    publish pub --bind "$(endpoint video)"
    view sub "$(endpoint nobody)" 192.0.2.1 no-such-host.invalid "$(endpoint video)"
    wait_until 10 lives sub
    stat_is sub '(.streams | length) == 1'
}

@test "several publishers are several streams, whichever comes first" {
    view sub "$(endpoint one)" "$(endpoint two)"
    publish two --bind "$(endpoint two)"
    wait_until 10 stat_is sub '(.streams | length) == 1 and .streams[0].fps > 0'
    publish one --bind "$(endpoint one)"
    wait_until 10 stat_is sub '(.streams | length) == 2 and all (.streams[]; .fps > 0)'
    stop two KILL
    wait_until 10 stat_is sub '[.streams[] | select (.fps > 0)] | length == 1'
}

@test "three subscribers at once all get the pictures, by ipc and by tcp" {
    local at
    at=tcp://127.0.0.1:$(free_port)
    publish pub --stats --bind "$(endpoint video)" --bind "$at"
    view one "$(endpoint video)"
    view two "$at"
    view three "$at"
    for name in one two three; do
        wait_until 10 stat_is $name '.streams[0].shown > 20'
        stat_is $name '.streams[0].lost == 0 and .streams[0].width == 320'
    done
}

@test "a named stream arrives under its name" {
    publish pub --name 'Ana in Zürich' --bind "$(endpoint video)"
    view sub "$(endpoint video)"
    wait_until 10 stat_is sub '.streams[0].stream == "Ana in Zürich" and .streams[0].shown > 0'
    stat_is sub '(.streams | length) == 1'
}

@test "--stream takes exactly the names given" {
    publish ana --name ana --bind "$(endpoint ana)"
    publish anabel --name anabel --bind "$(endpoint anabel)"
    publish bob --name bob --bind "$(endpoint bob)"
    view all "$(endpoint ana)" "$(endpoint anabel)" "$(endpoint bob)"
    view one --stream ana "$(endpoint ana)" "$(endpoint anabel)" "$(endpoint bob)"
    view two --stream anabel --stream bob "$(endpoint ana)" "$(endpoint anabel)" "$(endpoint bob)"
    wait_until 10 stat_is all '[.streams[] | select (.shown > 20) | .stream] | sort == ["ana", "anabel", "bob"]'
    wait_until 10 stat_is one '[.streams[] | select (.shown > 20) | .stream] == ["ana"]'
    wait_until 10 stat_is two '[.streams[] | select (.shown > 20) | .stream] | sort == ["anabel", "bob"]'
    stat_is one '(.streams | length) == 1 and .bad == 0'
    stat_is two '(.streams | length) == 2 and .bad == 0'
}
