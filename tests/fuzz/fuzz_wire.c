// SPDX-License-Identifier: MPL-2.0
// Whatever comes as a payload or as a first part. libFuzzer's input is an exact heap
// block already; what was understood is packed again and must come back the same.

#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/jpeg.h"
#include "common/text.h"
#include "common/wire.h"

static void
s_pack_again (const zr_frame_t *frame, zr_wire_encoding_t encoding)
{
    zmq_msg_t message;
    zr_frame_t again = {0};
    const char *reason;
    int status = zr_wire_pack (&message, encoding, frame->data, frame->len);
    assert (status == 0);
    status = zr_wire_unpack (zmq_msg_data (&message), zmq_msg_size (&message), &again,
                             &reason);
    assert (status == 0 && again.len == frame->len);
    assert (memcmp (again.data, frame->data, frame->len) == 0);
    assert (again.meta.known == frame->meta.known && again.meta.seq == frame->meta.seq);
    zr_frame_release (&again);
    zmq_msg_close (&message);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    zr_frame_t frame = {0};
    const char *reason = NULL;
    if (zr_wire_unpack (data, size, &frame, &reason) == 0) {
        assert (frame.len <= size && frame.data >= frame.memory);
        assert (zr_jpeg_check (frame.data, frame.len) == (ssize_t) frame.len);
        s_pack_again (&frame, ZR_WIRE_BASE64);
        s_pack_again (&frame, ZR_WIRE_RAW);
    } else
        assert (reason && *reason);
    zr_frame_release (&frame);

    char name[ZR_WIRE_LABEL_MAX];
    if (zr_wire_stream_name (data, size, name) == 0) {
        size_t len = strlen (name);
        assert (len >= 1 && zr_text_is_printable (name, len));
    }
    return 0;
}
