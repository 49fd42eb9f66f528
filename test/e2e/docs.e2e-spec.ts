import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Locator, type Page } from 'playwright-core';
import { DEMO_KEY } from '../../src/config/secrets/demo-key.js';
import { type BuiltGateway, startBuiltGateway } from '../support/built-gateway.js';
import { type ChromiumTab, type WatchedPage, describeInChromium, untilInPage } from '../support/chromium.js';

jest.setTimeout(180_000);

const SLASH_MODEL = '团队/slash model';
const CHAT = 'chat-createChatCompletion';
/** All that a page can keep longer than its tab, as one string. */
const STORED = 'JSON.stringify([{ ...localStorage }, document.cookie, location.href])';
const STREAM_EXAMPLE = 'A stream · 流式返回';

describeInChromium('Swagger UI in a real browser', (tab: ChromiumTab) => {
  let folder: string;
  let gateway: BuiltGateway;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-docs-'));
    const path = join(folder, 'models.yaml');
    const yaml = readFileSync('config/models.yaml', 'utf8');
    const entry = `  openai:\n    - { name: "${SLASH_MODEL}", base_url: "sandbox:/v1", api_key: "sandbox-key" }\n`;
    expect(yaml).toContain('  openai:\n');
    writeFileSync(path, yaml.replace('  openai:\n', entry));
    gateway = await startBuiltGateway(path);
  });
  afterAll(async () => {
    await gateway?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    watched = await tab.open(`${gateway.url}/docs`);
    page = watched.page;
    await page.waitForSelector('.opblock');
  });
  afterEach(() => page?.context().close());

  async function authorize(field = 'Bearer', key = DEMO_KEY): Promise<void> {
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    const dialog = page.locator('.auth-container').filter({ hasText: field }).first();
    await dialog.locator('input').fill(key);
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
  }

  /** Opens a route for trying. */
  async function open(operationId: string): Promise<Locator> {
    const operation = page.locator(`#operations-${operationId}`);
    // After a reload the route that the address names is open already.
    if (!(await operation.getAttribute('class'))?.includes('is-open')) {
      await operation.locator('.opblock-summary-control').click();
    }
    await operation.getByRole('button', { name: 'Try it out' }).click();
    return operation;
  }

  /** The id of a route's block, which begins with its tag. */
  async function idOf(operationId: string): Promise<string> {
    const id = await page.locator(`[id^="operations-"][id$="-${operationId}"]`).getAttribute('id');
    return id!.slice('operations-'.length);
  }

  /** Sends what stands in the fields. */
  async function execute(operation: Locator): Promise<{ status: string; body: string; headers: string }> {
    const answered = page.waitForResponse((response) => response.url().includes('/v1/'));
    await operation.locator('.execute').click();
    await (await answered).finished();
    const live = operation.locator('.live-responses-table .response');
    await live
      .locator('h5', { hasText: 'Request duration' })
      .or(live.locator('.headerline'))
      .first()
      .waitFor();
    return {
      status: (await live.locator('.response-col_status').innerText()).trim(),
      body: await live.locator('.highlight-code pre').first().innerText(),
      headers: await live
        .locator('.headerline')
        .allInnerTexts()
        .then((lines) => lines.join('\n')),
    };
  }

  it('shows every route in order, bilingual, without a word from elsewhere and without complaints', async () => {
    expect(await page.title()).toBe('LLM Gateway');
    expect(await page.locator('.opblock-summary-path').allInnerTexts()).toEqual(
      [
        '/v1/chat/completions',
        '/v1/messages',
        '/v1/messages/count_tokens',
        '/v1/responses',
        '/v1/completions',
        '/v1/embeddings',
        '/v1/rerank',
        '/v2/rerank',
        '/v1/moderations',
        '/v1/images/generations',
        '/v1/images/edits',
        '/v1/audio/speech',
        '/v1/audio/transcriptions',
        '/v1/audio/translations',
        '/v1/models',
        '/v1/models/{name}',
        '/v1/models/{name}/test',
        '/v1/limits',
        '/v1/usage',
        '/v1/health',
        '/v1/health/ready',
        '/v1/health/models',
        '/v1/health/history',
        '/v1/health/gateway',
        '/metrics',
        '/',
      ].map(
        (path) => expect.stringMatching(path.replaceAll('/', '/\u200b?').replace(/[{}]/g, '\\$&')) as string,
      ),
    );
    expect(await page.locator('.opblock-summary-description').first().innerText()).toContain('对话');
    expect(
      await page
        .locator('.opblock')
        .filter({ has: page.locator('.authorization__btn') })
        .count(),
    ).toBe(23);
    await page.screenshot({ path: join(folder, 'docs.png'), fullPage: true });
    expect(watched.foreignRequests).toEqual([]);
    expect(watched.complaints).toEqual([]);
  });

  it('answers 401 in the shape of all errors until a key was entered', async () => {
    const { status, body } = await execute(await open(CHAT));
    expect(status).toBe('401');
    expect(body).toContain('"code": "invalid_api_key"');
  });

  it('tries a chat with the example it opens with, and shows the response and its request id', async () => {
    await authorize();
    const operation = await open(CHAT);
    const { status, body, headers } = await execute(operation);
    expect(status).toBe('200');
    expect(JSON.parse(body)).toMatchObject({
      object: 'chat.completion',
      choices: [{ finish_reason: 'stop' }],
    });
    expect(headers).toContain('x-request-id:');
    await page.screenshot({ path: join(folder, 'chat.png'), fullPage: true });
    expect(watched.complaints).toEqual([]);
  });

  it.each(['application/json', 'text/event-stream'])(
    'shows the events of a stream as text, with %s chosen',
    async (type) => {
      await authorize();
      const operation = await open(CHAT);
      await operation
        .locator('.opblock-section-request-body select')
        .nth(1)
        .selectOption({ label: STREAM_EXAMPLE });
      await operation.locator('.responses-table select').first().selectOption(type);
      const { status, body, headers } = await execute(operation);
      expect(status).toBe('200');
      expect(headers).toContain('content-type: text/event-stream');
      expect(body).toMatch(/^data: \{"id":/);
      expect(body.match(/^data: /gm)!.length).toBeGreaterThan(5);
      expect(body.trimEnd()).toMatch(/data: \[DONE\]$/);
      expect(watched.complaints).toEqual([]);
    },
  );

  it.each(['createEmbeddings', 'createMessage', 'createResponse', 'rerank', 'createImage'])(
    'tries %s with the example it opens with',
    async (operationId) => {
      await authorize();
      const { status, body } = await execute(await open(await idOf(operationId)));
      expect([status, JSON.parse(body)]).toEqual(['200', expect.any(Object)]);
      expect(watched.complaints).toEqual([]);
    },
  );

  it.each(['createTranscription', 'createTranslation', 'editImage'])('sends the form of %s', async (id) => {
    await authorize();
    const operation = await open(await idOf(id));
    const file = { name: 'a.wav', mimeType: 'audio/wav', buffer: Buffer.alloc(500) };
    await operation.locator('input[type="file"]').first().setInputFiles(file);
    const { status, body } = await execute(operation);
    expect(status).toBe('200');
    expect(body).toContain(id === 'editImage' ? 'b64_json' : 'a.wav');
  });

  it('tests a model whose name holds a slash, a space and Chinese', async () => {
    await authorize();
    const operation = await open('models-testModel');
    await operation.locator('tr[data-param-name="name"] input').fill(SLASH_MODEL);
    const { status, body } = await execute(operation);
    expect(status).toBe('200');
    expect(JSON.parse(body)).toMatchObject({ model: SLASH_MODEL, status: 'available' });
  });

  it.each(['x-api-key', 'api-key (apiKey)'])('takes the key by %s too', async (scheme) => {
    await authorize(scheme);
    const { status, body } = await execute(await open('models-listModels'));
    expect(status).toBe('200');
    expect(body).toContain('"id": "custom-model"');
  });

  it('puts the cursor into the field for the key', async () => {
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container').nth(2).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('auth-bearer-value');
  });

  it('keeps the key for this tab alone, shared with the dashboard, until it is forgotten or refused', async () => {
    await authorize();
    expect((await execute(await open('models-listModels'))).status).toBe('200');
    expect(await page.evaluate(STORED)).not.toContain(DEMO_KEY);
    await page.reload();
    await page.waitForSelector('.opblock');
    expect((await execute(await open('models-listModels'))).status).toBe('200');
    await page.locator('.links a', { hasText: 'Dashboard' }).click();
    await page.waitForSelector('.card');
    await page.locator('#forget').click();
    await page.locator('#docs-link').click();
    await page.waitForSelector('.opblock');
    expect((await execute(await open('models-listModels'))).status).toBe('401');
    await authorize('Bearer', 'sk-refused-key');
    expect(await page.evaluate('sessionStorage.length')).toBe(1);
    await page.locator('#operations-models-listModels .execute').click();
    await untilInPage(page, 'sessionStorage.length === 0');
    expect(await page.evaluate(STORED)).not.toContain('sk-');
  });

  it('works behind a path of a proxy, which it shares with other gateways', async () => {
    const other = 'http://proxy.example:8443/team/gateway';
    await page.route(`${other}/**`, async (route) => {
      const url = route.request().url().replace(other, gateway.url);
      await route.fulfill({ response: await route.fetch({ url, maxRedirects: 0 }) });
    });
    await page.goto(`${other}/docs`);
    await page.waitForSelector('.opblock');
    await authorize();
    const operation = await open('models-listModels');
    expect((await execute(operation)).status).toBe('200');
    expect(await operation.locator('.request-url pre').innerText()).toBe(`${other}/v1/models`);
    expect(await page.evaluate('Object.keys(sessionStorage)')).toEqual(['llm-gateway-key /team/gateway/']);
    await page.locator('.links a', { hasText: 'Dashboard' }).click();
    await page.waitForSelector('.card');
    await page.locator('.brand a').click();
    await page.waitForSelector(`pre >> text=curl ${other}/v1/models`);
    // Over plain HTTP a browser remarks that it does not isolate the dashboard; leaving a page ends its requests.
    const expected = /Cross-Origin-Opener-Policy|net::ERR_ABORTED$/;
    expect(watched.complaints.filter((text) => !expected.test(text))).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('is readable on a phone, in %s', async (colorScheme) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme });
    await page.reload();
    await page.waitForSelector('.opblock');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    const operation = page.locator(`#operations-${CHAT}`);
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.screenshot({
      path: join(process.env['SCREENSHOTS'] ?? folder, `docs-phone-${colorScheme}.png`),
      fullPage: true,
    });
    expect((await operation.boundingBox())!.height).toBeLessThan(4000);
  });

  it('sends nothing to another server that the address names', async () => {
    await page.goto(`${gateway.url}/docs?url=http://127.0.0.1:9/evil.json`);
    await page.waitForSelector('.opblock');
    await authorize();
    expect((await execute(await open('models-listModels'))).status).toBe('200');
    expect(watched.foreignRequests).toEqual([]);
  });

  it('works under any other host name and port', async () => {
    const other = 'http://gateway.example:8443';
    await page.route(`${other}/**`, async (route) => {
      const url = route.request().url().replace(other, gateway.url);
      await route.fulfill({ response: await route.fetch({ url }) });
    });
    await page.goto(`${other}/docs/`);
    await page.waitForSelector('.opblock');
    await authorize();
    expect((await execute(await open('models-listModels'))).status).toBe('200');
    expect(watched.foreignRequests.filter((url) => !url.startsWith(other))).toEqual([]);
    expect(watched.complaints).toEqual([]);
  });
});
