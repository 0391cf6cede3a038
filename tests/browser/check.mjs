// Looks at every kind of page in a real browser: `node check.mjs PROGRAM [FOLDER]`.
//
// Starts the demo, opens each page at three widths, light and dark, and fails for: a finding of
// axe-core (WCAG 2.2 AA), a message on the console, a request that leaves the site, a page that
// is wider than the window, a picture that is not painted, a broken one that leaves a hole, a
// search that cannot be typed. Screenshots go to FOLDER.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [program, folder = '/tmp/gazetted-screenshots'] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [320, 768, 1280];
const SCHEMES = ['light', 'dark'];
const PATIENCE_MS = 60_000;

const findings = [];
const find = (where, what) => {
  findings.push(`${where}: ${what}`);
  console.error(`${where}: ${what}`);
};

/** Starts the demo; resolves to its process and its address. */
function start() {
  const demo = spawn(program, ['demo', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk) => {
      text += chunk;
      const address = text.match(/http:\/\/127\.0\.0\.1:\d+\//);
      if (address) resolve({ demo, base: address[0].replace(/\/$/, '') });
    };
    demo.stdout.on('data', read);
    demo.stderr.on('data', read);
    demo.on('exit', (code) => reject(new Error(`the demo ended with ${code}: ${text}`)));
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
  const answer = await page.goto(base + path, { waitUntil: 'networkidle' });
  const isLost = path.includes('nowhere');
  if ((answer.status() === 404) !== isLost) find(where, `status ${answer.status()}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) find(where, `${wide} px wider than the window`);
  // Pictures further down are fetched when they come into sight.
  await page.evaluate(async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 400) {
      scrollTo(0, y);
      await new Promise((go) => setTimeout(go, 30));
    }
    scrollTo(0, 0);
  });
  await page.waitForLoadState('networkidle');
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

const { demo, base } = await start();
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
    lost: '/nowhere/',
  };
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  let painted = 0;
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: false });
      const page = await context.newPage();
      let here = '';
      page.on('console', (message) => {
        // A missing page is what `lost` asks for.
        if (!here.startsWith('lost')) find(here, `console: ${message.text()}`);
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
    }
  }
  if (painted === 0) find('all pages', 'no picture was painted');

  const page = await (await browser.newContext()).newPage();
  await page.goto(base);
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.getAttribute('href'));
  if (first !== '#main') find('keyboard', `the first stop is ${first}, not the way to the content`);
  await page.getByRole('searchbox').fill(hot.title.slice(0, 2));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/search\?q=/);
  if ((await page.locator('mark').count()) === 0) find('search', 'nothing is marked');
  await page.goto(base);
  await page.route('**/image/**', (route) => route.abort());
  await page.reload({ waitUntil: 'networkidle' });
  const holes = await page.evaluate(() => [...document.images].filter((one) => one.complete && one.offsetHeight > 2).length);
  if (holes > 0) find('broken pictures', `${holes} holes`);
  await browser.close();
} finally {
  demo.removeAllListeners('exit');
  demo.kill('SIGTERM');
}
console.log(`${findings.length === 0 ? 1 : 0} passed, ${findings.length} failed`);
process.exit(findings.length === 0 ? 0 : 1);
