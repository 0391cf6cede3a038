#!/usr/bin/env bash
# Builds the image by contrib/container/Containerfile on the Debian that tests/boot/run.sh has made, and runs the
# daemon in it as its own user: it answers, tells its status, and stops when told to.
#
#   tests/boot/container.sh        after tests/boot/run.sh; needs root and buildah, says so where there is none
set -euo pipefail
cd "$(dirname "$0")/../.."

tar=${CARGO_TARGET_DIR:-target}/boot/bookworm.tar
if [ "$(id -u)" != 0 ] || ! command -v buildah >/dev/null || [ ! -e "$tar" ]; then
    echo "skipped: no root, no buildah, or no $tar on this machine"
    exit 0
fi
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
base=gazetted-test-base
container=gazetted-test-run
clean() {
    buildah rm "$base" "$container" >/dev/null 2>&1 || true
    buildah rmi localhost/gazetted localhost/gazetted-test-debian >/dev/null 2>&1 || true
}
trap clean EXIT
clean
buildah from --name "$base" scratch >/dev/null || { echo "skipped: buildah cannot make a container here"; exit 0; }
buildah add -q "$base" "$tar" / >/dev/null
buildah commit -q "$base" localhost/gazetted-test-debian >/dev/null
BASE=localhost/gazetted-test-debian contrib/container/build.sh >/dev/null 2>&1
echo "ok      the image is built"

buildah from --name "$container" localhost/gazetted >/dev/null
buildah run --user 0 "$container" -- sed -i 's/:8080/:18089/' /etc/gazetted/feeds.toml
timeout 60 buildah run "$container" -- sh -ec '
    [ "$(id -u)" = 65532 ]
    gazetted run --config /etc/gazetted/feeds.toml --state /var/lib/gazetted &
    pid=$!
    n=0
    until curl -fsS http://127.0.0.1:18089/readyz; do
        n=$((n + 1))
        [ "$n" -lt 100 ]
        sleep 0.2
    done
    gazetted status --config /etc/gazetted/feeds.toml --state /var/lib/gazetted
    kill -TERM "$pid"
    wait "$pid"
' 2>&1 | sed 's/^/        /'
echo "ok      the daemon in it answers, tells its status, and stops"
echo "2 passed, 0 failed"
