#!/usr/bin/env bash
# Boots a Debian with the package in it and takes the service through its life: install, poll, reload,
# watchdog, kill -9, restart behind its socket, upgrade, power cut, exit 78, stop, purge.
#
#   tests/boot/run.sh DEB [NEWER_DEB]
#
# Needs root, debootstrap, systemd-nspawn (Debian's systemd-container) and a Debian mirror; where one of
# them is missing it says so and passes. The root file system is kept in target/boot for the next run.
# The container has a network of its own with nothing but loopback; the origins are in it.
set -euo pipefail
cd "$(dirname "$0")/../.."

DEB=${1:?usage: tests/boot/run.sh DEB [NEWER_DEB]}
NEWER=${2:-}
SUITE=bookworm
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
PLACE=${CARGO_TARGET_DIR:-target}/boot
mkdir -p "$PLACE"
PLACE=$(realpath "$PLACE")
ROOT=$PLACE/root
NSPAWN=
LEADER=
N_PASSED=0

skip() {
    echo "skipped: $*"
    exit 0
}

[ "$(id -u)" = 0 ] || skip "booting takes root"
for tool in debootstrap systemd-nspawn nsenter dpkg-deb; do
    command -v "$tool" >/dev/null || skip "no $tool on this machine (apt-get install debootstrap systemd-container)"
done

# --- the machine -------------------------------------------------------------------------------------

make_root() {
    if [ ! -e "$PLACE/$SUITE.tar" ]; then
        rm -rf "$PLACE/new"
        timeout 900 debootstrap --variant=minbase \
            --include=systemd,systemd-sysv,dbus,python3,curl,procps,ca-certificates \
            "$SUITE" "$PLACE/new" "$MIRROR" >"$PLACE/debootstrap.log" 2>&1 ||
            { tail -5 "$PLACE/debootstrap.log"; skip "debootstrap cannot make a root file system from $MIRROR"; }
        tar -C "$PLACE/new" -cf "$PLACE/$SUITE.tar.part" .
        mv "$PLACE/$SUITE.tar.part" "$PLACE/$SUITE.tar"
        rm -rf "$PLACE/new"
    fi
    rm -rf "$ROOT"
    mkdir -p "$ROOT"
    tar -C "$ROOT" -xf "$PLACE/$SUITE.tar"
    cp tests/boot/origin.py tests/boot/knock.py "$ROOT/usr/local/bin/"
    cp "$DEB" "$ROOT/root/first.deb"
    if [ -n "$NEWER" ]; then cp "$NEWER" "$ROOT/root/newer.deb"; fi
    cat >"$ROOT/etc/systemd/system/origin.service" <<'UNIT'
[Service]
ExecStart=/usr/bin/python3 /usr/local/bin/origin.py
[Install]
WantedBy=multi-user.target
UNIT
    ln -s ../origin.service "$ROOT/etc/systemd/system/multi-user.target.wants/origin.service" 2>/dev/null ||
        { mkdir -p "$ROOT/etc/systemd/system/multi-user.target.wants" &&
            ln -s ../origin.service "$ROOT/etc/systemd/system/multi-user.target.wants/origin.service"; }
}

boot() {
    systemd-nspawn -D "$ROOT" --boot --register=no --keep-unit --private-network --console=pipe \
        </dev/null >>"$PLACE/console.log" 2>&1 &
    NSPAWN=$!
    for _ in $(seq 100); do
        LEADER=$(pgrep -P "$NSPAWN" | head -1 || true)
        if [ -n "$LEADER" ] && inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; then
            return
        fi
        kill -0 "$NSPAWN" 2>/dev/null || { tail -5 "$PLACE/console.log"; skip "systemd-nspawn does not run here"; }
        sleep 0.3
    done
    tail -20 "$PLACE/console.log"
    skip "systemd does not come up in a container here"
}

inside() {
    nsenter -t "$LEADER" -m -u -i -p -n -- "$@"
}

end() {
    if [ -n "$LEADER" ]; then kill -KILL "$LEADER" 2>/dev/null || true; fi
    if [ -n "$NSPAWN" ]; then wait "$NSPAWN" 2>/dev/null || true; fi
    LEADER= NSPAWN=
}
trap end EXIT

# --- what is asked -----------------------------------------------------------------------------------

passed() {
    N_PASSED=$((N_PASSED + 1))
    echo "ok      $*"
}

