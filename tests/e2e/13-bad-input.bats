#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What a peer sends can be anything. A subscriber counts what is no picture, says so
# once, and shows the next picture; a publisher goes on serving everybody else.
#
# Each kind takes seconds of waiting, so all of them run side by side before the first
# test, each in a folder of its own; a test then tells how its kind went.

load lib

SENDER=("$PYTHON" "$BATS_TEST_DIRNAME/bad_sender.py")
VIEWER=("$PYTHON" "$BATS_TEST_DIRNAME/hostile_viewer.py")

BAD_KINDS=(empty noise noise-in-one-part base64-cut jpeg-cut jpeg-cut-then-ended
    huge-claim comment-past-the-end scan-bomb many-parts bad-first-part)
HOSTILE_KINDS=(garbage half-a-handshake lying-length huge-subscription
    many-subscriptions same-subscription false-cancellation never-reads)

has_python() { "$PYTHON" -c 'import cv2, zmq' 2>/dev/null; }

# aside NAME COMMAND...: in a folder and a process of its own; see went_well.
aside() {
    local name=$1
    shift
    mkdir -p "$BATS_FILE_TMPDIR/$name"
    (
        cd "$BATS_FILE_TMPDIR/$name" || exit 1
        BATS_TEST_TMPDIR=$PWD BATS_TEST_COMPLETED=
        trap 'echo $? >status; teardown' EXIT
        set -e
        "$@"
    ) >"$BATS_FILE_TMPDIR/$name/log" 2>&1 3>&- 4>&- &
}

setup_file() {
    local kind
    has_python || return 0
    for kind in "${BAD_KINDS[@]}"; do aside "$kind" seen_as_bad "$kind"; done
    aside lies lies_are_shown
    aside many-names many_names_are_left_out
    aside oversized is_dialled_again
    wait
    for kind in "${HOSTILE_KINDS[@]}"; do aside "$kind" serves_on "$kind"; done
    wait
}

went_well() {
    [ -d "$BATS_FILE_TMPDIR/$1" ] || skip "no python3-zmq or python3-opencv from Debian"
    [ "$(cat "$BATS_FILE_TMPDIR/$1/status")" = 0 ] || {
        cat "$BATS_FILE_TMPDIR/$1/log"
        return 1
    }
}

lines_are() { [ "$(wc -l <"$1.out")" -ge "$2" ]; }

# Pictures are shown after the next line of statistics.
pictures_go_on() {
    wait_until 5 lines_are "$1" $(($(wc -l <"$1.out") + 1))
    wait_until 10 stat_is "$1" "([.streams[].shown] | add) > $(stat "$1" '[.streams[].shown] | add // 0')"
}

# send KIND [GAP_MS]: a bad sender and somebody who looks at it, until all was sent and
# pictures came after it. Sets $sent to how many messages it was.
send() {
    start sender "${SENDER[@]}" "$(endpoint evil)" "$1" $((${2:-150} * PATIENCE))
    start sub zroom-subscriber --view none --stats "$(endpoint evil)"
    wait_until 30 test -s sender.out
    sent=$(cat sender.out)
    pictures_go_on sub
}

# How many lines say that messages are counted as bad.
said() { grep -c 'counted as bad' sub.err || true; }

memory_kib() { awk "/^$2:/ { print \$2 }" "/proc/${PID[$1]}/status"; }

# Every message of a kind counts as bad. One that was replaced by a newer message before
# it was looked at is skipped instead; that is rare, as the sender takes its time.
seen_as_bad() {
    send "$1"
    wait_until 3 stat_is sub ".bad <= $sent and .bad + ([.streams[].skipped] | add) >= $sent"
    stat_is sub '.bad > 0'
    [ "$(said)" -eq 1 ]
    [ "$(grep -c $'\e' sub.err || true)" -eq 0 ]
    # The longest message there is, decoded, and little else.
    [ "$(memory_kib sub VmHWM)" -lt $((250000 * PATIENCE)) ]
    stop sub
    [ "$status" -eq 0 ]
}

