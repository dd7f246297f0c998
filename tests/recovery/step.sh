# One step of the workflow that is killed: writes down that it started, under which key, and answers.
# sh step.sh NAME [fail-first]
set -eu
printf '%s %s %s\n' "$WFC_STAGE" "$WFC_ATTEMPT" "$WFC_IDEMPOTENCY_KEY" >>starts.log
sleep 0.0"$((WFC_ATTEMPT * 3 % 7))"
if [ "${2:-}" = fail-first ] && ! [ -e "failed.$1" ]; then
    : >"failed.$1"
    echo '{"error": {"class": "unavailable", "message": "not yet"}}'
    exit 1
fi
printf '%s\n' "$1" >>"done.log"
printf '%s\n' "$1"
