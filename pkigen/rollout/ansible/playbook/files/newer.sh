# Prints the files that were installed after the process of a unit was started, or
# "not running":
#
#   sh -s -- UNIT FILE...
#
# The time of installation is that of the last change of the inode: the time of the last
# change of the bytes comes with the file, and may be any.
set -eu
export LC_ALL=C
pid=$(systemctl show --property=MainPID "$1")
pid=${pid#MainPID=}
shift
if [ "${pid:-0}" = 0 ] || ! status=$(cat "/proc/$pid/stat" 2>/dev/null); then
	echo "not running"
	exit
fi

# Ticks of the clock from the boot to the start: the 22nd word, and the 2nd stands in
# brackets and may have blanks in it (proc_pid_stat(5)).
ticks=$(printf '%s\n' "${status##*) }" | cut -d ' ' -f 20)
read -r up _ </proc/uptime
start=$(awk -v now="$(date +%s.%N)" -v up="$up" -v ticks="$ticks" -v hz="$(getconf CLK_TCK)" \
	'BEGIN { printf "%.2f", now - up + ticks / hz }')

for file; do
	[ ! -e "$file" ] || find "$file" -maxdepth 0 -newerct "@$start"
done
