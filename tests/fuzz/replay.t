#!/bin/sh
# Every input that a fuzzer began with or once failed on, without clang: one test each
# fuzzer. Printed as TAP.
folder=$(dirname "$0")
number=0
log=$(mktemp)
set -- "$folder"/fuzz_*.c
echo "1..$#"
for source; do
    number=$((number + 1))
    name=$(basename "$source" .c)
    if "$BUILD/fuzz/replay_$name" "$folder/corpus/$name"/* >"$log" 2>&1; then
        echo "ok $number - $name takes its corpus"
    else
        sed 's/^/# /' "$log"
        echo "not ok $number - $name takes its corpus"
    fi
done
rm -f "$log"
