/**
 * Takes the pictures of the board that the documents show: of a gateway that runs on the sandbox with `board.yaml`, in
 * both languages, light and dark. Needs the build and Chromium.
 *
 *     node test/pictures/pictures.mjs
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { freePort, startNode, stopAll, temporaryFolder, until } from '../../bench/support/processes.mjs';
import { smallPng } from './small-png.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const SIZE = { width: 1280, height: 1440 };
const MOST_BYTES = 150 * 1024;
const KEYS = ['sk-pictures-operations', 'sk-pictures-search', 'sk-pictures-notebook'];
const WORKING = ['gpt-5-mini', 'qwen3-32b', 'claude-sonnet', 'house-assistant', 'llama-archive'];
const BROKEN = ['deepseek-chat', 'legal-archive'];
const PICTURES = [
  { folder: 'docs/images', language: 'en-US', theme: 'light', name: 'board.png' },
  { folder: 'docs/images', language: 'en-US', theme: 'dark', name: 'board-dark.png' },
  { folder: 'docs/zh/images', language: 'zh-CN', theme: 'light', name: 'board.png' },
  { folder: 'docs/zh/images', language: 'zh-CN', theme: 'dark', name: 'board-dark.png' },
];

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const logPath = join(temporaryFolder(), 'gateway.log');
startNode([join(ROOT, 'dist/main.js')], {
  env: { PORT: String(port), LLM_GATEWAY_CONFIG: join(import.meta.dirname, 'board.yaml') },
  logPath,
});
await until('the gateway', async () => ((await isReady()) ? true : undefined));
for (let round = 0; round < 12; round += 1) await callAll(round);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  for (const picture of PICTURES) await take(picture);
} finally {
  await browser.close();
  await stopAll();
}

async function isReady() {
  return fetch(`${url}/v1/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** One call of each model, and more of those that work, as several clients. */
async function callAll(round) {
  const models = [...WORKING, ...WORKING.slice(0, (round % 3) + 1), ...BROKEN];
  await Promise.all(models.map((model, at) => call(model, KEYS[(round + at) % KEYS.length])));
  await sleep(250);
}

async function call(model, key) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      stream: true,
      messages: [{ role: 'user', content: 'Summarize the minutes of the meeting in three sentences.' }],
    }),
  });
  await response.text();
}

async function take({ folder, language, theme, name }) {
  const page = await browser.newPage({ viewport: SIZE, locale: language, colorScheme: theme });
  await page.goto(`${url}/ui`);
  await page.fill('#key', KEYS[0]);
  await page.press('#key', 'Enter');
  await page
    .locator('#wall article, #wall li')
    .nth(WORKING.length + BROKEN.length - 1)
    .waitFor();
  await page.locator('#plots svg').first().waitFor();
  // Where the pointer is, something may look pressed.
  await page.mouse.move(0, 0);
  await sleep(500);
  const path = join(ROOT, folder, name);
  mkdirSync(join(ROOT, folder), { recursive: true });
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  await page.close();
  const small = smallPng(await pixelsOf(png), SIZE.width, SIZE.height);
  if (small.length > MOST_BYTES) throw new Error(`${folder}/${name} has ${small.length} bytes`);
  writeFileSync(path, small);
  console.log(`${folder}/${name}: ${small.length} bytes`);
}

/** The pixels of a picture, four bytes each: the browser decodes it. */
async function pixelsOf(png) {
  const page = await browser.newPage();
  const encoded = await page.evaluate(
    async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const reader = new FileReader();
      await new Promise((resolve) => {
        reader.onload = resolve;
        reader.readAsDataURL(new Blob([data]));
      });
      return reader.result.slice(reader.result.indexOf(',') + 1);
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  await page.close();
  return Buffer.from(encoded, 'base64');
}
