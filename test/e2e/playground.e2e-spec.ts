import { type Page } from 'playwright-core';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { type ChromiumTab, type WatchedPage, describeInChromium, untilInPage } from '../support/chromium.js';
import { SINGLE_ATTEMPTS, TEST_KEY, type TestGateway, startGateway } from '../support/start-gateway.js';

jest.setTimeout(180_000);

/** A picture that the page has loaded, or a sound. */
const LOADED = `(() => {
  const it = [...document.querySelectorAll('.said-by img, .said-by audio')].at(-1);
  return it !== undefined && (it.naturalWidth > 0 || it.duration > 0) && it.tagName;
})()`;

let sandbox: Sandbox;
let gateway: TestGateway;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 1 });
  const on = { base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key' };
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'all', ...on },
        {
          name: 'half',
          api_key: 'sandbox-key',
          deployments: [
            { name: 'good', base_url: `${sandbox.url}/v1` },
            { name: 'dead', base_url: `${sandbox.url}/v1`, api_key: 'another-key' },
          ],
        },
        { name: 'embeds', ...on, speaks: ['openai-embeddings'] },
        { name: 'ranks', ...on, speaks: ['rerank'] },
        { name: 'judges', ...on, speaks: ['openai-moderations'] },
        { name: 'voice', ...on, speaks: ['openai-audio'] },
        { name: 'paints', ...on, speaks: ['openai-images'] },
      ],
      anthropic: [{ name: 'claude', base_url: sandbox.url, api_key: 'sandbox-key' }],
      gemini: [{ name: 'gem', base_url: `${sandbox.url}/v1beta`, api_key: 'sandbox-key' }],
    },
  });
});
afterEach(() => sandbox.clearFaults());
afterAll(async () => {
  await gateway?.close();
  await sandbox?.close();
});

