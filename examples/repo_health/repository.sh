# Facts about a git repository, one a call: sh repository.sh FACT FOLDER [FILE]
# Never changes the repository. Answers are plain text on standard output.
set -eu
fact=$1
folder=$2
case $fact in
root)
    # Folders are meant from where wfc was called.
    cd "$WFC_CALL_DIR"
    cd "$folder"
    git rev-parse --show-toplevel
    exit
    ;;
esac
cd "$folder"
case $fact in
files) git -c core.quotePath=false ls-files ;;
bytes) git ls-files -z | xargs -0 -r cat 2>/dev/null | wc -c ;;
commits)
    # A repository without a commit has no log: that is an answer, not a failure.
    if git rev-parse --quiet --verify HEAD >/dev/null; then git log -5 --format='%h %as %s'; fi
    ;;
unpushed)
    if git rev-parse --quiet --verify HEAD >/dev/null; then git rev-list --count HEAD --not --remotes; else echo 0; fi
    ;;
uncommitted) git status --porcelain | wc -l ;;
todos)
    # grep says 1 where nothing matches, and more where something is wrong.
    count=$(grep -c -w -e TODO -e FIXME -- "$3") || [ $? -eq 1 ]
    echo "${count:-0}"
    ;;
whitespace) git grep -nI -e '[[:blank:]]$' -- ':!*.md' ':!*.snap' >&2 && exit 1 || exit 0 ;;
conflicts) git grep -nI -e '^<<<<<<< ' -e '^>>>>>>> ' -- ':!tests' >&2 && exit 1 || exit 0 ;;
shell) git ls-files -z '*.sh' | xargs -0 -r -n 1 sh -n ;;
format) cargo fmt --check >&2 ;;
*)
    echo "unknown fact: $fact" >&2
    exit 64
    ;;
esac
