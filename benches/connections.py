#!/usr/bin/env python3
"""Measures what connections cost a daemon of its own: memory of idle ones, and how soon /healthz answers
while others flood it with paths that lead nowhere.

    benches/connections.py [GAZETTED [IDLE [SECONDS]]]

IDLE connections (10 000) from many loopback addresses ask once and then say nothing; then 64 connections
ask for random paths, stories and ?before= for SECONDS (10), while /healthz is asked fifty times a second.
"""

import asyncio
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "target/release/gazetted"
IDLE = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
FLOODING = 64


def memory(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024


async def ask(reader, writer, path):
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head.split(b" ", 2)[1])


async def idle(port, n, held):
    source = (f"127.{1 + n // 62500}.{n // 250 % 250}.{n % 250 + 1}", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
    if await ask(reader, writer, "/healthz") == 200:
        held.append((reader, writer))


def wild():
    story = f"{random.getrandbits(128):032x}"
    return random.choice([
        f"/story/{story}", f"/{story[:6]}/{story[6:12]}.rss", f"/index.rss?before={random.getrandbits(60)}-{story}",
        f"/?before={random.getrandbits(60)}-{story}", f"/archive/{random.randint(1000, 9000)}-01.atom"])


async def flood(port, end, counts):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < end:
        await ask(reader, writer, wild())
        counts.append(1)
    writer.close()


async def health(port, end, waits):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < end:
        begun = time.monotonic()
        await ask(reader, writer, "/healthz")
        waits.append(time.monotonic() - begun)
        await asyncio.sleep(0.02)
    writer.close()


async def measure(pid, port):
    before, held = memory(pid), []
    for first in range(0, IDLE, 500):
        await asyncio.gather(*(idle(port, n, held) for n in range(first, min(first + 500, IDLE))))
    after = memory(pid)
    print(f"{len(held)} idle connections: {after:.0f} MiB in all, {(after - before) * 1024 / max(len(held), 1):.1f} KiB each")
    for _, writer in held:
        writer.close()
    waits, counts, end = [], [], time.monotonic() + SECONDS
    await asyncio.gather(health(port, end, waits), *(flood(port, end, counts) for _ in range(FLOODING)))
    waits.sort()
    print(f"flood of {len(counts) / SECONDS:.0f} requests/s: {memory(pid):.0f} MiB, /healthz median "
          f"{waits[len(waits) // 2] * 1000:.1f} ms, p99 {waits[len(waits) * 99 // 100] * 1000:.1f} ms")


def main():
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "feeds.toml")
        with open(config, "w") as file:
            file.write('[server]\nlisten = "127.0.0.1:0"\nmax_connections = 20000\nmax_connections_per_address = 20000\n'
                       '[[source]]\nid = "a/b"\nurl = "http://127.0.0.1:9/"\ninterval = "24h"\n')
        log = open(os.path.join(folder, "log"), "w+")
        command = [PROGRAM, "run", "--config", config, "--state", os.path.join(folder, "state")]
        daemon = subprocess.Popen(command, stderr=log)
        try:
            found = None
            while not found and daemon.poll() is None:
                with open(log.name) as text:
                    found = re.search(r"serving http\S* at \S+:(\d+)", text.read())
            asyncio.run(measure(daemon.pid, int(found[1])))
        finally:
            daemon.terminate()
            daemon.wait()


main()
