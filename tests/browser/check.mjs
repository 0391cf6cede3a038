// Looks at every kind of page in a real browser: `node check.mjs PROGRAM [FOLDER [ADDRESS]]`.
//
// Starts the demo (or takes the listing at ADDRESS), opens each page at three widths, light and
// dark, and fails for: a finding of axe-core (WCAG 2.2 AA), a message on the console, a request
// that leaves the site, a page that is wider than the window or heavier than 60 KB, a picture
// that is not painted, a broken one that leaves a hole, a search that cannot be typed. Then pages
// made of a hostile feed, and all others, by the Nu validator, where there is Java. Screenshots
// go to FOLDER.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [program, folder = '/tmp/gazetted-screenshots', given] = process.argv.slice(2);
const { resolve: module } = createRequire(import.meta.url);
const axe = readFileSync(module('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [320, 768, 1280];
const SCHEMES = ['light', 'dark'];
const PATIENCE_MS = 60_000;
const MAX_PAGE_BYTES = 60_000;

const findings = [];
const find = (where, what) => {
  findings.push(`${where}: ${what}`);
  console.error(`${where}: ${what}`);
};

/** Starts the program; resolves to its process and the address that it tells. */
function start(...words) {
  const running = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk) => {
      text += chunk;
      const address = text.match(/http:\/\/127\.0\.0\.1:\d+\//);
      if (address) resolve({ running, base: address[0].replace(/\/$/, '') });
    };
    running.stdout.on('data', read);
    running.stderr.on('data', read);
    running.on('exit', (code) => reject(new Error(`the program ended with ${code}: ${text}`)));
    setTimeout(() => reject(new Error(`no address within a minute: ${text}`)), PATIENCE_MS).unref();
  });
}

/** Waits until `ready` answers true. */
async function until(what, ready) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await ready())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within a minute`);
    await new Promise((go) => setTimeout(go, 250));
  }
}

const json = async (address) => (await fetch(address)).json();

/** Opens a page and says what is wrong with it. */
async function check(page, base, path, name) {
  const where = `${name} ${path}`;
  const answer = await page.goto(base + path, { waitUntil: 'load' });
  const weight = (await answer.body()).length;
  if (weight > MAX_PAGE_BYTES) find(where, `${weight} bytes`);
  const isLost = path.includes('nowhere');
  if ((answer.status() === 404) !== isLost) find(where, `status ${answer.status()}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) find(where, `${wide} px wider than the window`);
  // Pictures further down would be fetched when they come into sight.
  await page.evaluate(() => {
    for (const one of document.images) one.loading = 'eager';
  });
  const areDone = () => [...document.images].every((one) => one.complete);
  await page.waitForFunction(areDone, undefined, { timeout: PATIENCE_MS });
  const pictures = await page.evaluate(() => {
    const all = [...document.images];
    const holes = all.filter((one) => one.complete && one.naturalWidth === 0 && one.offsetHeight > 2);
    return { painted: all.filter((one) => one.naturalWidth > 0).length, holes: holes.map((one) => one.src) };
  });
  for (const hole of pictures.holes) find(where, `a hole where a picture should be: ${hole}`);
  await page.evaluate(axe);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const result = await page.evaluate((tags) => axe.run({ runOnly: { type: 'tag', values: tags } }), tags);
  for (const violation of result.violations) {
    const first = violation.nodes[0];
    find(where, `axe ${violation.id}: ${violation.help} (${violation.nodes.length}): ${first.html.slice(0, 160)}`);
  }
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  return pictures.painted;
}

