# SPDX-License-Identifier: MPL-2.0
# Rooms of many streams in a window: each keeps its shape in the grid, a click enlarges
# one, who leaves disappears, and what is recorded or saved is the JPEG as it came
# however small it is shown.

load lib
load screen

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

# Whether so many streams have been shown more than once.
all_shown() { stat_is sub "[.streams[] | select (.shown > 1)] | length == $1"; }

# extent FILE R G B: "WIDTH HEIGHT X Y" of all that has that colour in a shot; zeroes if
# nothing has.
extent() {
    $CONVERT "$1" -fuzz 6% -fill '#fffffe' -opaque "rgb($2,$3,$4)" -fuzz 0% -fill black \
        +opaque '#fffffe' -trim -format '%w %h %X %Y %[fx:mean>0]' info: 2>/dev/null |
        tr -d + | awk '{ print $5 ? $1 " " $2 " " $3 " " $4 : "0 0 0 0" }'
}

RED=(254 0 0)
BLUE=(0 0 254)
LIME=(0 255 0)
YELLOW=(255 255 0)

# shape_is R G B PERCENT: whether what has that colour is so much wider than high. Letters
# over it are white, and so are left out.
shape_is() {
    shot now.png
    local wide high x y
    read -r wide high x y <<<"$(extent now.png "$1" "$2" "$3")"
    [ "$high" -gt 20 ] && [ $((100 * wide / high - $4)) -le 3 ] &&
        [ $(($4 - 100 * wide / high)) -le 3 ]
}

# Four streams of three shapes in a window of 1000x600.
four_streams() {
    start_screen
    paint red 'rgb(254,0,0)' 1280x720
    paint blue 'rgb(0,0,254)' 360x640
    paint lime 'rgb(0,255,0)' 640x480
    paint yellow 'rgb(255,255,0)' 640x360
    start sub zroom-subscriber --view window --stats "$@" ipc://red ipc://blue ipc://lime ipc://yellow
    wait_until 20 all_shown 4
    find_window
    xdotool windowmove "$WINDOW" 0 0 windowsize "$WINDOW" 1000 600
    wait_until 5 window_is 1000x600
    wait_until 5 shape_is "${RED[@]}" 177
}

# click X Y [TIMES]: within the window.
click() {
    measure_window
    xdotool mousemove $((X + $1)) $((Y + $2)) click --repeat "${3:-1}" --delay 50 1
}

# middle_of R G B: sets X0 and Y0 to where that colour's middle is.
middle_of() {
    shot now.png
    local wide high x y
    read -r wide high x y <<<"$(extent now.png "$@")"
    X0=$((x + wide / 2)) Y0=$((y + high / 2))
}

@test "every tile keeps the shape of its picture, all are of one height, and none overlaps" {
    four_streams
    shape_is "${BLUE[@]}" 56
    shape_is "${LIME[@]}" 133
    shape_is "${YELLOW[@]}" 177
    local colour wide high x y heights=
    for colour in "${RED[*]}" "${BLUE[*]}" "${LIME[*]}" "${YELLOW[*]}"; do
        # shellcheck disable=SC2086 # three numbers
        read -r wide high x y <<<"$(extent now.png $colour)"
        heights+="$high "
        # Its name stands under it, and not on it.
        [ "$(white now.png "80x26+$((x + 4))+$((y + high))")" -ge 20 ]
        [ "$colour" = "${YELLOW[*]}" ] || [ "$(white now.png "${wide}x${high}+$x+$y")" -eq 0 ]
    done
    read -ra heights <<<"$(xargs -n 1 <<<"$heights" | sort -n | xargs)"
    [ $((heights[3] - heights[0])) -le 1 ]
}

@test "a click enlarges a tile, and another one goes back" {
    four_streams
    middle_of "${LIME[@]}"
    click "$X0" "$Y0"
    wait_until 5 is_high "${LIME[@]}" 600
    shape_is "${LIME[@]}" 133
    sleep_apart
    click 500 300
    wait_until 5 shape_is "${RED[@]}" 177
    shape_is "${BLUE[@]}" 56
    # Between tiles there is nothing to click at.
    sleep_apart
    click 2 2
    key o
    wait_until 5 shape_is "${RED[@]}" 177
}

# is_high R G B HEIGHT: whether what has that colour is as high, but for words over it.
is_high() {
    shot now.png
    local high
    read -r _ high _ _ <<<"$(extent now.png "$1" "$2" "$3")"
    [ "$high" -ge $(($4 - 30)) ] && [ "$high" -le "$4" ]
}

# Two clicks that come close together are one double click.
sleep_apart() { sleep 0.6; }

@test "Esc goes back to the grid, and from there it quits; Tab goes round" {
    four_streams
    key Tab
    wait_until 5 one_colour_in_the_middle
    key Escape
    wait_until 5 shape_is "${BLUE[@]}" 56
    for _ in 1 2 3 4; do
        key Tab
        wait_until 5 one_colour_in_the_middle
    done
    key Tab
    wait_until 5 shape_is "${BLUE[@]}" 56
    gone "${PID[sub]}" && return 1
    key Escape
    finish sub 5
    [ "$status" -eq 0 ]
}

