#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A viewer that looks at bytes, quick enough for a slow machine: keeps every picture.

    collect.py ENDPOINT KEEP [PLAYED]

Writes each JPEG to KEEP/SEQ.jpg as it came, and prints a JSON line for it: seq, time
(seconds), width, height, and what it is of the files in PLAYED: "file", its name without
suffix, if the bytes are the same but for the publisher's own segment and, with "tables",
the Huffman tables put in. Runs until it is ended.
"""
import base64
import json
import pathlib
import re
import sys

import zmq

DHT, SOS, SOFS = 0xC4, 0xDA, (0xC0, 0xC1, 0xC2)


def segments(jpeg):
    """What stands before the scan: kind, and the bytes with the marker."""
    at = 2
    while jpeg[at + 1] != SOS:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        yield jpeg[at + 1], jpeg[at:end]
        at = end
    yield SOS, jpeg[at:]


def split(message):
    """The camera's part of a message, and the publisher's words."""
    meta = re.match(rb"\xff\xd8\xff\xfe(..)zroom/1 seq=(\d+) time=(\d+)", message, re.S)
    end = 4 + int.from_bytes(meta[1], "big")
    return message[:2] + message[end:], int(meta[2]), int(meta[3]) / 1e6


endpoint, keep = sys.argv[1], pathlib.Path(sys.argv[2])
keep.mkdir(parents=True, exist_ok=True)
names = {}
if len(sys.argv) > 3:
    names = {file.read_bytes(): file.stem for file in pathlib.Path(sys.argv[3]).iterdir()}
socket = zmq.Context().socket(zmq.SUB)
socket.rcvhwm = 0
socket.subscribe(b"")
socket.connect(endpoint)
print("ready", file=sys.stderr, flush=True)

while True:
    jpeg = base64.b64decode(socket.recv())
    played, seq, time = split(jpeg)
    line = {"seq": seq, "time": time}
    bare = played[:2]
    for kind, data in segments(played):
        if kind in SOFS:
            line["height"], line["width"] = (int.from_bytes(data[i : i + 2], "big") for i in (5, 7))
        if kind != DHT:
            bare += data
    line["file"] = names.get(played, names.get(bare))
    line["tables"] = played not in names and bare in names
    (keep / f"{seq}.jpg").write_bytes(jpeg)
    print(json.dumps(line), flush=True)
