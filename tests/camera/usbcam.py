#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A USB camera in software, which the kernel's own uvcvideo driver takes for a real one.

    usbcam.py [--port N] [--name NAME] [--no-bandwidth] FOLDER

It speaks USB/IP with the kernel's vhci_hcd over a pair of sockets, and sends its pictures
by bulk transfer: Motion-JPEG, which are the files in FOLDER one after another in the order
of their names, each as it is, be it a JPEG or not; and YUYV, grey of a brightness that
rises. 640x480 and 1280x720 at 30, 15 and 5 a second; brightness and contrast.

SIGTERM pulls the cable out. SIGUSR1 makes it silent: it answers, but no picture comes;
again, and they come. With --no-bandwidth its pictures go by isochronous transfer, and its
bus has no room for them. Prints a line when a stream begins and ends, and for a control.
"""
import argparse
import collections
import pathlib
import signal
import socket
import struct
import sys
import threading
import time

SIZES = [(640, 480), (1280, 720)]
RATES = [30, 15, 5]
PAYLOAD = 16384  # bytes of one transfer, with its header
DEVICE = 0x0001_0002  # bus 1, device 2: the kernel does not care
MJPEG, YUYV = 1, 2  # the numbers of the formats
BRIGHTNESS, CONTRAST = 2, 3  # the selectors of the processing unit
ENDPOINT = 0x81
EPIPE, ECONNRESET, ENOSPC = 32, 104, 28


def descriptor(kind, layout, *fields):
    """Length, type, and the fields, little-endian as all of USB."""
    body = struct.pack("<" + layout, *fields)
    return bytes([len(body) + 2, kind]) + body


def frame_descriptors(kind, bytes_per_pixel):
    intervals = [10**7 // rate for rate in RATES]  # 100 ns
    frames = b""
    for number, (width, height) in enumerate(SIZES, 1):
        frames += descriptor(
            0x24, f"BBBHHIIIIB{len(RATES)}I", kind, number, 0, width, height,
            width * height * 8, width * height * 480, width * height * bytes_per_pixel,
            intervals[0], len(intervals), *intervals)  # fmt: skip
    return frames


def configuration(isochronous):
    """One configuration: a control interface and a streaming interface."""
    units = descriptor(0x24, "BBHBBHHHB3s", 2, 1, 0x201, 0, 0, 0, 0, 0, 3, bytes(3))
    units += descriptor(0x24, "BBBHBHB", 5, 2, 1, 0, 2, 3, 0)  # both controls
    units += descriptor(0x24, "BBHBBB", 3, 3, 0x101, 0, 2, 0)
    head = descriptor(0x24, "BHHIBB", 1, 0x100, 13 + len(units), 48000000, 1, 1)
    colour = descriptor(0x24, "BBBB", 13, 1, 1, 4)
    guid = b"YUY2\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    formats = descriptor(0x24, "BBBBBBBBB", 6, MJPEG, len(SIZES), 1, 1, 0, 0, 0, 0)
    formats += frame_descriptors(7, 2) + colour
    formats += descriptor(0x24, "BBB16sBBBBBB", 4, YUYV, len(SIZES), guid, 16, 1, 0, 0, 0, 0)
    formats += frame_descriptors(5, 2) + colour
    streaming = descriptor(0x24, "BBHBBBBBBB2s", 1, 2, 15 + len(formats), ENDPOINT, 0, 3,
                           0, 0, 0, 1, bytes(2)) + formats  # fmt: skip
    body = descriptor(11, "BBBBBB", 0, 2, 14, 3, 0, 0)
    body += descriptor(4, "BBBBBBB", 0, 0, 0, 14, 1, 0, 0) + head + units
    if isochronous:  # without pictures there is no endpoint, with them it is setting 1
        body += descriptor(4, "BBBBBBB", 1, 0, 0, 14, 2, 0, 0) + streaming
        body += descriptor(4, "BBBBBBB", 1, 1, 1, 14, 2, 0, 0)
        body += descriptor(5, "BBHB", ENDPOINT, 5, 1024 | 2 << 11, 1)
    else:
        body += descriptor(4, "BBBBBBB", 1, 0, 1, 14, 2, 0, 0) + streaming
        body += descriptor(5, "BBHB", ENDPOINT, 2, 512, 0)
    return descriptor(2, "HBBBBB", 9 + len(body), 2, 1, 0, 0x80, 250) + body


class Stall(Exception):
    """The request is answered with an error of the bus."""

    def __init__(self, error=EPIPE):
        super().__init__(error)
        self.error = error


class Camera:
    def __init__(self, options):
        self.pictures = [f.read_bytes() for f in sorted(pathlib.Path(options.folder).iterdir())]
        self.no_bandwidth = options.no_bandwidth
        self.strings = ["", "test", options.name]
        self.descriptors = {
            1: descriptor(1, "HBBBBHHHBBBB", 0x200, 239, 2, 1, 64, 0x1D6B, 0x102, 0x100,
                          1, 2, 0, 1),
            2: configuration(options.no_bandwidth),
        }  # fmt: skip
        self.controls = {BRIGHTNESS: 128, CONTRAST: 128}  # 0 to 255
        self.format, self.size, self.interval = MJPEG, 1, 10**7 // RATES[0]
        self.streaming = threading.Event()
        self.silent = False
        self.free = collections.deque()  # transfers that wait for data, by number
        self.change = threading.Condition()  # of free
        self.writing = threading.Lock()
        self.socket, self.kernels = socket.socketpair()

    # What the driver asks for.

    def answer(self, setup, data):
        """The bytes of the answer to one control request."""
        kind, request, value, index, _ = struct.unpack("<BBHHH", setup)
        if kind & 0x60 == 0:
            return self.answer_standard(request, value)
        if index & 255 == 1 and value >> 8 in (1, 2):
            return self.answer_mode(request, value >> 8 == 2, data)
        if index >> 8 == 2 and value >> 8 in self.controls:
            return self.answer_control(request, value >> 8, data)
        raise Stall

    def answer_standard(self, request, value):
        if request == 6:
            if value >> 8 == 3:
                text = self.strings[value & 255].encode("utf-16le") if value & 255 else b"\t\4"
                return bytes([len(text) + 2, 3]) + text
            if value >> 8 not in self.descriptors:
                raise Stall
            return self.descriptors[value >> 8]
        if request == 11 and value == 1 and self.no_bandwidth:
            raise Stall(ENOSPC)  # what a host controller says
        if request == 1:  # the end of a halt, with which the driver ends a bulk stream
            self.stream(False)
        return b"\0\0"

    def answer_mode(self, request, commit, data):
        """Probe and commit: which format, size and rate."""
        if request == 1:
            form, size, interval = struct.unpack_from("<BBI", data, 2)
            self.format = form if form in (MJPEG, YUYV) else MJPEG
            self.size = size if 1 <= size <= len(SIZES) else 1
            self.interval = interval or 10**7 // RATES[0]
            if commit and not self.no_bandwidth:
                self.stream(True)
            return b""
        width, height = SIZES[self.size - 1]
        mode = struct.pack("<HBBIHHHHHII", 1, self.format, self.size, self.interval,
                           0, 0, 0, 0, 0, width * height * 2,
                           3072 if self.no_bandwidth else PAYLOAD)  # fmt: skip
        return {0x85: struct.pack("<H", 26), 0x86: b"\3"}.get(request, mode)

    def answer_control(self, request, selector, data):
        if request == 1:
            (self.controls[selector],) = struct.unpack("<h", data[:2])
            name = "brightness" if selector == BRIGHTNESS else "contrast"
            print(f"{name} {self.controls[selector]}", flush=True)
            return b""
        if request == 0x85:
            return b"\2\0"
        if request == 0x86:
            return b"\3"
        values = {0x81: self.controls[selector], 0x82: 0, 0x83: 255, 0x84: 1, 0x87: 128}
        if request not in values:
            raise Stall
        return struct.pack("<h", values[request])

    # The stream.

    def stream(self, on):
        if on != self.streaming.is_set():
            print(f"stream {'on' if on else 'off'} {time.time():.3f}", flush=True)
        if on:
            self.streaming.set()
        else:
            self.streaming.clear()

    def picture(self, number):
        if self.format == MJPEG:
            return self.pictures[number % len(self.pictures)]
        width, height = SIZES[self.size - 1]
        return bytes([number * 4 & 255, 128]) * (width * height)

    def send_picture(self, picture, toggle):
        """In payloads of two bytes of header, the second of which has the flags."""
        for start in range(0, len(picture), PAYLOAD - 2):
            part = picture[start : start + PAYLOAD - 2]
            last = start + PAYLOAD - 2 >= len(picture)
            with self.change:
                while not self.free and self.streaming.is_set():
                    self.change.wait(0.1)
                if not self.streaming.is_set():
                    return
                # Taken and sent at one stroke: one that take_back says is gone must not come.
                number = self.free.popleft()
                self.reply(number, 0, bytes([2, 0x80 | toggle | (2 if last else 0)]) + part)

    def run_stream(self):
        number = 0
        due = time.monotonic()
        while True:
            if not self.streaming.is_set():
                self.streaming.wait()
                due = time.monotonic()
            due = max(due + self.interval / 1e7, time.monotonic() - 0.1)
            time.sleep(max(0, due - time.monotonic()))
            if not self.silent:
                self.send_picture(self.picture(number), number & 1)
                number += 1

    # USB/IP.

    def reply(self, number, status, data=b"", count=None):
        count = len(data) if count is None else count
        head = struct.pack(">IIIIIiIIIIQ", 3, number, 0, 0, 0, -status, count, 0, 0, 0, 0)
        with self.writing:
            self.socket.sendall(head + data)

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                print("unplugged", flush=True)
                sys.exit(0)
            data += more
        return data

    def take_back(self, number, wanted):
        with self.change:
            there = wanted in self.free
            if there:
                self.free.remove(wanted)
        status = -ECONNRESET if there else 0
        with self.writing:
            self.socket.sendall(struct.pack(">IIIIIi24x", 4, number, 0, 0, 0, status))

    def serve_one(self):
        command, number, _, inward, endpoint, count, size, *_ = struct.unpack(
            ">10I", self.read(40))  # fmt: skip
        setup = self.read(8)
        if command == 2:
            self.take_back(number, count)
            return
        data = self.read(size) if not inward and size else b""
        if endpoint:
            with self.change:
                self.free.append(number)
                self.change.notify()
            return
        try:
            answer = self.answer(setup, data)[: struct.unpack("<6xH", setup)[0]]
            self.reply(number, 0, *((answer,) if inward else (b"", size)))
        except Stall as stall:
            self.reply(number, stall.error)

    def plug_in(self, port):
        hub = "/sys/devices/platform/vhci_hcd.0/"

        def pull_out(*_):
            pathlib.Path(hub + "detach").write_text(str(port), encoding="ascii")

        def fall_silent(*_):
            self.silent = not self.silent

        signal.signal(signal.SIGTERM, pull_out)
        signal.signal(signal.SIGUSR1, fall_silent)
        high_speed = 3
        pathlib.Path(hub + "attach").write_text(
            f"{port} {self.kernels.fileno()} {DEVICE} {high_speed}", encoding="ascii")  # fmt: skip
        self.kernels.close()
        print("plugged in", flush=True)
        threading.Thread(target=self.run_stream, daemon=True).start()
        while True:
            self.serve_one()


parser = argparse.ArgumentParser(description="A USB camera in software.")
parser.add_argument("--port", type=int, default=0, help="of the virtual hub")
parser.add_argument("--name", default="Zroom test camera")
parser.add_argument("--no-bandwidth", action="store_true", help="the bus has no room")
parser.add_argument("folder", help="the pictures that it plays")
arguments = parser.parse_args()
Camera(arguments).plug_in(arguments.port)
