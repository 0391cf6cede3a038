"""Asks the listing for SECONDS, one request after the other; exits with 1 if a connection was refused or cut."""

import sys
import time
import urllib.request

end = time.monotonic() + float(sys.argv[1])
asked, slowest = 0, 0.0
while time.monotonic() < end:
    begun = time.monotonic()
    try:
        with urllib.request.urlopen("http://127.0.0.1:8080/healthz", timeout=60) as answer:
            answer.read()
    except urllib.error.HTTPError:
        pass  # An answer is an answer.
    except OSError as why:
        print(f"request {asked + 1}: {why}")
        sys.exit(1)
    asked += 1
    slowest = max(slowest, time.monotonic() - begun)
    time.sleep(0.01)
print(f"{asked} requests, the slowest took {slowest:.2f} s")
