# deploy.sh ENVIRONMENT VERSION FOLDER: puts a build into an environment and says what was there before. The key of the call stays
# with its answer, for those who ask later whether it happened.
set -eu
place="work/$1"
mkdir -p "$place"
previous=$(cat "$place/version" 2> /dev/null || true)
cp "$3/index.html" "$place/index.html"
printf '%s' "$2" > "$place/version"
answer=$(printf '{"environment":"%s","version":"%s","previous":"%s"}' "$1" "$2" "$previous")
printf '%s\n%s\n' "$WFC_IDEMPOTENCY_KEY" "$answer" > "$place/last"
printf '%s\n' "$answer"
