#!/bin/sh
# Every input that a fuzzer began with or once failed on, without clang: one test each
# fuzzer. Printed as TAP.
folder=$(dirname "$0")
number=0
set -- "$folder"/fuzz_*.c
echo "1..$#"
for source; do
    number=$((number + 1))
    name=$(basename "$source" .c)
    if "$BUILD/fuzz/replay_$name" "$folder/corpus/$name"/* >replay.log 2>&1; then
        echo "ok $number - $name takes its corpus"
    else
        sed 's/^/# /' replay.log
        echo "not ok $number - $name takes its corpus"
    fi
    rm -f replay.log
done
