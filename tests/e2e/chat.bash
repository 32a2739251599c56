# SPDX-License-Identifier: MPL-2.0
# For the tests of the chat: rooms, people in them, and what they saw. Load lib first.
#
#     start_room --history none       # on "$ROOM"; start_room again after kill_room
#     enter ana                       # zroom-chat --json; enter_py: the Python client
#     type_to ana "hello"             # a line into its stdin; close_stdin ana ends it
#     wait_until 5 saw bob '.event == "line" and .text == "hello"'

PY_CHAT=("$PYTHON" "$BATS_TEST_DIRNAME/zroom_chat.py")

declare -gA STDIN # name -> descriptor of the pipe into its stdin

has_zmq() { "$PYTHON" -c 'import zmq' 2>/dev/null; }
need_zmq() { has_zmq || skip "no python3-zmq from Debian"; }

# start_room OPTION...: a broker on $ROOM (default: an ipc endpoint), there when it
# says so. Options that are none of --history: all is kept in memory.
start_room() {
    : "${ROOM:=$(endpoint room)}"
    [[ " $* " == *" --history "* ]] || set -- "$@" --history none
    start_with /dev/null broker zroom-broker --no-video --chat "$ROOM" "$@"
    wait_until 10 says broker "room: open"
}

# kill_room: as a power cut would.
kill_room() {
    kill -KILL "${PID[broker]}"
    wait "${PID[broker]}" 2>/dev/null || true
    unset "PID[broker]"
}

# enter NAME [OPTION...]: zroom-chat with a pipe as stdin, in the room under that name.
# NAME is also that of its files; give --nick for another one in the room.
enter() {
    enter_unasked "$@"
    wait_until 10 saw "$1" '.event == "up"'
}

enter_unasked() {
    local name=$1 fifo=$1.in descriptor
    shift
    rm -f "$fifo"
    mkfifo "$fifo"
    exec {descriptor}<>"$fifo"
    STDIN[$name]=$descriptor
    [[ " $* " == *" --nick "* ]] || set -- "$@" --nick "$name"
    start_with "$fifo" "$name" zroom-chat --json "$@" "$ROOM"
}

# enter_py NAME [OPTION...]: the same with the Python client.
enter_py() {
    local name=$1 fifo=$1.in descriptor
    shift
    rm -f "$fifo"
    mkfifo "$fifo"
    exec {descriptor}<>"$fifo"
    STDIN[$name]=$descriptor
    [[ " $* " == *" --nick "* ]] || set -- "$@" --nick "$name"
    start_with "$fifo" "$name" "${PY_CHAT[@]}" "$ROOM" "$@"
    wait_until 10 saw "$name" '.event == "welcome"'
}

# start_with STDIN NAME COMMAND...: like start, with a stdin, and without the pipes into
# the others, which would never end then.
start_with() {
    local stdin=$1 name=$2 descriptor
    shift 2
    : >"$name.out"
    : >"$name.err"
    (
        exec <"$stdin"
        for descriptor in "${STDIN[@]}"; do exec {descriptor}>&-; done
        exec "$@"
    ) >"$name.out" 2>"$name.err" 3>&- 4>&- &
    PID[$name]=$!
}

type_to() { printf '%s\n' "${@:2}" >&"${STDIN[$1]}"; }

close_stdin() {
    local descriptor=${STDIN[$1]}
    exec {descriptor}>&-
    unset "STDIN[$1]"
}

# saw NAME FILTER: whether an event in NAME.out satisfies a jq filter. A line that is
# being written is no event yet.
saw() { jq -R 'fromjson? // empty' "$1.out" | jq -se "any(.[]; $2)" >/dev/null 2>&1; }

# count_of NAME FILTER: of how many events that is so.
count_of() { jq -R 'fromjson? // empty' "$1.out" | jq -s "[.[] | select($2)] | length"; }
count_is() { [ "$(count_of "$1" "$2")" -eq "$3" ]; }

# What NAME was shown, a line each: number, who, text.
shown() {
    jq -R 'fromjson? // empty' "$1.out" |
        jq -r 'select(.event == "line") | [.number, .from, .text] | @tsv'
}

# since NAME: a mark; saw_since NAME MARK FILTER: the same as saw, of what came after it.
since() { wc -l <"$1.out"; }
saw_since() {
    tail -n +"$(($2 + 1))" "$1.out" | jq -R 'fromjson? // empty' |
        jq -se "any(.[]; $3)" >/dev/null 2>&1
}

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
