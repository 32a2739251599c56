#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Programs on separate hosts find each other by beacon, and notice who is gone. With
# listen.c, which is discovery alone, and beacon.py, which knows only PROTOCOL.md.

load lan

LISTEN=$BUILD/lan/listen
BEACON="$PYTHON $BATS_TEST_DIRNAME/beacon.py"

# saw NAME FILTER: whether an event of NAME's satisfies a jq filter.
saw() { jq -e -n "first(inputs | select(.event != \"now\") | select($2))" "$1.out" >/dev/null 2>&1; }

count_of() { jq -n "[inputs | select(.event != \"now\") | select($2)] | length" "$1.out"; }
count_is() { [ "$(count_of "$1" "$2")" -eq "$3" ]; }

# searches NAME TEXT: whether it now says that it searches there.
searches() { [ "$(jq -r -n 'last(inputs | select(.event == "now")).interfaces' "$1.out")" = "$2" ]; }

# Milliseconds since mark.
mark() { MARK=${EPOCHREALTIME/./}; }
within() { [ $(((${EPOCHREALTIME/./} - MARK) / 1000)) -le $(($1 * PATIENCE)) ]; }

attic_broker() { start broker on attic "$LISTEN" broker attic 5550 5555 5556; }

has_seconds() { [ "$(jq -n '[inputs | select(.event == "now")] | length' "$1.out")" -ge "$2" ]; }

@test "a broker is found within 2 s, whoever began" {
    lan_make home attic cellar shed
    mark
    attic_broker
    start first on cellar "$LISTEN"
    wait_until 15 saw first '.event == "found"'
    within 2000
    mark
    start second on shed "$LISTEN"
    wait_until 15 saw second '.event == "found"'
    within 2000
    saw first '.kind == "broker" and .name == "attic" and .chat == 5550 and .out == 5555 and
        .in == 5556 and .address == "10.77.0.1" and .interface == "eth0" and .local == false'
    searches first "eth0 (10.77.0.2)"
    [ ! -s first.err ]
    count_is broker 'true' 0 # nobody else announces, and it does not hear itself
}

@test "one that says goodbye is gone at once, one that is killed within 6 s" {
    lan_make home attic cellar
    start sub on cellar "$LISTEN"
    attic_broker
    wait_until 15 saw sub '.event == "found"'
    mark
    stop broker
    [ "$status" -eq 0 ]
    wait_until 15 saw sub '.event == "gone" and .name == "attic"'
    within 1000
    attic_broker
    wait_until 15 count_is sub '.event == "found"' 2
    mark
    stop broker KILL
    wait_until 20 count_is sub '.event == "gone"' 2
    within 6000
    [ "$(count_of sub true)" -eq 4 ]
}

@test "it ends at once, with its network there and with its cable pulled" {
    lan_make home attic cellar
    attic_broker
    start sub on cellar "$LISTEN"
    wait_until 15 saw sub '.event == "found"'
    lan_down attic
    mark
    stop broker INT
    [ "$status" -eq 0 ]
    stop sub INT
    [ "$status" -eq 0 ]
    within 1000
}

@test "three programs on one host all hear all, and each other" {
    lan_make home attic cellar
    attic_broker
    start one on cellar "$LISTEN" publisher one 6001
    start two on cellar "$LISTEN" publisher two 6002
    start three on cellar "$LISTEN"
    for name in one two three; do
        wait_until 15 saw "$name" '.event == "found" and .name == "attic" and .local == false'
    done
    wait_until 15 saw one '.name == "two" and .kind == "publisher" and .out == 6002 and .local'
    wait_until 15 saw two '.name == "one" and .address == "10.77.0.2" and .local'
    wait_until 15 count_is three '.event == "found"' 3
    wait_until 15 count_is broker '.event == "found"' 2
    stop one
    wait_until 15 saw two '.event == "gone" and .name == "one"'
    wait_until 15 saw three '.event == "gone" and .name == "one"'
    wait_until 15 saw broker '.event == "gone" and .name == "one"'
    count_is two '.name == "two"' 0
}