describeInChromium('the playground', (tab: ChromiumTab) => {
  let watched: WatchedPage;
  let page: Page;

  beforeEach(async () => {
    watched = await tab.open(`${gateway.url}/ui`);
    page = watched.page;
    await page.waitForSelector('#gate:not([hidden])');
    await page.locator('#key').fill(TEST_KEY);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card[data-model="embeds"] >> text=embeddings');
  });
  afterEach(() => page?.context().close());

  const choose = async (model: string, api: string): Promise<void> => {
    await page.locator('#chat-model').selectOption(model);
    await page.locator('#api').selectOption(api);
  };
  const send = async (words: string): Promise<void> => {
    await page.locator('#message').fill(words);
    await page.locator('#send').click();
    await page.waitForSelector('#send:not([disabled])');
  };
  const said = (): Promise<string> => page.locator('.said-by.assistant').last().innerText();
  const offered = async (model: string): Promise<string[]> => {
    await page.locator('#chat-model').selectOption(model);
    return page.locator('#api option').allTextContents();
  };

  it('shows the test of each deployment, with the cause of those that fail', async () => {
    await page.locator('#chat-model').selectOption('half');
    await page.locator('#test').click();
    await page.waitForSelector('.said-by >> text=good: passed in');
    const said = await page.locator('.said-by').last().innerText();
    expect(said).toMatch(/The test passed in [^]*good: passed in [^]*dead: failed after /);
    expect(said).toContain('upstream_auth_failed');
  });

  it('offers what each model does, and so do the cards', async () => {
    const chats = ['Chat Completions', 'Messages', 'Responses'];
    expect(await offered('claude')).toEqual(chats);
    expect(await offered('gem')).toEqual(chats);
    expect(await offered('voice')).toEqual(['Speech', 'Transcription']);
    expect(await offered('embeds')).toEqual(['Embeddings']);
    expect(await offered('all')).toEqual([
      ...chats,
      'Completions',
      'Embeddings',
      'Rerank',
      'Moderation',
      'Images',
      'Speech',
      'Transcription',
    ]);
    const card = page.locator('.card[data-model="ranks"]');
    expect(await card.locator('.more').textContent()).toContain('Servesrerank');
    await card.getByRole('button', { name: 'Try' }).click();
    expect(await page.locator('#api').inputValue()).toBe('v1/rerank');
    expect(await page.locator('#message').getAttribute('placeholder')).toContain(
      'The query in the first line',
    );
    expect(await page.locator('#streaming').isVisible()).toBe(false);
  });

  describe.each(['all', 'claude', 'gem'])('with the model %s', (model) => {
    it.each([
      ['v1/chat/completions', 'messages', []],
      ['v1/messages', 'messages', ["-H 'anthropic-version: 2023-06-01'"]],
      ['v1/responses', 'input', []],
    ])('chats by %s, streaming and not', async (path, field, headers) => {
      await choose(model, path);
      await send("it's me");
      expect(await said()).toContain('You said: "it\'s me".');
      expect(await page.locator('[data-fact="tokens"] dd').textContent()).toMatch(/^\d+ \/ \d+$/);
      expect(await page.locator('[data-fact="firstTokenPlot"] dd').textContent()).toMatch(/ m?s$/);
      const curl = (await page.locator('#curl').textContent())!;
      expect(curl).toContain(`curl -N '${gateway.url}/${path}'`);
      for (const header of headers) expect(curl).toContain(header);
      expect(curl).toContain("it'\\''s me");
      expect(curl).not.toContain(TEST_KEY);
      await page.locator('#streaming').uncheck();
      await page.locator('#max-tokens').fill('5');
      await send('and again');
      expect((await said()).trim().split('\n').at(-1)).toMatch(/^Hello! I am \w+, a$/);
      const body = JSON.parse((await page.locator('#raw').textContent())!.split('\n\n').slice(1).join()) as {
        [name: string]: unknown[];
      };
      expect(body[field]).toHaveLength(3);
      expect(watched.complaints).toEqual([]);
    });
  });

  it('goes on with a conversation in another format and with another model', async () => {
    await choose('all', 'v1/chat/completions');
    await send('first');
    await choose('claude', 'v1/responses');
    await send('second');
    expect(await said()).toContain('That was message 2 of our conversation.');
  });

  it.each([
    ['v1/chat/completions', 'sandbox_fault'],
    ['v1/messages', 'sandbox_fault'],
    ['v1/responses', 'sandbox_fault'],
  ])('shows a failure inside a stream, and before one: %s', async (path, code) => {
    await choose('all', path);
    sandbox.fail({ kind: 'error_event', after: 2 });
    await send('hello');
    await page.waitForSelector('.said-by.bad .code');
    expect(await page.locator('.said-by.bad').innerText()).toContain('The sandbox was told to fail here.');
    sandbox.fail({ kind: 'status', status: 429 });
    await send('hello');
    await page.waitForSelector(`.said-by.bad .code >> text=${code}`);
    expect(await page.locator('[data-fact="status"] dd').textContent()).toBe('429');
    await send('hello');
    expect(await said()).not.toContain('message 2');
  });

  it('compares texts by their embeddings', async () => {
    await choose('embeds', 'v1/embeddings');
    await send('a black cat\na black dog\nopening hours');
    expect(await said()).toContain('3 vectors of 256 numbers');
    const rows = await page.locator('.said-by.assistant tbody tr').allInnerTexts();
    const [, dog, hours] = rows.map((row) => Number(row.split('\t')[0]));
    expect(dog).toBeGreaterThan(hours! + 0.3);
    expect(await page.locator('[data-fact="tokens"] dd').textContent()).toMatch(/^\d+ \/ 0$/);
  });

  it('ranks documents, and judges texts', async () => {
    await choose('ranks', 'v1/rerank');
    await send('return a parcel\nopening hours\nHow to return a parcel');
    expect(await page.locator('.said-by.assistant tbody tr').first().innerText()).toContain('How to return');
    await choose('judges', 'v1/moderations');
    await send('I will kill you');
    expect(await said()).toContain('The text is flagged.');
  });

  it('shows pictures, and plays speech', async () => {
    await choose('paints', 'v1/images/generations');
    await send('a cat');
    await untilInPage(page, `${LOADED} === 'IMG'`);
    await choose('voice', 'v1/audio/speech');
    await send('one two three');
    await untilInPage(page, `${LOADED} === 'AUDIO'`);
    expect(await said()).toMatch(/\d+ bytes of audio\/wav/);
    expect(watched.complaints).toEqual([]);
  });

  it('sends a recording, and shows how curl would', async () => {
    await choose('voice', 'v1/audio/transcriptions');
    const buffer = Buffer.alloc(1234);
    await page.locator('#recording').setInputFiles({ name: 'a.wav', mimeType: 'audio/wav', buffer });
    await page.locator('#send').click();
    await page.waitForSelector('.said-by.assistant >> text=the recording "a.wav" of 1234 bytes');
    const curl = (await page.locator('#curl').textContent())!;
    expect(curl).toContain("-F 'model=voice'");
    expect(curl).toContain("-F 'file=@a.wav'");
    expect(curl).not.toContain('Content-Type');
  });

  it.each(['en', 'zh'])('fits a phone in the dark, in %s', async (language) => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 320, height: 640 });
    if (language === 'zh') await page.locator('#language').click();
    await choose('embeds', 'v1/embeddings');
    await send('a black cat\na black dog');
    await choose('paints', 'v1/images/generations');
    await send('a cat');
    await untilInPage(page, `${LOADED} === 'IMG'`);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    if (language === 'en') return;
    expect(await page.locator('#api option').allTextContents()).toEqual(['生成图像']);
    expect(await page.locator('.card[data-model="embeds"] .more').textContent()).toContain('支持向量');
  });
});
