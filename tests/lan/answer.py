#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A person at a terminal: answer.py [TEXT ANSWER]... -- COMMAND...

Runs the command on a terminal of its own. Each time TEXT appears there, ANSWER is typed
(with Python's escapes: '2\\r', '\\x03'), one after the other. Prints all that appeared;
ends with the command's exit status, or 99 after 20 s.
"""

import os
import pty
import select
import sys
import time

split = sys.argv.index("--")
script = [a.encode().decode("unicode_escape").encode() for a in sys.argv[1:split]]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[split + 1], sys.argv[split + 1 :])
seen = b""
deadline = time.monotonic() + 20
while time.monotonic() < deadline:
    if not select.select([fd], [], [], 0.1)[0]:
        continue
    try:
        more = os.read(fd, 65536)
    except OSError:
        break
    if not more:
        break
    seen += more
    sys.stdout.buffer.write(more)
    sys.stdout.flush()
    while script and script[0] in seen:
        seen = seen.split(script[0], 1)[1]
        os.write(fd, script[1])
        script = script[2:]
else:
    os.kill(pid, 9)
    sys.exit(99)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
