#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What a person meets first: help, and what is said of a wrong or impossible call.
# Exit 2 is a wrong call, 1 a right one that could not be done. Either way it is one
# line on stderr that names the thing and the way out, and nothing on stdout.

bats_require_minimum_version 1.5.0
load lib

# Every program that was built.
programs() {
    local path
    for path in "$BUILD"/bin/zroom-*; do basename "$path"; done
}

# refused STATUS TEXT COMMAND...
refused() {
    local expected=$1 text=$2
    shift 2
    run --separate-stderr timeout -k 1 $((10 * PATIENCE)) "$@" </dev/null
    echo "# $*: status $status, stdout \"$output\", stderr \"$stderr\""
    [ "$status" -eq "$expected" ]
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"$text"* ]]
}

# Options that the help of a program lists.
options_in_help() { "$1" --help | sed -nE 's/^  (-., |    )(--[a-z-]+).*/\2/p' | sort; }

# Options that begin a table row in the README's section about a program.
options_in_readme() {
    awk -v program="$1" '
        /^```/ { code = !code }
        !code && /^#+ / {
            level = length ($1)
            if (inside && level <= inside) inside = 0
            if (!inside && index ($0, program)) inside = level
        }
        inside && /^\| `--/ {
            sub (/^\| /, ""); sub (/ \|.*/, "")
            while (match ($0, /--[a-z-]+/)) {
                print substr ($0, RSTART, RLENGTH)
                $0 = substr ($0, RSTART + RLENGTH)
            }
        }' "$ROOT/README.md" | sort
}

@test "--help of every program goes to stdout, within 80 columns, with exit 0" {
    local program
    for program in $(programs); do
        for word in --help -h; do
            run --separate-stderr "$program" $word
            echo "# $program $word"
            [ "$status" -eq 0 ]
            [ -z "$stderr" ]
            [[ ${lines[0]} == "Usage: $program "* ]]
            [ "$(wc -L <<<"$output")" -le 80 ]
        done
    done
}

@test "--version of every program is one line, its name and a number" {
    local program
    for program in $(programs); do
        run --separate-stderr "$program" --version
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        [[ $output =~ ^"$program "[0-9]+\.[0-9]+\.[0-9]+$ ]]
    done
}

@test "--help wins over a mistake elsewhere in the line" {
    run --separate-stderr zroom-publisher --nonsense --help
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
}

@test "every option of --help is in the README's table, and the other way round" {
    local program
    for program in $(programs); do
        options_in_help "$program" >help.txt
        options_in_readme "$program" >readme.txt
        grep -qx -- --help help.txt
        echo "# $program: < only in --help, > only in README.md"
        diff help.txt readme.txt
    done
}

@test "every number's default and range are in --help" {
    local program option count=0
    for program in $(programs); do
        "$program" --help | tr -s ' \n' ' ' >help.txt
        "$program" --help | sed -nE 's/^  (-., |    )(--[a-z-]+) (N|MS|PIXELS)\b.*/\2/p' >numbers.txt
        count=$((count + $(wc -l <numbers.txt)))
        for option in $(cat numbers.txt); do
            echo "# $program $option"
            grep -qE -- "$option (N|MS|PIXELS) [^(]*\(from [0-9]+ to [0-9]+; default: [^)]+\)" help.txt
        done
    done
    [ "$count" -ge 8 ]
}

@test "an unknown option is a wrong call, and the one that was meant is named" {
    refused 2 'did you mean --width?' zroom-publisher --widht 320 pattern
    refused 2 'did you mean --stream?' zroom-subscriber --steam ana
    refused 2 '--nosuchthing' zroom-publisher --nosuchthing
    refused 2 '-z' zroom-subscriber -z
    refused 2 '--width, --wait-viewers' zroom-publisher --w 2 pattern
}

@test "a bad value is quoted, with what the option takes" {
    refused 2 '--width takes a number from 0 to 8192, not "abc"' zroom-publisher --width abc pattern
    refused 2 'not "-1"' zroom-publisher --width -1 pattern
    refused 2 'not "8193"' zroom-publisher --width 8193 pattern
    refused 2 'not "99999999999999999999"' zroom-publisher --fps 99999999999999999999 pattern
    refused 2 'not "0"' zroom-publisher --quality 0 pattern
    refused 2 'not "12x"' zroom-publisher --fps 12x pattern
    refused 2 '--encoding takes base64 or raw, not "gif"' zroom-publisher --encoding gif pattern
    refused 2 'not "a/b"' zroom-publisher --name a/b pattern
    refused 2 'not "holodeck"' zroom-subscriber --view holodeck
    refused 2 'not "1.5"' zroom-subscriber --seconds 1.5
}

