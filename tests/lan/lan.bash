# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# Separate hosts for a test: network namespaces, joined by a switch (a bridge in a
# namespace of its own). Nothing of it is in the machine's own network, and nothing can
# leave it. Each test has its own, so that runs may overlap. Needs root; a test is
# skipped otherwise, with the reason. Everything of tests/e2e/lib.bash is there too.
#
#     load lan
#     @test "the broker is found" {
#         lan_make home attic cellar          # 10.77.0.1 and 10.77.0.2, on eth0
#         start broker on attic zroom-broker  # PID[broker] is the broker's own
#         start sub on cellar zroom-subscriber --view none --stats
#         lan_slow cellar 5mbit
#         lan_down attic; lan_up attic        # its cable
#         lan_make garden cellar shed         # a second network: cellar's eth1
#     }
#
# "on HOST COMMAND..." is a program in PATH: it works behind start, run and wait_until.

load ../e2e/lib

eval "lan_setup_rest() $(declare -f setup | tail -n +2)" # lib's
eval "lan_end_rest() $(declare -f teardown | tail -n +2)"

LAN_NET=10.77 # 10.77.NETWORK.HOST/24

declare -gA LAN_HOST LAN_NETWORK LAN_DEVICE LAN_DEVICES # see lan_make

setup() {
    lan_setup_rest
    LAN_PREFIX=zr-lan-$$
    mkdir -p path
    # Beacons are free in there, and only there.
    # shellcheck disable=SC2016 # they are the script's
    printf '#!/bin/sh\nhost=$1\nshift\nunset ZROOM_INTERFACES\nexec ip netns exec %s-"$host" "$@"\n' \
        "$LAN_PREFIX" >path/on
    chmod +x path/on
    PATH=$PWD/path:$PATH
}

teardown() {
    local space
    lan_end_rest
    for space in $(lan_spaces); do
        # What a program of the test has left behind
        ip netns pids "$space" | xargs -r kill -KILL 2>/dev/null || true
        ip netns delete "$space" 2>/dev/null || true # with all that is in it
    done
}

lan_spaces() { ip netns list 2>/dev/null | awk -v is="^$LAN_PREFIX-" '$1 ~ is { print $1 }'; }

# lan_space NAME: makes the namespace of that name, anew if one was left by an earlier
# process of our number.
lan_space() {
    ip netns delete "$LAN_PREFIX-$1" 2>/dev/null || true
    ip netns add "$LAN_PREFIX-$1" 2>/dev/null || skip "no network namespaces can be made here"
    ip -n "$LAN_PREFIX-$1" link set lo up
}

# lan_check: skips where hosts cannot be made.
lan_check() {
    [ "$(id -u)" -eq 0 ] || skip "network namespaces need root"
    command -v ip >/dev/null || skip "there is no ip (iproute2)"
}

# lan_make NETWORK HOST...: a network of that name with these hosts on it. Hosts are made
# as they are named first; one on a second network gets a second interface, eth1. The
# first network is 10.77.0.0/24, the next one 10.77.1.0/24; a host has the same last
# number, 1 and on, in all. Nobody routes between them.
lan_make() {
    local network=$1 host
    shift
    lan_check
    LAN_NETWORK[$network]=${#LAN_NETWORK[@]}
    lan_space "switch-$network"
    ip -n "$LAN_PREFIX-switch-$network" link add switch type bridge ||
        skip "no bridge can be made here"
    ip -n "$LAN_PREFIX-switch-$network" link set switch up
    for host; do
        [ -n "${LAN_HOST[$host]:-}" ] || lan_add_host "$host"
        lan_plug "$host" "$network"
    done
}

lan_add_host() {
    LAN_HOST[$1]=$((${#LAN_HOST[@]} + 1))
    LAN_DEVICES[$1]=0
    lan_space "$1"
}

# lan_plug HOST NETWORK: a cable between them.
lan_plug() {
    local space=$LAN_PREFIX-$1 switch=$LAN_PREFIX-switch-$2 device=eth${LAN_DEVICES[$1]}
    LAN_DEVICES[$1]=$((LAN_DEVICES[$1] + 1))
    LAN_DEVICE[$1.$2]=$device
    ip -n "$space" link add "$device" type veth peer name "$1" netns "$switch" ||
        skip "no veth can be made here"
    ip -n "$switch" link set "$1" master switch up
    ip -n "$space" address add "$(lan_address "$1" "$2")/24" dev "$device"
    ip -n "$space" link set "$device" up
}

# Functions below: HOST [NETWORK], by default the network that was made first.
lan_network() {
    local network
    for network in "${!LAN_NETWORK[@]}"; do
        [ "${LAN_NETWORK[$network]}" -ne 0 ] || echo "$network"
    done
}

# Its address on that network.
lan_address() {
    echo "$LAN_NET.${LAN_NETWORK[${2:-$(lan_network)}]}.${LAN_HOST[$1]}"
}

# Its cable pulled (at the switch: the host sees that nothing is on the line) and put
# back; both may come again.
lan_down() { ip -n "$LAN_PREFIX-switch-${2:-$(lan_network)}" link set "$1" down; }
lan_up() { ip -n "$LAN_PREFIX-switch-${2:-$(lan_network)}" link set "$1" up; }

# lan_slow HOST RATE [NETWORK]: its line carries so much, as "5mbit", each way; RATE "off":
# as fast as it can.
lan_slow() {
    local network=${3:-$(lan_network)}
    lan_shape "$LAN_PREFIX-$1" "${LAN_DEVICE[$1.$network]}" "$2"
    lan_shape "$LAN_PREFIX-switch-$network" "$1" "$2"
}

# lan_shape SPACE DEVICE RATE
lan_shape() {
    if [ "$3" = off ]; then
        ip netns exec "$1" tc qdisc del dev "$2" root 2>/dev/null || true
    else
        ip netns exec "$1" tc qdisc replace dev "$2" root tbf rate "$3" burst 16kb latency 50ms ||
            skip "no line can be made slow here (tc, sch_tbf)"
    fi
}

# lan_bytes HOST [NETWORK]: how many bytes the host has received and sent there, in a line.
lan_bytes() {
    local device=${LAN_DEVICE[$1.${2:-$(lan_network)}]}
    on "$1" cat "/sys/class/net/$device/statistics/rx_bytes" "/sys/class/net/$device/statistics/tx_bytes" |
        paste -sd ' '
}
