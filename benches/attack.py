#!/usr/bin/env python3
"""Attacks a daemon of its own, and prints what it costs: memory, CPU, how soon /healthz answers.

    benches/attack.py [GAZETTED [SOURCES [READERS]]]

SOURCES sources that are never due (10 000), READERS connections (200) that ask for /status.json or a feed
and take a little of it once a second, while /healthz is asked ten times a second. Linux only.
"""

import os
import re
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
SECONDS = 20


def memory(pid, name):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(rf"{name}:\s+(\d+)", status.read())[1]) // 1024


def cpu(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def slow(address, path, end, served):
    """Takes a kilobyte a second of what it asked for, and asks again when it is cut off."""
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


def attack(name, pid, address, path):
    end = time.time() + SECONDS
    times, served, before = [], [], cpu(pid)
    work = [threading.Thread(target=slow, args=(address, path, end, served)) for _ in range(READERS)]
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


def main():
    with tempfile.TemporaryDirectory() as folder:
        feeds = os.path.join(folder, "feeds.toml")
        with open(feeds, "w") as file:
            file.write('[server]\nlisten = "127.0.0.1:0"\n[defaults]\ninterval = "30d"\nmax_interval = "30d"\n')
            for n in range(SOURCES):
                channel = f"region-{n % 20}/city-{n % 100}"
                file.write(f'[[source]]\nid = "{channel}/paper-{n}"\nurl = "http://127.0.0.1:1/{n}"\n')
        command = [PROGRAM, "run", "--config", feeds, "--state", os.path.join(folder, "state")]
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
            attack(f"{READERS} slow readers of /status.json", daemon.pid, address, "/status.json")
            attack(f"{READERS} slow readers of /status", daemon.pid, address, "/status")
            attack(f"{READERS} slow readers of /channels.opml", daemon.pid, address, "/channels.opml")
        finally:
            daemon.terminate()
            daemon.wait(30)


main()
