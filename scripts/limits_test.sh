#!/bin/bash
# Checks programs of the size that breaks compilers, on a stack of 512 KiB: each must get a clear answer, in less than 256 MiB.
# Prints seconds and peak memory; only memory and answers are demanded, since time is a matter of the machine.
# Needs GNU time. Usage: scripts/limits_test.sh [PROGRAM]   PROGRAM is `target/release/wfc` if not given
set -euo pipefail

wfc=$(realpath "${1:-target/release/wfc}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
ulimit -s 512

head='agent tool uses mock { action run(x: string) -> string { returns x } }
workflow main(p: string) -> string {'

# A text so many times.
times() { awk -v n="$1" -v t="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", t }'; }

# The stages of a chain, with what the first one waits for.
chain() {
    awk -v n="$1" -v after="$2" 'BEGIN {
        printf "    stage s0 = tool.run(p)%s\n", after
        for (i = 1; i < n; i++) printf "    stage s%d = tool.run(s%d)\n", i, i - 1
        printf "    return s%d\n}\n", n - 1
    }'
}

# Stages that all wait for the first.
fan_out() {
    awk -v n="$1" 'BEGIN {
        print "    stage s0 = tool.run(p)"
        for (i = 1; i < n; i++) printf "    stage s%d = tool.run(s0)\n", i
        printf "    return s%d\n}\n", n - 1
    }'
}

names() { awk -v n="$1" -v t="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s%s%d", i ? ", " : "", t, i }'; }

# Every stage of the one half waits for every stage of the other; how it is said is given.
bipartite() {
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "    stage a%d = tool.run(p)\n", i }'
    [ "$3" = "" ] || echo "    $3"
    awk -v n="$1" -v call="$2" 'BEGIN { for (i = 0; i < n; i++) printf "    stage b%d = %s\n", i, call }'
    echo "    return join([$(names "$1" b)])"
    echo "}"
}

# Early exits, one after the other.
exits() {
    awk -v n="$1" 'BEGIN {
        print "    stage s0 = tool.run(p)"
        for (i = 1; i < n; i++)
            printf "    when s0 == \"%d\" {\n        fail \"no\"\n    }\n    stage s%d = tool.run(s%d)\n", i, i, i - 1
        printf "    return s%d\n}\n", n - 1
    }'
}

# A chain of `let`s that each add a stage.
lets() {
    awk -v n="$1" 'BEGIN {
        print "    let l0 = p"
        for (i = 1; i < n; i++) printf "    stage s%d = tool.run(p)\n    let l%d = l%d + s%d\n", i, i, i - 1, i
        printf "    return l%d\n}\n", n - 1
    }'
}

# What is checked, the exit code and a part of the answer.
expect() {
    local name=$1 code=$2 answer=$3 file="$folder/$1.wf" got=0 kib seconds
    /usr/bin/time -f '%M %e' -o "$folder/cost" "$wfc" check --format short "$file" >"$folder/out" 2>&1 || got=$?
    read -r kib seconds < <(tail -1 "$folder/cost")
    printf '%-28s %6.2f s %6d MiB  %s\n' "$name" "$seconds" $((kib / 1024)) "$(head -c 100 "$folder/out" | head -1 | sed 's/.*\.wf:/:/')"
    if [ "$got" != "$code" ] || ! grep -qF -- "$answer" "$folder/out" || [ "$kib" -gt $((256 * 1024)) ]; then
        echo "FAILED: exit $got, wanted $code with: $answer" >&2
        failed=1
    fi
    rm -f "$file"
}

million=1000000
for kind in '( )' '[ ]' '{a: }' '! -' '"${ }"' 'len( )'; do
    read -r open close <<<"$kind"
    [ "$close" = - ] && close=
    file="$folder/nested.wf"
    { printf 'let a = '; times $million "$open"; printf 1; times $million "$close"; echo; } >"$file"
    expect nested 1 WF0007
