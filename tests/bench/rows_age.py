# SPDX-License-Identifier: MPL-2.0
"""How old pictures are beyond the decoder of one viewer: on the screen, and by way of
the broker. Ages have no target of their own here; the floor column has the shorter way,
measured in the same turn."""

from base import (
    Failure,
    Row,
    ages,
    field,
    film,
    first,
    free_port,
    program,
    received,
    running,
    viewer_command,
    wait_until,
)
from display import display
from rows_scale import slow
from rows_video import send_command

SCREEN_S = 4
FPS_MIN = 27  # of 30
WAY_S = 2


def ages_since(viewer, count):
    """Ages of whole seconds; of 30 pictures a second the p99 is the oldest."""
    found = ages(viewer.lines()[count:])
    return {"p50_ms": found["p50_ms"], "worst_ms": found["p99_ms"]}


def presented(turn):
    """Stamped footage in a window: when on the screen, and when decoded."""
    port = free_port()
    endpoint = f"tcp://127.0.0.1:{port}"
    options = ["--stamp", "--seconds", "60", "--bind", endpoint]
    view = [program("bin/zroom-subscriber"), "--view", "window", "--stats", endpoint]
    watch = [program("bench/screen_age"), str(SCREEN_S)]
    with display(turn) as (_, environment):
        with running(turn, send_command(turn, options), port):
            with running(turn, view, env=environment) as viewer:
                wait_until("no picture came", lambda: received(viewer, 10), 20)
                warm = len(viewer.lines())
                with running(turn, watch, env=environment) as watcher:
                    seen = watcher.result(30)
                decoded = ages_since(viewer, warm)
    if seen["fps"] < FPS_MIN:
        raise Failure(f"only {seen['fps']} pictures a second were on the screen")
    return seen, decoded


def one_way(turn, endpoint):
    with running(turn, viewer_command(endpoint)) as viewer:
        wait_until("no picture came", lambda: received(viewer), 20)
        warm = len(viewer.lines())
        wait_until("no figures", lambda: len(viewer.lines()) >= warm + WAY_S)
        return ages_since(viewer, warm)


def relayed(turn):
    """One publisher, watched through the broker and straight, one after the other."""
    direct, into, out = (free_port() for _ in range(3))
    at = "tcp://127.0.0.1:"
    broker = [program("bin/zroom-broker"), "--no-chat", "--no-announce"]
    broker += ["--video-in", f"{at}{into}", "--video-out", f"{at}{out}"]
    send = [program("bin/zroom-publisher"), film(turn), "--width", "0", "--name", "film"]
    send += ["--no-announce", "--bind", f"{at}{direct}", "--connect", f"{at}{into}"]
    with running(turn, broker, out), running(turn, send, direct):
        return turn.both(
            lambda: one_way(turn, f"{at}{out}"), lambda: one_way(turn, f"{at}{direct}")
        )


PRESENTED, RELAYED = first(1)(presented), first(2)(relayed)

ROWS = [
    Row(
        "age: capture to screen, 720p30, median",
        "ms",
        "less",
        None,
        field(PRESENTED, "p50_ms"),
        "footage in memory to a window under Xvfb, seen from outside: a stamp in each "
        "picture is read off the screen; floor column: when the same subscriber has "
        "decoded it",
    ),
    Row(
        "age: the same, p99",
        "ms",
        "less",
        None,
        lambda turn: (pair := turn.once(PRESENTED)) and (pair[0]["p99_ms"], None),
        "",
    ),
    Row(
        "age: the same, worst",
        "ms",
        "less",
        None,
        field(PRESENTED, "worst_ms"),
        f"of {SCREEN_S} s",
    ),
    Row(
        "age: capture to decoded through the broker, median",
        "ms",
        "less",
        None,
        field(RELAYED, "p50_ms"),
        "zroom-publisher with an H.264 film of 720p30, zroom-broker, zroom-subscriber; "
        "floor column: straight from the same publisher",
    ),
    Row(
        "age: through the broker, worst",
        "ms",
        "less",
        None,
        field(RELAYED, "worst_ms"),
        f"of {WAY_S} s",
    ),
    Row(
        "slow: median of the age",
        "ms",
        "less",
        None,
        lambda turn: (turn.once(slow)[0]["p50_ms"], None),
        "",
    ),
]
