# SPDX-License-Identifier: MPL-2.0
# A camera of the kernel's vivid driver: raw formats at the driver's rate, asleep when
# unwatched.

load lib

CAMERA=/dev/video0

@test "YUYV 640x480 arrives at the camera's rate of 25" { steady 25 --height 480 --format YUYV $CAMERA; }

@test "NV12 640x480 arrives at the camera's rate of 25" { steady 25 --height 480 --format NV12 $CAMERA; }

@test "RGB24 640x480 arrives at the camera's rate of 25" { steady 25 --height 480 --format RGB24 $CAMERA; }

@test "the camera sleeps while nobody watches" {
    publish $CAMERA
    wait_until 5 says pub "to see it"
    sleeps
    watch
    wait_until 5 stat_is sub '.streams[0].received > 0'
    streams
    stop sub
    local left=$EPOCHREALTIME
    wait_until 3 says pub "nobody is watching"
    wait_until 4 sleeps
    jq -n "$EPOCHREALTIME - $left | (. > 4 and . < 8)" | grep -qx true
    v4l2-ctl -d $CAMERA --stream-mmap --stream-count=1 # anybody can have it now
    local sent
    sent=$(stat pub '.streams[0].sent')
    watch
    wait_until 5 stat_is pub ".streams[0].sent > $sent"
    stop pub
    [ "$status" -eq 0 ]
}

@test "with --always-on it stays on" {
    publish --always-on $CAMERA
    wait_until 5 streams
    watch
    wait_until 5 stat_is sub '.streams[0].received > 0'
    stop sub
    wait_until 3 says pub "nobody is watching"
    sleep 7
    streams
}
