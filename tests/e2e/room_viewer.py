#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A viewer in a room, without a line of Zroom: one connection for each TOPIC, as
PROTOCOL.md asks, and what came of it, as JSON twice a second. A TOPIC that ends in "/"
stands for all that begin so, any other for itself alone.

    room_viewer.py ENDPOINT TOPIC...

    {"full/ana": {"received": 20, "lost": 0, "doubled": 0}, "info/ana": {...}, ...}

Pictures are told apart by the seq in their metadata.
"""
import base64
import json
import re
import sys
import time

import zmq

context = zmq.Context()
poller, wanted = zmq.Poller(), {}
for topic in sys.argv[2:]:
    socket = context.socket(zmq.SUB)
    socket.subscribe(topic.encode())
    socket.connect(sys.argv[1])
    poller.register(socket)
    wanted[socket] = topic

counts, last = {}, {}
due = 0
while True:
    for socket, _ in poller.poll(100):
        parts = socket.recv_multipart()
        topic = parts[0].decode(errors="replace") if len(parts) > 1 else ""
        if not wanted[socket].endswith("/") and topic != wanted[socket]:
            continue
        count = counts.setdefault(topic, {"received": 0, "lost": 0, "doubled": 0, "parts": len(parts)})
        count["received"] += 1
        if topic.startswith(("info/", "room/")):
            count["said"] = json.loads(parts[1])
            continue
        start = parts[-1][:200] if parts[-1][:1] == b"\xff" else base64.b64decode(parts[-1][:200])
        seq = re.search(rb"seq=(\d+)", start)
        if not seq:
            continue
        seq = int(seq[1])
        if topic in last and seq > last[topic]:
            count["lost"] += seq - last[topic] - 1
        elif topic in last and seq == last[topic]:
            count["doubled"] += 1
        last[topic] = seq
    if time.monotonic() > due:
        due = time.monotonic() + 0.5
        print(json.dumps(counts), flush=True)
