#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A chat client as anybody would write it, from common/PROTOCOL.md and pyzmq alone.

    zroom_chat.py ENDPOINT --nick NICK [--nick ANOTHER]... [--token HEX] [--last N]
                  [--until N] [--stay]

Lines from stdin are said; /me WORDS, /msg NICK WORDS, /nick NICK, /who and /quit do what
they say, and // begins a line with one "/". What happens is printed as JSON, an object a
line, "event" first: welcome, line, names, joined, left, renamed, notice, refused, error,
ack, wait, down, and at last end, which counts.

Ends at the end of input, when all that was said is stored; with --until not before N
lines were shown; with --stay only by a signal or /quit. Exit status: 0; 1 if the room
refused every nick, another took the token, or the broker broke the protocol. --token
and --last take up where another one of these ended.

As a library: make a Client, call say, me, msg, rename and who, and step again and again.
"""
import argparse
import collections
import json
import os
import re
import secrets
import signal
import sys
import time
import unicodedata

import zmq
from zmq.utils.monitor import recv_monitor_message

VERSION = "zroom/1"
WINDOW = 64
HEAD_MAX = 512
TEXT_MAX = 4096
NAMES_MAX = 528384
NUMBER_MAX = 2**63 - 1
HEARTBEAT_MS = 1000
GIVE_UP_MS = 3000

# Heads of the broker, after the version: verb, fields, whether there is a text.
NUMBER = r"(?:0|[1-9][0-9]{0,18})"
ANSWERS = [
    (r"WELCOME (?P<nick>\S+) (?P<newest>#) (?P<accepted>#)", False),
    (r"REFUSED (?P<code>name-bad|name-taken|busy|full|replaced)", True),
    (r"NAMES (?P<count>#)", True),
    (r"LINE (?P<number>#) (?P<time>#) (?P<kind>say|me) (?P<from>\S+)", True),
    (r"LINE (?P<number>#) (?P<time>#) (?P<kind>msg) (?P<from>\S+) (?P<to>\S+)", True),
    (r"ACK (?P<n>#) (?P<number>#)", False),
    (r"WAIT (?P<n>#) (?P<ms>#)", False),
    (r"JOINED (?P<nick>\S+)", False),
    (r"LEFT (?P<nick>\S+) (?P<why>left|lost|silent|stuck)", False),
    (r"RENAMED (?P<old>\S+) (?P<new>\S+)", False),
    (r"NOTICE", True),
    (r"ERROR (?P<code>malformed|version|not-joined|already-joined|text-bad|too-long"
     r"|nobody|gap|unstored)(?: (?P<n>#))?", True),
]
ANSWERS = [(re.compile(head.replace("#", NUMBER)), text) for head, text in ANSWERS]
NUMBERS = {"newest", "accepted", "count", "number", "time", "n", "ms"}
WORDS = {"nick", "from", "to", "old", "new"}

REFUSED_LINE = {"text-bad", "too-long", "nobody"}  # the number is used, the line gone
WAIT_S = {"unstored": 1.0, "gap": 0.1}  # before all is sent again
BUSY_WAIT_S = 1.0


def is_word(word):
    """Whether it can be a nick in a head."""
    return 1 <= len(word.encode()) <= 128 and not any(
        unicodedata.category(c)[0] == "Z" or unicodedata.category(c) == "Cc" for c in word)


def parse(parts):
    """A message of the broker as a dict; ValueError if it is not of the grammar."""
    if not 1 <= len(parts) <= 2 or len(parts[0]) > HEAD_MAX:
        raise ValueError("parts or length")
    head, *texts = (part.decode() for part in parts)
    version, _, rest = head.partition(" ")
    if version != VERSION:
        raise ValueError("version")
    for form, has_text in ANSWERS:
        match = form.fullmatch(rest)
        if match:
            break
    else:
        raise ValueError("head")
    if has_text != bool(texts):
        raise ValueError("number of parts")
    message = {"event": rest.split(" ")[0].lower()}
    for name, value in match.groupdict().items():
        if value is not None and name in NUMBERS:
            value = int(value)
            if value > NUMBER_MAX:
                raise ValueError("number")
        elif name in WORDS and not is_word(value):
            raise ValueError("word")
        message[name] = value
    if has_text:
        names = message["event"] == "names"
        if len(parts[1]) > (NAMES_MAX if names else TEXT_MAX):
            raise ValueError("length of the text")
        message["text"] = texts[0]
        if names:
            message["names"] = message.pop("text").split("\n")
            if not all(map(is_word, message["names"])):
                raise ValueError("names")
    return message


class Line:
    """Something of ours that the broker has not acknowledged."""

    def __init__(self, verb, text, to=None):
        self.verb, self.text, self.to = verb, text, to
        self.n = None  # given when it is first sent on a connection
        self.sent = False


class Client:
    """One participant. It belongs to one thread, which calls step."""

    def __init__(self, endpoint, nick, token=None, last=None):
        self.endpoint = endpoint
        self.nick = nick  # the one we have, or want
        self.token = token or secrets.token_hex(16)
        self.shown = last  # number of the newest line shown
        self.base = None  # what JOIN says while none was shown; None: a newcomer
        self.queue = collections.deque()
        self.next_n = 1
        self.joining = False  # JOIN is not answered yet
        self.wanted = None  # another name, to be asked for once we are in
        self.joined = False
        self.over = False  # replaced: there is no coming back
        self.pause_until = 0.0
        self.join_at = None  # when to try JOIN again
        self.told_down = False
        self.counts = collections.Counter(shown=0, doubles=0, sent=0, breaks=0)
        self.context = zmq.Context.instance()
        self.socket = self.monitor = None
        self._connect()

    # ---- what a person does

    def say(self, text):
        self._post(Line("SAY", text))

    def me(self, text):
        self._post(Line("ME", text))

    def msg(self, to, text):
        if not is_word(to):
            raise ValueError("that cannot be a name")
        self._post(Line("MSG", text, to))

    def rename(self, nick):
        """Another name; while we are not in, the one to try, now or when we are."""
        if self.joined:
            self._send("NICK", nick)
        elif self.joining:
            self.wanted = nick
        else:
            self.nick = nick
            self._join()

    def who(self):
        if self.joined:  # else NAMES will come with WELCOME
            self._send("WHO")

    def leave(self):
        """Says goodbye and closes."""
        if self.joined:
            self._send("LEAVE")
        self._close(linger=1000)

    def pending(self):
        return len(self.queue)

    def send_raw(self, parts):
        """Any bytes at all, for tests of the broker."""
        self.socket.send_multipart(parts)

    # ---- the loop

    def sockets(self):
        """What to poll for reading; it may change with every step."""
        return [self.socket, self.monitor]

    def due(self):
        """Seconds until step has something to do by itself, or None."""
        now = time.monotonic()
        times = [self.join_at] if self.join_at else []
        if self.joined and self.pause_until > now and self.queue:
            times.append(self.pause_until)
        return max(0.0, min(times) - now) if times else None

    def step(self, timeout=0.0):
        """Waits so many seconds at most for something to happen, and returns what did,
        as a list of dicts."""
        due = self.due()
        wait = timeout if due is None else min(timeout, due)
        poller = zmq.Poller()
        for socket in self.sockets():
            poller.register(socket, zmq.POLLIN)
        poller.poll(wait * 1000)
        events = []
        while self.socket.poll(0):
            self._receive(self.socket.recv_multipart(), events)
        while self.monitor.poll(0):
            what = recv_monitor_message(self.monitor)["event"]
            if not self.told_down:
                events.append({"event": "down"})
                self.told_down = True
            if what == zmq.EVENT_DISCONNECTED and not self.over:
                self.counts["breaks"] += 1
                self._close()
                self._connect()
        if self.join_at and time.monotonic() >= self.join_at:
            self._join()
        self._flush()
        return events

    # ---- the connection

    def _connect(self):
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.sndhwm = self.socket.rcvhwm = 0
        self.socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
        self.socket.setsockopt(zmq.HEARTBEAT_TTL, GIVE_UP_MS)
        self.socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, GIVE_UP_MS)
        self.socket.setsockopt(zmq.CONNECT_TIMEOUT, GIVE_UP_MS)
        self.socket.setsockopt(zmq.HANDSHAKE_IVL, GIVE_UP_MS)
        self.socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
        self.monitor = self.socket.get_monitor_socket(
            zmq.EVENT_DISCONNECTED | zmq.EVENT_CONNECT_RETRIED)
        self.socket.connect(self.endpoint)
        self._join()

    def _close(self, linger=0):
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(linger)

    def _send(self, head, text=None):
        parts = [f"{VERSION} {head}".encode()]
        if text is not None:
            parts.append(text.encode())
        self.socket.send_multipart(parts)

    def _join(self):
        self.join_at = None
        self.joined = False
        self.joining = True
        last = self.shown if self.shown is not None else self.base
        self._send(f"JOIN {self.token} {'-' if last is None else last}", self.nick)

    # ---- lines of ours

    def _post(self, line):
        if len(line.text.encode()) > TEXT_MAX:
            raise ValueError("that is too long to be said")
        self.queue.append(line)
        self._flush()

    def _flush(self):
        if not self.joined or time.monotonic() < self.pause_until:
            return
        on_way = sum(line.sent for line in self.queue)
        for line in self.queue:
            if on_way >= WINDOW:
                break
            if line.sent:
                continue
            if line.n is None:
                line.n = self.next_n
                self.next_n += 1
            to = f" {line.to}" if line.to else ""
            self._send(f"{line.verb} {line.n}{to}", line.text)
            line.sent = True
            self.counts["sent"] += 1
            on_way += 1

    def _settle(self, n):
        self.queue = collections.deque(line for line in self.queue if line.n != n)

    def _go_back(self, seconds):
        self.pause_until = max(self.pause_until, time.monotonic() + seconds)
        for line in self.queue:
            line.sent = False

    # ---- what the broker says

    def _receive(self, parts, events):
        try:
            message = parse(parts)
        except ValueError as error:
            self.counts["unreadable"] += 1
            events.append({"event": "unreadable", "why": str(error),
                           "parts": [part.decode(errors="replace") for part in parts]})
            return
        if self.over:
            return
        getattr(self, "_on_" + message["event"], lambda message: None)(message)
        if not message.pop("double", False):
            events.append(message)

    def _on_welcome(self, message):
        self.joined = True
        self.joining = False
        self.told_down = False
        self.nick = message["nick"]
        newest, accepted = message["newest"], message["accepted"]
        if self.base is None or newest < (self.shown or self.base):
            self.base = newest
        if self.shown is not None and newest < self.shown:
            self.shown = None
        self.queue = collections.deque(
            line for line in self.queue if line.n is None or line.n > accepted)
        self.next_n = accepted + 1
        for line in self.queue:
            line.n, line.sent = None, False
        self.pause_until = 0.0
        if self.wanted:
            self._send("NICK", self.wanted)
            self.wanted = None

    def _on_line(self, message):
        if self.shown is not None and message["number"] <= self.shown:
            self.counts["doubles"] += 1
            message["double"] = True
            return
        self.shown = message["number"]
        self.counts["shown"] += 1

    def _on_ack(self, message):
        self._settle(message["n"])

    def _on_wait(self, message):
        self._go_back(message["ms"] / 1000)

    def _on_renamed(self, message):
        if message["old"] == self.nick:
            self.nick = message["new"]

    def _on_refused(self, message):
        self.joining = False
        if message["code"] == "replaced":
            self.over = True
            self.joined = False
        elif not self.joined and message["code"] in ("busy", "full"):
            self.join_at = time.monotonic() + BUSY_WAIT_S

    def _on_error(self, message):
        code, n = message["code"], message["n"]
        if code == "not-joined" and self.joined:
            self._join()
        elif code in REFUSED_LINE and n is not None:
            self._settle(n)
        elif code in WAIT_S:
            self._go_back(WAIT_S[code])


# ---- the command line

class Typed:
    """Lines from stdin, as they come, without waiting for them."""

    def __init__(self):
        self.rest = b""
        self.lines = collections.deque()
        self.at_end = False

    def read(self):
        data = os.read(0, 65536)
        *lines, self.rest = (self.rest + data).split(b"\n")
        if not data:
            self.at_end = True
            lines = [self.rest] if self.rest else []
        self.lines.extend(line.decode(errors="replace") for line in lines)


def obey(client, line):
    """Does what a line says. False: it said /quit, which is the end of input."""
    command, _, words = line.partition(" ")
    if line.startswith("//") or not line.startswith("/"):
        if line:
            client.say(line[1:] if line.startswith("//") else line)
    elif command == "/me":
        client.me(words)
    elif command == "/msg":
        to, _, text = words.partition(" ")
        client.msg(to, text)
    elif command == "/nick":
        client.rename(words)
    elif command == "/who":
        client.who()
    elif command == "/quit":
        return False
    else:
        raise ValueError("there is no such command: " + command)
    return True


def emit(event):
    print(json.dumps(event, ensure_ascii=False), flush=True)


def run(client, nicks, until, stay):
    """Returns the exit status."""
    typed = Typed()
    while not client.over:
        if typed.at_end and not stay and not typed.lines and not client.pending() and \
                client.counts["shown"] >= until and client.joined:
            break
        poller = zmq.Poller()
        if not typed.at_end and client.pending() < 1000:
            poller.register(0, zmq.POLLIN)
        for socket in client.sockets():
            poller.register(socket, zmq.POLLIN)
        due = client.due()
        if 0 in dict(poller.poll(1000 if due is None else min(1000, due * 1000 + 1))):
            typed.read()
        for event in client.step():
            emit(event)
            if event["event"] == "refused" and not client.joined and \
                    event["code"].startswith("name-"):
                if not nicks:
                    return 1
                client.rename(nicks.pop(0))
        while typed.lines:
            try:
                if not obey(client, typed.lines.popleft()):
                    typed.lines.clear()
                    typed.at_end, stay, until = True, False, 0
            except ValueError as error:
                emit({"event": "mistake", "text": str(error)})
    return 1 if client.over or client.counts["unreadable"] else 0


def stop(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("endpoint")
    parser.add_argument("--nick", action="append", required=True)
    parser.add_argument("--token")
    parser.add_argument("--last", type=int)
    parser.add_argument("--until", type=int, default=0, metavar="LINES")
    parser.add_argument("--stay", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, stop)
    nicks = options.nick
    client = Client(options.endpoint, nicks.pop(0), options.token, options.last)
    try:
        status = run(client, nicks, options.until, options.stay)
    except KeyboardInterrupt:
        status = 0
    client.leave()
    emit({"event": "end", "token": client.token, "last": client.shown,
          "pending": client.pending(), **client.counts})
    sys.exit(status)


if __name__ == "__main__":
    main()
