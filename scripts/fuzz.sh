#!/bin/sh
# Fuzzes each target for so many seconds: scripts/fuzz.sh [SECONDS] [TARGET…]
# Needs a nightly compiler and cargo-fuzz (`cargo install cargo-fuzz`). Without them it says so and ends with 0: what was found
# before is replayed by the tests (`cargo test --test it fuzz`).
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
for target in "$@"; do
    # Findings go to fuzz/artifacts, what is new to the first folder, which is not kept.
    mkdir -p "fuzz/target/found/$target"
    cargo +nightly fuzz run "$target" "fuzz/target/found/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=2048
done
