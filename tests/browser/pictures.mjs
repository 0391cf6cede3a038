// Makes the pictures of the README: `node pictures.mjs ADDRESS FOLDER`, of a running demo.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [base, folder] = process.argv.slice(2);
const json = async (path) => (await fetch(new URL(path, base))).json();
const [hot] = (await json('/hot.json')).items.filter((item) => item.image);
const story = new URL(hot._gazetted.story_url).pathname;
const search = `/search?q=${encodeURIComponent(hot.title.slice(0, 2))}`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const blank = await browser.newPage();

/** Takes a picture of a page; WebP, `wide` pixels across. */
async function take(name, path, [width, height, wide]) {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(new URL(path, base).href, { waitUntil: 'networkidle' });
  const png = (await page.screenshot()).toString('base64');
  await page.close();
  const webp = await blank.evaluate(
    async ([png, wide]) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
      const canvas = new OffscreenCanvas(wide, Math.round((image.height * wide) / image.width));
      const context = canvas.getContext('2d');
      context.imageSmoothingQuality = 'high';
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.82 });
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    [png, wide],
  );
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(webp));
  console.log(name, webp.length);
}

await take('front', '/', [1280, 1180, 960]);
await take('story', story, [1280, 1100, 640]);
await take('search', search, [1280, 800, 640]);
await take('phone', '/', [390, 800, 390]);
await browser.close();
