# SPDX-License-Identifier: MPL-2.0
# A camera of the kernel's vivid driver, with the faults that this can be told to make:
# each is survived, counted or said, and pictures come again in the same run.

load lib

CAMERA=/dev/video0

# recovers COMMAND...: pictures come, then COMMAND, then pictures again, in one run.
recovers() {
    publish $CAMERA
    watch
    wait_until 5 stat_is sub '.streams[0].received > 5'
    "$@"
    local received
    sleep 1 # what was under way has come
    received=$(stat sub '.streams[0].received')
    wait_until 10 stat_is sub ".streams[0].received > $received + 30"
    wait_until 3 signal
    ! gone "${PID[pub]}"
}

@test "a picture that the driver marks as damaged is left out" {
    recovers control inject_v4l2_buf_flag_error=1
    stat_is pub '.streams[0].damaged >= 1'
    stop pub
    warned 0
}

@test "half of the pictures dropped by the driver are counted as missed" {
    recovers control percentage_of_dropped_buffers=50
    stat_is pub '.streams[0].missed > 5'
    control percentage_of_dropped_buffers=0
}

@test "a fatal error of the stream is recovered from" {
    recovers control inject_fatal_streaming_error=1
    wait_until 3 says pub "is back"
    warned 1
}

@test "a camera that cannot be switched on is tried again" {
    local fault
    publish $CAMERA
    for fault in inject_vidioc_streamon_error inject_vidioc_reqbufs_error inject_vidioc_qbuf_error; do
        wait_until 10 sleeps
        control $fault=1
        watch
        wait_until 10 stat_is sub '.streams[0].received > 10'
        stop sub
    done
    ! gone "${PID[pub]}"
}

# Another program holds the old node, so the driver cannot let the camera return.
@test "a camera that is disconnected: no signal, and pictures when it is back" {
    publish $CAMERA
    watch
    collect
    wait_until 10 seen true 5
    sleep 100 <$CAMERA 3>&- & # until it is ended, the camera cannot come back
    PID[holder]=$!
    control disconnect=1
    wait_until 3 no_signal
    local seq
    seq=$(last_seq)
    sleep 4
    local count
    count=$(seen_count ".seq > $seq")
    echo "# $count pictures without signal in 4 s" >&3
    [ "$count" -ge 2 ] && [ "$count" -le 6 ]
    wait_until 3 seen_since "$seq" '.width == 640'
    is_drawn "kept/$(last_seq).jpg"
    warned 1
    stop holder
    seq=$(last_seq)
    wait_until 5 seen_since "$seq" true 20
    wait_until 3 signal
    says pub "is back"
    warned 1
    ! gone "${PID[sub]}"
}

@test "a camera whose driver is taken away: no signal, and pictures when it is back" {
    local driver=/sys/bus/platform/drivers/vivid
    publish $CAMERA
    watch
    wait_until 5 stat_is sub '.streams[0].received > 5'
    echo vivid.0 >$driver/unbind
    wait_until 3 no_signal
    wait_until 3 test ! -e $CAMERA
    warned 1
    local received
    received=$(stat sub '.streams[0].received')
    wait_until 5 stat_is sub ".streams[0].received > $received + 1"
    echo vivid.0 >$driver/bind
    wait_until 5 signal
    says pub "is back"
}
