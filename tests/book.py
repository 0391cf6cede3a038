#!/usr/bin/env python3
"""Follows every link and picture of the built book that does not leave it, headings included.

  mdbook build docs && tests/book.py target/book

Exits with 1 and a line for each link that leads nowhere.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """Ids and references of one page."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.references = set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.ids.add(attributes["id"])
        # What mdBook's own frame refers to is not ours.
        for name in ("href", "src"):
            if tag in ("a", "img") and attributes.get(name):
                self.references.append(attributes[name])


def main(root):
    pages = {path.resolve(): Page(path) for path in root.rglob("*.html")}
    n_links, lost = 0, []
    for path, page in pages.items():
        for reference in page.references:
            parts = urlsplit(reference)
            if parts.scheme or parts.netloc:
                continue
            n_links += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            is_there = target.exists()
            if is_there and parts.fragment and target in pages:
                is_there = unquote(parts.fragment) in pages[target].ids
            if not is_there:
                lost.append(f"{path.relative_to(root.resolve())}: {reference}")
    print("\n".join(lost) or f"{len(pages)} pages, {n_links} links: each leads somewhere")
    return 1 if lost or n_links == 0 else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
