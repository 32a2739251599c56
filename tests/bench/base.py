# SPDX-License-Identifier: MPL-2.0
"""What the rows of the bench share: programs of ours and of others, run and looked at.

Nothing here leaves the machine: every address is on the loopback interface, or in
network namespaces of our own, and nothing announces itself.
"""

import collections
import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
CLIP = os.path.join(ROOT, "tests/data/cockatoo.mp4")
OTHERS_MAX = 0.1  # of the CPUs: while others use more, a miss is "noisy"
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's zmq and OpenCV

# name: "area: what". better: "more" or "less". target: a number, a function of the
# floor, or None. measure: a function. note: what the figure means, or "".
Row = collections.namedtuple("Row", "name unit better target measure note")


class Failure(Exception):
    """Something did not run; says what."""


class Skipped(Exception):
    """A row cannot be measured on this machine; says what is missing."""


class Times:
    """A target: so many times the floor."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, floor):
        return self.factor * floor

    def __str__(self):
        return f"{self.factor:g} x"


class Plus:
    """A target: the floor and so much more."""

    def __init__(self, more, unit):
        self.more = more
        self.unit = unit

    def __call__(self, floor):
        return floor + self.more

    def __str__(self):
        return f"floor + {self.more:g} {self.unit}"


class Turn:
    """One round of measuring."""

    def __init__(self, number, folder):
        self.number = number
        self.folder = folder  # for files, on a real disk; the same in all turns
        self.results = {}

    def once(self, function):
        """function (self), called once in a turn, whatever becomes of it."""
        if function not in self.results:
            try:
                self.results[function] = function(self)
            except (Failure, Skipped) as why:
                self.results[function] = why
        if isinstance(self.results[function], Exception):
            raise self.results[function]
        return self.results[function]

    def both(self, figure, floor):
        """Calls both, in this turn's order; returns (figure's result, floor's)."""
        if self.number % 2:
            return figure(), floor()
        base = floor()
        return figure(), base


def say(words):
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def busy_s():
    """CPU time that all processes of the machine have used, and that was stolen."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, _, _, steal = map(int, stat.readline().split()[1:9])
    ticks = user + nice + system + steal  # interrupts are nobody's
    return ticks / os.sysconf("SC_CLK_TCK")


def first(turns):
    """A decorator: measure only in so many turns, where more would tell nothing more."""

    def limited(measure):
        return lambda turn: measure(turn) if turn.number < turns else None

    return limited


def field(measure, name, floor_name=None):
    """A row's function: one field of what measure gives for figure and floor."""
    names = name, floor_name or name

    def one(turn):
        results = turn.once(measure)
        return results and tuple(
            result and result[name] for result, name in zip(results, names)
        )

    return one


def need(*programs):
    for one in programs:
        if not shutil.which(one):
            raise Skipped(f"{one} is not installed")


# ---- programs -----------------------------------------------------------------------


def program(name):
    return os.path.join(BUILD, name)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def listens(port, process):
    """Whether that TCP port is listened on, where the process is; nobody connects."""
    for name in "tcp", "tcp6":
        with contextlib.suppress(OSError), open(f"/proc/{process.pid}/net/{name}") as table:
            for line in table:
                words = line.split()
                if words[3] == "0A" and words[1].endswith(f":{port:04X}"):
                    return True
    return False


