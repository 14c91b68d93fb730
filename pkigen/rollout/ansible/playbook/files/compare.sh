# Prints the files of this node that are not as in the set:
#
#   sh -s -- SUMS SECRET...   SUMS is the text of the node's list of sums, and SECRET... are
#                             files that none but root may read, on whatever node they lie
set -eu
export LC_ALL=C
sums=$1
shift
secrets="
$(printf '%s\n' "$@")
"

printf '%s\n' "$sums" | while IFS= read -r line; do
	sum=${line%% *}
	file=/${line#* ?}
	mode=644
	case $secrets in *"
$file
"*) mode=600 ;; esac
	[ -f "$file" ] && [ ! -L "$file" ] &&
		[ "$(sha256sum <"$file")" = "$sum  -" ] &&
		[ "$(stat -c '%a %u %g' "$file")" = "$mode 0 0" ] || printf '%s\n' "$file"
done
printf '%s\n' "$sums" | cmp -s - /SHA256SUMS || echo /SHA256SUMS