lies_are_shown() {
    send lies
    stat_is sub '.bad == 0 and (.streams | length) == 1'
    stat_is sub '.streams[0].lost >= 0 and .streams[0].lost < 100'
    [ "$(said)" -eq 0 ]
    [ "$(grep -c $'\e' sub.err || true)" -eq 0 ]
}

many_names_are_left_out() {
    send many-names 10
    stat_is sub '(.streams | length) > 8 and (.streams | length) < 300 and .bad == 0'
    [ "$(grep -c 'are left out: choose with --stream' sub.err)" -eq 1 ]
}

is_dialled_again() {
    send oversized
    wait_until 10 says sub 'dialling again'
    pictures_go_on sub
    [ "$(grep -c 'dialling again' sub.err)" -eq 1 ]
    stat_is sub '(.streams | length) == 1'
}

# A publisher goes on for one who was there before and one who comes after, does not
# grow, and knows in the end that nobody is there.
serves_on() {
    local port memory
    port=$(free_port)
    start pub zroom-publisher pattern --width 320 --stats --bind "tcp://127.0.0.1:$port"
    start before zroom-subscriber --view none --stats "127.0.0.1:$port"
    wait_until 10 stat_is before '.streams[0].shown > 0'
    memory=$(memory_kib pub VmRSS)
    start hostile "${VIEWER[@]}" "$port" "$1"
    wait_until 20 grep -q '^done$' hostile.out
    start after zroom-subscriber --view none --stats "127.0.0.1:$port"
    wait_until 10 stat_is after '.streams[0].shown > 0'
    pictures_go_on before
    stop hostile KILL
    stop after
    wait_until 10 stat_is pub '.streams[0].viewers == 1'
    pictures_go_on before
    [ $(($(memory_kib pub VmHWM) - memory)) -lt $((50000 * PATIENCE)) ]
    stop before
    wait_until 10 stat_is pub '.streams[0].viewers == 0'
    stop pub
    [ "$status" -eq 0 ]
}

@test "empty messages are counted as bad" { went_well empty; }

@test "32 MiB of noise is counted as bad" { went_well noise; }

@test "noise that begins like a picture is counted as bad" { went_well noise-in-one-part; }

@test "base64 that is cut or broken is counted as bad" { went_well base64-cut; }

@test "a JPEG that is cut anywhere is counted as bad" { went_well jpeg-cut; }

@test "a JPEG that ends before its picture is counted as bad" { went_well jpeg-cut-then-ended; }

@test "a JPEG that claims 65500x65500 is counted as bad" { went_well huge-claim; }

@test "a comment longer than its JPEG is counted as bad" { went_well comment-past-the-end; }

@test "a JPEG of thousands of scans is counted as bad" { went_well scan-bomb; }

@test "a message of three parts, or a thousand, is counted as bad" { went_well many-parts; }

@test "a first part that can be no name is counted as bad" { went_well bad-first-part; }

@test "a picture that lies about itself is shown, and spoils no figure" { went_well lies; }

@test "more names than there is room for are left out, and the first go on" { went_well many-names; }

@test "after a message above 32 MiB the connection is dialled again" { went_well oversized; }

@test "garbage sent to a publisher harms nobody" { went_well garbage; }

@test "connections that never finish their handshake harm nobody" { went_well half-a-handshake; }

@test "a viewer's message that claims exabytes harms nobody" { went_well lying-length; }

@test "a subscription of 5 MiB harms nobody" { went_well huge-subscription; }

@test "ten thousand subscriptions harm nobody" { went_well many-subscriptions; }

@test "the same subscription ten thousand times is gone with the viewer" { went_well same-subscription; }

@test "who takes back what others asked for harms nobody" { went_well false-cancellation; }

@test "viewers that never read harm nobody" { went_well never-reads; }

@test "every kind that the two programs know is in this file" {
    has_python || skip "no python3-zmq or python3-opencv from Debian"
    local known
    known=$("${SENDER[@]}" --kinds && "${VIEWER[@]}" --kinds)
    [ "$(sort <<<"$known")" = "$(printf '%s\n' "${BAD_KINDS[@]}" lies many-names oversized "${HOSTILE_KINDS[@]}" | sort)" ]
}
