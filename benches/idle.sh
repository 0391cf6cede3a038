#!/usr/bin/env bash
# Measures what gazetted takes while nothing is due: CPU and memory of a daemon
# with many sources on as many addresses of this machine, all of them polled before.
#
#   benches/idle.sh [SOURCES] [GAZETTED]
#
# 10 000 sources and target/release/gazetted unless given; looks for a minute.
set -euo pipefail
sources=${1:-10000}
program=$(realpath "${2:-target/release/gazetted}")
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT

python3 - "$scratch/port" <<'PY' &
import http.server, sys

class Feed(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = self.path.strip("/")
        items = "".join(f"<item><title>{name}, {n}</title><guid>{name}-{n}</guid></item>" for n in range(3))
        body = f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512

server = Server(("", 0), Feed)
with open(sys.argv[1], "w") as port:
    print(server.server_port, file=port, flush=True)
server.serve_forever()
PY
until [ -s "$scratch/port" ]; do :; done
port=$(cat "$scratch/port")

awk -v n="$sources" -v port="$port" 'BEGIN {
    print "[server]\nlisten = \"127.0.0.1:0\"\n[http]\nallow_private = [\"127.0.0.0/8\"]"
    print "[defaults]\ninterval = \"24h\"\nmin_interval = \"24h\"\nmax_interval = \"24h\""
    for (k = 0; k < n; k++)
        printf "[[source]]\nid = \"r%d/f%d\"\nurl = \"http://127.%d.%d.%d:%d/f%d\"\n",
            k % 100, k, 2 + int(k / 62500), int(k / 250) % 250, k % 250 + 1, port, k
}' > "$scratch/feeds.toml"
arguments=(--config "$scratch/feeds.toml" --state "$scratch/state")
"$program" run --once "${arguments[@]}" 2> "$scratch/log"
echo "$(grep -c ': polled' "$scratch/log") of $sources polled"

"$program" run "${arguments[@]}" 2> "$scratch/log" &
daemon=$!
until grep -q 'serving http' "$scratch/log"; do :; done
ticks() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }
sleep 20
before=$(ticks)
sleep 60
after=$(ticks)
awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" -v kb="$(awk '/VmHWM/ { print $2 }' "/proc/$daemon/status")" \
    'BEGIN { printf "idle: %.2f %% of a core, peak %.0f MiB\n", ticks / hz / 60 * 100, kb / 1024 }'
