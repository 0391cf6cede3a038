#!/usr/bin/env python3
"""Attacks a daemon of its own, and prints what it costs: memory, CPU, how soon /healthz answers.

    benches/attack.py [GAZETTED [SOURCES [READERS]]]

SOURCES sources that are never due (10 000) and one that brings news every second. Each attack takes 40 seconds, while
/healthz is asked ten times a second: READERS connections (200), one after the other, that ask for a document and
take a little of it once a second; four clients that walk through all stories and old pages as fast as they are
answered; 5 000 connections that say nothing; and twelve origins that send interim answers without end.

UNDER is a command that the daemon is started by, such as

    UNDER="systemd-run --scope -p MemoryMax=512M" benches/attack.py

Linux only.
"""

import html
import http.server
import os
import re
import resource
import select
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "target/release/gazetted"
SOURCES = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
READERS = int(sys.argv[3]) if len(sys.argv) > 3 else 200
SECONDS = 40
IDLE = 5_000
FLOODS = 12
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 500


def memory(pid, name):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(rf"{name}:\s+(\d+)", status.read())[1]) // 1024


def cpu(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Origin(http.server.BaseHTTPRequestHandler):
    """A feed that has one more entry each time, and one that may be flooded."""

    n = 0
    is_flooding = False

    def do_GET(self):
        if self.path == "/flood" and Origin.is_flooding:
            self.flood()
            return
        if self.path != "/flood":
            Origin.n += 1
        items = "".join(f"<item><title>news {n}</title><guid>{n}</guid></item>" for n in range(Origin.n, 0, -1)[:50])
        body = f"<rss version='2.0'><channel><title>P</title>{items}</channel></rss>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def flood(self):
        try:
            while Origin.is_flooding:
                self.wfile.write(HINTS)
        except OSError:
            pass
        self.close_connection = True

    def log_message(self, *_):
        pass


def slow(address, path, begin, end, served):
    """Takes a kilobyte a second of what it asked for, and asks again when it is cut off."""
    time.sleep(begin)
    while time.time() < end:
        try:
            with socket.create_connection(address, timeout=30) as stream:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                stream.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                while time.time() < end and stream.recv(1024):
                    served.append(1)
                    time.sleep(1)
        except OSError:
            time.sleep(0.2)


def health(address, end, times):
    while time.time() < end:
        begun = time.time()
        try:
            urllib.request.urlopen(f"http://{address[0]}:{address[1]}/healthz", timeout=10).read()
            times.append(time.time() - begun)
        except OSError:
            times.append(float("inf"))
        time.sleep(0.1)


def walk(address, seen, end):
    """Asks for every address of stories and old pages that it is told of, again and again."""
    while time.time() < end:
        for path in list(seen):
            if time.time() > end:
                return
            try:
                page = urllib.request.urlopen(f"http://{address[0]}:{address[1]}{path}", timeout=10).read().decode()
                seen[path] += 1
            except OSError:
                continue
            for found in re.findall(r'href="(/story/[^"#]+|/[^"#]*\?before=[^"#]+)"', page):
                seen.setdefault(html.unescape(found), 0)


def idle(address, end):
    """Connections that say nothing, and come back when they are shown the door."""
    crowd, ended = {}, select.poll()
    while time.time() < end:
        try:
            stream = socket.create_connection(address, timeout=5)
            crowd[stream.fileno()] = stream
            ended.register(stream, select.POLLIN)
        except OSError:
            time.sleep(0.1)
        if len(crowd) >= IDLE / 4:
            time.sleep(0.2)
        for number, _ in ended.poll(0):
            ended.unregister(number)
            crowd.pop(number).close()


def attack(name, pid, address, workers):
    """Lets functions of the time of the end work, each in a thread of its own, and says what it costs."""
    end = time.time() + SECONDS
    times, before = [], cpu(pid)
    work = [threading.Thread(target=worker, args=(end,)) for worker in workers]
    work.append(threading.Thread(target=health, args=(address, end, times)))
    for one in work:
        one.start()
    most = 0
    while time.time() < end:
        most = max(most, memory(pid, "VmRSS"))
        time.sleep(0.2)
    for one in work:
        one.join()
    times.sort()
    at = lambda share: times[int(len(times) * share)] * 1000
    print(
        f"{name}: memory at most {most} MiB, {cpu(pid) - before:.1f} CPU s in {SECONDS} s, /healthz p50 {at(0.5):.0f}"
        f" p99 {at(0.99):.0f} max {times[-1] * 1000:.0f} ms of {len(times)}",
        flush=True,
    )


def slow_readers(address, path):
    begins = [n * SECONDS * 0.7 / READERS for n in range(READERS)]
    return [lambda end, begin=begin: slow(address, path, begin, end, []) for begin in begins]


def attacks(pid, address):
    for path in ["/status.json", "/status"]:
        attack(f"{READERS} slow readers of {path}", pid, address, slow_readers(address, path))
    seen = {"/": 0}
    attack("four that read all pages", pid, address, [lambda end: walk(address, seen, end)] * 4)
    print(f"  ({sum(seen.values())} pages of {len(seen)} addresses)", flush=True)
    attack(f"{IDLE} idle connections", pid, address, [lambda end: idle(address, end)] * 4)
    Origin.is_flooding = True
    attack(f"{FLOODS} endless origins", pid, address, [])
    Origin.is_flooding = False


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    origin = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Origin)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        feeds = os.path.join(folder, "feeds.toml")
        with open(feeds, "w") as file:
            file.write('[server]\nlisten = "127.0.0.1:0"\n[http]\nallow_private = ["127.0.0.0/16"]\n')
            file.write('[host."*"]\nspacing = "0s"\n[defaults]\ninterval = "30d"\nmax_interval = "30d"\n')
            file.write(f'[[source]]\nid = "live/paper"\nurl = "http://127.0.0.2:{origin.server_port}/"\n')
            file.write('interval = "1s"\nmin_interval = "1s"\nmax_interval = "1s"\n')
            for n in range(FLOODS):
                file.write(f'[[source]]\nid = "flood/{n}"\nurl = "http://127.0.0.{n + 3}:{origin.server_port}/flood"\n')
                file.write('interval = "1s"\nmin_interval = "1s"\nmax_interval = "1s"\n')
            for n in range(SOURCES):
                channel = f"region-{n % 20}/city-{n % 100}"
                file.write(f'[[source]]\nid = "{channel}/paper-{n}"\nurl = "http://127.0.0.1:1/{n}"\n')
        command = shlex.split(os.environ.get("UNDER", "")) + [PROGRAM, "run", "--config", feeds, "--state", os.path.join(folder, "state")]
        log = open(os.path.join(folder, "log"), "w+")
        daemon = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            found = None
            while not found:
                time.sleep(0.2)
                log.flush()
                with open(log.name) as text:
                    found = re.search(r"serving http.* at [\d.]+:(\d+)", text.read())
            address = ("127.0.0.1", int(found[1]))
            time.sleep(5)
            print(f"at rest: memory {memory(daemon.pid, 'VmRSS')} MiB")
            attacks(daemon.pid, address)
        finally:
            daemon.terminate()
            daemon.wait(30)


main()
