#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The room's pictures: publishers and viewers that only know the broker, brokers above
# brokers, and what all of them may do wrong.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
    /usr/bin/python3 -c 'import zmq, cv2' 2>/dev/null || skip "no python3-zmq or python3-opencv from Debian"
}

# broker NAME [OPTION...]: pictures only, at ipc endpoints NAME-in and NAME-out.
broker() {
    local name=$1
    shift
    start "$name" zroom-broker --no-chat --stats --video-in "$(endpoint "$name-in")" \
        --video-out "$(endpoint "$name-out")" "$@"
}

is_open() { says "$1" 'room: open'; }

# publish NAME BROKER [OPTION...]: the real one; send: the Python one, where what is
# tested needs a publisher that does as it is told, good or bad.
publish() {
    local name=$1 broker=$2
    shift 2
    start "$name" zroom-publisher pattern --width 160 --fps 20 --stats --name "$name" \
        --connect "$(endpoint "$broker-in")" "$@"
}
send() { start "$1" "$PYTHON" "$BATS_TEST_DIRNAME/room_sender.py" "$(endpoint "$2-in")" "${@:3}"; }

# view NAME BROKER: the real one; look: the Python one, with its topics.
view() { start "$1" zroom-subscriber --view none --stats "$(endpoint "$2-out")"; }
look() { start "$1" "$PYTHON" "$BATS_TEST_DIRNAME/room_viewer.py" "$(endpoint "$2-out")" "${@:3}"; }

# sees NAME STREAM MORE: whether the viewer has received more than so many pictures.
sees() { stat_is "$1" "any (.streams[]; .stream == \"$2\" and .received > ${3:-10})"; }
received() { stat "$1" "[.streams[] | select (.stream == \"$2\") | .received] | add // 0"; }
got() { stat_is "$1" ".[\"$2\"].received > ${3:-10}"; }

streams_are() { stat_is "$1" "[.video.streams[].stream] | sort == $2"; }
state_is() { stat_is "$1" ".video.upstream[${3:-0}].state == \"$2\""; }

# heard NAME FILTER: whether an event of a Python publisher satisfies it.
heard() { jq -R 'fromjson? // empty' "$1.out" | jq -se "any (.[]; $2)" >/dev/null 2>&1; }

resident_kb() { awk '/^VmRSS/ { print $2 }' "/proc/${PID[$1]}/status"; }

lines_are() { [ "$(wc -l <"$1.out")" -ge "$2" ]; }
wait_lines() { wait_until $(($2 + 5)) lines_are "$1" $(($(wc -l <"$1.out") + $2)); }

@test "publisher, broker and subscriber find each other in any order of starting" {
    local order name round=0
    for order in 'ana room sub' 'ana sub room' 'room ana sub' 'room sub ana' 'sub ana room' 'sub room ana'; do
        round=$((round + 1))
        echo "# $order"
        for name in $order; do
            case $name in
            ana) publish ana "room$round" ;;
            room) broker "room$round" ;;
            sub) view sub "room$round" ;;
            esac
            sleep 0.3 # so that the order is one; nothing is waited for
        done
        wait_until 20 sees sub ana
        for name in ana sub "room$round"; do stop "$name"; done
    done
}

@test "the same over tcp, with the figures of the broker" {
    local in out
    in=tcp://127.0.0.1:$(free_port)
    out=tcp://127.0.0.1:$(free_port)
    start room zroom-broker --no-chat --stats --video-in "$in" --video-out "$out"
    start ana "$PYTHON" "$BATS_TEST_DIRNAME/room_sender.py" "$in" ana
    wait_until 20 streams_are room '["ana"]'
    stat_is room '.video.streams[0] == {"stream": "ana", "width": 160, "height": 120, "fps": 20, "kbit_s": 300}'
    stat_is room '.video.viewers == 0 and .video.pictures == 0 and .video.upstream == [] and has ("chat") == false'
    start sub zroom-subscriber --view none --stats "$out"
    wait_until 20 sees sub ana
    wait_until 15 stat_is room '.video.viewers >= 1 and .video.pictures > 10 and .video.bytes > 10000'
    stop sub
    wait_until 15 stat_is room '.video.viewers == 0'
    stop ana
    wait_until 15 streams_are room '[]' # its name is free 3 s after its last word
}

@test "a broker that is killed and comes back brings the pictures back" {
    local count
    broker room
    publish ana room
    view sub room
    wait_until 20 sees sub ana
    stop room KILL
    wait_lines sub 2
    count=$(received sub ana)
    broker room
    wait_until 20 sees sub ana $((count + 10))
}

