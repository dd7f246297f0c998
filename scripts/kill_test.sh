#!/bin/sh
# Kills `wfc` at random moments of a workflow of thirty stages, 200 runs or as many as said, and lets it go on each time.
#     scripts/kill_test.sh [ROUNDS] [SEED]
set -eu
cd "$(dirname "$0")/.."
export WFC_KILL_ROUNDS="${1:-200}" WFC_KILL_SEED="${2:-1}"
cargo test --test it recovery::killed -- --nocapture
