#!/bin/sh
# Runs every fuzz target of the module for the given time each, and prints for each, and for all of them, how many seconds
# and executions there were, and how many crashers were found. A crasher doesn't keep the other targets from running.
set -eu
time=${1:-5s}
count=0 seconds=0 execs=0 crashers=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# progress prints what the last line of progress says: "fuzz: elapsed: 1m3s, execs: 4711 (0/sec), …".
progress() {
	awk '/^fuzz: elapsed: .* execs: / {
		seconds = 0; rest = $3
		while (match(rest, /^[0-9]+[hms]/)) {
			unit = substr(rest, RLENGTH, 1)
			seconds += substr(rest, 1, RLENGTH - 1) * (unit == "h" ? 3600 : unit == "m" ? 60 : 1)
			rest = substr(rest, RLENGTH + 1)
		}
		execs = $5
	} END { print seconds + 0, execs + 0 }' "$1"
}

for file in $(git ls-files --cached --others --exclude-standard '*_test.go' | sort); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		dir=$(dirname "$file")
		echo "== fuzz $time: $dir $target"
		crashed=0
		(cd "$dir" && go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" . >"$log" 2>&1) || crashed=1
		if [ "$crashed" -eq 1 ]; then cat "$log"; fi
		set -- $(progress "$log") # seconds, executions
		took=${1:-0} ran=${2:-0}
		echo "   $took seconds, $ran executions, $crashed crashers"
		count=$((count + 1)) seconds=$((seconds + took)) execs=$((execs + ran)) crashers=$((crashers + crashed))
	done
done
echo "== fuzzed: $count targets, $time each: $seconds seconds, $execs executions, $crashers crashers"
[ "$count" -gt 0 ] && [ "$crashers" -eq 0 ]
