# One round of the loop: sh round.sh SUM NAME. The sum grows by one name a round.
set -eu
printf '%s %s %s\n' "$WFC_STAGE" "$WFC_ATTEMPT" "$WFC_IDEMPOTENCY_KEY" >>starts.log
printf '{"sum": "%s", "rounds": %s}\n' "$1$2" "$((${#1} + 1))"