done
{ printf 'type A = '; times $million 'list<'; printf int; times $million '>'; echo; } >"$folder/nested_types.wf"
expect nested_types 1 WF0007
{ echo "$head"; times 900000 $'when p == "x" {\n'; } >"$folder/nested_blocks.wf"
expect nested_blocks 1 WF0002
{ printf 'let a = 1'; times $million ' + 1'; echo; } >"$folder/sum.wf"
expect sum 1 WF0007
{ printf 'let a = '; times $million '('; } >"$folder/never_closed.wf"
expect never_closed 1 WF0002
times $million ';' >"$folder/semicolons.wf"
expect semicolons 1 WF0017
{ printf '// '; times 104857600 x; } >"$folder/100_megabytes.wf"
expect 100_megabytes 3 'larger than 16 MiB'
{ echo "$head"; chain 100000 ''; } >"$folder/chain.wf"
expect chain 0 'no problems'
{ echo "$head"; chain 100000 ' { after s77777 }'; } >"$folder/circle.wf"
expect circle 1 WF0301
{ echo "$head"; bipartite 1000 "tool.run(join([$(names 1000 a)]))" ''; } >"$folder/edges_direct.wf"
expect edges_direct 0 'no problems'
{ echo "$head"; bipartite 1000 'tool.run(all)' "let all = join([$(names 1000 a)])"; } >"$folder/edges_by_let.wf"
expect edges_by_let 0 'no problems'
{ echo "$head"; bipartite 1000 "tool.run(p) { after $(names 1000 a) }" ''; } >"$folder/edges_after.wf"
expect edges_after 0 'no problems'
{ echo "$head"; exits 10000; } >"$folder/exits.wf"
expect exits 0 'no problems'
{ echo "$head"; lets 1500; } >"$folder/lets.wf"
expect lets 0 'no problems'
{ echo "$head"; lets 20000; } >"$folder/too_many_lets.wf"
expect too_many_lets 1 'more than 2000000 times'

# What is made of a program, and done with it, in at most so many MiB.
use() {
    local name=$1 answer=$2 got=0 kib seconds
    shift 2
    /usr/bin/time -f '%M %e' -o "$folder/cost" "$wfc" "$@" >"$folder/out" 2>&1 || got=$?
    read -r kib seconds < <(tail -1 "$folder/cost")
    printf '%-28s %6.2f s %6d MiB\n' "$name" "$seconds" $((kib / 1024))
    if [ "$got" != 0 ] || ! grep -qF -- "$answer" "$folder/out" || [ "$kib" -gt $((${most:-256} * 1024)) ]; then
        echo "FAILED: exit $got, wanted 0 in ${most:-256} MiB with: $answer" >&2
        failed=1
    fi
}

large="$folder/large.wf"
{ echo "$head"; chain 100000 ''; } >"$large"
use chain_built '"format"' build "$large"
use chain_looked_at 'inputs: p' run --dry-run "$large" -i p=x
{ echo "$head"; fan_out 100000; } >"$large"
use fan_out_built '"format"' build "$large"
use fan_out_looked_at 'inputs: p' run --dry-run "$large" -i p=x
use fan_out_carried_out '"x"' run "$large" -q -i p=x --store "$folder/store"
# A map is carried out with a window of its items, each durable; of its results those that are large lie on the disk.
cat >"$folder/map.wf" <<'WF'
agent tool uses mock { action run(x: int) -> int { returns x + 1 } }
workflow main(n: int) -> int {
    stage all = for x in range(0, n) up to 1000000 => tool.run(x) { parallel 64 }
    return len(all)
}
WF
cat >"$folder/texts.wf" <<WF
agent tool uses mock { action run(x: int) -> string { returns "\${x} $(times 2000 x)" } }
workflow main(n: int) -> { count: int, first: string } {
    stage all = for x in range(0, n) up to 1000000 => tool.run(x) { parallel 64 }
    stage again = for text in all up to 1000000 => tool.run(len(text)) { parallel 64 }
    return { count: len([text for text in again if len(text) > 2000]), first: slice(first(all) ?? "", 0, 3) }
}
WF
most=64 use map_of_100000 100000 run "$folder/map.wf" -q -i n=100000 --store "$folder/maps"
most=96 use map_of_1000000 1000000 run "$folder/map.wf" -q -i n=1000000 --store "$folder/maps"
most=512 use map_of_1000000_shown '1_000_000 items' runs show @latest --store "$folder/maps"
# 120 MB of results.
most=64 use maps_of_large_texts '"count":30000' run "$folder/texts.wf" -q -i n=30000 --store "$folder/maps"
most=96 use maps_of_large_texts_shown '30_000 items' runs show @latest --store "$folder/maps"
exit $failed
