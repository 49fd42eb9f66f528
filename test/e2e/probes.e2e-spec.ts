import { LiveConfig } from '../../src/config/live-config.js';
import { loadText } from '../fixtures/config/load-text.js';
import { TEST_KEY, until } from '../support/start-gateway.js';
import { completion, sendJson } from '../support/start-upstream.js';
import {
  NOWHERE,
  QUICK,
  upstream,
  gateway,
  start,
  startWith,
  health,
  becomes,
  becomesState,
  openProbedService,
} from '../support/probe-rig.js';

openProbedService();

describe('a probe', () => {
  it('is off by default, and with live', async () => {
    await start({});
    await gateway.close();
    await start({ probe: 'live' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(upstream.calls).toEqual([]);
    expect(await health()).toMatchObject({ state: 'never_seen' });
    expect(await health()).not.toHaveProperty('probe');
  });

  it('of the kind models requests the list at its path in the format of the service', async () => {
    upstream.handle(({ res }) => sendJson(res, { data: [] }));
    await start({ api_key: 'k-1', probe: { ...QUICK, kind: 'models' } }, 'anthropic');
    await becomes(({ probe }) => probe?.ok === true);
    expect(upstream.calls[0]).toMatchObject({
      path: '/v1/models',
      headers: { 'x-api-key': 'k-1', 'anthropic-version': '2023-06-01' },
    });
  });

  it('of the kind chat takes the path of real traffic, sends the configured message, and counts as no call', async () => {
    upstream.handle(({ res }) => sendJson(res, completion('pong')));
    await start({
      api_key: 'k-1',
      model_name: 'up',
      probe: { ...QUICK, kind: 'chat', message: 'still there?' },
    });
    const seen = await becomes(({ probe }) => probe?.ok === true);
    expect(seen).toMatchObject({ state: 'ok', last_60_minutes: { requests: 0 }, probe: { kind: 'chat' } });
    expect(upstream.calls[0]).toMatchObject({
      path: '/chat/completions',
      headers: { authorization: 'Bearer k-1' },
    });
    expect(JSON.parse(upstream.calls[0]!.body.toString())).toMatchObject({
      model: 'up',
      messages: [{ role: 'user', content: 'still there?' }],
    });
  });

  it('sees a model fail and recover, and writes both down', async () => {
    let isDown = true;
    upstream.handle(({ res }) => (isDown ? sendJson(res, {}, 503) : sendJson(res, completion())));
    await start({ probe: { ...QUICK, kind: 'chat' } });
    expect(await becomesState('failing')).toMatchObject({
      reason: 'upstream_error',
      probe: { ok: false, error: 'upstream_error' },
    });
    isDown = false;
    await becomesState('ok');
    const { changes } = (await (await gateway.get('/v1/health/history')).json()) as { changes: object[] };
    expect(changes).toMatchObject([
      { from: 'failing', to: 'ok' },
      { from: 'never_seen', to: 'failing', reason: 'upstream_error' },
    ]);
  });

  it('asks one at a time, and gives up after its own time', async () => {
    let [running, most] = [0, 0];
    upstream.handle(({ res }) => {
      most = Math.max(most, ++running);
      res.once('close', () => running--);
    });
    await start({ probe: { kind: 'chat', interval_seconds: 0.1, timeout_seconds: 0.2 } });
    expect(await becomesState('failing')).toMatchObject({ reason: 'total_timeout' });
    await until(() => upstream.calls.length >= 3);
    expect(most).toBe(1);
  });

  it('waits while real traffic shows that the model is well', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    await start({ probe: { ...QUICK, kind: 'chat', interval_seconds: 30 } });
    // Sooner than the first check, which then finds nothing to do.
    await gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'real' }] });
    const before = upstream.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 3300));
    expect(upstream.calls.length).toBe(before);
  });

  it('never touches liveness, and ends with the drain', async () => {
    upstream.handle(({ res }) => sendJson(res, {}, 500));
    await start({ probe: { ...QUICK, kind: 'http', path: '/up' } });
    await becomesState('failing');
    expect((await gateway.get('/v1/health', { key: null })).status).toBe(200);
    expect((await gateway.get('/v1/health/ready', { key: null })).status).toBe(200);
    await gateway.beginDrain();
    const count = upstream.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    // One may have been on its way.
    expect(upstream.calls.length).toBeLessThanOrEqual(count + 1);
  });

  it('that runs when the drain begins is given up, and the drain does not wait for it', async () => {
    let isClosed = false;
    upstream.handle(({ res }) => res.once('close', () => (isClosed = true)));
    await start({ probe: { ...QUICK, kind: 'http', path: '/', timeout_seconds: 30 } });
    await until(() => upstream.calls.length > 0);
    await gateway.beginDrain(0, 20);
    await until(() => isClosed);
    expect(await health()).toMatchObject({ state: 'never_seen' });
  });
});

describe('a new configuration', () => {
  it('begins and ends probes', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    await start({});
    const replace = (probe: string) => {
      const yaml = `auth: { api_keys: ["${TEST_KEY}"] }\nmodels: { openai: [{ name: m, base_url: "${upstream.url}"${probe} }] }`;
      gateway.app.get(LiveConfig).replace(loadText(yaml).config);
    };
    replace(`, probe: { kind: http, interval_seconds: 0.15 }`);
    await becomes(({ probe }) => probe?.ok === true);
    replace('');
    const count = upstream.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(upstream.calls.length).toBeLessThanOrEqual(count + 1);
  });
});

describe('a model with fallbacks', () => {
  it('is probed and tested by itself', async () => {
    upstream.handle(({ res }) => sendJson(res, completion('from the other one')));
    await startWith({
      models: {
        openai: [
          {
            name: 'm',
            base_url: NOWHERE,
            retry: { max_retries: 0 },
            fallbacks: ['other'],
            probe: { ...QUICK, kind: 'chat' },
          },
          { name: 'other', base_url: upstream.url },
        ],
      },
    });
    expect(await becomesState('failing')).toMatchObject({ reason: 'upstream_unreachable' });
    const test = await fetch(`${gateway.url}/v1/models/m/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    expect(await test.json()).toMatchObject({
      status: 'unavailable',
      error: { code: 'upstream_unreachable' },
    });
    expect(upstream.calls).toEqual([]);
    const chat = await gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
    expect(await chat.text()).toContain('from the other one');
  });
});
