#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# A room on separate hosts with nobody typing an address. With answer.py, which is a
# person at a terminal.

bats_require_minimum_version 1.5.0
load lan

ANSWER="$PYTHON $BATS_TEST_DIRNAME/answer.py"
SMALL=(pattern --width 160 --fps 10) # these tests are about who meets whom

start_broker() { # HOST [OPTION...]
    start "broker-$1" on "$1" zroom-broker --history none "${@:2}"
    wait_until 10 says "broker-$1" "room: open"
}

# start_pub NAME HOST [OPTION...]
start_pub() { start "$1" on "$2" zroom-publisher "${SMALL[@]}" "${@:3}"; }

# start_sub NAME HOST [OPTION...]
start_sub() { start "$1" on "$2" zroom-subscriber --view none --stats "${@:3}"; }

shows() { stat_is "$1" ".streams | any(.stream == \"$2\" and .received > 3)"; }
shows_only() { stat_is "$1" "[.streams[] | select(.received > 0) | .stream] | sort == $2"; }

# say HOST TEXT: says one line in the room; ends when it is stored there.
say() { on "$1" bash -c "echo '$2' | timeout 15 zroom-chat --nick ana"; }

# begin PROGRAM N: one of four programs, each on a host of its own of the Nth network.
begin() {
    case $1 in
        broker) start "broker$2" on "attic$2" zroom-broker --history none ;;
        pub) start_pub "pub$2" "barn$2" --name film ;;
        sub) start_sub "sub$2" "cellar$2" ;;
        chat) start "chat$2" on "shed$2" bash -c 'echo hello | timeout 15 zroom-chat --nick ana' ;;
    esac
}

@test "four hosts, no address, in twenty orders" {
    for n in {1..4}; do lan_make "home$n" "attic$n" "barn$n" "cellar$n" "shed$n"; done
    for run in {1..5}; do # four at a time: they do little but wait
        declare -A order
        for n in {1..4}; do
            order[$n]=$(shuf -e broker pub sub chat | paste -sd ' ')
            echo "# run $run.$n: ${order[$n]}"
        done
        for step in {1..4}; do
            for n in {1..4}; do
                read -ra programs <<<"${order[$n]}"
                begin "${programs[step - 1]}" "$n"
            done
            sleep 0.$((RANDOM % 5)) # so that each is alone for a while
        done
        for n in {1..4}; do
            wait_until 10 shows "sub$n" film
            finish "chat$n" 10
            [ "$status" -eq 0 ]
        done
        for n in {1..4}; do
            for program in pub sub broker; do kill "${PID[$program$n]}"; done
        done
        for n in {1..4}; do
            for program in pub sub broker; do
                finish "$program$n" 5
                [ "$status" -eq 0 ]
            done
        done
    done
}

@test "several rooms: who cannot be asked ends with the list" {
    lan_make home attic cellar shed
    start_broker attic
    start_broker cellar --chat "tcp://*:6000"
    start chat on shed zroom-chat
    start sub on shed zroom-subscriber --view none
    start pub on shed zroom-publisher pattern --name film
    for name in chat sub pub; do
        finish "$name" 10
        [ "$status" -eq 2 ]
        says "$name" "several rooms"
    done
    grep -q "^  zroom-chat 10.77.0.1  .*# .*, on eth0$" chat.err
    grep -q "^  zroom-chat 10.77.0.2:6000  *# " chat.err
    grep -q "^  zroom-subscriber 10.77.0.2  *# " sub.err
    grep -q "^  zroom-publisher --connect 10.77.0.1  *# " pub.err
    # and an address wins
    run on shed bash -c 'echo hello | timeout 10 zroom-chat --nick ana 10.77.0.2:6000'
    [ "$status" -eq 0 ]
    stat=$(on shed zroom-subscriber --view none --stats --seconds 1 10.77.0.1)
    [ -n "$stat" ]
}

@test "several rooms: a person is asked" {
    lan_make home attic cellar shed
    start_broker attic
    start_broker cellar --chat "tcp://*:6000"
    on shed bash -c 'echo second | timeout 10 zroom-chat --nick bob 10.77.0.2:6000'
    start chat on shed $ANSWER '[1] ' 'x\r' 'please' '9\r' 'please' '2\r' 'in the room as' '/quit\r' -- zroom-chat --nick ana
    start sub on shed $ANSWER '[1] ' '\r' -- zroom-subscriber --view none --seconds 1
    start interrupted on shed $ANSWER '[1] ' '\x03' -- zroom-publisher pattern --name film
    start ended on shed $ANSWER '[1] ' '\x04' -- zroom-chat
    for name in chat sub interrupted ended; do
        finish "$name" 20
        [ "$status" -eq 0 ]
    done
    grep -q "^  1  .*  10.77.0.1  *eth0" chat.out
    grep -q "^  2  .*  10.77.0.2:6000  *eth0" chat.out
    grep -q second chat.out # which was said there
}

@test "a host on two networks finds one room on either, and once" {
    lan_make home attic cellar shed
    lan_make garden attic cellar barn
    start_broker attic
    start_pub pub attic --name film # on the broker's own host
    start_sub sub cellar            # hears it by both
    start_sub home shed
    start_sub garden barn
    for name in sub home garden; do
        wait_until 10 shows "$name" film
        shows_only "$name" '["film"]'
    done
    run on cellar $ANSWER 'in the room' '/quit\r' -- zroom-chat --nick ana
    [ "$status" -eq 0 ]
    [[ $output == *"room at "*"(10.77."* ]]
}

