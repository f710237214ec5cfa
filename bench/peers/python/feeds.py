"""Feeds to records with feedparser.

    feeds.py FOLDER
"""

import pathlib
import sys

import feedparser

from clock import Clock


def record(entry):
    content = entry.get("content")
    return (
        entry.get("id"),
        entry.get("title"),
        entry.get("link"),
        entry.get("published_parsed"),
        entry.get("author"),
        entry.get("summary"),
        content[0].value if content else None,
    )


if __name__ == "__main__":
    feeds = [file.read_bytes() for file in sorted(pathlib.Path(sys.argv[1]).iterdir())]
    with Clock() as clock:
        records = [record(entry) for feed in feeds for entry in feedparser.parse(feed).entries]
    clock.say(len(records))
