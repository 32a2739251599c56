# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash disable=SC2034 # the tests read CAMERA
# USB cameras in software (usbcam.py), for uvc.bats and plug.bats.

CAMERA=/dev/video0 # what the first one becomes; /dev/video1 is its metadata

# plug NAME FOLDER [OPTION...]: a camera in software that plays a folder of $PICTURES.
plug() {
    local name=$1 folder=$2
    shift 2
    start "$name" "$HERE/usbcam.py" "$@" "$PICTURES/$folder"
    wait_until 10 grep -q "plugged in" "$name.out"
}
plug_first() { # FOLDER [OPTION...]
    plug camera "$@"
    wait_until 10 test -c $CAMERA
}
unplug() { # NAME
    kill -TERM "${PID[$1]}"
    wait_until 5 grep -q unplugged "$1.out"
    finish "$1" 5
}
no_node() { [ ! -e "$1" ]; }
teardown() {
    local name
    for name in pub holder camera other; do # a camera that is in use goes slowly
        [ -z "${PID[$name]:-}" ] || kill -TERM "${PID[$name]}" 2>/dev/null || true
    done
    for name in "${!PID[@]}"; do kill "${PID[$name]}" 2>/dev/null || true; done
    for name in "${!PID[@]}"; do
        wait_until 3 gone "${PID[$name]}" || kill -KILL "${PID[$name]}" 2>/dev/null || true
        wait "${PID[$name]}" 2>/dev/null || true
    done
    wait_until 5 no_node $CAMERA || true
    [ -n "${BATS_TEST_COMPLETED:-}" ] && return
    for name in *.err *.out; do
        [ -s "$name" ] && { echo "# -- $name" && tail -n 12 "$name" | cut -c 1-300; } | sed '2,$s/^/# /'
    done
}
