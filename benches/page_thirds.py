#!/usr/bin/env python3
"""page_thirds.py --corpus DIR --articles DETAILS --lists DETAILS --dates DETAILS [--against DIR]

Reports how pages are read by thirds of the sites of a labelled corpus: all pages of a site (its registrable
domain) are in one third, so that a rule made for one site shows in one third only. DETAILS are what the scorers of
the corpus write with --details; --corpus holds articles/, lists/ and dates/ with their expect.jsonl. With --against,
a folder with the same three files (a.jsonl, l.jsonl, d.jsonl) of another build, the differences are printed, and how
many sites they come from. Standard library only.
"""
import argparse, collections, hashlib, json, os
from urllib.parse import urlsplit

SECOND_LEVEL = {"co", "com", "org", "net", "gov", "edu", "ac", "or", "ne", "go"}
# Pages of test collections under a made-up host are a site each.
NO_SITE = {"fakehost", "unknown.invalid", "web.archive.org", ""}


def site(url, page):
    host = (urlsplit(url).hostname or "").lower()
    if host in NO_SITE:
        return page
    parts = host.split(".")
    n = 3 if len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in SECOND_LEVEL else 2
    return ".".join(parts[-n:])


def third(name):
    return hashlib.sha256(name.encode()).digest()[0] % 3


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def values(corpus, articles, lists, dates):
    """-> {(figure, page): (value, weight, site)}"""
    found = {}
    places = {}
    for folder in ("articles", "lists", "dates"):
        for case in lines(os.path.join(corpus, folder, "expect.jsonl")):
            places[folder, case["id"]] = (site(case.get("url") or "", case["id"]), case.get("lang"))
    for row in lines(articles):
        own, lang = places["articles", row["id"]]
        kind = "zh" if lang == "zh" else "other"
        for key in ("f1", "title", "day", "minute", "author", "source", "image"):
            if key in row:
                found[f"{key}, {kind}", row["id"]] = (float(row[key]), 1, own)
    for row in lines(lists):
        own, lang = places["lists", row["id"]]
        kind = "zh" if lang == "zh" else "other"
        found[f"list f1, {kind}", row["id"]] = (row["f1"], 1, own)
        if row["tp"]:
            found[f"list titles, {kind}", row["id"]] = (row["tm"] / row["tp"], row["tp"], own)
        if row["dn"]:
            found[f"list dates, {kind}", row["id"]] = (row["dk"] / row["dn"], row["dn"], own)
    for row in lines(dates):
        own, _ = places["dates", row["id"]]
        found["dates/", row["id"]] = (float(row["verdict"] in ("ok", "ok_null", "day_only")), 1, own)
    return found


def mean(rows):
    weight = sum(w for _, w, _ in rows)
    return sum(v * w for v, w, _ in rows) / weight if weight else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("corpus", "articles", "lists", "dates"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--against")
    args = parser.parse_args()
    now = values(args.corpus, args.articles, args.lists, args.dates)
    if args.against:
        other = values(args.corpus, *(os.path.join(args.against, f"{x}.jsonl") for x in "ald"))
        moved = collections.defaultdict(lambda: [0.0, 0.0, 0.0, set()])
        for key, (value, weight, own) in now.items():
            before = other.get(key, (value, weight, own))[0]
            if abs(value - before) > 1e-9:
                row = moved[key[0]]
                row[third(own)] += (before - value) * weight
                row[3].add(own)
        for figure, (one, two, three, sites) in sorted(moved.items()):
            print(f"{figure:20} {one:+7.2f} {two:+7.2f} {three:+7.2f}  of {len(sites)} sites")
        return
    figures = collections.defaultdict(lambda: ([], [], []))
    for (figure, _), row in now.items():
        figures[figure][third(row[2])].append(row)
    print("| figure | first third | second | last | all |\n|---|---|---|---|---|")
    for figure, thirds in sorted(figures.items()):
        cells = [f"{mean(rows):.3f} ({len(rows)})" if rows else "–" for rows in thirds]
        print(f"| {figure} | {' | '.join(cells)} | {mean(sum(thirds, [])):.3f} |")


if __name__ == "__main__":
    main()
