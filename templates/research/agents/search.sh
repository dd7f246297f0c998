# search.sh WORD: prints the lines of the sources that hold the word, as JSON.
set -eu
found=$(grep -iwF -- "$1" sources/*.md || true)
printf '['
printf '%s\n' "$found" | while IFS=: read -r page claim; do
    [ -n "$page" ] || continue
    claim=$(printf '%s' "$claim" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g')
    printf '%s{"page":"%s","claim":"%s"}' "${comma-}" "$page" "$claim"
    comma=,
done
printf ']\n'
