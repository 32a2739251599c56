#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Who is watching, from separate hosts: each by its address, and the slow one by its
# cause. The publisher sits behind a plain line; viewers' lines are made narrow.

load lan

# 1280x720 of the test pattern is some 9 Mbit/s.
publish() {
    start pub on attic zroom-publisher pattern --width 1280 --stats --bind 'tcp://*:5555'
}

view() { start "$1" on "$1" zroom-subscriber --view none --stats "$(lan_address attic)"; }

list_is() { stat_is pub ".streams[0].viewer_list | $1"; }

# of HOST FILTER: whether the viewer on it is so.
of() { list_is "any(.address == \"$(lan_address "$1")\" and ($2))"; }

says_times() { [ "$(grep -cF -- "$2" "$1.err")" -eq "$3" ]; }

has_lines() { [ "$(wc -l <pub.out)" -ge "$1" ]; }

@test "three hosts are three viewers, each with its own figures" {
    lan_make home attic cellar shed barn
    publish
    view cellar
    view shed
    view barn
    wait_until 10 list_is 'length == 3 and all(.kbit_s > 3000 and .slow == null)'
    of cellar true
    of shed true
    of barn true
    stop shed
    wait_until 5 list_is 'length == 2'
    wait_until 5 has_lines 8
    says_times pub 'would help' 0
}

@test "a narrow line is the network, told once, and the others are well" {
    lan_make home attic cellar shed
    lan_slow cellar 3mbit
    publish
    view cellar
    view shed
    wait_until 20 of cellar '.slow == "network"'
    of cellar '.kbit_s > 2000 and .kbit_s < 3200 and .unsent_ms < 1000'
    of shed '.slow == null and .kbit_s > 5000'
    says_times pub "publisher: $(lan_address cellar) " 1
    says_times pub '(network): a smaller --width, a lower --quality, or --tier half there would help' 1
    lan_slow cellar off
    wait_until 15 of cellar '.slow == null and .kbit_s > 5000'
    says_times pub 'would help' 1
}

@test "a cable that is pulled is the network, and the cable is named" {
    lan_make home attic cellar
    publish
    view cellar
    wait_until 10 of cellar '.kbit_s > 3000'
    lan_down cellar
    wait_until 10 of cellar '.slow == "network"'
    says_times pub "(network): nothing gets through to it; look at its cable or Wi-Fi" 1
    lan_up cellar
    wait_until 30 of cellar '.slow == null and .kbit_s > 3000'
}