@test "a broker on two networks is one, and found again on the other" {
    lan_make home attic cellar shed
    lan_make garden attic cellar barn
    attic_broker
    start both on cellar "$LISTEN"
    start home on shed "$LISTEN"
    start garden on barn "$LISTEN"
    wait_until 15 saw both '.event == "found"'
    wait_until 15 saw home '.address == "10.77.0.1"'
    wait_until 15 saw garden '.address == "10.77.1.1" and .interface == "eth0"'
    wait_until 15 searches both "eth0 (10.77.0.2), eth1 (10.77.1.2)"
    wait_until 15 has_seconds both 3
    count_is both true 1
    if saw both '.address == "10.77.0.1"'; then first=home; else first=garden; fi
    lan_down attic "$first"
    wait_until 20 saw both '.event == "changed"'
    lan_up attic "$first"
    stop broker
    wait_until 15 saw both '.event == "gone"'
    [ "$(jq -s '[.[] | select(.event != "now") | .address] | unique | length' both.out)" -eq 2 ]
    count_is both true 3
}

@test "ZROOM_INTERFACES says where" {
    lan_make home attic cellar
    lan_make garden attic barn
    start broker on attic env ZROOM_INTERFACES=eth1 "$LISTEN" broker attic 5550 0 0
    start home on cellar "$LISTEN"
    start garden on barn "$LISTEN"
    start nowhere on barn env ZROOM_INTERFACES=none "$LISTEN" broker barn 5550 0 0
    wait_until 15 saw garden '.event == "found" and .name == "attic"'
    wait_until 15 has_seconds home 3
    wait_until 15 has_seconds nowhere 3
    count_is home true 0
    count_is nowhere true 0
    count_is garden true 1
    count_is broker true 0
    searches broker "eth1 (10.77.1.1)"
    searches nowhere none
}

@test "a network that comes later is used; without one nothing is wrong" {
    lan_check
    lan_add_host attic
    lan_add_host cellar
    attic_broker
    start sub on cellar "$LISTEN"
    wait_until 15 searches sub none
    wait_until 15 has_seconds broker 2
    mark
    lan_make home attic cellar
    wait_until 15 saw sub '.event == "found" and .address == "10.77.0.1"'
    within 3000
    [ ! -s broker.err ]
    [ ! -s sub.err ]
}

@test "a host whose cable is pulled is gone, and found again when it is back" {
    lan_make home attic cellar shed
    attic_broker
    start sub on cellar "$LISTEN"
    start plug on shed "$LISTEN" publisher plug 6000
    wait_until 15 saw sub '.event == "found" and .name == "attic"'
    wait_until 15 saw broker '.event == "found" and .name == "plug"'
    lan_down attic
    wait_until 20 saw sub '.event == "gone" and .name == "attic"'
    wait_until 20 saw broker '.event == "gone" and .name == "plug"'
    wait_until 15 searches broker none
    mark
    lan_up attic
    wait_until 15 count_is sub '.event == "found" and .name == "attic"' 2
    wait_until 15 count_is broker '.event == "found" and .name == "plug"' 2
    within 3000
    # and the interface itself, which takes its routes with it
    on attic ip link set eth0 down
    wait_until 20 count_is sub '.event == "gone" and .name == "attic"' 2
    on attic ip link set eth0 up
    wait_until 15 count_is sub '.event == "found" and .name == "attic"' 3
    # and another address
    on attic ip address flush dev eth0
    on attic ip address add 10.77.0.77/24 dev eth0
    wait_until 15 saw sub '.event == "changed" and .address == "10.77.0.77"'
    [ ! -s broker.err ]
    [ ! -s sub.err ]
}

@test "that it is forbidden is told once, and it goes on when it is not" {
    lan_make home attic cellar
    # To a program this is what a firewall does.
    on attic ip xfrm policy add dir out dst 10.77.0.0/24 action block || skip "no xfrm here"
    attic_broker
    start sub on cellar "$LISTEN"
    wait_until 15 says broker "cannot announce this program"
    wait_until 15 has_seconds broker 4
    [ "$(wc -l <broker.err)" -eq 1 ]
    count_is sub true 0
    on attic ip xfrm policy flush
    wait_until 15 saw sub '.event == "found"'
    [ "$(wc -l <broker.err)" -eq 1 ]
}