@test "behind the broker an unwatched publisher makes nothing, and sleeps again" {
    local sent
    broker room
    publish ana room
    wait_lines ana 3
    stat_is ana 'all (.streams[]; .sent == 0)'
    start sub zroom-subscriber --view none --stats "$(endpoint room-out)"
    wait_until 20 sees sub ana
    stop sub
    wait_until 15 stat_is ana '.streams[0].viewers == 0'
    sent=$(stat ana '.streams[0].sent')
    wait_lines ana 2
    [ "$(stat ana '.streams[0].sent')" -eq "$sent" ]
}

@test "a viewer that died without a word is forgotten, and the camera sleeps" {
    broker room
    send ana room ana
    look sub room full/ana
    wait_until 20 got sub full/ana
    stop sub KILL
    wait_until 15 heard ana '.watched == 0 and .sent > 10'
}

@test "a frozen subscriber costs the others nothing, and the broker no memory" {
    local before after lost
    broker room
    send ana room ana
    look frozen room full/ana
    look sub room full/ana
    wait_until 20 got frozen full/ana
    wait_until 20 got sub full/ana 20
    kill -STOP "${PID[frozen]}"
    lost=$(stat sub '.["full/ana"].lost')
    wait_until 20 got sub full/ana 100
    before=$(resident_kb room)
    wait_until 20 got sub full/ana 300
    after=$(resident_kb room)
    kill -CONT "${PID[frozen]}"
    echo "# $before kB, then $after kB; lost $(stat sub '.["full/ana"].lost')"
    nm -D "$BUILD/bin/zroom-broker" | grep -q __asan || [ "$after" -lt $((before + 1024)) ]
    [ "$(stat sub '.["full/ana"].lost')" -le $((lost + 20)) ] # of 280, on a busy machine
}

@test "nine streams reach one viewer, each whole" {
    local i topics=()
    broker room
    for i in 1 2 3 4 5 6 7 8 9; do
        start "pub$i" zroom-publisher pattern --width 160 --fps 20 --name "s$i" --connect "$(endpoint room-in)"
        topics+=("full/s$i")
    done
    look sub room "${topics[@]}"
    for i in 1 2 3 4 5 6 7 8 9; do wait_until 20 got sub "full/s$i" 60; done
    wait_until 15 streams_are room '["s1","s2","s3","s4","s5","s6","s7","s8","s9"]'
    echo "# $(stat sub 'map_values (select (.lost > 0))')"
    stat_is sub 'length == 9 and all (.[]; .doubled == 0)'
}

@test "subscriptions of a viewer arrive once, and a longer name is another stream" {
    broker room
    send ana room ana
    send anabel room anabel
    look sub room full/anabel
    look both room full/ana
    wait_until 20 got sub full/anabel
    wait_until 20 got both full/ana
    stat_is sub 'has ("full/ana") == false'
    stop both
    wait_until 15 heard ana '.watched == 0 and .sent > 10'
}

@test "one part is passed on as it is, from publishers that are none of ours" {
    broker room
    start pub zroom-publisher pattern --width 160 --bind "$(endpoint plain)"
    "$PYTHON" -c '
import sys, zmq
room = zmq.Context.instance().socket(zmq.PUB)
room.connect(sys.argv[2])
pub = zmq.Context.instance().socket(zmq.SUB)
pub.subscribe(b"")
pub.connect(sys.argv[1])
while True: room.send(pub.recv())' "$(endpoint plain)" "$(endpoint room-in)" 3>&- 4>&- &
    PID[bridge]=$!
    view sub room
    wait_until 20 stat_is sub '.streams[0].received > 10 and .bad == 0'
}

@test "the second publisher of one name is told, and is name-2 from then on" {
    broker room
    send first room ana
    wait_until 20 streams_are room '["ana"]'
    send second room ana
    wait_until 15 streams_are room '["ana","ana-2"]'
    says room 'two streams are called "ana"; one is told to be "ana-2"'
    heard second '.event == "rename" and .ours and .name == "ana-2"'
    ! heard first '.event == "rename" and .ours'
    look sub room full/ana full/ana-2
    wait_until 20 stat_is sub '.["full/ana"].received > 20 and .["full/ana-2"].received > 20'
    stat_is sub 'all (.[]; .doubled == 0)'
    send third room ana
    wait_until 15 streams_are room '["ana","ana-2","ana-3"]'
    stop first
    wait_until 15 streams_are room '["ana-2","ana-3"]'
    send fourth room ana # the name is free again
    wait_until 15 streams_are room '["ana","ana-2","ana-3"]'
    [ "$(grep -c 'are called' room.err)" -eq 2 ]
}

