#!/bin/sh
# Installs the files that lie beside this script on their node, as root:
#
#   sh install.sh [ROOT]      ROOT is the folder that stands for / (default /)
#
# etcd, kube-apiserver and kubelet read these files while they run. So every file that
# differs is first made ready in the folder of its place, and then takes the place by
# one rename: no program finds a file missing or half written, and a certificate is
# without its key for no longer than two renames take.
#
# What is replaced is kept as a copy: a second link to it would keep programs that
# watch the file from seeing that it was replaced. Folders that exist keep their mode
# and owner. The unpacked files are gone at the end, however that is.
set -eu
umask 077
export LC_ALL=C

fail() {
	echo "install.sh: $*" >&2
	exit 1
}

root=$(cd "${1:-/}" && pwd -P)
here=$(cd "$(dirname "$0")" && pwd -P)
[ "$here" != "$root" ] || fail "unpack the archive into an empty folder, and not into $root: then run install.sh there"
root=${root%/}
cd "$here"

! grep -q '^\\' SHA256SUMS || fail "SHA256SUMS names a file with a line break or a backslash: nothing was installed"
files=$(sed 's/^[0-9a-f]* [ *]//' SHA256SUMS; echo SHA256SUMS)
kept=$root/var/lib/certwright/replaced/$(date -u +%Y%m%dT%H%M%SZ)-$$

# each runs a command with every file of a list.
each() {
	while IFS= read -r file; do
		[ -z "$file" ] || "$1" "$file"
	done <<LIST
$2
LIST
}

withdraw() { rm -f "$root/$1.certwright-new"; }
forget() { rm -f "./$1"; }

same() {
	cmp -s "./$1" "$root/$1" && [ "$(stat -c '%a %u %g' "./$1")" = "$(stat -c '%a %u %g' "$root/$1")" ]
}

changed=
count=0
replaced=0
prepare() {
	[ ! -d "$root/$1" ] || fail "$root/$1 is a folder: nothing was installed"
	! same "$1" || return 0
	# A copy made here, and not the file itself, so that it lies on the file system of
	# its place and has the security context of its folder.
	withdraw "$1"
	cp -p "./$1" "$root/$1.certwright-new"
	sync "$root/$1.certwright-new"
	if [ -e "$root/$1" ] || [ -L "$root/$1" ]; then
		mkdir -p "$kept/$(dirname "$1")"
		cp -pP "$root/$1" "$kept/$1"
		replaced=$((replaced + 1))
	fi
	changed="$changed$1
"
	count=$((count + 1))
}

make_folder() {
	[ ! -d "$root/$1" ] || return 0
	mkdir "$root/$1"
	chmod "$(stat -c %a "$1")" "$root/$1"
}

place() { mv -f "$root/$1.certwright-new" "$root/$1"; }

placing=
leave() {
	set +e
	each withdraw "$files"
	[ -n "$placing" ] || rm -rf "$kept"
	each forget "$files"
	rm -f install.sh
	find . -depth -mindepth 1 -type d -exec rmdir {} + 2>/dev/null
	cd / && rmdir "$here" 2>/dev/null || echo "install.sh: other files lie in $here, which was left there" >&2
}

trap leave EXIT
trap 'exit 1' HUP INT TERM
sums=$(sha256sum -c SHA256SUMS 2>&1) || fail "these files are not as they were packed: nothing was installed
$(echo "$sums" | grep -v ': OK$')"
each make_folder "$(find . -type d | sort)"
each prepare "$files"
placing=yes
trap '' HUP INT TERM
each place "$changed"

case $count,$replaced in
0,*) echo "every file is installed already" >&2 ;;
*,0) echo "installed files: $count" ;;
*) echo "installed files: $count; what they replaced is kept in $kept: remove it when all is well" ;;
esac
