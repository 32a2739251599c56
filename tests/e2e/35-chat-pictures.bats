#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The chat where the pictures are: over them in the subscriber's window, and in the
# terminal of a publisher.

load lib
load screen
load chat

# A room, a stream, and a window with the chat of ana, alone in the room so far.
start_chat_window() {
    start_screen
    start_room --history none
    start pub zroom-publisher pattern --width 640 --bind "$(endpoint video)"
    start sub zroom-subscriber --view window --nick ana --room "$ROOM" "$(endpoint video)"
    find_window
    wait_until 15 window_is 640x360
    enter bob
    wait_until 5 saw bob '.event == "names" and (.nicks | index ("ana")) or
        (.event == "joined" and .nick == "ana")'
}

@test "a line typed in the window is said, and its letters are no keys" {
    start_chat_window
    key Return
    xdotool type --delay 30 "hello q s"
    key Return
    wait_until 10 saw bob '.event == "line" and .from == "ana" and .text == "hello q s"'
    ! gone "${PID[sub]}"
    [ -z "$(ls -- *.jpg 2>/dev/null)" ]
    key q # and now it is one again
    finish sub 5
    [ "$status" -eq 0 ]
}

@test "what others say stands over the picture, and fades" {
    start_chat_window
    # Where the last line but one stands the pattern has no white of its own.
    wait_until 20 no_text_at 300x20+4+285 # joining was told, and has faded
    type_to bob "a line that ana can see from afar" "and one more"
    wait_until 5 text_at 300x20+4+285
    wait_until 20 no_text_at 300x20+4+285
}

@test "Escape closes the line, and what was typed is there when it opens again" {
    start_chat_window
    key Return
    xdotool type --delay 30 "kept"
    key Escape
    key Return
    xdotool type --delay 30 " on"
    key Return
    wait_until 10 saw bob '.event == "line" and .from == "ana" and .text == "kept on"'
}

@test "the clipboard can be said" {
    start_chat_window
    key Return
    xdotool type --delay 30 "twice"
    key ctrl+c
    key ctrl+v
    key Return
    wait_until 10 saw bob '.event == "line" and .from == "ana" and .text == "twicetwice"'
}

@test "/quit in the window ends the program" {
    start_chat_window
    key Return
    xdotool type --delay 30 "/quit"
    key Return
    finish sub 5
    [ "$status" -eq 0 ]
    wait_until 5 saw bob '.event == "left" and .nick == "ana"'
}

@test "without a window --nick is refused, and says where the chat is" {
    run zroom-subscriber --view none --nick ana "$(endpoint video)"
    [ "$status" -eq 2 ]
    [[ "$output" == *"zroom-chat"* ]]
}

@test "a publisher's terminal takes part, and its pictures go on" {
    start_room --history none
    enter bob
    mkfifo pub.in
    exec 9<>pub.in
    start_with pub.in pub zroom-publisher pattern --nick ana --room "$ROOM" --bind "$(endpoint video)"
    start sub zroom-subscriber --view none --stats "$(endpoint video)"
    wait_until 10 saw bob '.event == "joined" and .nick == "ana"'
    echo "from the publisher" >&9
    wait_until 10 saw bob '.event == "line" and .from == "ana" and .text == "from the publisher"'
    type_to bob "to the publisher"
    wait_until 10 grep -qF "<bob> to the publisher" pub.out
    wait_until 10 stat_is sub '.streams[0].received > 20'
    stop pub INT
    [ "$status" -eq 0 ]
    wait_until 5 saw bob '.event == "left" and .nick == "ana"'
}
