#!/usr/bin/env bash
# Measures how feeds are served beside nginx, which serves the same bytes under the same headers from
# files: requests per second and CPU per request of both, and their ratios.
#
#   benches/serve.sh [GAZETTED] [SECONDS]
#
# target/release/gazetted and 3 seconds for each run unless given. Both serve at loopback addresses, with
# as many workers as cores; runs alternate three times, and the medians are printed. Needs nginx, wrk,
# curl and python3 (apt-get install nginx-light wrk curl python3). The machine should be idle: of a busy
# one the ratios say something, the figures nothing.
set -euo pipefail
program=$(realpath "${1:-target/release/gazetted}")
seconds=${2:-3}
cores=$(nproc)
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$scratch"' EXIT
ulimit -n "$(ulimit -Hn)"

# A source with 50 entries for each size, from which a feed of about that size is made.
python3 - "$scratch" <<'PY' &
import http.server, pathlib, random, sys

def feed(name, length):
    rand = random.Random(name)
    words = ["".join(rand.choices("abcdefghijklmnopqrstuvwxyz", k=rand.randint(3, 9))) for _ in range(3000)]
    def text(n):
        out = ""
        while len(out) < n:
            out += rand.choice(words) + " "
        return out
    items = "".join(
        f"<item><title>{text(40)}</title><guid isPermaLink=\"false\">{name}-{n}</guid><link>http://p.example/{name}/{n}</link>"
        f"<description>{text(length)}</description></item>" for n in range(50))
    return f'<rss version="2.0"><channel><title>{name}</title><link>http://p.example/</link><description>d</description>{items}</channel></rss>'.encode()

feeds = {"/small": feed("small", 720), "/large": feed("large", 3150)}

class Origin(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = feeds.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
pathlib.Path(sys.argv[1], "port.new").write_text(str(server.server_port))
pathlib.Path(sys.argv[1], "port.new").rename(pathlib.Path(sys.argv[1], "port"))
server.serve_forever()
PY
until [ -s "$scratch/port" ]; do :; done
origin=127.0.0.1:$(cat "$scratch/port")

cat > "$scratch/feeds.toml" <<TOML
[server]
listen = "127.0.0.1:0"
[http]
allow_private = ["127.0.0.0/8"]
[defaults]
interval = "24h"
max_interval = "24h"
[[source]]
id = "small/s"
url = "http://$origin/small"
[[source]]
id = "large/s"
url = "http://$origin/large"
TOML
arguments=(--config "$scratch/feeds.toml" --state "$scratch/state")
"$program" run --once "${arguments[@]}" 2> "$scratch/log"
"$program" run "${arguments[@]}" 2> "$scratch/log" &
daemon=$!
until grep -q 'serving http' "$scratch/log"; do :; done
ours=$(grep -o 'serving http.*' "$scratch/log" | grep -o '[0-9.]*:[0-9]*$')

# The same bytes and headers for nginx; dates, lengths and tags of its own.
mkdir -p "$scratch/www"
for size in small large; do
    curl -s "http://$ours/$size.rss" > "$scratch/www/$size.rss"
    curl -s -H 'Accept-Encoding: gzip' "http://$ours/$size.rss" > "$scratch/www/$size.rss.gz"
    touch -r "$scratch/www/$size.rss" "$scratch/www/$size.rss.gz"
done
headers=$(curl -s -D - -o "$scratch/ignored" "http://$ours/small.rss" | tr -d '\r' |
    grep -viE '^(HTTP/|content-type|content-length|date|etag|last-modified|$)' |
    sed 's/"/\\"/g; s/^\([^:]*\): \(.*\)$/add_header \1 "\2";/')
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$scratch/nginx.conf" <<NGINX
worker_processes $cores;
worker_rlimit_nofile 8192;
pid $scratch/nginx.pid;
error_log $scratch/nginx.log;
daemon off;
events { worker_connections 4096; }
http {
    access_log off;
    server_tokens off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=100;
    types { "application/rss+xml; charset=utf-8" rss; }
    gzip_static on;
    client_body_temp_path $scratch/t1; proxy_temp_path $scratch/t2; fastcgi_temp_path $scratch/t3;
    uwsgi_temp_path $scratch/t4; scgi_temp_path $scratch/t5;
    server {
        listen 127.0.0.1:$port reuseport backlog=4096;
        root $scratch/www;
        $headers
    }
}
NGINX
# Its workers have to get at the folder.
chmod 711 "$scratch"
chmod -R a+rX "$scratch/www"
nginx -c "$scratch/nginx.conf" &
nginx=$!
theirs=127.0.0.1:$port
until curl -s -o "$scratch/ignored" "http://$theirs/small.rss"; do :; done

# CPU ticks of a process and its children.
ticks() { cat "/proc/$1/stat" $(for child in $(cat "/proc/$1/task/$1/children"); do echo "/proc/$child/stat"; done) |
    awk '{ sum += $14 + $15 } END { print sum }'; }

# measure PID ADDRESS PATH CONNECTIONS HEADER: requests per second, microseconds of CPU per request.
measure() {
    local before after
    before=$(ticks "$1")
    wrk -t2 -c"$4" -d"${seconds}s" -H "$5" "http://$2/$3" > "$scratch/wrk"
    after=$(ticks "$1")
    awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '
        /requests in/ { n = $1 } /Requests\/sec/ { rate = $2 } /Non-2xx|Socket errors/ { print > "/dev/stderr" }
        END { printf "%.0f %.1f\n", rate, n ? ticks / hz / n * 1e6 : 0 }' "$scratch/wrk"
}

median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

tag() { curl -s -D - -o "$scratch/ignored" "$@" | tr -d '\r' | sed -n 's/^[Ee][Tt][Aa][Gg]: //p'; }

printf '%-24s %9s %9s %6s   %9s %9s %6s\n' '' gazetted nginx ratio 'µs CPU' nginx ratio
for size in small large; do
    length=$(stat -c %s "$scratch/www/$size.rss")
    for connections in 64 1000; do
        for kind in identity gzip 304; do
            case $kind in
                identity) own='Accept-Encoding: identity' other=$own ;;
                gzip) own='Accept-Encoding: gzip' other=$own ;;
                304)
                    own="If-None-Match: $(tag "http://$ours/$size.rss")"
                    other="If-None-Match: $(tag "http://$theirs/$size.rss")"
                    ;;
            esac
            : > "$scratch/own" > "$scratch/other"
            for _ in 1 2 3; do
                measure "$daemon" "$ours" "$size.rss" "$connections" "$own" >> "$scratch/own"
                measure "$nginx" "$theirs" "$size.rss" "$connections" "$other" >> "$scratch/other"
            done
            own_rate=$(cut -d' ' -f1 "$scratch/own" | median)
            other_rate=$(cut -d' ' -f1 "$scratch/other" | median)
            own_cpu=$(cut -d' ' -f2 "$scratch/own" | median)
            other_cpu=$(cut -d' ' -f2 "$scratch/other" | median)
            awk -v name="$((length / 1000)) kB, $connections, $kind" -v a="$own_rate" -v b="$other_rate" \
                -v c="$own_cpu" -v d="$other_cpu" 'BEGIN {
                printf "%-24s %9d %9d %6.2f   %9.1f %9.1f %6.2f\n", name, a, b, a / b, c, d, c / d }'
        done
    done
done
