# verify.sh PAGE: prints each line of standard input that the page does not keep.
set -eu
while IFS= read -r criterion || [ -n "$criterion" ]; do
    grep -qxF -- "- $criterion" "$1" || printf '%s\n' "$criterion"
done
