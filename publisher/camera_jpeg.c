// SPDX-License-Identifier: MPL-2.0
// A walk from marker to marker, each segment skipped by its length, each scan by
// looking for the next FF that is neither a data byte (FF 00) nor a restart marker. So
// a thumbnail's EOI within an APP segment ends nothing, and what stands behind the real
// EOI is never looked at. It is strict where libjpeg resynchronises: between segments a
// byte that is no marker, a second SOI or SOF, or an unknown marker all mean a damaged
// picture, and the next one is due in a thirtieth of a second.
//
// Runs on the publisher's thread. Left out on purpose: tables that lack only in part,
// hierarchical JPEGs, and the second field of interlaced AVI1 (it stands behind an
// EOI).

#include "publisher/camera_jpeg.h"

#include <assert.h>
#include <czmq.h>
#include <string.h>

#include "common/frame.h"
#include "common/jpeg.h"

enum {
    SOF0 = 0xc0, // baseline, Huffman
    SOF1 = 0xc1, // extended sequential, Huffman
    DHT = 0xc4,
    JPG = 0xc8,
    SOF9 = 0xc9, // from here on arithmetic coding, which needs no Huffman tables
    DAC = 0xcc,
    SOF15 = 0xcf,
    RST0 = 0xd0,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    DQT = 0xdb, // from here to APP15: DQT, DNL, DRI, DHP, EXP, APP0...
    APP15 = 0xef,
    COM = 0xfe,
};

static const char CUT_SHORT[] = "ends before its EOI";

struct zr_camera_jpeg {
    zr_frame_t mended;  // the last JPEG that got tables
    const char *reason; // why the last one was refused
};

typedef struct {
    const uint8_t *data;
    size_t len;      // bytes of data
    size_t at;       // the next byte to look at
    size_t first_at; // where the first scan's SOS stands; 0 before it
    int sof;         // the frame header's marker; 0 before it
    bool tables;     // a DHT came before the first scan
} s_walk_t;

// T.81 annex K.3 as a segment: luminance DC and AC (tables K.3, K.5), chrominance DC
// and AC (K.4, K.6); each its class and number, how many codes have 1 to 16 bits, and
// the codes' values in order.
static const uint8_t TABLES[ZR_CAMERA_JPEG_TABLES] = {
    0xff, DHT, 0x01, 0xa2,
    // luminance DC
    0x00, 0x00, 0x01, 0x05, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
    0x0b,
    // luminance AC
    0x10, 0x00, 0x02, 0x01, 0x03, 0x03, 0x02, 0x04, 0x03, 0x05, 0x05, 0x04, 0x04, 0x00,
    0x00, 0x01, 0x7d, 0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41,
    0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23,
    0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a,
    0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36,
    0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54,
    0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a,
    0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,
    0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4,
    0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9,
    0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5,
    0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9,
    0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    // chrominance DC
    0x01, 0x00, 0x03, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
    0x0b,
    // chrominance AC
    0x11, 0x00, 0x02, 0x01, 0x02, 0x04, 0x04, 0x03, 0x04, 0x07, 0x05, 0x04, 0x04, 0x00,
    0x01, 0x02, 0x77, 0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12,
    0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1,
    0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24,
    0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35,
    0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53,
    0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86,
    0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2,
    0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7,
    0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3,
    0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8,
    0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa};

zr_camera_jpeg_t *
zr_camera_jpeg_new (void)
{
    zr_camera_jpeg_t *self = zmalloc (sizeof *self);
    self->reason = "";
    return self;
}

void
zr_camera_jpeg_destroy (zr_camera_jpeg_t **self_p)
{
    assert (self_p);
    zr_camera_jpeg_t *self = *self_p;
    if (!self)
        return;
    zr_frame_release (&self->mended);
    freen (self);
    *self_p = NULL;
}

// Goes behind the next marker and the fill bytes before it. Returns its code; 0 if
// there is something else; -1 at the end of the data.
static int
s_marker (s_walk_t *self)
{
    if (self->at < self->len && self->data[self->at] != 0xff)
        return 0;
    while (self->at < self->len && self->data[self->at] == 0xff)
        self->at++;
    return self->at < self->len ? self->data[self->at++] : -1;
}

