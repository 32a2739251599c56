# SPDX-License-Identifier: MPL-2.0
"""uStreamer, a camera's JPEGs over HTTP, beside the publisher, in the camera tests' VM.

There are cameras in there, of real kernel drivers, which this machine may not have. Both
programs run at once, and the machine is booted once in a run of the bench: what is
measured in it is divided into TURNS. See peer_ustreamer.
"""

import functools
import json
import os
import subprocess

from base import PYTHON, ROOT, Failure, Row, Skipped, Times, first, need, program, run

TURNS = 3
LIMIT_S = 90  # of the machine's life
VIVID = "vivid n_devs=2 node_types=0x1,0x1 num_inputs=1,1 input_types=0x0,0x0"
COUNT_MIN = 0.9  # of one's pictures must have come of the other


def camera_tests(name):
    return os.path.join(ROOT, "tests/camera", name)


def boot(folder):
    """What peer_ustreamer prints."""
    need("qemu-system-x86_64", "ustreamer")
    if os.geteuid() != 0:
        raise Skipped("the camera VM needs root")
    kernel = subprocess.run([camera_tests("kernel")], capture_output=True, text=True)
    if kernel.returncode != 0:
        raise Skipped(kernel.stderr.strip().splitlines()[-1])
    pictures = os.path.join(folder, "camera")
    run([PYTHON, camera_tests("pictures.py"), pictures])
    command = [camera_tests("vm"), "-t", str(LIMIT_S)]
    command += ["-m", VIVID, "-m", "vhci-hcd", "-m", "uvcvideo"]
    command += [PYTHON, os.path.join(ROOT, "tests/bench/peer_ustreamer")]
    command += [program("bin/zroom-publisher"), camera_tests("usbcam.py")]
    command += [os.path.join(pictures, "whole"), str(TURNS)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
    )
    if done.returncode == 125:
        raise Skipped("the camera VM does not boot: " + done.stderr[-200:].strip())
    if done.returncode != 0:
        raise Failure(f"peer_ustreamer: status {done.returncode}\n{done.stderr[-1000:]}")
    return json.loads(done.stdout)


@functools.lru_cache(None)
def booted(folder):
    """The same, or why not; only once."""
    try:
        return boot(folder)
    except (Failure, Skipped) as why:
        return why


def compare(way):
    @first(TURNS)
    def one(turn):
        found = booted(turn.folder)
        if isinstance(found, Exception):
            raise found
        ours, their = found[way]
        if ours["shape"] != their["shape"]:
            raise Failure("the publisher's pictures are not of uStreamer's size or quality")
        counts = [sum(one["count"] for one in each["turns"]) for each in (ours, their)]
        if min(counts) < COUNT_MIN * max(counts):
            raise Failure("pictures that came, ours and uStreamer's: %d, %d" % (*counts,))
        return tuple(each["turns"][turn.number]["ms"] for each in (ours, their))

    return one


ROWS = [
    Row(
        "camera vm: publisher's CPU, MJPEG passed on",
        "ms",
        "less",
        Times(1.0),
        compare("mjpeg"),
        "a picture of 640x480 at 30 a second from a USB camera in software to one viewer "
        "over TCP, base64; floor: uStreamer, which sends it raw, beside it; the machine "
        "is emulated, 20 to 30 times slower, and not all is slower alike: take the ratio, "
        "and that as a sign",
    ),
    Row(
        "camera vm: the same, YUYV encoded",
        "ms",
        "less",
        Times(1.0),
        compare("yuyv"),
        "640x480 at 10 a second of the vivid driver, quality 80; uStreamer halves the "
        "colours' height, the publisher keeps it",
    ),
]
