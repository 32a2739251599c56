# SPDX-License-Identifier: MPL-2.0
"""What is done for each picture: allocations, counted in front of the C library, and
wake-ups, which are the kernel's voluntary context switches of all threads.

The publisher (video_send) with a subscriber, and beside them the same pictures by the
bare calls (video_send --bare, video_take), all at the same time: what they do so hardly
depends on how busy the machine is. Two of each run, at different rates: what
the faster one does more is for its pictures, what both do is done by the clock.
"""

import contextlib
import os
import struct
import time

from base import Failure, Plus, Row, field, first, free_port, program, running, viewer_command
from base import received, wait_until
from rows_video import send_command

SLOW_FPS, FAST_FPS = 10, 60
SECONDS = 30  # at most: they are ended
WARM_S = 1
COUNTED_S = 4  # what is done by the clock may be done once more in one of both


class Counted:
    """A program that count_allocations.so looks at, until the block of stack ends."""

    def __init__(self, stack, turn, command, port=None):
        number = len(os.listdir(turn.folder))
        self.path = os.path.join(turn.folder, f"allocations-{number}")
        start = [
            "env",
            f"ZROOM_ALLOCATIONS={self.path}",
            f"LD_PRELOAD={program('bench/count_allocations.so')}",
        ]
        self.program = stack.enter_context(running(turn, start + command, port))

    def count(self):
        """How often it was given memory so far, and woken up."""
        self.program.check()
        with contextlib.suppress(OSError, struct.error), open(self.path, "rb") as file:
            given = struct.unpack("=QQ", file.read(16))[0]
            return given, self.wake_ups()
        return self.program.fail("its allocations are not counted")

    def wake_ups(self):
        count = 0
        for task in os.listdir(f"/proc/{self.program.pid}/task"):
            path = f"/proc/{self.program.pid}/task/{task}/status"
            with contextlib.suppress(OSError), open(path) as status:
                (line,) = (x for x in status if x.startswith("voluntary_ctxt_switches"))
                count += int(line.split()[1])
        return count


def start_all(stack, turn, fps):
    """Ours at that rate, and the floor's: publisher, subscriber, of each."""
    port, bare_port = free_port(), free_port()
    place, bare_place = f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{bare_port}"
    options = ["--seconds", str(SECONDS), "--fps", str(fps)]
    send = send_command(turn, options + ["--bind", place])
    bare = send_command(turn, options + ["--bare", "--bind", bare_place])
    senders = [Counted(stack, turn, send, port), Counted(stack, turn, bare, bare_port)]
    viewer = Counted(stack, turn, viewer_command(place))
    take = Counted(stack, turn, [program("bench/video_take"), bare_place])
    return senders[0], viewer, senders[1], take


@first(1)
def counts(turn):
    with contextlib.ExitStack() as stack:
        slow = start_all(stack, turn, SLOW_FPS)
        fast = start_all(stack, turn, FAST_FPS)
        for one in slow[1], fast[1]:
            wait_until("no picture came", lambda one=one: received(one.program), 20)
        time.sleep(WARM_S)
        begin = time.monotonic()
        before = [one.count() for one in slow + fast]
        time.sleep(COUNTED_S)
        after = [one.count() for one in slow + fast]
        pictures = (time.monotonic() - begin) * (FAST_FPS - SLOW_FPS)
        fps = fast[1].program.lines()[-1]["streams"][0]["fps"]
    if fps < FAST_FPS * 0.95:
        raise Failure(f"only {fps} pictures a second came")
    results = {}, {}
    names = "publisher", "subscriber"
    for what, kind in enumerate(("allocations", "wake-ups")):
        more = [later[what] - was[what] for later, was in zip(after, before)]
        for i in range(4):
            name = f"{names[i % 2]}'s {kind}"
            results[i // 2][name] = (more[i + 4] - more[i]) / pictures
    return results


ROWS = [
    Row(
        "picture: allocations per picture, publisher",
        "",
        "less",
        Plus(0.5, ""),
        field(counts, "publisher's allocations"),
        "once it is warm, in the whole process, 720p; floor: the same pictures by "
        "tjCompressFromYUVPlanes, av_base64_encode into a message and a bare XPUB, that "
        "is those of TurboJPEG and libzmq themselves",
    ),
    Row(
        "picture: allocations per picture, subscriber",
        "",
        "less",
        Plus(0.5, ""),
        field(counts, "subscriber's allocations"),
        "--view none; floor: a bare SUB, av_base64_decode and tjDecompressToYUVPlanes",
    ),
    Row(
        "picture: wake-ups per picture, publisher",
        "",
        "less",
        None,
        field(counts, "publisher's wake-ups"),
        "of all threads, libzmq's too; floor: the same bare calls in a loop, and libzmq's",
    ),
    Row(
        "picture: wake-ups per picture, subscriber",
        "",
        "less",
        None,
        field(counts, "subscriber's wake-ups"),
        "--view none; its receiver reads while its decoder decodes, so that the newest wins: one more "
        "than the floor's single thread",
    ),
]
