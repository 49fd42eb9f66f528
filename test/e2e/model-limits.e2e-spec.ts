import { ModelRegistry } from '../../src/catalog/model-registry.js';
import { until } from '../support/start-gateway.js';
import {
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
} from '../support/start-upstream.js';
import { a, ask, b, gateway, ok, openTwoServices, single, status, wordsOf } from '../support/two-services.js';

openTwoServices();

describe('limits', () => {
  it('let calls wait for their turn, first come first served', async () => {
    await single({ limits: { max_concurrent: 1, max_queued: 2 } });
    const order: string[] = [];
    const held: UpstreamCall[] = [];
    a.handle((call) => {
      order.push((JSON.parse(call.body.toString()) as { user: string }).user);
      held.push(call);
    });
    const first = ask({ user: '1', stream: true });
    await until(() => held.length === 1);
    const leave = new AbortController();
    const second = ask({ user: '2' }, leave.signal);
    await until(() => gateway!.running.count === 2);
    const third = ask({ user: '3' });
    await until(() => gateway!.running.count === 3);
    const full = await ask({ user: '4' });
    expect([full.status, full.headers.get('retry-after'), await wordsOf(full)]).toEqual([
      429,
      '1',
      'error queue_full',
    ]);
    leave.abort();
    await expect(second).rejects.toThrow();
    await until(() => gateway!.running.count === 2);
    const fifth = ask({ user: '5' });
    await until(() => gateway!.running.count === 3);
    // A stream keeps its place to its end.
    beginStream(held[0]!.res);
    held[0]!.res.write(chunkEvent('x'));
    const reader = await first;
    expect(order).toEqual(['1']);
    held[0]!.res.end(`${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    await reader.text();
    await until(() => held.length === 2);
    ok('3')(held[1]!);
    expect(await wordsOf(await third)).toBe('3');
    await until(() => held.length === 3);
    ok('5')(held[2]!);
    expect(await wordsOf(await fifth)).toBe('5');
    expect(order).toEqual(['1', '3', '5']);
  });

  it('end the wait after max_queue_seconds', async () => {
    await single({ limits: { max_concurrent: 1, max_queue_seconds: 0.1 } });
    a.handle(() => undefined);
    const leave = new AbortController();
    const first = ask({}, leave.signal);
    await until(() => a.calls.length === 1);
    expect(await wordsOf(await ask())).toBe('error queue_full');
    leave.abort();
    await expect(first).rejects.toThrow();
  });

  it.each([2, 0])('let waiting calls in when a reload raises max_concurrent to %s', async (maxConcurrent) => {
    await single({ limits: { max_concurrent: 1 } });
    const reload = (max_concurrent: number) =>
      gateway!.reload({
        models: { openai: [{ name: 'm', base_url: a.url, limits: { max_concurrent } }] },
      });
    const held: UpstreamCall[] = [];
    a.handle((call) => held.push(call));
    const calls = [ask(), ask()];
    const { limit } = gateway!.app.get(ModelRegistry).get('m');
    await until(() => held.length === 1 && limit.queued === 1);
    await reload(1);
    expect(limit.queued).toBe(1);
    await reload(maxConcurrent);
    await until(() => held.length === 2, 'the second call');
    for (const call of held) ok('a')(call);
    expect(await Promise.all(calls.map(async (call) => wordsOf(await call)))).toEqual(['a', 'a']);
  });

  it('bound answers and events', async () => {
    await single({ limits: { answer: 2000, event: 2000 } });
    a.handle(({ res }) => sendJson(res, completion('x'.repeat(3000))));
    expect(await wordsOf(await ask())).toBe('error upstream_invalid_response');
    a.handle(({ res }) => void (beginStream(res), res.write(`data: ${'x'.repeat(3000)}`)));
    expect(await (await ask({ stream: true })).text()).toContain('An event is longer than 2000 bytes.');
  });

  it('count no call that has failed', async () => {
    await single({ limits: { max_concurrent: 1, max_queued: 0 } });
    a.handle(status(400));
    for (let count = 0; count < 3; count++) expect((await ask()).status).toBe(400);
    a.handle(ok('a'));
    for (let count = 0; count < 3; count++) expect(await wordsOf(await ask())).toBe('a');
  });

  it('count no call that has moved on to a fallback, if those of the fallback apply', async () => {
    const limits = { max_concurrent: 1, max_queued: 0 };
    await single({ limits, retry: { max_retries: 0 }, fallbacks: ['small'] }, {}, [
      { name: 'small', base_url: b.url, limits },
    ]);
    const held: UpstreamCall[] = [];
    a.handle(status(500));
    b.handle((call) => void held.push(call));
    const first = ask();
    await until(() => held.length === 1);
    expect(await wordsOf(await ask())).toBe('error upstream_error');
    expect([a.calls.length, b.calls.length]).toEqual([2, 1]);
    ok('b')(held[0]!);
    expect(await wordsOf(await first)).toBe('b');
    b.handle(ok('b'));
    for (let count = 0; count < 3; count++) expect(await wordsOf(await ask())).toBe('b');
  });

  it('are those of the model that answers', async () => {
    await single({ retry: { max_retries: 0 }, fallbacks: ['small'] }, {}, [
      { name: 'small', base_url: b.url, limits: { event: 2000 } },
    ]);
    a.handle(status(500));
    b.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('b'));
    });
    const reader = (await ask({ stream: true })).body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain('"content":"b"');
    b.calls[0]!.res.write(`data: ${'x'.repeat(3000)}`);
    expect((await reader.read()).value).toContain('An event is longer than 2000 bytes.');
  });
});
