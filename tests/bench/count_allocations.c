// SPDX-License-Identifier: MPL-2.0
// To be put in front of the C library (LD_PRELOAD): counts the calls that hand out
// memory and those that give it back, of all threads, in the file that
// ZROOM_ALLOCATIONS names, as two native 64 bit numbers that anybody can read at any
// time. A realloc hands out and gives back, unless there was nothing before it.
// What is mapped (mmap) by others than the C library is not seen.

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    _Atomic uint64_t taken, given;
} counts_t;

static counts_t s_unseen; // where there is no file, or none yet
static counts_t *s_counts = &s_unseen;

// glibc's own names of what is replaced here.
extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t count, size_t size);
extern void *__libc_realloc (void *memory, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);
extern void __libc_free (void *memory);

__attribute__ ((constructor)) static void
s_open (void)
{
    const char *path = getenv ("ZROOM_ALLOCATIONS");
    int fd = path ? open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    void *memory = MAP_FAILED;
    if (ftruncate (fd, sizeof (counts_t)) == 0)
        memory =
            mmap (NULL, sizeof (counts_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory != MAP_FAILED)
        s_counts = memory;
    close (fd);
}

static void *
s_take (void *memory)
{
    atomic_fetch_add_explicit (&s_counts->taken, 1, memory_order_relaxed);
    return memory;
}

static void
s_give (const void *memory)
{
    if (memory)
        atomic_fetch_add_explicit (&s_counts->given, 1, memory_order_relaxed);
}

void *
malloc (size_t size)
{
    return s_take (__libc_malloc (size));
}

void *
calloc (size_t count, size_t size)
{
    return s_take (__libc_calloc (count, size));
}

void *
realloc (void *memory, size_t size)
{
    s_give (memory);
    return s_take (__libc_realloc (memory, size));
}

void *
memalign (size_t alignment, size_t size)
{
    return s_take (__libc_memalign (alignment, size));
}

void *
aligned_alloc (size_t alignment, size_t size)
{
    return s_take (__libc_memalign (alignment, size));
}

int
posix_memalign (void **memory_p, size_t alignment, size_t size)
{
    void *memory = s_take (__libc_memalign (alignment, size));
    if (!memory)
        return ENOMEM;
    *memory_p = memory;
    return 0;
}

void
free (void *memory)
{
    s_give (memory);
    __libc_free (memory);
}
