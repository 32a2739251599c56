// SPDX-License-Identifier: MPL-2.0
// Runs a fuzzer's function over the files that are named, without clang: what was found
// once stays found. Each file stands in a heap block of exactly its size. Exit status
// 0, 1 if a file cannot be read; what a fuzzer finds ends the program.

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

// Returns 0, or -1; the cause was said.
static int
s_replay (const char *path)
{
    FILE *file = fopen (path, "rb");
    if (!file || fseek (file, 0, SEEK_END)) {
        perror (path);
        if (file)
            fclose (file);
        return -1;
    }
    long len = ftell (file);
    rewind (file);
    uint8_t *data = len >= 0 ? malloc (len ? (size_t) len : 1) : NULL;
    int status = -1;
    if (data && fread (data, 1, (size_t) len, file) == (size_t) len) {
        LLVMFuzzerTestOneInput (data, (size_t) len);
        status = 0;
    } else
        perror (path);
    free (data);
    fclose (file);
    return status;
}

int
main (int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        if (s_replay (argv[i]))
            failed++;
    printf ("%d of %d files replayed\n", argc - 1 - failed, argc - 1);
    return failed ? 1 : 0;
}
