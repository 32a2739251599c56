#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Publishers of a room as PROTOCOL.md has them, in one process, with a room in front.

    room_publisher.py [OPTION...] ENDPOINT NAME...

Binds one XPUB with a high-water mark of 1 at ENDPOINT, and sends for every NAME what
somebody subscribes to: info/NAME twice a second, pictures as full/, half/ and quarter/
of it, each tier only if it is wanted. It goes by what is written to standard input, a
line each, and says "ok" when that is done:

    leave NAME       is silent from now on
    join NAME        is there (again), under a new id
    rename OLD NEW   the same publisher under another name
    share OLD NEW    NEW has OLD's id from now on (as if met by two ways)
    slow MS          full pictures are as late as if they had waited so long
    lossy N          of full pictures, only every Nth is sent

    --fps N          pictures a second of each stream (30)
    --size WxH       of the full picture (640x360)
    --plain          also what has no name, in the plain form
    --tiers LIST     what is offered (full,half,quarter)
    --room UUID      tells that it is that room (none)
    --id NAME=ID     a publisher's id (random)
    --burst          pictures of all streams at one moment, not spread

Prints {"sent": {TOPIC: N}} when its standard input ends.
"""

import argparse
import base64
import json
import select
import struct
import sys
import time
import uuid

import cv2
import numpy
import zmq

SPACE_S = 0.003  # between messages that share a connection: its mark is 1
PART = {"full": 1, "half": 2, "quarter": 4}


def jpeg_of(width, height):
    """Noise, so that a larger picture is a longer message."""
    picture = numpy.random.randint(0, 64, (height, width, 3), numpy.uint8)
    picture = cv2.blur(picture, (5, 5))
    return cv2.imencode(".jpg", picture)[1].tobytes()


class Stream:
    def __init__(self, name, ident=None):
        self.name, self.id = name, ident or uuid.uuid4().hex
        self.seq, self.there = 0, True


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--tiers", default="full,half,quarter")
    parser.add_argument("--room")
    parser.add_argument("--id", action="append", default=[])
    parser.add_argument("--burst", action="store_true")
    parser.add_argument("endpoint")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


class Publisher:
    def __init__(self, options):
        self.options = options
        self.width, self.height = map(int, options.size.split("x"))
        self.tiers = options.tiers.split(",")
        self.jpegs = {t: jpeg_of(self.width // PART[t], self.height // PART[t]) for t in self.tiers}
        ids = dict(item.split("=") for item in options.id)
        self.streams = {name: Stream(name, ids.get(name)) for name in options.names}
        self.sent, self.wanted = {}, set()
        self.slow_us, self.every = 0, 1
        self.socket = zmq.Context().socket(zmq.XPUB)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, 1)
        self.socket.bind(options.endpoint)

    def listen(self):
        while self.socket.poll(0):
            message = self.socket.recv()
            if message[:1] == b"\x01":
                self.wanted.add(message[1:])
            elif message[:1] == b"\x00":
                self.wanted.discard(message[1:])

    def is_wanted(self, topic):
        return any(topic.startswith(prefix) for prefix in self.wanted)

    def send(self, topic, payload):
        if self.is_wanted(topic):
            self.socket.send_multipart([topic, payload])
            self.sent[topic.decode()] = self.sent.get(topic.decode(), 0) + 1

    def tell(self):
        if self.options.room:
            room = {"name": "test", "chat": 0, "upstream": []}
            self.send(b"room/" + self.options.room.encode(), json.dumps(room).encode())
            time.sleep(SPACE_S)
        for stream in self.streams.values():
            info = {
                "id": stream.id, "width": self.width, "height": self.height,
                "fps": self.options.fps, "kbit_s": 1000, "tiers": self.tiers, "source": "test",
            }
            if stream.there:
                self.send(b"info/" + stream.name.encode(), json.dumps(info).encode())
                time.sleep(SPACE_S)

    def picture(self, stream, tier, time_us):
        late_us = self.slow_us if tier == "full" else 0
        text = b"zroom/1 seq=%d time=%d" % (stream.seq, time_us - late_us)
        comment = b"\xff\xd8\xff\xfe" + struct.pack(">H", len(text) + 2) + text
        return base64.b64encode(comment + self.jpegs[tier][2:])

    def shoot(self, stream):
        stream.seq += 1
        time_us = int(time.time() * 1e6)
        for tier in self.tiers:
            topic = b"%s/%s" % (tier.encode(), stream.name.encode())
            left_out = tier == "full" and stream.seq % self.every
            if stream.there and self.is_wanted(topic) and not left_out:
                self.send(topic, self.picture(stream, tier, time_us))

    def obey(self, words):
        verb, arguments = words[0], words[1:]
        if verb == "leave":
            self.streams[arguments[0]].there = False
        elif verb == "join":
            self.streams[arguments[0]] = Stream(arguments[0])
        elif verb == "rename":
            stream = self.streams.pop(arguments[0])
            stream.name = arguments[1]
            self.streams[stream.name] = stream
        elif verb == "share":
            self.streams[arguments[1]] = Stream(arguments[1], self.streams[arguments[0]].id)
        elif verb == "slow":
            self.slow_us = int(arguments[0]) * 1000
        elif verb == "lossy":
            self.every = int(arguments[0])
        print("ok", flush=True)

    def run(self):
        due, told, number = time.monotonic(), 0, 0
        while True:
            self.listen()
            if time.monotonic() - told >= 0.5:
                told = time.monotonic()
                self.tell()
            streams = list(self.streams.values())
            turns = 1 if self.options.burst else max(1, len(streams))
            for i, stream in enumerate(streams):
                if i % turns == number % turns:
                    self.shoot(stream)
            if self.options.plain and number % turns == 0 and self.is_wanted(b"/9j/"):
                time.sleep(SPACE_S)
                self.socket.send(base64.b64encode(self.jpegs[self.tiers[0]]))
            number += 1
            # Never two at once to catch up: the second would be dropped at the mark.
            due += 1 / self.options.fps / turns
            if due < time.monotonic():
                due = time.monotonic() + 1 / self.options.fps / turns
            while select.select([sys.stdin], [], [], max(0, due - time.monotonic()))[0]:
                line = sys.stdin.readline()
                if not line:
                    print(json.dumps({"sent": self.sent}), flush=True)
                    return
                self.obey(line.split())


Publisher(parse()).run()
