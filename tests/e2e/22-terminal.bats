# SPDX-License-Identifier: MPL-2.0
# Pictures in a terminal, which here is tmux: what stands in its cells can be read. The
# terminal must be as it was afterwards, however the program ends (SIGKILL excepted).

load lib

TMUX_COMMAND=(tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null)

pane() { "${TMUX_COMMAND[@]}" "$@"; }

# start_terminal [COLUMNS ROWS]: with a shell in it, and a word on it that must survive.
start_terminal() {
    command -v tmux >/dev/null || skip "tmux is not installed"
    export LC_ALL=C.UTF-8
    unset TMUX COLORTERM
    # As a child of ours, so that teardown ends it, and all that runs in it.
    start tmux "${TMUX_COMMAND[@]}" -D
    wait_until 10 pane set-option -g history-limit 100
    pane new-session -d -x "${1:-100}" -y "${2:-30}" "exec env PS1='> ' sh -i"
    wait_until 10 line_is ">" # it would forget what is typed before
    type_line "ulimit -c 0; echo still here"
    wait_until 10 line_is "still here"
    # The program's process id, exit status, and the modes around it end up in files.
    cat >job <<'JOB'
trap : INT QUIT
stty -g >before
sh -c 'echo $$ >pid; exec zroom-subscriber --view terminal "$@"' sh "$@"
echo $? >rc
stty -g >after.part
mv after.part after
JOB
}

type_line() { pane send-keys -l "$1" && pane send-keys Enter; }

# What the terminal shows: text, or with -e colours too.
screen() { pane capture-pane -p "$@"; }
screen_has() { screen | grep -qF -- "$1"; }
screen_lacks() { ! screen_has "$1"; }
line_is() { screen | grep -qxF -- "$1"; }
last_line_has() { pane capture-pane -p | tail -n 1 | grep -qE -- "$1"; }

# Whether the pattern's bars are there, in colours of the 256.
bars_are_there() {
    local cells colour
    cells=$(screen -e | sed -n 3p)
    for colour in 250 142 37 34 127 124 19; do
        grep -q "[34]8;5;${colour}m" <<<"$cells" || return 1
    done
}

flags() { pane display-message -p '#{alternate_on} #{cursor_flag} #{wrap_flag}'; }
in_picture() { [ "$(flags | cut -c 1-3)" = "1 0" ]; }

# ended STATUS: whether the program is gone and the terminal is what it was.
ended() {
    wait_until 5 test -e after
    [ "$(cat rc)" -eq "$1" ]
    cmp before after
    [ "$(flags)" = "0 1 1" ]
    screen_has "still here"
}

# show ENDPOINT...: starts the subscriber in the terminal, until it has its screen.
show() {
    type_line "sh job $*"
    wait_until 10 in_picture
}

@test "the pattern is shown in coloured cells, with its figures in the last line" {
    start_terminal
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    show "$(endpoint video)"
    wait_until 10 bars_are_there
    wait_until 10 last_line_has '[23][0-9]\.[0-9] fps  640x360  .*lost [0-9]'
}

@test "q ends it and leaves the terminal as it was" {
    start_terminal
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    show "$(endpoint video)"
    wait_until 10 last_line_has 640x360
    pane send-keys q
    ended 0
    # What was to be said meanwhile is said now, and not over the picture.
    screen_has 'I subscriber: stream'
}

# signalled SIGNAL STATUS: in the midst of pictures.
signalled() {
    start_terminal
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    show "$(endpoint video)"
    wait_until 10 last_line_has 640x360
    kill "-$1" "$(cat pid)"
    ended "$2"
}

@test "SIGTERM leaves the terminal as it was" { signalled TERM 0; }
@test "SIGINT leaves the terminal as it was" { signalled INT 0; }
@test "SIGQUIT leaves the terminal as it was" { signalled QUIT 131; }
@test "SIGABRT leaves the terminal as it was" { signalled ABRT 134; }
@test "SIGHUP leaves the terminal as it was" { signalled HUP 129; }

@test "SIGSEGV leaves the terminal as it was" {
    nm -D "$BUILD/bin/zroom-subscriber" | grep -q __asan && skip "the sanitizer has its own exit status"
    signalled SEGV 139
}

@test "Ctrl-C ends it while it waits, too" {
    start_terminal
    show "$(endpoint video)"
    wait_until 10 screen_has "waiting for a stream"
    pane send-keys C-c
    ended 0
}

@test "Ctrl-Z gives the terminal back, and fg takes it again" {
    start_terminal
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    type_line "zroom-subscriber --view terminal $(endpoint video)"
    wait_until 10 in_picture
    wait_until 10 bars_are_there
    pane send-keys C-z
    wait_until 5 screen_has "still here"
    [ "$(flags)" = "0 1 1" ]
    type_line "echo in 'between'"
    wait_until 5 line_is "in between"
    type_line fg
    wait_until 5 in_picture
    wait_until 5 bars_are_there
    pane send-keys q
    wait_until 5 screen_has "in between"
    [ "$(flags)" = "0 1 1" ]
}

@test "the picture goes with the size of the terminal" {
    start_terminal 100 30
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    show "$(endpoint video)"
    wait_until 10 bars_are_there
    for size in 60x15 140x40 12x4; do
        pane resize-window -x "${size%x*}" -y "${size#*x}"
        wait_until 5 fills "${size%x*}" "${size#*x}"
    done
    pane resize-window -x 100 -y 30
    wait_until 5 bars_are_there
    wait_until 5 last_line_has 640x360
}

