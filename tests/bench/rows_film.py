# SPDX-License-Identifier: MPL-2.0
"""Whole programs: a film played to one viewer, ours beside what others would use; the
test pattern; and a publisher that nobody watches."""

import collections
import contextlib
import os
import statistics
import time

from base import (
    PYTHON,
    ROOT,
    Failure,
    Row,
    Skipped,
    Times,
    ages,
    field,
    film,
    first,
    free_port,
    need,
    program,
    received,
    run,
    run_json,
    running,
    shares,
    viewer_command,
    wait_until,
)

WARM_S = 1.0
FPS_MIN = 28  # of 30: who leaves pictures out needs less
WATCHED_S = 2.5  # the film takes 9
IDLE_S = 3
PEER = os.path.join(ROOT, "tests/bench/peer_opencv")


# Programs that play a film: the sender, the port that it listens on, and the viewer that
# begins then. ours: the viewer tells of what it gets.
Play = collections.namedtuple("Play", "send port view ours")


@contextlib.contextmanager
def playing(turn, play):
    with running(turn, play.send, play.port) as sender, running(turn, play.view) as viewer:
        if play.ours:
            wait_until("no picture came", lambda: received(viewer), 20)
        yield sender, viewer


def facts(play, programs, used, warm):
    """What is known of a play; used: sender's and viewer's share of a CPU."""
    result = {}
    for name, one, share in zip(("sender", "viewer"), programs, used):
        result[f"{name}_share"] = share
        for what, value in one.memory().items():
            result[f"{name}_{what}"] = value
    if play.ours:
        lines = programs[1].lines()[warm:]
        fps = statistics.median(one["streams"][0]["fps"] for one in lines)
        if fps < FPS_MIN:
            raise Failure(f"only {fps} pictures a second came to the viewer")
        result.update(ages(lines))
    if used[1] < 0.05:
        raise Failure(f"{play.view[0]} got no pictures")
    return result


def watched(turn, *plays):
    """What senders and viewers take, all plays at once: what else is going on, on this
    machine or on its host, is the same for all."""
    with contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(playing(turn, one)) for one in plays]
        time.sleep(WARM_S)
        warm = [
            len(viewer.lines()) if play.ours else 0
            for play, (_, viewer) in zip(plays, pairs)
        ]
        used = shares(WATCHED_S, *(one for pair in pairs for one in pair))
        return [
            facts(play, pair, used[2 * i : 2 * i + 2], warm[i])
            for i, (play, pair) in enumerate(zip(plays, pairs))
        ]


def zroom(source):
    port = free_port()
    endpoint = f"tcp://127.0.0.1:{port}"
    command = [program("bin/zroom-publisher"), *source, "--no-announce", "--bind", endpoint]
    return Play(command, port, viewer_command(endpoint), True)


def zroom_play(turn, size=(1280, 720)):
    return zroom([film(turn, *size), "--width", "0"])


def zroom_film(turn, size=(1280, 720)):
    return watched(turn, zroom_play(turn, size))[0]


def zroom_pattern(turn):
    return watched(turn, zroom(["pattern", "--width", "1280", "--fps", "30"]))[0]


def gstreamer_command(turn, port, size=(1280, 720)):
    """The sender's pipeline."""
    need("gst-launch-1.0")
    elements = "decodebin jpegenc multipartmux tcpserversink multipartdemux jpegdec"
    for one in elements.split():
        try:
            run(["gst-inspect-1.0", "--exists", one])
        except Failure as why:
            raise Skipped(f"GStreamer has no {one} here") from why
    command = (
        f"gst-launch-1.0 -q filesrc location={film(turn, *size)} ! decodebin ! "
        "jpegenc quality=80 ! multipartmux ! "
        f"tcpserversink host=127.0.0.1 port={port} sync=true"
    )
    return command.split()


def gstreamer_play(turn, size=(1280, 720)):
    port = free_port()
    view = (
        f"gst-launch-1.0 -q tcpclientsrc host=127.0.0.1 port={port} ! "
        "multipartdemux ! jpegdec ! fakesink sync=false"
    )
    return Play(gstreamer_command(turn, port, size), port, view.split(), False)


def gstreamer(turn, size=(1280, 720)):
    return watched(turn, gstreamer_play(turn, size))[0]


def ffmpeg_play(turn, size=(1280, 720)):
    need("ffmpeg")
    port = free_port()
    place = f"tcp://127.0.0.1:{port}"
    # q:v 4 makes the JPEGs about as large as our quality 80.
    send = (
        f"ffmpeg -nostdin -v error -re -i {film(turn, *size)} -c:v mjpeg -q:v 4 "
        f"-pix_fmt yuvj420p -f mjpeg {place}?listen=1"
    )
    view = f"ffmpeg -nostdin -v error -f mjpeg -i {place} -f null -"
    return Play(send.split(), port, view.split(), False)


