# What the programs of a tortured run do. Each start is written down with its key, each effect of a write too.
#     sh agent.sh KIND TEXT [FAILS TAKES]
#     sh agent.sh round SUM NAME
#     sh agent.sh probe TEXT KEY
set -eu
if [ "$1" = probe ]; then
    if grep -qF -- "$3 " effects.log 2>/dev/null; then
        printf '{"kind": "done", "result": "%s"}\n' "$2"
    else
        echo '{"kind": "not_done"}'
    fi
    exit
fi
printf '%s %s %s\n' "$WFC_IDEMPOTENCY_KEY" "$WFC_ATTEMPT" "$1" >>starts.log
if [ "$1" = round ]; then
    printf '{"sum": "%s", "rounds": %s}\n' "$2$3" "$((${#2} + 1))"
    exit
fi
# The last part of a key counts the failures that are known.
if [ "${WFC_IDEMPOTENCY_KEY##*/}" -lt "$3" ]; then
    class=unavailable
    [ "$3" -lt 99 ] || class=denied
    printf '{"error": {"class": "%s", "message": "as told"}}\n' "$class"
    exit 1
fi
pause="0.$(printf '%03d' "$4")"
sleep "$pause"
if [ "$1" = write ]; then
    printf '%s %s\n' "$WFC_IDEMPOTENCY_KEY" "$2" >>effects.log
    sleep "$pause"
fi
printf '%s\n' "$2"
