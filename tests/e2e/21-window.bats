# SPDX-License-Identifier: MPL-2.0
# The window, on a display of its own: that it shows the true picture at the true rate,
# says what is going on, obeys its keys, and delays nothing while nobody looks at it.

load lib
load screen

CLIP=$BATS_TEST_DIRNAME/../data/cockatoo.mp4 # 20 pictures a second
SENDER=("$PYTHON" "$BATS_TEST_DIRNAME/plain_sender.py")

needs_python() {
    "$PYTHON" -c 'import zmq, cv2, numpy' 2>/dev/null ||
        skip "python3-zmq or python3-opencv is not installed"
}

# paint NAME COLOUR [SIZE]: a JPEG of one colour, sent at ipc://NAME.
paint() {
    needs_python
    $CONVERT -size "${3:-640x360}" "xc:$2" -quality 95 -sampling-factor 4:4:4 "$1.jpg"
    start "$1" "${SENDER[@]}" base64 "ipc://$1=$1.jpg"
}

# Until the first picture has come; it is drawn a moment later.
wait_for_window() {
    wait_until 15 says sub 'I subscriber: stream "'
    find_window
}

# rate NAME FIELD: how many a second over the last five lines of --stats.
rate() {
    tail -n 6 "$1.out" | jq -s "if length < 6 then 0 else
        (.[-1].streams[0].$2 - .[0].streams[0].$2) / (.[-1].time - .[0].time) end"
}

# at_20 FIELD NAME...: whether they all are at 20 a second, 5 % more or less.
at_20() {
    local field=$1 name
    shift
    for name in "$@"; do
        jq -en "$(rate "$name" "$field") | . >= 19 and . <= 21" >/dev/null || return 1
    done
}

# Where things stand in a window of 640x360.
OVERLAY=200x24+0+0  # the first of the figures
MIDDLE=400x40+120+160
SOME=$((640 * 360 / 8)) # pixels: more than letters are

@test "three windows at once show a 20 fps clip at 20 fps" {
    start_screen
    start pub zroom-publisher "$CLIP" --bind "$(endpoint video)"
    for name in one two three; do
        start $name zroom-subscriber --view window --stats "$(endpoint video)"
    done
    wait_until 45 at_20 shown one two three
    for name in one two three; do
        stat_is $name '.bad == 0 and .streams[0].width == 640 and .streams[0].height == 360'
        stat_is $name '.streams[0].age_ms.p50 < 1000'
    done
}

