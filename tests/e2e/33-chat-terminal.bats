#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The room in a terminal, which here is tmux: what stands in its cells can be read. A
# line that arrives never breaks the one being typed.

load lib
load chat

eval "end_all() $(declare -f teardown | tail -n +2)" # lib's, which is called at the end

TMUX_COMMAND=(tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null)

pane() { "${TMUX_COMMAND[@]}" "$@"; }
type_line() { pane send-keys -l "$1" && pane send-keys Enter; }

# What the terminal shows: text, or with -e colours too.
screen() { pane capture-pane -p "$@"; }
screen_has() { screen | grep -qF -- "$1"; }
line_is() { screen | grep -qxF -- "$1"; }
last_line_is() { [ "$(screen | sed '/^$/d' | tail -n 1)" = "$1" ]; }
cursor_is_behind() { [ "$(pane display-message -p '#{cursor_x}')" -eq "${#1}" ]; }

# A test that failed shows what stood on the terminal.
teardown() {
    [ -n "${BATS_TEST_COMPLETED:-}" ] || pane capture-pane -p 2>/dev/null | sed 's/^/# | /' || true
    end_all
}

# start_terminal [COLUMNS ROWS]: a shell in it, and a room. chat ARGUMENT... runs
# zroom-chat there; its exit status and the modes around it end up in files.
start_terminal() {
    command -v tmux >/dev/null || skip "tmux is not installed"
    export LC_ALL=C.UTF-8
    unset TMUX COLORTERM
    start tmux "${TMUX_COMMAND[@]}" -D
    wait_until 10 pane set-option -g history-limit 1000
    pane new-session -d -x "${1:-80}" -y "${2:-24}" "exec env PS1='$ ' sh -i"
    wait_until 10 last_line_is '$'
    cat >job <<'JOB'
trap : INT QUIT
stty -g >before
sh -c 'echo $$ >pid; exec zroom-chat "$@"' sh "$@"
echo $? >rc
stty -g >after.part
mv after.part after
JOB
    ROOM=$(endpoint room)
    [ "${3:-}" = "no room" ] || start_room --history history.db
}

chat() { type_line "clear; sh job $* $ROOM"; }

# ended STATUS: whether the program is gone and the terminal is what it was.
ended() {
    wait_until 10 test -e after
    [ "$(cat rc)" -eq "$1" ]
    cmp before after
    [ "$(pane display-message -p '#{alternate_on} #{cursor_flag} #{wrap_flag}')" = "0 1 1" ]
    type_line "echo the sh''ell is back"
    wait_until 10 line_is "the shell is back"
    rm -f before after rc
}

@test "a half-typed line is whole while ten arrive, and is said as it was typed" {
    local i
    start_terminal
    enter bob
    chat --nick ana
    wait_until 10 last_line_is "ana>"
    pane send-keys -l "half of what I"
    wait_until 10 last_line_is "ana> half of what I"
    for i in 1 2 3 4 5 6 7 8 9 10; do type_to bob "line $i of ten"; done
    wait_until 10 screen_has "<bob> line 10 of ten"
    wait_until 10 last_line_is "ana> half of what I"
    cursor_is_behind "ana> half of what I"
    [ "$(screen | grep -c "half of what I")" -eq 1 ]
    for i in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(screen | grep -cE "^[0-9]{2}:[0-9]{2} <bob> line $i of ten\$")" -eq 1 ]
    done
    pane send-keys -l " wanted to say"
    wait_until 10 last_line_is "ana> half of what I wanted to say"
    pane send-keys Enter
    wait_until 10 saw bob '.from == "ana" and .text == "half of what I wanted to say"'
    wait_until 10 screen_has "<ana> half of what I wanted to say"
    wait_until 10 last_line_is "ana>"
    [ "$(screen | grep -c "half of what I")" -eq 1 ]
}

@test "a half-typed line longer than the terminal survives what arrives, in any script" {
    local text i
    text="שלום é 大家好 and this is long enough for more than one row of forty columns 🦊"
    start_terminal 40 24
    enter bob
    chat --nick ana
    wait_until 10 last_line_is "ana>"
    pane send-keys -l "$text"
    wait_until 10 screen_has "🦊"
    for i in 1 2 3 4 5; do type_to bob "another $i"; done
    wait_until 10 screen_has "<bob> another 5"
    [ "$(screen | grep -c "ana> ")" -eq 1 ]
    pane send-keys Enter
    wait_until 10 saw bob '.from == "ana"'
    [ "$(shown bob | tail -n 1 | cut -f 3)" = "$text" ]
}

@test "typing and arriving at the same time lose no key and no line" {
    local i word
    start_terminal
    enter bob
    chat --nick ana
    wait_until 10 last_line_is "ana>"
    seq -f "busy %.0f" 150 >&"${STDIN[bob]}"
    for i in 1 2 3 4 5 6 7 8 9 10; do
        for word in quick brown fox; do pane send-keys -l "$word$i "; done
        pane send-keys Enter
    done
    for i in 1 2 3 4 5 6 7 8 9 10; do
        wait_until 10 saw bob ".from == \"ana\" and .text == \"quick$i brown$i fox$i\""
    done
    wait_until 10 last_line_is "ana>"
}

