# SPDX-License-Identifier: MPL-2.0
# zroom-publisher --preview: one sees what the viewers see, in a subscriber of its own.

load lib
load screen

preview_is_gone() { ! xdotool search --onlyvisible --name '^Zroom$' >/dev/null; }

# The child that the publisher has started; nothing once it has ended.
preview_pid() { ps -o pid= --ppid "${PID[pub]}"; }

@test "--preview opens a window with the stream in it, and it ends with the publisher" {
    start_screen
    start pub zroom-publisher pattern --preview --bind "$(endpoint video)"
    find_window
    wait_until 10 window_is 640x360
    wait_until 10 shows_at 440 60 191 0 0 # the red bar
    preview=$(preview_pid)
    stop pub
    [ "$status" -eq 0 ]
    gone $preview
    preview_is_gone
}

@test "the preview counts as a viewer; closing it does not end the publisher" {
    start_screen
    start pub zroom-publisher pattern --preview --stats --bind "$(endpoint video)"
    find_window
    wait_until 10 stat_is pub '.streams[0].viewers == 1'
    key q
    wait_until 10 preview_is_gone
    wait_until 10 stat_is pub '.streams[0].viewers == 0'
    start sub zroom-subscriber --view none --stats "$(endpoint video)"
    wait_until 10 stat_is sub '.streams[0].received > 5'
    stop pub
    [ "$status" -eq 0 ]
}

@test "the preview of a publisher on all addresses finds it" {
    start_screen
    start pub zroom-publisher pattern --preview --bind "*:$(free_port)"
    find_window
    wait_until 10 shows_at 440 60 191 0 0
}

@test "the preview of a named publisher shows its stream" {
    start_screen
    start pub zroom-publisher pattern --name ana --encoding raw --preview --bind "$(endpoint video)"
    find_window
    wait_until 10 shows_at 440 60 191 0 0
}