failed() {
    echo "FAILED  $*"
    inside systemctl status --no-pager --lines=0 gazetted.service gazetted.socket || true
    inside journalctl --no-pager -n 40 -u gazetted.service || true
    exit 1
}

# awaits WHAT SECONDS COMMAND…: asks until it is so.
awaits() {
    local what=$1 seconds=$2
    shift 2
    for _ in $(seq $((seconds * 5))); do
        if "$@" >/dev/null 2>&1; then
            passed "$what"
            return
        fi
        sleep 0.2
    done
    failed "$what"
}

property() { inside systemctl show -p "$1" --value "${2:-gazetted.service}"; }
is() { [ "$(property "$1")" = "$2" ]; }
page() { inside curl -fsS --max-time 5 "http://127.0.0.1:8080$1"; }
# No `grep -q`: what it does not read any more counts as an error of the page.
shows() { page "$1" | grep -c "$2" >/dev/null; }
logs() { inside journalctl --no-pager -u gazetted.service | grep -ic "$1" >/dev/null; }
items() { page /status.json | python3 -c 'import json,sys; print(json.load(sys.stdin)["store"]["items"])'; }
restarted() { [ "$(property NRestarts)" -gt "$1" ]; }

config() {
    inside tee /etc/gazetted/feeds.toml >/dev/null <<TOML
[server]
log = "journal"
[http]
allow_private = ["127.0.0.0/8"]
[host."*"]
spacing = "0s"
[defaults]
interval = "2s"
min_interval = "1s"
[[source]]
id = "shandong/one"
url = "http://127.0.0.1:8001/one.xml"
$1
TOML
}

reload() { inside systemctl reload gazetted.service; }

make_root
: >"$PLACE/console.log"
boot
passed "a Debian is booted: $(inside systemctl --version | head -1)"

# --- install, start, poll ----------------------------------------------------------------------------

inside dpkg -i /root/first.deb >"$PLACE/dpkg.log" 2>&1 || { cat "$PLACE/dpkg.log"; failed "the package is installed"; }
passed "the package is installed: $(inside dpkg-query -W -f '${Package} ${Version}, ${Installed-Size} kB' gazetted)"
awaits "the service was started by the package" 30 is ActiveState active
is Type notify || failed "it tells systemd itself when it is ready"
awaits "it answers" 10 page /readyz
[ "$(inside systemctl is-enabled gazetted.service gazetted.socket | sort -u)" = enabled ] || failed "both units are enabled"
passed "both units are enabled"

config ""
inside systemctl restart gazetted.service # The form of the log is read at the start only.
awaits "a source of the new feeds.toml is polled and published" 20 shows /shandong.rss "first story of one"
awaits "the journal has the fields of a poll" 10 sh -c "nsenter -t $LEADER -m -u -i -p -n -- \
    journalctl -u gazetted.service -o json SOURCE_ID=shandong/one | grep -c '\"ITEMS_NEW\":\"1\"'"

# --- reload ------------------------------------------------------------------------------------------

config '[[source]]
id = "shandong/two"
url = "http://127.0.0.1:8001/two.xml"'
reload || failed "systemctl reload"
is ActiveState active || failed "active right after a reload"
awaits "a good feeds.toml is taken at a reload" 20 shows /shandong.rss "first story of two"
config 'nonsense = true'
reload || true
awaits "a bad one is named" 10 logs "stays in force"
is ActiveState active && shows /shandong.rss "first story of two" || failed "a bad one changes nothing"
passed "a bad one changes nothing"
inside gazetted status --state /var/lib/gazetted --config /etc/gazetted/feeds.toml 2>&1 | grep -c "goes by an older feeds.toml" >/dev/null ||
    failed "gazetted status says so, too"
passed "gazetted status says so, too"
config '[[source]]
id = "shandong/two"
url = "http://127.0.0.1:8001/two.xml"'
reload

# --- hung, killed ------------------------------------------------------------------------------------

