import { readSse } from '../support/read-sse.js';
import { until } from '../support/start-gateway.js';
import { beginStream, chunkEvent } from '../support/start-upstream.js';
import { type Handler, a, ask, b, openTwoServices, single, start, status } from '../support/two-services.js';

openTwoServices();

describe('the commit point of a stream', () => {
  const stream = async (extra = {}) => readSse(await ask({ stream: true, ...extra }));

  it.each<[string, Handler]>([
    [
      'breaks off',
      ({ res }) => {
        beginStream(res);
        res.write(': hello\n\n', () => res.destroy());
      },
    ],
    [
      'ends',
      ({ res }) => {
        beginStream(res);
        res.end();
      },
    ],
    [
      'begins with an error',
      ({ res }) => {
        beginStream(res);
        res.end('data: {"error":{"message":"no"}}\n\n');
      },
    ],
    [
      'stalls',
      ({ res }) => {
        beginStream(res);
        res.write(': hello\n\n');
      },
    ],
    [
      'says half an event',
      ({ res }) => {
        beginStream(res);
        res.write('data: {"cho', () => res.destroy());
      },
    ],
  ])('replaces a deployment by another if it sends 200 and %s', async (_case, handler) => {
    await start({ commit_wait_seconds: 0.2 });
    a.handle(handler);
    expect(await stream()).toMatchObject({ content: 'b', isDone: true, error: undefined });
    expect(a.calls).toHaveLength(1);
    await until(
      () => a.calls[0]!.res.destroyed || a.calls[0]!.res.writableFinished,
      'the end of the first call',
    );
  });

  it('forwards what was held as it came, comments included', async () => {
    await start();
    const text = `: one\r\n\r\n: two\n\n${chunkEvent('a').replaceAll('\n', '\r\n')}${chunkEvent('', 'stop')}data: [DONE]\n\n`;
    a.handle(({ res }) => {
      beginStream(res);
      for (const byte of text.slice(0, 40)) res.write(byte);
      res.end(text.slice(40));
    });
    expect(await (await ask({ stream: true })).text()).toBe(text);
  });

  it('does not wait for a stalled stream that no deployment can replace', async () => {
    await single({ commit_wait_seconds: 0.1 });
    a.handle(({ res }) => beginStream(res));
    const response = await ask({ stream: true });
    expect(response.status).toBe(200);
    expect(a.calls).toHaveLength(1);
    const { res } = a.calls[0]!;
    res.end(`${chunkEvent('late')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    expect(await response.text()).toContain('late');
  });

  it('lets the head go at once when no attempt may follow', async () => {
    await single({ retry: { max_retries: 0 } });
    a.handle(({ res }) => beginStream(res));
    const response = await ask({ stream: true });
    expect(response.status).toBe(200);
    a.calls[0]!.res.destroy();
    expect(await response.text()).toContain('upstream_stream_interrupted');
  });

  it('is a JSON error with a true status when all attempts failed before', async () => {
    await single();
    a.handle((call) => (a.calls.length === 1 ? call.res.destroy() : status(503)(call)));
    const response = await ask({ stream: true });
    expect([response.status, response.headers.get('x-gateway-attempts')]).toEqual([500, '2']);
  });

  it('is passed once: what breaks off afterwards is reported inside the stream', async () => {
    await start();
    a.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('some'), () => res.destroy());
    });
    expect(await stream()).toMatchObject({
      content: 'some',
      isDone: false,
      error: { code: 'upstream_stream_interrupted' },
    });
    expect(b.calls).toHaveLength(0);
  });

  it.each<[string, Handler]>([
    ['ends', ({ res }) => void (beginStream(res), res.end())],
    [
      'breaks off',
      ({ res }) => {
        beginStream(res);
        res.write(': hello\n\n', () => res.destroy());
      },
    ],
  ])('does not wait out commit_wait_seconds when a stream %s', async (_case, handler) => {
    await start({ commit_wait_seconds: 60 });
    a.handle(handler);
    expect(await stream()).toMatchObject({ content: 'b', isDone: true });
  });

  it('is reached by a last event without its empty line', async () => {
    await start({ commit_wait_seconds: 60 });
    a.handle(({ res }) => {
      beginStream(res);
      res.end('data: {"choices":[{"index":0,"delta":{"content":"short"},"finish_reason":"stop"}]}');
    });
    expect(await (await ask({ stream: true })).text()).toContain('short');
    expect(b.calls).toHaveLength(0);
  });

  it('is reached by an event whose error is null', async () => {
    await start();
    a.handle(({ res }) => {
      beginStream(res);
      const events = `${chunkEvent('fine')}${chunkEvent('', 'stop')}`.replaceAll('"id"', '"error":null,"id"');
      res.end(`${events}data: [DONE]\n\n`);
    });
    expect(await (await ask({ stream: true })).text()).toContain('fine');
    expect(b.calls).toHaveLength(0);
  });

  it('is reached by more comments than are worth holding', async () => {
    await start({ commit_wait_seconds: 60 });
    a.handle(({ res }) => {
      beginStream(res);
      res.write(`: ${'x'.repeat(70_000)}\n\n`);
    });
    expect((await ask({ stream: true })).status).toBe(200);
    a.calls[0]!.res.end();
    expect(b.calls).toHaveLength(0);
  });

  it('is reached by a stalled stream when all others have failed', async () => {
    await start({ commit_wait_seconds: 0.1, retry: { max_retries: 3 } });
    a.handle(status(500));
    b.handle(({ res }) => beginStream(res));
    const response = await ask({ stream: true });
    expect(response.status).toBe(200);
    expect([a.calls.length, b.calls.length]).toEqual([1, 1]);
    b.calls[0]!.res.end(`${chunkEvent('late')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    expect(await response.text()).toContain('late');
  });
});
