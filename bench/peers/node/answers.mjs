// Many answers with Node's fetch, so many in flight: node answers.mjs URLS.txt IN_FLIGHT
//
// fetch opens as many connections as there are requests in flight: there is no limit to raise.

import { readFile } from "node:fs/promises";

const [file, inFlight] = process.argv.slice(2);
const urls = (await readFile(file, "utf8")).trim().split("\n");
const bodies = new Array(urls.length);
let next = 0;

async function worker() {
  while (next < urls.length) {
    const index = next++;
    const response = await fetch(urls[index]);
    if (!response.ok) throw new Error(`${urls[index]}: status ${response.status}`);
    bodies[index] = await response.arrayBuffer();
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, worker));
const bytes = bodies.reduce((sum, body) => sum + body.byteLength, 0);
console.log(JSON.stringify({ answers: bodies.length, bytes }));