@test "Tab completes the names of who is here, and the commands" {
    start_terminal
    enter benedict
    chat --nick ana
    wait_until 10 last_line_is "ana>"
    wait_until 10 screen_has "benedict"
    pane send-keys -l "/ms"
    pane send-keys Tab
    wait_until 10 last_line_is "ana> /msg"
    pane send-keys -l "ben"
    pane send-keys Tab
    pane send-keys -l "psst"
    wait_until 10 last_line_is "ana> /msg benedict psst"
    pane send-keys Enter
    wait_until 10 saw benedict '.kind == "msg" and .text == "psst"'
    wait_until 10 screen_has "<ana -> benedict> psst"
}

@test "the own lines are there again with the arrow key" {
    start_terminal
    chat --nick ana
    wait_until 10 last_line_is "ana>"
    type_line "the first"
    wait_until 10 screen_has "<ana> the first"
    type_line "the second"
    wait_until 10 screen_has "<ana> the second"
    pane send-keys Up Up
    wait_until 10 last_line_is "ana> the first"
}

@test "a name that is taken is asked for again" {
    start_terminal
    enter bob
    chat --nick Bob
    wait_until 10 screen_has "\"Bob\" is taken; choose another name"
    wait_until 10 last_line_is "nickname:"
    type_line "two words"
    wait_until 10 screen_has "no blanks"
    wait_until 10 last_line_is "nickname:"
    type_line "bobby"
    wait_until 10 last_line_is "bobby>"
    type_line "hello"
    wait_until 10 saw bob '.from == "bobby" and .text == "hello"'
}

@test "a broker that goes is said at once, what is typed is kept, its return is said" {
    start_terminal
    enter bob
    chat --nick ana
    wait_until 10 last_line_is "ana>"
    pane send-keys -l "before and"
    wait_until 10 last_line_is "ana> before and"
    kill_room
    wait_until 3 screen_has "trying again"
    wait_until 3 last_line_is "(no room) ana> before and"
    pane send-keys -l " after"
    pane send-keys Enter
    wait_until 10 screen_has "waits for the room: before and after"
    start_room --history history.db
    wait_until 15 screen_has "back in the room"
    wait_until 15 last_line_is "ana>"
    wait_until 15 saw bob '.from == "ana" and .text == "before and after"'
    wait_until 10 screen_has "<ana> before and after"
}

@test "a room that is not there yet is said, and found when it comes" {
    start_terminal 80 24 "no room"
    chat --nick ana
    wait_until 10 screen_has "trying again"
    start_room
    wait_until 15 screen_has "in the room as ana"
    wait_until 10 last_line_is "ana>"
}

@test "/quit, Ctrl-D, Ctrl-C, SIGTERM: each ends it well, the terminal is as before" {
    local way
    start_terminal
    enter bob
    for way in /quit C-d C-c TERM; do
        chat --nick ana
        wait_until 10 last_line_is "ana>"
        case $way in
        /quit) type_line /quit ;;
        TERM) kill "$(cat pid)" ;;
        *) pane send-keys "$way" ;;
        esac
        ended 0
    done
    wait_until 10 count_is bob '.event == "left" and .nick == "ana" and .why == "left"' 4
}

@test "Ctrl-Z gives the terminal back, and fg takes it again" {
    start_terminal
    enter bob
    type_line "clear; zroom-chat --nick ana $ROOM"
    wait_until 10 last_line_is "ana>"
    pane send-keys C-z
    wait_until 10 last_line_is '$'
    type_line "fg"
    wait_until 10 last_line_is "ana>"
    type_line "I am back"
    wait_until 10 saw bob '.from == "ana" and .text == "I am back"'
}

@test "names have colours, and none with NO_COLOR" {
    start_terminal
    enter bob
    chat --nick ana
    wait_until 10 last_line_is "ana>"
    type_to bob "colours"
    wait_until 10 screen_has "<bob> colours"
    screen -e | grep "colours" | grep -q $'\e\[3'
    pane send-keys C-d
    ended 0
    type_line "export NO_COLOR=1"
    chat --nick ana
    wait_until 10 last_line_is "ana>"
    type_to bob "plain"
    wait_until 10 screen_has "<bob> plain"
    [ "$(screen -e | grep -c $'\e\[3[0-9]')" -eq 0 ]
}

@test "with --bell the own name rings, and other words do not" {
    start_terminal
    enter bob
    chat --nick ana --bell
    wait_until 10 last_line_is "ana>"
    pane pipe-pane "cat >raw"
    type_to bob "banana"
    wait_until 10 grep -q banana raw
    [ "$(tr -dc '\a' <raw | wc -c)" -eq 0 ]
    type_to bob "are you there, Ana?"
    wait_until 10 grep -q "are you there" raw
    wait_until 10 grep -qa $'\a' raw
}

@test "a narrow terminal and a resize in the middle of a line keep the line" {
    start_terminal
    enter bob
    chat --nick ana
    wait_until 10 last_line_is "ana>"
    pane send-keys -l "one two three four five six seven eight"
    wait_until 10 screen_has "eight"
    pane resize-window -x 30 -y 10
    type_to bob "still there?"
    wait_until 10 screen_has "<bob> still there?"
    wait_until 10 screen_has "eight"
    pane send-keys -l " nine"
    pane send-keys Enter
    wait_until 10 saw bob '.text == "one two three four five six seven eight nine"'
}
