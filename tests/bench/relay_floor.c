// SPDX-License-Identifier: MPL-2.0
// The floor of the relay's figures: a bare zmq_proxy between an XSUB and an XPUB, with
// libzmq's own settings. Ends by SIGTERM.

#include <stdio.h>
#include <zmq.h>

int
main (int argc, char **argv)
{
    if (argc != 3) {
        fprintf (stderr, "usage: relay_floor IN OUT\n");
        return 2;
    }
    void *context = zmq_ctx_new ();
    void *in = zmq_socket (context, ZMQ_XSUB), *out = zmq_socket (context, ZMQ_XPUB);
    if (zmq_bind (in, argv[1]) || zmq_bind (out, argv[2])) {
        fprintf (stderr, "relay_floor: %s\n", zmq_strerror (zmq_errno ()));
        return 1;
    }
    zmq_proxy (in, out, NULL);
    return 1;
}
