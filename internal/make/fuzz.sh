#!/bin/sh
# Runs every fuzz target of the module for the given time each, and prints what ran.
set -eu
time=${1:-5s}
count=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for file in $(git ls-files --cached --others --exclude-standard '*_test.go' | sort); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		dir=$(dirname "$file")
		echo "== fuzz $time: $dir $target"
		(cd "$dir" && go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" . >"$log" 2>&1) || { cat "$log"; exit 1; }
		tail -n 2 "$log"
		count=$((count + 1))
	done
done
echo "== fuzzed: $count targets, $time each, no crash"
[ "$count" -gt 0 ]
