# smoke.sh ENVIRONMENT VERSION: fails if the page of the environment does not show the version.
set -eu
if grep -qF -- "Version $2<" "work/$1/index.html"; then
    echo true
else
    echo "the page in work/$1 does not show version $2" >&2
    exit 1
fi
