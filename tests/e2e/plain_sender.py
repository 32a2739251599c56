#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A sender as anybody would write it, without a line of Zroom: a PUB socket that binds,
and JPEGs from files, as they are.

    plain_sender.py base64|raw ENDPOINT=FILE...

Every file is sent 20 times a second at its own endpoint, until this is ended.
"""
import base64
import pathlib
import sys
import time

import zmq

form = sys.argv[1]
context = zmq.Context()
streams = []
for argument in sys.argv[2:]:
    endpoint, path = argument.rsplit("=", 1)
    socket = context.socket(zmq.PUB)
    socket.bind(endpoint)
    streams.append((socket, pathlib.Path(path)))

due = time.monotonic()
while True:
    for socket, path in streams:
        jpeg = path.read_bytes()
        socket.send(base64.b64encode(jpeg) if form == "base64" else jpeg)
    due += 0.05
    time.sleep(max(0, due - time.monotonic()))
