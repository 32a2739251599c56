#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A room on a bare ROUTER that sends what no room may: bad_room.py ENDPOINT

What a terminal would obey stands in every place where there are words. Ends when the
client has left."""
import sys

import zmq

BAD = ["\x1b[31mred", "\x1b]0;title\x07", "\x07", "\r", "\x08", "\x7f", "\u009b31m", "\u0085"]
V = "zroom/1 "


def main():
    socket = zmq.Context.instance().socket(zmq.ROUTER)
    socket.linger = 0
    socket.bind(sys.argv[1])
    while socket.poll(20000):
        peer, head, *text = socket.recv_multipart()

        def send(*parts):
            socket.send_multipart([peer] + [
                part if isinstance(part, bytes) else part.encode() for part in parts])

        if b" JOIN " in head:
            send(V + "WELCOME ana 0 0")
            send(V + "NAMES 2", "ana\nbob")
            number = 0
            for bad in BAD:
                number += 1
                send(V + f"LINE {number} 1732150000123 say bob", f"text {bad} end")
                send(V + f"LINE {number + 100} 1732150000123 say b{bad}b", "name")
                send(V + f"JOINED b{bad}b")
                send(V + f"RENAMED bob b{bad}b")
                send(V + f"LEFT bob {bad}")
                send(V + "NOTICE", f"notice {bad} end")
                send(V + "NAMES 2", f"ana\nb{bad}b")
                send(V + "ERROR malformed", f"error {bad} end")
                send(V + "REFUSED name-taken", f"refused {bad} end")
                send(V + bad)
                send(bad, bad, bad)
            send(V.encode() + b"LINE 500 1 say bob", b"\xff\xfe broken")
            send(V + "LINE 999 1732150000123 say bob", "the end")
        elif b" WHO" in head:
            send(V + "NAMES 1", "ana")
        elif b" LEAVE" in head:
            return


main()