inside mkdir -p /etc/systemd/system/gazetted.service.d
inside tee /etc/systemd/system/gazetted.service.d/test.conf >/dev/null <<'UNIT'
[Unit]
StartLimitIntervalSec=0
[Service]
WatchdogSec=6s
TimeoutStopSec=10s
TimeoutAbortSec=2s
UNIT
inside systemctl daemon-reload
inside systemctl restart gazetted.service
awaits "it goes on with a drop-in" 20 shows /shandong.rss "first story of two"
N=$(property NRestarts)
BEFORE=$(items)
inside kill -STOP "$(property MainPID)"
awaits "a daemon that hangs is restarted by the watchdog" 40 restarted "$N"
awaits "it answers again" 20 page /readyz
logs watchdog || failed "the journal names the watchdog"
N=$(property NRestarts)
inside kill -KILL "$(property MainPID)"
awaits "a daemon that was killed is restarted" 20 restarted "$N"
awaits "it answers again" 20 page /readyz
[ "$(items)" -ge "$BEFORE" ] || failed "nothing is lost: $(items) items of $BEFORE"
passed "nothing is lost by either: $(items) items"

# --- restart, upgrade --------------------------------------------------------------------------------

inside python3 /usr/local/bin/knock.py 12 >"$PLACE/knock.log" &
KNOCK=$!
sleep 1
for _ in 1 2 3; do inside systemctl restart gazetted.service; done
wait "$KNOCK" || { cat "$PLACE/knock.log"; failed "nobody is refused while it is restarted"; }
passed "nobody is refused while it is restarted: $(cat "$PLACE/knock.log")"

if [ -n "$NEWER" ]; then
    BEFORE=$(items)
    inside python3 /usr/local/bin/knock.py 10 >"$PLACE/knock.log" &
    KNOCK=$!
    sleep 1
    PID=$(property MainPID)
    inside dpkg -i --force-confold /root/newer.deb >"$PLACE/dpkg.log" 2>&1 || { cat "$PLACE/dpkg.log"; failed "the package is upgraded"; }
    wait "$KNOCK" || { cat "$PLACE/knock.log"; failed "nobody is refused while the package is upgraded"; }
    passed "nobody is refused while the package is upgraded: $(cat "$PLACE/knock.log")"
    [ "$(property MainPID)" != "$PID" ] || failed "the new program runs"
    [ "$(items)" -ge "$BEFORE" ] || failed "nothing is lost by an upgrade: $(items) items of $BEFORE"
    shows /shandong.rss "first story of two" || failed "the feeds.toml of the admin stays"
    passed "the new program runs on the old store and feeds.toml"
fi

# --- power ------------------------------------------------------------------------------------------

BEFORE=$(items)
end
boot
awaits "after a power cut it starts with the machine" 30 page /readyz
[ "$(items)" -ge "$BEFORE" ] || failed "nothing is lost by a power cut: $(items) items of $BEFORE"
passed "nothing is lost by a power cut: $(items) items"

# --- exposure, exit 78, stop, purge -----------------------------------------------------------------

EXPOSURE=$(inside systemd-analyze security --no-pager gazetted.service | sed -n 's/.*Overall exposure level for gazetted.service: \([0-9.]*\).*/\1/p')
[ -n "$EXPOSURE" ] && awk "BEGIN { exit !($EXPOSURE <= 1.2) }" || failed "exposure is ${EXPOSURE:-unknown}, not 1.2 at most"
passed "exposure by systemd-analyze security is $EXPOSURE"

BEGUN=$(date +%s)
inside systemctl stop gazetted.socket gazetted.service
is Result success && [ "$(property ExecMainStatus)" = 0 ] || failed "it stops with exit code 0"
passed "it stops with exit code 0 in $(($(date +%s) - BEGUN)) s"
config 'nonsense = true'
inside systemctl start gazetted.service 2>/dev/null && failed "a bad feeds.toml does not start"
[ "$(property ExecMainStatus)" = 78 ] || failed "a bad feeds.toml ends with 78, not $(property ExecMainStatus)"
sleep 5
is NRestarts 0 && is ActiveState failed || failed "exit code 78 is not restarted"
passed "a bad feeds.toml ends with exit code 78, and that is not restarted"
logs "has no key .nonsense" || failed "the journal says what is wrong"
passed "the journal says what is wrong"

inside dpkg --purge gazetted >"$PLACE/dpkg.log" 2>&1 || { cat "$PLACE/dpkg.log"; failed "the package is purged"; }
for left in /var/lib/private/gazetted /var/lib/gazetted /etc/gazetted/feeds.toml /usr/bin/gazetted; do
    if inside test -e "$left"; then failed "purged, but $left is there"; fi
done
passed "a purge leaves nothing"
echo "$N_PASSED passed, 0 failed"
