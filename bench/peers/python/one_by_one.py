"""Python with requests, one request after the other.

    one_by_one.py news JOB.json FILE.db
    one_by_one.py answers URLS.txt IN_FLIGHT
"""

import json
import sqlite3
import sys

import requests

import rows


def get(session, url, **options):
    response = session.get(url, timeout=60, **options)
    response.raise_for_status()
    return response


def news(job_file, database):
    with open(job_file) as file:
        job = json.load(file)
    with requests.Session() as session:
        headers = {"X-Api-Key": job["newsapi_key"]}
        found = rows.newsapi(get(session, job["newsapi"], headers=headers).json())
        found += rows.guardian(get(session, job["guardian"]).json())
        ids = get(session, job["hackernews_list"]).json()[: job["hackernews_count"]]
        items = [get(session, job["hackernews_item"].format(id)).json() for id in ids]
        found += rows.hacker_news(items)
    connection = sqlite3.connect(database)
    connection.executescript(rows.SETTINGS)
    connection.execute(rows.SCHEMA)
    with connection:
        connection.executemany(rows.INSERT, found)
    connection.close()
    print(f"{len(found)} articles from 3 sources")


def answers(url_file, _in_flight):
    with open(url_file) as file:
        urls = file.read().split()
    with requests.Session() as session:
        bodies = [get(session, url).content for url in urls]
    print(json.dumps({"answers": len(bodies), "bytes": sum(map(len, bodies))}))


if __name__ == "__main__":
    {"news": news, "answers": answers}[sys.argv[1]](*sys.argv[2:])