// Goes to the marker that ends a scan, or to the end of the data.
static void
s_skip_scan (s_walk_t *self)
{
    const uint8_t *end = self->data + self->len;
    const uint8_t *from = self->data + self->at;
    const uint8_t *marker;
    while ((marker = memchr (from, 0xff, (size_t) (end - from)))) {
        for (from = marker + 1; from < end && *from == 0xff;)
            from++;
        if (from == end)
            break;
        if (*from != 0 && (*from & 0xf8) != RST0) {
            self->at = (size_t) (marker - self->data);
            return;
        }
        from++;
    }
    self->at = self->len;
}

static bool
s_is_sof (int code)
{
    return code >= SOF0 && code <= SOF15 && code != DHT && code != JPG && code != DAC;
}

static bool
s_has_segment (int code)
{
    return s_is_sof (code) || code == DHT || code == DAC || code == SOS ||
           (code >= DQT && code <= APP15) || code == COM;
}

// Takes note of a segment of size bytes at its length field, all there. Returns NULL,
// or what is wrong with it.
static const char *
s_heed (s_walk_t *self, int code, size_t size)
{
    const uint8_t *segment = self->data + self->at;
    if (s_is_sof (code)) {
        if (self->sof)
            return "has two frame headers (SOF)";
        if (size < 8 || size != 8u + 3u * segment[7])
            return "has a frame header (SOF) of a wrong length";
        self->sof = code;
    } else if (code == SOS) {
        if (!self->sof)
            return "has a scan (SOS) before its frame header (SOF)";
        if (size < 6 || size != 6u + 2u * segment[2])
            return "has a scan header (SOS) of a wrong length";
        if (!self->first_at)
            self->first_at = self->at - 2;
    } else if (code == DHT && !self->first_at)
        self->tables = true;
    return NULL;
}

// Walks from SOI to behind EOI. Returns NULL, or what is wrong.
static const char *
s_walk (s_walk_t *self)
{
    if (self->len < 2 || self->data[0] != 0xff || self->data[1] != SOI)
        return self->len ? "does not begin with SOI" : "is empty";
    self->at = 2;
    int code;
    while ((code = s_marker (self)) != EOI) {
        if (code < 0)
            return CUT_SHORT;
        if (code == 0)
            return "has something else where a marker is due";
        if (code == SOI)
            return "begins anew before its EOI";
        if (!s_has_segment (code))
            return "has a marker that is none of a JPEG's";
        if (self->len - self->at < 2)
            return CUT_SHORT;
        size_t size = (size_t) self->data[self->at] << 8 | self->data[self->at + 1];
        if (size < 2)
            return "has a segment of an impossible length";
        if (size > self->len - self->at)
            return CUT_SHORT;
        const char *reason = s_heed (self, code, size);
        if (reason)
            return reason;
        self->at += size;
        if (code == SOS)
            s_skip_scan (self);
    }
    if (!self->sof)
        return "has no frame header (SOF)";
    return self->first_at ? NULL : "has no scan (SOS)";
}

int
zr_camera_jpeg_mend (zr_camera_jpeg_t *self, const uint8_t *data, size_t len,
                     const uint8_t **jpeg, size_t *jpeg_len)
{
    assert (self && (data || len == 0) && jpeg && jpeg_len);
    s_walk_t walk = {.data = data, .len = len};
    const char *reason = s_walk (&walk);
    bool lacking = !reason && !walk.tables && walk.sof < SOF9;
    size_t whole = walk.at + (lacking ? sizeof TABLES : 0);
    if (lacking && walk.sof != SOF0 && walk.sof != SOF1)
        reason = "has no Huffman tables, and not the kind that may lack them";
    else if (!reason && whole > ZR_FRAME_SIZE_MAX - ZR_JPEG_META_MAX)
        reason = "is above 32 MiB";
    self->reason = reason ? reason : "";
    if (reason)
        return -1;

    *jpeg = data;
    *jpeg_len = whole;
    if (lacking) {
        zr_frame_reserve (&self->mended, whole);
        uint8_t *to = self->mended.memory;
        memcpy (to, data, walk.first_at);
        memcpy (to + walk.first_at, TABLES, sizeof TABLES);
        memcpy (to + walk.first_at + sizeof TABLES, data + walk.first_at,
                walk.at - walk.first_at);
        *jpeg = to;
    }
    return 0;
}

const char *
zr_camera_jpeg_reason (const zr_camera_jpeg_t *self)
{
    assert (self);
    return self->reason;
}
