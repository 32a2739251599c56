# SPDX-License-Identifier: MPL-2.0
"""Pictures from memory: what the publisher and the subscriber add to the unavoidable.

"picture" rows: video_send runs the real publisher on raw footage that lies in memory,
so that capture is not in it; a real subscriber watches. The floor is measured between
two pictures by the same process. "camera" rows: camera_pass.
"""

import time

from base import (
    Plus,
    Row,
    Times,
    ages,
    field,
    first,
    free_port,
    make_file,
    pictures,
    program,
    received,
    run_json,
    running,
    viewer_command,
    wait_until,
)

FPS = 30
PICTURE_S = 5
HUGE = 3840, 2160


def send_command(turn, options, size=(1280, 720)):
    """video_send on footage of that size."""
    path = pictures(turn, *size)
    return [program("bench/video_send"), *options, path, *map(str, size)]


def picture_run(turn, size=(1280, 720), seconds=PICTURE_S, fps=FPS):
    """Publisher, floor and subscriber on the same pictures."""
    port = free_port()
    endpoint = f"tcp://127.0.0.1:{port}"
    options = ["--floor", "--seconds", str(seconds), "--fps", str(fps), "--bind", endpoint]
    with running(turn, send_command(turn, options, size), port) as sender:
        with running(turn, viewer_command(endpoint)) as viewer:
            wait_until("no picture came", lambda: received(viewer), 20)
            warm = len(viewer.lines())
            begin, used = time.monotonic(), viewer.cpu_s()
            before = viewer.lines()[-1]["streams"][0]
            time.sleep(seconds - 2.2)
            span, used = time.monotonic() - begin, viewer.cpu_s() - used
            result = sender.result()
            lines = viewer.lines()
            after = lines[-1]["streams"][0]
    came = after["received"] - before["received"]
    shown = max(1, after["shown"] - before["shown"]) / max(1, came)
    # Of the last line the end of the stream is a part: not a second of 30 pictures.
    result.update(ages(lines[warm:-1] or lines))
    result["viewer_ms"] = used * 1000 / (span * result["fps"] * shown)
    return result


def picture(turn):
    result = picture_run(turn)
    bare = result["encode_ms"] + result["decode_ms"]
    floor = {
        "cpu_ms": result["encode_ms"],
        "viewer_ms": result["decode_ms"],
        "p50_ms": bare,
        "p99_ms": bare,
    }
    return result, floor


@first(1)
def huge(turn):
    """2160p, at a rate that leaves one CPU the time to measure the floor in between."""
    result = picture_run(turn, HUGE, 3, 10)
    return result, {"cpu_ms": result["encode_ms"]}


@first(1)
def huge_at_30(turn):
    """2160p as fast as films are: what is shown of it, and what that takes."""
    port = free_port()
    endpoint = f"tcp://127.0.0.1:{port}"
    options = ["--seconds", "4", "--fps", "30", "--bind", endpoint]
    with running(turn, send_command(turn, options, HUGE), port) as sender:
        with running(turn, viewer_command(endpoint)) as viewer:
            wait_until("no picture came", lambda: received(viewer), 20)
            warm = len(viewer.lines())
            begin, used = time.monotonic(), viewer.cpu_s()
            wait_until("no more came", lambda: len(viewer.lines()) >= warm + 2)
            share = (viewer.cpu_s() - used) / (time.monotonic() - begin)
            early, *_, late = viewer.lines()[warm - 1 : warm + 2]
            result = sender.result()
    before, after = early["streams"][0], late["streams"][0]
    shown = (after["shown"] - before["shown"]) / (late["time"] - early["time"])
    missed = sum(after[one] - before[one] for one in ("lost", "skipped"))
    result.update(shown=shown, missed=missed, viewer_share=share * 100)
    result["sender_share"] = result["cpu_share"] * 100
    return result, dict.fromkeys(result)


def camera_pass(turn):
    # As a 720p camera delivers them, about quality 80.
    shape = "-frames:v 100 -pix_fmt yuvj422p -huffman default -q:v 3 -f mjpeg"
    clip = make_file(turn, "camera.mjpeg", shape)
    result = run_json([program("bench/camera_pass"), clip, "10"])
    floor = {"whole_ms": result["base64_ms"], "bare_ms": result["base64_ms"]}
    return result, floor


ROWS = [
    Row(
        "picture: publisher's CPU, 720p",
        "ms",
        "less",
        Times(1.15),
        field(picture, "cpu_ms"),
        "a picture of footage in memory at 30 a second to one viewer over TCP: the whole "
        "process with libzmq's thread, without capture; floor: bare "
        "tjCompressFromYUVPlanes and av_base64_encode of the same, in between",
    ),
    Row(
        "picture: subscriber's CPU, 720p",
        "ms",
        "less",
        Times(1.15),
        field(picture, "viewer_ms"),
        "the same pictures, --view none (a window takes more), the whole program; floor: "
        "bare av_base64_decode and tjDecompressToYUVPlanes with the same fast transform",
    ),
    Row(
        "picture: capture to decoded, 720p30, median",
        "ms",
        "less",
        Plus(1, "ms"),
        field(picture, "p50_ms"),
        "the subscriber's age_ms, same host; floor: the CPU time of bare encoding and "
        "decoding",
    ),
    Row(
        "picture: the same, p99",
        "ms",
        "less",
        Plus(5, "ms"),
        field(picture, "p99_ms"),
        "of the worst second",
    ),
    Row(
        "picture: publisher's CPU, 2160p",
        "ms",
        "less",
        Times(1.15),
        field(huge, "cpu_ms"),
        "the same at 10 a second",
    ),
    Row(
        "picture: 2160p at 30 a second, shown",
        "/s",
        "more",
        29,
        field(huge_at_30, "shown"),
        "footage in memory to a subscriber with --view none",
    ),
    Row(
        "picture: the same, lost or skipped",
        "",
        "less",
        None,
        field(huge_at_30, "missed"),
        "pictures, in two seconds",
    ),
    Row(
        "picture: the same, sender's share of one CPU",
        "%",
        "less",
        100,
        field(huge_at_30, "sender_share"),
        "the whole process, without capture",
    ),
    Row(
        "picture: the same, viewer's share of one CPU",
        "%",
        "less",
        100,
        field(huge_at_30, "viewer_share"),
        "",
    ),
    Row(
        "camera: MJPEG pass-through, CPU per 720p picture",
        "ms",
        "less",
        0.2,
        field(camera_pass, "whole_ms"),
        "the publisher's thread, from the driver's buffer to the sent message; floor: "
        "bare av_base64_encode",
    ),
    Row(
        "camera: the same, Huffman tables missing",
        "ms",
        "less",
        0.2,
        field(camera_pass, "bare_ms"),
        "",
    ),
]
