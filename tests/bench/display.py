# SPDX-License-Identifier: MPL-2.0
"""An X server without a screen, for what is shown in a window."""

import contextlib
import os

from base import need, running, wait_until

SCREEN = "1920x1080x24"  # with room for a window of 720p


@contextlib.contextmanager
def display(turn):
    """Xvfb under a number that is free: the program, and the environment to use it."""
    need("Xvfb")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp", "-noreset"]
    command += ["-screen", "0", SCREEN]
    said = []
    os.set_blocking(read, False)

    def number():
        with contextlib.suppress(BlockingIOError):
            said.append(os.read(read, 16).decode())
        return "".join(said).endswith("\n")

    try:
        with running(turn, command, pass_fds=[write]) as server:
            wait_until("Xvfb does not begin", number)
            yield server, {**os.environ, "DISPLAY": ":" + "".join(said).strip()}
    finally:
        os.close(read)
        os.close(write)