@test "publishers that stand alone are shown, and not when they are gone" {
    lan_make home attic barn cellar
    start_sub sub cellar
    start_pub here cellar           # 127.0.0.1 and its own address: once
    start_pub plain barn
    start_pub cam attic --name cam --bind "tcp://*:7000"
    wait_until 10 shows sub cam
    wait_until 5 shows sub 10.77.0.2
    wait_until 5 shows sub 127.0.0.1
    shows_only sub '["10.77.0.2", "127.0.0.1", "cam"]'
    stop cam
    stop plain KILL
    wait_until 15 shows_only sub '["127.0.0.1"]'
    start_pub plain barn
    wait_until 10 shows sub 10.77.0.2
}

@test "a room is waited for, and that is said" {
    lan_make home attic barn cellar shed
    start pub on barn zroom-publisher "${SMALL[@]}" --name film
    start chat on shed zroom-chat
    start_sub sub cellar
    for name in pub chat; do
        wait_until 5 says "$name" "no room yet on eth0 (10.77.0."
        says "$name" "start zroom-broker on any machine"
    done
    stop chat INT
    [ "$status" -eq 0 ]
    wait_until 5 stat_is sub '.streams == []'
    start_broker barn # on the publisher's own host
    wait_until 10 shows sub film
    [ "$(grep -c "no room yet" pub.err)" -eq 1 ]
    run say shed hello
    [ "$status" -eq 0 ]
}

@test "a broker that ends or dies, and comes back on its host" {
    lan_make home attic barn cellar shed
    start_broker attic
    start_pub pub barn --name film
    start_sub sub cellar
    wait_until 10 shows sub film
    stop broker-attic
    wait_until 10 stat_is sub '.streams == []'
    start_broker attic
    wait_until 10 shows sub film
    stop broker-attic KILL # back before anybody knows that it was gone
    before=$(stat sub '.streams[0].received')
    start_broker attic
    run say shed hello
    [ "$status" -eq 0 ]
    wait_until 10 stat_is sub ".streams[0].received > $before + 10"
    shows_only sub '["film"]'
}

@test "when its room is gone for good, a subscriber joins another" {
    lan_make home attic barn cellar
    start_broker attic
    start_sub sub cellar
    start_pub one attic --name one
    wait_until 10 shows sub one
    stop broker-attic
    stop one
    start_broker barn
    start_pub two barn --name two
    wait_until 10 shows sub two
}

@test "who is not to be announced is found on its own host only" {
    lan_make home attic cellar
    start_broker attic --no-announce
    start cam on attic zroom-publisher "${SMALL[@]}" --name cam --bind "tcp://*:7000" --no-announce
    start_pub film attic --name film
    start away on cellar zroom-chat
    start_sub sub cellar
    start_sub here attic
    run say attic hello
    [ "$status" -eq 0 ]
    wait_until 10 shows here film
    wait_until 5 says away "no room yet"
    wait_until 5 stat_is sub '.streams == []'
    stop away
    # nor what listens on the loopback, or not by tcp
    stop broker-attic
    start_broker attic --chat tcp://127.0.0.1:5550 --video-in "$(endpoint in)" --video-out "$(endpoint out)"
    run -1 on cellar zroom-subscriber --list
    [[ $output == *"Nothing found."* ]]
}

listens_udp() { on "$1" ss -Hlun | grep -q ':5550 '; }

@test "with an address, or without a network, nothing is searched" {
    lan_make home attic cellar
    start_broker attic
    start_sub sub cellar 10.77.0.1
    start_sub alone cellar
    wait_until 5 listens_udp cellar
    stop alone
    wait_until 5 stat_is sub '.streams == []'
    run ! listens_udp cellar
    start chat on cellar env ZROOM_INTERFACES=none zroom-chat # this host, at once
    wait_until 5 says chat "127.0.0.1 does not answer yet"
    run ! says chat "no room yet"
}

@test "what is wrong with a source is said before a room is waited for" {
    lan_make home cellar
    run -1 on cellar timeout 5 zroom-publisher nosuch.mp4 --name film
    [[ $output != *"no room yet"* ]]
}

@test "--list prints rooms, streams, people and publishers" {
    lan_make home attic barn cellar shed
    start_broker attic
    start_pub film barn --name film
    start_pub cam shed --name cam --bind "tcp://*:7000"
    mkfifo in && exec 7<>in
    on shed zroom-chat --nick ana <in >talk.out 2>talk.err 3>&- &
    PID[talk]=$!
    start_sub sub cellar
    wait_until 10 shows sub film
    run -0 on cellar zroom-subscriber --list
    echo "$output"
    [[ ${lines[0]} == "Searched: eth0 (10.77.0.3), this host" ]]
    [[ $output == *"Room "*" (10.77.0.1)"*"film "*"160x"*"/s"*"kbit/s"*"pattern"*"in the chat: ana"* ]]
    [[ $output == *"Publisher cam (10.77.0.4:7000)"*"cam "* ]]
    run -0 on cellar zroom-subscriber --list 10.77.0.1
    [[ $output == *"film "*"in the chat: ana"* ]]
    [[ $output != *"cam"* ]]
    exec 7>&-
}
