# find.sh ENVIRONMENT KEY [VERSION]: says whether the call with that key put its build into the environment.
set -eu
if [ "$(sed -n 1p "work/$1/last" 2> /dev/null)" = "$2" ]; then
    printf '{"kind":"done","result":%s}\n' "$(sed -n 2p "work/$1/last")"
else
    printf '{"kind":"not_done"}\n'
fi