/** Opens every page at every width, light and dark. */
async function look(browser, base, pages) {
  let painted = 0;
  const shapes = WIDTHS.flatMap((width) => SCHEMES.map((colorScheme) => ({ width, colorScheme })));
  const one = async ({ width, colorScheme }) => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const page = await context.newPage();
    let here = '';
    page.on('console', (message) => {
      // A missing page is what `lost` asks for, and pictures of nowhere are what hostile pages have.
      const isMissing = message.text().includes('status of 404');
      const { pathname } = new URL(message.location().url || base);
      const isExpected = here.startsWith('lost') || (here.startsWith('hostile') && pathname.startsWith('/image/'));
      if (!(isMissing && isExpected)) find(here, `console: ${message.text()}`);
    });
    page.on('pageerror', (error) => find(here, `error: ${error}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(base)) find(here, `a request leaves: ${request.url()}`);
    });
    for (const [name, path] of Object.entries(pages)) {
      here = `${name}-${width}-${colorScheme}`;
      painted += await check(page, base, path, here);
    }
    await context.close();
  };
  for (let nth = 0; nth < shapes.length; nth += 2) await Promise.all(shapes.slice(nth, nth + 2).map(one));
  return painted;
}

/** Goes by keyboard and types a search; then looks for holes where no picture comes. */
async function use(browser, base, word) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(base);
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.getAttribute('href'));
  if (first !== '#main') find('keyboard', `the first stop is ${first}, not the way to the content`);
  const stops = [];
  for (let nth = 0; nth < 12; nth += 1) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle));
  }
  if (stops.includes('none')) find('keyboard', 'a stop is not to be seen');
  await page.getByRole('searchbox').fill(word);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/search\?q=/);
  if ((await page.locator('mark').count()) === 0) find('search', 'nothing is marked');
  await page.getByRole('link', { name: 'RSS' }).first().click();
  if ((await page.locator('.notice code').count()) === 0) find('search', 'its feed does not say what it is for');
  await page.route('**/image/**', (route) => route.abort());
  await page.goto(base, { waitUntil: 'networkidle' });
  const holes = () => [...document.images].filter((one) => one.complete && one.offsetHeight > 2).length;
  const n = await page.evaluate(holes);
  if (n > 0) find('broken pictures', `${n} holes`);
}

/** Looks for the caption of the picture above a story. */
async function read(browser, address) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(address);
  const caption = (await page.locator('figure figcaption').allTextContents()).join('');
  if (caption === '') return find('story', 'the picture has no caption');
  const body = await page.locator('.body').textContent();
  if (body.includes(caption.trim())) find('story', 'the caption stands in the text, too');
}

/** Feed of somebody who means harm. */
const HOSTILE = [
  '<script>alert(1)</script><p onclick="alert(1)">a<b>c<i>d</b>e</i>',
  '<table><tr><td>1<table><td>2</table><p>3<li>4</ul></div></div><h1>5<h1>6',
  '<img src=x onerror=alert(1)><img src="http://127.0.0.1:1/a b\'c&quot;.png" alt="<>&quot;"><svg><script>1</script></svg>',
  '<a href="javascript:alert(1)">x</a><a href="http://x.example/?a&b=<c>">y<a href="z">z</a></a>',
  '<iframe src="http://127.0.0.1:1/"></iframe><object data="x"></object><style>*{display:none}</style><base href="//x">',
  '<p id="main" class="skip" style="position:fixed;inset:0">\u202e\u0007&#0;&#xD800;&nosuch;&lt;/article&gt;<pre>  <ul><p>',
  '<span><p>1<sup><div>2</sup></span><h2><div>3</div><div>4</div></h2><ul>5<p>6<ul><li>7</ul></ul><dl><div><dt>9<dd>10</div></dl>',
  '<dt>1<dd>2<figcaption>3</figcaption><pre>4<table><caption><h3>5</caption><tr><li>6<pre><div>7</div></pre></table><rt>8<ruby>9<rt>10<p>11',
  '<b><ul><i><li><a href="http://x.example/"><blockquote><a href="http://y.example/">1<details><div><summary><p>2</summary></details>',
  '<dl><dt>a<dd>b</dl><ol start="x"><li value="y">c<figure><figcaption>d</figure><blockquote cite="javascript:1">e',
];

/** Publishes the hostile feed; hands its pages to `use`. */
async function withHostile(use) {
  const scratch = mkdtempSync(join(tmpdir(), 'gazetted-hostile-'));
  const text = (one) => one.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/\u0007/g, '');
  const items = HOSTILE.map((body, nth) => `<item><title>${text(`${nth} ${body.slice(0, 80)}`)}</title><guid>${nth}</guid>
    <link>http://x.example/${nth}?a=1&amp;b="</link><category>${text(body.slice(0, 20))}</category>
    <author>${text(body.slice(0, 30))}</author><description>${text(body)}</description></item>`);
  const feed = `<rss version="2.0"><channel><title>${text(HOSTILE[0])}</title><link>http://x.example/</link>${items.join('')}</channel></rss>`;
  const site = createServer((_, answer) => answer.setHeader('content-type', 'application/rss+xml').end(feed));
  await new Promise((go) => site.listen(0, '127.0.0.1', go));
  writeFileSync(join(scratch, 'feeds.toml'), `[server]
listen = "127.0.0.1:0"
title = '<b>"&'
[http]
allow_private = ["127.0.0.0/8"]
[[channel]]
id = "a"
title = '</title><script>"'
description = '"><img src=x>'
[[source]]
id = "a/b"
url = "http://127.0.0.1:${site.address().port}/"
`);
  const { running, base } = await start('run', '--config', join(scratch, 'feeds.toml'), '--state', join(scratch, 'state'));
  try {
    await until('the hostile feed', async () => (await json(`${base}/a.json`)).items.length === HOSTILE.length);
    const { items } = await json(`${base}/a.json`);
    const stories = items.map((item, nth) => [`hostile-${nth}`, new URL(item._gazetted.story_url).pathname]);
    await use(base, { 'hostile-front': '/', 'hostile-channel': '/a/', 'hostile-source': '/source/a/b/', ...Object.fromEntries(stories) });
  } finally {
    running.removeAllListeners('exit');
    const ended = new Promise((go) => running.once('exit', go));
    running.kill('SIGTERM');
    await ended;
    site.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Has pages judged by the Nu validator. */
async function validate(base, pages) {
  let jar;
  try {
    jar = module('vnu-jar/build/dist/vnu.jar');
  } catch {
    return console.error('no vnu-jar here: the markup is not validated');
  }
  if (spawnSync('java', ['-version']).status !== 0) return console.error('no Java here: the markup is not validated');
  const scratch = mkdtempSync(join(tmpdir(), 'gazetted-pages-'));
  for (const [name, path] of Object.entries(pages)) {
    writeFileSync(join(scratch, `${name}.html`), await (await fetch(base + path)).text());
  }
  const judged = spawnSync('java', ['-jar', jar, '--errors-only', '--format', 'json', '--exit-zero-always', scratch], { maxBuffer: 1 << 26 });
  for (const { url, message, extract } of JSON.parse(judged.stderr.toString()).messages) {
    find(`Nu ${url.split('/').pop()}`, `${message} ${JSON.stringify(extract ?? '').slice(0, 200)}`);
  }
  rmSync(scratch, { recursive: true, force: true });
}

const { running: demo, base } = given ? { base: given.replace(/\/$/, '') } : await start('demo', '--listen', '127.0.0.1:0');
try {
  mkdirSync(folder, { recursive: true });
  await until('news with pictures', async () => (await json(`${base}/pictures.json`)).items.length > 3);
  await until('a story of several papers', async () => (await json(`${base}/hot.json`)).items.length > 0);
  await until('the index', async () => {
    const answer = await fetch(`${base}/search.json?q=after:2000`);
    return answer.ok && (await answer.json()).items.length > 3;
  });
  const [hot] = (await json(`${base}/hot.json`)).items;
  const [pictured] = (await json(`${base}/pictures.json`)).items;
  const channel = (await json(`${base}/api/v1/channels`)).channels.find((one) => one.parent);
  const source = (await json(`${base}/api/v1/sources`)).sources[0];
  const path = (address) => new URL(address).pathname;
  const word = encodeURIComponent(hot.title.slice(0, 2));
  const pages = {
    front: '/',
    channel: path(channel.page),
    hot: '/hot',
    pictures: '/pictures',
    story: path(hot._gazetted.story_url),
    pictured: path(pictured._gazetted.story_url),
    source: path(source.page),
    search: `/search?q=${word}`,
    form: '/search',
    nothing: '/search?q=xyzzy',
    status: '/status',
    place: `/place/${word}/`,
    lost: '/nowhere/',
  };
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  if ((await look(browser, base, pages)) === 0) find('all pages', 'no picture was painted');
  await use(browser, base, hot.title.slice(0, 2));
  if (!given) await read(browser, base + pages.pictured);
  await validate(base, pages);
  if (!given) {
    await withHostile(async (base, pages) => {
      await look(browser, base, pages);
      await validate(base, pages);
    });
  }
  await browser.close();
} finally {
  demo?.removeAllListeners('exit');
  demo?.kill('SIGTERM');
}
console.log(`${findings.length === 0 ? 1 : 0} passed, ${findings.length} failed`);
process.exit(findings.length === 0 ? 0 : 1);