@test "two zroom-publishers of one name are two streams" {
    broker room
    start one zroom-publisher pattern --width 160 --name ana --connect "$(endpoint room-in)"
    wait_until 20 streams_are room '["ana"]'
    start two zroom-publisher pattern --width 160 --name ana --connect "$(endpoint room-in)"
    wait_until 20 streams_are room '["ana","ana-2"]'
    look sub room full/ana full/ana-2
    wait_until 20 stat_is sub '.["full/ana"].received > 20 and .["full/ana-2"].received > 20'
}

@test "who does not take another name is told again, and is not listed" {
    broker room
    send first room ana
    wait_until 20 streams_are room '["ana"]'
    send second room ana stubborn
    wait_until 15 heard second '.event == "rename" and .ours'
    wait_lines room 3
    streams_are room '["ana"]'
    [ "$(grep -c 'are called' room.err)" -eq 1 ]
    [ "$(grep -c '"rename"' second.out)" -ge 2 ]
}

@test "a chain of three brokers carries each stream once, and only while it is watched" {
    broker top
    broker middle --upstream "$(endpoint top-out)"
    broker bottom --upstream "$(endpoint middle-out)"
    send ana top ana
    send bob middle bob
    wait_until 20 streams_are bottom '["ana","bob"]'
    state_is bottom up
    state_is middle up
    wait_lines top 2
    heard ana '.sent == 0'
    ! heard ana '.sent > 0' # nobody watches yet
    look one bottom full/ana full/bob
    look two bottom full/ana
    look old bottom full/
    for name in one two old; do wait_until 20 got "$name" full/ana 40; done
    stat_is one 'all (.[]; .doubled == 0) and .["full/bob"].received > 20'
    stat_is old '.["full/ana"].doubled <= 1' # one may be, where full/ana gives way to full/
    # Four viewers at the bottom, one picture each over the link: as many as were sent.
    local before sent
    before=$(stat middle '.video.pictures') sent=$(stat top '.video.pictures')
    wait_lines middle 3
    wait_lines top 1
    echo "# middle $(($(stat middle '.video.pictures') - before)), top $(($(stat top '.video.pictures') - sent))"
    [ $(($(stat top '.video.pictures') - sent)) -lt 110 ]
    for name in one two old; do stop "$name"; done
    wait_until 15 stat_is top '.video.pictures_s == 0'
    wait_lines ana 2
    tail -n 1 ana.out | jq -e '.watched == 0' >/dev/null
}

@test "an upstream that goes down and comes back is back in the room" {
    broker bottom --upstream "$(endpoint top-out)"
    wait_until 15 state_is bottom waiting
    broker top
    send ana top ana
    look sub bottom full/ana
    wait_until 20 got sub full/ana 20
    state_is bottom up
    stop top KILL
    wait_until 15 state_is bottom waiting
    wait_until 15 streams_are bottom '[]'
    says bottom 'does not answer; waiting for it'
    count=$(stat sub '.["full/ana"].received')
    broker top
    wait_until 20 got sub full/ana $((count + 20))
    state_is bottom up
}

@test "a stream from upstream keeps its name, and the one here gives way" {
    broker top
    broker bottom --upstream "$(endpoint top-out)"
    wait_until 20 state_is bottom up
    send here bottom ana
    wait_until 20 streams_are bottom '["ana"]'
    send above top ana
    wait_until 20 streams_are bottom '["ana","ana-2"]'
    heard here '.event == "rename" and .ours and .name == "ana-2"'
    ! heard above '.event == "rename" and .ours'
}

@test "two ways to one stream give it once" {
    broker top
    broker left --upstream "$(endpoint top-out)"
    broker right --upstream "$(endpoint top-out)"
    broker bottom --upstream "$(endpoint left-out)" --upstream "$(endpoint right-out)"
    wait_until 20 state_is bottom up 0
    wait_until 20 state_is bottom up 1
    send ana top ana
    wait_until 20 streams_are bottom '["ana"]'
    look sub bottom full/ana
    wait_until 20 got sub full/ana 60
    stat_is sub '.["full/ana"].doubled == 0'
}