class Program:
    """One that runs in the background; what it says is kept in files."""

    numbers = itertools.count()

    def __init__(self, command, folder, **how):
        self.command = command
        self.words = os.path.join(folder, f"out-{next(Program.numbers)}")
        with open(self.words, "w") as out, open(self.words + ".err", "w") as errors:
            how = {"stdin": subprocess.DEVNULL, **how}  # for Popen
            self.process = subprocess.Popen(command, stdout=out, stderr=errors, **how)
        self.pid = self.process.pid

    def fail(self, what):
        with open(self.words + ".err", errors="replace") as errors:
            raise Failure(f"{' '.join(self.command)}: {what}\n{errors.read()[-2000:]}")

    def wait_for_port(self, port, deadline_s=15):
        end = time.monotonic() + deadline_s
        while not listens(port, self.process):
            if time.monotonic() > end or self.process.poll() is not None:
                self.fail("does not listen")
            time.sleep(0.02)

    def lines(self):
        """The JSON objects that it has printed, but for one not yet ended."""
        with open(self.words) as words:
            return [json.loads(one) for one in words if one.endswith("\n")]

    def result(self, timeout_s=60):
        """The one that it prints at its end."""
        try:
            if self.process.wait(timeout_s) == 0:
                return self.lines()[-1]
        except (subprocess.TimeoutExpired, IndexError):
            pass
        self.fail("failed")

    def check(self):
        if self.process.poll() is not None:
            self.fail("ended")

    def cpu_s(self):
        """CPU time used so far, by all its threads, also those that have ended."""
        self.check()
        return time.clock_gettime_ns(~self.pid << 3 | 2) / 1e9

    def memory(self):
        """MiB: the most that was resident, what is now, and our share of that."""
        found = {}
        for name in "status", "smaps_rollup":
            with open(f"/proc/{self.pid}/{name}") as table:
                for line in table:
                    words = line.split()
                    if words[0] in ("VmHWM:", "VmRSS:", "Pss:"):
                        found[words[0]] = int(words[1]) / 1024
        return {
            "peak_mib": found["VmHWM:"],
            "mib": found["VmRSS:"],
            "pss_mib": found["Pss:"],
        }

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def running(turn, command, port=None, **how):
    """The program, from when it listens on port until the block ends."""
    one = Program(command, turn.folder, **how)
    try:
        if port:
            one.wait_for_port(port)
        yield one
    finally:
        one.end()


def run(command, timeout_s=60):
    """Runs it to its end; what it prints."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=timeout_s
        )
        if done.returncode == 0:
            return done.stdout
    except subprocess.TimeoutExpired:
        pass
    raise Failure("failed: " + " ".join(command))


def run_json(command, timeout_s=60):
    """The JSON that it prints."""
    return json.loads(run(command, timeout_s))


# ---- what is measured of them -------------------------------------------------------


def shares(seconds, *programs):
    """CPU time of each program in the next seconds, in percent of one CPU."""
    begin, used = time.monotonic(), [one.cpu_s() for one in programs]
    time.sleep(seconds)
    used = [one.cpu_s() - before for one, before in zip(programs, used)]
    return [100 * one / (time.monotonic() - begin) for one in used]


def wait_until(what, condition, deadline_s=10):
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise Failure(what)
        time.sleep(0.02)


def received(viewer, at_least=1):
    """Whether a subscriber's --stats tell of so many pictures."""
    lines = viewer.lines()
    return bool(lines and lines[-1]["streams"]) and (
        lines[-1]["streams"][0]["received"] >= at_least
    )


def ages(lines):
    """Median and p99 of the age, from a subscriber's --stats: the worst second's p99."""
    known = [one["streams"][0]["age_ms"] for one in lines if one["streams"]]
    known = [one for one in known if one]
    if not known:
        raise Failure("the subscriber knows no age")
    return {
        "p50_ms": statistics.median(one["p50"] for one in known),
        "p99_ms": max(one["p99"] for one in known),
    }


# ---- pictures -----------------------------------------------------------------------


def make_file(turn, name, arguments):
    """A file that ffmpeg makes of the clip; once."""
    need("ffmpeg")
    path = os.path.join(turn.folder, name)
    if not os.path.exists(path):
        start = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", CLIP]
        run(start + arguments.split() + [path], 120)
    return path


def pictures(turn, width=1280, height=720):
    """Raw pictures of that size, as many as fit into 100 MB."""
    count = min(75, 100_000_000 // (width * height * 3 // 2))
    scale = f"scale={width}:{height}:out_range=full,format=yuv420p"
    return make_file(
        turn, f"{width}x{height}.yuv", f"-vf {scale} -frames:v {count} -f rawvideo"
    )


def film(turn, width=1280, height=720):
    """The clip at 30 pictures a second in H.264, as cameras and phones make it."""
    scale = f"setpts=N/30/TB,scale={width}:{height},format=yuv420p"
    shape = f"-vf {scale} -r 30 -c:v libx264 -preset veryfast -an"
    if width > 1280:
        shape += " -t 6"  # it takes long to make
    return make_file(turn, f"film-{width}x{height}.mp4", shape)


def viewer_command(endpoint):
    return [program("bin/zroom-subscriber"), "--view", "none", "--stats", endpoint]
