# patch.sh FOLDER LINE: copies the program in FOLDER, moves the boundary of the comparison in LINE by one, and prints the folder of the
# copy.
set -eu
copy="work/line_$2"
mkdir -p "$copy"
sed -e "$2s/-gt /-NEW /" -e "$2s/-ge /-gt /" -e "$2s/-NEW /-ge /" \
    -e "$2s/-lt /-NEW /" -e "$2s/-le /-lt /" -e "$2s/-NEW /-le /" "$1/price.sh" > "$copy/price.sh"
printf '%s\n' "$copy"