# Whether only one of the four is to be seen.
one_colour_in_the_middle() {
    shot now.png
    local colour seen=0 wide high
    for colour in "${RED[*]}" "${BLUE[*]}" "${LIME[*]}" "${YELLOW[*]}"; do
        # shellcheck disable=SC2086 # three numbers
        read -r wide high _ _ <<<"$(extent now.png $colour)"
        [ "$high" -ge 500 ] && seen=$((seen + 10))
        [ "$wide" -lt 1000 ] && [ "$high" -gt 40 ] && [ "$high" -lt 500 ] && seen=$((seen + 1))
    done
    [ "$seen" -eq 10 ]
}

@test "a double click fills the screen with the stream" {
    start_screen 1280x800
    start_window_manager
    paint red 'rgb(254,0,0)'
    paint blue 'rgb(0,0,254)'
    start sub zroom-subscriber --view window --stats ipc://red ipc://blue
    wait_until 20 all_shown 2
    find_window
    wait_until 5 window_is 640x360
    wait_until 5 shape_is "${RED[@]}" 177
    middle_of "${RED[@]}"
    click "$X0" "$Y0" 2
    wait_until 5 window_is 1280x800
    wait_until 5 shows_at 640 700 "${RED[@]}"
    pixel_is now.png 1200 400 "${RED[@]}"
}

@test "what is not shown is not decoded, but received and measured" {
    start_screen
    # Without names, so that they are not simply left alone while nobody sees them.
    for name in ana bob; do start $name zroom-publisher pattern --bind "ipc://$name"; done
    start sub zroom-subscriber --view window --stats ipc://ana ipc://bob
    wait_until 20 all_shown 2
    find_window
    key Tab
    wait_until 10 one_is_hidden
    received=$(stat sub "$HIDDEN.received")
    shown=$(stat sub "$HIDDEN.shown")
    wait_until 10 stat_is sub "$HIDDEN.received > $received + 40"
    stat_is sub "$HIDDEN | .shown == $shown and .lost < 10 and .width > 0 and .age_ms.p50 < 1000"
    key Tab Tab
    wait_until 10 stat_is sub '[.streams[] | select (.fps > 10)] | length == 2'
}

# Sets HIDDEN to the filter of the one whose pictures are not shown.
one_is_hidden() {
    for HIDDEN in ".streams[0]" ".streams[1]"; do
        stat_is sub "$HIDDEN.fps == 0" && return
    done
    return 1
}

@test "a newcomer appears; who leaves disappears, also when enlarged" {
    start_screen
    for name in ana bob; do start $name zroom-publisher pattern --name $name --bind "ipc://$name"; done
    start sub zroom-subscriber --view window --stats ipc://ana ipc://bob ipc://carla
    wait_until 20 all_shown 2
    find_window
    start carla zroom-publisher pattern --width 320 --name carla --bind ipc://carla
    wait_until 15 all_shown 3
    wait_until 5 text_at 320x28+160+320 # the name of the third, in the second row
    key Tab Tab Tab # the one that came last
    wait_until 10 stat_is sub '[.streams[] | select (.fps > 5)] | [length, .[0].stream] == [1, "carla"]'
    kill -KILL "${PID[carla]}"
    wait_until 15 stat_is sub '[.streams[].stream] | sort == ["ana", "bob"]'
    wait_until 10 stat_is sub '[.streams[] | select (.fps > 5)] | length == 2' # the grid
    kill -KILL "${PID[ana]}"
    wait_until 15 stat_is sub '[.streams[].stream] == ["bob"]'
    wait_until 5 text_at 200x24+0+0 # alone: its figures are over it
    kill -KILL "${PID[bob]}"
    wait_until 15 stat_is sub '.streams == []'
    wait_until 5 text_at 400x40+120+160 # waiting for a stream
}

@test "a snapshot of a small tile is the JPEG as it came" {
    four_streams --snapshot-dir .
    xdotool windowsize "$WINDOW" 320 200
    wait_until 5 window_is 320x200
    wait_until 5 shape_is "${RED[@]}" 177
    received=$(stat sub '.streams[0].received')
    wait_until 5 stat_is sub ".streams[0].received > $received + 20" # decoded small now
    stat_is sub '[.streams[].width] | sort == [360, 640, 640, 1280]'
    key s
    for name in red blue lime yellow; do
        wait_until 5 there_is "$name-*.jpg"
        cmp $name.jpg $name-*.jpg
    done
}

@test "a recording has every stream in full, whichever is enlarged" {
    command -v ffprobe >/dev/null || skip "ffprobe is not installed"
    four_streams --record all.mkv
    key Tab
    wait_until 5 one_colour_in_the_middle
    received=$(stat sub '.streams[3].received')
    wait_until 10 stat_is sub ".streams[3].received > $received + 60"
    total=$(stat sub '[.streams[].received] | add')
    stop sub
    [ "$status" -eq 0 ]
    sizes='' pictures=0
    for file in all*.mkv; do
        sizes+="$(ffprobe -v error -show_entries stream=width,height -of csv=p=0 "$file") "
        pictures=$((pictures + $(ffprobe -v error -count_packets -show_entries \
            stream=nb_read_packets -of csv=p=0 "$file")))
    done
    [ "$(tr ' ' '\n' <<<"$sizes" | grep . | sort | xargs)" = "1280,720 360,640 640,360 640,480" ]
    # All but what came while the decoder was at another one.
    [ "$pictures" -ge $((total * 9 / 10)) ]
}
