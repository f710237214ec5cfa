// Articles into one bare table with better-sqlite3, a transaction for each page of 100:
// node articles.mjs ARTICLES.ndjson FILE.db

import { readFile } from "node:fs/promises";
import Database from "better-sqlite3";
import { startClock } from "./clock.mjs";

const PAGE = 100;

const [lines, file] = process.argv.slice(2);
const articles = (await readFile(lines, "utf8")).trim().split("\n").map((line) => JSON.parse(line));
const database = new Database(file);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = NORMAL");
database.exec(`CREATE TABLE articles (source TEXT, id TEXT, title TEXT, url TEXT, published_at TEXT, author TEXT,
  summary TEXT, section TEXT, score INTEGER, comments INTEGER, PRIMARY KEY (source, id))`);
const insert = database.prepare(`INSERT OR REPLACE INTO articles VALUES
  (:source, :id, :title, :url, :published_at, :author, :summary, :section, :score, :comments)`);
const keep = database.transaction((page) => {
  for (const article of page) insert.run(article);
});

const stop = startClock();
for (let start = 0; start < articles.length; start += PAGE) keep(articles.slice(start, start + PAGE));
const figures = stop();
const { records } = database.prepare("SELECT count(*) AS records FROM articles").get();
database.close();
console.log(JSON.stringify({ ...figures, records }));
