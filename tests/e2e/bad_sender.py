#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A publisher that sends what no publisher should, between good pictures.

    bad_sender.py ENDPOINT KIND [GAP_MS]

Binds ENDPOINT, waits for a viewer, sends good pictures, then each message of KIND with
a gap between, so that the viewer looks at every one, and prints how many there were.
Then good pictures until it is ended. "--kinds" lists the kinds. The stream's name is
"evil"; what is sent in one part goes under the endpoint's own name.
"""

import base64
import os
import struct
import sys
import time

import cv2
import numpy
import zmq

TOPIC = b"full/evil"
MIB = 1 << 20


def jpeg(number=0):
    """A good picture, 160x120, with something in it."""
    picture = numpy.full((120, 160, 3), 64, numpy.uint8)
    cv2.putText(picture, str(number), (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 200, 255), 4)
    return cv2.imencode(".jpg", picture)[1].tobytes()


def with_comment(text, claim=None):
    """A good picture whose first segment is a comment, of a claimed length."""
    length = len(text) + 2 if claim is None else claim
    return b"\xff\xd8\xff\xfe" + struct.pack(">H", length) + text + jpeg()[2:]


def with_size(width, height):
    """A picture that claims a size in its frame header."""
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def bomb(scans):
    """A progressive picture with one scan many times over."""
    picture = numpy.zeros((1024, 1024, 3), numpy.uint8)
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


def base64_of(data):
    return base64.b64encode(data)


def cuts(data, places):
    """The data cut at so many places, the last of them just before its end."""
    return [data[: len(data) * (i + 1) // places - 1] for i in range(places)]


def named(payloads):
    return [[TOPIC, payload] for payload in payloads]


def noise(size):
    return os.urandom(size)


LIES = (  # of metadata: the picture is good, what it says of itself is not
    b"zroom/1 ",
    b"zroom/1 seq= time=",
    b"zroom/1 seq=-1 time=-1",
    b"zroom/1 seq=1 time=1",
    b"zroom/1 seq=18446744073709551615 time=9223372036854775807",
    b"zroom/1 seq=2 time=-9223372036854775808",
    b"zroom/1 seq=9223372036854775807 time=0",
    b"zroom/1 seq=99999999999999999999999 time=99999999999999999999999",
    b"zroom/1 seq=5 time=1; rm -rf /",
    b"zroom/1 seq=0x10 time=1e9",
    b"zroom/1 seq=7 time=0 " + b"x=y " * 16000,
    b"zroom/1 seq=1\0 time=\x1b[2J",
    b"zroom/2 %s%n%n%n",
    b"",
)

KINDS = {
    "empty": lambda: named([b""] * 3),
    "noise": lambda: named([noise(32 * MIB), b"/9j/" + noise(1 * MIB), b"\xff\xd8" + noise(1 * MIB)]),
    # A viewer takes one part if it begins like a picture.
    "noise-in-one-part": lambda: [[b"/9j/" + noise(MIB)], [b"\xff\xd8" + noise(MIB)], [b"{" * 1000], [b"/9j/"]],
    "base64-cut": lambda: named(cuts(base64_of(jpeg()), 5) + [base64_of(jpeg())[1:], base64_of(jpeg())[:100] + b"=" + base64_of(jpeg())[101:]]),
    "jpeg-cut": lambda: named(cuts(jpeg(), 10)),
    "jpeg-cut-then-ended": lambda: named([jpeg()[:n] + b"\xff\xd9" for n in (2, 4, 20, 160)]),
    "huge-claim": lambda: named([with_size(*size) for size in ((65500, 65500), (65535, 1), (1, 65535), (8193, 16), (0, 0), (16, 0))]),
    "comment-past-the-end": lambda: named([with_comment(b"zroom/1 seq=1 time=1", claim) for claim in (65535, 60000)]),
    "scan-bomb": lambda: named([bomb(2000)] * 3),
    "many-parts": lambda: [[TOPIC, jpeg(), jpeg()], [TOPIC] * 1000],
    "bad-first-part": lambda: [[name, jpeg()] for name in (b"full/", b"full/a/b", b"full/\xff\xfe", b"full/\x1b[2J", b"full/" + b"x" * 65, b"full/a\0b", b"{" + b"x" * 100000)],
    # Taken as pictures, not as bad.
    "lies": lambda: named([with_comment(text) for text in LIES] + [with_comment(LIES[3], claim) for claim in (0, 1, 2)]),
    "many-names": lambda: [[b"full/name%d" % i, jpeg()] for i in range(300)],
    "oversized": lambda: named([noise(33 * MIB)]),
}


def main():
    if sys.argv[1:] == ["--kinds"]:
        print("\n".join(KINDS))
        return
    endpoint, kind = sys.argv[1:3]
    gap_s = float(sys.argv[3] if len(sys.argv) > 3 else 100) / 1000
    messages = KINDS[kind]()
    socket = zmq.Context().socket(zmq.XPUB)
    socket.setsockopt(zmq.LINGER, 0)
    socket.bind(endpoint)
    while socket.recv() != b"\x01full/":
        pass

    def good(count):
        for i in range(count):
            socket.send_multipart([TOPIC, base64_of(jpeg(i))])
            time.sleep(gap_s)

    good(5)
    for message in messages:
        socket.send_multipart(message)
        time.sleep(gap_s * (1 + sum(map(len, message)) // (4 * MIB)))
    print(len(messages), flush=True)
    while True:
        good(1)


main()
