#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""What imagezmq.ImageSender (connect_to=ENDPOINT, REQ_REP=False).send_jpg (text, jpeg)
puts on the wire: JSON with the text as "msg", then the JPEG, as two parts.

    imagezmq_sender.py ENDPOINT TEXT FILE

The file is sent 20 times a second until this is ended.
"""
import pathlib
import sys
import time

import zmq

endpoint, text, path = sys.argv[1:]
jpeg = pathlib.Path(path).read_bytes()
socket = zmq.Context().socket(zmq.PUB)
socket.bind(endpoint)

while True:
    socket.send_json({"msg": text}, zmq.SNDMORE)
    socket.send(jpeg, copy=False, track=False)
    time.sleep(0.05)