# Whether packets come from HOST to ADDRESS: nobody listens there, and it says so.
reaches() { ! on "$1" timeout 1 bash -c "</dev/tcp/$2/9" 2>reaches.err && grep -q refused reaches.err; }

@test "what comes from beyond the network is not believed" {
    lan_make home attic cellar
    lan_make garden attic barn
    start sub on cellar "$LISTEN"
    on attic sysctl -qw net.ipv4.ip_forward=1
    on cellar ip route add 10.77.1.0/24 via 10.77.0.1
    on barn ip route add 10.77.0.0/24 via 10.77.1.1
    wait_until 15 reaches barn 10.77.0.2
    wait_until 15 searches sub "eth0 (10.77.0.2)"
    on barn $BEACON say 10.77.0.2 far 6000
    on attic $BEACON say 10.77.0.255 near 6001
    wait_until 15 saw sub '.name == "near"'
    count_is sub '.name == "far"' 0
}

@test "one that was stopped for a while has lost nobody" {
    lan_make home attic cellar
    attic_broker
    start sub on cellar "$LISTEN"
    wait_until 15 saw sub '.event == "found"'
    kill -STOP "${PID[sub]}"
    seen=$(jq -n '[inputs] | length' broker.out)
    wait_until 20 has_seconds broker $((seen + 8)) # longer than the patience with silence
    kill -CONT "${PID[sub]}"
    start late on attic "$LISTEN" publisher late 6000
    wait_until 15 saw sub '.name == "late"'
    count_is sub '.name == "attic"' 1
}

@test "another language finds and is found" {
    lan_make home attic cellar
    start sub on cellar "$LISTEN"
    wait_until 15 searches sub "eth0 (10.77.0.2)"
    on attic $BEACON say 10.77.0.255 "küche" 6000
    wait_until 15 saw sub '.event == "found" and .kind == "publisher" and .name == "küche" and .out == 6000 and .chat == 0'
    attic_broker
    run on cellar $BEACON hear 2
    [ "$status" -eq 0 ]
    [[ ${lines[*]} == *"attic 10.77.0.1"* ]]
}

@test "garbage and packets of every length change nothing" {
    lan_make home attic cellar
    attic_broker
    start sub on cellar "$LISTEN"
    wait_until 15 saw sub '.event == "found"'
    on attic $BEACON garbage 10.77.0.255 8000
    on attic $BEACON say 10.77.0.255 last 6000
    wait_until 15 saw sub '.name == "last"'
    [ "$(count_of sub true)" -eq 2 ]
    [ ! -s sub.err ]
}

@test "who says somebody else's UUID does not become it" {
    lan_make home attic cellar shed
    attic_broker
    start sub on cellar "$LISTEN"
    wait_until 15 saw sub '.event == "found"'
    uuid=$(jq -r 'select(.event == "found").uuid' sub.out)
    on shed $BEACON as 10.77.0.255 "$uuid" mallory 6000
    on shed $BEACON as 10.77.0.255 "$uuid" mallory 0 # goodbye
    on shed $BEACON say 10.77.0.255 last 6000
    wait_until 15 saw sub '.name == "last"'
    [ "$(count_of sub true)" -eq 2 ]
}

memory() { awk '/^VmRSS/ { print $2 }' "/proc/${PID[$1]}/status"; }

@test "10,000 programs from one host are 32, and leave room for others" {
    lan_make home attic cellar shed
    attic_broker
    start sub on cellar "$LISTEN"
    wait_until 15 saw sub '.event == "found"'
    on shed $BEACON flood 10.77.0.255 2000 # what it takes at the most it has now
    before=$(memory sub)
    on shed $BEACON flood 10.77.0.255 10000
    after=$(memory sub)
    [ $((after - before)) -le 512 ]
    wait_until 15 count_is sub '.event == "found" and (.name | startswith("flood"))' 32
    start late on attic "$LISTEN" publisher late 6000
    wait_until 15 saw sub '.event == "found" and .name == "late"'
    wait_until 15 count_is sub '.event == "gone"' 32
    count_is sub '.name == "attic"' 1
    [ ! -s sub.err ]
}
