# SPDX-License-Identifier: MPL-2.0
"""The chat: a room of many peers, against a bare ROUTER that does the same sends."""

import os
import shutil
import tempfile

from base import Failure, Row, Skipped, field, first, free_port, program, run_json, running

# ngircd, without looking anybody up, and without slowing anybody down.
NGIRCD = """[Global]
Name = bench.invalid
Info = bench
AdminInfo1 = bench
Listen = 127.0.0.1
Ports = {port}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
"""


def chat(turn, load, floor=False, stored=True):
    """Runs chat_load against the broker or the floor; adds "peak_mib" to its result."""
    port = free_port()
    endpoint = f"tcp://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(dir=turn.folder) as folder:
        history = os.path.join(folder, "history.db")
        command = [program("bin/zroom-broker"), "--no-video", "--no-announce"]
        command += ["--chat", endpoint, "--history", history]
        if floor:
            command = [program("bench/chat_floor"), endpoint] + [history] * stored
        with running(turn, command, port) as broker:
            result = run_json([program("bench/chat_load"), "--port", str(port)] + load)
            broker.check()
            result["peak_mib"] = broker.memory()["peak_mib"]
    if result["errors"] or result["doubles"]:
        raise Failure(f"{command[0]}: {result}")
    return result


def chat_both(turn, load, stored):
    load = load.split()
    return turn.both(
        lambda: chat(turn, load), lambda: chat(turn, load, floor=True, stored=stored)
    )


def chat_rate(turn):
    load = "--peers 1000 --authors 32 --window 16 --lines 4000 --seconds 40"
    return chat_both(turn, load, stored=False)


def chat_pace(turn):
    load = "--peers 1000 --authors 25 --lines 300 --rate 100 --seconds 40"
    return chat_both(turn, load, stored=False)


def chat_store(turn):
    load = "--peers 64 --authors 64 --window 16 --lines 10000 --seconds 40"
    return chat_both(turn, load, stored=True)


def ngircd(turn, load):
    """The same room on ngircd."""
    found = shutil.which("ngircd", path=os.environ["PATH"] + ":/usr/sbin")
    if not found:
        raise Skipped("ngircd is not installed")
    port = free_port()
    path = os.path.join(turn.folder, f"ngircd-{port}.conf")
    with open(path, "w") as file:
        file.write(NGIRCD.format(port=port))
    with running(turn, [found, "-n", "-f", path], port) as server:
        command = [program("bench/irc_load"), "--port", str(port), *load.split()]
        result = run_json(command)
        result["peak_mib"] = server.memory()["peak_mib"]
    return result


@first(2)
def beside_rate(turn):
    load = "--peers 1000 --authors 32 --lines 2000"
    return turn.once(chat_rate)[0], ngircd(turn, load)


@first(2)
def beside_pace(turn):
    load = "--peers 1000 --authors 25 --lines 150 --rate 100"
    return turn.once(chat_pace)[0], ngircd(turn, load)


ROWS = [
    Row(
        "chat: deliveries, 1,000 peers",
        "/s",
        "more",
        lambda floor: min(200000, 0.6 * floor),
        field(chat_rate, "deliveries_s"),
        "32 of them say 4,000 lines as fast as they are taken; floor: a bare ROUTER",
    ),
    Row(
        "chat: p99 at 100 lines/s, 1,000 peers",
        "ms",
        "less",
        20,
        field(chat_pace, "p99_ms"),
        "from saying to arrival at any peer; floor: a bare ROUTER; in both libzmq's one "
        "I/O thread writes to each peer by itself, which takes most of a CPU",
    ),
    Row(
        "chat: median of the same",
        "ms",
        "less",
        None,
        field(chat_pace, "p50_ms"),
        "",
    ),
    Row(
        "chat: broker's memory, 1,000 peers",
        "MiB",
        "less",
        80,
        field(chat_pace, "peak_mib"),
        "most it had resident, all joining and 100 lines/s; floor: a bare ROUTER's",
    ),
    Row(
        "chat: lines stored durably",
        "/s",
        "more",
        2000,
        field(chat_store, "acked_s"),
        "64 peers say 10,000 lines; floor: a ROUTER with one bare INSERT a line, "
        "a COMMIT a turn",
    ),
    Row(
        "chat: deliveries, beside ngircd",
        "/s",
        "more",
        None,
        field(beside_rate, "deliveries_s"),
        "floor column: a channel of the same 1,000, of whom 32 speak; nothing is kept "
        "there, nor acknowledged; twice",
    ),
    Row(
        "chat: p99 at 100 lines/s, beside ngircd",
        "ms",
        "less",
        None,
        field(beside_pace, "p99_ms"),
        "",
    ),
    Row(
        "chat: memory, beside ngircd",
        "MiB",
        "less",
        None,
        field(beside_pace, "peak_mib"),
        "",
    ),
]
