# SPDX-License-Identifier: MPL-2.0
"""Many viewers, the relay, and a slow link."""

import contextlib
import math
import os
import signal
import statistics
import time

from base import (
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
from rows_video import send_command

VIEWERS = 32
CROWDS = 1, 8, VIEWERS, 128
LINK_MBIT = 10
OFFERED_MBIT = 17
SLOW_S = 5


def swarm_command(port, viewers, every_ms=500):
    command = [program("bench/video_swarm"), "--port", str(port)]
    return command + ["--peers", str(viewers), "--every", str(every_ms)]


# ---- many viewers -------------------------------------------------------------------


def crowd(turn, viewers, options):
    """video_send to so many viewers; what it says, and what came to them."""
    port = free_port()
    options = options + ["--viewers", str(viewers), "--bind", f"tcp://127.0.0.1:{port}"]
    with running(turn, send_command(turn, ["--jpeg", *options]), port) as sender:
        with running(turn, swarm_command(port, viewers, 100)) as swarm:
            result = sender.result()
            # It begins and ends in the middle of a line.
            lines = [one for one in swarm.lines() if one["deliveries"]][1:-1]
    if not lines:
        raise Failure("no pictures came to the viewers")
    result["deliveries_s"] = rate(lines)
    # From the first picture on: all viewers are there before it.
    result["evenness"] = lines[-1]["least"] / lines[-1]["most"]
    came = min(viewers, result["deliveries_s"] / result["fps"])
    result["delivery_us"] = result["cpu_ms"] * 1000 / came
    return result


def crowd_rows(viewers):
    """What so many cost and get. The usual number is measured for longer, more often."""
    usual = viewers == VIEWERS

    few = first(math.inf if usual else 1)

    def both(turn, *options):
        return turn.both(
            lambda: crowd(turn, viewers, [*options]),
            lambda: crowd(turn, viewers, ["--bare", *options]),
        )

    @few
    def flat_out(turn):
        return both(turn, "--fps", "0", "--seconds", "2" if usual else "1")

    @few
    def paced(turn):
        return both(turn, "--fps", "30", "--seconds", "1")

    words = f"{viewers} viewers" if viewers > 1 else "1 viewer"
    rows = [
        Row(
            f"scale: deliveries, {words}",
            "/s",
            "more",
            Times(0.9) if usual else None,
            field(flat_out, "deliveries_s"),
            "720p JPEGs, the publisher as fast as it can (metadata, base64, send); "
            "floor: a bare XPUB and the same messages made beforehand, so that for few "
            "viewers most of ours is base64"
            if usual
            else "",
        ),
        Row(
            f"scale: slowest viewer / fastest, of {viewers}",
            "",
            "more",
            None,
            field(flat_out, "evenness"),
            "pictures that came to each in all that time; that one waits for a while does not "
            "show" if usual else "",
        ),
        Row(
            f"scale: sender's CPU per delivery, {words}",
            "us",
            "less",
            None,
            field(paced, "delivery_us"),
            "the same at 30 a second, the whole process" if usual else "",
        ),
    ]
    return [row for row in rows if viewers > 1 or "slowest" not in row.name]


def stopped(turn):
    """One of them is stopped: what the others get before and after, and our memory."""
    port = free_port()
    options = ["--jpeg", "--fps", "60", "--seconds", "5", "--viewers", str(VIEWERS)]
    options += ["--bind", f"tcp://127.0.0.1:{port}"]
    with contextlib.ExitStack() as stack:
        sender = stack.enter_context(running(turn, send_command(turn, options), port))
        others = stack.enter_context(running(turn, swarm_command(port, VIEWERS - 1)))
        one = stack.enter_context(running(turn, swarm_command(port, 1)))
        wait_until("no pictures came", lambda: any(x["deliveries"] for x in one.lines()))
        time.sleep(1.6)
        before, memory = rate(others.lines()[-2:]), sender.memory()["mib"]
        one.process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(2.2)
            after, later = rate(others.lines()[-3:]), sender.memory()["mib"]
        finally:
            one.process.send_signal(signal.SIGCONT)
    return {"rate": after, "grown_mib": later - memory}, {"rate": before}


def rate(lines):
    return sum(one["deliveries"] for one in lines) / sum(one["seconds"] for one in lines)


# ---- the relay ----------------------------------------------------------------------


@contextlib.contextmanager
def relays(turn):
    """Our broker and a bare zmq_proxy: of each the program, and its two ports."""
    ports = [free_port() for _ in range(4)]
    places = [f"tcp://127.0.0.1:{port}" for port in ports]
    broker = [program("bin/zroom-broker"), "--no-chat", "--no-announce"]
    broker += ["--video-in", places[0], "--video-out", places[1]]
    proxy = [program("bench/relay_floor"), places[2], places[3]]
    with running(turn, broker, ports[1]) as one, running(turn, proxy, ports[3]) as other:
        yield (one, ports[0], ports[1]), (other, ports[2], ports[3])


def relay_age(turn):
    with relays(turn) as both:
        ways = [f"tcp://127.0.0.1:{port}" for _, *ports in both for port in ports]
        straight = f"tcp://127.0.0.1:{free_port()}"
        # 95,000 bytes: a 720p picture of the footage, in base64
        command = [program("bench/relay_age"), "2", "95000", straight, *ways]
        direct, ours, bare = run_json(command)
    return tuple({"added_ms": one["p50_ms"] - direct["p50_ms"]} for one in (ours, bare))


def relay_load(stack, turn, relay):
    """Pictures through that relay to the viewers, who are returned when some came."""
    _, into, out = relay
    options = ["--bare", "--jpeg", "--fps", "60", "--seconds", "10"]
    options += ["--connect", f"tcp://127.0.0.1:{into}"]
    swarm = stack.enter_context(running(turn, swarm_command(out, VIEWERS, 250)))
    stack.enter_context(running(turn, send_command(turn, options)))
    wait_until(
        "nothing came through the relay",
        lambda: any(one["deliveries"] for one in swarm.lines()),
    )
    return swarm


def relay_both(turn):
    """Deliveries for each second of CPU time, of both relays at once."""
    with relays(turn) as both, contextlib.ExitStack() as stack:
        swarms = [relay_load(stack, turn, one) for one in both]
        time.sleep(0.5)
        first = [len(one.lines()) for one in swarms]
        used = shares(2.5, *(relay[0] for relay in both))
        rates = [rate(one.lines()[begin:]) for one, begin in zip(swarms, first)]
    return tuple({"per_cpu_s": one / share * 100} for one, share in zip(rates, used))


# ---- a slow link --------------------------------------------------------------------


def check_namespaces():
    if os.geteuid():
        raise Skipped("network namespaces need root")
    need("ip", "tc")


@contextlib.contextmanager
def slow_link():
    """Two hosts and a cable that carries LINK_MBIT one way: their names, the address."""
    check_namespaces()
    here, there = (f"zr-bench-{end}-{os.getpid()}" for end in ("here", "there"))
    steps = [
        f"ip netns add {here}",
        f"ip netns add {there}",
        f"ip -n {here} link add cable type veth peer name cable netns {there}",
        f"ip -n {here} address add 10.79.0.1/24 dev cable",
        f"ip -n {there} address add 10.79.0.2/24 dev cable",
        f"ip -n {here} link set cable up",
        f"ip -n {there} link set cable up",
        f"ip -n {here} link set lo up",
        f"ip netns exec {here} tc qdisc replace dev cable root "
        f"tbf rate {LINK_MBIT}mbit burst 16kb latency 50ms",
    ]
    try:
        for step in steps:
            try:
                run(step.split())
            except Failure as why:
                raise Skipped(f"cannot be made here: {step}") from why
        yield here, there, "10.79.0.1"
    finally:
        for space in here, there:
            with contextlib.suppress(Failure):
                run(["ip", "netns", "delete", space])


def slow(turn):
    port = 5555
    with slow_link() as (here, there, address):
        endpoint = f"tcp://{address}:{port}"
        send = [program("bin/zroom-publisher"), film(turn), "--width", "0", "--stats"]
        send += ["--quality", "82", "--no-announce", "--bind", endpoint]
        inside = ["ip", "netns", "exec"]
        with running(turn, [*inside, here, *send], port) as sender:
            view = [*inside, there, *viewer_command(endpoint)]
            with running(turn, view) as viewer:
                wait_until("no picture came", lambda: received(viewer), 20)
                time.sleep(1.5)
                warm = len(viewer.lines())
                time.sleep(SLOW_S)
                lines, offered = viewer.lines()[warm:], sender.lines()[-SLOW_S:]
    mbit = statistics.median(one["streams"][0]["kbit_s"] for one in offered) / 1000
    fps = statistics.median(one["streams"][0]["fps"] for one in offered)
    if mbit < OFFERED_MBIT * 0.9:
        raise Failure(f"only {mbit:.1f} Mbit/s were offered")
    result = ages(lines)
    result["mbit"] = mbit
    floor = {"p99_ms": mbit / fps / LINK_MBIT * 1000, "mbit": LINK_MBIT}
    return result, floor


ROWS = [
    *(row for viewers in CROWDS for row in crowd_rows(viewers)),
    Row(
        f"scale: one of {VIEWERS} stopped, deliveries to others",
        "/s",
        "more",
        Times(0.97),
        field(stopped, "rate"),
        "60 pictures a second, after SIGSTOP; floor column: before",
    ),
    Row(
        "scale: the same, growth of the sender's memory",
        "MiB",
        "less",
        2,
        lambda turn: (turn.once(stopped)[0]["grown_mib"], None),
        "",
    ),
    Row(
        "relay: added latency, median",
        "ms",
        "less",
        0.3,
        field(relay_age, "added_ms"),
        "95,000 bytes, less than straight from socket to socket; floor: bare zmq_proxy",
    ),
    Row(
        f"relay: deliveries per second of CPU, {VIEWERS} viewers",
        "/s",
        "more",
        Times(0.9),
        field(relay_both, "per_cpu_s"),
        "60 pictures a second; floor: bare zmq_proxy, at once",
    ),
    Row(
        f"slow: p99 of the age, {LINK_MBIT} Mbit/s",
        "ms",
        "less",
        200,
        field(slow, "p99_ms"),
        f"{OFFERED_MBIT} Mbit/s or more offered, the worst second; floor: how long a "
        "picture takes on such a link",
    ),
    Row(
        "slow: what is offered",
        "Mbit/s",
        "more",
        None,
        field(slow, "mbit"),
        "",
    ),
]
