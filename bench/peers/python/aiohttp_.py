"""Python with aiohttp, asyncio.gather and aiosqlite.

    aiohttp_.py news JOB.json FILE.db
    aiohttp_.py answers URLS.txt IN_FLIGHT
"""

import asyncio
import json
import sys

import aiohttp
import aiosqlite

import rows


async def get_json(session, url, **options):
    async with session.get(url, **options) as response:
        response.raise_for_status()
        return await response.json()


async def fetch_newsapi(session, job):
    return rows.newsapi(await get_json(session, job["newsapi"], headers={"X-Api-Key": job["newsapi_key"]}))


async def fetch_guardian(session, job):
    return rows.guardian(await get_json(session, job["guardian"]))


async def fetch_hacker_news(session, job):
    ids = (await get_json(session, job["hackernews_list"]))[: job["hackernews_count"]]
    items = await asyncio.gather(*(get_json(session, job["hackernews_item"].format(id)) for id in ids))
    return rows.hacker_news(items)


async def store(database, found):
    async with aiosqlite.connect(database) as connection:
        await connection.executescript(rows.SETTINGS)
        await connection.execute(rows.SCHEMA)
        await connection.executemany(rows.INSERT, found)
        await connection.commit()


async def news(job_file, database):
    with open(job_file) as file:
        job = json.load(file)
    async with aiohttp.ClientSession() as session:
        fetched = await asyncio.gather(
            fetch_newsapi(session, job), fetch_guardian(session, job), fetch_hacker_news(session, job)
        )
    found = sum(fetched, [])
    await store(database, found)
    print(f"{len(found)} articles from 3 sources")


async def answers(url_file, in_flight):
    with open(url_file) as file:
        urls = file.read().split()
    # Raised to the job: by default at most 100 connections. It is also what bounds the requests in flight.
    connector = aiohttp.TCPConnector(limit=int(in_flight))
    async with aiohttp.ClientSession(connector=connector) as session:

        async def fetch(url):
            async with session.get(url) as response:
                response.raise_for_status()
                return await response.read()

        bodies = await asyncio.gather(*map(fetch, urls))
    print(json.dumps({"answers": len(bodies), "bytes": sum(map(len, bodies))}))


if __name__ == "__main__":
    asyncio.run({"news": news, "answers": answers}[sys.argv[1]](*sys.argv[2:]))
