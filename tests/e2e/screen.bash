# SPDX-License-Identifier: MPL-2.0
# What the tests of windows share: a display of their own, the one Zroom window on it,
# keys typed into it, and what is then to be seen. Loaded after lib.

# By full path: other programs of these names are about.
CONVERT=/usr/bin/convert
COMPARE=/usr/bin/compare
IMPORT=/usr/bin/import

# A display, and the tools to look at it. Sets DISPLAY; skips where something is missing.
start_screen() {
    command -v xdotool >/dev/null || skip "xdotool is not installed"
    [ -x $CONVERT ] && [ -x $COMPARE ] && [ -x $IMPORT ] ||
        skip "ImageMagick is not installed"
    start_display "$@"
    # Mesa's drivers leak at their end, from places that no suppression can name since
    # they are unloaded by then.
    if is_sanitized; then export SDL_RENDER_DRIVER=software SDL_FRAMEBUFFER_ACCELERATION=0; fi
}

is_sanitized() { nm -D "$BUILD/bin/zroom-subscriber" 2>/dev/null | grep -q __asan_init; }

# A window manager on it, which full screen, minimising and closing need.
start_window_manager() {
    command -v cwm >/dev/null || skip "cwm, a window manager, is not installed"
    wait_until 20 window_manager_is_up
}

# Started again if it did not find its display.
window_manager_is_up() {
    has_window_manager && return
    if [ -z "${PID[cwm]:-}" ] || gone "${PID[cwm]}"; then start cwm cwm; fi
    return 1
}

has_window_manager() { xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'; }

# find_window: waits for the one visible Zroom window and sets WINDOW.
find_window() { wait_until 15 window_is_there; }

# SDL may replace its first window by another one, so what was found before may be old.
window_is_there() {
    local found
    found=$(xdotool search --onlyvisible --name '^Zroom$' 2>/dev/null) &&
        [ "$(wc -w <<<"$found")" -eq 1 ] && WINDOW=$found
}

# key KEY...: types into the window.
key() { find_window && xdotool windowfocus --sync "$WINDOW" key "$@"; }

# Sets X, Y, WIDTH and HEIGHT of the window on the screen.
measure_window() {
    window_is_there
    eval "$(xdotool getwindowgeometry --shell "$WINDOW" | grep -E '^(X|Y|WIDTH|HEIGHT)=')"
}

window_is() { # WIDTHxHEIGHT
    measure_window
    [ "${WIDTH}x$HEIGHT" = "$1" ]
}

# shot FILE.png: what the screen shows where the window is. Waits for nothing.
shot() {
    measure_window
    $IMPORT -silent -window root -crop "${WIDTH}x$HEIGHT+$X+$Y" +repage -depth 8 "$1"
}

# pixel FILE X Y: "R G B".
pixel() {
    $CONVERT "$1" -crop "1x1+$2+$3" +repage -depth 8 rgb:- | od -An -tu1 | xargs
}

# pixel_is FILE X Y R G B: whether it has that colour, as far as JPEG keeps it.
pixel_is() {
    local seen wanted i
    read -ra seen <<<"$(pixel "$1" "$2" "$3")"
    wanted=("$4" "$5" "$6")
    for i in 0 1 2; do
        [ $((seen[i] - wanted[i])) -le 12 ] && [ $((wanted[i] - seen[i])) -le 12 ] || return 1
    done
}

# shows_at X Y R G B: takes a shot, and whether the window has that colour there now.
shows_at() { shot now.png && pixel_is now.png "$@"; }

# white FILE GEOMETRY: how many pixels of that part are as white as letters are.
white() {
    $CONVERT "$1" -crop "$2" +repage -colorspace Gray -threshold 85% \
        -format '%[fx:round(mean*w*h)]' info:
}

# text_at GEOMETRY: takes a shot, and whether letters stand there now.
text_at() { shot now.png && [ "$(white now.png "$1")" -ge 40 ]; }
no_text_at() { shot now.png && [ "$(white now.png "$1")" -lt 5 ]; }

# likeness A B: their PSNR in dB, rounded down; 99 if they are equal.
likeness() {
    local db
    db=$($COMPARE -metric PSNR "$1" "$2" null: 2>&1) || true
    case $db in inf*) echo 99 ;; *) echo "${db%%.*}" ;; esac
}

# differ A B GEOMETRY: whether two shots are not the same in that part.
differ() {
    ! cmp -s <($CONVERT "$1" -crop "$3" +repage rgb:-) <($CONVERT "$2" -crop "$3" +repage rgb:-)
}