def opencv_play(turn, size=(1280, 720)):
    try:
        run([PYTHON, "-c", "import cv2, zmq, numpy"])
    except Failure as why:
        raise Skipped("Python has no OpenCV or no pyzmq here") from why
    port = free_port()
    place = f"tcp://127.0.0.1:{port}"
    send = [PYTHON, PEER, "send", film(turn, *size), place]
    return Play(send, port, [PYTHON, PEER, "view", place], False)


def beside(peer, turns):
    """A function that gives our figures and the peer's, measured at once."""
    return first(turns)(lambda turn: watched(turn, zroom_play(turn), peer(turn)))


BESIDE_GSTREAMER = beside(gstreamer_play, 9)
BESIDE_FFMPEG = beside(ffmpeg_play, 1)
BESIDE_OPENCV = beside(opencv_play, 1)


@first(1)
def film_alone(turn):
    return turn.once(zroom_film), None


@first(1)
def film_memory(turn):
    floor = run_json([program("bench/film_floor"), film(turn)])
    return turn.once(zroom_film), floor


@first(1)
def pattern(turn):
    return zroom_pattern(turn), None


def idle(turn):
    """Two publishers that nobody watches, at once."""
    ports = free_port(), free_port()
    commands = []
    for source, port in zip(([film(turn), "--width", "0"], ["pattern"]), ports):
        commands.append([program("bin/zroom-publisher"), *source, "--no-announce"])
        commands[-1] += ["--bind", f"tcp://127.0.0.1:{port}"]
    with running(turn, commands[0], ports[0]) as one:
        with running(turn, commands[1], ports[1]) as other:
            time.sleep(1)
            used = shares(IDLE_S, one, other)
    return {"film": used[0], "pattern": used[1]}, None


def peer_rows(name, pair, target, note):
    return [
        Row(
            f"film: {who}'s CPU, 720p30, beside {name}",
            "%",
            "less",
            target,
            field(pair, f"{who}_share"),
            text,
        )
        for who, text in (("sender", note), ("viewer", ""))
    ]


ROWS = [
    *peer_rows(
        "GStreamer",
        BESIDE_GSTREAMER,
        Times(1.0),
        "of one CPU, playing an H.264 file to one viewer, both at once; floor column: "
        "decodebin, jpegenc quality=80, multipartmux, tcpserversink; tcpclientsrc, "
        "multipartdemux, jpegdec, fakesink",
    ),
    *peer_rows("ffmpeg", BESIDE_FFMPEG, None, "MJPEG over TCP to ffmpeg -f null, at once"),
    *peer_rows(
        "OpenCV",
        BESIDE_OPENCV,
        None,
        "VideoCapture, imencode, base64, pyzmq in Python, at once",
    ),
    Row(
        "film: publisher's memory, 720p",
        "MiB",
        "less",
        40,
        field(film_memory, "sender_peak_mib"),
        "most it had resident, shared libraries and H.264 decoder included; floor: a "
        "bare program that decodes the film with FFmpeg's libraries and does nothing "
        "else, half of that by loading them",
    ),
    Row(
        "film: publisher's share of memory (PSS)",
        "MiB",
        "less",
        None,
        field(film_alone, "sender_pss_mib"),
        "",
    ),
    Row(
        "film: publisher's memory, beside GStreamer",
        "MiB",
        "less",
        None,
        field(BESIDE_GSTREAMER, "sender_peak_mib"),
        "",
    ),
    Row(
        "pattern: publisher's memory, 720p",
        "MiB",
        "less",
        40,
        field(pattern, "sender_peak_mib"),
        "",
    ),
    Row(
        "pattern: publisher's share of memory (PSS)",
        "MiB",
        "less",
        None,
        field(pattern, "sender_pss_mib"),
        "",
    ),
    Row(
        "pattern: subscriber's memory, 720p",
        "MiB",
        "less",
        40,
        field(pattern, "viewer_peak_mib"),
        "--view none",
    ),
    Row(
        "pattern: subscriber's share of memory (PSS)",
        "MiB",
        "less",
        None,
        field(pattern, "viewer_pss_mib"),
        "",
    ),
    Row(
        "idle: publisher of a film, nobody watching",
        "%",
        "less",
        0.5,
        field(idle, "film"),
        "of one CPU",
    ),
    Row(
        "idle: publisher of the pattern, nobody watching",
        "%",
        "less",
        0.5,
        field(idle, "pattern"),
        "",
    ),
]
