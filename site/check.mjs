/**
 * Looks at the built site in Chromium: every page renders in its language, without an error in the console, and fits a
 * phone; the search finds English and Chinese words; the language can be switched.
 *
 *     node site/check.mjs [--json] [--pictures FOLDER]
 *
 * Prints a line for each check; with `--json` as JSON. Exits with 1 where one failed.
 */
import { createServer } from 'node:http';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { linkTo } from './navigation.mjs';
import { SHARED_PAGES, pages, ROOT, titleOf } from './repository.mjs';

const DIST = join(ROOT, 'site', 'dist');
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};
const PHONE = { width: 390, height: 844 };
const SEARCHES = [
  { start: '/', words: 'shutdown_grace_seconds', leadsTo: '/reference/settings/server' },
  { start: '/', words: 'circuit breaker', leadsTo: '/' },
  { start: '/zh/', words: '访问令牌', leadsTo: '/zh/' },
  { start: '/zh/', words: '熔断', leadsTo: '/zh/' },
  { start: '/zh/', words: 'max_retries', leadsTo: '/zh/' },
];

const { values } = parseArgs({ options: { json: { type: 'boolean' }, pictures: { type: 'string' } } });
let failed = 0;
if (values.pictures !== undefined) mkdirSync(values.pictures, { recursive: true });
const server = createServer(serve).listen(0, '127.0.0.1');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const context = await browser.newContext({
    viewport: PHONE,
    baseURL: `http://127.0.0.1:${server.address().port}`,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  const check = (name, look) => report(page, name, look, complaints);
  for (const path of pages()) await check(`page ${linkTo(path)}`, () => checkPage(page, path));
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const search of SEARCHES) await check(`search ${search.words}`, () => checkSearch(page, search));
  await check('switch to Chinese', () => checkLanguages(page));
  await check('switch on a page for both languages', () => checkSharedPage(page));
} finally {
  await browser.close();
  server.close();
}
process.exitCode = failed > 0 ? 1 : 0;

async function report(page, name, look, complaints) {
  complaints.length = 0;
  let problem = await look().catch((error) => error.message);
  problem ??= complaints[0];
  const isFine = problem === undefined;
  if (!isFine) failed += 1;
  if (values.json) console.log(JSON.stringify({ name, isFine, ...(!isFine && { problem }) }));
  else console.log(`${isFine ? 'fine  ' : 'FAILED'} ${name}${isFine ? '' : `: ${problem}`}`);
  if (values.pictures !== undefined)
    await page.screenshot({ path: join(values.pictures, `${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.png`) });
}

/** Resolves with what is wrong, if anything is. */
async function checkPage(page, path) {
  await page.goto(linkTo(path), { waitUntil: 'load' });
  const { title, language, width } = await page.evaluate(() => ({
    title: document.querySelector('.vp-doc h1')?.firstChild?.textContent?.trim(),
    language: document.documentElement.lang,
    width: document.documentElement.scrollWidth,
  }));
  const wanted = linkTo(path).startsWith('/zh/') ? 'zh-CN' : 'en';
  if (language !== wanted) return `its language is ${language}, not ${wanted}`;
  if (title === undefined || !titleOf(path).replaceAll('`', '').startsWith(title))
    return `its title is ${title}`;
  return width > PHONE.width ? `it is ${width} pixels wide on a phone` : undefined;
}

async function checkSearch(page, { start, words, leadsTo }) {
  await page.goto(start, { waitUntil: 'networkidle' });
  await page.keyboard.press('Control+k');
  await page.fill('#localsearch-input', words);
  const first = page.locator('.VPLocalSearchBox .result').first();
  await first.waitFor({ timeout: 10_000 });
  const address = await first.getAttribute('href');
  if (!address.startsWith(leadsTo)) return `the first result is ${address}`;
  await first.click();
  await page.waitForFunction((path) => location.pathname === path.replace(/#.*/, ''), address);
  const text = (await page.locator('.vp-doc').textContent()).toLowerCase();
  return text.includes(words.toLowerCase()) ? undefined : `${address} does not contain it`;
}

async function checkLanguages(page) {
  await page.goto('/keys', { waitUntil: 'networkidle' });
  await page.hover('.VPNavBarTranslations button');
  await page.click('.VPNavBarTranslations a');
  await page.waitForURL('**/zh/keys', { timeout: 10_000 });
  await page.waitForFunction(() => document.documentElement.lang === 'zh-CN');
}

async function checkSharedPage(page) {
  await page.goto(linkTo(SHARED_PAGES[0]), { waitUntil: 'networkidle' });
  await page.hover('.VPNavBarTranslations button');
  await page.click('.VPNavBarTranslations a');
  await page.waitForURL('**/zh/', { timeout: 10_000 });
}

/** Serves the site as a web server with clean addresses does. */
function serve(request, response) {
  const path = decodeURI(new URL(request.url, 'http://site').pathname);
  const found = [path, `${path}.html`, join(path, 'index.html')]
    .map((name) => join(DIST, name))
    .find((name) => existsSync(name) && statSync(name).isFile());
  response.statusCode = found === undefined ? 404 : 200;
  response.setHeader('content-type', TYPES[extname(found ?? '')] ?? 'application/octet-stream');
  response.end(found === undefined ? '' : readFileSync(found));
}
