#!/bin/sh
# Fuzzes each target for so many seconds: scripts/fuzz.sh [SECONDS] [TARGET…]
# Needs a nightly compiler and cargo-fuzz (`cargo install cargo-fuzz`). Without them it says so and ends with 0: what was found
# before is replayed by the tests (`cargo test --test it fuzz`). What it finds goes to fuzz/artifacts; make it small
# (`cargo +nightly fuzz tmin TARGET FILE`), put it into fuzz/corpus/TARGET under a name that tells, and mend the cause.
set -eu
cd "$(dirname "$0")/.."
seconds="${1:-60}"
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- parse check fmt plan
if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "skipped: there is no nightly compiler (rustup toolchain install nightly)" >&2
    exit 0
fi
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    echo "skipped: cargo-fuzz is not installed (cargo install cargo-fuzz)" >&2
    exit 0
fi

# What every round begins with beside the corpus: each program of the suite, and the words that a mutation may put in.
made=fuzz/target/made
rm -rf "$made"
mkdir -p "$made/programs"
awk -v folder="$made/programs" '
    FNR == 1 || /^--- / { if (out) close(out); out = sprintf("%s/%05d.wf", folder, ++count) }
    !/^--- / { print > out }
' tests/suite/*/*.wf
cp tests/samples/*.wf "$made/programs"
grep -oE '"[^"\\]+"' grammar/wf.pest | sort -u >"$made/wf.dict"
grep -oE '"[a-z_]+"' docs/plan.schema.json | sort -u | sed 's/"\(.*\)"/"\\"\1\\""/' >"$made/plan.dict"

for target in "$@"; do
    # Findings go to fuzz/artifacts, what is new to the first folder, which is not kept.
    found="fuzz/target/found/$target"
    mkdir -p "$found"
    case "$target" in
        plan) begin="" words="$made/plan.dict" ;;
        *) begin="$made/programs" words="$made/wf.dict" ;;
    esac
    # shellcheck disable=SC2086 — $begin is a folder or nothing
    cargo +nightly fuzz run "$target" "$found" "fuzz/corpus/$target" $begin -- \
        -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=2048 -dict="$words" -print_final_stats=1
done
