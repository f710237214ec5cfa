"""What is kept of the three APIs: one row an article, in one table."""

SCHEMA = """CREATE TABLE articles (source TEXT, id TEXT, title TEXT, url TEXT, published_at TEXT,
    author TEXT, summary TEXT, section TEXT, PRIMARY KEY (source, id))"""

INSERT = "INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

SETTINGS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"


def newsapi(answer):
    return [
        ("newsapi", it["url"], it["title"], it["url"], it["publishedAt"], it["author"], it["description"], it["source"]["name"])
        for it in answer["articles"]
        if it["title"] != "[Removed]" and it["url"] != "https://removed.com"
    ]


def guardian(answer):
    return [
        (
            "guardian",
            it["id"],
            it["webTitle"],
            it["webUrl"],
            it["webPublicationDate"],
            it.get("fields", {}).get("byline"),
            it.get("fields", {}).get("trailText"),
            it.get("sectionName"),
        )
        for it in answer["response"]["results"]
    ]


def hacker_news(items):
    return [
        (
            "hackernews",
            str(it["id"]),
            it.get("title"),
            it.get("url") or f"https://news.ycombinator.com/item?id={it['id']}",
            str(it["time"]),
            it.get("by"),
            it.get("text"),
            None,
        )
        for it in items
        if it and it["type"] in ("story", "job", "poll") and not it.get("deleted") and not it.get("dead")
    ]
