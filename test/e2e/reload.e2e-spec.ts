import { readSse } from '../support/read-sse.js';
import { until } from '../support/start-gateway.js';
import { beginStream, chunkEvent, completion, sendJson } from '../support/start-upstream.js';
import {
  upstream,
  gateway,
  model,
  config,
  ask,
  outcomes,
  state,
  start,
  openReloads,
} from '../support/reload-rig.js';

openReloads();

describe('a changed configuration', () => {
  it('is in force for the next call: models, keys, limits', async () => {
    await start(config());
    expect((await ask()).status).toBe(200);
    await gateway.reload({
      server: { body_limit: 200, precise_error_status: true },
      auth: { api_keys: ['sk-another-key-000000'] },
      models: { openai: [model({ name: 'n', model_name: 'up' }), model({ name: 'off', enabled: false })] },
    });
    expect((await ask()).status).toBe(401);
    expect((await ask('m', {}, 'sk-another-key-000000')).status).toBe(404);
    expect((await ask('n', {}, 'sk-another-key-000000')).status).toBe(200);
    expect(JSON.parse(upstream.calls.at(-1)!.body.toString())).toMatchObject({ model: 'up' });
    expect((await ask('n', { padding: 'x'.repeat(300) }, 'sk-another-key-000000')).status).toBe(413);
    upstream.handle(({ res }) => sendJson(res, {}, 503));
    expect((await ask('n', {}, 'sk-another-key-000000')).status).toBe(503);
    expect(await state()).toEqual({ generation: 2, models: { configured: 2, enabled: 1 } });
  });

  it('is logged in one line, without a secret', async () => {
    await start(config());
    await gateway.reload({
      server: { port: 1234 },
      auth: { api_keys: ['sk-another-key-000000'] },
      models: { openai: [model({ api_key: 'planted-upstream-key-2', max_tokens: 7 })] },
    });
    expect(outcomes()).toEqual([
      expect.objectContaining({
        level: 'info',
        message: 'configuration reloaded',
        trigger: 'SIGHUP',
        generation: 2,
        models: 1,
        changes: ['auth.api_keys: +1 -1', 'models "m": max_tokens none -> 7', 'models "m": api_key changed'],
        at_next_start: ['server.port'],
      }),
    ]);
    expect(gateway.logText()).not.toMatch(/planted-upstream-key|sk-another/);
  });

  it('changes the level of the log', async () => {
    await start(config());
    await gateway.get('/v1/health');
    await gateway.reload(config({ logging: { level: 'debug' } }));
    await gateway.get('/v1/health');
    expect(gateway.log().filter(({ path }) => path === '/v1/health')).toHaveLength(1);
  });

  it('is taken over again with keys that wait for the next start as they were', async () => {
    await start(config());
    await gateway.reload(config({ server: { docs: false } }));
    expect(await (await gateway.get('/')).json()).toMatchObject({ docs: '/docs' });
    expect((await gateway.get('/docs-json')).status).toBe(200);
  });

  it('leaves running calls the model that they started with', async () => {
    await start(config());
    let finish: () => void = () => undefined;
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('one'));
      finish = () => res.end(`${chunkEvent('two')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    const response = await ask('m', { stream: true });
    await gateway.reload({
      models: { openai: [model({ name: 'other', timeouts: { connect_seconds: 9 } })] },
    });
    expect((await ask()).status).toBe(404);
    finish();
    const text = await response.text();
    expect(text).toContain('two');
    expect(text.trim().endsWith('data: [DONE]')).toBe(true);
  });
});

describe('a configuration that cannot be used', () => {
  it('changes nothing, and the log lists every error', async () => {
    await start(config());
    await gateway.reload({
      server: { port: 'planted-secret' },
      models: { openai: [model({ base_url: undefined, api_key: 'planted-upstream-key-2', max_tokns: 1 })] },
    });
    expect((await ask()).status).toBe(200);
    expect(await state()).toMatchObject({ generation: 1 });
    const [line, ...others] = outcomes();
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      level: 'error',
      message: 'configuration not reloaded, the previous one stays in force',
      generation: 1,
    });
    expect((line!['problems'] as string[]).map((text) => text.replace(/^.*models\.yaml:\d+: /, ''))).toEqual([
      expect.stringMatching(/^server\.port: expected/),
      expect.stringMatching(/^models\.openai\[0\]\.max_tokns: unknown key, did you mean "max_tokens"/),
      expect.stringMatching(/^models\.openai\[0\]\.base_url: missing/),
    ]);
    expect(gateway.logText()).not.toMatch(/planted/);
  });

  it('is followed by a good one', async () => {
    await start(config());
    await gateway.reload({ models: {} });
    await gateway.reload(config());
    await gateway.reload({ models: { openai: [model({ max_tokens: 3 })] } });
    expect(outcomes().map(({ message }) => message)).toEqual([
      'configuration not reloaded, the previous one stays in force',
      'configuration unchanged',
      'configuration reloaded',
    ]);
    expect(await state()).toMatchObject({ generation: 2 });
    const metrics = await (await gateway.get('/metrics')).text();
    expect(metrics).toContain('llm_gateway_config_generation 2\n');
    expect(metrics).toContain('llm_gateway_config_reloads_total{outcome="ok"} 1\n');
    expect(metrics).toContain('llm_gateway_config_reloads_total{outcome="refused"} 1\n');
  });
});

describe('connections', () => {
  it('stay open if nothing about them has changed, and are closed if they are no longer used', async () => {
    await start(config());
    let open = 0;
    let opened = 0;
    upstream.server.keepAliveTimeout = 60_000;
    upstream.server.on('connection', (socket) => {
      open++;
      opened++;
      socket.once('close', () => open--);
    });
    await ask();
    await gateway.reload({ models: { openai: [model({ max_tokens: 5 })] } });
    await ask();
    expect([open, opened]).toEqual([1, 1]);

    let finish: () => void = () => undefined;
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('one'));
      finish = () => res.end('data: [DONE]\n\n');
    });
    const running = await ask('m', { stream: true });
    upstream.handle(({ res }) => sendJson(res, completion()));
    await gateway.reload({ models: { openai: [model({ timeouts: { connect_seconds: 9 } })] } });
    await ask();
    expect([open, opened]).toEqual([2, 2]);
    finish();
    expect(await readSse(running)).not.toEqual([]);
    await until(() => open === 1, 'the close of the former connection');
  });
});

describe('a described dialect', () => {
  const mapped = (text: string) => ({
    name: 'd',
    base_url: upstream.url,
    token: 'planted-token',
    request: { path: '/ask', body: `{ "q": "${text}" }` },
    response: { text: 'answer' },
  });

  it('is the new one for new calls, and stays the old one for a call that waits', async () => {
    await start({ models: { request: [mapped('one')] } });
    let answer: () => void = () => undefined;
    upstream.handle(({ res }) => (answer = () => sendJson(res, { answer: 'first' })));
    const first = ask('d');
    await until(() => upstream.calls.length === 1, 'the first call');
    await gateway.reload({ models: { request: [{ ...mapped('two'), response: { text: 'reply' } }] } });
    answer();
    upstream.handle(({ res }) => sendJson(res, { reply: 'second' }));
    const texts = [await (await first).text(), await (await ask('d')).text()];
    expect(texts).toEqual([expect.stringContaining('"first"'), expect.stringContaining('"second"')]);
    expect(upstream.calls.map(({ body }) => body.toString())).toEqual(['{"q":"one"}', '{"q":"two"}']);
  });
});
