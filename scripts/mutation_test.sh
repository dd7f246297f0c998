#!/bin/sh
# Breaks the order of two writes in a copy of the engine (calls start before their intents are durable) and demands that the tests that
# kill runs at every commit notice it: scripts/mutation_test.sh
# Needs Rust alone; the copy stands in target/mutation, and its build uses what is built of the dependencies.
set -eu
cd "$(dirname "$0")/.."
copy="$PWD/target/mutation"
rm -rf "$copy"
mkdir -p "$copy"
git ls-files -z | xargs -0 cp --parents -t "$copy"
runner="$copy/src/engine/runner.rs"
before='        self.commit(&mut batch).await?;'
early='        for (id, attempt) in std::mem::take(\&mut batch.intended) { self.start(id, attempt, false); }\n        tokio::task::yield_now().await;'
[ "$(grep -cF "$before" "$runner")" = 1 ] || { echo "error: the place to break is not there any more" >&2; exit 1; }
sed -i "s|^        self\.commit(&mut batch)\.await?;|$early\n&|" "$runner"
export CARGO_TARGET_DIR="$PWD/target"
# Cargo takes the two copies for one package: what is built next here must not be taken from the broken one.
trap 'touch src/lib.rs' EXIT
manifest="$copy/Cargo.toml"
cargo test --quiet --manifest-path "$manifest" --lib --no-run
if found=$(cargo test --manifest-path "$manifest" --lib testing:: 2>&1); then
    echo "error: the engine is broken, and the tests pass" >&2
    exit 1
fi
if ! printf '%s' "$found" | grep -q 'WF0824'; then
    printf '%s\n' "$found" | tail -40 >&2
    echo "error: the tests fail for another reason" >&2
    exit 1
fi
echo "calls that start too early are noticed"
