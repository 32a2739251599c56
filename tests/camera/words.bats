# SPDX-License-Identifier: MPL-2.0
# A camera of the kernel's vivid driver: its controls, its modes and its name on the
# command line, and what is said when a camera cannot be had.

load lib

CAMERA=/dev/video0

@test "a brightness set by name is seen in the picture" {
    local level
    for level in 60 200; do
        collect
        publish --set brightness=$level $CAMERA
        wait_until 10 seen true
        stop seen
        stop pub
        [ "$(v4l2-ctl -d $CAMERA -C brightness)" = "brightness: $level" ]
        brightness_of "kept/$(head -n 1 seen.out | jq .seq).jpg" >$level
    done
    control brightness=128
    echo "# mean: $(cat 60) at 60, $(cat 200) at 200" >&3
    jq -n "$(cat 200) - $(cat 60) > 0.2" | grep -qx true
}

@test "a control that is not there: the list of those that are" {
    told --set nosuch=1 $CAMERA
    [ "$status" -eq 2 ]
    [[ $output == *nosuch* && $output == *brightness*contrast*saturation* ]]
}

@test "a control's value out of range: the range" {
    told --set brightness=999 $CAMERA
    [ "$status" -eq 2 ]
    [[ $output == *999* && $output == *0*255* ]]
}

@test "a width is the nearest that there is, and it is said" {
    publish --width 300 --fps 10 $CAMERA
    watch
    wait_until 5 stat_is sub '.streams[0].width == 320 and .streams[0].received > 20'
    says pub "320x180"
    says pub "10 fps"
    stat_is sub '.streams[0].fps > 8 and .streams[0].fps < 12'
}

@test "a part of its name is enough" {
    publish ViVi
    watch
    wait_until 5 stat_is sub '.streams[0].received > 0'
    stop pub
    told nosuchcamera
    [ "$status" -ne 0 ]
    [[ $output == *nosuchcamera* ]]
}

@test "the list has cameras, formats, sizes, rates and controls" {
    told --list
    [ "$status" -eq 0 ]
    [[ $output == *$CAMERA*vivid*YUYV*640x480*25* ]]
    [[ $output == *brightness* ]]
}

@test "a busy camera: in use" {
    start other v4l2-ctl -d $CAMERA --stream-mmap --stream-count=100000
    wait_until 5 streams
    start pub zroom-publisher --always-on --bind "$(endpoint video)" --stats $CAMERA
    wait_until 5 says pub "in use by another program"
}

@test "no permission: group video" {
    mkdir -m 777 home
    HOME=$PWD/home run timeout 20 setpriv --reuid 65534 --regid 65534 --clear-groups \
        zroom-publisher --bind tcp://127.0.0.1:5999 $CAMERA
    [ "$status" -eq 1 ]
    [[ $output == *$CAMERA*"no permission"*"group video"* ]]
}

@test "no such device" {
    told --bind "$(endpoint video)" /dev/video7
    [ "$status" -eq 1 ]
    [[ $output == */dev/video7*"no such device"* ]]
}

@test "a device that is no camera" {
    mknod /dev/video99 c 1 3
    told --bind "$(endpoint video)" /dev/video99
    rm /dev/video99
    [ "$status" -eq 1 ]
    [[ $output == */dev/video99*"not a capture device"* ]]
}
