"""Python with httpx, asyncio.gather and aiosqlite.

    httpx_.py news JOB.json FILE.db
    httpx_.py answers URLS.txt IN_FLIGHT
"""

import asyncio
import json
import sys

import aiosqlite
import httpx

import rows


async def get(client, url, **options):
    response = await client.get(url, **options)
    response.raise_for_status()
    return response


async def fetch_newsapi(client, job):
    response = await get(client, job["newsapi"], headers={"X-Api-Key": job["newsapi_key"]})
    return rows.newsapi(response.json())


async def fetch_guardian(client, job):
    return rows.guardian((await get(client, job["guardian"])).json())


async def fetch_hacker_news(client, job):
    ids = (await get(client, job["hackernews_list"])).json()[: job["hackernews_count"]]
    items = await asyncio.gather(*(get(client, job["hackernews_item"].format(id)) for id in ids))
    return rows.hacker_news([item.json() for item in items])


async def store(database, found):
    async with aiosqlite.connect(database) as connection:
        await connection.executescript(rows.SETTINGS)
        await connection.execute(rows.SCHEMA)
        await connection.executemany(rows.INSERT, found)
        await connection.commit()


async def news(job_file, database):
    with open(job_file) as file:
        job = json.load(file)
    async with httpx.AsyncClient(timeout=60) as client:
        fetched = await asyncio.gather(
            fetch_newsapi(client, job), fetch_guardian(client, job), fetch_hacker_news(client, job)
        )
    found = sum(fetched, [])
    await store(database, found)
    print(f"{len(found)} articles from 3 sources")


async def answers(url_file, in_flight):
    with open(url_file) as file:
        urls = file.read().split()
    in_flight = int(in_flight)
    # Raised to the job: by default at most 100 connections, and 5 s to get one.
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    permits = asyncio.Semaphore(in_flight)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:

        async def fetch(url):
            async with permits:
                return (await get(client, url)).content

        bodies = await asyncio.gather(*map(fetch, urls))
    print(json.dumps({"answers": len(bodies), "bytes": sum(map(len, bodies))}))


if __name__ == "__main__":
    asyncio.run({"news": news, "answers": answers}[sys.argv[1]](*sys.argv[2:]))
