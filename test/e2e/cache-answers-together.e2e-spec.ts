import { until } from '../support/start-gateway.js';
import {
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
} from '../support/start-upstream.js';
import { ask, cachesOf, gateway, openCachedAnswers, question, upstream } from '../support/cached-answers.js';

openCachedAnswers();

describe('calls that ask the same at one time', () => {
  let waiting: UpstreamCall[];
  beforeEach(() => {
    waiting = [];
    upstream.handle((call) => void waiting.push(call));
  });
  const waitFor = (calls: number) => until(() => waiting.length >= calls, `${calls} calls to the service`);
  const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

  it('are one call to the service', async () => {
    const body = question();
    const all = Promise.all(Array.from({ length: 20 }, () => ask(gateway, body)));
    await waitFor(1);
    await settled();
    sendJson(waiting[0]!.res, completion('once'));
    const seen = await all;
    expect(upstream.calls).toHaveLength(1);
    expect(new Set(seen.map(({ text }) => text)).size).toBe(1);
    expect(cachesOf(...seen).filter((cache) => cache === 'miss')).toHaveLength(1);
  });

  it('go on with the next one when the first fails, and each by itself when that fails, too', async () => {
    const body = question();
    const all = Promise.all(Array.from({ length: 5 }, () => ask(gateway, body)));
    await waitFor(1);
    await settled();
    expect(waiting).toHaveLength(1);
    sendJson(waiting[0]!.res, { error: { message: 'no' } }, 500);
    await waitFor(2);
    await settled();
    expect(waiting).toHaveLength(2);
    sendJson(waiting[1]!.res, { error: { message: 'no' } }, 500);
    await waitFor(5);
    for (const { res } of waiting.slice(2)) sendJson(res, completion('fine'));
    const statuses = (await all).map(({ status }) => status);
    expect(statuses.toSorted((one, other) => one - other)).toEqual([200, 200, 200, 500, 500]);
  });

  it('go on when the client of the first leaves', async () => {
    const body = question();
    const leaving = new AbortController();
    const first = ask(gateway, body, { signal: leaving.signal }).catch(() => 'left');
    await waitFor(1);
    const others = Promise.all([ask(gateway, body), ask(gateway, body), ask(gateway, body)]);
    await settled();
    leaving.abort();
    expect(await first).toBe('left');
    await waitFor(2);
    sendJson(waiting[1]!.res, completion('fine'));
    expect((await others).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(upstream.calls).toHaveLength(2);
  });

  it('do not wait for another when their own client leaves', async () => {
    const body = question();
    const first = ask(gateway, body);
    await waitFor(1);
    const leaving = new AbortController();
    const second = ask(gateway, body, { signal: leaving.signal }).catch(() => 'left');
    await settled();
    expect(gateway.running.count).toBe(2);
    leaving.abort();
    expect(await second).toBe('left');
    await until(() => gateway.running.count === 1, 'the end of the call');
    sendJson(waiting[0]!.res, completion('fine'));
    expect((await first).status).toBe(200);
    expect(upstream.calls).toHaveLength(1);
  });

  it('ask by themselves, all at once, when the response is not for others', async () => {
    const body = question();
    const all = Promise.all(Array.from({ length: 4 }, () => ask(gateway, body)));
    await waitFor(1);
    await settled();
    sendJson(
      waiting[0]!.res,
      completion('x', { choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'length' }] }),
    );
    await waitFor(4);
    for (const { res } of waiting.slice(1)) sendJson(res, completion('own'));
    expect(cachesOf(...(await all))).toEqual(['miss', 'miss', 'miss', 'miss']);
  });

  it('share a stream, too', async () => {
    const body = { ...question(), stream: true };
    const all = Promise.all([ask(gateway, body), ask(gateway, body), ask(gateway, body)]);
    await waitFor(1);
    beginStream(waiting[0]!.res);
    waiting[0]!.res.write(chunkEvent('a'));
    await settled();
    waiting[0]!.res.end(chunkEvent('', 'stop') + 'data: [DONE]\n\n');
    const texts = (await all).map(({ text }) => text.replaceAll(': keep-alive\n\n', ''));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('[DONE]');
    expect(upstream.calls).toHaveLength(1);
  });
});
