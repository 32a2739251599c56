# SPDX-License-Identifier: MPL-2.0
# What the end-to-end tests share. A test starts the real programs, waits for
# conditions with a deadline, and never sleeps and hopes. Everything it started is
# ended by its process id in teardown, which prints their logs if the test failed.
#
#     load lib
#     @test "a picture arrives" {
#         start pub zroom-publisher pattern --bind "$(endpoint video)"
#         start sub zroom-subscriber --view none --stats "$(endpoint video)"
#         wait_until 5 stat_is sub '.streams[0].received > 10'
#     }

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
: "${BUILD:=$ROOT/build}"
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
PATH=$BUILD/bin:$PATH
PYTHON=/usr/bin/python3 # Debian's, which has Debian's zmq and OpenCV
export PATH PYTHON

# Under a sanitizer everything is slower: deadlines stretch by this factor.
: "${PATIENCE:=1}"

declare -gA PID # name -> process id of what start began; global although load is a function

setup() {
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset DISPLAY WAYLAND_DISPLAY
    export ZROOM_INTERFACES=none # beacons belong into the namespaces of tests/lan
    export HOME=$BATS_TEST_TMPDIR
}

teardown() {
    local name
    for name in "${!PID[@]}"; do kill "${PID[$name]}" 2>/dev/null || true; done
    for name in "${!PID[@]}"; do
        wait_until 3 gone "${PID[$name]}" || kill -KILL "${PID[$name]}" 2>/dev/null || true
        wait "${PID[$name]}" 2>/dev/null || true
    done
    [ -n "${BATS_TEST_COMPLETED:-}" ] && return
    for name in *.err *.out; do # also of those that have ended
        [ -s "$name" ] && { echo "# -- $name" && tail -n 30 "$name" | cut -c 1-2000; } | sed '2,$s/^/# /'
    done
}

# An endpoint of this test's own.
endpoint() { echo "ipc://$BATS_TEST_TMPDIR/$1"; }

# A TCP port that nobody uses now.
free_port() {
    $PYTHON -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start NAME COMMAND...: in the background, with NAME.out and NAME.err.
start() {
    local name=$1
    shift
    : >"$name.out" # here, lest a former run's is read until this one begins
    : >"$name.err"
    "$@" >"$name.out" 2>"$name.err" 3>&- 4>&- </dev/null &
    PID[$name]=$!
}

gone() { ! kill -0 "$1" 2>/dev/null || [ "$(ps -o stat= -p "$1" | cut -c1)" = Z ]; }

# stop NAME [SIGNAL]: sends it, waits for the end, sets $status to its exit status.
stop() {
    kill "-${2:-TERM}" "${PID[$1]}"
    finish "$1" 5
}

# finish NAME SECONDS: waits until it ends by itself; sets $status.
finish() {
    wait_until "$2" gone "${PID[$1]}" || return 1
    status=0
    # shellcheck disable=SC2034 # the tests read it
    wait "${PID[$1]}" || status=$?
    unset "PID[$1]"
}

# wait_until SECONDS COMMAND...: tries it until it succeeds; fails at the deadline.
wait_until() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * PATIENCE * 1000000))
    shift
    until "$@"; do
        [ "${EPOCHREALTIME/./}" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

# stat_is NAME FILTER: whether the newest JSON line of NAME.out satisfies a jq filter.
# Not while there is none: jq calls empty input a success.
stat_is() { [ -s "$1.out" ] && tail -n 1 "$1.out" | jq -e "$2" >/dev/null 2>&1; }

# stat NAME FILTER: a value of the newest JSON line.
stat() { tail -n 1 "$1.out" | jq -r "$2"; }

# says NAME TEXT: whether the program wrote that to stderr.
says() { grep -qF -- "$2" "$1.err"; }

# there_is 'GLOB': whether a file of such a name exists. Quoted: it must be looked for
# each time anew, and not once before wait_until begins.
there_is() { compgen -G "$1" >/dev/null; }

# A display of this test's own; sets DISPLAY. Skips where there is no Xvfb.
start_display() {
    command -v Xvfb >/dev/null || skip "Xvfb is not installed"
    Xvfb -displayfd 5 -screen 0 "${1:-1280x800}x24" -nolisten tcp 5>display.num >xvfb.out 2>xvfb.err 3>&- 4>&- &
    PID[xvfb]=$!
    wait_until 10 test -s display.num
    DISPLAY=:$(cat display.num)
    export DISPLAY
}
