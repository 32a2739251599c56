#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# A machine that is cut off, and comes back: a network of this test's own, of two
# namespaces and a cable between them. Nothing leaves them. Needs root.

load lib
load chat

eval "end_all() $(declare -f teardown | tail -n +2)" # lib's

HERE=zr-chat-here-$$ # where the broker is
THERE=zr-chat-there-$$
ADDRESS=10.78.34.1

teardown() {
    end_all
    ip netns delete "$HERE" 2>/dev/null || true # with its end of the cable
    ip netns delete "$THERE" 2>/dev/null || true
}

start_network() {
    [ "$(id -u)" -eq 0 ] || skip "network namespaces need root"
    command -v ip >/dev/null || skip "there is no ip (iproute2)"
    ip netns add "$HERE" 2>/dev/null || skip "no network namespaces can be made here"
    ip netns add "$THERE"
    ip -n "$HERE" link add cable type veth peer name cable netns "$THERE" ||
        skip "no veth can be made here"
    ip -n "$HERE" address add "$ADDRESS/24" dev cable
    ip -n "$THERE" address add 10.78.34.2/24 dev cable
    ip -n "$HERE" link set cable up
    ip -n "$THERE" link set cable up
    ip -n "$HERE" link set lo up
}

# cut, heal: the cable, at the end where the people are.
cut_cable() { ip -n "$THERE" link set cable down; }
heal_cable() { ip -n "$THERE" link set cable up; }

# What start_room and enter start is found in PATH: these run it in a namespace.
make_wrappers() {
    local place program
    for place in here there; do
        mkdir -p "$place"
        for program in zroom-broker zroom-chat; do
            if [ "$place" = here ]; then set -- "$HERE"; else set -- "$THERE"; fi
            printf '#!/bin/sh\nexec ip netns exec %s %s/bin/%s "$@"\n' "$1" "$BUILD" "$program" \
                >"$place/$program"
            chmod +x "$place/$program"
        done
    done
}

broker_here() { PATH=$PWD/here:$PATH start_room --history history.db; }
enter_here() { PATH=$PWD/here:$PATH enter "$@"; }
enter_there() { PATH=$PWD/there:$PATH enter "$@"; }

now_s() { echo $((${EPOCHREALTIME/./} / 1000000)); }

start_both() {
    start_network
    make_wrappers
    export ROOM=tcp://$ADDRESS:5550
    broker_here
    enter_here bob
    enter_there ana
    wait_until 10 saw bob '.event == "joined" and .nick == "ana"'
}

# The same lines, once each, for both.
all_is_said() {
    local text
    for text in "$@"; do
        wait_until 20 saw ana ".event == \"line\" and .text == \"$text\""
        wait_until 20 saw bob ".event == \"line\" and .text == \"$text\""
    done
    cmp <(shown ana) <(shown bob)
    [ "$(shown bob | wc -l)" -eq $# ]
}

@test "a cable pulled is noticed by both, and put back nothing is lost or doubled" {
    local mark
    start_both
    type_to ana "before"
    wait_until 10 saw bob '.text == "before"'
    sleep 2.5 # a sign of life has come since
    cut_cable
    mark=$(now_s)
    type_to ana "into the void"
    type_to bob "to whom it may concern"
    wait_until 15 saw bob '.event == "left" and .nick == "ana"'
    [ $(($(now_s) - mark)) -le $((6 * PATIENCE)) ]
    wait_until 10 saw ana '.event == "down"'
    [ $(($(now_s) - mark)) -le $((8 * PATIENCE)) ]
    type_to ana "still in the void"
    heal_cable
    mark=$(now_s)
    wait_until 30 saw bob '.event == "joined" and .nick == "ana"'
    wait_until 30 count_is ana '.event == "up" and .nick == "ana"' 2
    [ $(($(now_s) - mark)) -le $((15 * PATIENCE)) ]
    all_is_said "before" "to whom it may concern" "into the void" "still in the void"
}

@test "a break too short to be noticed is none: nobody leaves, nothing is lost" {
    start_both
    sleep 1.5 # a sign of life has come
    cut_cable
    type_to ana "during"
    sleep 0.8 # shorter than any patience
    heal_cable
    type_to bob "after"
    all_is_said "during" "after" || all_is_said "after" "during"
    [ "$(count_of bob '.event == "left"')" -eq 0 ]
    [ "$(count_of ana '.event == "down"')" -eq 0 ]
}

@test "one cut off that is not missed for long has the old name again" {
    start_both
    sleep 2.5 # a sign of life has come
    cut_cable
    wait_until 10 saw ana '.event == "down"'
    heal_cable
    wait_until 30 count_is ana '.event == "up" and .nick == "ana"' 2
    type_to ana "the same ana"
    wait_until 10 saw bob '.from == "ana" and .text == "the same ana"'
}
