# SPDX-License-Identifier: MPL-2.0
# What the camera tests share. They run in the virtual machine (vm), where any node in
# /dev may be made or removed and nobody else has a camera.

load ../e2e/lib

HERE=$BATS_TEST_DIRNAME
: "${CAMERA_S:=5}" # seconds of each steady run
# How much of a steady run may be missing. Nothing, in "make test-camera"; "make test" is
# run on machines that do other things, too, and the emulated one then stands still for
# longer than a camera waits.
: "${CAMERA_LOSS:=0.1}"

# publish OPTION...: the publisher as "pub", on this test's endpoint.
publish() { start pub zroom-publisher --bind "$(endpoint video)" --stats "$@"; }

# told OPTION...: runs the publisher to its end, which must be soon.
told() { run timeout $((5 * PATIENCE)) zroom-publisher "$@"; }

# A subscriber, as "sub".
watch() { start sub zroom-subscriber --view none --stats "$(endpoint video)"; }

# collect [FOLDER]: a viewer as "seen" that keeps pictures and knows those of FOLDER.
collect() {
    rm -rf kept
    start seen "$PYTHON" "$HERE/collect.py" "$(endpoint video)" kept "$@"
    wait_until 10 says seen ready
}

# seen FILTER [COUNT]: whether at least COUNT (1) of the collected pictures are so.
seen() { [ "$(seen_count "$1")" -ge "${2:-1}" ]; }
seen_count() { jq -s "map(select($1)) | length" seen.out; }

# seen_since SEQ FILTER [COUNT]: the same of those after a picture.
seen_since() { seen ".seq > $1 and ($2)" "${3:-1}"; }
last_seq() { tail -n 1 seen.out | jq .seq; }

# keeps_rate FPS: whether sub got that many pictures a second from its first line to its
# last, but for CAMERA_LOSS, and none was unreadable; says how many. (Skipped ones arrived too, but a
# newer one was there before they were decoded.)
keeps_rate() {
    jq -sr --argjson fps "$1" --argjson loss "$CAMERA_LOSS" '
        map (select (.streams[0].received > 0)) | (first, last) |= . | . as $lines |
        ($lines | first) as $a | ($lines | last) as $b | $b.streams[0] as $s |
        ($b.time - $a.time) as $s_long | ($s.received - $a.streams[0].received) as $got |
        "received \($got) in \($s_long * 10 | round / 10) s, lost \($s.lost), " +
        "skipped \($s.skipped), bad \($b.bad), age p50 \($s.age_ms.p50) p99 \($s.age_ms.p99) ms",
        ($s_long > 3 and ($got - $fps * $s_long | fabs) < 2 + $fps * $s_long * (0.005 + $loss)
         and $s.lost <= $loss * $got and $b.bad == 0)' sub.out >rate
    sed "1s/^/# $BATS_TEST_DESCRIPTION: /;q" rate >&3
    [ "$(tail -n 1 rate)" = true ]
}

# misses_nothing: whether the publisher took every picture that the driver made, but for
# CAMERA_LOSS, from its first whole second on (the very first picture takes longer than any other).
misses_nothing() {
    jq -es --argjson loss "$CAMERA_LOSS" 'map (.streams[0] | select (.sent > 0)) |
        length > 3 and last.missed - .[1].missed <= $loss * last.captured and last.damaged == 0 and last.signal' pub.out >/dev/null
}

# steady FPS OPTION...: publishes so and watches for CAMERA_S; the driver's every picture
# must arrive, none older than a true capture time lets it be. Nothing else is run
# meanwhile: the machine is just quick enough. Where the one around it is busy it may
# still be late; that is no fault of the camera's, so there are three tries.
steady() {
    local try
    for try in 1 2 3; do
        steady_once "$@" && return
        echo "# $BATS_TEST_DESCRIPTION: try $try failed, missed $(stat pub '.streams[0].missed')" >&3
    done
    return 1
}

steady_once() {
    local fps=$1
    shift
    watch
    wait_until 5 test -s sub.out
    publish "$@"
    sleep $((CAMERA_S + 2))
    stop sub
    stop pub
    [ "${status:?}" -eq 0 ] || return 1
    jq -cs 'last.streams[0]' pub.out
    keeps_rate "$fps" &&
        misses_nothing &&
        stat_is sub '.streams[0].age_ms | .p50 > 0 and .p50 < 250' &&
        ${also:-true}
}

# What the publisher says of its camera.
no_signal() { stat_is pub '.streams[0].signal == false'; }
signal() { stat_is pub '.streams[0].signal and .streams[0].fps > 3'; }

# brightness_of FILE: from 0 to 1.
brightness_of() { convert "$1" -colorspace Gray -format '%[fx:mean]' info:; }

# is_drawn FILE: not of one colour.
is_drawn() { convert "$1" -colorspace Gray -format '%[fx:standard_deviation>0.01]' info: | grep -qx 1; }

# warned TIMES: how often the camera has been warned about.
warned() { [ "$(grep -c ' W source_camera: ' pub.err)" -eq "$1" ]; }

# With vivid: the driver's own thread is there while it streams. And one of its controls.
streams() { grep -qs '^vivid-000-vid' /proc/[0-9]*/comm; }
sleeps() { ! streams; }
control() { v4l2-ctl -d /dev/video0 -c "$1"; }
