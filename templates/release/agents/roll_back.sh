# roll_back.sh ENVIRONMENT VERSION: puts an earlier build back; without one the environment becomes empty.
set -eu
place="work/$1"
if [ -n "$2" ]; then
    cp "work/builds/$2/index.html" "$place/index.html"
    printf '%s' "$2" > "$place/version"
else
    rm -f "$place/index.html" "$place/version"
fi