@test "one broker under two addresses is taken once, and the other is a spare" {
    broker top
    ln -s "$BATS_TEST_TMPDIR/top-out" again-out
    broker bottom --upstream "$(endpoint top-out)" --upstream "$(endpoint again-out)"
    wait_until 20 stat_is bottom '[.video.upstream[].state] | sort == ["up","waiting"]'
    wait_until 15 says bottom 'taken once'
}

@test "a broker that is its own upstream says so and goes on" {
    broker room --upstream "$(endpoint room-out)"
    wait_until 15 state_is room loop
    says room 'is this broker itself'
    send ana room ana
    look sub room full/ana
    wait_until 20 got sub full/ana 40
    stat_is sub '.["full/ana"].doubled == 0'
    [ "$(grep -c 'is this broker itself' room.err)" -eq 1 ]
}

@test "a loop of two is refused by one of them, and used again when it is gone" {
    broker one --upstream "$(endpoint two-out)"
    broker two --upstream "$(endpoint one-out)"
    send ana one ana
    send bob two bob
    loops() { stat_is one '.video.upstream[0].state == "loop"' || stat_is two '.video.upstream[0].state == "loop"'; }
    wait_until 20 loops
    wait_lines one 5
    loops
    # exactly one refuses, and keeps to it
    [ "$(stat one '.video.upstream[0].state')$(stat two '.video.upstream[0].state')" = loopup ] ||
        [ "$(stat one '.video.upstream[0].state')$(stat two '.video.upstream[0].state')" = uploop ]
    [ "$(cat one.err two.err | grep -c 'leads back to this broker')" -eq 1 ]
    local refuser=one other=two
    state_is one loop || { refuser=two other=one; }
    look sub "$other" full/ana full/bob # it has the other's stream too
    wait_until 20 stat_is sub '.["full/ana"].received > 20 and .["full/bob"].received > 20'
    stat_is sub 'all (.[]; .doubled == 0)'
    stop "$other"
    broker "$other" # without --upstream
    wait_until 15 state_is "$refuser" up
}

@test "a loop of three is cut" {
    broker one --upstream "$(endpoint two-out)"
    broker two --upstream "$(endpoint three-out)"
    broker three --upstream "$(endpoint one-out)"
    refusers() { cat <(tail -n 1 one.out) <(tail -n 1 two.out) <(tail -n 1 three.out) | jq -s '[.[].video.upstream[0].state] | sort | join (" ")' -r; }
    cut_once() { [ "$(refusers)" = 'loop up up' ]; }
    wait_until 20 cut_once
    wait_lines one 6
    cut_once
}

# Every kind of bad publisher, one after the other, while a good one goes on.
@test "hostile publishers do not disturb the others, and are not listed" {
    local kind
    broker room
    send ana room ana
    look sub room full/ana
    look all room full/ info/
    wait_until 20 got sub full/ana 20
    for kind in $("$PYTHON" "$BATS_TEST_DIRNAME/room_sender.py" --kinds); do
        echo "# $kind"
        send evil room "good-$kind" "$kind"
        wait_until 20 heard evil '.event == "done"'
        stop evil
    done
    count=$(stat sub '.["full/ana"].received')
    wait_until 20 got sub full/ana $((count + 20))
    ! gone "${PID[room]}"
    stat_is all 'all (keys[]; test ("^(full|info)/(ana|good-.*|evil[0-9]*)$"))'
    stat_is all 'has ("full/evil") == false and has ("info/evil") == false and all (.[]; .parts == 2)'
    wait_until 20 streams_are room '["ana"]'
    nm -D "$BUILD/bin/zroom-broker" | grep -q __asan || [ "$(resident_kb room)" -lt 131072 ]
}

@test "hostile viewers do not disturb the others" {
    local kind port lost
    port=$(free_port)
    start room zroom-broker --no-chat --stats --video-in "$(endpoint room-in)" \
        --video-out "tcp://127.0.0.1:$port"
    send ana room ana
    start sub "$PYTHON" "$BATS_TEST_DIRNAME/room_viewer.py" "tcp://127.0.0.1:$port" full/ana
    wait_until 20 got sub full/ana 20
    for kind in $("$PYTHON" "$BATS_TEST_DIRNAME/hostile_viewer.py" --kinds); do
        echo "# $kind"
        start "$kind" "$PYTHON" "$BATS_TEST_DIRNAME/hostile_viewer.py" "$port" "$kind"
        wait_until 20 grep -q done "$kind.out"
    done
    count=$(stat sub '.["full/ana"].received')
    wait_until 20 got sub full/ana $((count + 40))
    says room 'subscribes to more than any viewer needs'
    nm -D "$BUILD/bin/zroom-broker" | grep -q __asan || [ "$(resident_kb room)" -lt 65536 ]
}

