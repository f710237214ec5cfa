// Feeds to records with rss-parser: node feeds.mjs FOLDER

import { readFile, readdir } from "node:fs/promises";
import Parser from "rss-parser";
import { startClock } from "./clock.mjs";

const [folder] = process.argv.slice(2);
const names = (await readdir(folder)).sort();
const feeds = await Promise.all(names.map((name) => readFile(`${folder}/${name}`, "utf8")));
const parser = new Parser();
const records = [];

const stop = startClock();
for (const feed of feeds) {
  for (const it of (await parser.parseString(feed)).items) {
    records.push({
      id: it.guid ?? it.id ?? it.link,
      title: it.title,
      url: it.link,
      publishedAt: it.isoDate,
      author: it.creator ?? it.author,
      summary: it.summary ?? it.contentSnippet,
      content: it["content:encoded"] ?? it.content,
    });
  }
}
console.log(JSON.stringify(stop(records.length)));
