#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A publisher in a room, without a line of Zroom: the example of PROTOCOL.md, with
figures.

    room_sender.py ENDPOINT NAME [KIND]

Connects to a broker's video-in, sends info/NAME twice a second, and 20 pictures a
second while somebody watches. Prints a JSON line for every event and once a second.
KIND: "stubborn" does not take another name; "mute" sends no info/; "id=HEX" has that
id; others ("--kinds" lists them) send between the pictures what no publisher should.
"""
import json
import os
import secrets
import sys
import time

import cv2
import numpy
import zmq

ID = secrets.token_hex(16)
GOOD = {"id": ID, "width": 160, "height": 120, "fps": 20, "kbit_s": 300}


def info(**changes):
    return json.dumps(GOOD | changes).encode()


BAD = {
    "three-parts": [[b"full/evil", b"\xff\xd8", b"more"], [b"full/evil"] * 100],
    "huge-topic": [[b"full/" + bytes(5 << 20), b"\xff\xd8"], [b"x" * 9000, b"y"]],
    "empty": [[b""], [b"", b""], [b"", b"", b""]],
    "one-part": [[b"full/evil"], [b"info/evil"], [b"room/" + b"0" * 32], [os.urandom(999)]],
    "bad-json": [[b"info/evil", text] for text in (b"", b"{", b"[]", b"\xff" * 99, b"[" * 4096, bytes(4096))],
    "long-json": [[b"info/evil", info(extra="x" * 5000)], [b"info/evil", bytes(1 << 20)]],
    "bad-id": [[b"info/evil", info(id=text)] for text in ("", "x" * 32, "0" * 31, "A" * 32, 7, None, "0\0" * 16)],
    "bad-name": [[b"info/" + name, info(id="e" * 32)] for name in (b"", b"a/b", b" x", b"\xff", b"x" * 65, b"\x1b[2J", b"a\0b")],
    "false-room": [[b"room/" + b"0" * 32, b'{"name":"evil","chat":1,"upstream":[]}']],
    "many-names": [[b"info/evil%d" % i, info(id="%032x" % i)] for i in range(5000)],
}


def say(**event):
    print(json.dumps(event), flush=True)


def jpeg(seq):
    picture = numpy.full((120, 160, 3), 64 + seq % 128, numpy.uint8)
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    text = b"zroom/1 seq=%d time=%d" % (seq, time.time() * 1e6)
    return data[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + data[2:]


def main():
    if sys.argv[1:] == ["--kinds"]:
        print("\n".join(BAD))
        return
    endpoint, name = sys.argv[1:3]
    kind = sys.argv[3] if len(sys.argv) > 3 else ""
    ident = kind[3:] if kind.startswith("id=") else ID
    socket = zmq.Context().socket(zmq.XPUB)
    socket.sndhwm = 1 if kind not in BAD else 100000
    socket.maxmsgsize = 4096
    socket.connect(endpoint)
    prefixes, sent, next_info, next_figures = set(), 0, 0, 0
    bad = list(BAD.get(kind, []))
    while True:
        while socket.poll(0):
            message = socket.recv()
            if message[:1] == b"\1":
                prefixes.add(message[1:])
            elif message[:1] == b"\0":
                prefixes.discard(message[1:])
            elif message[:8] == b"\2rename ":
                wanted, _, new = message[8:].decode(errors="replace").partition(" ")
                say(event="rename", id=wanted, name=new, ours=wanted == ident)
                if wanted == ident and kind != "stubborn":
                    name = new
        topic = f"full/{name}".encode()
        now = time.monotonic()
        asked = any(p.startswith(b"info/") or b"info/".startswith(p) for p in prefixes)
        if now >= next_info and asked and kind != "mute":
            next_info = now + 0.47 + secrets.randbelow(60) / 1000
            socket.send_multipart([f"info/{name}".encode(), info(id=ident)])
            time.sleep(0.002)  # two at once on one connection, and the second is lost
        if any(topic.startswith(p) for p in prefixes):
            socket.send_multipart([topic, jpeg(sent)])
            sent += 1
        for message in bad[:200]:
            socket.send_multipart(message)
        if bad and not bad[200:]:
            say(event="done")
        bad = bad[200:]
        if now >= next_figures:
            next_figures = now + 1
            say(event="figures", name=name, sent=sent, watched=len([p for p in prefixes if topic.startswith(p)]))
        time.sleep(0.05)


main()
