#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A viewer as anybody would write it, without a line of Zroom: a SUB socket, base64,
and a JPEG decoder.

    plain_viewer.py ENDPOINT base64|raw COUNT [FOLDER]

Prints one JSON line for each picture, and ends after COUNT of them. With FOLDER every
JPEG is kept there as SEQ.jpg, SEQ from the picture's own metadata.
"""
import base64
import hashlib
import json
import pathlib
import re
import sys

import cv2
import numpy
import zmq


def bit(level):
    return "1" if abs(level - 191.0) < 10 else "0" if level < 10 else "?"


endpoint, form, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
folder = pathlib.Path(sys.argv[4]) if len(sys.argv) > 4 else None
socket = zmq.Context().socket(zmq.SUB)
socket.subscribe(b"")
socket.connect(endpoint)

for _ in range(count):
    parts = socket.recv_multipart()
    if form == "base64":
        # The three lines that PROTOCOL.md promises to be enough; strict about padding
        # and line breaks, as some decoders are.
        message = parts[-1]
        jpeg = base64.b64decode(message, validate=True)
        picture = cv2.imdecode(numpy.frombuffer(jpeg, numpy.uint8), cv2.IMREAD_COLOR)
    else:
        jpeg = parts[-1]
        picture = cv2.imdecode(numpy.frombuffer(jpeg, numpy.uint8), cv2.IMREAD_COLOR)

    # What the publisher wrote into the COM segment right behind SOI.
    meta = re.match(rb"\xff\xd8\xff\xfe..zroom/1 seq=(\d+) time=(\d+)", jpeg, re.S)
    height, width = picture.shape[:2]
    # The test pattern's eight bars, a quarter down from the top: one bit each of red,
    # green and blue, which are there at 75 % or not at all.
    bars = [picture[height // 4, width * (2 * i + 1) // 16] for i in range(8)]
    line = {
        "parts": len(parts),
        "topic": parts[0].decode() if len(parts) > 1 else None,
        "width": width,
        "height": height,
        "bars": " ".join("".join(map(bit, reversed(bar))) for bar in bars),
        "seq": int(meta[1]) if meta else None,
        "time_us": int(meta[2]) if meta else None,
        "sha1": hashlib.sha1(jpeg).hexdigest(),
        "pixels": hashlib.sha1(picture.tobytes()).hexdigest(),
    }
    if folder and meta:
        (folder / f"{line['seq']}.jpg").write_bytes(jpeg)
    print(json.dumps(line), flush=True)
