#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A viewer that does to a publisher what no viewer should.

    hostile_viewer.py PORT KIND

Connects to 127.0.0.1, does it, says so on stdout, and holds on until it is ended.
"--kinds" lists the kinds.
"""

import os
import signal
import socket
import struct
import sys

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16 + 1 + 31)
READY = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
EVERYTHING = b"\x00\x01\x01"  # a message of one byte: subscribe to what begins with ""


def connect(port):
    return socket.create_connection(("127.0.0.1", port))


def send(peer, data):
    """Sends it as far as the publisher takes it."""
    try:
        peer.sendall(data)
    except OSError:
        pass


def receive(peer, length):
    data = b""
    while len(data) < length:
        data += peer.recv(length - len(data)) or exit("the publisher hung up")
    return data


def shake_hands(port):
    """A connection that ZMTP 3.0 takes for a SUB socket's."""
    peer = connect(port)
    peer.sendall(GREETING)
    receive(peer, 64)
    peer.sendall(READY)
    receive(peer, receive(peer, 2)[1])
    return peer


def subscription(prefix):
    body = b"\x01" + prefix
    if len(body) < 256:
        return b"\x00" + struct.pack("B", len(body)) + body
    return b"\x02" + struct.pack(">Q", len(body)) + body


def garbage(port):
    peers = [connect(port) for _ in range(20)]
    for peer in peers:
        send(peer, os.urandom(100000))
    peers.append(connect(port))
    send(peers[-1], b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return peers


def lying_length(port):
    """Messages that claim to be as long as a number can say."""
    peers = []
    for claim in (1 << 63, (1 << 64) - 1, 1 << 32, 1 << 30):
        peers.append(shake_hands(port))
        send(peers[-1], b"\x02" + struct.pack(">Q", claim) + bytes(1000))
    return peers


def huge_subscription(port):
    peer = shake_hands(port)
    send(peer, subscription(b"full/" + bytes(5 << 20)))
    return peer


def many_subscriptions(port):
    """Ten thousand, and all of them begin as the pictures do."""
    peer = shake_hands(port)
    send(peer, b"".join(subscription(b"/9j/%d" % i) for i in range(10000)))
    return peer


def same_subscription(port):
    """The same one ten thousand times, then it hangs up without a word."""
    peer = shake_hands(port)
    send(peer, subscription(b"/9j/") * 10000)
    peer.shutdown(socket.SHUT_WR)
    while peer.recv(1 << 20):
        pass
    peer.close()


def false_cancellation(port):
    """Takes back what it has not asked for, and more than it has."""
    peer = shake_hands(port)
    topics = (b"", b"/9j/", b"full/", b"full/ana", b"=full/ana/", b"info/", b"info/ana")
    taken = b"".join(b"\x00" + struct.pack("B", 1 + len(t)) + b"\x00" + t for t in topics)
    send(peer, taken * 50 + subscription(b"full/") + subscription(b"/9j") + taken)
    return peer


def never_reads(port):
    peers = [shake_hands(port) for _ in range(5)]
    for peer in peers:
        send(peer, EVERYTHING)
    return peers


def half_a_handshake(port):
    peers = [connect(port) for _ in range(50)]
    for peer in peers:
        send(peer, GREETING[:11])
    return peers


KINDS = {
    kind.__name__.replace("_", "-"): kind
    for kind in (
        garbage,
        half_a_handshake,
        lying_length,
        huge_subscription,
        many_subscriptions,
        same_subscription,
        never_reads,
        false_cancellation,
    )
}


def main():
    if sys.argv[1:] == ["--kinds"]:
        print("\n".join(KINDS))
        return
    held = KINDS[sys.argv[2]](int(sys.argv[1]))
    print("done", flush=True)
    signal.pause()
    del held


main()
