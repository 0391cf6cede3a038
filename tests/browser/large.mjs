// Looks at the pages of a large store: `node large.mjs PROGRAM [FOLDER [STORIES]]`.
//
// Serves made-up feeds of some 100 000 entries of a month (or as many as STORIES says) in twenty regions,
// one in ten with a picture, one in forty printed by three papers; has PROGRAM poll them all, and `check.mjs`
// look at what it publishes. Screenshots go to FOLDER.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';

const [program, folder = '/tmp/gazetted-screenshots-large', stories = '100000'] = process.argv.slice(2);
const PER_FEED = 200;
const FEEDS = Math.ceil(Number(stories) / PER_FEED);
const REGIONS = 20;
const DAY_MS = 86_400_000;

/** Makes numbers that look random, the same ones from the same seed (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const vocabulary = (() => {
  const next = random(1);
  const sign = () => String.fromCodePoint(0x4e00 + Math.floor(next() * 5000));
  return Array.from({ length: 4000 }, () => sign() + sign());
})();

/** Makes `n` sentences. */
function text(next, n) {
  const word = () => vocabulary[Math.floor(next() ** 2 * vocabulary.length)];
  const sentence = () => `${Array.from({ length: 14 }, word).join('')}。`;
  return Array.from({ length: n }, sentence).join('');
}

function entry(feed, nth, base) {
  // One in forty is the same in the next two feeds, too.
  const home = nth % 40 === 0 ? feed - (feed % 3) : feed;
  const next = random(home * 1000 + nth + 7);
  const at = new Date(Date.now() - (nth / PER_FEED) * 30 * DAY_MS - next() * 3_600_000);
  const picture = nth % 10 === 0 ? `<media:content url="${base}/p/${home}-${nth}.png" medium="image"/>` : '';
  return `<item><title>${text(next, 1).slice(0, 20)}</title><link>${base}/${feed}/${nth}.html</link><guid isPermaLink="false">${feed}-${nth}</guid>
<pubDate>${at.toUTCString()}</pubDate>${picture}<description>${text(next, 6)}</description></item>`;
}

/** Makes a picture in PNG: a field of colours that run into one another. */
function png(width, height) {
  const crc = (bytes) => {
    let sum = ~0;
    for (const byte of bytes) {
      sum ^= byte;
      for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    }
    return ~sum >>> 0;
  };
  const chunk = (name, body) => {
    const named = Buffer.concat([Buffer.from(name), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows.set([(x * 255) / width, (y * 255) / height, 128], y * (1 + width * 3) + 1 + x * 3);
  }
  const sign = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([sign, chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

const here = dirname(fileURLToPath(import.meta.url));
const picture = png(800, 500);
const site = createServer((request, answer) => {
  if (request.url.startsWith('/p/')) return answer.setHeader('content-type', 'image/png').end(picture);
  const feed = Number(request.url.slice(1));
  if (!(feed < FEEDS)) return answer.writeHead(404).end();
  const base = `http://${request.headers.host}`;
  const entries = Array.from({ length: PER_FEED }, (_, nth) => entry(feed, nth, base)).join('\n');
  const head = `<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>报纸${feed}</title><link>${base}/</link><description>x</description>`;
  answer.setHeader('content-type', 'application/rss+xml').end(`${head}${entries}</channel></rss>`);
});
await new Promise((go) => site.listen(0, '127.0.0.1', go));
const { port } = site.address();

const scratch = mkdtempSync(join(tmpdir(), 'gazetted-large-'));
const channels = Array.from({ length: REGIONS }, (_, nth) => `[[channel]]\nid = "r${nth}"\ntitle = "${vocabulary[nth]}省"\n`);
const sources = Array.from({ length: FEEDS }, (_, nth) => `[[source]]\nid = "r${nth % REGIONS}/c${nth % 100}/s${nth}"\nurl = "http://127.0.0.1:${port}/${nth}"\n`);
writeFileSync(join(scratch, 'feeds.toml'), `[server]\nlisten = "127.0.0.1:0"\ntitle = "大报"\n[http]\nallow_private = ["127.0.0.0/8"]\n[defaults]\ninterval = "24h"\n[host."127.0.0.1"]\nspacing = "0s"\nconcurrency = 4\n${channels.join('')}${sources.join('')}`);
const daemon = spawn(program, ['run', '--config', join(scratch, 'feeds.toml'), '--state', join(scratch, 'state')], { stdio: ['ignore', 'ignore', 'pipe'] });
let failures = 1;
try {
  let log = '';
  let polled = 0;
  const address = await new Promise((go, fail) => {
    daemon.on('exit', (code) => fail(new Error(`the program ended with ${code}: ${log}`)));
    daemon.stderr.on('data', (chunk) => {
      const had = polled;
      polled += chunk.toString().split(': polled').length - 1;
      if (Math.floor(had / 50) < Math.floor(polled / 50)) console.error(`${polled} of ${FEEDS} feeds`);
      if (log.length < 1e5) log += chunk;
      const found = log.match(/serving (http:\S+)/);
      if (found && polled >= FEEDS) go(found[1]);
    });
  });
  // Pictures are served meanwhile.
  const check = spawn('node', [join(here, 'check.mjs'), program, folder, address], { stdio: 'inherit' });
  failures = await new Promise((go) => check.on('exit', go));
} finally {
  daemon.removeAllListeners('exit');
  const ended = new Promise((go) => daemon.once('exit', go));
  daemon.kill('SIGTERM');
  await ended;
  site.close();
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(failures);
