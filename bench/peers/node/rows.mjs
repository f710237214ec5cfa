// What is kept of the three APIs: one row an article, in one table.

export const SCHEMA = `CREATE TABLE articles (source TEXT, id TEXT, title TEXT, url TEXT, published_at TEXT,
  author TEXT, summary TEXT, section TEXT, PRIMARY KEY (source, id))`;

export const INSERT = "INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

const orNull = (...row) => row.map((value) => value ?? null);

export const newsapi = ({ articles }) =>
  articles
    .filter((it) => it.title !== "[Removed]" && it.url !== "https://removed.com")
    .map((it) =>
      orNull("newsapi", it.url, it.title, it.url, it.publishedAt, it.author, it.description, it.source.name),
    );

export const guardian = ({ response }) =>
  response.results.map((it) =>
    orNull(
      "guardian",
      it.id,
      it.webTitle,
      it.webUrl,
      it.webPublicationDate,
      it.fields?.byline,
      it.fields?.trailText,
      it.sectionName,
    ),
  );

export const hackerNews = (items) =>
  items
    .filter((it) => it && ["story", "job", "poll"].includes(it.type) && !it.deleted && !it.dead)
    .map((it) =>
      orNull(
        "hackernews",
        String(it.id),
        it.title,
        it.url || `https://news.ycombinator.com/item?id=${it.id}`,
        String(it.time),
        it.by,
        it.text,
        null,
      ),
    );
