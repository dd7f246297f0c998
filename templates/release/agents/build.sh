# build.sh VERSION BROKEN: copies the site with its version into a folder of its own, and says which. A broken one lacks the version.
set -eu
case $1 in
'' | *[!0-9A-Za-z.-]* | .*)
    echo "a version is made of letters, digits, dots and hyphens: $1" >&2
    exit 1
    ;;
esac
folder="work/builds/$1"
mkdir -p "$folder"
if [ "$2" = true ]; then version='?'; else version=$1; fi
sed "s/VERSION/$version/g" site/index.html > "$folder/index.html"
printf '{"version":"%s","folder":"%s"}\n' "$1" "$folder"
