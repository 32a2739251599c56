# SPDX-License-Identifier: MPL-2.0
# The plain form is a promise: a program of three lines in any language shows what
# zroom-publisher sends, and zroom-subscriber shows what such a program sends. The
# others here are Python with Debian's zmq and OpenCV, and know nothing of Zroom.

load lib

# The pattern's bars, from white to black.
BARS="111 110 011 010 101 100 001 000"

needs_python() {
    "$PYTHON" -c 'import zmq, cv2, numpy' 2>/dev/null ||
        skip "python3-zmq or python3-opencv is not installed"
}

needs_imagemagick() {
    [ -x /usr/bin/convert ] || skip "ImageMagick is not installed"
}

VIEWER=("$PYTHON" "$BATS_TEST_DIRNAME/plain_viewer.py")
SENDER=("$PYTHON" "$BATS_TEST_DIRNAME/plain_sender.py")
IMAGEZMQ=("$PYTHON" "$BATS_TEST_DIRNAME/imagezmq_sender.py")

# seen FILTER: whether every line that the viewer printed satisfies it.
seen() { jq -es "length > 0 and all (.[]; $1)" viewer.out >/dev/null; }

# A picture with colours and detail, as every kind of JPEG. Sets FILES to the names.
make_jpegs() {
    local kind options
    FILES=()
    /usr/bin/convert -size 320x180 plasma:tomato-steelblue -seed 1 \
        -fill white -draw 'circle 80,60 80,20' -fill navy -draw 'rectangle 200,90 300,160' \
        picture.png
    while read -r kind options; do
        # shellcheck disable=SC2086 # the options are several
        /usr/bin/convert picture.png -quality 90 $options "$kind.jpg"
        FILES+=("$kind")
    done <<'KINDS'
420 -sampling-factor 4:2:0
422 -sampling-factor 4:2:2
440 -sampling-factor 4:4:0
444 -sampling-factor 4:4:4
411 -sampling-factor 4:1:1
grey -colorspace Gray
progressive -sampling-factor 4:2:0 -interlace JPEG
odd -resize 101x57! -sampling-factor 4:2:0
odd422 -resize 101x57! -sampling-factor 4:2:2
dot -resize 1x1! -sampling-factor 4:2:0
KINDS
}

# The endpoints of all of FILES. Relative paths, so that streams have short names.
each_endpoint() { printf 'ipc://%s\n' "${FILES[@]}"; }
each_pair() { local file; for file in "${FILES[@]}"; do echo "ipc://$file=$file.jpg"; done; }

# Whether the subscriber shows every one of FILES, in its own size.
all_shown() {
    local file
    for file in "${FILES[@]}"; do
        stat_is sub ".streams[] | select (.stream == \"$file\") | .received >= 5 and
            .shown >= 5 and \"\(.width)x\(.height)\" == \"${SIZES[$file]}\"" || return 1
    done
}

measure_jpegs() {
    local file
    declare -gA SIZES=()
    for file in "${FILES[@]}"; do
        SIZES[$file]=$(/usr/bin/identify -format '%wx%h' "$file.jpg")
    done
}

@test "three lines of Python show a publisher's base64" {
    needs_python
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start viewer "${VIEWER[@]}" "$(endpoint video)" base64 10
    finish viewer 20
    [ "$status" -eq 0 ]
    seen '.parts == 1 and .width == 640 and .height == 360'
    seen ".bars == \"$BARS\""
}

@test "Python shows a publisher's raw JPEGs" {
    needs_python
    start pub zroom-publisher pattern --encoding raw --bind "$(endpoint video)"
    start viewer "${VIEWER[@]}" "$(endpoint video)" raw 10
    finish viewer 20
    [ "$status" -eq 0 ]
    seen '.parts == 1 and .width == 640 and .height == 360'
    seen ".bars == \"$BARS\""
}

