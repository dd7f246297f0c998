#!/bin/sh
# Asks the shells that are here what they make of TAB: bash, fish and zsh, zsh on a terminal of its own. Says which it has skipped.
# Usage: scripts/completions_test.sh [PROGRAM]   PROGRAM is `target/debug/wfc` if not given
set -eu

wfc=$(realpath "${1:-target/debug/wfc}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$wfc" "$folder/wfc"
export PATH="$folder:$PATH"
cd "$folder"

cat >asks.wf <<'WF'
workflow asks() -> string {
    stage colour = ask("Which colour?") -> "red" | "light blue" { timeout 1d }
    return colour
}
WF
wfc run asks.wf --id waits-for-me -q || [ $? -eq 75 ]
wfc run asks.wf --id elsewhere -q --store other || [ $? -eq 75 ]

# expect SHELL LINE EXPECTED OFFERED
expect() {
    [ "$3" = "$4" ] || {
        printf 'FAILED: %s makes of `%s`:\n%s\ninstead of:\n%s\n' "$1" "$2" "$4" "$3" >&2
        exit 1
    }
}

# Prints what is offered at the end of LINE, of whose last word bash replaces all: in_bash LINE WORD
in_bash() {
    bash --norc -c 'source <(wfc completions bash); COMP_LINE=$1 COMP_POINT=${#1}
        _wfc_complete wfc "$2" x; printf "%s\n" "${COMPREPLY[@]}"' bash "$1" "$2"
}

in_fish() {
    fish --no-config -c 'wfc completions fish | source; complete -C $argv[1] | string replace -r "\t.*" ""' "$1"
}

# Prints the line as it is after TAB: in_zsh LINE
in_zsh() {
    zsh -f -c '
        zmodload zsh/zpty
        wait_for() { while [[ ! -e $1 ]]; do zpty -r -t shell output || zselect -t 2; done }
        zmodload zsh/zselect
        zpty shell zsh -f -i
        zpty -w shell "fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; PS1="
        zpty -w shell "told() { print -r -- \"\$BUFFER\" >$PWD/told.new; mv $PWD/told.new $PWD/told }"
        zpty -w shell "zle -N told; bindkey \"^X\" told; : >$PWD/ready"
        wait_for ready
        zpty -w -n shell "$1"$'"'\t\x18'"'
        wait_for told
        cat told
        rm told ready
        zpty -d shell' zsh "$1"
}

tested='' skipped=''
has() {
    if command -v "$1" >/dev/null; then tested="$tested $1"; else skipped="$skipped $1" && return 1; fi
}

if has bash; then
    expect bash 'wfc resume waits' waits-for-me "$(in_bash 'wfc resume waits' waits)"
    expect bash 'wfc resume --store=other ' elsewhere "$(in_bash 'wfc resume --store=other els' els)"
    expect bash 'wfc runs answer waits-for-me colour li' 'light\ blue' "$(in_bash 'wfc runs answer waits-for-me colour li' li)"
fi
if has fish; then
    expect fish 'wfc resume waits' waits-for-me "$(in_fish 'wfc resume waits')"
    expect fish 'wfc resume --store=other els' elsewhere "$(in_fish 'wfc resume --store=other els')"
    expect fish 'wfc runs answer waits-for-me colour "li' 'light blue' "$(in_fish 'wfc runs answer waits-for-me colour "li')"
fi
if has zsh; then
    wfc completions zsh >_wfc
    zsh -f -n _wfc
    expect zsh 'wfc resume waits' 'wfc resume waits-for-me ' "$(in_zsh 'wfc resume waits')"
    expect zsh 'wfc resume --store=other els' 'wfc resume --store=other elsewhere ' "$(in_zsh 'wfc resume --store=other els')"
    expect zsh 'wfc runs answer waits-for-me colour li' 'wfc runs answer waits-for-me colour light\ blue ' \
        "$(in_zsh 'wfc runs answer waits-for-me colour li')"
    expect zsh "wfc runs answer 'waits-for-me' colour 'li" "wfc runs answer 'waits-for-me' colour 'light blue' " \
        "$(in_zsh "wfc runs answer 'waits-for-me' colour 'li")"
fi
echo "complete:${tested:- none}; not here, and skipped:${skipped:- none}"