@test "the window shows the frame that FFmpeg decodes" {
    needs_python
    command -v ffmpeg >/dev/null || skip "ffmpeg is not installed"
    start_screen
    start pub zroom-publisher "$CLIP" --bind "$(endpoint video)"
    start sub zroom-subscriber --view window --stats "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].shown > 20'
    find_window
    window_is 640x360
    key space
    key o
    wait_until 5 no_text_at $OVERLAY
    shot window.png
    key s # only now: that it was saved is written over the picture
    wait_until 5 there_is './*video-*.jpg'
    $CONVERT ./*video-*.jpg snapshot.png
    for image in window snapshot; do # what "frozen" is written on
        $CONVERT $image.png -fill black -draw 'rectangle 213,144 427,216' $image-masked.png
    done
    # The last step alone: a JPEG, and the window that shows it.
    [ "$(likeness snapshot-masked.png window-masked.png)" -ge 38 ]
    # And the whole way: one frame of the clip, and this one only, is what is seen.
    ffmpeg -v error -i "$CLIP" -vf scale=640:360 -pix_fmt bgr24 -f rawvideo - |
        "$PYTHON" "$BATS_TEST_DIRNAME/best_match.py" window.png >match
    read -r _ db <match
    [ "$db" -ge 36 ]
}

@test "every sampling has its true colours in the window" {
    needs_python
    start_screen
    for sampling in 4:4:4 4:2:2 4:4:0 4:2:0 4:1:1; do
        # Saturated and grey steps; large enough that no sampling smears them.
        $CONVERT -size 160x180 xc:'rgb(220,30,40)' xc:'rgb(30,60,210)' \
            xc:'rgb(16,16,16)' xc:'rgb(240,240,240)' +append \
            -quality 95 -sampling-factor $sampling "${sampling//:/}.jpg"
    done
    $CONVERT 444.jpg -colorspace Gray -quality 95 grey.jpg
    for kind in 444 422 440 420 411 grey; do
        start sender "${SENDER[@]}" raw "ipc://$kind=$kind.jpg"
        start sub zroom-subscriber --view window --stats "ipc://$kind"
        wait_for_window
        key o
        wait_until 5 window_is 640x180
        wait_until 5 no_text_at 300x24+0+0
        shot $kind.png
        $CONVERT $kind.jpg wanted.png
        for x in 80 240 400 560; do
            # shellcheck disable=SC2046 # three numbers
            pixel_is $kind.png $x 90 $(pixel wanted.png $x 90)
        done
        stop sub
        stop sender
    done
}

@test "the overlay is readable over white, and o takes it away and back" {
    start_screen
    paint white white
    start sub zroom-subscriber --view window --stats ipc://white
    wait_for_window
    wait_until 5 text_on_dark_box
    key o
    wait_until 5 all_white
    key o
    wait_until 5 text_on_dark_box
}

# Letters as white as ever, and what is between them much darker than the picture.
text_on_dark_box() {
    shot now.png
    [ "$(white now.png $OVERLAY)" -ge 40 ] && [ "$(white now.png $OVERLAY)" -lt 2400 ] &&
        [ "$($CONVERT now.png -crop 200x2+0+1 +repage -colorspace Gray -format '%[fx:mean<0.5]' info:)" = 1 ]
}

all_white() { shot now.png && [ "$(white now.png $OVERLAY)" -eq 4800 ]; }

@test "the overlay's figures change while pictures come" {
    start_screen
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start sub zroom-subscriber --view window --stats "$(endpoint video)"
    wait_for_window
    wait_until 5 text_at $OVERLAY
    shot before.png
    wait_until 5 overlay_changed
}

overlay_changed() { shot now.png && differ before.png now.png $OVERLAY; }

@test "an empty window says what it waits for" {
    start_screen
    start sub zroom-subscriber --view window --stats "$(endpoint video)"
    find_window
    wait_until 5 text_at $MIDDLE
    shot alone.png
    # A publisher that does not begin yet: connected now, and still waiting.
    start pub zroom-publisher pattern --wait-viewers 2 --bind "$(endpoint video)"
    wait_until 10 waiting_text_changed
    wait_until 5 stat_is sub '.streams == []'
    # The second viewer lets it begin, and the words go.
    start other zroom-subscriber --view none "$(endpoint video)"
    wait_until 10 stat_is sub '.streams[0].shown > 1'
    wait_until 5 shows_at 440 60 191 0 0
    wait_until 5 no_text_at 240x40+200+160
}

waiting_text_changed() { text_at $MIDDLE && differ alone.png now.png $MIDDLE; }

@test "a silent stream is said to be, with the seconds counted, until it is back" {
    start_screen
    paint red red
    start sub zroom-subscriber --view window --stats ipc://red
    wait_for_window
    wait_until 5 no_text_at $MIDDLE
    kill -STOP "${PID[red]}"
    wait_until 10 text_at $MIDDLE
    shot first.png
    wait_until 5 seconds_went_on
    pixel_is now.png 320 300 254 0 0 # the last picture stays
    kill -CONT "${PID[red]}"
    wait_until 10 no_text_at $MIDDLE
}

seconds_went_on() { text_at $MIDDLE && differ first.png now.png $MIDDLE; }

@test "a publisher that was killed is said to be silent, and shown when it is back" {
    start_screen
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start sub zroom-subscriber --view window --stats "$(endpoint video)"
    wait_for_window
    # The bars are at the top; below them it is dark enough for white letters.
    wait_until 5 no_text_at 240x40+200+160
    kill -KILL "${PID[pub]}"
    wait_until 10 text_at 240x40+200+160
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    wait_until 10 no_text_at 240x40+200+160
}

@test "q and Esc end it with 0" {
    start_screen
    paint red red
    for name in q Escape; do
        start sub zroom-subscriber --view window --stats ipc://red
        wait_for_window
        key $name
        finish sub 5
        [ "$status" -eq 0 ]
    done
}

@test "q ends it while it waits, too" {
    start_screen
    start sub zroom-subscriber --view window "$(endpoint video)"
    find_window
    key q
    finish sub 5
    [ "$status" -eq 0 ]
}

@test "space freezes the picture while pictures still come in, and lets it go on" {
    start_screen
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start sub zroom-subscriber --view window --stats "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].shown > 10'
    find_window
    key space
    wait_until 5 text_at $MIDDLE # "frozen"
    wait_until 5 frames_are_equal
    shown=$(stat sub '.streams[0].shown')
    received=$(stat sub '.streams[0].received')
    wait_until 10 stat_is sub ".streams[0].received > $received + 50"
    [ "$(stat sub '.streams[0].shown')" -le $((shown + 30)) ] # what the last line missed
    shown=$(stat sub '.streams[0].shown')
    key space
    wait_until 10 stat_is sub ".streams[0].shown > $shown + 30"
    ! frames_are_equal
}

# Whether the pattern's frame number, at the bottom left, stands still.
frames_are_equal() {
    shot one.png
    local shown
    shown=$(wc -l <sub.out)
    wait_until 5 more_lines "$shown"
    shot two.png
    ! differ one.png two.png 300x40+0+310
}

more_lines() { [ "$(wc -l <sub.out)" -gt "$1" ]; }

@test "s saves what is shown; two streams are two files" {
    start_screen
    paint red red
    paint blue blue
    mkdir saved
    start sub zroom-subscriber --view window --stats --snapshot-dir saved ipc://red ipc://blue
    wait_until 15 stat_is sub '[.streams[] | select (.shown > 1)] | length == 2'
    find_window
    key s
    wait_until 5 there_is 'saved/red-*.jpg'
    wait_until 5 there_is 'saved/blue-*.jpg'
    cmp red.jpg saved/red-*.jpg
    cmp blue.jpg saved/blue-*.jpg
    [ "$(find saved -type f | wc -l)" -eq 2 ]
}

@test "streams of the same name from two endpoints are two snapshots" {
    start_screen
    for name in one two; do
        start $name zroom-publisher pattern --width $((name == one ? 320 : 640)) \
            --name ana --bind "ipc://$name"
    done
    mkdir saved
    start sub zroom-subscriber --view window --stats --snapshot-dir saved ipc://one ipc://two
    wait_until 15 stat_is sub '[.streams[] | select (.shown > 1)] | length == 2'
    find_window
    key s
    wait_until 5 two_saved
}

two_saved() { [ "$(find saved -name 'ana-*.jpg' | wc -l)" -eq 2 ]; }

@test "r starts a recording and ends it" {
    command -v ffprobe >/dev/null || skip "ffprobe is not installed"
    start_screen
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    mkdir saved
    start sub zroom-subscriber --view window --stats --snapshot-dir saved "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].shown > 1'
    find_window
    key r
    wait_until 5 says sub " to saved/zroom-"
    wait_until 5 there_is 'saved/zroom-*.mkv'
    received=$(stat sub '.streams[0].received')
    wait_until 10 stat_is sub ".streams[0].received > $received + 40"
    key r
    wait_until 5 says sub "recorder: ended with "
    pictures=$(sed -n 's/.*ended with \([0-9]*\) pictures.*/\1/p' sub.err)
    [ "$pictures" -ge 40 ]
    [ "$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 \
        saved/zroom-*.mkv)" -eq "$pictures" ]
}