# Whether a picture of 16:9 is as wide as so many columns and rows allow, in the middle,
# and the text in the last line. Cells are twice as high as wide.
fills() {
    local wide=$((($2 - 1) * 2 * 16 / 9)) first last
    [ "$wide" -le "$1" ] || wide=$1
    read -r first last < <(screen -e -N | sed -n "$(($2 / 3 + 1))p" | painted_columns)
    local off=$((last - first + 1 - wide)) aside=$((first + last - $1))
    [ "${off#-}" -le 1 ] && [ "${aside#-}" -le 2 ] && screen | tail -n 1 | grep -q '[^ ]'
}

# The first and the last column of a line that have a background of their own.
painted_columns() {
    "$PYTHON" -c '
import re, sys
column, painted, on = 0, [], False
for codes, cell in re.findall("\x1b\\[([0-9;]*)m|(.)", sys.stdin.readline().strip("\n")):
    if cell:
        painted += [column] if on else []
        column += 1
    elif codes in ("", "0", "49"):
        on = False
    elif codes == "7" or codes.startswith("48;"):
        on = True
print(*(painted[:1] + painted[-1:] if painted else (0, 0)))'
}

@test "o takes the figures away and back" {
    start_terminal
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    show "$(endpoint video)"
    wait_until 10 screen_has "640x360"
    pane send-keys o
    wait_until 5 screen_lacks "640x360"
    pane send-keys o
    wait_until 5 screen_has "640x360"
}

@test "h lists the keys and takes the list away" {
    start_terminal
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    show "$(endpoint video)"
    wait_until 10 screen_has "640x360"
    pane send-keys h
    wait_until 5 screen_has "next / grid"
    screen_has "snapshot"
    pane send-keys h
    wait_until 5 screen_lacks "next / grid"
}

@test "space freezes the picture and lets it go on" {
    start_terminal
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    show "$(endpoint video)"
    wait_until 10 screen_has "640x360"
    pane send-keys Space
    wait_until 5 last_line_has frozen
    pane send-keys Space
    wait_until 5 screen_lacks frozen
}

@test "s saves a snapshot, which is told when the terminal is back" {
    start_terminal
    start pub zroom-publisher pattern --bind "ipc://video"
    show ipc://video
    wait_until 10 screen_has "640x360"
    pane send-keys s
    wait_until 5 there_is 'video-*.jpg'
    screen_lacks "snapshot:"
    [ "$(head -c 3 video-*.jpg | od -An -tx1)" = " ff d8 ff" ]
    pane send-keys q
    ended 0
    screen_has "I snapshot: ./video-"
}

@test "two streams are a grid, and Tab goes through them" {
    start_terminal
    start one zroom-publisher pattern --width 320 --bind ipc://one
    start two zroom-publisher pattern --width 480 --bind ipc://two
    show ipc://one ipc://two
    wait_until 10 both_are_shown
    pane send-keys Tab
    wait_until 5 one_is_shown
    first=$shown
    pane send-keys Tab
    wait_until 5 other_is_shown "$first"
    pane send-keys Tab
    wait_until 5 both_are_shown
}

# In the grid each stands under its picture, in the middle; alone, on the left.
both_are_shown() { screen_has " one  " && screen_has " two  "; }
one_is_shown() { shown=$(screen | tail -n 1 | grep -oE '^(one|two)  '); }
other_is_shown() { one_is_shown && [ "$shown" != "$1" ]; }

@test "what is being waited for is said, and how long a stream is silent" {
    start_terminal
    show ipc://video
    wait_until 5 screen_has "waiting for a stream: video does not answer yet"
    start pub zroom-publisher pattern --wait-viewers 2 --bind ipc://video
    wait_until 10 screen_has "connected to video; waiting for a stream"
    stop pub
    start pub zroom-publisher pattern --bind ipc://video
    wait_until 10 bars_are_there
    screen_lacks "waiting"
    kill -STOP "${PID[pub]}"
    wait_until 10 last_line_has 'no picture for [23] s'
    wait_until 10 last_line_has 'no picture for [4-6] s'
    kill -CONT "${PID[pub]}"
    wait_until 10 screen_lacks 'no picture'
}

@test "without UTF-8 there is nothing but ASCII" {
    start_terminal
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    type_line "LC_ALL=C zroom-subscriber --view terminal $(endpoint video)"
    wait_until 10 in_picture
    wait_until 10 bars_are_there
    [ "$(screen | LC_ALL=C tr -d '\000-\177' | wc -c)" -eq 0 ]
}

@test "in a terminal without a display it chooses the terminal by itself" {
    start_terminal
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    type_line "zroom-subscriber $(endpoint video)"
    wait_until 10 in_picture
    wait_until 10 bars_are_there
}

@test "where stdout is no terminal, --view terminal is one line, and 1" {
    start sub zroom-subscriber --view terminal "$(endpoint video)"
    finish sub 5
    [ "$status" -eq 1 ]
    [ "$(wc -l <sub.err)" -eq 1 ]
    says sub "stdout is no terminal"
}

@test "a terminal that cannot place its cursor is refused with a line, and 1" {
    start_terminal
    type_line "TERM=dumb zroom-subscriber --view terminal $(endpoint video); echo rc=\$?"
    wait_until 5 line_is "rc=1"
    screen_has "E view_terminal: TERM"
}
