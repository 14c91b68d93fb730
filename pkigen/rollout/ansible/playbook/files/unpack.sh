# Unpacks an archive that comes in base64 into a folder that only root can read, with the
# script that installs it, and prints the folder:
#
#   sh -c SCRIPT sh INSTALL <ARCHIVE   INSTALL is the text of the script
set -eu
umask 077
folder=$(mktemp -d)
done=
trap '[ -n "$done" ] || rm -rf "$folder"' EXIT
base64 -d | tar -xp --no-same-owner -f - -C "$folder"
chmod 700 "$folder"
printf '%s\n' "$1" >"$folder/install.sh"
done=yes
printf '%s\n' "$folder"
