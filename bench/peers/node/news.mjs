// Three sources of news into SQLite with Node's fetch and better-sqlite3: node news.mjs JOB.json FILE.db

import { readFile } from "node:fs/promises";
import Database from "better-sqlite3";
import { INSERT, SCHEMA, guardian, hackerNews, newsapi } from "./rows.mjs";

const [jobFile, file] = process.argv.slice(2);
const job = JSON.parse(await readFile(jobFile, "utf8"));

async function get(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  return response.json();
}

async function fetchHackerNews() {
  const ids = (await get(job.hackernews_list)).slice(0, job.hackernews_count);
  return hackerNews(await Promise.all(ids.map((id) => get(job.hackernews_item.replace("{}", id)))));
}

const fetched = await Promise.all([
  get(job.newsapi, { headers: { "X-Api-Key": job.newsapi_key } }).then(newsapi),
  get(job.guardian).then(guardian),
  fetchHackerNews(),
]);
const rows = fetched.flat();

const database = new Database(file);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = NORMAL");
database.exec(SCHEMA);
const insert = database.prepare(INSERT);
database.transaction(() => {
  for (const row of rows) insert.run(row);
})();
database.close();
console.log(`${rows.length} articles from 3 sources`);