@test "two streams stand side by side, and Tab goes from one to the other and back" {
    start_screen
    paint red red
    start sub zroom-subscriber --view window --stats ipc://red ipc://blue
    wait_until 15 stat_is sub '.streams[0].shown > 1'
    paint blue blue
    wait_until 15 stat_is sub '[.streams[] | select (.shown > 1)] | length == 2'
    find_window
    wait_until 5 shows_at 160 180 254 0 0
    pixel_is now.png 480 180 0 0 254
    key Tab
    wait_until 5 shows_at 480 180 254 0 0
    pixel_is now.png 160 180 254 0 0
    key Tab
    wait_until 5 shows_at 160 180 0 0 254
    pixel_is now.png 480 180 0 0 254
    key Tab
    wait_until 5 shows_at 160 180 254 0 0
    pixel_is now.png 480 180 0 0 254
}

@test "four streams make a grid of two by two, each with its name" {
    start_screen
    for colour in red blue lime black; do paint $colour $colour; done
    start sub zroom-subscriber --view window --stats ipc://red ipc://blue ipc://lime ipc://black
    wait_until 15 stat_is sub '[.streams[] | select (.shown > 1)] | length == 4'
    find_window
    wait_until 5 four_colours
    # Under each of the four stands its name, at the left.
    for corner in 62+150 326+150 62+326 326+326; do
        [ "$(white now.png "80x26+$corner")" -ge 20 ]
    done
}

# Which stream came first is not certain, so neither is its place.
four_colours() {
    shot now.png
    local places
    places=$(for at in "160 90" "480 90" "160 270" "480 270"; do
        # shellcheck disable=SC2086 # two numbers
        pixel now.png $at
    done | sort -u)
    [ "$(wc -l <<<"$places")" -eq 4 ]
}