@test "a viewer that subscribes without end neither stops the pictures nor fills the memory" {
    local port count before
    port=$(free_port)
    start room zroom-broker --no-chat --stats --video-in "$(endpoint room-in)" \
        --video-out "tcp://127.0.0.1:$port"
    send ana room ana
    start sub "$PYTHON" "$BATS_TEST_DIRNAME/room_viewer.py" "tcp://127.0.0.1:$port" full/ana
    wait_until 20 got sub full/ana 20
    before=$(resident_kb room)
    # One asks for ever new things, one for the same and not, again and again.
    start flood "$PYTHON" -c '
import sys, zmq
socket = zmq.Context().socket(zmq.XSUB)
socket.connect(sys.argv[1])
n = 0
while True:
    socket.send(b"\1full/%d" % n + b"x" * 100)
    n += 1' "tcp://127.0.0.1:$port"
    start toggle "$PYTHON" -c '
import sys, zmq
socket = zmq.Context().socket(zmq.XSUB)
socket.connect(sys.argv[1])
while True:
    socket.send(b"\1full/an")
    socket.send(b"\0full/an")' "tcp://127.0.0.1:$port"
    wait_until 20 says room 'is put out'
    count=$(stat sub '.["full/ana"].received')
    wait_until 15 got sub full/ana $((count + 100))
    echo "# $before kB, then $(resident_kb room) kB; $(stat sub .)"
    stop flood KILL
    stop toggle KILL
    nm -D "$BUILD/bin/zroom-broker" | grep -q __asan || [ "$(resident_kb room)" -lt $((before + 32768)) ]
    wait_until 20 stat_is room '.video.viewers == 1'
    stop sub
    wait_until 15 heard ana '.watched == 0 and .sent > 100'
}

@test "--no-video is the chat alone, --no-chat the pictures alone, both are refused" {
    start chat zroom-broker --no-video --stats --history none --chat "$(endpoint chat)"
    wait_until 15 stat_is chat 'has ("chat") and (has ("video") | not)'
    broker video
    wait_until 15 stat_is video 'has ("video") and (has ("chat") | not)'
    start whole zroom-broker --stats --history none --chat "$(endpoint whole)" \
        --video-in "$(endpoint whole-in)" --video-out "$(endpoint whole-out)"
    wait_until 15 stat_is whole 'has ("video") and has ("chat")'
    for name in chat video whole; do
        stop "$name"
        [ "$status" -eq 0 ]
    done
    run --separate-stderr zroom-broker --no-video --no-chat
    [ "$status" -eq 2 ] && [ "${#stderr_lines[@]}" -eq 1 ]
    run --separate-stderr zroom-broker --no-video --upstream host
    [ "$status" -eq 2 ] && [ "${#stderr_lines[@]}" -eq 1 ]
    run --separate-stderr zroom-broker --upstream http://host
    [ "$status" -eq 2 ] && [[ $stderr == *'"http://host" is no endpoint'* ]]
}

@test "a port that is in use is said in one line, with exit 1" {
    local port
    port=$(free_port)
    start first zroom-broker --no-chat --video-in "$(endpoint first)" --video-out "tcp://127.0.0.1:$port"
    wait_until 15 is_open first
    run --separate-stderr timeout 5 zroom-broker --history none --chat "$(endpoint chat)" \
        --video-in "$(endpoint second)" --video-out "tcp://127.0.0.1:$port"
    echo "# $stderr"
    [ "$status" -eq 1 ] && [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"cannot listen on tcp://127.0.0.1:$port: another program uses it"* ]]
}

@test "the first lines say what others have to type" {
    local in out chat
    in=$(free_port) out=$(free_port) chat=$(free_port)
    start room zroom-broker --history none --chat "tcp://*:$chat" --video-in "tcp://*:$in" --video-out "tcp://*:$out"
    wait_until 15 is_open room
    wait_until 15 says room 'to talk: zroom-chat '
    grep -qE "to publish: zroom-publisher --name NAME --connect [a-z0-9.]+:$in\$" room.err
    grep -qE "to watch: zroom-subscriber [a-z0-9.]+:$out\$" room.err
    grep -qE "to talk: zroom-chat [a-z0-9.]+:$chat\$" room.err
    [ "$(wc -l <room.err)" -le 8 ]
}
