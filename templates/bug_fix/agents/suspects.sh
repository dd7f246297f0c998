# suspects.sh FILE: prints the numbers of the lines that compare numbers.
set -eu
grep -nE -e '-(gt|ge|lt|le) ' "$1" | cut -d: -f1
