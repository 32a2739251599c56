# SPDX-License-Identifier: MPL-2.0
# USB cameras on the kernel's uvcvideo driver: every byte of Motion-JPEG, mended where it
# must be, and YUYV.

load lib
load usb

# in_order: whether the pictures collected since the publisher began are the camera's 30,
# again and again, without a gap, but for CAMERA_LOSS.
in_order() {
    jq -es --argjson loss "$CAMERA_LOSS" '. as $all | ([range (1; length) | select ($all[.].seq < $all[. - 1].seq)] | max // 0) as $begin |
        map (.file | tonumber? // -1)[$begin:] as $n |
        [range (1; $n | length) | ($n[.] - $n[. - 1] + 30) % 30 == 1] |
        length > 100 and (map (select (not)) | length) <= $loss * length' seen.out >/dev/null
}
every_good_one() { jq -es 'map (.file) | unique | length == 27' seen.out >/dev/null; }

@test "MJPEG arrives at the camera's rate, byte for byte" {
    plug_first whole
    collect "$PICTURES/whole"
    also=in_order steady 30 --format MJPG $CAMERA
    ! seen '.file == null or .tables'
}

@test "MJPEG without Huffman tables gets them, and is the same else" {
    plug_first bare
    collect "$PICTURES/bare"
    also=in_order steady 30 $CAMERA
    ! seen '.file == null or (.tables | not)'
    stop seen
    local seq file
    read -r seq file < <(tail -n 1 seen.out | jq -r '"\(.seq) \(.file)"')
    convert "kept/$seq.jpg" rgb:mended
    convert "$PICTURES/whole/$file.jpg" rgb:whole
    cmp mended whole
}

@test "cut pictures and garbage are counted and left out, padding is cut off" {
    plug_first mixed
    collect "$PICTURES/whole"
    publish $CAMERA
    wait_until 20 every_good_one
    ! seen '.file == null or .tables'
    ! seen '.file == "003" or .file == "009" or .file == "021"'
    seen '.file == "015"' 2
    wait_until 5 stat_is pub '.streams[0] | .damaged >= 6 and .signal'
}

@test "YUYV arrives at the camera's rate" {
    plug_first whole
    steady 15 --format YUYV --fps 15 $CAMERA
}
