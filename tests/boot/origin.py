"""Feeds on loopback: /NAME.xml has one story, and one more for each ten seconds that go by."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
BEGUN = time.monotonic()


class Feed(BaseHTTPRequestHandler):
    """Answers every address with a feed."""

    def do_GET(self):
        """Writes the feed."""
        name = self.path.strip("/").removesuffix(".xml")
        count = min(1 + int((time.monotonic() - BEGUN) / 10), len(ORDINALS))
        items = "".join(
            f"<item><title>The {ordinal} story of {name}</title><guid>{name}-{ordinal}</guid>"
            f"<link>http://paper.example/{name}/{ordinal}</link></item>"
            for ordinal in ORDINALS[:count]
        )
        body = (
            f'<rss version="2.0"><channel><title>{name}</title><link>http://paper.example/</link>'
            f"<description>d</description>{items}</channel></rss>"
        ).encode()
        self.send_response(404 if name == "robots.txt" else 200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""


ThreadingHTTPServer(("127.0.0.1", 8001), Feed).serve_forever()
