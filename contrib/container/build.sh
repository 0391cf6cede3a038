#!/usr/bin/env bash
# Builds the image `gazetted` of target/debian/gazetted_*-1_*.deb, by podman, buildah or docker, whichever is
# here; says so and passes where none is. $BASE is another image to begin with.
set -euo pipefail
cd "$(dirname "$0")/../.."

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp target/debian/gazetted_*-1_*.deb "$context/"
arguments=(-t gazetted -f contrib/container/Containerfile ${BASE:+--build-arg "BASE=$BASE"} "$context")
if command -v podman >/dev/null; then
    podman build --format docker "${arguments[@]}"
elif command -v buildah >/dev/null; then
    buildah build --format docker "${arguments[@]}"
elif command -v docker >/dev/null; then
    docker build "${arguments[@]}"
else
    echo "skipped: no podman, buildah or docker on this machine"
fi
