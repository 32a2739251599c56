#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Peers that do not keep to common/PROTOCOL.md, on a bare DEALER.

    bad_chatter.py KIND ENDPOINT

Prints what went wrong, and exits with 1, if the room does not answer as the page says.
"""
import os
import re
import secrets
import sys
import time

import zmq
from zmq.utils.monitor import recv_monitor_message

from zroom_chat import Client

V = b"zroom/1 "
PATIENCE = int(os.environ.get("PATIENCE") or 1)
CONTEXT = zmq.Context.instance()


def dealer(endpoint, **options):
    socket = CONTEXT.socket(zmq.DEALER)
    socket.linger = 0
    socket.sndhwm = 0
    for name, value in options.items():
        setattr(socket, name, value)
    socket.connect(endpoint)
    return socket


def join(socket, nick, token=None):
    token = token or secrets.token_hex(16)
    socket.send_multipart([V + b"JOIN " + token.encode() + b" -", nick])


def heads(socket, pattern, seconds=5):
    """The heads that come, up to one that matches."""
    got, deadline = [], time.monotonic() + seconds * PATIENCE
    while time.monotonic() < deadline:
        if socket.poll(100):
            got.append(socket.recv_multipart()[0].decode())
            if re.fullmatch("zroom/1 (?:" + pattern + ")", got[-1]):
                return got
    raise AssertionError(f"expected {pattern}, got {got}")


def expect(socket, parts, pattern):
    socket.send_multipart(parts)
    try:
        got = heads(socket, "ERROR .*|REFUSED .*|WELCOME .*|ACK .*|NOTICE")
        assert re.fullmatch("zroom/1 (?:" + pattern + ")", got[-1]), f"got {got}"
    except AssertionError as error:
        raise AssertionError(f"{[part[:60] for part in parts]}: expected {pattern}: {error}")


def malformed(endpoint):
    """Anything but the grammar, in the room and before it."""
    token = secrets.token_hex(16).encode()
    outside = [
        ([b""], "ERROR (malformed|version)"),
        ([b"", b""], "ERROR (malformed|version)"),
        ([b"hello"], "ERROR (malformed|version)"),
        ([b"zroom/2 WHO"], "ERROR version"),
        ([b"zroom/10 WHO"], "ERROR version"),
        ([b"ZROOM/1 WHO"], "ERROR (malformed|version)"),
        ([b"zroom/1"], "ERROR (malformed|version)"),
        ([b"zroom/1 "], "ERROR malformed"),
        ([V + b"DANCE"], "ERROR malformed"),
        ([V + b"who"], "ERROR malformed"),
        ([V + b" WHO"], "ERROR malformed"),
        ([V + b"WHO "], "ERROR malformed"),
        ([V + b"WHO\n"], "ERROR malformed"),
        ([V + b"WHO\0"], "ERROR malformed"),
        ([V + b"WHO", b"text"], "ERROR malformed"),
        ([V + b"WHO", b"", b""], "ERROR malformed"),
        ([V + b"WHO"] + [b"x"] * 500, "ERROR malformed"),
        ([V + b"WELCOME ana 1 1"], "ERROR malformed"),
        ([V + b"JOIN"], "ERROR malformed"),
        ([V + b"JOIN " + token + b" -"], "ERROR malformed"),
        ([V + b"JOIN " + token[:-1] + b" -", b"ana"], "ERROR malformed"),
        ([V + b"JOIN " + token.upper()[:-1] + b"G -", b"ana"], "ERROR malformed"),
        ([V + b"JOIN " + token + b" -1", b"ana"], "ERROR malformed"),
        ([V + b"JOIN " + token + b" 01", b"ana"], "ERROR malformed"),
        ([V + b"JOIN " + token + b" 9223372036854775808", b"ana"], "ERROR malformed"),
        ([V + b"SAY 1"], "ERROR malformed"),
        ([V + b"SAY x", b"hello"], "ERROR malformed"),
        ([V + b"SAY " + b"1" * 600, b"hello"], "ERROR malformed"),
        ([V + b"MSG 1 " + b"x" * 200, b"hello"], "ERROR malformed"),
        ([V + b"MSG 1 \xff\xfe", b"hello"], "ERROR malformed"),
        ([V + b"SAY 1", b"hello"], "ERROR not-joined.*"),
        ([V + b"ME 1", b"hello"], "ERROR not-joined.*"),
        ([V + b"NICK", b"ana"], "ERROR not-joined"),
    ]
    inside = [case for case in outside if "not-joined" not in case[1]] + [
        ([V + b"JOIN " + token + b" -", b"again"], "ERROR already-joined"),
        ([V + b"SAY 1", b""], "ERROR text-bad 1"),
        ([V + b"SAY 2", b"\xc3\x28"], "ERROR text-bad 2"),
        ([V + b"SAY 3", b"x" * 4097], "ERROR too-long 3"),
        ([V + b"SAY 4", b"x" * 60000], "ERROR too-long 4"),
        ([V + b"MSG 5 nobody", b"hello"], "ERROR nobody 5"),
        ([V + b"SAY 9", b"ahead"], "ERROR gap 9"),
        ([V + b"SAY 6", b"x" * 4096], "ACK 6 [0-9]+"),
        ([V + b"SAY 6", b"twice"], "ACK 6 0"),
    ]
    socket = dealer(endpoint)
    for parts, pattern in outside:
        expect(socket, parts, pattern)
    join(socket, b"mallory")
    heads(socket, "WELCOME mallory .*")
    for parts, pattern in inside:
        expect(socket, parts, pattern)


def controls(endpoint):
    """What a terminal would obey, in names and in texts."""
    socket = dealer(endpoint)
    bad = [b"\x1b[31mred", b"\x1b]0;title\x07", b"a\x07", b"a\x00b", b"a\rb", b"a\nb",
           b"\x7f", "\u009b31m".encode(), "a\u0085".encode(), b"\xc0\x80", b"\xed\xa0\x80"]
    for text in bad:
        join(socket, b"m" + text)
        heads(socket, "REFUSED name-bad")
    join(socket, b"mallory")
    heads(socket, "WELCOME mallory .*")
    for n, text in enumerate(bad, 1):
        expect(socket, [V + b"SAY %d" % n, b"text " + text], f"ERROR text-bad {n}")
        expect(socket, [V + b"NICK", b"m" + text], "REFUSED name-bad")
    expect(socket, [V + b"SAY %d" % (len(bad) + 1), "end\ttab \u202emoc".encode()], "ACK .*")


def huge(endpoint):
    """A part above 64 KiB ends the connection."""
    socket = dealer(endpoint)
    monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    join(socket, b"mallory")
    heads(socket, "WELCOME .*")
    socket.send_multipart([V + b"SAY 1", b"x" * 70000])
    assert monitor.poll(5000 * PATIENCE), "it is still connected"
    assert recv_monitor_message(monitor)["event"] == zmq.EVENT_DISCONNECTED
    socket.disable_monitor()


def trips(client, count, between=lambda: None):
    """Seconds from say to shown, each."""
    times = []
    for i in range(count):
        text = f"trip {i} {secrets.token_hex(4)}"
        start = time.monotonic()
        client.say(text)
        deadline = start + 10 * PATIENCE
        while not any(event.get("text") == text for event in client.step(0.005)):
            assert time.monotonic() < deadline, f"{text} is not shown"
            between()
        times.append(time.monotonic() - start)
    return times


def enter(endpoint, nick):
    client = Client(endpoint, nick)
    deadline = time.monotonic() + 10 * PATIENCE
    while not client.joined:
        client.step(0.1)
        assert time.monotonic() < deadline, f"{nick} cannot join"
    return client


def quick(times):
    times = sorted(times)
    print(f"median {times[len(times) // 2] * 1e3:.1f} ms, worst {times[-1] * 1e3:.1f} ms")
    assert times[len(times) // 2] < 0.1 * PATIENCE and times[-1] < 1.0 * PATIENCE


def flood(endpoint):
    """Lines as fast as they go, WAIT or not; somebody else goes on talking."""
    other = enter(endpoint, "other")
    socket = dealer(endpoint, rcvhwm=0)
    join(socket, b"flooder")
    heads(socket, "WELCOME .*")
    n, waits, acks = 1, 0, 0

    def pour():
        nonlocal n, waits, acks
        for _ in range(200):
            socket.send_multipart([V + b"SAY %d" % n, b"flood"])
            n += 1
        while socket.poll(0):
            head = socket.recv_multipart()[0]
            waits += b" WAIT " in head
            acks += b" ACK " in head

    start = time.monotonic()
    times = []
    while time.monotonic() < start + 2:
        pour()
        times += trips(other, 1, pour)
        time.sleep(0.01)  # the other one keeps to its own limit
    seconds = time.monotonic() - start
    print(f"{n} sent in {seconds:.1f} s, {acks} taken, {waits} told to wait")
    assert n > 5000 and waits > 0, "that was no flood"
    assert acks <= 200 + 100 * (seconds + 1), "too many were taken"
    quick(times)


def joins(endpoint):
    """Two thousand joins as fast as possible; somebody else goes on talking."""
    other = enter(endpoint, "other")
    sockets, count = [], 0

    def pour():
        nonlocal count
        while count < 2000:
            sockets.append(dealer(endpoint))
            join(sockets[-1], b"guest%d" % count)
            count += 1
            if len(sockets) > 100:
                sockets.pop(0).close(0)
            if count % 25 == 0:
                return

    start = time.monotonic()
    times = []
    while count < 2000:
        times += trips(other, 1, pour)
    print(f"{count} joins in {time.monotonic() - start:.1f} s")
    for socket in sockets:
        socket.close(0)
    times += trips(other, 10)
    quick(times)
    newcomer = enter(endpoint, "newcomer")
    quick(trips(newcomer, 5))


def deaf(endpoint):
    """One that never reads, while 3,000 long lines are said."""
    socket = dealer(endpoint, rcvhwm=1, rcvbuf=4096)
    join(socket, b"deaf")
    talkers = [enter(endpoint, f"talker{i}") for i in range(10)]
    start = time.monotonic()
    for i in range(300):
        for talker in talkers:
            talker.say(f"{i} " + "long " * 800)
    put_out, spoke = None, 0
    while any(talker.pending() or talker.counts["shown"] < 3000 for talker in talkers) \
            or not put_out:
        if not put_out and time.monotonic() > spoke + 1: # it is not silent
            socket.send(b"zroom/1 WHO", zmq.DONTWAIT)
            spoke = time.monotonic()
        for talker in talkers:
            for event in talker.step(0.001):
                if event["event"] == "left" and event["nick"] == "deaf":
                    put_out = event["why"]
        seen = [(talker.pending(), talker.counts["shown"]) for talker in talkers]
        assert time.monotonic() < start + 40 * PATIENCE, f"{put_out} {seen}"
    print(f"3,000 lines in {time.monotonic() - start:.1f} s, put out as {put_out}")
    assert put_out == "stuck"
    quick(trips(talkers[0], 20))


def ghosts(endpoint):
    """Three hundred who join and hang up at once: only the one who looks is there."""
    for number in range(300):
        socket = dealer(endpoint)
        socket.linger = 1000
        join(socket, b"ghost%d" % number)
        socket.close()
    watch = dealer(endpoint)
    join(watch, b"watch")
    heads(watch, "WELCOME .*", 10)
    deadline = time.monotonic() + 10 * PATIENCE
    while True:
        watch.send(V + b"WHO")
        names = heads(watch, r"NAMES \d+")[-1].split()[-1]
        if names == "2":  # and the witness
            return
        assert time.monotonic() < deadline, f"{names} are said to be here"
        time.sleep(0.2)


def main():
    kind, endpoint = sys.argv[1:]
    try:
        globals()[kind](endpoint)
    except AssertionError as error:
        print(error)
        sys.stdout.flush()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
