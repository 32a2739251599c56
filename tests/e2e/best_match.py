#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""How alike a picture is to the frame of a video that is most like it.

    best_match.py PICTURE < VIDEO

VIDEO is raw bgr24 of the picture's size. Prints the frame's number and the PSNR in dB.
What the window writes over a frozen picture, in its middle, is left out on both sides.
"""
import math
import sys

import cv2
import numpy

picture = cv2.imread(sys.argv[1])
height, width = picture.shape[:2]
middle = (slice(height * 2 // 5, height * 3 // 5), slice(width // 3, width * 2 // 3))
picture[middle] = 0

best, best_error, number = -1, math.inf, 0
while True:
    data = sys.stdin.buffer.read(width * height * 3)
    if len(data) < width * height * 3:
        break
    frame = numpy.frombuffer(data, numpy.uint8).reshape(height, width, 3).copy()
    frame[middle] = 0
    error = cv2.norm(picture, frame, cv2.NORM_L2SQR) / picture.size
    if error < best_error:
        best, best_error = number, error
    number += 1
print(best, int(10 * math.log10(255**2 / best_error)) if best_error else 99)