@test "h lists the keys, and takes the list away" {
    start_screen
    paint blue blue
    start sub zroom-subscriber --view window --stats ipc://blue
    wait_for_window
    wait_until 5 no_text_at 300x220+170+70
    key h
    # Eight lines of it: letters in the upper and in the lower part.
    wait_until 5 text_at 300x60+170+80
    [ "$(white now.png 300x60+170+220)" -ge 40 ]
    key h
    wait_until 5 no_text_at 300x220+170+70
}

@test "a resized window keeps the picture's shape" {
    start_screen
    paint red red
    start sub zroom-subscriber --view window --stats ipc://red
    wait_for_window
    wait_until 5 shows_at 320 180 254 0 0
    xdotool windowsize "$WINDOW" 900 300 # 533x300 fits, in the middle
    wait_until 5 window_is 900x300
    wait_until 5 shows_at 190 150 254 0 0
    pixel_is now.png 710 150 254 0 0
    pixel_is now.png 175 150 16 16 16
    pixel_is now.png 725 150 16 16 16
    xdotool windowsize "$WINDOW" 400 600 # 400x225
    wait_until 5 window_is 400x600
    wait_until 5 shows_at 395 195 254 0 0
    pixel_is now.png 5 405 254 0 0
    pixel_is now.png 200 180 16 16 16
    pixel_is now.png 200 420 16 16 16
}

@test "the first picture sets the size of the window" {
    start_screen
    paint wide red 480x200
    start sub zroom-subscriber --view window --stats ipc://wide
    wait_for_window
    wait_until 5 window_is 480x200
}

@test "a picture larger than the screen is made to fit" {
    start_screen
    paint large red 2560x1440
    start sub zroom-subscriber --view window --stats ipc://large
    wait_for_window
    wait_until 5 window_is 1280x720
    wait_until 5 shows_at 1270 710 254 0 0
}

@test "f fills the screen and gives it back" {
    start_screen
    start_window_manager
    paint red red
    start sub zroom-subscriber --view window --stats ipc://red
    wait_for_window
    wait_until 5 window_is 640x360
    key f
    wait_until 5 window_is 1280x800
    wait_until 5 shows_at 1270 700 254 0 0
    pixel_is now.png 640 20 16 16 16 # 16:9 on 16:10
    key f
    wait_until 5 window_is 640x360
    wait_until 5 shows_at 320 300 254 0 0
}

@test "an unmapped window delays nothing" {
    start_screen
    start pub zroom-publisher "$CLIP" --bind "$(endpoint video)"
    start sub zroom-subscriber --view window --stats "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].shown > 1'
    find_window
    xdotool windowunmap "$WINDOW"
    hidden_keeps_its_rate
    xdotool windowmap "$WINDOW"
    received=$(stat sub '.streams[0].received')
    wait_until 10 stat_is sub ".streams[0].received > $received + 20"
    find_window
    wait_until 5 text_at $OVERLAY
}

@test "a minimised window delays nothing" {
    start_screen
    start_window_manager
    start pub zroom-publisher "$CLIP" --bind "$(endpoint video)"
    start sub zroom-subscriber --view window --stats "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].shown > 1'
    find_window
    xdotool windowminimize "$WINDOW"
    hidden_keeps_its_rate
}

# From here on, with lines of --stats that all are of now.
hidden_keeps_its_rate() {
    wait_until 5 not_visible
    : >sub.out
    wait_until 45 at_20 received sub
    stat_is sub '.streams[0].age_ms.p99 < 1000'
}

not_visible() { ! xwininfo -id "$WINDOW" | grep -q IsViewable; }

@test "closing the window ends it with 0" {
    start_screen
    start_window_manager
    paint red red
    start sub zroom-subscriber --view window --stats ipc://red
    wait_for_window
    key ctrl+alt+x # asks cwm to, as the button of a frame does
    finish sub 5
    [ "$status" -eq 0 ]
}

@test "a display that dies ends it with 1 and one line" {
    start_screen
    paint red red
    start sub zroom-subscriber --view window --stats ipc://red
    wait_for_window
    kill -KILL "${PID[xvfb]}"
    finish sub 5
    [ "$status" -eq 1 ]
    [ "$(grep -c ' E window: ' sub.err)" -eq 1 ]
    ! grep -q -e Assertion -e Sanitizer sub.err
}

@test "a display that is not there is one line, and 1" {
    start sub env DISPLAY=:4711 zroom-subscriber --view window "$(endpoint video)"
    finish sub 5
    [ "$status" -eq 1 ]
    [ "$(grep -c ' E ' sub.err)" -eq 1 ]
    says sub "--view terminal"
}
