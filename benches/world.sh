#!/usr/bin/env bash
# Measures whole runs of gazetted on a loopback world of feeds: CPU seconds per
# 1 000 feeds, peak memory, and whether every entry is stored.
#
#   benches/world.sh DIR [GAZETTED]
#
# DIR is a world that is being served on port 18081: www/ with its feeds, feeds.toml,
# state.json, and beside it or in $WORLD the program that changes it (`step`).
# GAZETTED is target/release/gazetted unless given. Everything is due in every run:
# interval, min_interval and max_interval are put in front of the world's own file.
set -euo pipefail
world=$(realpath "$1")
program=$(realpath "${2:-target/release/gazetted}")
step=${WORLD:-$world/../world.py}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

{
    printf '[defaults]\ninterval = "1s"\nmin_interval = "1s"\nmax_interval = "1s"\n'
    cat "$world/feeds.toml"
} > "$scratch/feeds.toml"
feeds=$(grep -c '^\[\[source\]\]' "$scratch/feeds.toml")

# name, then what is left of a previous run or not
run() {
    command time -f '%U %S %M' -o "$scratch/time" \
        "$program" run --once --config "$scratch/feeds.toml" --state "$scratch/state" 2> "$scratch/log"
    read -r user system memory < "$scratch/time"
    polled=$(grep -c ': polled' "$scratch/log" || true)
    new=$(grep -o 'items.new=[0-9]*' "$scratch/log" | awk -F= '{ n += $2 } END { print n + 0 }')
    awk -v name="$1" -v user="$user" -v sys="$system" -v mem="$memory" -v n="$feeds" -v polled="$polled" -v new="$new" \
        'BEGIN { printf "%-12s %6.2f CPU s per 1000 feeds (user %.2f, system %.2f in all), peak %.1f MiB, %d of %d polled, %d new\n",
                 name, (user + sys) * 1000 / n, user, sys, mem / 1024, polled, n, new }'
    total=$(( ${total:-0} + new ))
    if [ "$polled" -ne "$feeds" ]; then
        echo "only $polled of $feeds feeds were polled" >&2
        exit 1
    fi
}

# The ids of all entries there are, one a line with its feed.
ids() {
    python3 - "$world/www" <<'PY'
import glob, re, sys
ID = re.compile(r'<guid[^>]*>([^<]*)|<id>([^<]*)</id>|<item rdf:about="([^"]*)"')
for path in glob.glob(sys.argv[1] + "/*.xml"):
    for found in ID.findall(open(path, encoding="utf-8").read()):
        print(path, "".join(found))
PY
}

run cold
expected=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["entries"])' "$world/state.json")
if [ "$total" -ne "$expected" ]; then
    echo "$total entries stored, the world has $expected" >&2
    exit 1
fi
sleep 2
run unchanged
sleep 2
run unchanged
if [ -e "$step" ]; then
    ids | sort > "$scratch/before"
    python3 "$step" step --dir "$world" --pct 5
    changed=$(ids | sort | comm -13 "$scratch/before" - | wc -l)
    before=$total
    sleep 2
    run "5% changed"
    if [ $((total - before)) -ne "$changed" ]; then
        echo "$((total - before)) new entries stored, $changed were added" >&2
        exit 1
    fi
fi
echo "every entry is stored: $total"
