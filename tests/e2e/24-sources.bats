# SPDX-License-Identifier: MPL-2.0
# What can be published: files of every kind, made here by ffmpeg, the test pattern, and
# the screen. What arrives is looked at by a viewer that knows nothing of Zroom.

load lib
load screen

CLIP=$BATS_TEST_DIRNAME/../data/cockatoo.mp4
VIEWER=("$PYTHON" "$BATS_TEST_DIRNAME/plain_viewer.py")

needs() {
    command -v ffmpeg >/dev/null || skip "ffmpeg is not installed"
    [ -x $CONVERT ] || skip "ImageMagick is not installed"
    "$PYTHON" -c 'import zmq, cv2, numpy' 2>/dev/null ||
        skip "python3-zmq or python3-opencv is not installed"
}

make_clip() { ffmpeg -v error -nostdin "$@"; }

# A second of four upright patches: red, blue, nearly black, nearly white. Both ends of
# the scale show at once if ranges or matrices are mixed up.
patches() { # WIDTHxHEIGHT
    local width=${1%x*} height=${1#*x} inputs=() colour
    for colour in 0xDC1E28 0x1E3CD2 0x101010 0xF0F0F0; do
        inputs+=(-f lavfi -i "color=c=$colour:s=$((width / 4 + 1))x$height:r=20:d=1,format=gbrp")
    done
    make_clip "${inputs[@]}" -filter_complex "hstack=4,crop=$width:$height" \
        -c:v ffv1 -y patches.mkv
}

# view COUNT OPTION...: publishes with these options, and views COUNT pictures of it,
# which are then viewer.out and FOLDER/*.jpg.
view() {
    local count=$1
    shift
    mkdir -p seen
    start pub zroom-publisher --bind "$(endpoint video)" "$@"
    start viewer "${VIEWER[@]}" "$(endpoint video)" base64 "$count" seen
    finish viewer 20
    [ "$status" -eq 0 ]
}

# seen FILTER: whether every line that the viewer printed satisfies it.
seen() { jq -es "length > 0 and all (.[]; $1)" viewer.out >/dev/null; }

# patches_are_seen WIDTHxHEIGHT: whether the first picture is of that size and colours.
patches_are_seen() {
    local width=${1%x*} height=${1#*x} picture i=0 colour
    picture=$(find seen -name '*.jpg' | head -n 1)
    seen ".width == $width and .height == $height" || return 1
    while read -ra colour; do
        pixel_is "$picture" $((width * (2 * i + 1) / 8)) $((height / 2)) "${colour[@]}" ||
            { echo "patch $i: $(pixel "$picture" $((width * (2 * i + 1) / 8)) $((height / 2)))" && return 1; }
        i=$((i + 1))
    done <<<"220 30 40
30 60 210
16 16 16
240 240 240"
}

# true_colours SIZE NAME OPTION...: a clip encoded so arrives in its size and colours.
true_colours() {
    local size=$1 name=$2
    shift 2
    needs
    patches "$size"
    make_clip -i patches.mkv "$@" "$name"
    view 2 --width 0 "$name"
    patches_are_seen "$size"
    stop pub
    [ "$status" -eq 0 ]
}

# Without a matrix named, SD is BT.601 to everybody.
SD="scale=out_color_matrix=bt601:out_range"

@test "H.264 4:2:0 has its true colours" {
    true_colours 640x360 clip.mp4 -vf $SD=tv -pix_fmt yuv420p
}

@test "H.264 4:2:2 has its true colours" {
    true_colours 640x360 clip.mp4 -vf $SD=tv -pix_fmt yuv422p
}

@test "H.264 4:4:4 has its true colours" {
    true_colours 640x360 clip.mp4 -vf $SD=tv -pix_fmt yuv444p
}

@test "10 bit 4:2:0 has its true colours" {
    true_colours 640x360 clip.mp4 -vf $SD=tv -pix_fmt yuv420p10le
}

@test "10 bit 4:2:2 has its true colours" {
    true_colours 640x360 clip.mkv -vf $SD=tv -c:v ffv1 -pix_fmt yuv422p10le
}

@test "full range has its true colours" {
    true_colours 640x360 clip.mp4 -vf $SD=pc -pix_fmt yuv420p -color_range pc
}

@test "full range 4:2:2 of a camera's MJPEG has its true colours" {
    true_colours 640x360 clip.avi -vf $SD=pc -c:v mjpeg -q:v 2 -pix_fmt yuvj422p
}

@test "HD in BT.709 has its true colours" {
    true_colours 1280x720 clip.mp4 -vf scale=out_color_matrix=bt709:out_range=tv \
        -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709
}

@test "RGB has its true colours" {
    true_colours 640x360 clip.mkv -c:v ffv1 -pix_fmt gbrp
}

@test "an odd size of 4:2:0 keeps its last row and column" {
    true_colours 321x241 clip.mkv -vf $SD=tv -c:v ffv1 -pix_fmt yuv420p
}

@test "an odd size of 4:4:4 keeps its last row and column" {
    true_colours 321x241 clip.mkv -vf $SD=tv -c:v libx264 -pix_fmt yuv444p
}

@test "grey is grey" {
    needs
    patches 640x360
    make_clip -i patches.mkv -vf $SD=pc,format=gray -c:v ffv1 clip.mkv
    view 2 --width 0 clip.mkv
    picture=$(find seen -name '*.jpg' | head -n 1)
    pixel_is "$picture" 400 180 16 16 16
    pixel_is "$picture" 560 180 240 240 240
}

@test "a phone's clip with a rotation tag is shown upright" {
    needs
    # Red above blue, as it should be seen; stored lying on its side.
    make_clip -f lavfi -i color=c=red:s=240x160:r=20:d=1 -f lavfi -i color=c=blue:s=240x160:r=20:d=1 \
        -filter_complex vstack,transpose=clock -pix_fmt yuv420p lying.mp4
    make_clip -i lying.mp4 -c copy -metadata:s:v rotate=90 tagged.mp4
    # FFmpeg 6 has another way to say it. What it shows itself is upright with either.
    ffprobe -v error -show_entries stream_side_data=rotation tagged.mp4 | grep -q 90 ||
        make_clip -display_rotation 90 -i lying.mp4 -c copy -y tagged.mp4
    make_clip -i tagged.mp4 -frames:v 1 upright.png
    pixel_is upright.png 120 60 254 0 0
    view 2 --width 0 tagged.mp4
    seen '.width == 240 and .height == 320'
    picture=$(find seen -name '*.jpg' | head -n 1)
    pixel_is "$picture" 120 60 254 0 0
    pixel_is "$picture" 120 260 0 0 254
}

@test "--width scales and keeps the shape; 0 keeps the size" {
    needs
    for pair in "0 1280x720" "320 320x180" "100 100x56" "640 640x360"; do
        read -r width size <<<"$pair"
        view 2 --width "$width" "$CLIP"
        seen ".width == ${size%x*} and .height == ${size#*x}"
        stop pub
    done
}

@test "a small file is not made larger than it is" {
    needs
    make_clip -f lavfi -i testsrc=s=160x120:r=20:d=1 -pix_fmt yuv420p small.mp4
    view 2 small.mp4
    seen '.width == 160 and .height == 120'
}

@test "a truncated Matroska file is played as far as it goes, and that is said" {
    needs
    make_clip -f lavfi -i testsrc=s=320x240:r=20:d=3 -g 10 -pix_fmt yuv420p whole.mkv
    head -c $(($(wc -c <whole.mkv) / 2)) whole.mkv >cut.mkv
    plays_some cut.mkv
}

@test "a truncated MP4 file is played as far as it goes, and that is said" {
    needs
    make_clip -f lavfi -i testsrc=s=320x240:r=20:d=3 -g 10 -pix_fmt yuv420p \
        -movflags +faststart whole.mp4
    head -c $(($(wc -c <whole.mp4) * 2 / 3)) whole.mp4 >cut.mp4
    plays_some cut.mp4
}

# Half a second at least, not all of the three seconds, then a warning about the file.
plays_some() {
    start pub zroom-publisher --no-loop --wait-viewers 1 --bind "$(endpoint video)" "$1"
    start sub zroom-subscriber --view none --stats "$(endpoint video)"
    finish pub 15
    [ "$status" -eq 0 ]
    grep -q " W source_file: $1" pub.err
    wait_until 5 stat_is sub '.streams[0].received >= 10 and .streams[0].received < 58'
    stat_is sub '.bad == 0'
}

@test "an MP4 file whose index was cut off is one line, and 1" {
    needs
    make_clip -f lavfi -i testsrc=s=320x240:r=20:d=1 -pix_fmt yuv420p whole.mp4
    head -c $(($(wc -c <whole.mp4) / 2)) whole.mp4 >cut.mp4
    start pub zroom-publisher --bind "$(endpoint video)" cut.mp4
    finish pub 10
    [ "$status" -eq 1 ]
    [ "$(wc -l <pub.err)" -eq 1 ]
    says pub "cut off"
}

@test "a file with sound alone is one line that says so, and 1" {
    needs
    make_clip -f lavfi -i sine=d=1 song.wav
    start pub zroom-publisher --bind "$(endpoint video)" song.wav
    finish pub 10
    [ "$status" -eq 1 ]
    [ "$(wc -l <pub.err)" -eq 1 ]
    says pub "song.wav has no video in it, only sound"
}

@test "--no-loop sends every picture and ends with 0" {
    needs
    make_clip -f lavfi -i testsrc=s=320x240:r=20:d=2 -pix_fmt yuv420p clip.mp4
    start pub zroom-publisher --no-loop --wait-viewers 1 --stats --bind "$(endpoint video)" clip.mp4
    start viewer "${VIEWER[@]}" "$(endpoint video)" base64 40
    finish pub 15
    [ "$status" -eq 0 ]
    finish viewer 5 # it has all 40, the last one too
    [ "$status" -eq 0 ]
    stat_is pub '.streams[0].sent == 40'
    jq -es '[.[].seq] == [range (40)]' viewer.out
}

@test "a file begins again at its end, without a pause" {
    needs
    make_clip -f lavfi -i testsrc=s=320x240:r=20:d=1 -pix_fmt yuv420p clip.mp4
    view 50 clip.mp4
    jq -es '[.[].seq] | . == [range (.[0]; .[0] + 50)]' viewer.out
    # It looped: there are not more than 20 different pictures, seen 50 times.
    jq -es '([.[].pixels] | unique | length) <= 20' viewer.out
    jq -es '[range (1; length) as $i | .[$i].time_us - .[$i - 1].time_us] | max < 300000' viewer.out
    jq -es '(.[-1].time_us - .[0].time_us) / (length - 1) | . > 45000 and . < 60000' viewer.out
}

@test "a file's own times are kept, gaps and all" {
    needs
    # 20 a second, but nothing between 0.5 s and 1.5 s.
    make_clip -f lavfi -i "testsrc=s=320x240:r=20:d=2,select='not(between(n,10,29))'" \
        -vsync vfr -pix_fmt yuv420p clip.mp4
    start pub zroom-publisher --no-loop --wait-viewers 1 --bind "$(endpoint video)" clip.mp4
    start viewer "${VIEWER[@]}" "$(endpoint video)" base64 20
    finish viewer 15
    [ "$status" -eq 0 ]
    jq -es '[range (1; length) as $i | .[$i].time_us - .[$i - 1].time_us] |
        (index (max) == 9) and max > 950000 and max < 1300000' viewer.out
}

@test "--fps thins out what comes faster" {
    needs
    view 8 --fps 5 "$CLIP"
    jq -es '(.[-1].time_us - .[0].time_us) / (length - 1) | . > 190000 and . < 225000' viewer.out
    stop pub
    view 8 --fps 5 pattern
    jq -es '(.[-1].time_us - .[0].time_us) / (length - 1) | . > 190000 and . < 225000' viewer.out
}

@test "--quality is the size of the pictures" {
    needs
    view 2 --quality 30 "$CLIP"
    small=$(cat seen/*.jpg | wc -c)
    stop pub
    rm seen/*.jpg
    view 2 --quality 95 "$CLIP"
    [ "$(cat seen/*.jpg | wc -c)" -gt $((small * 2)) ]
}

@test "a URL is played like a file" {
    needs
    port=$(free_port)
    make_clip -f lavfi -i testsrc=s=320x240:r=20:d=1 -pix_fmt yuv420p clip.mkv
    start www "$PYTHON" -m http.server "$port" --bind 127.0.0.1
    wait_until 10 port_is_open "$port"
    view 30 "http://127.0.0.1:$port/clip.mkv" # so it begins again, too
    seen '.width == 320 and .height == 240'
}

port_is_open() { (exec 5<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

@test "the test pattern is the same each time" {
    needs
    view 15 --fps 10 --width 320 pattern
    mv viewer.out first.out
    stop pub
    view 15 --fps 10 --width 320 pattern
    # By number, as the runs may begin at different ones.
    jq -es 'INDEX (.seq) | map_values (.pixels)' first.out >first.json
    jq -es --slurpfile first first.json '[.[] | select ($first[0][.seq | tostring])] |
        length >= 5 and all (.[]; .pixels == $first[0][.seq | tostring])' viewer.out
    # And it moves.
    jq -es '[.[].pixels] | unique | length == 15' viewer.out
}

@test "without a camera the test pattern is shown, and that is said" {
    [ ! -e /dev/video0 ] || skip "there is a camera here"
    needs
    view 2 --width 640
    says pub "no camera found; showing the test pattern"
    seen '.bars == "111 110 011 010 101 100 001 000"'
}

@test "the screen is published as it is" {
    needs
    command -v display >/dev/null || skip "ImageMagick's display is not installed"
    start_display 800x600
    $CONVERT -size 400x600 xc:'rgb(220,30,40)' xc:'rgb(30,60,210)' +append root.png
    display -window root root.png || true # its status says nothing
    view 3 --width 0 --fps 10 screen
    seen '.width == 800 and .height == 600'
    picture=$(find seen -name '*.jpg' | head -n 1)
    pixel_is "$picture" 200 300 220 30 40
    pixel_is "$picture" 600 300 30 60 210
    # What changes on it is seen.
    $CONVERT -size 800x600 xc:'rgb(20,200,60)' root.png
    display -window root root.png || true
    rm -r seen
    mkdir seen
    start viewer "${VIEWER[@]}" "$(endpoint video)" base64 3 seen
    finish viewer 20
    pixel_is "$(find seen -name '*.jpg' | sort | tail -n 1)" 200 300 20 200 60
}

@test "without a display, the screen is one line, and 1" {
    start pub zroom-publisher --bind "$(endpoint video)" screen
    finish pub 5
    [ "$status" -eq 1 ]
    [ "$(wc -l <pub.err)" -eq 1 ]
    says pub "DISPLAY is not set"
}

@test "a screen that goes away while it is published is said, and 1" {
    start_display 800x600
    start pub zroom-publisher --bind "$(endpoint video)" screen
    start sub zroom-subscriber --view none --stats "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].received > 3'
    kill -KILL "${PID[xvfb]}"
    finish pub 10
    [ "$status" -eq 1 ]
    ! grep -q -e Assertion -e Sanitizer pub.err
}
