#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# Beacons by PROTOCOL.md ("Finding each other"), in another language.
#
#   beacon.py say ADDRESS NAME OUT       one beacon of a publisher to that broadcast address
#   beacon.py hear SECONDS               prints NAME and address of those that come
#   beacon.py flood ADDRESS COUNT        as many beacons, each of another program
#   beacon.py garbage ADDRESS COUNT      packets of every length that are none, or nearly
#   beacon.py as ADDRESS UUID NAME OUT   one beacon in somebody else's name
import os
import random
import socket
import struct
import sys
import time

PORT = 5550


def beacon(kind, uuid, chat, out, into, name):
    name = name.encode()
    return struct.pack(">5sBB16sHHHB", b"ZROOM", 1, kind, uuid, chat, out, into, len(name)) + name


def read(data):
    magic, version, kind, uuid, chat, out, into, size = struct.unpack_from(">5sBB16sHHHB", data)
    if magic != b"ZROOM" or version != 1 or len(data) > 255:
        raise ValueError
    return kind, uuid, chat, out, into, data[30 : 30 + size].decode()


def garbage(number):
    good = beacon(1, os.urandom(16), 5550, 5555, 5556, "never")
    return (
        os.urandom(number % 1400),
        good[: number % len(good)],
        good + bytes(226 + number % 1000),
        good[:29] + b"\xff" + os.urandom(number % 300),
        good[:-5] + b"\x1b[2J\x07",
        b"ZROOM\x02" + good[6:],
        good[:6] + bytes([number % 256 | 4]) + good[7:],
        b"",
    )[number % 8]


udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
word, where = sys.argv[1:3]
if word == "say":
    udp.sendto(beacon(2, os.urandom(16), 0, int(sys.argv[4]), 0, sys.argv[3]), (where, PORT))
elif word == "as":
    udp.sendto(beacon(1, bytes.fromhex(sys.argv[3]), 0, int(sys.argv[5]), 0, sys.argv[4]), (where, PORT))
elif word == "hear":
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind(("", PORT))
    deadline = time.monotonic() + float(where)
    while time.monotonic() < deadline:
        udp.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            data, source = udp.recvfrom(256)
            print(read(data)[5], source[0], flush=True)
        except (OSError, ValueError, struct.error):
            pass
elif word == "flood":
    for i in range(int(sys.argv[3])):
        udp.sendto(beacon(2, os.urandom(16), 0, 1, 0, "flood %d" % i), (where, PORT))
        if i % 100 == 99:
            time.sleep(0.01)
elif word == "garbage":
    random.seed(1)
    for i in range(int(sys.argv[3])):
        udp.sendto(garbage(i), (where, PORT))
        if i % 100 == 99:
            time.sleep(0.01)
else:
    sys.exit("beacon.py: " + word + "?")
