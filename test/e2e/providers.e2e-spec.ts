import { PROVIDER_TYPES } from '../../src/providers/provider-types.js';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { parseSse, readSse } from '../support/read-sse.js';
import { type TestGateway, startGateway, until } from '../support/start-gateway.js';

const SECRET = 'demo-password';

/** What an entry of each type looks like, on the sandbox. A new type needs a line here only if it needs more. */
const ENTRIES: Readonly<Record<string, (url: string) => Record<string, unknown>>> = {
  openai: () => ({ api_key: 'sandbox-key' }),
  anthropic: () => ({ api_key: 'sandbox-key' }),
  gemini: () => ({ api_key: 'sandbox-key' }),
  request: (url) => ({ auth_url: `${url}/login`, username: 'demo', password: SECRET }),
};

/** The promises of the port, kept by every type: this is the spec that a new one must pass. */
describe.each(PROVIDER_TYPES.map(({ type }) => type))('a model of type %s', (type) => {
  let sandbox: Sandbox;
  let gateway: TestGateway;

  beforeAll(async () => {
    sandbox = await Sandbox.start({ chunkDelayMs: 5 });
    gateway = await startGateway({
      models: {
        [type]: [
          {
            name: 'public-name',
            model_name: 'upstream-name',
            base_url: `${sandbox.url}/v1`,
            ...ENTRIES[type]?.(sandbox.url),
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await sandbox.close();
  });
  beforeEach(() => sandbox.clearFaults());

  const ask = (extra: Record<string, unknown> = {}, signal?: AbortSignal) =>
    gateway.chat(
      { model: 'public-name', messages: [{ role: 'user', content: '讲个故事' }], ...extra },
      { signal },
    );
  const lastChat = () => sandbox.requests.findLast(({ path }) => !path.endsWith('/login'))!;

  it('maps the model name, and keeps unknown fields or names those that it drops', async () => {
    const response = await ask({ unknown_field: { a: [null, 0, ''] }, temperature: 0 });
    expect(response.status).toBe(200);
    const { path, body } = lastChat();
    expect(path + body.toString()).toContain('upstream-name');
    expect(path + body.toString()).not.toContain('public-name');
    if (path.endsWith('/chat/completions')) {
      expect(JSON.parse(body.toString())).toMatchObject({
        unknown_field: { a: [null, 0, ''] },
        temperature: 0,
      });
    } else expect(response.headers.get('x-gateway-dropped')).toContain('unknown_field');
  });

  it('yields chunks as they arrive', async () => {
    const reader = (await ask({ stream: true })).body!.getReader();
    let reads = 0;
    let text = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      reads++;
      text += Buffer.from(part.value).toString('latin1');
    }
    expect(reads).toBeGreaterThan(3);
    expect(parseSse(text).isDone).toBe(true);
  });

  it('honours an abort', async () => {
    sandbox.fail({ kind: 'stall', after: 5 });
    const before = sandbox.abortedCalls;
    const leave = new AbortController();
    const response = await ask({ stream: true }, leave.signal);
    await response.body!.getReader().read();
    leave.abort();
    await sandbox.waitFor((it) => it.abortedCalls === before + 1, 1000);
  });

  it('reports truncation', async () => {
    sandbox.fail({ kind: 'cut_inside_event', after: 5 });
    expect(await readSse(await ask({ stream: true }))).toMatchObject({
      isDone: false,
      error: { code: 'upstream_stream_interrupted' },
    });
    sandbox.fail('truncated_json');
    expect((await ask()).status).toBe(500);
  });

  it('is tested on the path of real traffic', async () => {
    const response = await fetch(`${gateway.url}/v1/models/public-name/test`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test-caller-key-0001' },
    });
    expect(await response.json()).toMatchObject({ status: 'available' });
  });

  it('never logs a secret', async () => {
    sandbox.fail('unauthorized', 2);
    await ask();
    await until(() => gateway.log().length > 0);
    for (const secret of [SECRET, 'sandbox-key', 'sandbox-token-', 'sk-test-caller']) {
      expect(gateway.logText().includes(secret)).toBe(false);
    }
  });
});
