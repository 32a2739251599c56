#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What a peer sends can be anything. A subscriber counts what is no picture, says so
# once, and shows the next picture; a publisher goes on serving everybody else.

load lib

SENDER=("$PYTHON" "$BATS_TEST_DIRNAME/bad_sender.py")
VIEWER=("$PYTHON" "$BATS_TEST_DIRNAME/hostile_viewer.py")

needs_python() {
    "$PYTHON" -c 'import cv2, zmq' 2>/dev/null || skip "no Debian python3-zmq and python3-opencv"
}

# send KIND [GAP_MS]: a bad sender and somebody who looks at it, until all was sent and
# pictures came after it. Sets $sent to how many messages it was.
send() {
    needs_python
    start sender "${SENDER[@]}" "$(endpoint evil)" "$1" $((${2:-100} * PATIENCE))
    start sub zroom-subscriber --view none --stats "$(endpoint evil)"
    wait_until 30 test -s sender.out
    sent=$(cat sender.out)
    pictures_go_on sub
}

# Two lines of statistics from now, with more pictures shown in the second.
pictures_go_on() {
    local lines
    lines=$(wc -l <"$1.out")
    wait_until 5 more_lines "$1" $((lines + 1))
    wait_until 10 stat_is "$1" "([.streams[].shown] | add) > $(stat "$1" '[.streams[].shown] | add // 0')"
}
more_lines() { [ "$(wc -l <"$1.out")" -ge "$2" ]; }

# bad_are N: so many were counted. One that was replaced by a newer message before it
# was looked at is counted as skipped instead; that is rare, as the sender takes its time.
bad_are() {
    echo "# $(tail -n 1 sub.out)"
    wait_until 3 stat_is sub ".bad <= $1 and .bad + ([.streams[].skipped] | add) >= $1"
    stat_is sub '.bad > 0'
}

# How many lines say that messages are counted as bad.
said() { grep -c 'counted as bad' sub.err || true; }

# seen_as_bad KIND: every message of it.
seen_as_bad() {
    send "$1"
    bad_are "$sent"
    [ "$(said)" -eq 1 ]
    ! grep -q $'\e' sub.err
    stop sub
    [ "$status" -eq 0 ]
}

@test "empty messages are counted as bad" { seen_as_bad empty; }

@test "32 MiB of noise is counted as bad" { seen_as_bad noise; }

@test "noise in one part that begins like a picture is counted as bad" {
    seen_as_bad noise-in-one-part
}

@test "base64 that is cut or broken is counted as bad" { seen_as_bad base64-cut; }

@test "a JPEG that is cut anywhere is counted as bad" { seen_as_bad jpeg-cut; }

@test "a JPEG that ends before its picture is counted as bad" {
    seen_as_bad jpeg-cut-then-ended
}

@test "a JPEG that claims 65500x65500 is counted as bad, without taking the memory" {
    seen_as_bad huge-claim
}

@test "a JPEG whose comment is longer than the JPEG is counted as bad" {
    seen_as_bad comment-past-the-end
}

@test "a JPEG of thousands of scans is counted as bad" { seen_as_bad scan-bomb; }

@test "a message of three parts, or a thousand, is counted as bad" { seen_as_bad many-parts; }

@test "a first part that can be no name is counted as bad" { seen_as_bad bad-first-part; }

@test "a good picture that lies about itself is shown, and spoils no figure" {
    send lies
    stat_is sub '.bad == 0 and (.streams | length) == 1'
    stat_is sub '.streams[0].lost >= 0 and .streams[0].lost < 100'
    [ "$(said)" -eq 0 ]
    ! grep -q $'\e' sub.err
}

@test "more names than there is room for are left out, and the first go on" {
    send many-names 10
    stat_is sub '(.streams | length) == 32 and .bad == 0'
    [ "$(grep -c 'more than 32 streams' sub.err)" -eq 1 ]
}

@test "a subscriber that meets every kind of bad input takes no memory for it" {
    local kind endpoints=() rss
    needs_python
    for kind in noise huge-claim scan-bomb bad-first-part; do
        start "$kind" "${SENDER[@]}" "$(endpoint $kind)" $kind $((50 * PATIENCE))
        endpoints+=("$(endpoint $kind)")
    done
    start sub zroom-subscriber --view none --stats "${endpoints[@]}"
    for kind in noise huge-claim scan-bomb bad-first-part; do
        wait_until 30 test -s $kind.out
    done
    pictures_go_on sub
    rss=$(awk '/^VmHWM:/ { print int ($2 / 1024) }' "/proc/${PID[sub]}/status")
    echo "# $rss MiB at most"
    [ -n "${PATIENT_BUILD:-}" ] || [ "$rss" -lt $((400 * PATIENCE)) ]
}

@test "after a message above 32 MiB the connection is dialled again" {
    local connections='dialling again'
    send oversized
    wait_until 10 says sub "$connections"
    [ "$(grep -c "$connections" sub.err)" -eq 1 ]
    pictures_go_on sub
    stat_is sub '(.streams | length) == 1'
}

# serves_on KIND: a publisher goes on for one who was there before and one who comes
# after, and does not grow.
serves_on() {
    local port rss
    needs_python
    port=$(free_port)
    start pub zroom-publisher pattern --width 320 --stats --bind "tcp://127.0.0.1:$port"
    start before zroom-subscriber --view none --stats "127.0.0.1:$port"
    wait_until 10 stat_is before '.streams[0].shown > 0'
    rss=$(rss_kib VmRSS)
    start hostile "${VIEWER[@]}" "$port" "$1"
    wait_until 20 grep -q '^done$' hostile.out
    start after zroom-subscriber --view none --stats "127.0.0.1:$port"
    pictures_go_on before
    wait_until 10 stat_is after '.streams[0].shown > 0'
    stop hostile KILL
    stop after
    # Nobody but one is there, and that is known.
    wait_until 10 stat_is pub '.streams[0].viewers == 1'
    pictures_go_on before
    echo "# $rss KiB before, $(rss_kib VmHWM) at most"
    [ $(($(rss_kib VmHWM) - rss)) -lt $((50000 * PATIENCE)) ]
    stop before
    wait_until 10 stat_is pub '.streams[0].viewers == 0'
    stop pub
    [ "$status" -eq 0 ]
}
rss_kib() { awk "/^$1:/ { print \$2 }" "/proc/${PID[pub]}/status"; }

@test "garbage sent to a publisher harms nobody" { serves_on garbage; }

@test "connections that never finish their handshake harm nobody" {
    serves_on half-a-handshake
}

@test "a viewer's message that claims exabytes harms nobody" { serves_on lying-length; }

@test "a subscription of 5 MiB harms nobody" { serves_on huge-subscription; }

@test "ten thousand subscriptions harm nobody" { serves_on many-subscriptions; }

@test "the same subscription ten thousand times is one viewer, and gone when it is" {
    serves_on same-subscription
}

@test "viewers that never read harm nobody" { serves_on never-reads; }

@test "a viewer that floods a publisher and hangs up does not end it" {
    local port
    needs_python
    port=$(free_port)
    start pub zroom-publisher pattern --width 320 --stats --bind "tcp://127.0.0.1:$port"
    start sub zroom-subscriber --view none --stats "127.0.0.1:$port"
    wait_until 10 stat_is sub '.streams[0].shown > 0'
    for _ in 1 2 3; do
        start hostile "${VIEWER[@]}" "$port" flood
        wait_until 20 grep -q '^done$' hostile.out
        pictures_go_on sub
        stop hostile KILL
    done
    wait_until 20 stat_is pub '.streams[0].viewers == 1'
    pictures_go_on sub
}