@test "a named publisher's second part is the plain form" {
    needs_python
    start pub zroom-publisher pattern --name ana --bind "$(endpoint video)"
    start viewer "${VIEWER[@]}" "$(endpoint video)" base64 10
    finish viewer 20
    [ "$status" -eq 0 ]
    seen '.parts == 2 and .topic == "full/ana"'
    seen ".bars == \"$BARS\""
}

@test "the metadata rides along: numbers without gaps, times that grow" {
    needs_python
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start viewer "${VIEWER[@]}" "$(endpoint video)" base64 20
    finish viewer 20
    [ "$status" -eq 0 ]
    jq -es '[.[].seq] | . == [range (.[0]; .[0] + 20)]' viewer.out
    jq -es '[.[].time_us] | . == (sort | unique)' viewer.out
    # And the time is today's: within a minute of this clock.
    jq -es --argjson now "${EPOCHREALTIME/./}" \
        'all (.[]; .time_us > $now - 6e7 and .time_us <= $now)' viewer.out
}

@test "every kind of JPEG from a Python sender is shown, as base64" {
    needs_python
    needs_imagemagick
    make_jpegs
    measure_jpegs
    mapfile -t pairs < <(each_pair)
    mapfile -t endpoints < <(each_endpoint)
    start sender "${SENDER[@]}" base64 "${pairs[@]}"
    start sub zroom-subscriber --view none --stats "${endpoints[@]}"
    wait_until 20 all_shown
    stat_is sub '.bad == 0'
}

@test "every kind of JPEG from a Python sender is shown, raw" {
    needs_python
    needs_imagemagick
    make_jpegs
    measure_jpegs
    mapfile -t pairs < <(each_pair)
    mapfile -t endpoints < <(each_endpoint)
    start sub zroom-subscriber --view none --stats "${endpoints[@]}"
    start sender "${SENDER[@]}" raw "${pairs[@]}"
    wait_until 20 all_shown
    stat_is sub '.bad == 0'
}

@test "a snapshot of a foreign JPEG is that JPEG, byte for byte" {
    needs_python
    needs_imagemagick
    command -v xdotool >/dev/null || skip "xdotool is not installed"
    start_display
    make_jpegs
    measure_jpegs
    mapfile -t pairs < <(each_pair)
    mapfile -t endpoints < <(each_endpoint)
    mkdir saved
    start sender "${SENDER[@]}" base64 "${pairs[@]}"
    start sub zroom-subscriber --view window --stats --snapshot-dir saved "${endpoints[@]}"
    wait_until 20 all_shown
    xdotool search --name '^Zroom$' windowfocus --sync key s
    for file in "${FILES[@]}"; do
        wait_until 5 there_is "saved/$file-*.jpg"
        cmp "$file.jpg" saved/"$file"-*.jpg
    done
    # Samplings that SDL has no texture for cost a conversion, but no words.
    [ "$(grep -vc -e ' I subscriber: ' -e ' I snapshot: ' sub.err)" -eq 0 ]
}

@test "imagezmq's pictures are shown under their text" {
    needs_python
    needs_imagemagick
    make_jpegs
    start sender "${IMAGEZMQ[@]}" "$(endpoint video)" \
        "Bob's camera" 420.jpg
    start sub zroom-subscriber --view none --stats "$(endpoint video)"
    wait_until 20 stat_is sub '.streams[0].shown >= 5'
    stat_is sub ".bad == 0 and (.streams | length) == 1"
    stat_is sub ".streams[0] | .stream == \"Bob's camera\" and .width == 320"
}

@test "an imagezmq stream can be chosen by its text" {
    needs_python
    needs_imagemagick
    make_jpegs
    start one "${IMAGEZMQ[@]}" ipc://one one 420.jpg
    start two "${IMAGEZMQ[@]}" ipc://two two 444.jpg
    start sub zroom-subscriber --view none --stats --stream two ipc://one ipc://two
    wait_until 20 stat_is sub '.streams[0].shown >= 10'
    stat_is sub '[.streams[].stream] == ["two"]'
}
