#!/bin/sh
# Draws a run of a hundred stages on a terminal of 80 columns and 24 lines (in tmux) and looks at what stands on it: the live
# region takes at most a third of the screen, nothing is left behind by drawing, resizing, asking or Ctrl-C.
# Usage: scripts/terminal_test.sh [PROGRAM]   PROGRAM is `target/debug/wfc` if not given
set -eu

wfc=$(realpath "${1:-target/debug/wfc}")
folder=$(mktemp -d)
session="wfc-terminal-$$"
terminal() { tmux -L "$session" "$@"; }
trap 'terminal kill-server 2>/dev/null || true; rm -rf "$folder"' EXIT

fail() {
    echo "FAILED: $1" >&2
    terminal capture-pane -p -S -200 >&2
    exit 1
}

# Types a line and waits until the screen holds a text.
type_and_await() {
    terminal send-keys "$1" Enter
    await "$2"
}

await() {
    for _ in $(seq 100); do
        if terminal capture-pane -p | grep -qF -- "$1"; then return; fi
        sleep 0.1
    done
    fail "never seen: $1"
}

# The lines of the live region: from the last rule on.
region() {
    terminal capture-pane -p | awk '/^──────/ { n = 0; seen = 1 } seen && NF { n++ } END { print n + 0 }'
}

rules() {
    terminal capture-pane -p -S -500 | grep -c '^──────' || true
}

# Gives the terminal another width while wfc is held: of what is on its way to the terminal at that moment nobody can say how wide
# the terminal will be that shows it.
resize() {
    shell=$(terminal display-message -p '#{pane_pid}')
    held=$(cat "/proc/$shell/task/$shell/children")
    kill -STOP $held
    sleep 0.3
    terminal resize-window -x "$1" -y 24
    sleep 0.3
    kill -CONT $held
    sleep 0.5
}

# Waits until the shell takes a line again: what is typed before, the program takes.
await_shell() {
    for _ in $(seq 100); do
        if [ "$(terminal capture-pane -p | awk 'NF { last = $0 } END { print last }')" = ">" ]; then return; fi
        sleep 0.1
    done
    fail "the shell does not come back"
}

{
    echo 'agent shell uses exec { stdin none parallel 8 action work(n: int) -> string {'
    echo '    effects reads'
    echo '    command ["sh", "-c", "for i in 1 2 3; do echo line $i of 日本語の長いログ行です長いログ行です長いログ行です >&2; sleep 0.3; done; echo done"]'
    echo '} }'
    echo 'workflow hundred() -> string {'
    for n in $(seq 0 99); do echo "    stage stage_$n = shell.work($n)"; done
    echo '    return stage_0'
    echo '}'
} >"$folder/hundred.wf"

cat >"$folder/asks.wf" <<'WF'
workflow asks() -> bool {
    stage allowed = ask("Ship it?") -> { ok: bool } { timeout 1d }
    return allowed.ok
}
WF

terminal -f /dev/null new-session -d -x 80 -y 24 "cd $folder && env LC_ALL=C.UTF-8 PS1='> ' sh +m"
terminal send-keys "clear; $wfc run hundred.wf" Enter
await "of 100 done"
await "✓ stage_0"
lines=$(region)
[ "$lines" -le 8 ] || fail "the region has $lines lines"
[ "$(rules)" -eq 1 ] || fail "a rule was left behind"

for columns in 50 120 40 80; do
    resize "$columns"
    [ "$(rules)" -eq 1 ] || fail "a rule was left behind at $columns columns"
    [ "$(region)" -le 8 ] || fail "the region is too high at $columns columns"
done

terminal send-keys C-c
await "suspending:"
terminal send-keys C-c
await "suspended; go on: wfc resume"
[ "$(rules)" -eq 0 ] || fail "a rule was left behind by Ctrl-C"

type_and_await "clear; $wfc resume @latest" "goes on, on its own plan"
await "✓ stage_99"
await "succeeded in"
[ "$(rules)" -eq 0 ] || fail "a rule was left behind at the end"

# A terminal that is stopped does not stop the run, and what it missed is said later.
type_and_await "clear; $wfc run hundred.wf --id stopped" "of 100 done"
terminal send-keys C-s
for _ in $(seq 600); do
    (cd "$folder" && "$wfc" runs list --status succeeded) | grep -q '^stopped' && break
    sleep 0.1
done
(cd "$folder" && "$wfc" runs list --status succeeded) | grep -q '^stopped' || fail "a stopped terminal stops the run"
terminal send-keys C-q
await "run stopped succeeded in"
await "✓ stage_99"

type_and_await "clear; $wfc run asks.wf" "[y]es"
type_and_await "perhaps" 'found "perhaps"'
type_and_await "y" "1 stage: 1 succeeded"
await_shell
# What stood there before must not be taken for what comes.
type_and_await "clear; echo clea''red" "cleared"
type_and_await "clear; $wfc run asks.wf; echo exit \$?" "[y]es"
type_and_await "l" "exit 75"

# What a program prints commands no terminal, neither as its result nor as its log; files that would are not printed.
cat >"$folder/bytes.wf" <<'WF'
agent tool uses exec {
    stdin none
    action all() -> string {
        effects reads
        command ["sh", "-c", "printf '\\033]2;stolen\\007\\302\\2332Jred'; printf '\\033]2;stolen\\007\\302\\2332Jlog\\n' >&2"]
    }
    action made() -> file {
        effects reads
        command ["sh", "-c", "printf '\\033]2;stolen\\007\\302\\2332J' > $WFC_OUT/b.bin; echo '\"b.bin\"'"]
    }
}

workflow bytes() -> { text: string, raw: file } {
    stage text = tool.all()
    stage raw = tool.made()

    return { text, raw }
}
WF
type_and_await "clear; echo be''fore; $wfc run bytes.wf --id b1" 'u009b2Jred'
await "before"
type_and_await "clear; $wfc runs show b1 --json" 'u009b2Jred'
type_and_await "$wfc runs logs b1" 'u{9b}2Jlog'
type_and_await "$wfc runs file b1 result.raw" "is no plain text"
type_and_await "$wfc runs file b1 result.raw | wc -c; $wfc runs file b1 result.raw -o raw.bin" "is in raw.bin"
title=$(terminal display-message -p '#{pane_title}')
[ "$title" != stolen ] || fail "a program has changed the title"
echo "the terminal is drawn as it must be"
