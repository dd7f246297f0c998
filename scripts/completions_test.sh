#!/bin/sh
# Asks the shells that are here what they offer after `wfc resume`: bash, fish (as they would on TAB), zsh (only that it takes the script).
# Usage: scripts/completions_test.sh [PROGRAM]   PROGRAM is `target/debug/wfc` if not given
set -eu

wfc=$(realpath "${1:-target/debug/wfc}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$wfc" "$folder/wfc"
PATH="$folder:$PATH"
cd "$folder"

cat >asks.wf <<'WF'
workflow asks() -> bool {
    stage allowed = ask("Ship it?") -> bool { timeout 1d }
    return allowed
}
WF
wfc run asks.wf --id waits-for-me -q || [ $? -eq 75 ]

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

tested=
if command -v bash >/dev/null; then
    offered=$(bash --norc -c '
        source <(wfc completions bash); COMP_TYPE=9; COMP_WORDS=(wfc resume waits); COMP_CWORD=2
        _clap_complete_wfc wfc waits; echo "${COMPREPLY[0]}"')
    [ "$(echo $offered)" = waits-for-me ] || fail "bash offers: $offered"
    tested="$tested bash"
fi
if command -v fish >/dev/null; then
    offered=$(fish --no-config -c 'wfc completions fish | source; complete -C "wfc resume waits"')
    case $offered in waits-for-me*) ;; *) fail "fish offers: $offered" ;; esac
    tested="$tested fish"
fi
if command -v zsh >/dev/null; then
    wfc completions zsh >_wfc
    zsh -f -n _wfc || fail "zsh does not take the script"
    tested="$tested zsh"
fi
echo "complete:$tested"
