// SPDX-License-Identifier: MPL-2.0
// A viewer that does only what cannot be avoided: a bare SUB, av_base64_decode and
// tjDecompressToYUVPlanes, into memory that is kept. Runs until SIGTERM. One thread,
// and libzmq's.

#include <errno.h>
#include <libavutil/base64.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <zmq.h>

#include "common/picture.h"

#define TEXT_MAX (32 << 20) // bytes of a message

static volatile sig_atomic_t s_ends;

static void
s_end (int number)
{
    (void) number;
    s_ends = 1;
}

typedef struct {
    tjhandle decompressor;
    char *text;
    uint8_t *jpeg;
    zr_picture_t picture;
} viewer_t;

// Returns 0, or -1 if it is no picture.
static int
s_decode (viewer_t *self, const void *data, size_t size)
{
    int width, height, subsampling, colours;
    if (size > TEXT_MAX)
        return -1;
    memcpy (self->text, data, size);
    self->text[size] = '\0'; // av_base64_decode reads on until it meets one
    int len = av_base64_decode (self->jpeg, self->text, TEXT_MAX);
    if (len < 1 ||
        tjDecompressHeader3 (self->decompressor, self->jpeg, (unsigned long) len,
                             &width, &height, &subsampling, &colours))
        return -1;
    if (zr_picture_shape (&self->picture, width, height, subsampling))
        return -1;
    return tjDecompressToYUVPlanes (self->decompressor, self->jpeg, (unsigned long) len,
                                    self->picture.planes, width, self->picture.strides,
                                    height, TJFLAG_FASTDCT);
}

// Takes pictures until the end. Returns 0, or -1 if one is none.
static int
s_take (viewer_t *self, void *socket)
{
    int status = 0;
    while (!s_ends && status == 0) {
        zmq_msg_t part;
        zmq_msg_init (&part);
        int size = zmq_msg_recv (&part, socket, 0);
        if (size >= 0 && !zmq_msg_more (&part)) // what has more is the topic
            status = s_decode (self, zmq_msg_data (&part), (size_t) size);
        zmq_msg_close (&part);
    }
    return status;
}

int
main (int argc, char **argv)
{
    if (argc != 2) {
        fprintf (stderr, "usage: video_take ENDPOINT\n");
        return 2;
    }
    const struct sigaction action = {.sa_handler = s_end}; // a call that waits returns
    sigaction (SIGTERM, &action, NULL);
    viewer_t self = {.decompressor = tjInitDecompress (),
                     .text = malloc (TEXT_MAX + 1),
                     .jpeg = malloc (TEXT_MAX)};
    if (!self.decompressor || !self.text || !self.jpeg)
        abort ();
    void *context = zmq_ctx_new (), *socket = zmq_socket (context, ZMQ_SUB);
    int status = zmq_setsockopt (socket, ZMQ_SUBSCRIBE, "full/", 5);
    if (status == 0)
        status = zmq_connect (socket, argv[1]);
    if (status == 0)
        status = s_take (&self, socket);
    if (status)
        fprintf (stderr, "video_take: %s\n",
                 errno ? zmq_strerror (errno) : "no picture");
    zmq_close (socket);
    zmq_ctx_term (context);
    zr_picture_release (&self.picture);
    tjDestroy (self.decompressor);
    free (self.text);
    free (self.jpeg);
    return status ? 1 : 0;
}
