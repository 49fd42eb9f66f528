import { existsSync } from 'node:fs';
import { RunningCalls } from '../../src/calls/running-calls.js';
import { UsageFigures } from '../../src/usage/figures/usage-figures.js';
import { StoreAccess } from '../../src/usage/store-access.js';
import { TEST_KEY, until } from '../support/start-gateway.js';
import { beginStream, chunkEvent, completion, sendJson } from '../support/start-upstream.js';
import { storedCalls } from '../support/usage-rows.js';
import { ASK, UsageRig } from '../support/usage-rig.js';

let rig: UsageRig;

beforeEach(async () => {
  rig = await UsageRig.open();
  await rig.start({ store: `file:${rig.path}`, flush_seconds: 0.1 });
  // Opened in the background: without it, the file may not have its tables yet.
  await rig.gateway.app.get(StoreAccess).store();
});
afterEach(() => rig.close());

describe('the ledger', () => {
  const rows = async () => {
    await rig.gateway.app.get(UsageFigures).flush();
    return storedCalls(rig.path);
  };

  it('has a row for a call, with what the service counted and what it cost', async () => {
    rig.upstream.handle(({ res }) =>
      sendJson(res, {
        ...completion(),
        usage: {
          prompt_tokens: 100,
          completion_tokens: 20,
          prompt_tokens_details: { cached_tokens: 64 },
          completion_tokens_details: { reasoning_tokens: 5 },
        },
      }),
    );
    const before = Date.now();
    const response = await rig.gateway.chat(ASK, { headers: { 'x-request-id': 'call-1' } });
    await response.text();
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      request_id: 'call-1',
      key: 'bot',
      team: 'search',
      model: 'chat',
      served_model: 'chat',
      operation: 'chat',
      dialect: 'openai-chat',
      upstream_dialect: 'openai-chat',
      stream: 0,
      status: 200,
      error: null,
      attempts: 1,
      prompt_tokens: 100,
      completion_tokens: 20,
      cached_tokens: 64,
      reasoning_tokens: 5,
      estimated: 0,
      uncounted: 0,
      cost_nano: 100 * 2000 + 20 * 10_000,
      price: 'config: input 2, output 10',
    });
    expect(row!.at).toBeGreaterThanOrEqual(before - 1);
    expect(row!.at).toBeLessThanOrEqual(Date.now());
    expect(JSON.stringify(row)).not.toContain('hello');
  });

  it('has whole numbers that every database accepts, for any counts of the service', async () => {
    const said = [
      { prompt_tokens: 10.6, completion_tokens: 2.4, prompt_tokens_details: { cached_tokens: 1.5 } },
      { prompt_tokens: 2 ** 64, completion_tokens: 2 ** 64 },
      { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 1e300 } },
    ];
    for (const usage of said) {
      rig.upstream.handle(({ res }) => sendJson(res, { ...completion(), usage }));
      await (await rig.gateway.chat(ASK)).text();
      await until(() => rig.gateway.app.get(RunningCalls).count === 0);
    }
    const [rounded, absurd, inPart] = await rows();
    expect(rounded).toMatchObject({
      prompt_tokens: 11,
      completion_tokens: 2,
      cached_tokens: 2,
      estimated: 0,
    });
    expect(absurd).toMatchObject({ estimated: 1, cached_tokens: null });
    expect(absurd!.prompt_tokens).toBeLessThan(50);
    expect(inPart).toMatchObject({ prompt_tokens: 5, completion_tokens: 1, cached_tokens: null });
  });

  it('counts a fallback for the model that was asked, at the price of the one that served', async () => {
    rig.upstream.handle(({ res, path: asked }) =>
      asked.startsWith('/spare') ? sendJson(res, completion()) : sendJson(res, { error: 'down' }, 503),
    );
    expect((await rig.gateway.chat(ASK)).status).toBe(200);
    expect(await rows()).toMatchObject([
      {
        model: 'chat',
        served_model: 'spare',
        attempts: 3,
        prompt_tokens: 3,
        completion_tokens: 5,
        cost_nano: 8000,
      },
    ]);
  });

  it('has a row for what failed and for what was refused, but none for a request without a key', async () => {
    rig.upstream.handle(({ res }) => sendJson(res, { error: 'down' }, 503));
    expect((await rig.gateway.chat({ ...ASK, model: 'unpriced' })).status).toBe(500);
    expect((await rig.gateway.chat({ ...ASK, model: 'none' })).status).toBe(404);
    expect((await rig.gateway.chat({ model: 'chat' })).status).toBe(400);
    expect((await rig.gateway.chat(ASK, { key: 'wrong' })).status).toBe(401);
    await rig.gateway.get('/v1/models');
    expect(await rows()).toMatchObject([
      {
        model: 'unpriced',
        status: 500,
        error: 'upstream_error',
        attempts: 2,
        prompt_tokens: null,
        cost_nano: 0,
      },
      { model: null, status: 404, error: 'model_not_found', attempts: 0, cost_nano: 0, served_model: null },
      { model: null, status: 400, error: 'missing_required_parameter', cost_nano: 0 },
    ]);
  });

  it('has the usage of a stream, and of one that broke off what was counted', async () => {
    rig.upstream.handle(({ res, body }) => {
      beginStream(res);
      res.write(chunkEvent('hello'));
      if (body.toString().includes('cut')) {
        setTimeout(() => res.destroy(), 50);
        return;
      }
      res.write(chunkEvent('', 'stop'));
      res.end(`data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}\n\ndata: [DONE]\n\n`);
    });
    for (const content of ['go', 'cut']) {
      const stream = { ...ASK, stream: true, messages: [{ role: 'user', content }] };
      await (await rig.gateway.chat(stream)).text().catch(() => undefined);
    }
    // What was cut is counted afterwards.
    await until(() => rig.gateway.running.count === 0);
    await until(() => rig.gateway.log().filter(({ message }) => message === 'request').length === 2);
    const [whole, cut] = await rows();
    expect(whole).toMatchObject({
      stream: 1,
      status: 200,
      error: null,
      prompt_tokens: 7,
      completion_tokens: 2,
    });
    expect(whole!.first_token_ms).toBeGreaterThan(0);
    expect(whole!.cost_nano).toBe(34_000);
    expect(cut).toMatchObject({ stream: 1, status: 200, error: 'upstream_stream_interrupted' });
    // Either counted by the gateway, or marked as not counted; never 0.
    expect(cut!.uncounted === 1 || Number(cut!.completion_tokens) > 0).toBe(true);
  });

  it('waits for the end of a call whose client has left, if the call goes on without it', async () => {
    let finish!: () => void;
    rig.upstream.handle(({ res }) => (finish = () => sendJson(res, completion())));
    const leaving = new AbortController();
    const call = rig.gateway
      .chat({ ...ASK, model: 'unpriced' }, { signal: leaving.signal })
      .catch(() => undefined);
    await until(() => rig.upstream.calls.length === 1);
    leaving.abort();
    await call;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await rows()).toEqual([]);
    finish();
    await until(() => rig.gateway.running.count === 0);
    expect(await rows()).toMatchObject([
      { status: 499, prompt_tokens: 3, completion_tokens: 5, cost_nano: null },
    ]);
  });

  it('has what a test of a model used, under the key that asked for it', async () => {
    const test = await fetch(`${rig.gateway.url}/v1/models/chat/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    expect(await test.json()).toMatchObject({ status: 'available' });
    expect(await rows()).toMatchObject([{ key: 'bot', model: 'chat', dialect: null, prompt_tokens: 3 }]);
  });

  it('writes by itself within the flush interval, and the rest at the end of the process', async () => {
    await rig.gateway.chat(ASK);
    await until(() => existsSync(rig.path));
    const written = async () => (await storedCalls(rig.path).catch(() => [])).length;
    const endAt = Date.now() + 10_000;
    while ((await written()) === 0 && Date.now() < endAt)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await written()).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => rig.gateway.chat(ASK)));
    await rig.gateway.close();
    expect(await written()).toBe(21);
  });
});
