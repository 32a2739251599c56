// SPDX-License-Identifier: MPL-2.0
// The program's own pgm_recvmsgv stands before libpgm's: the linker exports it because
// libzmq refers to it. It calls libpgm's, and turns what libzmq asserts never to get
// (pgm_socket_t::receive and process_upstream, pgm_receiver_t::in_event) into "nothing
// came". libzmq's I/O threads call it.

#include "common/multicast_guard.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#if __has_include(<pgm/pgm.h>)
#define PGM_RESTRICT_DEFINED // C has it; the header would hide it
#include <pgm/pgm.h>

#define NO_BEGINNING 0xffff // no message begins in this packet

typedef int (receive_fn) (pgm_sock_t *, struct pgm_msgv_t *, size_t, int, size_t *,
                          pgm_error_t **);

static _Atomic (receive_fn *) s_receive;

void
zr_multicast_guard_prepare (void)
{
    receive_fn *found = NULL;
    void *symbol = dlsym (RTLD_NEXT, "pgm_recvmsgv");
    memcpy (&found, &symbol, sizeof found);
    atomic_store (&s_receive, found);
}

bool
zr_multicast_guard_check (const struct pgm_msgv_t *messages, size_t count, size_t total)
{
    size_t seen = 0;
    for (size_t i = 0; i < count && seen < total; i++) {
        struct pgm_sk_buff_t *packet = messages[i].msgv_skb[0];
        if (messages[i].msgv_len != 1 || packet->len < sizeof (uint16_t))
            return false;
        uint8_t *data = packet->data;
        unsigned begins = (unsigned) data[0] << 8 | data[1];
        if (begins > packet->len - sizeof (uint16_t))
            data[0] = data[1] = NO_BEGINNING & 0xff;
        seen += packet->len;
    }
    return seen == total;
}

// A packet is empty, is no PGM, or the sender has ended: nothing came.
int
pgm_recvmsgv (pgm_sock_t *const sock, struct pgm_msgv_t *const messages,
              const size_t count, const int flags, size_t *total, pgm_error_t **error)
{
    size_t bytes = 0;
    receive_fn *receive = atomic_load (&s_receive);
    int status = receive ? receive (sock, messages, count, flags, &bytes, NULL)
                         : PGM_IO_STATUS_WOULD_BLOCK;
    (void) error; // libzmq reads none of it, nor frees it
    bool fine = status == PGM_IO_STATUS_NORMAL
                    ? zr_multicast_guard_check (messages, count, bytes)
                    : status == PGM_IO_STATUS_RESET ||
                          status == PGM_IO_STATUS_WOULD_BLOCK ||
                          status == PGM_IO_STATUS_RATE_LIMITED ||
                          status == PGM_IO_STATUS_TIMER_PENDING;
    if (total)
        *total = fine && status == PGM_IO_STATUS_NORMAL ? bytes : 0;
    return fine ? status : PGM_IO_STATUS_WOULD_BLOCK;
}

#else

void
zr_multicast_guard_prepare (void)
{
}

bool
zr_multicast_guard_check (const struct pgm_msgv_t *messages, size_t count, size_t total)
{
    (void) messages;
    (void) count;
    return total == 0;
}

#endif
