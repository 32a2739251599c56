#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Ctrl-C and SIGTERM are an ordinary way to end: exit 0 within a second, whatever the
# program was doing, and nothing half-written is left behind.

load lib

# Whether a program has its signal handlers: 2 and 15 are in the caught set. Before
# that the kernel ends it at once, which is no matter of ours.
listens_to_signals() {
    local caught
    caught=$(awk '/^SigCgt:/ { print $2 }' "/proc/${PID[$1]}/status")
    (((16#${caught:-0} & 0x4002) == 0x4002))
}

# ends_cleanly NAME SIGNAL: with 0, in a second.
ends_cleanly() {
    local began=${EPOCHREALTIME/./}
    stop "$1" "$2"
    echo "# SIG$2 to $1: status $status after $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
    [ "$status" -eq 0 ]
    [ $((${EPOCHREALTIME/./} - began)) -lt $((1000000 * PATIENCE)) ]
}

# Two programs that are streaming: pub and sub.
start_streaming() {
    start pub zroom-publisher pattern --width 320 --bind "$(endpoint video)" "$@"
    start sub zroom-subscriber --view none --stats "$(endpoint video)"
    wait_until 10 stat_is sub '.streams[0].shown > 0'
}

@test "a subscriber that waits for a publisher ends cleanly" {
    local signal
    for signal in INT TERM; do
        start sub zroom-subscriber --view none "$(endpoint nobody)"
        wait_until 5 listens_to_signals sub
        ends_cleanly sub $signal
        [ "$(grep -c ' [EW] ' sub.err || true)" -eq 0 ]
    done
}

@test "a subscriber that waits for a host that does not answer ends cleanly" {
    local signal
    for signal in INT TERM; do
        start sub zroom-subscriber --view none --stats no-such-host.invalid 192.0.2.1
        wait_until 5 stat_is sub '.streams == []'
        ends_cleanly sub $signal
    done
}

@test "a subscriber that is connected but has no picture yet ends cleanly" {
    local signal
    start mute "$PYTHON" -c '
import sys, zmq
socket = zmq.Context().socket(zmq.XPUB)
socket.bind(sys.argv[1])
while True: print(socket.recv(), flush=True)' "$(endpoint mute)"
    for signal in INT TERM; do
        start sub zroom-subscriber --view none "$(endpoint mute)"
        wait_until 10 test -s mute.out
        wait_until 5 listens_to_signals sub
        ends_cleanly sub $signal
        : >mute.out
    done
}

@test "a publisher that nobody watches ends cleanly" {
    local signal
    for signal in INT TERM; do
        start pub zroom-publisher pattern --bind "$(endpoint video)"
        wait_until 5 says pub "on $(endpoint video)"
        ends_cleanly pub $signal
    done
}

@test "a publisher that waits for viewers ends cleanly" {
    local signal
    start sub zroom-subscriber --view none "$(endpoint video)"
    for signal in INT TERM; do
        start pub zroom-publisher pattern --wait-viewers 2 --stats --bind "$(endpoint video)"
        wait_until 10 stat_is pub '.streams[0].viewers == 1'
        ends_cleanly pub $signal
    done
}

@test "a publisher that waits for a room ends cleanly" {
    local signal
    for signal in INT TERM; do
        start pub zroom-publisher pattern --name ana --connect 127.0.0.1:"$(free_port)"
        wait_until 5 says pub 'as "ana" to the room'
        ends_cleanly pub $signal
    done
}

@test "a publisher whose source never gives a first picture ends cleanly" {
    local signal
    mkfifo pipe.mp4 # somebody holds it open and writes nothing
    start holder "$PYTHON" -c '
import os, signal
pipe = os.open("pipe.mp4", os.O_RDWR)
print("open", flush=True)
signal.pause()'
    wait_until 10 test -s holder.out
    for signal in INT TERM; do
        start pub zroom-publisher pipe.mp4 --bind "$(endpoint video)"
        wait_until 5 listens_to_signals pub
        ends_cleanly pub $signal
    done
}

@test "a publisher whose URL connects and then says nothing ends cleanly" {
    local signal port
    start server "$PYTHON" -c '
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
clients = []
while True:
    clients.append(server.accept())
    print("accepted", flush=True)'
    wait_until 10 test -s server.out
    port=$(head -n 1 server.out)
    for signal in INT TERM; do
        start pub zroom-publisher "http://127.0.0.1:$port/film.mp4" --bind "$(endpoint video)"
        wait_until 10 grep -q accepted server.out
        ends_cleanly pub $signal
        echo "$port" >server.out
    done
}

@test "both end cleanly while streaming, the publisher first" {
    local signal
    for signal in INT TERM; do
        start_streaming
        ends_cleanly pub $signal
        ends_cleanly sub $signal
    done
}

@test "both end cleanly while streaming, the subscriber first" {
    local signal
    for signal in INT TERM; do
        start_streaming --name ana
        ends_cleanly sub $signal
        ends_cleanly pub $signal
    done
}

@test "the last line of statistics is whole" {
    start_streaming
    ends_cleanly sub TERM
    [ "$(tail -c 1 sub.out | od -An -c | tr -d ' ')" = '\n' ]
    jq -e .streams sub.out >/dev/null
}

@test "a recording that a signal ends is readable, with all of its pictures" {
    local signal count
    start pub zroom-publisher pattern --width 320 --bind "$(endpoint video)"
    for signal in INT TERM; do
        start sub zroom-subscriber --view none --stats --record $signal.mkv "$(endpoint video)"
        wait_until 10 stat_is sub '.streams[0].shown > 20'
        ends_cleanly sub $signal
        count=$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 $signal.mkv)
        echo "# $count packets, $(stat sub '.streams[0].shown') shown"
        [ "$count" -ge "$(stat sub '.streams[0].shown')" ]
        ffmpeg -v error -xerror -nostdin -i $signal.mkv -f null - 2>errors.txt
        [ ! -s errors.txt ]
    done
}

@test "--preview shows the publisher's own stream, and ends with it" {
    local signal child
    for signal in INT TERM; do
        start pub zroom-publisher pattern --preview --stats --bind "$(endpoint video)"
        wait_until 10 stat_is pub '.streams[0].viewers == 1 and .streams[0].sent > 0'
        child=$(pgrep -P "${PID[pub]}" -f zroom-subscriber)
        kill -0 "$child"
        ends_cleanly pub $signal
        gone "$child"
    done
}

@test "the publisher goes on when its preview is closed" {
    local child sent
    start pub zroom-publisher pattern --preview --stats --bind "$(endpoint video)"
    start sub zroom-subscriber --view none --stats "$(endpoint video)"
    wait_until 10 stat_is pub '.streams[0].viewers == 2'
    child=$(pgrep -P "${PID[pub]}" -f zroom-subscriber)
    kill "$child"
    wait_until 10 stat_is pub '.streams[0].viewers == 1'
    sent=$(stat pub '.streams[0].sent')
    wait_until 5 stat_is pub ".streams[0].sent > $sent"
    ends_cleanly pub TERM
}

# Starts the command again and again and sends SIGTERM a little later each time, from
# the moment on at which it has its handlers. Prints the exit statuses.
interrupt_starts() {
    "$PYTHON" -c '
import os, signal, subprocess, sys, time

def catches(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("SigCgt:"):
            return int(line.split()[1], 16) & 0x4002 == 0x4002

for delay_ms in (0, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 4, 8):
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    while program.poll() is None and not catches(program.pid):
        pass
    time.sleep(delay_ms / 1000)
    program.send_signal(signal.SIGTERM)
    try:
        print(program.wait(10), flush=True)
    except subprocess.TimeoutExpired:
        program.kill()
        print("hangs", flush=True)' "$@"
}

@test "a signal in the first milliseconds of a start ends it cleanly" {
    start subs interrupt_starts zroom-subscriber --view none "$(endpoint nobody)"
    start pubs interrupt_starts zroom-publisher pattern --bind "$(endpoint video)"
    finish subs 30
    finish pubs 30
    [ "$(sort subs.out pubs.out | uniq -c | tr -s ' ')" = " 20 0" ]
}
