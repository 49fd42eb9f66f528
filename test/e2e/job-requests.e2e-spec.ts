import { setTimeout as sleep } from 'node:timers/promises';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.js';
import { TEST_KEY, until } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

const OTHER_KEY = 'sk-test-another-key-0002';
const JOBS = 60;
/** Objects in the body of each: 100,000 take some 12 ms to read, and 6 MB. */
const OBJECTS = 100_000;
const INTERVAL_SECONDS = 0.1;
/** Generous: the client, the service and other tests share the machine. What polls read in one thread took 5 to 56 s. */
const LONGEST_STALL_MS = 2500;

jest.setTimeout(180_000);

describe('jobs that run, of clients who sent much', () => {
  let upstream: TestUpstream;
  let gateway: GatewayProcess;
  let polls = 0;

  beforeAll(async () => {
    upstream = await startUpstream(({ path, res }) => {
      if (path.startsWith('/v1')) return sendJson(res, completion());
      if (path.includes('/7')) polls += 1;
      return sendJson(res, { id: 7, state: 'running' });
    });
    const job = (name: string, query: Record<string, string>, response = {}) => ({
      name,
      base_url: `${upstream.url}/base`,
      token: 'mapped-token-1234',
      request: { path: '/jobs', body: '{ "said": messages[0].content }' },
      poll: { path: '/jobs/{id}', query, done: 'state = "done"', interval_seconds: INTERVAL_SECONDS },
      response: { text: 'said', ...response },
    });
    gateway = await startGatewayProcess({
      auth: {
        api_keys: [
          { name: 'one', key: TEST_KEY },
          { name: 'other', key: OTHER_KEY },
        ],
      },
      models: {
        openai: [{ name: 'plain', base_url: `${upstream.url}/v1`, api_key: 'plain-key-123456' }],
        request: [
          job('a field', { user: '$request.user' }),
          job('all of it', { count: '$count($request.x)' }),
          job('its error', {}, { error: '$request.user = "nobody"' }),
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway.kill();
    await upstream.close();
  });

  it.each(['a field', 'its error', 'all of it'])('delay no other call if polls read %s', async (model) => {
    polls = 0;
    const leave = new AbortController();
    const x = JSON.stringify(Array<unknown>(OBJECTS).fill({}));
    const body = `{"model":"${model}","user":"kim","messages":[{"role":"user","content":"hi"}],"x":${x}}`;
    const jobs = Array.from({ length: JOBS }, () => ask(body, TEST_KEY, leave.signal).catch(() => undefined));
    await until(() => polls > 0, 'the first poll', 30_000);
    let longestMs = 0;
    const endsAt = performance.now() + 3000;
    while (performance.now() < endsAt) {
      const startedAt = performance.now();
      const plain = '{"model":"plain","messages":[{"role":"user","content":"hi"}]}';
      expect((await ask(plain, OTHER_KEY)).status).toBe(200);
      expect((await gateway.get('/v1/health')).status).toBe(200);
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await sleep(20);
    }
    process.stdout.write(`jobs that look at ${model}: ${polls} polls, a wait of ${longestMs.toFixed()} ms\n`);
    leave.abort();
    await Promise.all(jobs);
    expect(longestMs).toBeLessThan(LONGEST_STALL_MS);
  });

  const ask = async (body: string, key: string, signal?: AbortSignal) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body,
      signal,
    });
});
