"""Articles into one bare table with aiosqlite, a transaction for each page of 100.

    articles.py ARTICLES.ndjson FILE.db
"""

import asyncio
import json
import sys

import aiosqlite

from clock import Clock

PAGE = 100

SCHEMA = """CREATE TABLE articles (source TEXT, id TEXT, title TEXT, url TEXT, published_at TEXT, author TEXT,
    summary TEXT, section TEXT, score INTEGER, comments INTEGER, PRIMARY KEY (source, id))"""

INSERT = """INSERT OR REPLACE INTO articles VALUES
    (:source, :id, :title, :url, :published_at, :author, :summary, :section, :score, :comments)"""


async def main(lines, database):
    with open(lines) as file:
        articles = [json.loads(line) for line in file]
    async with aiosqlite.connect(database) as connection:
        await connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        await connection.execute(SCHEMA)
        with Clock() as clock:
            for start in range(0, len(articles), PAGE):
                await connection.executemany(INSERT, articles[start : start + PAGE])
                await connection.commit()
        async with connection.execute("SELECT count(*) FROM articles") as cursor:
            (records,) = await cursor.fetchone()
    clock.say(records)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
