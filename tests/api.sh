#!/usr/bin/env bash
# Drives the API by its own description: tests/api.sh PROGRAM [SECONDS]
#
# Starts the demo and has schemathesis make requests from /api/openapi.json, good ones and bad ones, for at
# least one round of each operation; an answer that the description does not allow fails. The same seed
# makes the same requests. Needs schemathesis (pip install schemathesis).
set -euo pipefail
program=$(realpath "$1")
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$scratch"' EXIT
"$program" demo --listen 127.0.0.1:0 > "$scratch/log" 2>&1 &
for _ in $(seq 600); do
    address=$(grep -o 'http://127.0.0.1:[0-9]*/' "$scratch/log" | head -1 || true)
    if [ -n "$address" ] && curl -sf "${address}api/v1/hot" | grep -q '"id"'; then break; fi
    sleep 0.1
done
"${SCHEMATHESIS:-schemathesis}" run "${address}api/openapi.json" --checks all --seed 1 --no-color \
    --continue-on-failure ${2:+--max-time "$2"}