@test "a missing, empty or needless value is a wrong call" {
    refused 2 '--width PIXELS' zroom-publisher --width
    refused 2 '--name takes NAME' zroom-publisher --name '' pattern
    refused 2 '--preview takes no value' zroom-publisher --preview=yes pattern
    refused 2 'an argument is empty' zroom-subscriber ''
}

@test "a control character in a bad value does not reach the terminal" {
    refused 2 'not "' zroom-publisher --width $'\e[2J' pattern
    [[ $stderr != *$'\e'* ]]
}

@test "a bad endpoint is quoted" {
    refused 2 '"http://host" is no endpoint' zroom-subscriber http://host
    refused 2 '"two words" is no endpoint' zroom-subscriber 'two words'
    refused 2 '"host:99999" is no endpoint' zroom-subscriber host:99999
    refused 2 '"tcp://" is no endpoint' zroom-publisher --bind tcp:// pattern
    refused 2 '"tcp://*:80x" is no endpoint' zroom-publisher --bind 'tcp://*:80x' pattern
}

@test "a second SOURCE is one too many" {
    refused 2 '"other.mp4" is one too many' zroom-publisher pattern other.mp4
}

@test "two options that cannot go together are refused" {
    refused 2 '--stats and --view terminal' zroom-subscriber --stats --view terminal
}

@test "a SOURCE that is not there fails with its name" {
    refused 1 'missing.mp4 does not exist' zroom-publisher missing.mp4
    refused 1 '/dev/video99' zroom-publisher /dev/video99
    refused 1 'http://127.0.0.1:1/a.mp4' zroom-publisher http://127.0.0.1:1/a.mp4
}

@test "a SOURCE that is no video fails with the reason" {
    mkdir folder
    : >empty.mp4
    echo "dear diary" >words.txt
    refused 1 'folder is a directory' zroom-publisher folder
    refused 1 'empty.mp4 is an empty file' zroom-publisher empty.mp4
    refused 1 'words.txt is no video' zroom-publisher words.txt
}

@test "the screen as SOURCE says that there is none" {
    refused 1 'DISPLAY' zroom-publisher screen
}

@test "a port in use fails in one line that says what to do" {
    local at
    at=tcp://127.0.0.1:$(free_port)
    start holder zroom-publisher pattern --bind "$at"
    wait_until 5 says holder "on $at"
    refused 1 "$at: another program uses it; stop that one or choose another address" \
        zroom-publisher pattern --bind "$at"
}

@test "an address that this machine does not have cannot be listened on" {
    local at # 192.0.2.0/24 is for documentation: nobody has it
    for at in tcp://192.0.2.1:5555 tcp://nosuch0:5555; do
        refused 1 "$at: this machine has no such address or interface" \
            zroom-publisher pattern --bind "$at"
    done
    refused 1 'there is no such folder' zroom-publisher pattern --bind ipc:///no/such/folder/video
}

@test "one bad endpoint of several is enough to fail" {
    refused 1 'tcp://192.0.2.1:5555' \
        zroom-publisher pattern --bind "$(endpoint one)" --bind tcp://192.0.2.1:5555
}

@test "a recording that cannot be written is told at once" {
    echo "precious" >old.mkv
    refused 1 'old.mkv exists' zroom-subscriber --view none --record old.mkv
    [ "$(cat old.mkv)" = precious ]
    refused 1 '/no/such/folder/new.mkv' zroom-subscriber --view none --record /no/such/folder/new.mkv
    refused 1 'must end in .mkv' zroom-subscriber --view none --record new.avi
}

@test "a view that cannot be had is refused" {
    refused 1 'stdout is no terminal' zroom-subscriber --view terminal
    refused 1 'display' zroom-subscriber --view window
}

@test "without a camera the publisher shows the test pattern and says so" {
    [ -z "$(ls /dev/video* 2>/dev/null)" ] || skip "there is a camera"
    start pub zroom-publisher --bind "$(endpoint video)"
    wait_until 5 says pub 'no camera found; showing the test pattern'
    wait_until 5 says pub "on $(endpoint video)"
}
