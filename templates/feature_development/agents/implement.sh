# implement.sh FEATURE MISSING: writes a page that keeps each line of standard input, and prints its path. With nothing missing so
# far this is the first draft: it leaves out the last line.
set -eu
name=$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9' '_')
mkdir -p work
page="work/$name.md"
{
    printf '# %s\n\n' "$1"
    if [ "$2" -eq 0 ]; then sed '$d'; else cat; fi | sed 's/^/- /'
} > "$page"
printf '%s\n' "$page"
