# SPDX-License-Identifier: MPL-2.0
# USB cameras on the kernel's uvcvideo driver: asleep when unwatched, the cable pulled and
# put back, a bus without room, cameras known by their names.

load lib
load usb

@test "the camera sleeps while nobody watches" {
    plug_first whole
    publish $CAMERA
    wait_until 5 says pub "to see it"
    ! grep -q "stream on" camera.out
    watch
    wait_until 5 stat_is sub '.streams[0].received > 0'
    grep -q "stream on" camera.out
    stop sub
    wait_until 3 says pub "nobody is watching"
    wait_until 4 grep -q "stream off" camera.out
    watch
    wait_until 5 stat_is sub '.streams[0].received > 10'
    [ "$(grep -c 'stream on' camera.out)" -eq 2 ]
}

@test "the cable is pulled and put back: no signal, and pictures again" {
    plug_first whole
    collect "$PICTURES/whole"
    publish $CAMERA
    watch
    wait_until 20 seen true 20
    unplug camera
    wait_until 5 no_signal
    wait_until 5 seen '.file == null' 3
    jq -es 'map (select (.file == null)) | all (.width == 640 and .height == 480) and
        ((.[-1].time - .[0].time) / (length - 1) | . > 0.8 and . < 1.8)' seen.out
    is_drawn "kept/$(last_seq).jpg"
    warned 1
    local seq
    plug_first whole
    seq=$(last_seq)
    wait_until 10 seen_since "$seq" '.file' 20
    wait_until 5 signal
    says pub "is back"
    warned 1
    ! gone "${PID[sub]}"
    stop pub
    [ "$status" -eq 0 ]
}

@test "a camera that comes back as another node is found" {
    plug_first whole
    collect "$PICTURES/whole"
    publish $CAMERA
    wait_until 20 seen true 20
    sleep 1000 <$CAMERA 3>&- & # so that the number is taken
    PID[holder]=$!
    unplug camera
    wait_until 5 no_signal
    plug camera whole
    wait_until 10 there_is '/dev/video[2-9]'
    local seq
    seq=$(last_seq)
    wait_until 10 seen_since "$seq" '.file' 20
    wait_until 5 signal
    warned 1
}

@test "a camera that falls silent: no signal, and pictures when it speaks again" {
    plug_first whole
    collect "$PICTURES/whole"
    publish $CAMERA
    wait_until 20 seen true 20
    kill -USR1 "${PID[camera]}"
    wait_until 5 no_signal
    wait_until 3 seen '.file == null' 2
    kill -USR1 "${PID[camera]}"
    local seq
    seq=$(last_seq)
    wait_until 10 seen_since "$seq" '.file' 20
    wait_until 5 signal
    warned 1
}

@test "no room on the USB bus: the sentence, from the driver's own error" {
    plug_first whole --no-bandwidth
    publish --always-on $CAMERA
    wait_until 5 says pub "not enough USB bandwidth"
    collect
    wait_until 10 seen true 2
    is_drawn "kept/$(last_seq).jpg"
    warned 1
}

@test "two cameras: by a part of the name, by a link, and a part that both have" {
    plug_first whole --name "Front door"
    plug other mixed --port 1 --name "Back door"
    wait_until 10 test -c /dev/video2
    told door
    [ "$status" -ne 0 ]
    [[ $output == *"Front door"*"Back door"* ]]
    publish "back"
    wait_until 5 says pub "Back door"
    stop pub
    mkdir -p /dev/v4l/by-id
    ln -sf ../../video2 /dev/v4l/by-id/usb-test_Back_door-video-index0
    publish /dev/v4l/by-id/usb-test_Back_door-video-index0
    wait_until 5 says pub "Back door"
    rm -r /dev/v4l
    told --list
    [[ $output == *"Front door"*MJPG*640x480*"Back door"* ]]
    told --bind "$(endpoint other)" /dev/video1
    [ "$status" -eq 1 ]
    [[ $output == *"not a capture device"* ]]
}

@test "a control set by name reaches the camera" {
    plug_first whole
    publish --set brightness=200 $CAMERA
    wait_until 5 grep -q "brightness 200" camera.out
}
