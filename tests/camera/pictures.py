#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Makes what the USB camera of the tests plays, as folders of JPEGs.

    pictures.py FOLDER

    FOLDER/whole     30 pictures of 640x480, all different
    FOLDER/bare      the same without their Huffman tables, as many cameras send them
    FOLDER/mixed     whole ones; among them such as cameras also send: one cut short, one
                     that is garbage, one with padding behind its end, one of few bytes
"""
import pathlib
import sys

import cv2
import numpy

COUNT = 30


def jpeg(number):
    """Waves that move, and a white square for each picture's number."""
    x, y = numpy.meshgrid(numpy.arange(640), numpy.arange(480))
    picture = (128 + 100 * numpy.sin((x + y + 8 * number) / 60)).astype(numpy.uint8)
    picture[16:48, number * 20 + 4 : number * 20 + 20] = 255
    picture = cv2.merge([picture, picture[::-1], picture])
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def without_tables(data):
    """Leaves the DHT segments out."""
    result, at = data[:2], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] != 0xC4:
            result += data[at:end]
        at = end
    return result + data[at:]


def write(folder, pictures):
    folder.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        (folder / f"{number:03}.jpg").write_bytes(picture)


root = pathlib.Path(sys.argv[1])
whole = [jpeg(number) for number in range(COUNT)]
write(root / "whole", whole)
write(root / "bare", [without_tables(picture) for picture in whole])
garbage = numpy.random.default_rng(1).bytes(20000)
mixed = list(whole)
mixed[3] = whole[3][: len(whole[3]) // 2]
mixed[9] = garbage
mixed[15] = whole[15] + bytes(5000)
mixed[21] = whole[21][:1]
write(root / "mixed", mixed)
