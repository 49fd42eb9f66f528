import { existsSync } from 'node:fs';
import { type Browser, type Page, chromium } from 'playwright-core';
import { describeUnless } from './describe-unless.js';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
];
/** A cold start on a busy machine. */
const START_TIMEOUT_MS = 60_000;

const ACTION_TIMEOUT_MS = 15_000;

/** A page, and what has gone wrong on it since it was opened. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings on the console, uncaught exceptions, and requests without a response. */
  readonly complaints: readonly string[];
  /** Requests to anywhere but the page's own server. */
  readonly foreignRequests: readonly string[];
}

/** Opens pages in one Chromium; each page has its own profile, so that tests share nothing. */
export interface ChromiumTab {
  open(url: string): Promise<WatchedPage>;
}

/**
 * A `describe` whose tests need a real browser, as {@link describeUnless} runs them. `CHROMIUM` names another
 * executable.
 */
export function describeInChromium(name: string, tests: (tab: ChromiumTab) => void): void {
  const executable = findChromium(process.env['CHROMIUM']);
  const reason = `no Chromium at ${process.env['CHROMIUM'] ?? CANDIDATES.join(', ')}`;
  if (executable !== undefined) describe(name, () => runTests(executable, tests));
  else describeUnless(reason, name, () => tests({ open: () => Promise.reject(new Error(reason)) }));
}

function findChromium(named: string | undefined): string | undefined {
  return (named === undefined ? CANDIDATES : [named]).find((path) => existsSync(path));
}

function runTests(executable: string, tests: (tab: ChromiumTab) => void): void {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable, args: ARGS, timeout: START_TIMEOUT_MS });
  }, START_TIMEOUT_MS);
  afterAll(() => browser?.close());
  tests({
    open: async (url) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
      context.setDefaultTimeout(ACTION_TIMEOUT_MS);
      const watched = watch(await context.newPage(), new URL(url).origin);
      await watched.page.goto(url, { waitUntil: 'load' });
      return watched;
    },
  });
}

function watch(page: Page, origin: string): WatchedPage {
  const complaints: string[] = [];
  const foreignRequests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.protocol !== 'blob:' && url.origin !== origin)
      foreignRequests.push(url.href);
  });
  return { page, complaints, foreignRequests };
}

/**
 * Waits until an expression is true in a page. Playwright's `waitForFunction` evaluates it inside the page, where the
 * product's Content-Security-Policy allows no `eval`, as soon as it is not true at once.
 */
export async function untilInPage(page: Page, expression: string): Promise<void> {
  const endAt = Date.now() + 30_000;
  while ((await page.evaluate(expression)) !== true) {
    if (Date.now() > endAt) throw new Error(`not true in the page within 30 s: ${expression}`);
    await page.waitForTimeout(20);
  }
}
